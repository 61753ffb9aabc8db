from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rights_field import make_subject

from doorstep.algorithms.addresses import unit_key
from doorstep.kit.ids import new_id
from doorstep.people import suppressing
from doorstep.people.suppressing import Identity

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
AINO = Identity("p1", "+358 40 123 4567", "Aino@Example.org", "aino\x1fsalo", "hill#1", "2b")
texts = st.text(st.characters(codec="utf-8"), max_size=20)


def hashes(key=KEY, **changed):
    return set(suppressing.hashes_of(key, *AINO._replace(**changed)))


def test_the_same_person_is_known_however_they_are_written():
    for changed in (
        {"phone": "040 123 4567"},
        {"phone": "(040) 123-4567"},
        {"email": " aino@example.org "},
        {"name_key": "AINO\x1fSalo"},
        {"name_key": "Aïno\x1fSa-lo"},
        {"external_id": " p1 "},
    ):
        assert hashes(**changed) == hashes(), changed


def test_each_particular_is_enough_by_itself():
    nothing = Identity("", "", "", AINO.name_key, "", "")
    for some in (
        {"external_id": "p1"},
        {"phone": AINO.phone},
        {"email": AINO.email},
        {"match_key": AINO.match_key, "unit_key": AINO.unit_key},
    ):
        known = hashes()
        assert suppressing.forgotten(KEY, known, [nothing._replace(**some)]) == [True], some


def test_who_shares_a_home_a_number_or_a_name_is_somebody_else():
    known = hashes()
    others = [
        AINO._replace(external_id="p2", name_key="eino\x1fsalo"),
        Identity("p3", "", "", AINO.name_key, "hill#2", ""),
        Identity("", "+358401234568", "", AINO.name_key, "", ""),
        Identity("", "", "", "", AINO.match_key, AINO.unit_key),
        Identity("", "", "", "", "", ""),
    ]
    assert suppressing.forgotten(KEY, known, others) == [False] * len(others)


def test_without_the_key_hashes_tell_nothing():
    assert hashes().isdisjoint(hashes(key=OTHER_KEY))
    assert all(len(one) == 16 for one in hashes())


@given(st.tuples(texts, texts, texts, texts, texts, texts))
def test_any_text_can_be_hashed_and_is_found_again(parts):
    found = suppressing.hashes_of(KEY, *parts)
    assert suppressing.forgotten(KEY, set(found), [Identity(*parts)]) == [bool(found)]


def test_kinds_do_not_mix():
    same = Identity("123456789", "123456789", "1@2", "a\x1fb", "m", "")
    assert len(set(suppressing.hashes_of(KEY, *same))) == 4


def test_each_organization_hashes_under_a_key_of_its_own(world, tenant, stranger):
    keys = {world.keyring.suppression_key(one.id) for one in (tenant, stranger)}
    assert len(keys) == 2
    assert world.keyring.suppression_key(tenant.id) in keys


def test_the_secret_is_for_this_account_only(world, settings, tenant):
    world.keyring.suppression_key(tenant.id)
    assert (settings.keys_dir / "suppression.key").stat().st_mode & 0o077 == 0


async def known_as(world, subject, **changed):
    """Whether an import would leave this row out."""
    async with subject.tenant.transaction() as db:
        known = await suppressing.known(db, subject.tenant.id)
        home = await db.fetchrow(
            """
            select a.street, a.house_number, d.unit from door d
              join address a on a.organization_id = d.organization_id and a.id = d.address_id
             where d.id = $1
            """,
            subject.door_id,
        )
    row = Identity(
        "",
        "",
        "",
        suppressing.name_key_of(subject.given, subject.family),
        suppressing.match_key_of(home["street"], home["house_number"]),
        unit_key(home["unit"]),
    )
    key = world.keyring.suppression_key(subject.tenant.id)
    return suppressing.forgotten(key, known, [row._replace(**changed)])[0]


async def test_imports_know_whom_to_leave_out(world, tenant):
    subject = await make_subject(tenant)
    assert not await known_as(world, subject)
    organizer = await tenant.organizer()
    await organizer.post(f"/people/{subject.id}/erasure", json={"reason": "asked"})
    assert await known_as(world, subject)
    moved = {"match_key": "elsewhere#1"}
    assert not await known_as(world, subject, **moved)
    assert await known_as(world, subject, phone=subject.phone, **moved)
    assert await known_as(world, subject, external_id=f"list-{subject.given}", name_key="")


