"""What a worker does by itself: letters leave, and what arrived is taken in."""

import msgspec
import pytest
from follow_up.following import (
    case_of,
    consent,
    knock,
    make_topic,
    notices,
    postbox,
    raised,
    resolve,
    tell,
)
from makers import make_field

from doorstep.follow_up import sending
from doorstep.follow_up.telling_queries import Claimed, Ended
from doorstep.kit.ids import new_id
from doorstep.kit.links import Purpose, read

__all__ = ["postbox"]


@pytest.fixture
def worker(world, settings):
    mailing = msgspec.structs.replace(settings, smtp_url="smtp://localhost:25")
    work, _ = sending.periodic(mailing, world.keyring)
    return work


async def test_a_worker_sends_and_takes_in_for_every_organization(
    world, tenant, stranger, worker, postbox
):
    cases = {}
    for one in (tenant, stranger):
        made, topic = await make_field(one, houses=2), await make_topic(one)
        organizer = await one.organizer()
        await consent(organizer, made.street.person_ids[0])
        for house in range(2):
            case = await raised(
                made.volunteer, topic, made.street.door_ids[house], made.street.person_ids[house]
            )
            await resolve(organizer, case)
        await tell(one)
        await knock(made, made.street.door_ids[1])
        cases[case] = one
    await worker.run(world.pool)
    for case, one in cases.items():
        assert [notice["state"] for notice in await notices(one)] == ["sent"]
        assert (await case_of(one, case))["status"] == "told"
    sent = len(postbox.letters)
    await worker.run(world.pool)
    assert len(postbox.letters) == sent
    assert worker.every_s <= 60


def ended(**more):
    about = {
        "case_id": new_id(), "topic": "Lamps", "outcome": "fixed", "reason": "New lamp.",
        "raised_at": "2026-05-03T10:00:00Z", "text": "", "listener": "Aino",
    }  # fmt: skip
    return msgspec.convert(about | more, Ended)


def claimed(**more):
    about = {
        "id": new_id(), "person_id": new_id(), "given_name": "", "family_name": "",
        "email": "a@example.org", "attempts_count": 1, "reach": "email", "organization": "North",
    }  # fmt: skip
    return msgspec.convert(about | more, Claimed)


@pytest.mark.parametrize(
    ("names", "greeting"),
    [
        ({"given_name": "Aino", "family_name": "Salo"}, "Dear Aino Salo,"),
        ({"family_name": "Salo"}, "Dear Salo,"),
        ({}, "Good day,"),
    ],
)
def test_a_letter_greets_by_what_is_known(world, names, greeting):
    text = sending.letter("http://x", world.keyring, new_id(), claimed(**names), [ended()])
    assert text.splitlines()[0] == greeting
    assert "On 3 May 2026 you told Aino about Lamps:" in text
    assert "“" not in text


@pytest.mark.parametrize("outcome", ["fixed", "answered", "referred", "declined", "duplicate"])
def test_every_outcome_has_words(world, outcome):
    text = sending.letter("http://x", world.keyring, new_id(), claimed(), [ended(outcome=outcome)])
    assert "What became of it: " in text


def test_a_subject_is_one_line_and_names_each_topic_once():
    told = [ended(topic="Lamps\r\nBcc: x"), ended(topic="Lamps\r\nBcc: x"), ended(topic="T" * 300)]
    subject = sending.subject(told)
    assert "\n" not in subject
    assert "\r" not in subject
    assert subject.count("Lamps") == 1
    assert len(subject) < 200


def test_each_link_is_of_one_case_and_one_person(world):
    organization_id, person = new_id(), claimed()
    told = [ended(), ended()]
    text = sending.letter("http://x", world.keyring, organization_id, person, told)
    tokens = [line.rsplit("/", 1)[1] for line in text.splitlines() if "/raised/" in line]
    ids = [
        read(world.keyring, Purpose.RAISED, token, sending.now()).ids for token in tokens
    ]  # fmt: skip
    assert ids == [(one.case_id, person.person_id) for one in told]
