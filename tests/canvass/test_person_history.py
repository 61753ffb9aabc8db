from makers import make_field
from sending import answer, attempt, correct, send

from doorstep.kit.auth import Caller, Role
from doorstep.kit.ids import new_id
from doorstep.people import merging
from doorstep.people.matching_model import MergeRequest

NOON = "2026-10-01T12:00:00Z"


def path_of(person_id, limit=100):
    return f"/people/{person_id}/history?limit={limit}"


async def history(tenant, person_id, role=Role.COORDINATOR):
    told = await (await tenant.client(role)).get(path_of(person_id))
    assert told.status_code == 200, told.text
    return told.json()


async def caller_of(tenant):
    await tenant.organizer()
    return Caller(
        organization_id=tenant.id,
        member_id=tenant.member_ids[Role.ORGANIZER],
        device_id=new_id(),
        roles=frozenset([Role.ORGANIZER]),
    )


async def import_run(tenant, person_id, **before):
    """An import that changed a person from what they were before."""
    caller, run_id = await caller_of(tenant), new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into import_run
                   (organization_id, id, kind, file_name, created_by, row_count, added_count,
                    changed_count, unchanged_count, rejected_count)
            values ($1, $2, 'table', 'voters.csv', $3, 1, 0, 1, 0, 0)
            """,
            tenant.id,
            run_id,
            caller.member_id,
        )
        if before:
            await db.execute(
                """
                insert into import_change (organization_id, import_run_id, kind, thing_id, before)
                values ($1, $2, 'person', $3, $4)
                """,
                tenant.id,
                run_id,
                person_id,
                before,
            )
        else:
            await db.execute(
                "update person set import_run_id = $2 where id = $1", person_id, run_id
            )
    return str(run_id)


async def merge(tenant, one, other):
    caller, match_id = await caller_of(tenant), new_id()
    async with tenant.transaction() as db:
        await db.execute(
            """
            insert into person_match
                   (organization_id, id, kind, person_id, other_person_id, score, reasons)
            values ($1, $2, 'duplicate', $3, $4, 1, '[]')
            """,
            tenant.id,
            match_id,
            one,
            other,
        )
        await merging.merge(db, caller, match_id, MergeRequest(keep_id=one))
    return match_id


async def test_the_history_of_a_person_tells_visits_and_hides_opinions(tenant):
    field = await make_field(tenant, houses=2)
    person_id = field.street.person_ids[0]
    knock = attempt(field, person_id=str(person_id), minute=1)
    await send(
        field.volunteer,
        knock,
        answer(field, "votes", True, minute=2),
        answer(field, "support", 5, minute=3, consent={"wording": "May we?"}),
        attempt(field, door=1, minute=4),
    )
    await send(field.volunteer, correct(knock, minute=5, result="canvassed"))
    told = await history(tenant, person_id)
    consents = [one for one in told if one["kind"] == "consent"]
    assert [one["about"] for one in consents] == ["opinion_record"]
    visits = [one["visit"] for one in told if one["kind"] == "visit"]
    assert [(one["kind"], one["result"]) for one in visits] == [
        ("correct", "canvassed"),
        ("answer", None),
        ("answer", None),
        ("attempt", "not_home"),
    ]
    assert [(one["question"], one["value"]) for one in visits[1:3]] == [
        ("support", None),
        ("votes", True),
    ]
    assert {one["member_id"] for one in told} == {str(field.volunteer_id)}
    assert len((await (await tenant.coordinator()).get(path_of(person_id, 2))).json()) == 2


async def test_imports_are_told_by_file_and_fields_and_never_by_what_stood_there(tenant):
    field = await make_field(tenant, houses=1)
    person_id = field.street.person_ids[0]
    added = await import_run(tenant, person_id)
    stored = {"given_name": "Canaria", "phone": "+15550100100", "email": "canary@example.org"}
    first = await import_run(tenant, person_id, **stored)
    second = await import_run(tenant, person_id, **stored | {"phone": "+15550100199", "email": "x"})
    told = await history(tenant, person_id)
    assert [(one["kind"], one["import_run_id"], one["fields"]) for one in told] == [
        ("changed_by_import", second, ["email"]),
        ("changed_by_import", first, ["email", "phone"]),
        ("imported", added, []),
    ]
    assert {one["file_name"] for one in told} == {"voters.csv"}
    assert "+1555" not in str(told)


async def test_marks_and_consents_are_told_with_who_recorded_and_cleared_them(tenant):
    field = await make_field(tenant, houses=1)
    organizer = await tenant.organizer()
    door_id, person_id = field.street.door_ids[0], field.street.person_ids[0]
    for about in (
        {"door_id": str(door_id)},
        {"door_id": str(door_id), "person_id": str(person_id)},
    ):
        made = await organizer.post("/do-not-contact", json=about)
        assert made.status_code == 201
    cleared = await organizer.post(
        f"/do-not-contact/{made.json()['id']}/clearing", json={"reason": "They asked"}
    )
    assert cleared.is_success, cleared.text
    told = await history(tenant, person_id)
    assert [(one["kind"], one["about"]) for one in told] == [
        ("do_not_contact_cleared", "person"),
        ("do_not_contact", "person"),
        ("do_not_contact", "door"),
    ]
    assert {one["member_id"] for one in told} == {str(tenant.member_ids[Role.ORGANIZER])}
    assert all(one["member_name"] for one in told)


async def test_who_was_merged_brings_their_history_along_and_takes_it_back(tenant):
    field = await make_field(tenant, houses=2)
    kept, gone = field.street.person_ids
    knock = attempt(field, door=1, result="canvassed", person_id=str(gone))
    await send(field.volunteer, knock)
    run_id = await import_run(tenant, gone)
    match_id = await merge(tenant, kept, gone)
    told = await history(tenant, kept)
    assert [one["kind"] for one in told][0] == "merged"
    assert told[0]["other_person_id"] == str(gone)
    assert {one["import_run_id"] for one in told} == {None, run_id}
    assert [one["visit"]["result"] for one in told if one["visit"]] == ["canvassed"]
    hidden = await (await tenant.coordinator()).get(path_of(gone))
    assert hidden.status_code == 404
    caller = await caller_of(tenant)
    async with tenant.transaction() as db:
        await merging.unmerge(db, caller, match_id)
    assert [one["kind"] for one in await history(tenant, kept)] == ["unmerged"]
    assert {one["kind"] for one in await history(tenant, gone)} == {"unmerged", "imported", "visit"}


async def test_volunteers_and_strangers_are_not_told(tenant, stranger):
    field = await make_field(tenant, houses=1)
    path = path_of(field.street.person_ids[0])
    assert (await field.volunteer.get(path)).status_code == 403
    assert (await (await stranger.organizer()).get(path)).status_code == 404
    assert (await tenant.world.anonymous().get(path)).status_code == 401
    assert (await (await tenant.client(Role.CASEWORKER)).get(path)).json() == []
