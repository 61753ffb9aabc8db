import datetime as dt

import pytest
from makers import new_id
from shifts import begun, post, told
from staffed import accepted, book, check_in, make_staged_shift, make_turfs, past, proposed


@pytest.fixture
async def day(tenant):
    """Four booked, three turfs: (shift id, pass id, turf ids, booked)."""
    shift_id = await make_staged_shift(tenant, starts_in_h=1)
    pass_id, turf_ids, _ = await make_turfs(tenant, 3)
    return shift_id, pass_id, turf_ids, await book(tenant, shift_id, 4)


async def board(tenant, shift_id):
    answer = await (await tenant.coordinator()).get(f"/shifts/{shift_id}/board")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_those_booked_are_matched_with_turfs_and_sent_out_at_once(tenant, day):
    shift_id, pass_id, turf_ids, booked = day
    found = await proposed(tenant, shift_id, pass_id, who="booked")
    assert found["proposal"]["state"] == "done", found
    figures = found["proposal"]["found"]
    assert (figures["crews_count"], figures["people_count"], figures["turfs_count"]) == (2, 4, 3)
    assert 0 <= figures["gap"] < 0.01
    assert len(figures["spare_turf_ids"]) == 1
    for crew in found["crews"]:
        assert len(crew["member_ids"]) == 2
        assert crew["why"].endswith(".")
        assert "km away" in crew["why"]
    crews = await accepted(tenant, found)
    assert {one["turf_id"] for one in crews} <= set(turf_ids)
    out = {one["member_id"] for crew in crews for one in crew["members"]}
    assert out == {member_id for member_id, _, _ in booked}
    for member_id, client, _ in booked:
        held = (await client.get("/me/turfs")).json()
        mine = [c["turf_id"] for c in crews if member_id in {m["member_id"] for m in c["members"]}]
        assert [one["id"] for one in held] == mine


async def test_an_accepted_proposal_is_accepted_once(tenant, day):
    shift_id, pass_id, _, _ = day
    found = await proposed(tenant, shift_id, pass_id, who="booked")
    await accepted(tenant, found)
    assert "accepted" in (await accepted(tenant, found, 409))["detail"]


async def test_nothing_is_half_done_where_a_turf_was_given_away_meanwhile(tenant, day):
    shift_id, pass_id, _, _ = day
    found = await proposed(tenant, shift_id, pass_id, who="booked")
    taken = max(crew["turf_id"] for crew in found["crews"])
    (one, _), (two, _) = await tenant.member(), await tenant.member()
    await post(
        await tenant.organizer(), f"/turfs/{taken}/assignments", member_ids=[str(one), str(two)]
    )
    await accepted(tenant, found, 409)
    crews = await (await tenant.coordinator()).get(f"/shifts/{shift_id}/crews")
    assert crews.json() == []
    again = await proposed(tenant, shift_id, pass_id, who="booked")
    assert taken not in {crew["turf_id"] for crew in again["crews"]}
    assert len(await accepted(tenant, again)) == 2


async def test_nobody_is_sent_who_left_the_shift_meanwhile(tenant, day):
    shift_id, pass_id, _, booked = day
    found = await proposed(tenant, shift_id, pass_id, who="booked")
    await post(booked[0][1], f"/signups/{booked[0][2]}/cancellation")
    assert "Propose again" in (await accepted(tenant, found, 409))["detail"]


async def test_only_those_checked_in_are_matched_on_the_day(tenant, day):
    shift_id, pass_id, _, booked = day
    await check_in(tenant, booked[:2])
    found = await proposed(tenant, shift_id, pass_id)
    (crew,) = found["crews"]
    assert set(crew["member_ids"]) == {member_id for member_id, _, _ in booked[:2]}
    await accepted(tenant, found)
    # Who is out is not matched again.
    assert (await proposed(tenant, shift_id, pass_id))["crews"] == []


async def test_locks_and_bans_stand_in_every_proposal_until_they_are_taken_away(tenant, day):
    shift_id, pass_id, turf_ids, booked = day
    ids = [member_id for member_id, _, _ in booked]
    coordinator = await tenant.coordinator()
    path = f"/shifts/{shift_id}/crew-rules"
    lock = await post(coordinator, path, kind="lock", member_ids=ids[:2], turf_id=turf_ids[2])
    await post(coordinator, path, kind="ban", member_ids=[ids[2]], turf_id=turf_ids[0])
    for _ in range(2):
        found = await proposed(tenant, shift_id, pass_id, who="booked")
        crews = {crew["turf_id"]: crew for crew in found["crews"]}
        assert set(crews[turf_ids[2]]["member_ids"]) == set(ids[:2])
        assert crews[turf_ids[2]]["locked"]
        assert crews[turf_ids[2]]["why"].startswith("Locked by hand")
        assert set(crews[turf_ids[1]]["member_ids"]) == set(ids[2:])
    clash = await coordinator.post(path, json={"kind": "lock", "member_ids": [ids[0], ids[3]]})
    assert clash.status_code == 409
    assert (await coordinator.delete(f"/crew-rules/{lock['id']}")).status_code == 204
    assert [rule["kind"] for rule in (await coordinator.get(path)).json()] == ["ban"]


