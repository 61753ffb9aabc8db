import datetime as dt

from shifts import begun, make_event, make_shift, now, post, run_out, shift, sign_up, spell, told

from doorstep.events.keeping import look_after
from doorstep.kit.ids import new_id

ONE = [{"role": "knocker", "capacity": 1}]


async def crowd(tenant, shift_id, count):
    """So many members, each signed up: their clients, ids and sign-ups, in order."""
    made = []
    for _ in range(count):
        member_id, client = await tenant.member()
        made.append((member_id, client, await sign_up(client, shift_id)))
    return made


async def state(tenant, signup_id):
    got = await (await tenant.coordinator()).get(f"/signups/{signup_id}")
    return got.json()["state"]


async def moves(tenant, signup_id):
    got = await (await tenant.coordinator()).get(f"/signups/{signup_id}/changes")
    return [one["state_after"] for one in got.json()]


async def test_places_are_booked_and_then_people_wait_in_order(tenant):
    shift_id = await make_shift(tenant)
    made = [one for *_, one in await crowd(tenant, shift_id, 4)]
    assert [one["state"] for one in made] == ["booked", "booked", "waitlisted", "waitlisted"]
    assert [one["position"] for one in made] == [1, 2, 3, 4]
    roles = (await (await tenant.volunteer()).get(f"/shifts/{shift_id}")).json()["roles"]
    assert (roles[0]["taken_count"], roles[0]["waitlisted_count"]) == (2, 2)


async def test_one_signs_up_once(tenant):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    await sign_up(volunteer, shift_id)
    problem = await post(volunteer, f"/shifts/{shift_id}/signups", 409)
    assert "booked for this shift already" in problem["detail"]


async def test_of_several_roles_one_must_be_named(tenant):
    roles = [{"role": "driver", "capacity": 1}, {"role": "knocker", "capacity": 2}]
    shift_id = await make_shift(tenant, roles=roles)
    volunteer = await tenant.volunteer()
    for body in ({}, {"role": "pilot"}):
        problem = await post(volunteer, f"/shifts/{shift_id}/signups", 422, **body)
        assert problem["errors"][0]["field"] == "role"
        assert "driver, knocker" in problem["detail"]
    assert (await sign_up(volunteer, shift_id, role="driver"))["role"] == "driver"


async def test_each_role_has_places_of_its_own(tenant):
    roles = [{"role": "driver", "capacity": 1}, {"role": "knocker", "capacity": 1}]
    shift_id = await make_shift(tenant, roles=roles)
    got = []
    for role in ("driver", "driver", "knocker"):
        _, client = await tenant.member()
        got.append((await sign_up(client, shift_id, role=role))["state"])
    assert got == ["booked", "waitlisted", "booked"]


async def test_a_clash_is_refused_by_name_and_a_coordinators_reason_is_kept(tenant):
    event = await make_event(tenant, title="Morning", shifts=[shift(240), shift(242), shift(243)])
    first, second, third = (one["id"] for one in event["shifts"])
    member_id, volunteer = await tenant.member()
    coordinator = await tenant.coordinator()
    await sign_up(volunteer, first)
    problem = await post(volunteer, f"/shifts/{second}/signups", 409)
    assert "clashes with Morning" in problem["detail"]
    why = {"override_reason": "She leads both"}
    await post(volunteer, f"/shifts/{second}/signups", 403, **why)
    both = await sign_up(coordinator, second, member_id=str(member_id), **why)
    assert (both["state"], both["override_reason"]) == ("booked", "She leads both")
    # One begins as the other ends.
    _, other = await tenant.member()
    await sign_up(other, first)
    assert (await sign_up(other, third))["state"] == "booked"
    entries = (await (await tenant.owner()).get("/audit")).json()
    assert any(one["action"] == "signup.clash_overridden" for one in entries)


async def test_only_coordinators_sign_up_others(tenant):
    shift_id = await make_shift(tenant)
    other_id, _ = await tenant.member()
    volunteer = await tenant.volunteer()
    for body in ({"member_id": str(other_id)}, {"invite": True}):
        await post(volunteer, f"/shifts/{shift_id}/signups", 403, **body)
    made = await sign_up(await tenant.coordinator(), shift_id, member_id=str(other_id))
    assert made["member_id"] == str(other_id)


