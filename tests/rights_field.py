"""A person of whom every place that could tells something, in words found nowhere else."""

import itertools
from dataclasses import dataclass
from uuid import UUID

from makers import QUESTIONS, Field, make_field
from personal import PERSON
from sending import answer, attempt, note, send

from doorstep.kit.ids import new_id
from doorstep.people.matching_queries import see_merged
from doorstep.reports import queries as reports

_numbers = itertools.count(100_000)


@dataclass
class Subject:
    """Somebody to be forgotten."""

    field: Field
    id: UUID
    door_id: UUID
    given: str
    family: str
    phone: str

    @property
    def tenant(self):
        return self.field.tenant

    @property
    def traces(self):
        """What is looked for: nothing else in the database is written like this."""
        return [self.given.lower(), self.family.lower(), self.phone[-9:]]


async def make_subject(tenant, *, lone=False):
    """A person with a neighbour behind the same door, unless they live alone there."""
    number = next(_numbers)
    field = await make_field(tenant, houses=3)
    subject = Subject(
        field,
        field.street.person_ids[0],
        field.street.door_ids[0],
        f"Zyxgiven{number}",
        f"Zyxfamily{number}",
        f"+358987{number}",
    )
    await _add_text_question(field)
    async with tenant.transaction() as db:
        await _fill_row(db, subject)
        if not lone:
            await db.execute(
                """
                insert into person (organization_id, id, household_id, given_name)
                select organization_id, $2, household_id, 'Neighbour' from person where id = $1
                """,
                subject.id,
                new_id(),
            )
        await _import_by_hand(db, subject)
        await _merge_by_hand(db, subject)
    await _visit(subject)
    await _clear_a_wish(subject)
    await _raise_an_issue(subject)
    await _ask_for_a_correction(subject)
    return subject


async def _raise_an_issue(subject):
    organizer = await subject.tenant.organizer()
    topic = {"name": "Lamps", "owner_role": "organizer", "due_days": 7}
    topic_id = (await organizer.post("/issue-topics", json=topic)).json()["id"]
    issue = {
        "id": str(new_id()), "topic_id": topic_id, "door_id": str(subject.door_id),
        "person_id": str(subject.id), "text": f"{subject.given} cannot sleep",
        "raised_at": "2026-11-22T10:00:00Z",
    }  # fmt: skip
    made = await subject.field.volunteer.post("/issues", json=issue)
    assert made.status_code == 201, made.text
    path = f"/cases/{made.json()['case_id']}"
    await organizer.post(f"{path}/notes", json={"text": f"Call {subject.phone}"})
    ended = {"to": "resolved", "outcome": "fixed", "reason": f"{subject.family} has a new lamp"}
    assert (await organizer.post(f"{path}/moves", json=ended)).status_code == 201
    async with subject.tenant.transaction() as db:
        await db.execute("update issue_report set place = $1", f"Behind {subject.given}'s house")


async def _ask_for_a_correction(subject):
    async with subject.tenant.transaction() as db:
        await db.execute(
            "insert into correction (organization_id, id, person_id, text) values ($1, $2, $3, $4)",
            subject.tenant.id,
            new_id(),
            subject.id,
            f"My name is not {subject.family}",
        )


async def _add_text_question(field):
    words = {"type": "text", "key": "words", "text": "Anything else?"}
    path = f"/scripts/{field.script_id}/versions"
    body = {"introduction": "Hello", "questions": [*QUESTIONS, words]}
    made = await (await field.tenant.organizer()).post(path, json=body)
    assert made.status_code == 201, made.text


async def _fill_row(db, subject):
    given, family = subject.given, subject.family
    await db.execute(
        """
        update person
           set external_id = $2, given_name = $3, family_name = $4, phone = $5, email = $6,
               language = $7, name_key = $8, tags = $9, attributes = $10, birth_year = 1970
         where id = $1
        """,
        subject.id,
        f"list-{given}",
        given,
        family,
        subject.phone,
        f"{given}@example.org",
        f"{given}-tongue",
        f"{given}\x1f{family}".lower(),
        [f"{family} clan"],
        {"nick": given},
    )
    await db.execute("update door set note = $2 where id = $1", subject.door_id, f"Ask {given}.")
    await db.execute(
        """
        update building set access_note = $2
         where id = (select building_id from address a
                      join door d on d.organization_id = a.organization_id and d.address_id = a.id
                     where d.id = $1)
        """,
        subject.door_id,
        f"{family.upper()} on the bell",
    )


