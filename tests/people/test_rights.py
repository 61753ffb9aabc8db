import subprocess
from uuid import UUID

import pytest
from personal import PERSON
from rights_field import all_reports, columns_with, make_subject
from sending import answer, attempt, correct, note, outcomes, void

from doorstep.kit.auth import Role
from doorstep.kit.ids import new_id


async def erase(subject, reason="asked", status=201):
    organizer = await subject.tenant.organizer()
    done = await organizer.post(f"/people/{subject.id}/erasure", json={"reason": reason})
    assert done.status_code == status, done.text
    return done.json()


def dump(server):
    """Everything that the database holds, as its superuser gets it."""
    command = [server.bin_dir / "pg_dump", "--data-only", server.url(user="postgres")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.lower()


async def test_of_an_erased_person_no_trace_is_left_in_the_database(tenant, server):
    subject = await make_subject(tenant)
    assert await columns_with(subject) == PERSON, "the test does not fill every column"
    text = dump(server)
    assert all(trace in text for trace in subject.traces)
    done = await erase(subject)
    assert await columns_with(subject) == set()
    text = dump(server)
    assert [trace for trace in subject.traces if trace in text] == []
    assert done["answers_count"] == 5
    assert done["rejects_count"] == 1
    assert done["events_count"] == 4


@pytest.mark.parametrize("lone", [True, False])
async def test_erasing_a_person_changes_no_count(tenant, lone):
    subject = await make_subject(tenant, lone=lone)
    before = await all_reports(subject)
    await erase(subject)
    shown, counts = await all_reports(subject)
    assert (shown, [one for one in counts if one[0] != "words"]) == (
        before[0], [one for one in before[1] if one[0] != "words"],
    )  # fmt: skip
    assert ("words", "…", 1) in counts, "free words are counted, and nothing else"
    assert ("support", 5, 1) in counts, "the last answer counts, the one before does not"


async def test_behind_the_door_of_one_who_lived_alone_every_word_goes(tenant):
    subject = await make_subject(tenant, lone=True)
    async with tenant.transaction() as db:
        await db.execute("update door set note = 'Beware' where id = $1", subject.door_id)
    await erase(subject)
    async with tenant.transaction() as db:
        assert await db.fetchval("select note from door where id = $1", subject.door_id) == ""
        words = "select count(*) from contact_event where door_id = $1 and payload ? 'text'"
        assert await db.fetchval(words, subject.door_id) == 0


async def test_words_about_others_behind_the_door_stay(tenant):
    subject = await make_subject(tenant)
    async with tenant.transaction() as db:
        await db.execute("update door set note = 'Beware' where id = $1", subject.door_id)
    await erase(subject)
    async with tenant.transaction() as db:
        assert await db.fetchval("select note from door where id = $1", subject.door_id) == "Beware"
        others = "select count(*) from person where erased_at is null and household_id in "
        same = "(select household_id from person where id = $1)"
        assert await db.fetchval(others + same, subject.id) == 1


async def test_the_erased_are_shown_nowhere(tenant):
    subject = await make_subject(tenant)
    await erase(subject)
    organizer = await tenant.organizer()
    for path in ("", "/export"):
        assert (await organizer.get(f"/people/{subject.id}{path}")).status_code == 404
    door = (await organizer.get(f"/doors/{subject.door_id}")).json()
    shown = [one["id"] for household in door["households"] for one in household["people"]]
    assert len(shown) == 1
    assert str(subject.id) not in shown
    bundle = (await subject.field.volunteer.get(f"/turfs/{subject.field.turf_id}/bundle")).json()
    assert str(subject.id) not in str(bundle["people"])


async def test_devices_learn_that_somebody_is_gone(tenant):
    subject = await make_subject(tenant)
    turf = f"/turfs/{subject.field.turf_id}"
    organizer = await tenant.organizer()
    before = (await organizer.get(turf)).json()["version"]
    await erase(subject)
    assert (await organizer.get(turf)).json()["version"] > before
    async with tenant.transaction() as db:
        row = await db.fetchrow(
            """
            select t.kind, t.thing_id, t.seq = c.seq as newest
              from tombstone t join change_counter c on c.organization_id = t.organization_id
             where t.thing_id = $1
            """,
            subject.id,
        )
    assert tuple(row) == ("person", subject.id, False)


async def test_erasing_twice_does_it_once(tenant):
    subject = await make_subject(tenant)
    first, again = await erase(subject), await erase(subject)
    counts = {"answers_count": 0, "events_count": 0, "rejects_count": 0}
    assert again == first | counts
    async with tenant.transaction() as db:
        assert await db.fetchval("select count(*) from tombstone") == 2
        assert await db.fetchval("select count(*) from suppression") == 5
    log = (await (await tenant.owner()).get("/audit", params={"action": "person.erased"})).json()
    assert [one["ids"][0] for one in log] == [str(subject.id)]
    assert len(log[0]["ids"]) == 2, "who was merged into them goes with them"


async def test_what_is_empty_stays_empty(tenant):
    subject = await make_subject(tenant)
    await erase(subject)
    with pytest.raises(Exception, match="person_erased_whole"):
        async with tenant.transaction() as db:
            await db.execute("update person set given_name = 'Back' where id = $1", subject.id)


async def test_knocks_at_the_door_go_on(tenant):
    subject = await make_subject(tenant)
    await erase(subject)
    knock = attempt(subject.field, result="not_home", minute=30)
    assert await outcomes(subject.field.volunteer, knock) == ["accepted"]
    assert await outcomes(subject.field.volunteer, void(knock, minute=31)) == ["accepted"]


async def test_what_a_phone_tells_late_of_the_erased_is_counted_without_their_words(tenant):
    subject = await make_subject(tenant)
    field, me = subject.field, {"person_id": str(subject.id)}
    first = answer(field, "support", value=1, minute=20, script_version=2)
    first["consent"] = {"wording": "May we?"}
    assert await outcomes(field.volunteer, first) == ["accepted"]
    await erase(subject)
    before = await all_reports(subject)
    late = [
        attempt(field, result="refused", minute=40, **me),
        note(field, f"{subject.given} was out") | me,
        note(field, f"{subject.given} was out") | me | {"turf_id": str(new_id())},
        answer(field, "words", value=subject.given, minute=41, script_version=2),
        correct(first, minute=42, value=2, consent={"wording": f"{subject.given}, may we?"}),
    ]
    assert await outcomes(field.volunteer, *late) == ["accepted", *["needs_review"] * 4]
    assert await columns_with(subject) == set()
    assert (await all_reports(subject))[1] == before[1]


async def test_nobody_in_particular_is_not_found(tenant):
    organizer = await tenant.organizer()
    done = await organizer.post(f"/people/{new_id()}/erasure", json={"reason": "asked"})
    assert done.status_code == 404


async def test_a_reason_is_no_text(tenant):
    organizer = await tenant.organizer()
    done = await organizer.post(f"/people/{new_id()}/erasure", json={"reason": "Aino asked"})
    assert done.status_code == 400


async def test_an_export_holds_everything_about_the_person_and_is_noted(tenant):
    subject = await make_subject(tenant)
    organizer = await tenant.organizer()
    got = await organizer.get(f"/people/{subject.id}/export")
    assert got.status_code == 200, got.text
    told = got.json()
    assert told["people"][0]["attributes"] == {"nick": subject.given}
    assert told["people"][0]["birth_year"] == 1970
    assert [one["question"] for one in told["answers"]][:1] == ["Will you vote?"]
    assert {one["question_key"] for one in told["answers"]} == {
        "votes", "topics", "support", "words",
    }  # fmt: skip
    assert len(told["consents"]) == 2
    assert len(told["do_not_contact"]) == 1
    assert told["imports"][0]["before"] == {"family_name": subject.family}
    assert {one["kind"] for one in told["events"]} == {"attempt", "answer", "note"}
    assert f"{subject.given} was kind" in got.text
    assert f"{subject.given} again" in got.text
    log = (await (await tenant.owner()).get("/audit", params={"about": str(subject.id)})).json()
    assert log[0]["action"] == "person.exported"
    assert log[0]["actor_id"] == str(tenant.member_ids[Role.ORGANIZER])


async def test_a_whole_building_is_left_alone(tenant):
    subject = await make_subject(tenant)
    coordinator = await tenant.coordinator()
    path = f"/buildings/{subject.field.street.building_ids[0]}/do-not-contact"
    first = await coordinator.post(path)
    assert first.status_code == 201, first.text
    assert [UUID(one["door_id"]) for one in first.json()] == [subject.door_id]
    assert (await coordinator.post(path)).json() == first.json()
    assert (await coordinator.post(path.replace("1", "2"))).status_code == 404


async def test_a_former_member_is_nobody_but_their_knocks_stay(tenant):
    subject = await make_subject(tenant)
    member_id = subject.field.volunteer_id
    organizer = await tenant.organizer()
    wanted = {"name": "Zyx Invited", "email": "zyx@example.org"}
    await organizer.post("/invites", json=wanted)
    async with tenant.transaction() as db:
        await db.execute("update member set email = 'Zyx@example.org' where id = $1", member_id)
    before = await all_reports(subject)
    done = await organizer.post(f"/members/{member_id}/erasure")
    assert done.status_code == 201, done.text
    assert (done.json()["name"], done.json()["email"]) == ("Former member", None)
    assert done.json()["ended_at"] is not None
    assert (await subject.field.volunteer.get("/me")).status_code == 401
    async with tenant.transaction() as db:
        invites = await db.fetch("select name, email, withdrawn_at is null as open from invite")
        devices = await db.fetch("select name from device where member_id = $1", member_id)
    assert [tuple(row) for row in invites] == [("Former member", None, False)]
    assert {row["name"] for row in devices} == {"Former device"}
    after = await all_reports(subject)
    assert after[1] == before[1]
    assert (await organizer.post(f"/members/{member_id}/erasure")).status_code == 201
