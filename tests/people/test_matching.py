import datetime as dt
import random
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_field, make_street, make_tenant

from doorstep.kit.auth import Caller, Role
from doorstep.kit.errors import ConflictError, NotFoundError, RefusedError
from doorstep.kit.ids import new_id
from doorstep.kit.texts import name_key
from doorstep.people import matching, merging, service
from doorstep.people.matching_model import MatchKind, MatchStatus, MergeRequest, PersonCreate

KEY = b"k" * 32

# Whatever hangs on a person, as it is stored; what a merge itself writes down is left out.
STORED = {
    "person": """
        select id, household_id, external_id, given_name, family_name, name_key, birth_year, phone,
               email, language, tags, attributes, merged_into, merged_external_id, added_at_door
          from person order by id
    """,
    "contact_event": "select id, person_id from contact_event order by id",
    "consent": "select id, person_id, withdrawn_at from consent order by id",
    "do_not_contact": "select id, door_id, person_id, cleared_at from do_not_contact order by id",
    "suppressed_person": "select person_id, suppression_id from suppressed_person order by 1, 2",
    "issue_report": "select id, person_id from issue_report order by id",
}
TOLD = {
    "case_change", "case_notice", "case_telling",
    "attendance", "correction", "guest", "letter", "share_conversion",
}  # fmt: skip
"""What was said to or by somebody stays with whom it was said to: statements look through it."""


async def organizer_of(tenant):
    await tenant.organizer()
    return caller_of(tenant, tenant.member_ids[Role.ORGANIZER], Role.ORGANIZER)


def caller_of(tenant, member_id, role):
    return Caller(
        organization_id=tenant.id, member_id=member_id, device_id=new_id(), roles=frozenset([role])
    )


async def snapshot(tenant):
    async with tenant.transaction() as db:
        await db.execute("select set_config('doorstep.sees_merged', 'yes', true)")
        return {name: [dict(row) for row in await db.fetch(sql)] for name, sql in STORED.items()}


async def change(tenant, person_id, **fields):
    async with tenant.transaction() as db:
        for name, value in fields.items():
            await db.execute(f"update person set {name} = $2 where id = $1", person_id, value)  # noqa: S608
        await db.execute(
            "update person set name_key = $2 where id = $1",
            person_id,
            name_key(
                *await db.fetchrow(
                    "select given_name, family_name from person where id = $1", person_id
                )
            ),
        )


async def people_of(tenant, *rows):
    """A house for each row, and the person who lives there."""
    street = await make_street(tenant, houses=len(rows))
    for person_id, row in zip(street.person_ids, rows, strict=True):
        bare = {"phone": None, "email": None}
        await change(tenant, person_id, **{**bare, **row})
    return street


MARY = {"given_name": "Mary", "family_name": "Salo", "birth_year": 1970, "phone": "+358401234567"}


async def found_pair(tenant, one=MARY, other=MARY):
    """A pair in the queue: (street, match)."""
    street = await people_of(tenant, one, other)
    async with tenant.transaction() as db:
        found = await matching.find_duplicates(db, tenant.id)
        assert found.people_count == 2
        matches = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
    (match,) = matches
    return street, match


async def merge(tenant, match, **wanted):
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        return await merging.merge(db, caller, match.id, MergeRequest(**wanted))


async def unmerge(tenant, match):
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        return await merging.unmerge(db, caller, match.id)


async def person(tenant, person_id):
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        return await service.person_by_id(db, caller, person_id)


async def insert(tenant, table, **values):
    names = ", ".join(values)
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    async with tenant.transaction() as db:
        await db.execute(
            f"insert into {table} (organization_id, {names}) values ($1, {places})",  # noqa: S608
            tenant.id,
            *values.values(),
        )


async def consent(tenant, street, place, given_on, withdrawn_on=None, **more):
    consent_id = new_id()
    await insert(
        tenant, "consent", id=consent_id, door_id=street.door_ids[place],
        person_id=street.person_ids[place], purpose="news", basis="explicit",
        given_at=given_on, withdrawn_at=withdrawn_on, **more,
    )  # fmt: skip
    return consent_id


def day(number):
    return dt.datetime(2026, 10, number, tzinfo=dt.UTC)


