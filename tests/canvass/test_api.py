import asyncio
import datetime as dt
import gzip
import json
import random

import asyncpg
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import make_field
from sending import (
    answer,
    at,
    attempt,
    correct,
    mark,
    note,
    outcomes,
    send,
    send_raw,
    states,
    stored,
    values,
    void,
)

from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id


async def test_a_knock_is_stored_once_however_often_it_is_sent(tenant):
    field = await make_field(tenant)
    knock = attempt(field)
    assert await outcomes(field.volunteer, knock, knock) == ["accepted", "duplicate"]
    assert await outcomes(field.volunteer, knock) == ["duplicate"]
    assert await stored(field) == [(knock["id"], "attempt", "accepted")]
    assert await states(field) == {0: ("not_home", "not_home", 1, 0, False)}


async def test_five_copies_of_a_batch_at_once_store_it_once(tenant):
    field = await make_field(tenant)
    knocks = [attempt(field, door=n % 6, minute=n) for n in range(60)]
    copies = [random.Random(n).sample(knocks, len(knocks)) for n in range(5)]
    answers = await asyncio.gather(*(outcomes(field.volunteer, *copy) for copy in copies))
    flat = [outcome for answered in answers for outcome in answered]
    assert flat.count("accepted") == 60
    assert flat.count("duplicate") == 240
    assert len(await stored(field)) == 60
    assert (await states(field))[0][2] == 10


async def test_another_event_under_a_taken_id_waits_beside_the_first(tenant):
    field = await make_field(tenant)
    knock = attempt(field)
    await send(field.volunteer, knock)
    other = {**knock, "result": "refused"}
    assert await outcomes(field.volunteer, other, other) == ["conflict", "conflict"]
    assert (await states(field))[0][0] == "not_home"
    async with tenant.transaction() as db:
        kept = await db.fetch("select payload from event_conflict")
    assert [row["payload"]["result"] for row in kept] == ["refused"]


async def test_one_bad_item_sinks_no_other(tenant):
    field = await make_field(tenant)
    good = [attempt(field, door=n) for n in range(3)]
    bad = [
        "text",
        5,
        None,
        {},
        {"id": "x"},
        {**attempt(field), "result": "vanished"},
        {**attempt(field), "extra": 1},
        {"id": str(new_id()), "kind": "party"},
    ]
    got = await outcomes(field.volunteer, good[0], *bad, *good[1:])
    assert got == ["accepted", *["malformed"] * 5, *["needs_review"] * 3, *["accepted"] * 2]


async def test_strange_texts_are_kept_and_half_characters_mended(tenant):
    field = await make_field(tenant)
    texts = ["emoji 😀", "'; drop table door; --", "x" * 10_000]
    assert await outcomes(field.volunteer, *(note(field, t) for t in texts)) == ["accepted"] * 3
    whole = json.dumps({"sent_at": at(0), "events": [note(field, "MARK"), attempt(field)]})
    for strange in (b"\\ud83d", b"\\u0000", b"\xff\xfe", b"\\ude00 \\ud83d\\ude00"):
        body = whole.encode().replace(b"MARK", strange)
        fresh = body.replace(json.loads(whole)["events"][0]["id"].encode(), str(new_id()).encode())
        assert [r["outcome"] for r in await send_raw(field.volunteer, fresh)][0] == "accepted"
    async with tenant.transaction() as db:
        rows = await db.fetch("select payload ->> 'text' as text from contact_event")
    kept = [row["text"] for row in rows if row["text"]]
    assert set(texts) < set(kept)
    assert any("\ufffd" in text for text in kept)


