import csv
import io
from uuid import uuid4

import pytest
from field_work import after, make_field
from hypothesis import given
from makers import Role
from test_catching_up import deeds, in_a_pass_of_its_own, work_in

from doorstep.kit.auth import Caller
from doorstep.kit.errors import NotAllowedError, NotFoundError, RefusedError
from doorstep.reports import opening, service
from doorstep.reports.model import Figure, Of
from doorstep.surveys import service as surveys
from doorstep.surveys.model import (
    MultiQuestion,
    NumberQuestion,
    Option,
    ScaleQuestion,
    ScriptCreate,
    TextQuestion,
    YesNoQuestion,
)

TALLIED = (
    Figure.DOORS, Figure.ATTEMPTED, Figure.CONTACTED, Figure.DONE, Figure.PEOPLE,
    Figure.PEOPLE_REACHED, Figure.ATTEMPTS, Figure.CONTACTS, Figure.SECOND_TRIES,
    Figure.SECOND_CONTACTS,
)  # fmt: skip


def caller(tenant, role=Role.ORGANIZER):
    return Caller(
        organization_id=tenant.id, member_id=uuid4(), device_id=uuid4(), roles=frozenset({role})
    )


def every_row(report):
    """(of, key, row of the report)."""
    yield Of.PASS, "", report.total
    for turf in report.by_turf:
        yield Of.TURF, str(turf.turf_id or ""), turf
    for precinct in report.by_precinct:
        yield Of.PRECINCT, precinct.precinct, precinct
    for volunteer in report.by_volunteer:
        yield Of.VOLUNTEER, str(volunteer.member_id), volunteer
    for day in report.by_day:
        yield Of.DAY, str(day.attempted_on), day


@given(wanted=deeds)
@in_a_pass_of_its_own
async def test_every_figure_of_progress_opens_exactly_as_many_rows(tenant, wanted):
    members = [(await tenant.member())[0] for _ in range(3)]
    async with tenant.transaction() as db:
        work = await work_in(tenant, db, members)
        await work.fields[0].assign(db, next(iter(work.fields[0].turfs)), members[0])
        for deed in wanted:
            await work.carry_out(db, *deed)
        pass_id = work.fields[0].pass_id
        report = await service.progress(db, tenant.id, pass_id)
        for of, key, row in every_row(report):
            for figure in TALLIED:
                found = await opening.rows(db, caller(tenant), pass_id, of, key, figure, 1000, 0)
                assert len(found) == getattr(row, f"{figure}_count"), (of, key, figure)
                ids = {(one.door_id, one.event_id, one.person_id) for one in found}
                assert len(ids) == len(found)
        await db.execute("delete from person")
        await db.execute("update organization set time_zone = 'UTC'")


async def test_every_count_of_answers_opens_exactly_as_many_rows(tenant):
    by, _ = await tenant.member()
    option = [Option(key=key, text=key.title()) for key in ("bus", "park", "rent")]
    questions = [
        MultiQuestion(key="topics", text="Topics?", options=option),
        YesNoQuestion(key="sign", text="A sign?"),
        ScaleQuestion(key="support", text="Support?", low=1, high=3, sensitive=True),
        NumberQuestion(key="people", text="How many?"),
        TextQuestion(key="words", text="And else?"),
    ]
    async with tenant.transaction() as db:
        script = await surveys.create_script(
            db, None, tenant.id, tenant.campaign_id,
            ScriptCreate(name="Round", introduction="", questions=questions),
        )  # fmt: skip
        field = await make_field(db, tenant, 18, script=script)
        for place, door in enumerate(field.doors):
            for key, value in (
                ("topics", ["bus", "rent"][: place % 3]),
                ("sign", place % 4 == 0),
                ("people", place),
                ("words", f"=word {place}"),
            ):
                await field.answer(db, by, door, script, key, value)
            await field.answer(db, by, door, script, "support", 1 + place % 3, sensitive=True)
        await field.answer(db, by, field.doors[0], script, "sign", "not an answer")
        report = await service.answers(db, tenant.id, field.pass_id)
        for question in report.questions:
            key = f"{question.script_id}/{question.key}/{question.type}"
            at = db, caller(tenant), field.pass_id, Of.QUESTION
            found = await opening.rows(*at, key, Figure.ANSWERS, 1000, 0)
            assert len(found) == question.answers_count, question.key
            for one in question.options:
                chose = await opening.rows(*at, f"{key}/{one.key}", Figure.ANSWERS, 1000, 0)
                assert len(chose) == one.count, (question.key, one.key)
        of_support = f"{script.script_id}/support/scale"
        with pytest.raises(NotAllowedError, match="Only organizers"):
            await opening.rows(
                db, caller(tenant, Role.COORDINATOR), field.pass_id, Of.QUESTION, of_support,
                Figure.ANSWERS, 10, 0,
            )  # fmt: skip