async def _import_by_hand(db, subject):
    run_id, tenant = new_id(), subject.tenant
    await db.execute(
        """
        insert into import_run
          (organization_id, id, kind, file_name, row_count, added_count, changed_count,
           unchanged_count, rejected_count, preview, failure)
        values ($1, $2, 'table', 'people.csv', 1, 0, 0, 0, 1, $3, $4)
        """,
        tenant.id,
        run_id,
        {"changed": [{"given_name": subject.given}]},
        f"Row 2 ({subject.family}) broke.",
    )
    await db.execute(
        "insert into import_reject values ($1, $2, 2, 'phone', $3, $4)",
        tenant.id,
        run_id,
        f"“{subject.given}” is no phone number.",
        f"Write {subject.phone} there.",
    )
    await db.execute(
        "insert into import_change values ($1, $2, 'person', $3, $4)",
        tenant.id,
        run_id,
        subject.id,
        {"family_name": subject.family},
    )


async def _merge_by_hand(db, subject):
    """Somebody else of the list turned out to be the same person."""
    hidden_id, tenant = new_id(), subject.tenant
    await see_merged(db)
    await db.execute(
        """
        insert into person
          (organization_id, id, household_id, given_name, family_name, merged_into,
           merged_external_id)
        select organization_id, $2, household_id, given_name, family_name, id, $3
          from person
         where id = $1
        """,
        subject.id,
        hidden_id,
        f"other-{subject.given}",
    )
    await db.execute(
        """
        insert into person_match
          (organization_id, id, kind, person_id, other_person_id, score, reasons, status,
           kept_id, moved, decided_at)
        values ($1, $2, 'duplicate', $3, $4, 1, '[]', 'merged', $3, $5, now())
        """,
        tenant.id,
        new_id(),
        subject.id,
        hidden_id,
        {"tags": [f"{subject.family} clan"]},
    )


async def _visit(subject):
    field, given, me = subject.field, subject.given, {"person_id": str(subject.id)}
    agreed = {"consent": {"wording": f"May we write that down, {given}?"}}
    newest = {"script_version": 2}
    named = note(field, f"{given} was kind") | me
    conflict = named | {"text": f"{given} was rude"}
    waiting = note(field, f"{given} again") | me | {"turf_id": str(new_id())}
    unplaced = note(field, f"Call {subject.phone}") | {"turf_id": str(new_id())}
    sent = await send(
        field.volunteer,
        attempt(field, result="canvassed", **me),
        answer(field, "votes", value=True, **newest),
        answer(field, "topics", value=["roads"], **newest),
        answer(field, "support", value=4, **newest, **agreed),
        answer(field, "support", value=5, minute=3, **newest, **agreed),
        answer(field, "words", value=f"{given} hopes for rain", **newest),
        answer(field, "votes", value=True, door=1, **newest),
        named,
        note(field, f"The {subject.family}s have a dog"),
        waiting,
        unplaced,
    )
    assert [one["outcome"] for one in sent] == [*["accepted"] * 9, *["needs_review"] * 2]
    assert (await send(field.volunteer, conflict))[0]["outcome"] == "conflict"
    async with subject.tenant.transaction() as db:
        await db.execute(
            "update contact_event set review_reason = $2 where id = $1",
            UUID(waiting["id"]),
            f"{given} is not known.",
        )


async def _clear_a_wish(subject):
    organizer = await subject.tenant.organizer()
    body = {"door_id": str(subject.door_id), "person_id": str(subject.id)}
    made = await organizer.post("/do-not-contact", json=body)
    path = f"/do-not-contact/{made.json()['id']}/clearing"
    done = await organizer.post(path, json={"reason": f"{subject.given} wants us again"})
    assert done.is_success, done.text


async def columns_with(subject):
    """In which of the columns that tell of people this one is found."""
    found = set()
    async with subject.tenant.transaction() as db:
        await see_merged(db)
        for column in PERSON:
            table, name = column.split(".")
            texts = await db.fetch(f"select lower({name}::text) from {table}")  # noqa: S608
            if any(trace in (row[0] or "") for row in texts for trace in subject.traces):
                found.add(column)
    return found


async def all_reports(subject):
    """Every report of the pass, and the counts of answers as they are before small ones go."""
    organizer = await subject.tenant.organizer()
    shown = []
    for report in ("progress", "answers", "doors.csv", "doors.geojson"):
        got = await organizer.get(f"/reports/{report}", params={"pass_id": subject.field.pass_id})
        assert got.status_code == 200, got.text
        shown.append(got.text)
    async with subject.tenant.transaction() as db:
        counts = await reports.answers(db, subject.tenant.id, UUID(subject.field.pass_id))
    return shown, [(one.question_key, one.value, one.answers_count) for one in counts]
