import asyncio
import datetime as dt
import random
from collections import Counter

import msgspec
import pytest
import zstandard
from direct import Device
from makers import make_field, make_street, make_turf
from phone import Held, converged, fresh
from sending import attempt, outcomes, send, void

from doorstep.kit.auth import Caller, Role
from doorstep.sync.cursors import Cursor, read_cursor, write_cursor
from doorstep.sync.service import AS_OF_NOW, changes


def doors(field, *places):
    return {str(field.street.door_ids[place]) for place in places}


def people(field, *places):
    return {str(field.street.person_ids[place]) for place in places}


async def assign(field, member_id, turf_id=None):
    organizer = await field.tenant.organizer()
    path = f"/turfs/{turf_id or field.turf_id}/assignments"
    got = await organizer.post(path, json={"member_ids": [str(member_id)]})
    assert got.status_code == 201, got.text


async def take_back(field, member_id, turf_id=None):
    organizer = await field.tenant.organizer()
    path = f"/turfs/{turf_id or field.turf_id}/assignments/{member_id}"
    got = await organizer.delete(path)
    assert got.is_success, got.text


async def second_turf(field, houses=4):
    street = await make_street(field.tenant, houses, lon=25.5)
    turf = await make_turf(field.tenant, field.pass_id, street.box, "Turf 2")
    organizer = await field.tenant.organizer()
    assert (await organizer.post(f"/turfs/{turf['id']}/publishing")).is_success
    return street, turf["id"]


async def test_a_new_phone_gets_the_turfs_that_its_member_holds_and_nothing_else(tenant):
    field = await make_field(tenant, houses=3, units=2)
    await second_turf(field)
    phone = await fresh(field.volunteer)
    assert phone.ids("turfs") == {field.turf_id}
    assert phone.ids("doors") == doors(field, *range(6))
    assert phone.ids("people") == people(field, *range(6))
    assert phone.ids("scripts") == {field.script_id}
    assert phone.ids("members") == {str(field.volunteer_id)}
    door = phone.rows["doors"][str(field.street.door_ids[0])]
    assert (door["status"], door["turf_id"]) == ("open", field.turf_id)
    assert set(phone.rows["people"].popitem()[1]) == {
        "id", "household_id", "door_id", "given_name", "family_name", "language",
    }  # fmt: skip


async def test_who_holds_nothing_gets_nothing_and_anonymous_is_refused(world, tenant):
    await make_field(tenant)
    for client in (await tenant.volunteer(), await tenant.organizer()):
        phone = await fresh(client)
        assert [len(rows) for rows in phone.rows.values()] == [0, 0, 0, 0, 0, 1, 0]
    assert (await world.anonymous().get("/sync/changes")).status_code == 401


