"""Letters leave once, say what is true, and stop where they are not wanted."""

import email.policy

import pytest
from html5lib import HTMLParser
from letters.posting import ADDRESS, NAME, letter, make_guest, office, queue, states
from makers import make_street

from doorstep.guests import service as guests
from doorstep.letters import queries
from doorstep.letters.model import LetterKind

__all__ = ["office"]
NEWS = {"kind": LetterKind.MAILING, "purpose": "news"}


async def test_a_letter_says_the_same_in_text_and_html_and_nothing_is_unescaped(tenant, office):
    guest = await make_guest(
        tenant, name='<i>Aino</i>\r\nBcc: x@example.org "&', confirmed=["news"]
    )
    await queue(tenant, letter(guest, facts={"number": 7}, **NEWS))
    await office.send(tenant)
    ((plain, html),) = office.bodies()
    (message,) = office.taken()
    assert plain.startswith('Dear <i>Aino</i> Bcc: x@example.org "&,\n\nHere is ticket 7 of <b>')
    assert "<i>" not in html
    assert "<b>" not in html
    HTMLParser(strict=True).parse(html)
    assert {"bcc", "cc"}.isdisjoint(name.lower() for name in message)
    assert "{" not in plain
    for text in (plain, html.replace("&amp;", "&")):
        assert "https://example.org/?a=1&b=2" in text
        assert "/me/" in text
        assert "/stop/" in text
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].strip("<>") in plain
    assert message["Subject"] == "Your ticket"


async def test_an_answer_has_nothing_to_stop_and_greets_nobody_by_an_unconfirmed_name(
    tenant, office
):
    await queue(tenant, letter(await make_guest(tenant)))
    await office.send(tenant)
    ((plain, _),) = office.bodies()
    assert plain.startswith("Good day,\n")
    assert "/stop/" not in plain
    assert "List-Unsubscribe" not in office.taken()[0]


async def test_a_letter_is_sent_once_however_often_the_worker_looks(tenant, office):
    guest = await make_guest(tenant)
    await queue(tenant, letter(guest))
    for _ in range(3):
        await office.send(tenant)
        await queue(tenant, letter(guest))
    assert len(office.taken()) == 1
    assert await states(tenant) == [("ticket", "sent", None)]


async def test_a_worker_that_dies_after_sending_does_not_send_again(tenant, office, monkeypatch):
    await queue(tenant, letter(await make_guest(tenant)))
    with monkeypatch.context() as dying:
        dying.setattr(queries, "put", None)
        with pytest.raises(TypeError):
            await office.send(tenant)
    assert len(office.taken()) == 1
    await office.send(tenant)
    assert await states(tenant) == [("ticket", "sending", None)]
    async with tenant.transaction() as db:
        await db.execute("update letter set tried_at = now() - interval '11 minutes'")
    await office.send(tenant)
    assert await states(tenant) == [("ticket", "unknown", "interrupted")]
    assert len(office.taken()) == 1


@pytest.mark.parametrize(
    ("at", "reply", "state", "why", "wait_min"),
    [
        (ADDRESS, "451 4.7.1 later", "queued", None, 15),
        ("mail", "421 busy", "queued", None, 15),
        (ADDRESS, "550 5.1.1 nobody", "failed", "bounced", 0),
        (f"data:{ADDRESS}", "554 5.7.1 no", "failed", "refused", 0),
        (f"data:{ADDRESS}", "cut", "unknown", "interrupted", 0),
    ],
)
async def test_what_a_mail_server_says_decides(tenant, office, at, reply, state, why, wait_min):
    office.server.replies[at] = reply
    await queue(tenant, letter(await make_guest(tenant)))
    await office.send(tenant)
    assert await states(tenant) == [("ticket", state, why)]
    async with tenant.transaction() as db:
        waits = await db.fetchval("select due_at - now() from letter")
    assert (waits.total_seconds() > 840) == bool(wait_min)


async def test_a_letter_is_given_up_after_eight_tries(tenant, office):
    office.server.replies[ADDRESS] = "451 4.7.1 later"
    await queue(tenant, letter(await make_guest(tenant)))
    for _ in range(8):
        assert (await states(tenant))[0][1] == "queued"
        await office.send(tenant)
    assert await states(tenant) == [("ticket", "failed", "not_reached")]