async def test_those_to_be_kept_apart_never_go_together_and_a_lock_of_them_fails(tenant, day):
    shift_id, pass_id, _, booked = day
    ids = [member_id for member_id, _, _ in booked]
    coordinator = await tenant.coordinator()
    for other in ids[1:3]:
        answer = await coordinator.put(f"/volunteers/{ids[0]}/ties/{other}", json={"kind": "apart"})
        assert answer.is_success, answer.text
    found = await proposed(tenant, shift_id, pass_id, who="booked")
    crew = next(one for one in found["crews"] if ids[0] in one["member_ids"])
    assert set(crew["member_ids"]) == {ids[0], ids[3]}
    await post(coordinator, f"/shifts/{shift_id}/crew-rules", kind="lock", member_ids=ids[:2])
    failed = await proposed(tenant, shift_id, pass_id, who="booked")
    assert failed["proposal"]["state"] == "failed"
    assert "kept apart" in failed["proposal"]["failure"]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "lock", "member_ids": ["$0"]}, "turf_id"),
        ({"kind": "lock", "member_ids": ["$0", "$1", "$2"]}, "turf_id"),
        ({"kind": "ban", "member_ids": ["$0", "$0"]}, "member_ids"),
        ({"kind": "ban", "member_ids": ["$0", str(new_id())]}, "member_ids"),
        ({"kind": "ban", "member_ids": ["$0"], "turf_id": str(new_id())}, "turf_id"),
    ],
)
async def test_a_rule_that_says_nothing_is_refused_with_the_field(tenant, day, rule, field):
    shift_id, _, _, booked = day
    ids = {f"${at}": member_id for at, (member_id, _, _) in enumerate(booked)}
    rule = rule | {"member_ids": [ids.get(one, one) for one in rule["member_ids"]]}
    answer = await (await tenant.coordinator()).post(f"/shifts/{shift_id}/crew-rules", json=rule)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_crew_comes_back_once_and_its_turf_is_free_again(tenant, day):
    shift_id, pass_id, _, booked = day
    crews = await accepted(tenant, await proposed(tenant, shift_id, pass_id, who="booked"))
    members = {one["member_id"] for one in crews[0]["members"]}
    inside = next(client for member_id, client, _ in booked if member_id in members)
    outside = next(client for member_id, client, _ in booked if member_id not in members)
    path = f"/crews/{crews[0]['id']}/returning"
    assert (await outside.post(path)).status_code == 404
    back = await inside.post(path)
    assert back.status_code == 200, back.text
    assert (await inside.get("/me/turfs")).json() == []
    again = await (await tenant.coordinator()).post(path)
    assert again.json()["returned_at"] == back.json()["returned_at"]


async def test_the_board_says_who_is_here_late_and_missing_and_whom_to_call(tenant, day):
    shift_id, pass_id, _, booked = day
    async with tenant.transaction() as db:
        await db.execute(
            "update member set phone = '+358401234567' where organization_id = $1 and id = $2",
            tenant.id,
            booked[3][0],
        )
    await check_in(tenant, booked[:3])
    shown = await board(tenant, shift_id)
    assert (shown["booked_count"], shown["here_count"], shown["late_count"]) == (4, 3, 0)
    assert {one["presence"] for one in shown["people"]} == {"here", "expected"}
    await begun(tenant, shift_id, minutes=5)
    assert (await board(tenant, shift_id))["late_count"] == 1
    await begun(tenant, shift_id, minutes=21)
    shown = await board(tenant, shift_id)
    assert shown["missing_count"] == 1
    first = shown["people"][0]
    assert (first["presence"], first["phone"]) == ("missing", "+358401234567")
    assert {one["phone"] for one in shown["people"][1:]} == {None}
    await accepted(tenant, await proposed(tenant, shift_id, pass_id))
    shown = await board(tenant, shift_id)
    assert [one["presence"] for one in shown["people"]] == ["missing", "out", "out", "out"]
    (crew,) = shown["crews"]
    assert (crew["where"], len(crew["names"]), crew["doors_count"]) == ("out", 3, 6)