async def test_an_item_nested_too_deeply_spoils_itself_alone(tenant):
    field = await make_field(tenant)
    deep = note(field, "MARK")
    body = json.dumps({"sent_at": at(0), "events": [attempt(field), deep, attempt(field, 1)]})
    body = body.replace('"MARK"', "[" * 3000 + "]" * 3000).encode()
    got = [result["outcome"] for result in await send_raw(field.volunteer, body)]
    assert got == ["accepted", "needs_review", "accepted"]


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
async def test_a_batch_may_come_compressed(tenant, encoding, pack):
    field = await make_field(tenant)
    body = json.dumps({"sent_at": at(0), "events": [attempt(field, door=n) for n in range(6)]})
    packed = pack(body.encode())
    assert len(packed) < len(body) / 2
    path, headers = "/sync/events", {"content-encoding": encoding}
    got = await field.volunteer.post(path, content=packed, headers=headers)
    assert [result["outcome"] for result in got.json()["results"]] == ["accepted"] * 6
    bomb = await field.volunteer.post(path, content=pack(bytes(9 * 2**20)), headers=headers)
    assert bomb.status_code == 413
    cut = await field.volunteer.post(path, content=packed[:-9], headers=headers)
    assert cut.status_code == 400
    assert len(await stored(field)) == 6


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"events": []}', b"[" * 50_000, b'"\xff', b"\x00"]
)
async def test_a_body_that_is_no_batch_is_refused_whole(tenant, body):
    client = await tenant.volunteer()
    got = await client.post("/sync/events", content=body)
    assert got.status_code == 400
    assert got.headers["content-type"] == "application/problem+json"


async def test_an_undo_works_also_when_it_comes_first(tenant):
    field = await make_field(tenant)
    knock = attempt(field, result="canvassed")
    undo = void(knock)
    assert await outcomes(field.volunteer, undo) == ["accepted"]
    assert await outcomes(field.volunteer, knock) == ["accepted"]
    assert (await states(field))[0] == ("open", None, 0, 0, False)


async def test_an_undo_and_its_knock_at_the_same_instant_end_undone(tenant):
    field = await make_field(tenant)
    for _ in range(10):
        knock = attempt(field, result="canvassed")
        await asyncio.gather(send(field.volunteer, void(knock)), send(field.volunteer, knock))
    assert (await states(field))[0] == ("open", None, 0, 0, False)


async def test_an_undo_that_meets_its_knock_loses_nothing_else_of_the_door(tenant):
    field = await make_field(tenant)
    earlier = [attempt(field, minute=n) for n in range(3)]
    await send(field.volunteer, *earlier)
    for n in range(20):
        knock = attempt(field, result="canvassed", minute=10 + n)
        await asyncio.gather(send(field.volunteer, knock), send(field.volunteer, void(knock)))
        assert (await states(field))[0] == ("not_home", "not_home", 3, 0, False)


async def test_a_correction_replaces_a_result(tenant):
    field = await make_field(tenant)
    knock = attempt(field)
    assert await outcomes(field.volunteer, knock, correct(knock, result="refused")) == [
        "accepted",
        "accepted",
    ]
    assert (await states(field))[0] == ("refused", "refused", 1, 1, False)


async def test_a_locked_building_closes_its_units_and_reopening_restores_them(tenant):
    field = await make_field(tenant, houses=2, units=3)
    await send(field.volunteer, attempt(field, door=0, result="canvassed"))
    await send(field.volunteer, mark(field, building=0, minute=5))
    now = await states(field)
    assert [now[door][0] for door in range(3)] == ["canvassed", "locked", "locked"]
    assert 3 not in now
    await send(field.volunteer, mark(field, building=0, mark="open", minute=9))
    now = await states(field)
    assert [now[door][0] for door in range(3)] == ["canvassed", "open", "open"]


async def test_a_wish_to_be_left_alone_counts_though_it_comes_before_what_it_corrects(tenant):
    field = await make_field(tenant)
    knock = attempt(field, result="canvassed")
    first = correct(knock, result="refused")
    wish = correct(first, minute=2, result="do_not_contact")
    coordinator = await tenant.coordinator()
    for event in (wish, first):
        assert await outcomes(field.volunteer, event) == ["accepted"]
        assert (await coordinator.get("/do-not-contact")).json() == []
    assert await outcomes(field.volunteer, knock) == ["accepted"]
    (standing,) = (await coordinator.get("/do-not-contact")).json()
    assert (standing["door_id"], standing["source_event_id"]) == (knock["door_id"], wish["id"])


