import datetime as dt
import json

from makers import make_field
from sending import attempt, outcomes

from doorstep.canvass.service import accept
from doorstep.kit.auth import Caller, Role
from doorstep.kit.db import begin

ROUND_TRIPS = 6


async def hints(field):
    async with field.tenant.transaction() as db:
        return await db.fetch("select member_id from notification where kind = 'sync'")


async def test_a_batch_of_knocks_takes_six_round_trips_however_many_it_holds(world, tenant):
    field = await make_field(tenant)
    device_id = (await field.volunteer.get("/me")).json()["device_id"]
    caller = Caller(
        organization_id=tenant.id,
        member_id=field.volunteer_id,
        device_id=device_id,
        roles=frozenset({Role.VOLUNTEER}),
    )

    def batch(count):
        now = dt.datetime.now(dt.UTC).isoformat()
        events = [attempt(field, door=n % 2, minute=n) for n in range(count)]
        return json.dumps({"sent_at": now, "events": events}).encode()

    sent = []
    async with begin(world.pool, f"begin; select from open_request('{device_id}')") as opened:
        # A connection learns of the types of arrays when it first sends some.
        await accept(opened.db, caller, batch(1))
        connection = opened.db._con
        with connection.query_logger(sent.append):
            results = (await accept(opened.db, caller, batch(200))).results
            await opened.commit()
    assert [one.outcome for one in results] == ["accepted"] * 200
    # With the one that began the transaction.
    assert len(sent) + 1 <= ROUND_TRIPS, [one.query for one in sent]


async def test_partners_phones_are_told_to_look_and_ones_own_is_not(tenant):
    field = await make_field(tenant)
    await outcomes(field.volunteer, attempt(field))
    assert await hints(field) == []
    partner = await tenant.volunteer()
    partner_id = (await partner.get("/me")).json()["member"]["id"]
    organizer = await tenant.organizer()
    path = f"/turfs/{field.turf_id}/assignments"
    assert (await organizer.post(path, json={"member_ids": [partner_id]})).is_success
    for _ in range(2):
        await outcomes(field.volunteer, attempt(field))
    told = {str(row["member_id"]) for row in await hints(field)}
    assert told == {partner_id}
    again = attempt(field)
    await outcomes(field.volunteer, again)
    before = len(await hints(field))
    await outcomes(field.volunteer, again)
    assert len(await hints(field)) == before