async def test_nothing_more_goes_to_an_address_from_which_a_letter_came_back(tenant, office):
    guest = await make_guest(tenant, confirmed=["news"])
    office.server.replies[ADDRESS] = "550 5.1.1 nobody"
    await queue(tenant, letter(guest))
    await office.send(tenant)
    office.server.replies.clear()
    await queue(tenant, letter(guest, key="second"))
    await office.send(tenant)
    assert (await states(tenant))[1] == ("ticket", "suppressed", "bouncing")
    assert office.taken() == []


async def stop(tenant, guest):
    async with tenant.transaction() as db:
        await guests.stop(db, tenant.id, guest, "news")


async def expire(tenant, _):
    async with tenant.transaction() as db:
        await db.execute(
            """
            update guest_consent
               set confirmed_at = now() - interval '2 days', expires_at = now() - interval '1 day'
            """
        )


async def suppress(tenant, _):
    body = {"kind": "email", "value": ADDRESS.upper(), "reason": "asked"}
    assert (await (await tenant.coordinator()).post("/suppressions", json=body)).is_success


@pytest.mark.parametrize(
    ("between", "why"), [(stop, "no_consent"), (expire, "no_consent"), (suppress, "suppressed")]
)
async def test_what_changes_between_queueing_and_sending_counts(tenant, office, between, why):
    guest = await make_guest(tenant, confirmed=["news"])
    assert await queue(tenant, letter(guest, **NEWS)) == 1
    await between(tenant, guest)
    await office.send(tenant)
    assert office.server.taken == []
    assert await states(tenant) == [("mailing", "suppressed", why)]


async def test_what_is_too_late_or_not_true_any_more_is_not_sent(tenant, office):
    guest = await make_guest(tenant)
    await queue(tenant, letter(guest), letter(guest, kind=LetterKind.FEEDBACK, key="feedback"))
    async with tenant.transaction() as db:
        await db.execute(
            "update letter set expires_at = now() - interval '1 hour' where kind = 'ticket'"
        )
    await office.send(tenant)
    assert {one[2] for one in await states(tenant)} == {"expired", "not_true"}
    assert office.server.taken == []


async def test_a_letter_that_cannot_be_written_holds_up_no_other(tenant, office):
    guest = await make_guest(tenant)
    await queue(tenant, letter(guest, kind=LetterKind.SLOT_BOOKED, key="a"), letter(guest))
    await office.send(tenant)
    assert set(await states(tenant)) == {("slot_booked", "queued", None), ("ticket", "sent", None)}


async def test_people_get_letters_by_their_own_consent_and_each_organization_its_own(
    tenant, stranger, office
):
    for one in (tenant, stranger):
        street = await make_street(one, houses=1)
        (person,) = street.person_ids
        body = {"purpose": "news", "wording": "May we?"}
        assert (
            await (await one.organizer()).post(f"/people/{person}/consents", json=body)
        ).is_success
        async with one.transaction() as db:
            await db.execute("update person set email = $1", f"{one.slug}@example.org")
        await queue(one, letter(person_id=person, **NEWS))
    await office.letters.round(office.pool)
    for one in (tenant, stranger):
        ((plain, _),) = office.bodies(f"{one.slug}@example.org")
        assert f"/o/{one.slug}/stop/" in plain
        assert one.slug.title() in plain


async def test_mail_that_did_not_come_back_has_arrived(tenant, office):
    await queue(tenant, letter(await make_guest(tenant)))
    await office.send(tenant)
    async with tenant.transaction() as db:
        await db.execute("update letter set sent_at = now() - interval '6 days'")
    await office.letters.round(office.pool)
    assert await states(tenant) == [("ticket", "delivered", None)]


async def test_every_message_is_read_by_pythons_own_parser_without_a_defect(tenant, office):
    guest = await make_guest(tenant, name="Ääkkönen 日本", confirmed=["news"])
    await queue(tenant, letter(guest, **NEWS))
    await office.send(tenant)
    (raw,) = office.server.raw
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert [part.defects for part in message.walk()] == [[]] * len(list(message.walk()))
    assert NAME not in str(message["Subject"])
