"""What a volunteer signed up for comes to their phone, and to nobody else's."""

import pytest
from makers import make_field
from phone import Held, converged, fresh
from shifts import make_place, make_shift, now, shift, sign_up, spell

from doorstep.kit.auth import Role


@pytest.fixture
async def field(tenant):
    return await make_field(tenant)


async def changed(client, method, path, **body):
    answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text


async def test_a_phone_learns_of_its_members_shifts_and_of_what_changes_about_them(field):
    tenant, phone = field.tenant, await fresh(field.volunteer)
    coordinator = await tenant.coordinator()
    shift_id = await make_shift(tenant)
    signup = await sign_up(field.volunteer, shift_id)
    await phone.pull()
    row = phone.rows["signups"][signup["id"]]
    assert (row["shift_id"], row["role"], row["state"]) == (shift_id, "knocker", "booked")
    assert (row["title"], row["lon"], row["lat"]) == ("Saturday canvass", 24.94, 60.17)
    later = shift(starts_in_h=24 * 12)
    place_id = await make_place(tenant, "School")
    mended = {"name": "School", "point": {"lon": 25, "lat": 60}, "staging_note": "Ring."}
    for method, path, body, field_of, told in (
        ("POST", f"/signups/{signup['id']}/confirmation", {}, "state", "confirmed"),
        ("PATCH", f"/shifts/{shift_id}", {"place_id": place_id}, "place_name", "School"),
        ("PUT", f"/places/{place_id}", mended, "staging_note", "Ring."),
        ("PATCH", f"/shifts/{shift_id}", {k: later[k] for k in ("starts_at", "ends_at")},
         "place_name", "School"),
    ):  # fmt: skip
        await changed(field.volunteer if "signups" in path else coordinator, method, path, **body)
        told_of = (await phone.page())["changed"]["signups"]
        assert [one["id"] for one in told_of] == [signup["id"]], path
        assert told_of[0][field_of] == told
        assert await converged(phone)
    assert spell(now()) < phone.rows["signups"][signup["id"]]["starts_at"]


async def test_a_cancelled_sign_up_leaves_the_phone(field):
    phone = await fresh(field.volunteer)
    signup = await sign_up(field.volunteer, await make_shift(field.tenant))
    await phone.pull()
    await changed(field.volunteer, "POST", f"/signups/{signup['id']}/cancellation")
    await phone.pull()
    assert phone.ids("signups") == set()
    assert await converged(phone)


async def test_what_others_signed_up_for_stays_theirs(field, stranger):
    tenant = field.tenant
    other = await tenant.client(Role.VOLUNTEER)
    phone, theirs = await fresh(field.volunteer), Held(other)
    signup = await sign_up(other, await make_shift(tenant))
    await sign_up(await stranger.client(Role.VOLUNTEER), await make_shift(stranger))
    await phone.pull()
    await theirs.pull()
    assert phone.ids("signups") == set()
    assert theirs.ids("signups") == {signup["id"]}


async def test_a_shift_of_long_ago_is_not_told_to_a_new_phone(field):
    shift_id = await make_shift(field.tenant)
    signup = await sign_up(field.volunteer, shift_id)
    async with field.tenant.transaction() as db:
        await db.execute(
            "update shift set starts_at = now() - interval '32 days', "
            "ends_at = now() - interval '31 days' where id = $1",
            shift_id,
        )
    phone = await fresh(field.volunteer)
    assert signup["id"] not in phone.ids("signups")
