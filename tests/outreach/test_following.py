"""What came of an event: conversations, feedback, words for everybody, promises."""

import re

from engage.promising import make_commitment, published
from engage.promising import post as post_to
from follow_up.following import make_topic
from makers import make_street
from outreach.coming import (
    letters,
    link_in,
    make_public_event,
    now,
    on_list,
    passed,
    post,
    rsvp,
    visitor,
)

from doorstep.kit.ids import new_id
from doorstep.outreach.service import look_after


async def held(world, tenant, people=1, **more):
    """An event that was held, with so many who came: (id, slug)."""
    event_id, slug = await make_public_event(tenant, **more)
    for number in range(people):
        await rsvp(tenant, slug, number)
    await passed(tenant, event_id)
    coordinator = await tenant.coordinator()
    for one in await on_list(tenant, event_id):
        await post(coordinator, f"/events/{event_id}/attendances/{one['id']}/check-in")
    await passed(tenant, event_id, hours=15)
    await look_after(world.pool, tenant.id)
    return event_id, slug


def contact(**more):
    return {
        "id": str(new_id()), "result": "talked", "minutes": 6, "occurred_at": now().isoformat(),
    } | more  # fmt: skip


async def test_a_conversation_is_taken_once_with_the_issue_it_raised(tenant):
    event_id, _ = await make_public_event(tenant, kind="outreach")
    topic = await make_topic(tenant)
    volunteer, path = await tenant.volunteer(), f"/events/{event_id}/contacts"
    issue = {"id": str(new_id()), "text": "The lamp is out"}
    sent = contact(topic_id=topic, issue=issue)
    first = await post(volunteer, path, **sent)
    assert await post(volunteer, path, **sent) == first
    assert "id of its own" in (await post(volunteer, path, 409, **sent | {"minutes": 7}))["detail"]
    await post(volunteer, path, **contact(result="took_leaflet", minutes=1))
    outcome = (await (await tenant.coordinator()).get(f"/events/{event_id}/outcome")).json()
    assert outcome["contacts"] == [
        {"result": "talked", "contacts_count": 1, "minutes": 6},
        {"result": "took_leaflet", "contacts_count": 1, "minutes": 1},
    ]
    assert [(one["issues_count"], one["open_count"]) for one in outcome["issues"]] == [(1, 1)]
    cases = (await (await tenant.coordinator()).get("/cases")).json()
    assert len(cases) == 1


async def test_nobody_leaves_a_name_without_saying_for_what(tenant):
    event_id, _ = await make_public_event(tenant, kind="outreach")
    volunteer, path = await tenant.volunteer(), f"/events/{event_id}/contacts"
    left = {"name": "Canaria Feathers", "email": "canary@example.org"}
    problem = await post(volunteer, path, 422, **contact(contact=left))
    assert problem["errors"][0]["field"] == "contact.purposes"
    made = await post(volunteer, path, **contact(contact=left | {"purposes": ["news"]}))
    async with tenant.transaction() as db:
        row = await db.fetchrow(
            """
            select g.id, c.purpose, c.confirmed_at
              from guest g
              join guest_consent c on c.organization_id = g.organization_id and c.guest_id = g.id
             where g.organization_id = $1
            """,
            tenant.id,
        )
    # It counts once they confirmed it by a letter.
    assert (str(row["id"]), row["purpose"], row["confirmed_at"]) == (made["guest_id"], "news", None)
    needs_topic = contact(issue={"id": str(new_id()), "text": "x"})
    assert "about" in (await post(volunteer, path, 422, **needs_topic))["detail"]


