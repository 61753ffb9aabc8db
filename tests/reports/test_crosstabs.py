from uuid import uuid4

import numpy as np
import pytest
from field_work import make_field
from hypothesis import given
from hypothesis import strategies as st
from makers import Role
from test_opening import caller

from doorstep.kit.errors import NotFoundError, RefusedError
from doorstep.reports import crosstabs, service
from doorstep.reports.model import CrosstabWanted, Margin
from doorstep.surveys import service as surveys
from doorstep.surveys.model import ScaleQuestion, ScriptCreate, TextQuestion, YesNoQuestion

QUESTIONS = [
    YesNoQuestion(key="sign", text="A sign?"),
    ScaleQuestion(key="support", text="Support?", low=1, high=2, sensitive=True),
    TextQuestion(key="words", text="And else?"),
]


async def asked(tenant, given_answers):
    """Answers of a person each: (sign, support, birth year, precinct)."""
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        script = await surveys.create_script(
            db,
            None,
            tenant.id,
            tenant.campaign_id,
            ScriptCreate(name="Round", introduction="", questions=QUESTIONS),
        )
        field = await make_field(db, tenant, len(given_answers), script=script)
        for door, (sign, support, birth_year, precinct) in zip(
            field.doors, given_answers, strict=True
        ):
            household_id, person_id = uuid4(), uuid4()
            await db.execute(
                "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
                tenant.id,
                household_id,
                door,
            )
            await db.execute(
                """
                insert into person
                  (organization_id, id, household_id, given_name, birth_year, attributes)
                values ($1, $2, $3, 'Aino', $4, $5)
                """,
                tenant.id,
                person_id,
                household_id,
                birth_year,
                {"union": precinct == "1"},
            )
            await db.execute(
                """
                update address set precinct = $2
                 where id = (select address_id from door where id = $1)
                """,
                door,
                precinct,
            )
            events = [await field.answer(db, by, door, script, "sign", sign)]
            if support is not None:
                events.append(
                    await field.answer(db, by, door, script, "support", support, sensitive=True)
                )
            await db.execute(
                "update contact_event set person_id = $2 where id = any($1)", events, person_id
            )
    return field


async def table(tenant, field, role=Role.ORGANIZER, **wanted):
    async with tenant.transaction() as db:
        return await service.crosstab(
            db, caller(tenant, role), CrosstabWanted(pass_id=field.pass_id, **wanted)
        )


def counts(made):
    return {
        (row.key, column.key): made.cells[y][x].count
        for y, row in enumerate(made.rows)
        for x, column in enumerate(made.columns)
    }


async def test_answers_are_set_against_each_other_and_against_who_answered(tenant):
    field = await asked(
        tenant,
        [
            (True, 1, 2000, "1"),
            (True, 2, 1990, "2"),
            (False, 2, 1940, "2"),
            (False, None, None, ""),
        ],
    )
    both = await table(tenant, field, rows="question:sign", columns="question:support")
    assert counts(both) == {("yes", "1"): 1, ("yes", "2"): 1, ("no", "1"): 0, ("no", "2"): 1}
    assert (both.respondents_count, both.suppressed, both.weighting) == (3, False, None)
    assert both.cells[0][1].share == 0.5
    by_age = await table(tenant, field, rows="question:sign", columns="age")
    assert counts(by_age)["no", "75+"] == counts(by_age)["no", "unknown"] == 1
    assert sum(counts(by_age).values()) == by_age.respondents_count == 4
    by_precinct = await table(tenant, field, rows="question:sign", columns="precinct")
    assert counts(by_precinct)["yes", "2"] == 1
    by_union = await table(tenant, field, rows="question:sign", columns="attribute:union")
    assert counts(by_union) == {
        ("yes", "no"): 1,
        ("yes", "yes"): 1,
        ("no", "no"): 2,
        ("no", "yes"): 0,
    }


async def test_weights_make_those_who_answered_resemble_everybody(tenant):
    field = await asked(tenant, [(True, None, 2000, "1")] * 3 + [(False, None, 1940, "2")])
    margin = Margin(of="precinct", shares={"1": 50, "2": 50})
    made = await table(tenant, field, rows="question:sign", columns="precinct", margins=[margin])
    assert [[cell.weighted for cell in row] for row in made.cells] == [
        [pytest.approx(2), 0],
        [0, pytest.approx(2)],
    ]
    assert made.weighting.effective_size == pytest.approx(3)
    assert made.weighting.design_effect == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"1": 1, "2": 1, "3": 1}, "nobody of 3 answered"),
        ({"1": 1}, "no share is given for 2"),
        ({"1": 1, "2": 0}, "people of 2 answered, but its share is 0"),
    ],
)
async def test_margins_that_cannot_be_met_are_refused_by_name(tenant, shares, said):
    field = await asked(tenant, [(True, None, 2000, "1"), (False, None, 1940, "2")])
    margin = Margin(of="precinct", shares=shares)
    with pytest.raises(RefusedError, match=said):
        await table(tenant, field, rows="question:sign", columns="age", margins=[margin])


@pytest.mark.parametrize(
    ("rows", "columns", "error", "said"),
    [
        ("precinct", "age", RefusedError, "choose `question:KEY`"),
        ("question:words", "age", RefusedError, "in words or numbers"),
        ("question:absent", "age", NotFoundError, "with the key absent"),
    ],
)
async def test_what_makes_no_table_is_refused(tenant, rows, columns, error, said):
    field = await asked(tenant, [(True, 1, 2000, "1")])
    async with tenant.transaction() as db:
        await db.execute("select 1")
    with pytest.raises(error, match=said):
        await table(tenant, field, rows=rows, columns=columns)


async def test_few_opinions_are_hidden_from_all_but_organizers(tenant):
    answers = [(place % 2 == 0, 1 if place < 9 else 2, 2000, "1") for place in range(20)]
    field = await asked(tenant, answers)
    wanted = {"rows": "question:support", "columns": "question:sign"}
    whole = await table(tenant, field, **wanted)
    assert counts(whole) == {("1", "yes"): 5, ("1", "no"): 4, ("2", "yes"): 5, ("2", "no"): 6}
    part = await table(tenant, field, Role.COORDINATOR, **wanted)
    # From the others and the totals of each question one could tell the one that is under five.
    assert counts(part) == dict.fromkeys(counts(whole))
    assert [[cell.shown for cell in row] for row in part.cells] == [
        ["hidden", "<5"],
        ["hidden", "hidden"],
    ]
    assert (part.suppressed, part.respondents_count) == (True, None)
    assert all(cell.share is cell.weighted is None for row in part.cells for cell in row)


@given(
    counts=st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=4)
)
def test_no_row_or_column_hides_one_cell_alone(counts):
    of = np.array(counts)
    hidden = crosstabs._hidden(of)
    assert hidden[of < 5].all()
    assert not (hidden.sum(axis=0) == 1).any()
    assert not (hidden.sum(axis=1) == 1).any()
    if (of >= 5).all():
        assert not hidden.any()