async def test_a_place_that_comes_free_is_held_for_whoever_waits_longest(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (_, first, booked), (_, _, second), (_, _, third) = await crowd(tenant, shift_id, 3)
    assert (await post(first, f"/signups/{booked['id']}/cancellation"))["state"] == "cancelled"
    assert await state(tenant, second["id"]) == "held"
    assert await state(tenant, third["id"]) == "waitlisted"
    held = (await (await tenant.coordinator()).get(f"/signups/{second['id']}")).json()
    lasts = dt.datetime.fromisoformat(held["held_until"]) - now()
    assert dt.timedelta(minutes=118) < lasts < dt.timedelta(minutes=121)
    told_of = await told(tenant, "waitlist_hold")
    assert [str(one["about"]) for one in told_of] == [second["id"]]


async def test_nobody_steps_in_front_of_those_who_wait(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (_, first, booked), *_ = await crowd(tenant, shift_id, 3)
    await post(first, f"/signups/{booked['id']}/cancellation")
    _, late = await tenant.member()
    assert (await sign_up(late, shift_id))["state"] == "waitlisted"


async def test_a_held_place_is_taken_once_and_stays(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (_, first, booked), (_, second, waiting) = await crowd(tenant, shift_id, 2)
    await post(first, f"/signups/{booked['id']}/cancellation")
    for _ in range(2):
        assert (await post(second, f"/signups/{waiting['id']}/acceptance"))["state"] == "booked"
    assert await moves(tenant, waiting["id"]) == ["waitlisted", "held", "booked"]
    await post(first, f"/signups/{waiting['id']}/acceptance", 404)


async def test_a_hold_that_ran_out_goes_to_the_next_and_the_second_ends_the_sign_up(world, tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (_, first, booked), (_, second, slow), (_, _, next_one) = await crowd(tenant, shift_id, 3)
    await post(first, f"/signups/{booked['id']}/cancellation")
    await run_out(tenant, slow["id"])
    problem = await post(second, f"/signups/{slow['id']}/acceptance", 409)
    assert "next one's now" in problem["detail"]
    await look_after(world.pool, tenant.id)
    assert await state(tenant, slow["id"]) == "waitlisted"
    assert await state(tenant, next_one["id"]) == "held"
    for late in (next_one, slow):
        await run_out(tenant, late["id"])
        await look_after(world.pool, tenant.id)
    assert await moves(tenant, slow["id"]) == [
        "waitlisted", "held", "waitlisted", "held", "cancelled",
    ]  # fmt: skip
    assert await state(tenant, next_one["id"]) == "held"
    await run_out(tenant, next_one["id"])
    await look_after(world.pool, tenant.id)
    assert await state(tenant, next_one["id"]) == "cancelled"


async def test_looking_twice_promotes_nobody_twice(world, tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (_, first, booked), (_, _, second), (_, _, third) = await crowd(tenant, shift_id, 3)
    await post(first, f"/signups/{booked['id']}/cancellation")
    for _ in range(3):
        await look_after(world.pool, tenant.id)
    assert await moves(tenant, second["id"]) == ["waitlisted", "held"]
    assert await state(tenant, third["id"]) == "waitlisted"
    assert len(await told(tenant, "waitlist_hold")) == 1


async def test_a_member_who_leaves_frees_the_place(world, tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (gone_id, _, booked), (_, _, waiting) = await crowd(tenant, shift_id, 2)
    assert (await (await tenant.organizer()).delete(f"/members/{gone_id}")).is_success
    await look_after(world.pool, tenant.id)
    assert await state(tenant, booked["id"]) == "cancelled"
    assert await state(tenant, waiting["id"]) == "held"


async def test_an_invitation_takes_no_place_until_it_is_accepted(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    coordinator = await tenant.coordinator()
    one_id, one = await tenant.member()
    two_id, two = await tenant.member()
    asked = [
        await sign_up(coordinator, shift_id, member_id=str(who), invite=True)
        for who in (one_id, two_id)
    ]
    assert [made["state"] for made in asked] == ["invited", "invited"]
    assert (await sign_up(two, shift_id))["state"] == "booked"
    assert (await post(one, f"/signups/{asked[0]['id']}/acceptance"))["state"] == "waitlisted"


async def test_confirming_again_changes_nothing(tenant):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, shift_id)
    for _ in range(2):
        assert (await post(volunteer, f"/signups/{signup['id']}/confirmation"))["confirmed_at"]
    assert await moves(tenant, signup["id"]) == ["booked", "confirmed"]


async def test_who_cancelled_can_sign_up_again_at_the_end(tenant):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    first = await sign_up(volunteer, shift_id)
    for _ in range(2):
        await post(volunteer, f"/signups/{first['id']}/cancellation")
    again = await sign_up(volunteer, shift_id)
    assert (again["state"], again["position"]) == ("booked", 2)
    await post(volunteer, f"/signups/{first['id']}/confirmation", 409)


async def test_reminders_are_planned_once_and_withdrawn_by_cancelling(tenant):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, shift_id)
    planned = await told(tenant, "shift_reminder")
    assert [one["key"].split(":")[2] for one in planned] == ["4d", "1d", "2h"]
    await post(volunteer, f"/signups/{signup['id']}/confirmation")
    assert len(await told(tenant, "shift_reminder")) == 3
    await post(volunteer, f"/signups/{signup['id']}/cancellation")
    assert await told(tenant, "shift_reminder") == []


async def test_of_a_shift_tomorrow_only_what_is_still_to_come_is_planned(tenant):
    shift_id = await make_shift(tenant, starts_in_h=5)
    await sign_up(await tenant.volunteer(), shift_id)
    steps = [one["key"].split(":")[2] for one in await told(tenant, "shift_reminder")]
    assert "4d" not in steps
    assert steps[-1] == "2h"


async def test_who_waits_is_not_reminded_until_they_have_a_place(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    (_, first, booked), (_, second, waiting) = await crowd(tenant, shift_id, 2)
    await post(first, f"/signups/{booked['id']}/cancellation")
    assert await told(tenant, "shift_reminder") == []
    await post(second, f"/signups/{waiting['id']}/acceptance")
    assert len(await told(tenant, "shift_reminder")) == 3


async def test_the_tables_code_checks_in_whoever_scans_it_and_again_changes_nothing(tenant):
    shift_id = await make_shift(tenant)
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    signup = await sign_up(volunteer, shift_id)
    code = (await coordinator.get(f"/shifts/{shift_id}/check-in-code")).json()
    assert "<svg" in code["qr_svg"]
    await begun(tenant, shift_id)
    came = await post(volunteer, "/check-ins", token=code["token"])
    assert (came["state"], came["check_in_how"]) == ("attended", "qr")
    again = await post(volunteer, "/check-ins", token=code["token"])
    assert again == came
    assert await moves(tenant, signup["id"]) == ["booked", "attended"]


async def test_an_offline_scan_counts_from_when_it_was_made(tenant):
    shift_id = await make_shift(tenant)
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    await sign_up(volunteer, shift_id)
    token = (await coordinator.get(f"/shifts/{shift_id}/check-in-code")).json()["token"]
    await begun(tenant, shift_id)
    await post(volunteer, "/check-ins", token=token)
    earlier = now() - dt.timedelta(minutes=25)
    came = await post(volunteer, "/check-ins", token=token, occurred_at=spell(earlier))
    assert dt.datetime.fromisoformat(came["checked_in_at"]) == earlier
    later = await post(volunteer, "/check-ins", token=token)
    assert later["checked_in_at"] == came["checked_in_at"]
    for days in (-3, 1):
        odd = spell(now() + dt.timedelta(days=days))
        problem = await post(volunteer, "/check-ins", 422, token=token, occurred_at=odd)
        assert problem["errors"][0]["field"] == "occurred_at"


async def test_scanning_the_table_without_a_sign_up_is_walking_in(tenant):
    roles = [{"role": "captain", "capacity": 1}, {"role": "knocker", "capacity": 17}]
    shift_id = await make_shift(tenant, roles=roles)
    token = (await (await tenant.coordinator()).get(f"/shifts/{shift_id}/check-in-code")).json()
    await begun(tenant, shift_id)
    came = await post(await tenant.volunteer(), "/check-ins", token=token["token"])
    assert (came["check_in_how"], came["role"]) == ("walk_in", "knocker")


async def test_a_volunteers_own_code_is_for_them_and_coordinators(tenant, stranger):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, shift_id)
    _, other = await tenant.member()
    assert (await other.get(f"/signups/{signup['id']}/check-in-code")).status_code == 404
    token = (await volunteer.get(f"/signups/{signup['id']}/check-in-code")).json()["token"]
    await begun(tenant, shift_id)
    await post(other, "/check-ins", 404, token=token)
    await post(await stranger.coordinator(), "/check-ins", 422, token=token)
    came = await post(await tenant.coordinator(), "/check-ins", token=token)
    assert (came["id"], came["state"]) == (signup["id"], "attended")


async def test_a_forged_code_says_the_same_as_one_that_is_too_old(tenant):
    shift_id = await make_shift(tenant)
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    await begun(tenant, shift_id, minutes=60 * 30, lasts_h=1)
    old = (await coordinator.get(f"/shifts/{shift_id}/check-in-code")).json()["token"]
    flipped = old[:-1] + ("A" if old[-1] != "A" else "B")
    told_of = {
        (await post(volunteer, "/check-ins", 422, token=token))["detail"]
        for token in (old, flipped, "x" * 75, old[:40], "é" * 30)
    }
    assert len(told_of) == 1


async def test_a_cancelled_sign_up_cannot_be_checked_in(tenant):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, shift_id)
    await post(volunteer, f"/signups/{signup['id']}/cancellation")
    await begun(tenant, shift_id)
    path = f"/signups/{signup['id']}/check-in"
    assert "cancelled" in (await post(await tenant.coordinator(), path, 409))["detail"]
    await post(volunteer, path, 403)


async def test_a_walk_in_is_one_call_for_somebody_new_and_for_a_member(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    coordinator = await tenant.coordinator()
    await begun(tenant, shift_id)
    path = f"/shifts/{shift_id}/walk-ins"
    new = {"name": "Walker Newcomer", "phone": "+15550100142"}
    made = await post(coordinator, path, **new)
    assert (made["state"], made["check_in_how"]) == ("attended", "walk_in")
    assert (await post(coordinator, path, **new))["id"] == made["id"]
    member = (await coordinator.get(f"/members/{made['member_id']}")).json()
    assert (member["phone"], member["roles"]) == ("+15550100142", ["volunteer"])
    known_id, _ = await tenant.member()
    assert (await post(coordinator, path, member_id=str(known_id)))["state"] == "attended"
    await post(coordinator, path, 422)
    await post(coordinator, path, 404, member_id=str(new_id()))


async def test_a_check_in_is_undone_to_where_it_was(tenant):
    shift_id = await make_shift(tenant, roles=ONE)
    coordinator = await tenant.coordinator()
    (_, one, booked), (_, _, waiting) = await crowd(tenant, shift_id, 2)
    await post(one, f"/signups/{booked['id']}/confirmation")
    await begun(tenant, shift_id)
    walk_in = await post(coordinator, f"/shifts/{shift_id}/walk-ins", name="Walker Newcomer")
    for signup_id in (booked["id"], waiting["id"]):
        await post(coordinator, f"/signups/{signup_id}/check-in", how="phone")
    for signup, back in ((booked, "confirmed"), (waiting, "waitlisted"), (walk_in, "cancelled")):
        undone = await coordinator.delete(f"/signups/{signup['id']}/check-in")
        assert (undone.json()["state"], undone.json()["checked_in_at"]) == (back, None)
    answer = await coordinator.delete(f"/signups/{booked['id']}/check-in")
    assert answer.status_code == 409


async def test_closing_tells_who_came_from_who_did_not(tenant):
    shift_id = await make_shift(tenant, roles=[{"role": "knocker", "capacity": 3}])
    coordinator = await tenant.coordinator()
    made = await crowd(tenant, shift_id, 4)
    path = f"/shifts/{shift_id}/closing"
    await begun(tenant, shift_id, minutes=19)
    await post(coordinator, path, 409)
    await begun(tenant, shift_id, minutes=21)
    await post(coordinator, f"/signups/{made[0][2]['id']}/check-in")
    for _ in range(2):
        closed = await post(coordinator, path)
        assert (closed["attended_count"], closed["no_show_count"]) == (1, 2)
    states = [await state(tenant, one["id"]) for *_, one in made]
    assert states == ["attended", "no_show", "no_show", "cancelled"]
    late = await post(coordinator, f"/signups/{made[1][2]['id']}/check-in")
    assert late["state"] == "attended"
    undone = await coordinator.delete(f"/signups/{late['id']}/check-in")
    assert undone.json()["state"] == "no_show"
    await post(made[2][1], f"/signups/{made[2][2]['id']}/cancellation", 409)


async def test_a_shift_that_nobody_closed_is_closed_half_a_day_later(world, tenant):
    event = await make_event(tenant, shifts=[shift()])
    shift_id = event["shifts"][0]["id"]
    signup = await sign_up(await tenant.volunteer(), shift_id)
    await begun(tenant, shift_id, minutes=60 * 16, lasts_h=3)
    await look_after(world.pool, tenant.id)
    assert await state(tenant, signup["id"]) == "no_show"
    got = await (await tenant.volunteer()).get(f"/events/{event['event']['id']}")
    assert (got.json()["event"]["status"], got.json()["shifts"][0]["status"]) == ("held", "closed")


async def test_who_was_there_says_how_it_was(tenant):
    shift_id = await make_shift(tenant)
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    signup = await sign_up(volunteer, shift_id)
    path = f"/signups/{signup['id']}/rating"
    early = await volunteer.put(path, json={"rating": 5})
    assert early.status_code == 409
    await begun(tenant, shift_id)
    await post(coordinator, f"/signups/{signup['id']}/check-in")
    rated = (await volunteer.put(path, json={"rating": 4, "remark": "Cold"})).json()
    assert (rated["rating"], rated["remark"]) == (4, "Cold")
    assert (await coordinator.put(path, json={"rating": 1})).status_code == 403
    assert (await volunteer.put(path, json={"rating": 6})).status_code == 400


async def test_volunteers_see_their_own_sign_ups_only(tenant, stranger):
    shift_id = await make_shift(tenant)
    volunteer = await tenant.volunteer()
    signup = await sign_up(volunteer, shift_id)
    mine = (await volunteer.get("/me/signups")).json()
    assert [(one["signup"]["id"], one["shift"]["id"]) for one in mine] == [(signup["id"], shift_id)]
    _, other = await tenant.member()
    assert (await other.get("/me/signups")).json() == []
    for client in (other, await stranger.coordinator()):
        assert (await client.get(f"/signups/{signup['id']}")).status_code == 404
        await post(client, f"/signups/{signup['id']}/cancellation", 404)
        await post(client, f"/signups/{signup['id']}/confirmation", 404)
    assert (await (await stranger.volunteer()).get(f"/shifts/{shift_id}")).status_code == 404


async def test_one_cannot_sign_up_for_what_is_a_draft_over_or_cancelled(tenant):
    volunteer, coordinator = await tenant.volunteer(), await tenant.coordinator()
    draft = await make_event(tenant, shifts=[shift()], publish=False)
    path = f"/shifts/{draft['shifts'][0]['id']}"
    await post(volunteer, f"{path}/signups", 404)
    await post(coordinator, f"{path}/signups", 409)
    shift_id = await make_shift(tenant)
    await begun(tenant, shift_id, minutes=600)
    assert "over" in (await post(volunteer, f"/shifts/{shift_id}/signups", 409))["detail"]
    shift_id = await make_shift(tenant)
    await post(coordinator, f"/shifts/{shift_id}/cancellation", reason="Storm")
    assert "cancelled" in (await post(volunteer, f"/shifts/{shift_id}/signups", 409))["detail"]


async def test_who_goes_is_checked_out_once_and_a_coordinator_mends_the_time(tenant):
    shift_id = await make_shift(tenant)
    coordinator = await tenant.coordinator()
    ((_, client, signup),) = await crowd(tenant, shift_id, 1)
    path = f"/signups/{signup['id']}/check-out"
    early = await post(client, path, 409)
    assert early["errors"][0]["field"] == "state"
    await begun(tenant, shift_id, minutes=60)
    came_at = now() - dt.timedelta(minutes=50)
    await post(coordinator, f"/signups/{signup['id']}/check-in", occurred_at=spell(came_at))
    first = await post(client, path)
    assert first["left_at"] is not None
    assert (await post(client, path))["left_at"] == first["left_at"]
    before = await post(client, path, 422, occurred_at=spell(came_at - dt.timedelta(minutes=1)))
    assert before["errors"][0]["field"] == "occurred_at"
    mended = now() - dt.timedelta(minutes=20)
    told = await post(coordinator, path, occurred_at=spell(mended))
    assert dt.datetime.fromisoformat(told["left_at"]) == mended
    other = await tenant.volunteer()
    assert (await other.post(path, json={})).status_code == 404
    # Back again: they are here once more.
    code = (await coordinator.get(f"/shifts/{shift_id}/check-in-code")).json()["token"]
    assert (await post(client, "/check-ins", token=code))["left_at"] is None
    undone = await coordinator.delete(f"/signups/{signup['id']}/check-in")
    assert (undone.json()["state"], undone.json()["left_at"]) == ("booked", None)


async def test_closing_a_shift_that_is_over_sends_home_who_never_said_that_they_went(tenant):
    shift_id = await make_shift(tenant)
    coordinator = await tenant.coordinator()
    made = await crowd(tenant, shift_id, 2)
    await begun(tenant, shift_id, minutes=60, lasts_h=3)
    for _, _, signup in made:
        await post(coordinator, f"/signups/{signup['id']}/check-in", how="desk")
    await post(made[0][1], f"/signups/{made[0][2]['id']}/check-out")
    closing = await post(coordinator, f"/shifts/{shift_id}/closing")
    seen = (await coordinator.get(f"/shifts/{shift_id}/signups")).json()
    assert [one["left_at"] is None for one in seen] == [False, True]
    over = await make_shift(tenant)
    ((_, _, signup),) = await crowd(tenant, over, 1)
    await begun(tenant, over, minutes=240, lasts_h=3)
    await post(coordinator, f"/signups/{signup['id']}/check-in", how="desk")
    closing = await post(coordinator, f"/shifts/{over}/closing")
    (seen,) = (await coordinator.get(f"/shifts/{over}/signups")).json()
    # They came after its end, as far as anybody noted: they went no earlier.
    assert seen["left_at"] >= max(closing["shift"]["ends_at"], seen["checked_in_at"])


async def test_an_invited_member_is_signed_up_in_spite_of_a_clash_and_the_reason_is_kept(tenant):
    member_id, client = await tenant.member()
    first, second = await make_shift(tenant), await make_shift(tenant)
    await sign_up(client, first)
    coordinator = await tenant.coordinator()
    invited = {"member_id": str(member_id), "invite": True}
    made = await sign_up(coordinator, second, **invited)
    path = f"/shifts/{second}/signups"
    # Asked again, they are still only asked.
    await post(coordinator, path, 409, **invited)
    assert await state(tenant, made["id"]) == "invited"
    await post(client, f"/signups/{made['id']}/acceptance", 409)
    await post(coordinator, path, 409, member_id=str(member_id))
    reason = {"override_reason": "Leaves the first at noon"}
    taken = await sign_up(coordinator, second, member_id=str(member_id), **reason)
    assert (taken["id"], taken["state"]) == (made["id"], "booked")
    assert taken["override_reason"] == "Leaves the first at noon"
    async with tenant.transaction() as db:
        noted = await db.fetchval(
            """
            select count(*) from audit_entry
             where organization_id = $1 and action = 'signup.clash_overridden'
            """,
            tenant.id,
        )
    assert noted == 1