async def test_a_search_queues_who_may_be_one_with_reasons_and_only_once(tenant):
    _, match = await found_pair(tenant)
    assert match.kind is MatchKind.DUPLICATE
    assert match.score == 1.0
    assert "same_phone" in match.reasons
    assert "same_door" not in match.reasons
    async with tenant.transaction() as db:
        again = await matching.find_duplicates(db, tenant.id)
        assert (again.found_count, again.open_count) == (1, 1)
        assert [one.id for one in await matching.matches(db, tenant.id, "open", None, 10, 0)] == [
            match.id
        ]
        detail = await matching.match_detail(db, tenant.id, match.id)
    (candidate,) = detail.candidates
    assert {one.text for one in candidate.reasons} >= {"same phone number", "same given name"}
    assert all(one.weight > 0 for one in candidate.reasons)


async def test_a_list_too_long_for_a_request_is_searched_by_the_command(tenant, monkeypatch):
    organizer = await tenant.organizer()
    await people_of(tenant, MARY, MARY)
    monkeypatch.setattr(matching, "MOST_WHILE_WAITING", 1)
    refused = await organizer.post("/matches/search")
    assert refused.status_code == 422
    assert "doorstep match" in refused.json()["detail"]
    monkeypatch.setattr(matching, "MOST_WHILE_WAITING", 2)
    assert (await organizer.post("/matches/search")).json()["found_count"] == 1


async def test_who_was_shown_in_the_queue_is_in_the_audit_log(tenant):
    street, _ = await found_pair(tenant)
    assert len((await (await tenant.organizer()).get("/matches")).json()) == 1
    (entry,) = (await (await tenant.owner()).get("/audit")).json()
    assert (entry["action"], entry["ids"]) == ("people.listed", sorted(map(str, street.person_ids)))


async def test_a_pair_that_is_alike_no_more_leaves_the_queue(tenant):
    street, _ = await found_pair(tenant)
    await change(tenant, street.person_ids[0], given_name="Robert", phone=None)
    async with tenant.transaction() as db:
        assert (await matching.find_duplicates(db, tenant.id)).open_count == 0


async def test_people_who_are_kept_apart_are_not_asked_about_again(tenant):
    _, match = await found_pair(tenant)
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        apart = await merging.keep_apart(db, caller, match.id)
    assert (apart.status, apart.decided_by) == (MatchStatus.APART, caller.member_id)
    async with tenant.transaction() as db:
        assert (await matching.find_duplicates(db, tenant.id)).open_count == 0


async def test_a_merge_keeps_the_older_ones_values_and_fills_what_they_lack(tenant):
    one = {**MARY, "tags": ["red"], "attributes": {"party": "a"}, "external_id": "A1"}
    other = {
        **MARY, "given_name": "Marie", "email": "mary@example.org", "language": "fi",
        "tags": ["blue", "red"], "attributes": {"party": "b", "score": 3}, "external_id": "B1",
    }  # fmt: skip
    street, match = await found_pair(tenant, one, other)
    merged = await merge(tenant, match)
    kept_id, gone_id = street.person_ids
    assert (merged.status, merged.kept_id) == (MatchStatus.MERGED, kept_id)
    stored = (await snapshot(tenant))["person"]
    kept, gone = ({row["id"]: row for row in stored}[one] for one in (kept_id, gone_id))
    assert (kept["given_name"], kept["email"], kept["language"]) == (
        "Mary",
        "mary@example.org",
        "fi",
    )
    assert kept["tags"] == ["red", "blue"]
    assert kept["attributes"] == {"party": "a", "score": 3}
    assert kept["external_id"] == "A1"
    assert (gone["external_id"], gone["merged_external_id"]) == (None, "B1")
    assert (gone["merged_into"], gone["given_name"]) == (kept_id, "Marie")


async def test_who_was_merged_is_nobody_any_more(tenant):
    street, match = await found_pair(tenant)
    await merge(tenant, match, keep_id=street.person_ids[1])
    gone = street.person_ids[0]
    with pytest.raises(NotFoundError):
        await person(tenant, gone)
    async with tenant.transaction() as db:
        assert not await db.fetch("select * from person where id = $1", gone)
        assert await db.execute("update person set phone = null where id = $1", gone) == "UPDATE 0"
        assert not await db.fetch("select * from contactable_person where id = $1", gone)
        rows = await db.fetch(
            "select * from rows_of_person($1, $2)", tenant.id, street.person_ids[1]
        )
        assert [row[0] for row in rows] == street.person_ids[::-1]
    organizer = await tenant.organizer()
    door = (await organizer.get(f"/doors/{street.door_ids[0]}")).json()
    assert door["households"] == []


