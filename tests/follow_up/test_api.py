"""Topics, issues and cases through the API."""

import asyncio
from itertools import product

import pytest
from follow_up.following import case_of, issue, make_topic, move, post, raised, resolve, tell
from makers import make_field, make_street

from doorstep.accounts import auditing
from doorstep.follow_up.model import MOVES, CaseStatus
from doorstep.kit.auth import Role

STEPS = ("in_progress", "waiting", "resolved", "confirmed", "reopened")


@pytest.fixture
async def field(tenant):
    return await make_field(tenant, houses=3)


@pytest.fixture
async def topic(tenant):
    return await make_topic(tenant)


@pytest.fixture
async def case(field, topic):
    return await raised(
        field.volunteer, topic, field.street.door_ids[0], field.street.person_ids[0]
    )


async def test_the_same_issue_sent_again_is_taken_once_and_answered_the_same(tenant, field, topic):
    body = issue(topic, field.street.door_ids[0])
    answers = await asyncio.gather(*(field.volunteer.post("/issues", json=body) for _ in range(8)))
    answers += [await field.volunteer.post("/issues", json=body)]
    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert len((await (await tenant.organizer()).get("/cases")).json()) == 1


async def test_another_issue_with_the_same_id_is_refused_and_the_first_stands(tenant, field, topic):
    body = issue(topic, field.street.door_ids[0])
    await post(field.volunteer, "/issues", **body)
    refused = await post(field.volunteer, "/issues", 409, **(body | {"text": "Another"}))
    assert refused["errors"][0]["field"] == "id"
    (found,) = (await (await tenant.organizer()).get("/cases")).json()
    assert (await case_of(tenant, found["id"]))["issues"][0]["text"] == body["text"]


async def test_the_same_answer_comes_after_a_merge_too(tenant, field, topic):
    bodies = [issue(topic, field.street.door_ids[n]) for n in range(2)]
    first, second = [(await post(field.volunteer, "/issues", **body)) for body in bodies]
    organizer, into = await tenant.organizer(), second["case_id"]
    await post(organizer, f"/cases/{first['case_id']}/merging", into_case_id=into, reason="Same")
    assert await post(field.volunteer, "/issues", **bodies[0]) == first