async def test_do_not_contact_outlives_its_undo_until_an_organizer_clears_it(tenant):
    field = await make_field(tenant)
    knock = attempt(field, result="do_not_contact")
    await send(field.volunteer, knock)
    await send(field.volunteer, void(knock))
    assert (await states(field))[0][4] is True
    coordinator, organizer = await tenant.coordinator(), await tenant.organizer()
    (standing,) = (await coordinator.get("/do-not-contact")).json()
    path = f"/do-not-contact/{standing['id']}/clearing"
    assert (await coordinator.post(path, json={"reason": "asked back"})).status_code == 403
    assert (await organizer.post(path, json={"reason": "asked back"})).is_success


async def test_an_opinion_without_consent_is_nowhere_in_the_database(tenant):
    field = await make_field(tenant)
    got = await send(field.volunteer, answer(field, "support", 4))
    assert got[0]["outcome"] == "needs_review"
    assert "no consent" in got[0]["reason"]
    async with tenant.transaction() as db:
        payload = await db.fetchval("select payload from contact_event")
        assert "value" not in payload
        assert await db.fetchval("select count(*) from survey_answer") == 0
    with pytest.raises(asyncpg.CheckViolationError, match="survey_answer_consented"):
        async with tenant.transaction() as db:
            await db.execute(
                """
                insert into survey_answer
                  (organization_id, event_id, answer_id, standing, pass_id, door_id,
                   script_id, script_version, question_key, value, sensitive)
                select $1, id, id, true, $2, $3, $4, 1, 'support', '4', true
                  from contact_event
                """,
                tenant.id,
                field.pass_id,
                field.street.door_ids[0],
                field.script_id,
            )


async def test_an_opinion_with_consent_is_kept_with_its_proof(tenant):
    field = await make_field(tenant)
    said = answer(field, "support", 4, consent={"wording": "May we keep this?"})
    assert await outcomes(field.volunteer, said) == ["accepted"]
    assert await values(field) == [("support", 4)]
    async with tenant.transaction() as db:
        proof = await db.fetchrow("select basis, wording, person_id from consent")
    assert tuple(proof) == ("explicit", "May we keep this?", field.street.person_ids[0])


async def test_without_privacy_mode_the_basis_is_the_organizations_policy(tenant):
    field = await make_field(tenant)
    await (await tenant.owner()).patch("/organization", json={"require_consent": False})
    assert await outcomes(field.volunteer, answer(field, "support", 2)) == ["accepted"]
    async with tenant.transaction() as db:
        assert await db.fetchval("select basis from consent") == "policy"


async def test_answers_are_corrected_and_taken_back(tenant):
    field = await make_field(tenant)
    said = answer(field, "votes", True)
    changed = correct(said, value=False)
    assert await outcomes(field.volunteer, said, changed) == ["accepted", "accepted"]
    assert await values(field) == [("votes", False)]
    await send(field.volunteer, void(changed, minute=2))
    assert await values(field) == [("votes", True)]
    await send(field.volunteer, void(said, minute=3))
    assert await values(field) == []


async def test_lists_and_single_values_travel_in_one_batch(tenant):
    field = await make_field(tenant)
    chosen = answer(field, "topics", ["schools", "roads"])
    assert (
        await outcomes(
            field.volunteer,
            chosen,
            answer(field, "votes", True),
            answer(field, "topics", ["roads"], 1),
        )
        == ["accepted"] * 3
    )
    assert await values(field) == [
        ("topics", ["roads"]),
        ("topics", ["schools", "roads"]),
        ("votes", True),
    ]