async def test_the_one_to_keep_can_be_chosen(tenant):
    street, match = await found_pair(tenant)
    merged = await merge(tenant, match, keep_id=street.person_ids[1])
    assert merged.kept_id == street.person_ids[1]


async def test_wishes_to_be_left_alone_survive_a_merge(tenant):
    street, match = await found_pair(tenant)
    kept_id, gone_id = street.person_ids
    await insert(
        tenant, "do_not_contact", id=new_id(), door_id=street.door_ids[1], person_id=gone_id
    )
    await merge(tenant, match)
    assert (await person(tenant, kept_id)).do_not_contact
    await unmerge(tenant, match)
    assert not (await person(tenant, kept_id)).do_not_contact
    assert (await person(tenant, gone_id)).do_not_contact


async def test_the_wish_of_the_door_they_leave_goes_with_them(tenant):
    street, match = await found_pair(tenant)
    kept_id, _ = street.person_ids
    await insert(tenant, "do_not_contact", id=new_id(), door_id=street.door_ids[1])
    before = await snapshot(tenant)
    await merge(tenant, match)
    assert (await person(tenant, kept_id)).do_not_contact
    await unmerge(tenant, match)
    assert await snapshot(tenant) == before


async def test_a_consent_ends_where_the_other_took_it_back_later(tenant):
    street, match = await found_pair(tenant)
    older = await consent(tenant, street, 0, day(1))
    newer = await consent(tenant, street, 0, day(9))
    await consent(tenant, street, 1, day(2), day(5))
    other_channel = await consent(tenant, street, 0, day(1), channel="email")
    before = await snapshot(tenant)
    await merge(tenant, match)
    stored = {row["id"]: row for row in (await snapshot(tenant))["consent"]}
    assert stored[older]["withdrawn_at"] == day(5)
    assert stored[newer]["withdrawn_at"] is None
    assert stored[other_channel]["withdrawn_at"] == day(5)
    assert {row["person_id"] for row in stored.values()} == {street.person_ids[0]}
    await unmerge(tenant, match)
    assert await snapshot(tenant) == before


async def test_what_was_taken_back_for_one_channel_leaves_the_others(tenant):
    street, match = await found_pair(tenant)
    by_mail = await consent(tenant, street, 0, day(1), channel="email")
    await consent(tenant, street, 1, day(2), day(5), channel="sms")
    await merge(tenant, match)
    stored = {row["id"]: row for row in (await snapshot(tenant))["consent"]}
    assert stored[by_mail]["withdrawn_at"] is None


async def test_visits_and_answers_hang_on_the_one_who_is_kept(tenant):
    field = await make_field(tenant, houses=2)
    kept_id, gone_id = field.street.person_ids
    for person_id in (kept_id, gone_id):
        await change(tenant, person_id, given_name="Mary", family_name="Salo", birth_year=1970)
    knock = {
        "id": str(new_id()), "kind": "attempt", "turf_id": field.turf_id,
        "door_id": str(field.street.door_ids[1]), "person_id": str(gone_id),
        "result": "canvassed", "occurred_at": "2026-10-01T10:00:00Z",
    }  # fmt: skip
    sent = await field.volunteer.post(
        "/sync/events", json={"sent_at": "2026-10-01T10:00:00Z", "events": [knock]}
    )
    assert sent.json()["results"][0]["outcome"] == "accepted"
    before = await snapshot(tenant)
    async with tenant.transaction() as db:
        await matching.find_duplicates(db, tenant.id)
        (match,) = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
    await merge(tenant, match)
    after = await snapshot(tenant)
    assert [row["person_id"] for row in after["contact_event"]] == [kept_id]
    again = await field.volunteer.post(
        "/sync/events", json={"sent_at": "2026-10-01T10:00:00Z", "events": [knock]}
    )
    assert again.json()["results"][0]["outcome"] == "duplicate"
    await unmerge(tenant, match)
    assert await snapshot(tenant) == before


