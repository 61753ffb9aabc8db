import datetime as dt

import pypdfium2
import pytest
from makers import make_field, make_pass, make_street, make_turf

WALKED = "2026-11-21T15:00:00Z"


def texts(content):
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


async def printed(client, *turf_ids, **more):
    answer = await client.post("/walk-sheets", json={"turf_ids": list(turf_ids), **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


async def code_of(tenant, turf_id):
    async with tenant.transaction() as db:
        return await db.fetchval(
            "select code from walk_sheet where turf_id = $1 order by printed_at desc", turf_id
        )


@pytest.fixture
async def field(tenant):
    return await make_field(tenant, houses=4, units=2)


@pytest.fixture
async def coordinator(tenant):
    return await tenant.coordinator()


async def keyed(client, code, *results, status=200, walked_at=WALKED):
    body = {"sheet_code": code, "walked_at": walked_at, "results": list(results)}
    answer = await client.post("/walk-sheets/results", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()["lines"] if status == 200 else answer.json()


async def states(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch("select door_id, status, attempts_count from door_state")
    return {row["door_id"]: (row["status"], row["attempts_count"]) for row in rows}


async def order_of(client, code):
    sheet = (await client.get(f"/walk-sheets/{code}")).json()
    return [line["door_id"] for line in sheet["lines"]]


async def test_a_sheet_has_code_script_doors_and_names(tenant, field, coordinator):
    pages = texts(await printed(coordinator, field.turf_id))
    code = await code_of(tenant, field.turf_id)
    assert all(f"{code[:4]}-{code[4:]}, page {n} of {len(pages)}" in text
               for n, text in enumerate(pages, 1))  # fmt: skip
    whole = "\n".join(pages)
    assert "Will you vote?" in whole
    assert whole.count("Canaria Feathers") == 8
    assert "Canary Lane" in whole


async def test_turfs_printed_together_begin_on_odd_pages_in_the_order_asked_for(
    tenant, field, coordinator
):
    other = await make_street(tenant, houses=2, lon=10.0)
    second = (await make_turf(tenant, field.pass_id, other.box, "Turf 2"))["id"]
    pages = texts(await printed(coordinator, second, field.turf_id, paper="letter"))
    starts = [n for n, text in enumerate(pages) if "page 1 of" in text]
    assert starts[0] == 0
    assert [n % 2 for n in starts] == [0, 0]
    assert "Turf 2" in pages[0]
    assert "Turf 1" in pages[starts[1]]


async def test_who_is_to_be_left_alone_is_not_on_paper(tenant, field, coordinator):
    organizer = await tenant.organizer()
    person, door = field.street.person_ids[0], field.street.door_ids[3]
    of_person = {"door_id": str(field.street.door_ids[0]), "person_id": str(person)}
    for wish in (of_person, {"door_id": str(door)}):
        assert (await organizer.post("/do-not-contact", json=wish)).status_code == 201
    path = f"/people/{field.street.person_ids[5]}/erasure"
    assert (await organizer.post(path, json={"reason": "asked"})).is_success
    whole = "\n".join(texts(await printed(coordinator, field.turf_id)))
    assert whole.count("Canaria Feathers") == 5
    assert whole.count("Do not knock.") == 1


async def test_doors_that_are_done_take_no_boxes(tenant, field, coordinator):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    await keyed(coordinator, code, {"line": 2, "result": "refused"})
    whole = "\n".join(texts(await printed(coordinator, field.turf_id)))
    assert whole.count("Done: refused.") == 1
    assert "8 doors" in whole
    assert "7 still to knock at" in whole


async def test_printed_again_unchanged_it_keeps_its_code_and_changed_gets_another(
    tenant, field, coordinator
):
    await printed(coordinator, field.turf_id)
    first = await code_of(tenant, field.turf_id)
    await printed(coordinator, field.turf_id)
    assert await code_of(tenant, field.turf_id) == first
    wish = {"door_id": str(field.street.door_ids[3])}
    await (await tenant.organizer()).post("/do-not-contact", json=wish)
    await printed(coordinator, field.turf_id)
    assert await code_of(tenant, field.turf_id) != first
    assert (await coordinator.get(f"/walk-sheets/{first}")).status_code == 200


async def test_printing_is_noted_in_the_audit_log(tenant, field, coordinator):
    await printed(coordinator, field.turf_id)
    async with tenant.transaction() as db:
        row = await db.fetchrow(
            "select actor_id, ids from audit_entry where action = 'walk_sheet.printed'"
        )
    assert list(map(str, row["ids"])) == [field.turf_id]
    assert row["actor_id"] is not None


async def test_what_comes_back_becomes_ordinary_events(tenant, field, coordinator):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    doors = await order_of(coordinator, code)
    lines = await keyed(
        coordinator,
        f"{code[:4]}-{code[4:]}".lower(),
        {"line": 1, "result": "not_home"},
        {
            "line": 3,
            "result": "canvassed",
            "person": "a",
            "answers": {"votes": True, "topics": ["roads"]},
            "note": "Wants a call",
        },
    )
    assert [(one["line"], one["outcome"]) for one in lines] == [(1, "stored"), (3, "stored")]
    found = {str(door): state for door, state in (await states(tenant)).items()}
    assert found == {doors[0]: ("not_home", 1), doors[2]: ("canvassed", 1)}
    history = (await coordinator.get(f"/doors/{doors[2]}/history")).json()
    assert {one["kind"] for one in history} == {"attempt", "answer", "note"}
    assert {one["occurred_at"][:19] for one in history} == {WALKED[:19]}
    assert all(one["person_id"] for one in history)


async def test_typed_twice_it_counts_once_and_typed_otherwise_it_corrects(
    tenant, field, coordinator
):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    entry = {"line": 1, "result": "not_home", "person": "a", "answers": {"votes": True}}
    for outcome, change in (
        ("stored", {}),
        ("unchanged", {}),
        ("changed", {"result": "canvassed"}),
        ("unchanged", {"result": "canvassed"}),
        ("changed", {}),
        ("changed", {"answers": {"votes": False}}),
        ("unchanged", {"answers": {"votes": False}}),
        ("changed", {}),
    ):
        (line,) = await keyed(coordinator, code, entry | change)
        assert line["outcome"] == outcome, change
    assert list((await states(tenant)).values()) == [("not_home", 1)]
    async with tenant.transaction() as db:
        assert await db.fetch("select value from survey_answer where standing") == [(True,)]
        assert await db.fetchval("select count(*) from event_conflict") == 0
    await keyed(coordinator, code, entry, walked_at="2026-11-22T09:00:00+00:00")
    assert list((await states(tenant)).values()) == [("not_home", 2)]


async def test_a_sheet_printed_before_turf_was_cut_anew_still_finds_its_doors(
    tenant, field, coordinator
):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    doors = await order_of(coordinator, code)
    organizer = await tenant.organizer()
    assert (await organizer.post(f"/turfs/{field.turf_id}/archiving")).status_code == 201
    anew = await make_turf(tenant, field.pass_id, field.street.box, "Cut anew")
    (line,) = await keyed(coordinator, code, {"line": 5, "result": "refused"})
    assert line["outcome"] == "stored"
    assert {str(door): s for door, s in (await states(tenant)).items()} == {
        doors[4]: ("refused", 1)
    }
    async with tenant.transaction() as db:
        assert str(await db.fetchval("select turf_id from contact_event")) == anew["id"]


async def test_an_opinion_without_consent_waits_and_the_line_says_why(tenant, field, coordinator):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    entry = {"line": 1, "person": "a", "answers": {"support": 4}}
    (line,) = await keyed(coordinator, code, entry)
    assert line["outcome"] == "needs_review"
    assert "consent" in line["reason"]
    other = {**entry, "line": 2, "consent": {"wording": "May we keep this?"}}
    (line,) = await keyed(coordinator, code, other)
    assert line["outcome"] == "stored"


async def test_every_entry_that_does_not_fit_the_sheet_is_named_and_nothing_stored(
    tenant, field, coordinator
):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    problem = await keyed(
        coordinator,
        code,
        {"line": 1, "result": "not_home"},
        {"line": 9, "result": "not_home"},
        {"line": 2},
        {"line": 2, "result": "canvassed", "person": "b"},
        {"line": 3, "result": "canvassed", "answers": {"nothing": 1, "topics": ["moon"]}},
        {"line": 1, "result": "refused"},
        status=422,
    )
    assert [one["field"] for one in problem["errors"]] == [
        "results[1].line",
        "results[2].result",
        "results[3].person",
        "results[4].answers.nothing",
        "results[4].answers.topics",
        "results[5].result",
    ]
    assert await states(tenant) == {}
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()
    entry = {"line": 1, "result": "not_home"}
    problem = await keyed(coordinator, code, entry, status=422, walked_at=later)
    assert problem["errors"][0]["field"] == "walked_at"


async def test_only_coordinators_print_and_type_and_only_their_own(
    tenant, stranger, field, coordinator
):
    await printed(coordinator, field.turf_id)
    code = await code_of(tenant, field.turf_id)
    body = {"turf_ids": [field.turf_id]}
    assert (await field.volunteer.post("/walk-sheets", json=body)).status_code == 403
    assert (await field.volunteer.get(f"/walk-sheets/{code}")).status_code == 403
    other = await stranger.coordinator()
    assert (await other.post("/walk-sheets", json=body)).status_code == 404
    assert (await other.get(f"/walk-sheets/{code}")).status_code == 404
    await keyed(other, code, {"line": 1, "result": "not_home"}, status=404)


async def test_a_mistyped_code_is_told_from_an_unknown_one(coordinator):
    answer = await coordinator.get("/walk-sheets/ABCD-EFGH")
    assert answer.status_code == 404
    assert "Type the eight letters" in answer.json()["detail"]
    answer = await coordinator.get("/walk-sheets/ABCD-EFG9")
    assert answer.status_code == 404
    assert "Type" not in answer.json()["detail"]


async def test_paper_outlives_a_draft_that_was_forgotten(tenant, coordinator):
    street = await make_street(tenant, houses=2)
    pass_id, _ = await make_pass(tenant)
    turf_id = (await make_turf(tenant, pass_id, street.box, "First try"))["id"]
    await printed(coordinator, turf_id)
    code = await code_of(tenant, turf_id)
    answer = await (await tenant.organizer()).delete(f"/turfs/{turf_id}")
    assert answer.status_code == 204, answer.text
    assert (await coordinator.get(f"/walk-sheets/{code}")).json()["turf_name"] == "First try"
    (line,) = await keyed(coordinator, code, {"line": 1, "result": "not_home"})
    assert line["outcome"] == "needs_review"
    await make_turf(tenant, pass_id, street.box, "Second try")
    (line,) = await keyed(coordinator, code, {"line": 2, "result": "not_home"})
    assert line["outcome"] == "stored"