async def test_a_corrected_opinion_rests_on_the_consent_given_with_it(tenant):
    field = await make_field(tenant)
    said = answer(field, "support", 4, consent={"wording": "May we?"})
    await send(field.volunteer, said)
    assert await outcomes(field.volunteer, correct(said, value=5)) == ["accepted"]
    assert await values(field) == [("support", 5)]


async def test_impossible_answers_wait_with_a_reason_one_can_read(tenant):
    field = await make_field(tenant)
    got = await send(
        field.volunteer,
        answer(field, "votes", "maybe"),
        answer(field, "shoe_size", 43),
        answer(field, "votes", True, script_version=9),
        {**answer(field), "person_id": str(field.street.person_ids[1])},
    )
    assert [result["outcome"] for result in got] == ["needs_review"] * 4
    assert all(result["reason"].endswith(".") for result in got)


async def test_what_does_not_fit_the_turf_waits_for_review(tenant, stranger):
    field = await make_field(tenant)
    _, uninvolved = await tenant.member()
    foreign = await make_field(stranger)
    got = await send(
        field.volunteer,
        {**attempt(field), "door_id": str(new_id())},
        {**attempt(field), "door_id": str(foreign.street.door_ids[0])},
        {**attempt(field), "turf_id": foreign.turf_id},
        {**mark(field), "building_id": str(foreign.street.building_ids[0])},
    )
    assert [result["outcome"] for result in got] == ["needs_review"] * 4
    assert await outcomes(uninvolved, attempt(field)) == ["needs_review"]
    assert await states(field) == {}
    assert await stored(foreign) == []


async def test_knocks_for_a_lost_turf_still_count_and_for_a_closed_one_wait(tenant):
    field = await make_field(tenant)
    coordinator = await tenant.coordinator()
    await coordinator.delete(f"/turfs/{field.turf_id}/assignments/{field.volunteer_id}")
    assert await outcomes(field.volunteer, attempt(field)) == ["accepted"]
    await (await tenant.organizer()).post(f"/turfs/{field.turf_id}/archiving")
    (result,) = await send(field.volunteer, attempt(field))
    assert (result["outcome"], result["reason"]) == ("needs_review", "The turf is closed.")


async def test_the_history_of_a_door_tells_who_recorded_what_and_hides_opinions(tenant):
    field = await make_field(tenant, houses=2, units=2)
    knock = attempt(field, result="canvassed", minute=1)
    await send(
        field.volunteer,
        knock,
        answer(field, "votes", True, minute=2),
        answer(field, "support", 5, minute=3, consent={"wording": "May we?"}),
        note(field, "Ring twice"),
        attempt(field, door=1, minute=4),
        mark(field, building=0, minute=5),
    )
    await send(field.volunteer, void(knock, minute=6))
    path = f"/doors/{field.street.door_ids[0]}/history"
    told = (await (await tenant.coordinator()).get(path)).json()
    assert [(one["kind"], one["result"], one["mark"]) for one in told] == [
        ("void", None, None),
        ("attempt", None, "locked"),
        ("answer", None, None),
        ("answer", None, None),
        ("attempt", "canvassed", None),
        ("note", None, None),
    ]
    assert {one["member_id"] for one in told} == {str(field.volunteer_id)}
    assert [(one["question"], one["value"]) for one in told[2:4]] == [
        ("support", None),
        ("votes", True),
    ]
    assert told[0]["target_id"] == knock["id"]
    assert told[-1]["text"] == "Ring twice"
    assert len((await (await tenant.coordinator()).get(f"{path}?limit=2")).json()) == 2
    assert (await field.volunteer.get(path)).status_code == 403


async def test_nobody_undoes_what_a_stranger_to_the_turf_recorded(tenant):
    field = await make_field(tenant)
    knock = attempt(field, result="refused")
    await send(field.volunteer, knock)
    _, other = await tenant.member()
    assert await outcomes(other, void(knock)) == ["needs_review"]
    assert (await states(field))[0][0] == "refused"
    assert await outcomes(await tenant.client(Role.COORDINATOR), void(knock)) == ["accepted"]


