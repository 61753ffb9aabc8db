"""Events and shifts for tests, made through the API."""

import datetime as dt

ROLES = [{"role": "knocker", "capacity": 2}]


def now():
    return dt.datetime.now(dt.UTC)


def spell(at):
    return at.isoformat()


async def post(client, path, status=None, **json):
    answer = await client.post(path, json=json)
    if status is None:
        assert answer.is_success, answer.text
    else:
        assert answer.status_code == status, (answer.status_code, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.json()


async def make_place(tenant, name="Library", **more):
    body = {"name": name, "point": {"lon": 24.94, "lat": 60.17}} | more
    return (await post(await tenant.coordinator(), "/places", **body))["id"]


async def make_event(tenant, *, shifts=(), publish=True, **more):
    """A published event: what the API says of it, its shifts in order."""
    coordinator = await tenant.coordinator()
    if "place_id" not in more:
        more["place_id"] = await make_place(tenant, f"Place {now().timestamp()}")
    body = {"kind": "canvass", "title": "Saturday canvass", "time_zone": "Europe/Helsinki"} | more
    made = await post(coordinator, "/events", **body, shifts=list(shifts))
    if publish:
        made = await post(coordinator, f"/events/{made['event']['id']}/publishing")
    return made


def shift(starts_in_h=24 * 10, lasts_h=3, roles=ROLES, **more):
    starts_at = (now() + dt.timedelta(hours=starts_in_h)).replace(microsecond=0)
    return {
        "starts_at": spell(starts_at),
        "ends_at": spell(starts_at + dt.timedelta(hours=lasts_h)),
        "roles": roles,
    } | more


async def make_shift(tenant, **more):
    """The id of a published event's only shift."""
    made = await make_event(tenant, shifts=[shift(**more)])
    return made["shifts"][0]["id"]


async def sign_up(client, shift_id, **json):
    return await post(client, f"/shifts/{shift_id}/signups", **json)


async def told(tenant, kind=None):
    """Notifications that were not withdrawn: (kind, member, key, when it is due)."""
    async with tenant.transaction() as db:
        return await db.fetch(
            """
            select kind, member_id, key, about, due_at
              from notification
             where organization_id = $1 and withdrawn_at is null
               and ($2::text is null or kind = $2)
             order by due_at, id
            """,
            tenant.id,
            kind,
        )


async def begun(tenant, shift_id, minutes=30, lasts_h=3):
    """Let a shift have begun that many minutes ago."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            update shift
               set starts_at = now() - $3 * interval '1 minute',
                   ends_at = now() - $3 * interval '1 minute' + $4 * interval '1 hour'
             where organization_id = $1 and id = $2
            """,
            tenant.id,
            shift_id,
            minutes,
            lasts_h,
        )


async def run_out(tenant, signup_id):
    """Let the time of a hold have run out."""
    async with tenant.transaction() as db:
        await db.execute(
            """
            update signup
               set held_until = now() - interval '1 second'
             where organization_id = $1 and id = $2
            """,
            tenant.id,
            signup_id,
        )