async def test_a_merge_raises_the_version_of_the_turfs_on_phones(tenant):
    field = await make_field(tenant, houses=2)
    for person_id in field.street.person_ids:
        await change(tenant, person_id, given_name="Mary", family_name="Salo", birth_year=1970)
    async with tenant.transaction() as db:
        await matching.find_duplicates(db, tenant.id)
        (match,) = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
        before = await db.fetchval("select version from turf where id = $1", UUID(field.turf_id))
    await merge(tenant, match)
    async with tenant.transaction() as db:
        after = await db.fetchval("select version from turf where id = $1", UUID(field.turf_id))
    assert after > before


async def test_what_changed_after_a_merge_stays_when_it_is_taken_back(tenant):
    street, match = await found_pair(tenant, {**MARY, "phone": None}, {**MARY, "phone": "+3585555"})
    kept_id, gone_id = street.person_ids
    await merge(tenant, match)
    assert (await person(tenant, kept_id)).phone == "+3585555"
    await change(tenant, kept_id, phone="+3586666")
    await unmerge(tenant, match)
    assert (await person(tenant, kept_id)).phone == "+3586666"
    assert (await person(tenant, gone_id)).phone == "+3585555"


async def test_a_merge_cannot_be_made_or_taken_back_twice(tenant):
    _, match = await found_pair(tenant)
    await merge(tenant, match)
    with pytest.raises(ConflictError, match="merged already"):
        await merge(tenant, match)
    await unmerge(tenant, match)
    with pytest.raises(ConflictError, match="not merged"):
        await unmerge(tenant, match)
    assert (await merge(tenant, match)).status is MatchStatus.MERGED


async def test_merges_are_taken_back_in_the_reverse_of_their_order(tenant):
    await people_of(tenant, MARY, MARY, MARY)
    async with tenant.transaction() as db:
        await matching.find_duplicates(db, tenant.id)
        first, *_ = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
    await merge(tenant, first)
    async with tenant.transaction() as db:
        (second,) = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
    await merge(tenant, second)
    with pytest.raises(ConflictError, match="later merge"):
        await unmerge(tenant, first)
    await unmerge(tenant, second)
    await unmerge(tenant, first)


async def test_somebody_who_is_neither_can_be_neither_kept_nor_meant(tenant):
    street, match = await found_pair(tenant)
    for wanted, field in (
        ({"keep_id": new_id()}, "keep_id"),
        ({"other_person_id": new_id()}, "other_person_id"),
        ({"other_person_id": street.person_ids[0], "keep_id": new_id()}, None),
    ):
        with pytest.raises(RefusedError) as refused:
            await merge(tenant, match, **wanted)
        assert field is None or refused.value.errors[0].field == field
    with pytest.raises(NotFoundError):
        await merge(tenant, msgspec.structs.replace(match, id=new_id()))


async def test_an_id_that_was_imported_again_since_stands_in_the_way(tenant):
    street, match = await found_pair(
        tenant, {**MARY, "external_id": "A1"}, {**MARY, "external_id": "B1"}
    )
    await merge(tenant, match)
    other = await make_street(tenant, houses=1)
    await change(tenant, other.person_ids[0], external_id="B1")
    with pytest.raises(ConflictError, match="imported with this person's id"):
        await unmerge(tenant, match)
    with pytest.raises(NotFoundError):
        await person(tenant, street.person_ids[1])


async def test_another_organization_can_decide_nothing_here(tenant, stranger):
    street, match = await found_pair(tenant)
    caller = await organizer_of(stranger)
    async with stranger.transaction() as db:
        assert not await matching.matches(db, stranger.id, MatchStatus.OPEN, None, 10, 0)
        for deed in (
            merging.merge(db, caller, match.id, MergeRequest()),
            merging.unmerge(db, caller, match.id),
            merging.keep_apart(db, caller, match.id),
            matching.match_detail(db, stranger.id, match.id),
            matching.add_person(
                db, KEY, caller, street.door_ids[0], PersonCreate(given_name="Canaria")
            ),
        ):
            with pytest.raises(NotFoundError):
                await deed
        assert (await matching.find_duplicates(db, stranger.id)).people_count == 0