async def test_a_crew_on_the_board_is_idle_then_overdue_then_back(tenant, day):
    shift_id, pass_id, _, booked = day
    await check_in(tenant, booked[:2])
    (crew,) = await accepted(tenant, await proposed(tenant, shift_id, pass_id))

    async def set_back(column, minutes):
        async with tenant.transaction() as db:
            await db.execute(
                {
                    "sent_at": "update crew set sent_at = now() - $2 * interval '1 minute'"
                    " where organization_id = $1",
                    "due_at": "update crew set due_at = now() - $2 * interval '1 minute'"
                    " where organization_id = $1",
                }[column],
                tenant.id,
                minutes,
            )

    async def where():
        return (await board(tenant, shift_id))["crews"][0]["where"]

    await set_back("sent_at", 31)
    assert await where() == "idle"
    client = booked[0][1]
    bundle = (await client.get(f"/turfs/{crew['turf_id']}/bundle")).json()
    now = dt.datetime.now(dt.UTC).isoformat()
    knock = {
        "id": str(new_id()),
        "kind": "attempt",
        "turf_id": crew["turf_id"],
        "door_id": bundle["doors"][0]["id"],
        "result": "not_home",
        "occurred_at": now,
    }
    told = await client.post("/sync/events", json={"sent_at": now, "events": [knock]})
    assert told.json()["results"][0]["outcome"] == "accepted", told.text
    assert await where() == "out"
    await set_back("due_at", 1)
    assert await where() == "overdue"
    assert (await board(tenant, shift_id))["overdue_count"] == 1
    await post(await tenant.coordinator(), f"/crews/{crew['id']}/returning")
    assert await where() == "back"