@pytest.mark.parametrize(
    ("change", "field_name"),
    [
        ({"id": "d4f3e8a4-6f0a-4d39-9d7c-7d40ba1f4f8e"}, "id"),
        ({"door_id": None}, "door_id"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(field, topic, change, field_name):
    body = issue(topic, field.street.door_ids[0]) | change
    refused = await post(field.volunteer, "/issues", 422, **body)
    assert refused["errors"][0]["field"] == field_name


async def test_a_clock_that_runs_ahead_is_set_right(tenant, field, topic):
    door = field.street.door_ids[0]
    case = await raised(field.volunteer, topic, door, raised_at="2099-01-01T00:00:00Z")
    (found,) = (await case_of(tenant, case))["issues"]
    assert found["raised_at"] == found["received_at"]


async def test_a_topic_gives_cases_to_its_member_or_to_who_has_the_fewest(tenant, field):
    caseworkers = [(await tenant.member(Role.CASEWORKER))[0] for _ in range(3)]
    organizer = await tenant.organizer()
    fixed = await post(organizer, "/issue-topics", name="Parks", due_days=3,
                       owner_member_id=str(caseworkers[2]))  # fmt: skip
    case = await raised(field.volunteer, fixed["id"], field.street.door_ids[0])
    assert (await case_of(tenant, case))["owner_id"] == str(caseworkers[2])
    shared = await post(organizer, "/issue-topics", name="Lamps", due_days=3,
                        owner_role="caseworker")  # fmt: skip
    cases = [await raised(field.volunteer, shared["id"], field.street.door_ids[0])
             for _ in range(5)]  # fmt: skip
    owners = [(await case_of(tenant, one))["owner_id"] for one in cases]
    assert sorted(owners.count(str(one)) for one in caseworkers) == [1, 2, 2]


async def test_a_topic_whose_owner_left_makes_cases_without_an_owner(tenant, field):
    member, _ = await tenant.member(Role.CASEWORKER)
    organizer = await tenant.organizer()
    topic = await post(organizer, "/issue-topics", name="Parks", due_days=3,
                       owner_member_id=str(member))  # fmt: skip
    async with tenant.transaction() as db:
        await db.execute("update member set ended_at = now() where id = $1", member)
    case = await raised(field.volunteer, topic["id"], field.street.door_ids[0])
    found = await case_of(tenant, case)
    assert (found["status"], found["owner_id"]) == ("new", None)
    (unowned,) = (await organizer.get("/cases?queue=unowned")).json()
    assert unowned["id"] == case
    await move(organizer, case, "in_progress", 422)


@pytest.mark.parametrize(
    "change",
    [{}, {"owner_role": "caseworker", "owner_member_id": "$volunteer"},
     {"owner_member_id": "$volunteer"}],
)  # fmt: skip
async def test_a_topic_has_one_owner_who_is_staff(tenant, change):
    await tenant.volunteer()
    volunteer = str(tenant.member_ids[Role.VOLUNTEER])
    given = {key: volunteer if one == "$volunteer" else one for key, one in change.items()}
    body = {"name": "Parks", "due_days": 3, **given}
    await post(await tenant.organizer(), "/issue-topics", 422, **body)


async def test_a_topics_name_is_there_once_until_it_is_put_away(tenant, topic):
    organizer = await tenant.organizer()
    body = {"name": "STREET lights", "due_days": 3, "owner_role": "caseworker"}
    await post(organizer, "/issue-topics", 409, **body)
    answer = await organizer.patch(f"/issue-topics/{topic}", json={"archived": True})
    assert answer.json()["archived_at"]
    await post(organizer, "/issue-topics", **body)
    again = await organizer.patch(f"/issue-topics/{topic}", json={"archived": False})
    assert again.status_code == 409
    assert len((await organizer.get("/issue-topics")).json()) == 1
    assert len((await organizer.get("/issue-topics?archived=true")).json()) == 2


async def bring(organizer, case, status, owner):
    """The case to a status, by the shortest way."""
    paths = {
        "assigned": [], "in_progress": ["in_progress"], "waiting": ["in_progress", "waiting"],
        "resolved": ["resolved"], "reopened": ["resolved", "reopened"],
    }  # fmt: skip
    for step in paths[status]:
        await (resolve(organizer, case) if step == "resolved" else move(organizer, case, step))


@pytest.mark.parametrize(
    ("status", "to"),
    list(product(("assigned", "in_progress", "waiting", "resolved", "reopened"), STEPS)),
)
async def test_a_case_goes_where_its_states_allow_and_nowhere_else(tenant, case, status, to):
    organizer = await tenant.organizer()
    await bring(organizer, case, status, None)
    allowed = CaseStatus(to) in MOVES[CaseStatus(status)]
    more = {"outcome": "fixed"} if to == "resolved" else {}
    answer = await move(organizer, case, to, 201 if allowed else 422, **more)
    assert answer["status"] == (to if allowed else 422)
    if not allowed:
        assert answer["errors"][0]["field"] == "to"
        assert (await case_of(tenant, case))["status"] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": "resolved", "reason": "Done"}, 422),
        ({"to": "resolved", "outcome": "fixed"}, 400),
        ({"to": "resolved", "outcome": "fixed", "reason": "  "}, 400),
        ({"to": "resolved", "outcome": "duplicate", "reason": "Done"}, 400),
        ({"to": "in_progress", "outcome": "fixed", "reason": "Done"}, 422),
        ({"to": "told", "reason": "Done"}, 400),
    ],
)
async def test_closing_needs_an_outcome_and_a_reason(tenant, case, body, status):
    await post(await tenant.organizer(), f"/cases/{case}/moves", status, **body)
    assert (await case_of(tenant, case))["status"] == "assigned"


async def test_every_step_is_in_the_history_with_who_and_why(tenant, case):
    organizer = await tenant.organizer()
    await move(organizer, case, "in_progress", reason="Ordered")
    await move(organizer, case, "waiting", reason="Delivery")
    await resolve(organizer, case)
    changes = (await case_of(tenant, case))["changes"]
    assert [(one["kind"], one["status_after"]) for one in changes] == [
        ("raised", "new"), ("assigned", "assigned"), ("moved", "in_progress"),
        ("moved", "waiting"), ("resolved", "resolved"),
    ]  # fmt: skip
    assert [one["reason"] for one in changes[2:]] == ["Ordered", "Delivery", "There is a new lamp."]
    me = str(tenant.member_ids[Role.ORGANIZER])
    assert {one["member_id"] for one in changes[2:]} == {me}


async def test_the_history_cannot_be_taken_back(tenant, case):
    async with tenant.transaction() as db:
        for right in ("delete", "truncate"):
            assert not await db.fetchval(
                "select has_table_privilege('doorstep_request', 'case_change', $1)", right
            )
        assert not await db.fetchval(
            "select has_column_privilege('doorstep_request', 'case_change', 'kind', 'update')"
        )


async def test_a_caseworker_sees_their_own_cases_and_those_of_nobody(tenant, case, field, topic):
    _, other = await tenant.member(Role.CASEWORKER)
    assert (await other.get("/cases")).json() == []
    assert (await other.get(f"/cases/{case}")).status_code == 404
    await move(other, case, "in_progress", 404)
    mine = tenant.clients[Role.CASEWORKER]
    assert [one["id"] for one in (await mine.get("/cases?queue=mine")).json()] == [case]
    assert len((await (await tenant.coordinator()).get("/cases")).json()) == 1


async def test_queues_show_what_is_mine_and_what_is_late(tenant, case, field, topic):
    mine = tenant.clients[Role.CASEWORKER]
    assert (await mine.get("/cases?queue=overdue")).json() == []
    async with tenant.transaction() as db:
        await db.execute("update issue_case set due_on = current_date - 2")
    (late,) = (await mine.get("/cases?queue=overdue")).json()
    assert late["overdue"] is True
    await resolve(mine, case)
    assert (await mine.get("/cases?queue=overdue")).json() == []
    assert (await mine.get("/cases?queue=mine")).json() == []


async def test_volunteers_see_whether_people_were_told_and_no_note(tenant, field, case):
    await post(await tenant.organizer(), f"/cases/{case}/notes", text="Call the works")
    for path in (f"/cases/{case}", "/cases", "/case-notices", "/revisits"):
        assert (await field.volunteer.get(path)).status_code == 403
    (mine,) = (await field.volunteer.get("/me/issues")).json()
    assert (mine["topic"], mine["closed"], mine["told"]) == ("Street lights", False, False)
    await resolve(await tenant.organizer(), case)
    mark = {"door_id": str(field.street.door_ids[0])}
    await post(await tenant.organizer(), "/do-not-contact", **mark)
    await tell(tenant)
    (mine,) = (await field.volunteer.get("/me/issues")).json()
    assert (mine["closed"], mine["told"]) == (True, True)
    _, other = await tenant.member()
    assert (await other.get("/me/issues")).json() == []


async def test_a_case_is_given_to_staff_only(tenant, case):
    await tenant.volunteer()
    organizer = await tenant.organizer()
    volunteer = str(tenant.member_ids[Role.VOLUNTEER])
    await post(organizer, f"/cases/{case}/owner", 404, owner_id=volunteer)
    member, _ = await tenant.member(Role.COORDINATOR)
    given = await post(
        organizer, f"/cases/{case}/owner", owner_id=str(member), due_on="2027-01-31"
    )  # fmt: skip
    assert (given["owner_id"], given["due_on"]) == (str(member), "2027-01-31")


async def test_open_cases_alone_are_merged_and_each_once(tenant, case, field, topic):
    organizer = await tenant.organizer()
    other = await raised(field.volunteer, topic, field.street.door_ids[1])
    merging = {"reason": "Same"}
    await post(organizer, f"/cases/{case}/merging", 422, into_case_id=case, **merging)
    await post(organizer, f"/cases/{case}/merging", into_case_id=other, **merging)
    await post(organizer, f"/cases/{case}/merging", 422, into_case_id=other, **merging)
    await move(organizer, case, "reopened", 422)
    third = await raised(field.volunteer, topic, field.street.door_ids[2])
    await post(organizer, f"/cases/{other}/merging", into_case_id=third, **merging)
    assert (await case_of(tenant, case))["duplicate_of_id"] == third
    assert (await case_of(tenant, third))["raisers_count"] == 3


async def test_a_case_leads_to_a_commitment_without_the_words_of_who_raised_it(tenant, case):
    organizer = await tenant.organizer()
    path = f"/cases/{case}/commitment"
    await post(organizer, path, 422, title="Lamps")
    words = {"title": "Lamps", "text": "Every lamp is repaired in a week."}
    first = await post(organizer, path, **words)
    again = await post(organizer, path, **words)
    assert first["commitment_id"] == again["commitment_id"]
    made = (await organizer.get(f"/commitments/{first['commitment_id']}")).json()
    assert (made["source"], made["source_id"], made["raised_count"]) == ("case", case, 1)
    assert "The lamp is broken" not in str(made)


async def test_every_write_is_sealed_in_the_audit_log(tenant, case):
    organizer = await tenant.organizer()
    await post(organizer, f"/cases/{case}/notes", text="Call the works")
    await resolve(organizer, case)
    await tell(tenant)
    async with tenant.transaction() as db:
        found = await auditing.entries(db, tenant.id, None, None, 100, 0)
        assert await auditing.verify(db, tenant.id) is None
    actions = {entry.action for entry in found}
    assert actions >= {
        "issue_topic.created", "issue.raised", "case.noted", "case.resolved", "case.telling",
    }  # fmt: skip


async def test_people_who_were_merged_are_told_once(tenant, topic):
    made = await make_field(tenant, houses=2)
    people, doors = made.street.person_ids, made.street.door_ids
    for person, door in zip(people, doors, strict=True):
        case = await raised(made.volunteer, topic, door, person)
        await resolve(await tenant.organizer(), case)
    organizer = await tenant.organizer()
    await post(organizer, "/matches/search", 200)
    pairs = [
        one for one in (await organizer.get("/matches")).json()
        if one["person"]["id"] in map(str, people)
    ]  # fmt: skip
    assert pairs
    await post(organizer, f"/matches/{pairs[0]['id']}/merge", 200)
    assert await tell(tenant) == (0, 1, 0, 0)


async def test_an_issue_of_another_organization_is_not_here(tenant, stranger, case):
    await make_street(stranger)
    outsider = await stranger.organizer()
    for path in (f"/cases/{case}", "/cases/" + case + "/moves"):
        answer = await outsider.get(path) if path.endswith(case) else await outsider.post(
            path, json={"to": "in_progress", "reason": "x"}
        )  # fmt: skip
        assert answer.status_code == 404
    assert (await outsider.get("/cases")).json() == []
