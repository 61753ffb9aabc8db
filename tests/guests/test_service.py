"""Guests: one to an address, and nothing counts before they confirmed it."""

import pytest

from doorstep.guests import service
from doorstep.guests.model import Source
from doorstep.kit.errors import NotFoundError, RefusedError


async def welcome(db, tenant, name="Aino", email="aino@example.org", **more):
    return await service.welcome(
        db, tenant.id, name=name, email=email, source=Source.RSVP, **more
    )  # fmt: skip


async def test_an_address_has_one_guest_however_it_is_written(tenant):
    async with tenant.transaction() as db:
        first = await welcome(db, tenant)
        assert await welcome(db, tenant, name="Aino S.", email=" AINO@Example.org ") == first
        assert await welcome(db, tenant, email="other@example.org") != first
        assert (await service.guest_by_id(db, tenant.id, first)).name == "Aino S."


async def test_a_confirmed_guest_keeps_their_name(tenant):
    async with tenant.transaction() as db:
        guest = await welcome(db, tenant, language="fi")
        await service.confirm(db, tenant.id, guest)
        await welcome(db, tenant, name="Somebody else", language="de")
        found = await service.guest_by_id(db, tenant.id, guest)
    assert (found.name, found.language) == ("Aino", "fi")
    assert found.confirmed_at is not None


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@b\r\nBcc: x@example.org"}, "email"),
        ({"email": f"{'a' * 250}@example.org"}, "email"),
        ({"name": " \u200b "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"purposes": ["opinion_record"]}, "purposes"),
    ],
)
async def test_what_cannot_be_a_guest_is_refused_by_field(tenant, fault, field):
    async with tenant.transaction() as db:
        with pytest.raises(RefusedError) as refused:
            await welcome(db, tenant, **fault)
    assert [one.field for one in refused.value.errors] == [field]


async def allowed(db, tenant, guest, purpose="news"):
    return await db.fetchval(
        "select guest_consents_to($1, $2, $3, now())", tenant.id, guest, purpose
    )


async def test_what_a_guest_allows_counts_once_it_is_confirmed_and_until_it_is_taken_back(tenant):
    async with tenant.transaction() as db:
        guest = await welcome(db, tenant, purposes=["news", "events"])
        assert not await allowed(db, tenant, guest)
        news = [
            one.id
            for one in await service.consents_of_guest(db, tenant.id, guest)
            if one.purpose == "news"
        ]
    async with tenant.transaction() as db:
        await service.confirm(db, tenant.id, guest, news)
        assert await allowed(db, tenant, guest)
        assert not await allowed(db, tenant, guest, "events")
        await service.stop(db, tenant.id, guest, "news")
        await service.stop(db, tenant.id, guest, "news")
        assert not await allowed(db, tenant, guest)


async def test_the_words_of_the_organization_are_kept_with_what_was_allowed(tenant):
    organizer = await tenant.organizer()
    body = {"purpose": "news", "text": "May we write once a month?"}
    assert (await organizer.post("/consent-wordings", json=body)).is_success
    async with tenant.transaction() as db:
        asked = await service.wordings(db, tenant.id, ["news", "events"])
        guest = await welcome(db, tenant, purposes=["news"])
        (kept,) = await service.consents_of_guest(db, tenant.id, guest)
    assert asked["news"].wording == kept.wording == body["text"]
    assert asked["events"].version is None


async def asks(db, guest):
    return await db.fetchrow("select asks_at, asked_at from guest where id = $1", guest)


async def test_a_letter_asks_at_most_once_in_fifteen_minutes(tenant):
    async with tenant.transaction() as db:
        guest = await welcome(db, tenant, purposes=["news"])
        assert (await asks(db, guest))["asks_at"] is not None
        await db.execute("update guest set asks_at = null, asked_at = now()")
        await welcome(db, tenant, purposes=["news"])
        assert (await asks(db, guest))["asks_at"] is None
        await welcome(db, tenant, purposes=["news", "events"])
        found = await asks(db, guest)
        assert (found["asks_at"] - found["asked_at"]).total_seconds() == 900
        await db.execute("update guest set asks_at = null, asked_at = now(), asked_count = 5")
        await welcome(db, tenant, purposes=["news", "events", "follow_up"])
        found = await asks(db, guest)
        assert (found["asks_at"] - found["asked_at"]).total_seconds() == 86400


async def test_who_does_not_confirm_in_thirty_days_is_let_go(tenant):
    async with tenant.transaction() as db:
        gone = await welcome(db, tenant, purposes=["news"])
        young = await welcome(db, tenant, email="young@example.org")
        sure = await welcome(db, tenant, email="sure@example.org")
        await service.confirm(db, tenant.id, sure)
        await db.execute(
            "update guest set seen_at = now() - interval '31 days' where id <> $1", young
        )
    assert await service.let_go(tenant.world.pool, tenant.id) == 1
    async with tenant.transaction() as db:
        with pytest.raises(NotFoundError):
            await service.guest_by_id(db, tenant.id, gone)
        for guest in (young, sure):
            await service.guest_by_id(db, tenant.id, guest)
