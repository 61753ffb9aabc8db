"""Letters are queued once, with the consent they need, and taken back."""

import pytest
from letters.posting import letter, make_guest, queue
from makers import make_street

from doorstep.guests.model import Recipient
from doorstep.kit.ids import new_id
from doorstep.letters import service
from doorstep.letters.model import LetterKind


async def test_a_letter_of_a_key_is_queued_once(tenant):
    guest = await make_guest(tenant)
    assert await queue(tenant, letter(guest), letter(guest, key="other")) == 2
    assert await queue(tenant, *[letter(guest)] * 3) == 0
    assert await queue(tenant) == 0


async def test_a_letter_with_a_purpose_needs_a_confirmed_consent(tenant):
    asked = await make_guest(tenant, purposes=["news"])
    sure = await make_guest(tenant, "b@example.org", confirmed=["news"])
    for guest, count in ((asked, 0), (sure, 1)):
        assert await queue(tenant, letter(guest, purpose="news", kind=LetterKind.MAILING)) == count


async def test_what_is_not_sent_yet_can_be_taken_back(tenant):
    guest, about = await make_guest(tenant), new_id()
    kinds = (LetterKind.TICKET, LetterKind.EVENT_REMINDER, LetterKind.FEEDBACK)
    wanted = [letter(guest, about=about, key=kind, kind=kind) for kind in kinds]
    await queue(tenant, *wanted, letter(guest, key="another"))
    async with tenant.transaction() as db:
        assert await service.withdraw(db, tenant.id, about=about, kinds=[LetterKind.FEEDBACK]) == 1
        assert await service.withdraw(db, tenant.id, about=about) == 2
        assert await service.withdraw(db, tenant.id, about=about) == 0


async def test_people_are_asked_by_their_consents(tenant):
    street = await make_street(tenant, houses=2)
    organizer = await tenant.organizer()
    one, other = street.person_ids[:2]
    body = {"purpose": "news", "channel": "email", "wording": "May we?"}
    assert (await organizer.post(f"/people/{one}/consents", json=body)).is_success
    for person, count in ((one, 1), (other, 0)):
        wanted = letter(person_id=person, purpose="news", kind=LetterKind.MAILING)
        assert await queue(tenant, wanted) == count


def test_a_recipient_is_exactly_one():
    with pytest.raises(ValueError, match="one person or one guest"):
        Recipient()
    with pytest.raises(ValueError, match="one person or one guest"):
        Recipient(person_id=new_id(), guest_id=new_id())
