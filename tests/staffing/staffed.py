"""A shift of volunteers and a pass of turfs beside each other, made through the API."""

import asyncio

from makers import make_pass, make_street, make_turf
from shifts import make_event, make_place, post, shift

LON, LAT = 24.9, 60.2
"""Where streets of `makers.make_street` begin."""
KNOCKERS = [{"role": "knocker", "capacity": 20}]


async def make_turfs(tenant, count, houses=6):
    """(pass id, turf ids, streets): published turfs in a row, each of a street of its own."""
    pass_id, _ = await make_pass(tenant)
    organizer = await tenant.organizer()
    turf_ids, streets = [], []
    for number in range(count):
        street = await make_street(tenant, houses, lon=LON + number * 0.006)
        turf_id = (await make_turf(tenant, pass_id, street.box, f"Turf {number + 1:02}"))["id"]
        assert (await organizer.post(f"/turfs/{turf_id}/publishing")).status_code == 201
        turf_ids.append(turf_id)
        streets.append(street)
    return pass_id, turf_ids, streets


async def make_staged_shift(tenant, *, roles=KNOCKERS, **more):
    """The id of a shift that begins at the first street."""
    place_id = await make_place(
        tenant,
        f"Corner {tenant.slug}",
        point={"lon": LON, "lat": LAT},
        staging_point={"lon": LON, "lat": LAT},
    )
    made = await make_event(tenant, place_id=place_id, shifts=[shift(roles=roles, **more)])
    return made["shifts"][0]["id"]


async def book(tenant, shift_id, count, **profile):
    """Members who are booked: [(member id, client, sign-up id)]."""
    booked = []
    for _ in range(count):
        member_id, client = await tenant.member()
        if profile:
            answer = await client.put("/me/volunteer", json=profile)
            assert answer.is_success, answer.text
        made = await post(client, f"/shifts/{shift_id}/signups", role="knocker")
        booked.append((str(member_id), client, made["id"]))
    return booked


async def check_in(tenant, booked):
    coordinator = await tenant.coordinator()
    for _, _, signup_id in booked:
        await post(coordinator, f"/signups/{signup_id}/check-in", how="desk")


async def proposed(tenant, shift_id, pass_id, **wanted):
    """A proposal once it is done or failed, with its crews."""
    coordinator = await tenant.coordinator()
    made = await coordinator.post(
        f"/shifts/{shift_id}/crew-proposals", json={"pass_id": pass_id} | wanted
    )
    assert made.status_code == 202, made.text
    path = f"/crew-proposals/{made.json()['id']}"
    for _ in range(600):
        found = (await coordinator.get(path)).json()
        if found["proposal"]["state"] != "running":
            return found
        await asyncio.sleep(0.05)
    message = "the proposal is still running"
    raise AssertionError(message)


async def accepted(tenant, found, status=201):
    answer = await (await tenant.coordinator()).post(
        f"/crew-proposals/{found['proposal']['id']}/accepting"
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def past(tenant, came_of_twenty=12, shifts=12):
    """Closed shifts of strangers, of whom so many came."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            with at as (
              select e.id as event_id, e.organization_id
                from civic_event e where e.organization_id = $1 limit 1
            ),
            made as (
              insert into shift (organization_id, id, event_id, starts_at, ends_at, status,
                                 closed_at)
              select organization_id, make_id(), event_id, now() - n * interval '7 days',
                     now() - n * interval '7 days' + interval '3 hours', 'closed', now()
                from at, generate_series(1, $2::integer) n
              returning organization_id, id, starts_at
            ),
            offered as (
              insert into shift_role (organization_id, shift_id, role, capacity)
              select organization_id, id, 'knocker', 20 from made
            ),
            known as (
              insert into member (organization_id, id, name, roles)
              select $1, make_id(), 'Earlier ' || n, '{volunteer}'
                from generate_series(1, 20 * $2::integer) n
              returning id
            ),
            numbered as (select id, row_number() over () as n from known),
            days as (select *, row_number() over () as n from made)
            insert into signup (organization_id, id, shift_id, role, member_id, state, position,
                                signed_up_at, checked_in_at, check_in_how)
            select d.organization_id, make_id(), d.id, 'knocker', k.id,
                   case when k.n % 20 < $3 then 'attended' else 'no_show' end, k.n,
                   d.starts_at - d.n * interval '3 days',
                   case when k.n % 20 < $3 then d.starts_at end,
                   case when k.n % 20 < $3 then 'desk' end
              from days d
              join numbered k on (k.n - 1) / 20 + 1 = d.n
            """,
            tenant.id,
            shifts,
            came_of_twenty,
        )