EVERY_TABLE = """
select c.conrelid::regclass::text as name, array_agg(a.attname::text) as columns
  from pg_constraint c
 cross join unnest(c.conkey) with ordinality as k (number, place)
  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
 where c.contype = 'f' and c.confrelid = 'person'::regclass and a.attname <> 'organization_id'
 group by 1
"""


async def test_everything_that_points_at_a_person_is_moved(database_url):
    """A new table that does must be moved by a merge, and named here."""
    catalog = await asyncpg.connect(database_url)
    found = {row["name"] for row in await catalog.fetch(EVERY_TABLE)}
    await catalog.close()
    assert found - TOLD == {*STORED, "person_match"}


fields = st.fixed_dictionaries(
    {
        "given_name": st.sampled_from(["Mary", "Marie", ""]),
        "family_name": st.sampled_from(["Salo", "Salo-Virta"]),
        "birth_year": st.sampled_from([None, 1970]),
        "phone": st.sampled_from([None, "+358401234567"]),
        "email": st.sampled_from([None, "mary@example.org"]),
        "language": st.sampled_from([None, "fi"]),
        "tags": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        "attributes": st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 1)),
    }
)
hangs = st.sampled_from(["mark", "door_mark", "consent", "withdrawn", "event", "suppression"])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    people=st.lists(fields, min_size=3, max_size=4),
    hanging=st.lists(st.tuples(hangs, st.integers(0, 3), st.integers(1, 28)), max_size=8),
    seed=st.integers(0, 10**6),
)
async def test_merges_taken_back_leave_everything_as_it_was(world, people, hanging, seed):
    chance = random.Random(seed)
    tenant = await make_tenant(world)
    rows = [
        {**one, "external_id": f"{place}" if chance.random() < 0.6 else None}
        for place, one in enumerate(people)
    ]
    street = await people_of(tenant, *rows)
    suppression_id = new_id()
    await insert(
        tenant, "suppression", id=suppression_id, hash=b"1", scope="contact", kind="phone",
        reason="asked",
    )  # fmt: skip
    await organizer_of(tenant)
    for what, at, on in hanging:
        await hang(tenant, street, what, at % len(people), on, suppression_id)
    states, merged = [await snapshot(tenant)], []
    left = list(street.person_ids)
    while len(left) > 1:
        one, other = chance.sample(left, 2)
        match_id = new_id()
        await insert(
            tenant, "person_match", id=match_id, kind="duplicate", person_id=one,
            other_person_id=other, score=1.0, reasons=[],
        )  # fmt: skip
        caller = await organizer_of(tenant)
        async with tenant.transaction() as db:
            match = await merging.merge(
                db, caller, match_id, MergeRequest(keep_id=chance.choice([one, other]))
            )
        left.remove(other if match.kept_id == one else one)
        await nothing_was_lost(tenant, states[0], left)
        merged.append(match)
        states.append(await snapshot(tenant))
    while merged:
        assert await snapshot(tenant) == states.pop()
        await unmerge(tenant, merged.pop())
    assert await snapshot(tenant) == states.pop()


async def hang(tenant, street, what, at, on, suppression_id):
    door_id, person_id = street.door_ids[at], street.person_ids[at]
    match what:
        case "mark" | "door_mark":
            owner = person_id if what == "mark" else None
            async with tenant.transaction() as db:
                await db.execute(
                    """
                    insert into do_not_contact (organization_id, id, door_id, person_id)
                    values ($1, $2, $3, $4) on conflict do nothing
                    """,
                    tenant.id, new_id(), door_id, owner,
                )  # fmt: skip
        case "consent":
            await consent(tenant, street, at, day(on))
        case "withdrawn":
            await consent(tenant, street, at, day(1), day(on))
        case "event":
            member_id = tenant.member_ids[Role.ORGANIZER]
            async with tenant.transaction() as db:
                device_id = await db.fetchval(
                    "select id from device where member_id = $1", member_id
                )
            await insert(
                tenant, "contact_event", id=new_id(), kind="note", status="accepted",
                door_id=door_id, person_id=person_id, member_id=member_id, device_id=device_id,
                occurred_at=day(on), recorded_at=day(on), received_at=day(on), clock_offset_ms=0,
                payload={}, payload_hash=b"",
            )  # fmt: skip
        case "suppression":
            async with tenant.transaction() as db:
                await db.execute(
                    "insert into suppressed_person values ($1, $2, $3) on conflict do nothing",
                    tenant.id, person_id, suppression_id,
                )  # fmt: skip