async def test_what_came_of_it_is_public_with_its_promises(world, tenant):
    event_id, slug = await held(world, tenant)
    organizer, path = await tenant.organizer(), f"/events/{event_id}/follow-up"
    kept, draft = await published(tenant, "Lamps"), await make_commitment(tenant, "Secret")
    body = {
        "summary": "Thirty came <i>and</i> asked for lamps.",
        "notes": "1. Lamps",
        "spoke": [{"who": "People of North Street", "position": "For lamps & benches"}],
        "commitment_ids": [kept, draft],
    }
    told = await post(organizer, path, **body)
    assert told["status"] == "followed_up"
    assert [one["title"] for one in told["commitments"]] == ["Lamps"]
    again = await post(organizer, path, **body | {"summary": "Thirty-one came."})
    assert (again["summary"], len(again["commitments"])) == ("Thirty-one came.", 1)
    page = (await visitor(tenant).get(f"/o/{tenant.slug}/events/{slug}")).text
    assert "Thirty-one came." in page
    assert f'href="/o/{tenant.slug}/commitments/lamps"' in page
    assert "For lamps &amp; benches" in page
    assert "Secret" not in page
    atom = (await visitor(tenant).get(f"/o/{tenant.slug}/events.atom")).text
    assert "What came of it: Town hall" in atom


async def test_nothing_is_told_before_it_was_held_nor_about_people_on_the_lists(world, tenant):
    event_id, _ = await make_public_event(tenant)
    organizer = await tenant.organizer()
    body = {"summary": "It was good."}
    problem = await post(organizer, f"/events/{event_id}/follow-up", 409, **body)
    assert "once it was held" in problem["detail"]
    event_id, _ = await held(world, tenant)
    await make_street(tenant, houses=1)
    async with tenant.transaction() as db:
        named = await db.fetchval("select given_name || ' ' || family_name from person limit 1")
    path = f"/events/{event_id}/follow-up"
    assert (await post(organizer, path, 422, summary=f"{named} spoke."))["detail"]
    missing = body | {"commitment_ids": [str(new_id())]}
    await post_to(organizer, path, 404, **missing)


async def test_feedback_is_asked_for_once_counted_once_and_shown_from_five_on(world, tenant):
    event_id, slug = await held(world, tenant, people=5)
    asked = await letters(tenant, "feedback")
    assert len(asked) == 5
    public = f"/o/{tenant.slug}/events/{slug}"
    for number, row in enumerate(asked):
        path = await link_in(tenant, row)
        assert "How was it?" in (await visitor(tenant).get(path)).text
        assert (await visitor(tenant).post(path, data={"good": "x"})).status_code == 422
        words = {"rating": str(5 - number % 2), "good": "The <b>lamps</b>", "change": ""}
        for _ in range(2):
            page = await visitor(tenant).post(path, data=words)
            assert "Thank you" in page.text
        shown = "said how it was" in (await visitor(tenant).get(public)).text
        assert shown == (number == 4)
    staff = await tenant.coordinator()
    figures = (await staff.get(f"/events/{event_id}/outcome")).json()["feedback"]
    assert figures == {"count": 5, "mean": 4.6, "ratings": [0, 0, 0, 2, 3]}
    said = (await staff.get(f"/events/{event_id}/feedback")).json()
    assert {one["good"] for one in said} == {"The <b>lamps</b>"}
    assert "guest" not in str(said)


async def test_volunteers_are_briefed_in_numbers_without_names(tenant):
    event_id, slug = await make_public_event(
        tenant, topic="Lamps", briefing_url="https://example.org/lamps", agenda="1. Welcome",
        capacity=1, summary="Come",
    )  # fmt: skip
    for number in (1, 2):
        await rsvp(tenant, slug, number, name="Canaria Feathers", seats="1")
    answer = await (await tenant.volunteer()).get(f"/events/{event_id}/briefing")
    told = answer.json()
    assert (told["topic"], told["agenda"], told["capacity"]) == ("Lamps", "1. Welcome", 1)
    assert [(one["state"], one["seats_count"]) for one in told["attendances"]] == [
        ("going", 1), ("waitlisted", 1),
    ]  # fmt: skip
    assert not re.search("Feathers|example.org(?!/lamps)", answer.text)