@pytest.mark.parametrize("days", [-1, 0, 1])
async def test_a_wrong_clock_changes_no_count_and_both_times_are_kept(tenant, days):
    field = await make_field(tenant)
    wrong = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    knock = {**attempt(field), "occurred_at": (wrong - dt.timedelta(minutes=5)).isoformat()}
    await send(field.volunteer, knock, sent_at=wrong.isoformat())
    async with tenant.transaction() as db:
        row = await db.fetchrow("select occurred_at, recorded_at, received_at from contact_event")
    late = row["received_at"] - row["occurred_at"]
    assert dt.timedelta(minutes=4) < late < dt.timedelta(minutes=6)
    assert row["recorded_at"].isoformat() == knock["occurred_at"]
    far = {**attempt(field), "occurred_at": "9999-12-31T23:59:59Z"}
    assert await outcomes(field.volunteer, far, sent_at="0001-01-02T00:00:00Z") == ["accepted"]


kinds = st.sampled_from(["not_home", "canvassed", "refused", "do_not_contact", "moved"])
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("attempt"), st.integers(0, 3), kinds),
        st.tuples(st.just("mark"), st.integers(0, 1), st.sampled_from(["locked", "open"])),
        st.tuples(st.just("answer"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("correct"), st.integers(0, 11), kinds),
        st.tuples(st.just("void"), st.integers(0, 11), st.none()),
    ),
    min_size=1,
    max_size=12,
)


def _events(field, told):
    events = []
    for minute, (kind, place, what) in enumerate(told):
        if kind == "attempt":
            events.append(attempt(field, door=place, result=what, minute=minute))
        elif kind == "mark":
            events.append(mark(field, building=place, mark=what, minute=minute))
        elif kind == "answer":
            events.append(answer(field, door=place, value=what, minute=minute))
        elif events:
            target = events[place % len(events)]
            reply = void(target, minute) if kind == "void" else correct(target, minute, result=what)
            events.append(reply)
    return events


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=deeds, seed=st.integers(0, 2**32), at_once=st.booleans())
async def test_order_grouping_and_repeats_change_nothing(world, told, seed, at_once):
    from makers import make_tenant  # noqa: PLC0415 - a new organization for each example

    chance = random.Random(seed)
    straight = await make_field(await make_tenant(world), houses=2, units=2)
    shuffled = await make_field(await make_tenant(world), houses=2, units=2)
    await send(straight.volunteer, *_events(straight, told))
    events = _events(shuffled, told)
    deck = events + chance.choices(events, k=len(events) // 2)
    chance.shuffle(deck)
    batches = []
    while deck:
        size = chance.randint(1, len(deck))
        batches.append(deck[:size])
        deck = deck[size:]
    if at_once:
        await asyncio.gather(*(send(shuffled.volunteer, *batch) for batch in batches))
    else:
        for batch in batches:
            await send(shuffled.volunteer, *batch)
    assert await states(straight) == await states(shuffled)
    assert await values(straight) == await values(shuffled)
    assert len(await stored(straight)) == len(await stored(shuffled)) == len(events)


async def test_a_knock_counts_at_a_door_that_left_its_turf_before_the_phone_heard(tenant):
    field = await make_field(tenant)
    organizer = await tenant.organizer()
    seen = (await organizer.get(f"/turfs/{field.turf_id}")).json()
    moved = await organizer.post(
        f"/passes/{seen['pass_id']}/moves",
        json={
            "to_turf": None,
            "from_turfs": [{"turf_id": field.turf_id, "cut_version": seen["cut_version"]}],
            "door_ids": [str(field.street.door_ids[0])],
        },
    )
    assert moved.status_code == 201, moved.text
    assert moved.json()["turfs"][0]["doors_count"] == seen["doors_count"] - 1
    assert await outcomes(field.volunteer, attempt(field)) == ["accepted"]
