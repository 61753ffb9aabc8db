"""Who is erased, or never said who they are, leaves numbers at what they came to."""

from makers import make_street
from outreach.coming import (
    letters,
    link_in,
    make_public_event,
    on_list,
    passed,
    post,
    rsvp,
    states,
    visitor,
)

from doorstep.outreach.service import look_after


async def test_an_erased_person_is_counted_without_a_name_and_gives_up_what_is_to_come(tenant):
    street = await make_street(tenant, houses=1)
    person_id = str(street.person_ids[0])
    was_id, _ = await make_public_event(tenant, starts_in_h=1)
    later_id, _ = await make_public_event(tenant)
    coordinator = await tenant.coordinator()
    for event_id in (was_id, later_id):
        await post(coordinator, f"/events/{event_id}/attendances", person_id=person_id)
    (came,) = await on_list(tenant, was_id)
    await post(coordinator, f"/events/{was_id}/attendances/{came['id']}/check-in")
    (asked,) = await letters(tenant, "feedback")
    words = {"rating": "4", "good": "Canaria was kind", "change": "More Feathers"}
    assert (await visitor(tenant).post(await link_in(tenant, asked), data=words)).is_success
    owner = await tenant.owner()
    told = (await owner.get(f"/people/{person_id}/export")).json()["attendances"]
    assert [(one["event"], one["state"], one["good"]) for one in told] == [
        ("Town hall", "attended", "Canaria was kind"), ("Town hall", "going", None),
    ]  # fmt: skip
    body = {"reason": "asked"}
    assert (await owner.post(f"/people/{person_id}/erasure", json=body)).is_success
    (came,) = await on_list(tenant, was_id)
    assert (came["state"], came["name"], came["person_id"]) == ("attended", "", None)
    assert await states(tenant, later_id) == ["cancelled"]
    (said,) = (await coordinator.get(f"/events/{was_id}/feedback")).json()
    assert (said["rating"], said["good"], said["change"]) == (4, "", "")


async def test_who_never_confirmed_an_address_is_nobody_thirty_days_later(world, tenant):
    event_id, slug = await make_public_event(tenant)
    await rsvp(tenant, slug, 1, name="Canaria Feathers")
    await passed(tenant, event_id, hours=24 * 40)
    await look_after(world.pool, tenant.id)
    (one,) = await on_list(tenant, event_id)
    assert one["name"] == "Canaria Feathers"
    async with tenant.transaction() as db:
        await db.execute("update public_event set closed_at = now() - interval '31 days'")
    await look_after(world.pool, tenant.id)
    (one,) = await on_list(tenant, event_id)
    assert (one["name"], one["guest_id"], one["seats"]) == ("", None, 1)