async def nothing_was_lost(tenant, before, left):
    """What hung on anybody hangs on who is left; what either asked for holds for them."""
    after = await snapshot(tenant)
    shown = [row for row in after["person"] if row["merged_into"] is None]
    assert [row["id"] for row in shown] == sorted(left)
    if len(left) > 1:
        return
    (kept,) = shown
    assert set(kept["tags"]) == {tag for row in before["person"] for tag in row["tags"]}
    assert kept["attributes"].keys() == {
        key for row in before["person"] for key in row["attributes"]
    }
    for name in ("birth_year", "phone", "email", "language", "external_id"):
        assert bool(kept[name]) == any(row[name] for row in before["person"])
    for table in ("contact_event", "consent"):
        assert [row["person_id"] for row in after[table]] == left * len(before[table])
    assert {
        row["suppression_id"] for row in after["suppressed_person"] if row["person_id"] in left
    } == {row["suppression_id"] for row in before["suppressed_person"]}
    assert (await person(tenant, left[0])).do_not_contact == bool(before["do_not_contact"])


async def test_a_volunteer_adds_somebody_at_a_door_they_hold(tenant):
    field = await make_field(tenant, houses=2)
    caller = caller_of(tenant, field.volunteer_id, Role.VOLUNTEER)
    wanted = PersonCreate(id=new_id(), given_name="Mary", family_name="Salo", phone="+35855500")
    async with tenant.transaction() as db:
        await as_member(db, field.volunteer_id)
        added = await matching.add_person(db, KEY, caller, field.street.door_ids[0], wanted)
    assert (added.id, added.door_id) == (wanted.id, field.street.door_ids[0])
    assert added.phone is None
    async with tenant.transaction() as db:
        await as_member(db, field.volunteer_id)
        again = await matching.add_person(db, KEY, caller, field.street.door_ids[0], wanted)
    assert again == added
    async with tenant.transaction() as db:
        (entry,) = await matching.matches(
            db, tenant.id, MatchStatus.OPEN, MatchKind.ADDED_AT_DOOR, 10, 0
        )
        assert (entry.person.id, entry.other_person) == (added.id, None)
        assert entry.person.added_at_door
        assert await db.fetchval("select count(*) from household") == 3


async def as_member(db, member_id):
    """The rest of the transaction sees what a volunteer sees."""
    await db.execute("select set_config('doorstep.sees_people', 'assigned', true)")
    await db.execute("select set_config('doorstep.member_id', $1, true)", str(member_id))


async def test_a_volunteer_adds_nobody_elsewhere(tenant):
    field = await make_field(tenant, houses=1)
    away = await make_street(tenant, houses=1, lon=10.0)
    caller = caller_of(tenant, field.volunteer_id, Role.VOLUNTEER)
    async with tenant.transaction() as db:
        await as_member(db, field.volunteer_id)
        with pytest.raises(NotFoundError):
            await matching.add_person(
                db, KEY, caller, away.door_ids[0], PersonCreate(given_name="Canaria")
            )


async def test_who_is_added_joins_the_household_of_their_name(tenant):
    street = await people_of(tenant, MARY)
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        mary = await service.person_by_id(db, caller, street.person_ids[0])
        names = {"given_name": "Ann", "family_name": "Salo-Virta"}
        ann = await matching.add_person(db, KEY, caller, street.door_ids[0], PersonCreate(**names))
        kim = await matching.add_person(
            db, KEY, caller, street.door_ids[0], PersonCreate(given_name="Kim")
        )
    assert ann.household_id == mary.household_id
    assert kim.household_id != mary.household_id


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "given_name"),
        ({"given_name": " ", "family_name": "\t"}, "given_name"),
        ({"given_name": "Canaria", "birth_year": 2199}, "birth_year"),
    ],
)
async def test_somebody_without_a_name_or_from_the_future_is_refused(tenant, wanted, field):
    street = await make_street(tenant, houses=1)
    caller = await organizer_of(tenant)
    with pytest.raises(RefusedError) as refused:
        async with tenant.transaction() as db:
            await matching.add_person(db, KEY, caller, street.door_ids[0], PersonCreate(**wanted))
    assert refused.value.errors[0].field == field