async def test_every_doubt_about_the_data_opens_exactly_as_many_rows(tenant):
    by, client = await tenant.member(Role.COORDINATOR)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 14)
        for place, door in enumerate(field.doors):
            # Twelve doors in eleven minutes.
            if place < 12:
                field.knock(by, door, "not_home", after(place))
            for number in range(place % 3):
                await add_person(db, tenant, door, 1980 if number else None, old=place % 2)
        await db.execute(
            """
            update address set precinct = '3-1', match_key = 'hill 1'
             where id in (select address_id from door where id = any($1))
            """,
            field.doors[:3],
        )
        await db.execute(
            """
            update address set lon = 0, lat = 0
             where id = (select address_id from door where id = $1)
            """,
            field.doors[5],
        )
        await field.write(db)
    report = (await client.get("/reports/quality", params={"pass_id": field.pass_id})).json()
    counts = {one["figure"]: one["count"] for one in report["figures"]}
    assert counts == {
        "doors_without_people": 5,
        "doors_without_place": 1,
        "doors_without_precinct": 11,
        "doors_looking_alike": 3,
        "people_without_birth_year": 9,
        "people_out_of_date": 7,
        "hasty_attempts": 12,
    }
    for one in report["figures"]:
        assert len((await client.get(one["rows"])).json()) == one["count"]


async def add_person(db, tenant, door_id, birth_year, *, old):
    household_id = uuid4()
    await db.execute(
        "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
        tenant.id,
        household_id,
        door_id,
    )
    await db.execute(
        """
        insert into person
          (organization_id, id, household_id, given_name, birth_year, changed_at)
        values ($1, $2, $3, 'Aino', $4, now() - make_interval(years => $5))
        """,
        tenant.id,
        uuid4(),
        household_id,
        birth_year,
        3 if old else 0,
    )


async def test_rows_are_paged_without_gap_or_overlap_and_come_whole_as_a_file(tenant):
    client = await tenant.organizer()
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 7)
    asked = {"pass_id": str(field.pass_id), "figure": "doors"}
    pages = [
        (await client.get("/reports/rows", params={**asked, "limit": 3, "offset": offset})).json()
        for offset in (0, 3, 6)
    ]
    assert [len(page) for page in pages] == [3, 3, 1]
    ids = [row["door_id"] for page in pages for row in page]
    assert sorted(ids) == sorted(map(str, field.doors))
    file = await client.get("/reports/rows.csv", params=asked)
    rows = list(csv.DictReader(io.StringIO(file.text, newline="")))
    assert [row["door_id"] for row in rows] == ids
    audit = await (await tenant.owner()).get("/audit", params={"action": "rows.exported"})
    assert [entry["ids"] for entry in audit.json()] == [[str(field.pass_id)]]


@pytest.mark.parametrize(
    ("of", "figure"), [(Of.TURF, "answers"), (Of.QUESTION, "doors"), (Of.QUALITY, "attempts")]
)
async def test_a_figure_that_is_not_of_its_kind_is_refused_by_name(tenant, of, figure):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
        with pytest.raises(RefusedError, match=f"There is no figure {figure} of a {of}"):
            await opening.rows(db, caller(tenant), field.pass_id, of, "", Figure(figure), 1, 0)


@pytest.mark.parametrize(
    ("of", "key", "said"),
    [
        (Of.TURF, "Hill", "The key of a turf is its id"),
        (Of.VOLUNTEER, "", "The key of a volunteer is its id"),
        (Of.DAY, "today", "The key of a day is a day such as"),
    ],
)
async def test_a_key_that_is_none_is_refused(tenant, of, key, said):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
        with pytest.raises(RefusedError, match=said):
            await opening.rows(db, caller(tenant), field.pass_id, of, key, Figure.DOORS, 1, 0)


async def test_the_key_of_an_answer_must_name_its_question(tenant):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
        with pytest.raises(NotFoundError, match="SCRIPT_ID/KEY/TYPE"):
            await opening.rows(
                db, caller(tenant), field.pass_id, Of.QUESTION, "", Figure.ANSWERS, 1, 0
            )


async def test_a_universe_is_counted_by_its_doors_alone(tenant, monkeypatch):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 4)
        for door in field.doors:
            field.knock(by, door, "canvassed", after(1))
        await field.write(db)

        async def two_doors(*_):
            return field.doors[:2]

        monkeypatch.setattr(service, "universe_doors", two_doors)
        report = await service.progress(db, tenant.id, field.pass_id, uuid4())
    assert (report.total.doors_count, report.total.attempts_count) == (2, 2)
    assert [row.doors_count for row in report.by_volunteer] == [2]