async def test_with_nothing_new_the_answer_is_small_and_the_cursor_stays(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    cursor = phone.cursor
    got = await field.volunteer.get("/sync/changes", params={"cursor": cursor})
    assert got.json()["next"] == cursor
    assert len(got.content) <= 300
    assert not got.json()["has_more"]


async def test_a_door_that_a_partner_knocked_arrives_with_its_state(tenant):
    field = await make_field(tenant)
    partner_id, partner = await tenant.member()
    await assign(field, partner_id)
    mine, theirs = await fresh(field.volunteer), await fresh(partner)
    knock = attempt(field, door=2, result="canvassed")
    await send(partner, knock)
    told = await mine.page()
    assert [row["id"] for row in told["changed"]["doors"]] == list(doors(field, 2))
    assert told["changed"]["doors"][0]["status"] == "canvassed"
    assert told["changed"]["people"] == told["changed"]["events"] == []
    await theirs.pull()
    assert theirs.ids("events") == {knock["id"]}
    assert await converged(mine)
    assert await converged(theirs)


async def test_a_turf_gained_comes_whole_and_a_turf_lost_goes_whole(tenant):
    field = await make_field(tenant)
    street, turf_id = await second_turf(field)
    phone = await fresh(field.volunteer)
    await send(field.volunteer, attempt(field, door=1))
    await assign(field, field.volunteer_id, turf_id)
    await phone.pull()
    assert phone.ids("doors") == {str(one) for one in [*field.street.door_ids, *street.door_ids]}
    assert await converged(phone)
    await take_back(field, field.volunteer_id)
    told = await phone.page()
    assert set(told["removed"]["doors"]) == doors(field, *range(6))
    assert set(told["removed"]["people"]) == people(field, *range(6))
    assert told["removed"]["turfs"] == [field.turf_id]
    assert len(told["removed"]["events"]) == 1
    assert phone.ids("doors") == {str(one) for one in street.door_ids}
    assert await converged(phone)


async def test_a_turf_lost_and_gained_again_meanwhile_is_as_for_a_new_phone(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    await take_back(field, field.volunteer_id)
    gone = field.street.door_ids[3]
    async with tenant.transaction() as db:
        await db.execute("delete from turf_door where door_id = $1", gone)
    await assign(field, field.volunteer_id)
    assert await converged(phone)
    assert str(gone) not in phone.ids("doors")
    assert len(phone.ids("people")) == 5


async def test_a_hold_that_ran_out_empties_the_phone_though_nobody_did_a_thing(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    async with tenant.transaction() as db:
        await db.execute("update assignment set expires_at = now() - interval '1 second'")
    await phone.pull()
    assert [len(phone.rows[kind]) for kind in ("turfs", "doors", "people", "scripts")] == [0] * 4
    assert await outcomes(field.volunteer, attempt(field)) == ["accepted"]


async def test_a_door_recut_into_anothers_turf_leaves_the_one_phone_and_comes_to_the_other(tenant):
    field = await make_field(tenant)
    _, turf_id = await second_turf(field)
    partner_id, partner = await tenant.member()
    await assign(field, partner_id, turf_id)
    await send(field.volunteer, attempt(field, door=0, result="refused"))
    mine, theirs = await fresh(field.volunteer), await fresh(partner)
    moved = field.street.door_ids[0]
    async with tenant.transaction() as db:
        await db.execute(
            "update turf_door set turf_id = $1, position = 9 where door_id = $2", turf_id, moved
        )
    await mine.pull()
    await theirs.pull()
    assert str(moved) not in mine.ids("doors")
    assert mine.ids("events") == set()
    assert theirs.rows["doors"][str(moved)]["status"] == "refused"
    assert people(field, 0) <= theirs.ids("people") - mine.ids("people")
    assert await converged(mine)
    assert await converged(theirs)


async def test_a_wish_to_be_left_alone_takes_the_people_off_the_phone(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    coordinator = await tenant.coordinator()
    marked = await coordinator.post("/do-not-contact", json={"door_id": doors(field, 1).pop()})
    told = await phone.page()
    assert told["removed"]["people"] == list(people(field, 1))
    assert told["changed"]["doors"][0]["do_not_contact"]
    assert await converged(phone)
    path = f"/do-not-contact/{marked.json()['id']}/clearing"
    cleared = await (await tenant.organizer()).post(path, json={"reason": "They asked"})
    assert cleared.is_success, cleared.text
    await phone.pull()
    assert people(field, 1) <= phone.ids("people")
    assert await converged(phone)


async def test_an_erased_person_is_taken_off_the_phone(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    person = people(field, 2).pop()
    organizer = await tenant.owner()
    got = await organizer.post(f"/people/{person}/erasure", json={"reason": "asked"})
    assert got.is_success, got.text
    told = await phone.page()
    assert person in told["removed"]["people"]
    assert await converged(phone)


async def test_notes_names_moves_scripts_and_settings_reach_the_phone(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    organizer = await tenant.organizer()
    door, building = field.street.door_ids[0], field.street.building_ids[1]
    await organizer.patch(f"/doors/{door}", json={"note": "Dog"})
    await organizer.patch(f"/buildings/{building}", json={"access_note": "Ring twice"})
    await organizer.patch(f"/turfs/{field.turf_id}", json={"name": "Renamed"})
    version = {"introduction": "Good day", "questions": []}
    await organizer.post(f"/scripts/{field.script_id}/versions", json=version)
    async with tenant.transaction() as db:
        await db.execute("update person set given_name = 'Other' where id = $1",
                         field.street.person_ids[3])  # fmt: skip
        households = await db.fetch(
            """
            select id from household where door_id = any($1) order by array_position($1, door_id)
            """,
            field.street.door_ids[4:6],
        )
        await db.execute("update person set household_id = $1 where id = $2",
                         households[0]["id"], field.street.person_ids[5])  # fmt: skip
        await db.execute("update member set locale = 'fi' where id = $1", field.volunteer_id)
        await db.execute(
            "update address set street = 'New Street' where building_id = $1", building
        )
    await phone.pull()
    assert phone.rows["doors"][str(door)]["note"] == "Dog"
    assert phone.rows["doors"][str(field.street.door_ids[1])]["street"] == "New Street"
    assert phone.rows["turfs"][field.turf_id]["name"] == "Renamed"
    assert phone.rows["scripts"][field.script_id]["version"] == 2
    assert phone.rows["people"][str(field.street.person_ids[3])]["given_name"] == "Other"
    moved = phone.rows["people"][str(field.street.person_ids[5])]
    assert moved["door_id"] == str(field.street.door_ids[4])
    assert phone.rows["members"][str(field.volunteer_id)]["locale"] == "fi"
    assert await converged(phone)


@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_of_any_size_add_up_to_the_whole(tenant, limit):
    field = await make_field(tenant, houses=3)
    _, turf_id = await second_turf(field)
    phone = await fresh(field.volunteer, limit)
    for n in range(12):
        await send(field.volunteer, attempt(field, door=n % 3, minute=n))
        if n == 5:
            await assign(field, field.volunteer_id, turf_id)
        if n == 8:
            await take_back(field, field.volunteer_id)
    assert await converged(phone, limit)


async def test_a_cursor_that_means_nothing_here_is_answered_with_everything(tenant, stranger):
    field = await make_field(tenant)
    await make_field(stranger)
    phone = await fresh(field.volunteer)
    at = read_cursor(phone.cursor)
    for wrong in (
        write_cursor(Cursor(at.epoch, at.seq + 1)),
        write_cursor(Cursor(at.epoch + 1, 1)),
        write_cursor(Cursor(0, 5)),
        2**53 - 1,
    ):
        told = await phone.page(cursor=wrong)
        assert told["replacement"]
        assert phone.ids("doors") == doors(field, *range(6))
        assert phone.cursor == write_cursor(at)
    for bad in ("-1", "x", "1.5", str(2**70)):
        got = await field.volunteer.get("/sync/changes", params={"cursor": bad})
        assert got.status_code == 400
        assert got.json()["errors"][0]["field"] == "cursor"


async def test_after_a_restore_every_phone_begins_anew(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    async with tenant.transaction() as db:
        await db.execute("update change_counter set origin = origin + 1")
    told = await phone.page()
    assert told["replacement"]
    assert read_cursor(told["next"]).epoch == 2
    assert not (await phone.page())["replacement"]
    assert await converged(phone)


async def test_a_signed_out_phone_is_emptied_and_may_still_send_what_it_has(tenant):
    field = await make_field(tenant)
    phone = await fresh(field.volunteer)
    device = (await field.volunteer.get("/me")).json()["device_id"]
    coordinator = await tenant.coordinator()
    path = f"/members/{field.volunteer_id}/devices/{device}"
    assert (await coordinator.delete(path)).is_success
    told = await phone.page()
    assert told["replacement"]
    assert told["upload_until"]
    assert all(not rows for rows in phone.rows.values())
    assert (await field.volunteer.get("/me")).status_code == 401
    assert await outcomes(field.volunteer, attempt(field, minute=0)) == ["accepted"]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    third = attempt(field, door=2) | {"occurred_at": later.isoformat()}
    results = await send(field.volunteer, third, sent_at=later.isoformat())
    assert results[0]["outcome"] == "needs_review"
    assert "signed out" in results[0]["reason"]
    async with tenant.transaction() as db:
        await db.execute("update device set revoked_at = now() - interval '15 days'")
    assert (await field.volunteer.get("/sync/changes")).status_code == 401


async def test_messagepack_and_zstd_come_when_asked_for(tenant):
    field = await make_field(tenant)
    plain = await field.volunteer.get("/sync/changes")
    headers = {"accept": "application/msgpack", "accept-encoding": "zstd"}
    async with field.volunteer.stream("GET", "/sync/changes", headers=headers) as got:
        raw = b"".join([part async for part in got.aiter_raw()])
    assert got.headers["content-type"] == "application/msgpack"
    assert got.headers["content-encoding"] == "zstd"
    assert msgspec.msgpack.decode(zstandard.decompress(raw)) == plain.json()


@pytest.mark.parametrize("seed", range(2))
async def test_no_knock_is_missed_by_a_phone_that_pulls_while_sixteen_write(tenant, seed):
    field = await make_field(tenant, houses=16)
    chance, seen = random.Random(seed), {}
    phone = await fresh(field.volunteer)
    organizer = await tenant.organizer()

    async def write(door):
        for n in range(6):
            await asyncio.sleep(chance.random() * 0.02)
            await send(organizer, attempt(field, door=door, minute=n))

    writers = asyncio.gather(*(write(door) for door in range(16)))
    while not writers.done():
        for row in (await phone.page())["changed"]["doors"]:
            seen[row["id"]] = row["attempts_count"]
    await writers
    await phone.pull()
    assert {row["attempts_count"] for row in phone.rows["doors"].values()} == {6}
    assert await converged(phone)


async def test_an_undo_that_came_first_changes_the_door_when_its_knock_comes(tenant):
    field = await make_field(tenant)
    partner_id, partner = await tenant.member()
    await assign(field, partner_id)
    phone = await fresh(partner)
    knock = attempt(field, result="canvassed")
    await send(field.volunteer, void(knock))
    assert await converged(phone)
    await send(field.volunteer, knock)
    assert await converged(phone)
    assert phone.rows["doors"][doors(field, 0).pop()]["status"] == "open"


ROWS_READ = """
select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint
  from pg_stat_xact_user_tables
 where relname = any('{feed,event_batch,contact_event}')
"""


async def rows_read(db):
    """By table, as far as this connection told the database already or not."""
    return Counter(dict(await db.fetch(ROWS_READ)))


async def test_what_a_pull_reads_does_not_grow_with_what_happened_before(tenant):
    field = await make_field(tenant, houses=40)
    for first in range(0, 800, 4):
        knocks = [attempt(field, n % 40, minute=n // 40) for n in range(first, first + 4)]
        await send(field.volunteer, *knocks)
    phone = await fresh(field.volunteer)
    async with tenant.world.pool.acquire() as db:
        await db.execute("analyze feed, event_batch, contact_event")
    device, cursor = await _device(field), phone.cursor
    for minute in range(8):
        await send(field.volunteer, attempt(field, 20, minute=10 + minute))
        async with device.request(AS_OF_NOW) as db:
            before = await rows_read(db)
            told = await changes(db, device.caller, cursor)
            read = await rows_read(db) - before
        assert len(told.changed.doors) == 1
        cursor = told.next
        # What is new by the feed, its batch, and its event, for its door and for who told it.
        assert read.total() <= 50, read


async def _device(field):
    async with field.tenant.transaction() as db:
        device_id = await db.fetchval(
            "select id from device where member_id = $1", field.volunteer_id
        )
    caller = Caller(
        organization_id=field.tenant.id, member_id=field.volunteer_id, device_id=device_id,
        roles=frozenset([Role.VOLUNTEER]),
    )  # fmt: skip
    return Device(field.tenant.world.pool, None, caller)


def test_cursors_fit_a_json_number_and_come_back():
    for cursor in (Cursor(1, 0), Cursor(8191, 2**40 - 1)):
        assert read_cursor(write_cursor(cursor)) == cursor
        assert write_cursor(cursor) < 2**53


async def test_a_phone_that_holds_things_of_two_passes_shows_each_door_once(tenant):
    from makers import make_pass  # noqa: PLC0415

    field = await make_field(tenant)
    await send(field.volunteer, attempt(field, door=0, result="canvassed"))
    pass_id, _ = await make_pass(tenant, "Second")
    turf = await make_turf(tenant, pass_id, field.street.box, "Again")
    organizer = await tenant.organizer()
    await organizer.post(f"/turfs/{turf['id']}/publishing")
    phone = Held(field.volunteer)
    await phone.pull()
    await assign(field, field.volunteer_id, turf["id"])
    await phone.pull()
    door = phone.rows["doors"][str(field.street.door_ids[0])]
    assert (door["turf_id"], door["status"]) == (turf["id"], "open")
    assert door["past"][0]["last_result"] == "canvassed"
    await take_back(field, field.volunteer_id, turf["id"])
    await phone.pull()
    assert phone.rows["doors"][str(field.street.door_ids[0])]["status"] == "canvassed"
    assert await converged(phone)