async def test_volunteers_add_nobody_where_nobody_may_knock(tenant):
    field = await make_field(tenant, houses=1)
    door_id = field.street.door_ids[0]
    await insert(tenant, "do_not_contact", id=new_id(), door_id=door_id)
    wanted = PersonCreate(given_name="Canaria")
    async with tenant.transaction() as db:
        await as_member(db, field.volunteer_id)
        with pytest.raises(ConflictError, match="left alone"):
            await matching.add_person(
                db, KEY, caller_of(tenant, field.volunteer_id, Role.VOLUNTEER), door_id, wanted
            )
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        assert (await matching.add_person(db, KEY, caller, door_id, wanted)).do_not_contact


async def test_nobody_is_added_under_anothers_id(tenant):
    street = await make_street(tenant, houses=2)
    caller = await organizer_of(tenant)
    taken = PersonCreate(id=street.person_ids[0], given_name="Canaria")
    with pytest.raises(ConflictError, match="taken by somebody else"):
        async with tenant.transaction() as db:
            await matching.add_person(db, KEY, caller, street.door_ids[1], taken)
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from household") == 2


async def test_imports_are_told_whom_the_ids_of_merged_people_mean(tenant):
    street, match = await found_pair(
        tenant, {**MARY, "external_id": "A1"}, {**MARY, "external_id": "B1"}
    )
    await merge(tenant, match)
    async with tenant.transaction() as db:
        rows = await db.fetch("select external_id, person_id from merged_ids($1)", tenant.id)
        # Looking does not leave the door open.
        assert not await db.fetch("select from person where merged_into is not null")
    assert [tuple(row) for row in rows] == [("B1", street.person_ids[0])]


async def added(tenant, **names):
    """Somebody known, and somebody added at the same door: (street, match)."""
    street = await people_of(tenant, MARY)
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        await matching.add_person(db, KEY, caller, street.door_ids[0], PersonCreate(**names))
        (match,) = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
    return street, match


async def test_an_organizer_is_shown_who_the_newcomer_may_be_and_merges_them(tenant):
    street, match = await added(
        tenant, given_name="Mary", family_name="Salo", email="m@example.org"
    )
    async with tenant.transaction() as db:
        detail = await matching.match_detail(db, tenant.id, match.id)
        # While it is open who they are, they are nobody's duplicate.
        assert (await matching.find_duplicates(db, tenant.id)).open_count == 1
    (candidate,) = detail.candidates
    assert candidate.person.id == street.person_ids[0]
    with pytest.raises(RefusedError, match="Say who this is"):
        await merge(tenant, match)
    merged = await merge(tenant, match, other_person_id=candidate.person.id)
    assert merged.kept_id == street.person_ids[0]
    assert (await person(tenant, merged.kept_id)).email == "m@example.org"


async def test_a_newcomer_who_is_new_is_not_asked_about_again(tenant):
    _, match = await added(tenant, given_name="Marie", family_name="Salo", birth_year=1970)
    caller = await organizer_of(tenant)
    async with tenant.transaction() as db:
        assert (await matching.match_detail(db, tenant.id, match.id)).candidates
        assert (await merging.keep_apart(db, caller, match.id)).status is MatchStatus.APART
        assert (await matching.find_duplicates(db, tenant.id)).open_count == 0


async def test_a_phone_that_sends_a_merged_newcomer_again_is_told_who_they_are(tenant):
    street = await people_of(tenant, MARY)
    caller = await organizer_of(tenant)
    wanted = PersonCreate(id=new_id(), given_name="Mary", family_name="Salo")
    async with tenant.transaction() as db:
        await matching.add_person(db, KEY, caller, street.door_ids[0], wanted)
        (match,) = await matching.matches(db, tenant.id, MatchStatus.OPEN, None, 10, 0)
    await merge(tenant, match, other_person_id=street.person_ids[0])
    async with tenant.transaction() as db:
        told = await matching.add_person(db, KEY, caller, street.door_ids[0], wanted)
    assert told.id == street.person_ids[0]