async def test_somebody_who_comes_back_is_found_and_let_in(world, tenant):
    subject = await make_subject(tenant)
    organizer = await tenant.organizer()
    await organizer.post(f"/people/{subject.id}/erasure", json={"reason": "asked"})
    wanted = {
        "phone": subject.phone, "given_name": subject.given, "family_name": subject.family,
    }  # fmt: skip
    found = (await organizer.post("/suppressions/search", json=wanted)).json()
    assert [(one["scope"], one["kind"]) for one in found] == [("erased", "phone")]
    done = await organizer.post(f"/suppressions/{found[0]['id']}/clearing")
    assert done.status_code == 201, done.text
    assert not await known_as(world, subject), "all that was made with it is lifted"
    assert (await organizer.post("/suppressions/search", json=wanted)).json() == []
    again = await organizer.post(f"/suppressions/{found[0]['id']}/clearing")
    assert again.status_code == 409


async def left_alone(tenant):
    async with tenant.transaction() as db:
        rows = await db.fetch("select person_id from left_alone where person_id is not null")
    return {row["person_id"] for row in rows}


@pytest.mark.parametrize("kind", ["phone", "email", "external_id"])
async def test_a_suppressed_number_is_not_used_whoever_has_it(world, tenant, kind):
    subject = await make_subject(tenant)
    coordinator = await tenant.coordinator()
    value = {
        "phone": subject.phone.replace("+358", "0"),
        "email": f"{subject.given}@EXAMPLE.org",
        "external_id": f"list-{subject.given}",
    }[kind]
    made = await coordinator.post("/suppressions", json={"kind": kind, "value": value})
    assert made.status_code == 201, made.text
    assert made.json()["people_count"] == 1
    assert subject.given not in made.text
    assert await left_alone(tenant) == {subject.id}
    twice = await coordinator.post("/suppressions", json={"kind": kind, "value": value})
    assert twice.status_code == 409
    organizer = await tenant.organizer()
    listed = (await organizer.get("/suppressions")).json()
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert (await organizer.post(f"/suppressions/{made.json()['id']}/clearing")).is_success
    assert await left_alone(tenant) == set()
    assert (await organizer.get("/suppressions")).json() == []
    log = (await (await tenant.owner()).get("/audit")).json()
    assert [one["action"] for one in log[:2]] == ["suppression.cleared", "suppression.added"]


async def test_who_gets_a_suppressed_number_later_is_found_after_the_import(world, tenant):
    subject = await make_subject(tenant)
    coordinator = await tenant.coordinator()
    body = {"kind": "phone", "value": "+358111222333"}
    assert (await coordinator.post("/suppressions", json=body)).json()["people_count"] == 0
    key = world.keyring.suppression_key(tenant.id)
    async with tenant.transaction() as db:
        await db.execute("update person set phone = '011 122 2333' where id = $1", subject.id)
        await suppressing.apply_contacts(db, key, tenant.id)
    assert await left_alone(tenant) == {subject.id}


async def test_who_asked_to_be_forgotten_is_not_added_at_the_door(tenant):
    subject = await make_subject(tenant)
    organizer = await tenant.organizer()
    await organizer.post(f"/people/{subject.id}/erasure", json={"reason": "asked"})
    names = {"given_name": subject.given, "family_name": subject.family.upper()}
    there, elsewhere = (
        f"/doors/{door_id}/people"
        for door_id in (subject.door_id, subject.field.street.door_ids[1])
    )
    for path, wanted in ((there, names), (elsewhere, {**names, "phone": subject.phone})):
        refused = await organizer.post(path, json=wanted)
        assert refused.status_code == 409, refused.text
        assert "forgotten" in refused.json()["detail"]
    assert (await organizer.post(elsewhere, json=names)).status_code == 201, "a namesake"
    found = await organizer.post("/suppressions/search", json=names | {"phone": subject.phone})
    await organizer.post(f"/suppressions/{found.json()[0]['id']}/clearing")
    assert (await organizer.post(there, json=names)).status_code == 201, "they came back"


async def test_a_suppressed_number_is_not_used_for_whoever_is_added_at_the_door(tenant):
    subject = await make_subject(tenant)
    wanted = {"kind": "phone", "value": "+358111222333"}
    await (await tenant.coordinator()).post("/suppressions", json=wanted)
    organizer = await tenant.organizer()
    names = {"given_name": "Eve", "family_name": "Niemi"}
    path = f"/doors/{subject.door_id}/people"
    made = (await organizer.post(path, json=names | {"phone": "011 122 2333"})).json()
    await organizer.post(path, json={"given_name": "Onni", "phone": "+358111222334"})
    assert await left_alone(tenant) == {UUID(made["id"])}


@pytest.mark.parametrize("body", [
    {"kind": "phone", "value": "ring me"}, {"kind": "email", "value": "nowhere"},
])  # fmt: skip
async def test_what_is_no_number_or_address_is_refused(tenant, body):
    answer = await (await tenant.coordinator()).post("/suppressions", json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["value"]


async def test_an_unknown_suppression_is_not_found(tenant):
    organizer = await tenant.organizer()
    assert (await organizer.post(f"/suppressions/{new_id()}/clearing")).status_code == 404