async def test_a_board_that_did_not_change_is_not_sent_again(tenant, day):
    shift_id, _, _, booked = day
    coordinator = await tenant.coordinator()
    first = await coordinator.get(f"/shifts/{shift_id}/board")
    known = {"if-none-match": first.headers["etag"]}
    same = await coordinator.get(f"/shifts/{shift_id}/board", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    await check_in(tenant, booked[:1])
    changed = await coordinator.get(f"/shifts/{shift_id}/board", headers=known)
    assert changed.status_code == 200


async def test_the_stream_tells_the_tag_of_the_board(tenant, day):
    shift_id, _, _, _ = day
    coordinator = await tenant.coordinator()
    tag = (await coordinator.get(f"/shifts/{shift_id}/board")).headers["etag"]
    streamed = await coordinator.get(f"/shifts/{shift_id}/board/stream")
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert f"data: {tag}" in streamed.text
    refused = await (await tenant.volunteer()).get(f"/shifts/{shift_id}/board/stream")
    assert refused.status_code == 403
    unknown = await coordinator.get(f"/shifts/{new_id()}/board/stream")
    assert unknown.status_code == 404


async def test_a_forecast_is_learned_from_the_organizations_own_past(tenant):
    shift_id = await make_staged_shift(tenant)
    await book(tenant, shift_id, 10)
    coordinator = await tenant.coordinator()
    blind = (await coordinator.get(f"/shifts/{shift_id}/forecast")).json()
    assert (blind["booked_count"], blind["learned_from"]) == (10, 0)
    await past(tenant, came_of_twenty=18)
    told = (await coordinator.get(f"/shifts/{shift_id}/forecast")).json()
    assert told["learned_from"] == 240
    assert told["usual_share"] == pytest.approx(0.9)
    assert told["expected"] > blind["expected"] + 2
    assert told["high"] - told["low"] < blind["high"] - blind["low"]
    assert len(told["people"]) == 10


async def test_hours_run_from_coming_to_going_within_the_shift(tenant, day):
    shift_id, _, _, booked = day
    await check_in(tenant, booked[:2])
    await begun(tenant, shift_id, minutes=240, lasts_h=3)
    async with tenant.transaction() as db:
        await db.execute(
            """
            update signup g
               set checked_in_at = s.starts_at + interval '30 minutes'
              from shift s
             where g.organization_id = $1 and g.id = $2 and s.id = g.shift_id
               and s.organization_id = $1
            """,
            tenant.id,
            booked[0][2],
        )
    mine = (await booked[0][1].get("/me/hours")).json()
    assert (mine["shifts_count"], mine["hours"], mine["no_shows_count"]) == (1, 2.5, 0)
    assert mine["back_within_30_days"] is None
    coordinator = await tenant.coordinator()
    assert (await coordinator.get(f"/volunteers/{booked[0][0]}/hours")).json() == mine
    listed = (await coordinator.get("/hours")).json()
    assert mine in listed
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    wrong = await coordinator.get("/hours", params={"since": later.isoformat()})
    assert wrong.status_code == 422


async def test_another_organization_finds_nothing_of_ours(tenant, stranger, day):
    shift_id, pass_id, _, _ = day
    found = await proposed(tenant, shift_id, pass_id, who="booked")
    (crew, _) = await accepted(tenant, found)
    other = await stranger.coordinator()
    for path in ("board", "forecast", "crews", "crew-rules", "close-out"):
        assert (await other.get(f"/shifts/{shift_id}/{path}")).status_code == 404
    proposal_id = found["proposal"]["id"]
    assert (await other.get(f"/crew-proposals/{proposal_id}")).status_code == 404
    assert (await other.post(f"/crews/{crew['id']}/returning")).status_code == 404
    answer = await other.post(f"/shifts/{shift_id}/crew-proposals", json={"pass_id": pass_id})
    assert answer.status_code == 404


async def test_crews_do_not_go_out_from_a_closed_shift(tenant, day):
    shift_id, pass_id, _, _ = day
    await begun(tenant, shift_id, minutes=60)
    coordinator = await tenant.coordinator()
    await post(coordinator, f"/shifts/{shift_id}/closing")
    answer = await coordinator.post(f"/shifts/{shift_id}/crew-proposals", json={"pass_id": pass_id})
    assert answer.status_code == 409


async def test_the_others_of_a_crew_are_told_once_that_the_first_is_here(world, tenant, day):
    shift_id, pass_id, _, booked = day
    crews = await accepted(tenant, await proposed(tenant, shift_id, pass_id, who="booked"))
    mates = {one["member_id"] for one in crews[0]["members"]}
    first, second = (one for one in booked if one[0] in mates)
    await check_in(tenant, [first])
    waiting = await told(tenant, "partner_checked_in")
    assert [(str(one["member_id"]), str(one["about"])) for one in waiting] == [second[::2]]
    inbox = (await second[1].get("/me/notifications")).json()["notifications"]
    name = (await first[1].get("/me")).json()["member"]["name"]
    assert any(one["title"].startswith(f"{name} is here") for one in inbox)
    # Undone and scanned again, they are not told twice; who is here waits for nobody.
    coordinator = await tenant.coordinator()
    await coordinator.delete(f"/signups/{first[2]}/check-in")
    await check_in(tenant, [first])
    assert len(await told(tenant, "partner_checked_in")) == 1
    await check_in(tenant, [second])
    assert await told(tenant, "partner_checked_in") == []


async def test_three_who_walk_together_all_have_the_turf(tenant):
    shift_id = await make_staged_shift(tenant, starts_in_h=1)
    pass_id, _, _ = await make_turfs(tenant, 1)
    booked = await book(tenant, shift_id, 3)
    (crew,) = await accepted(tenant, await proposed(tenant, shift_id, pass_id, who="booked"))
    assert len(crew["members"]) == 3
    for _, client, _ in booked:
        assert [one["id"] for one in (await client.get("/me/turfs")).json()] == [crew["turf_id"]]
    await post(booked[0][1], f"/crews/{crew['id']}/returning")
    for _, client, _ in booked:
        assert (await client.get("/me/turfs")).json() == []


async def test_a_crew_of_whom_all_have_gone_is_not_overdue(tenant, day):
    shift_id, pass_id, _, booked = day
    await check_in(tenant, booked)
    crews = await accepted(tenant, await proposed(tenant, shift_id, pass_id))
    async with tenant.transaction() as db:
        await db.execute(
            "update crew set due_at = now() - interval '1 minute' where organization_id = $1",
            tenant.id,
        )
    assert (await board(tenant, shift_id))["overdue_count"] == 2
    one, two = (m["member_id"] for m in crews[0]["members"])
    for member_id, client, signup_id in booked:
        if member_id in {one, two}:
            assert (await board(tenant, shift_id))["overdue_count"] == 2
            await post(client, f"/signups/{signup_id}/check-out")
    seen = await board(tenant, shift_id)
    assert seen["overdue_count"] == 1
    assert {one["where"] for one in seen["crews"] if one["id"] == crews[0]["id"]} == {"back"}
    assert [one["presence"] for one in seen["people"]].count("left") == 2


@pytest.mark.parametrize(
    ("came_min", "went_min", "hours"),
    [
        (-20, 60, 1.0),
        (0, None, 3.0),
        (30, 150, 2.0),
        (30, 190, 2.67),
        (0, 300, 3.25),
    ],
)
async def test_hours_end_when_somebody_went_and_soon_after_the_shift(
    tenant, came_min, went_min, hours
):
    shift_id = await make_staged_shift(tenant)
    ((_, client, signup_id),) = await book(tenant, shift_id, 1)
    await begun(tenant, shift_id, minutes=600, lasts_h=3)
    async with tenant.transaction() as db:
        await db.execute(
            """
            update signup g
               set state = 'attended', check_in_how = 'desk',
                   checked_in_at = s.starts_at + make_interval(mins => $3),
                   left_at = s.starts_at + make_interval(mins => $4)
              from shift s
             where g.organization_id = $1 and g.id = $2 and s.id = g.shift_id
            """,
            tenant.id,
            signup_id,
            came_min,
            went_min,
        )
    assert (await client.get("/me/hours")).json()["hours"] == hours
