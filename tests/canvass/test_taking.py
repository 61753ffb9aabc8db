import pytest
from makers import make_field
from sending import attempt, correct, mark, outcomes, states, void

from doorstep.canvass import taking
from doorstep.canvass.keeping import facts_there


@pytest.fixture
def read(monkeypatch):
    """Of how many doors the past was read, each time that it was."""
    counts = []

    async def counted(db, organization_id, doors, events):
        counts.append(len(doors))
        return await facts_there(db, organization_id, doors, events)

    monkeypatch.setattr(taking, "facts_there", counted)
    return counts


async def test_a_knock_is_added_to_where_its_door_stands_without_reading_its_past(tenant, read):
    field = await make_field(tenant)
    for minute, result in ((5, "canvassed"), (9, "refused"), (5, "moved"), (1, "come_back")):
        assert await outcomes(field.volunteer, attempt(field, 0, result, minute)) == ["accepted"]
    assert read == []
    assert await states(field) == {0: ("refused", "refused", 4, 2, False)}


async def test_the_past_is_read_where_an_undo_or_a_correction_bears_on_it(tenant, read):
    field = await make_field(tenant)
    wrong, undone = attempt(field, 0, "refused", 1), attempt(field, 1, "canvassed", 1)
    await outcomes(field.volunteer, wrong, undone, attempt(field, 2))
    await outcomes(field.volunteer, correct(wrong, result="moved"), void(undone))
    assert read == [2]
    await outcomes(field.volunteer, *(attempt(field, door, minute=5) for door in range(3)))
    assert read == [2, 2]
    assert await states(field) == {
        0: ("not_home", "not_home", 2, 0, False),
        1: ("not_home", "not_home", 1, 0, False),
        2: ("not_home", "not_home", 2, 0, False),
    }


async def test_an_undo_that_came_first_is_found_with_its_knock(tenant, read):
    field = await make_field(tenant)
    undone = attempt(field, minute=3)
    await outcomes(field.volunteer, attempt(field, 0, "canvassed"), attempt(field, 1))
    await outcomes(field.volunteer, void(undone))
    await outcomes(field.volunteer, undone, attempt(field, 1))
    assert read == [1]
    assert await states(field) == {
        0: ("canvassed", "canvassed", 1, 1, False),
        1: ("not_home", "not_home", 2, 0, False),
    }


async def test_the_mark_of_a_building_bears_on_doors_that_came_to_it_later(tenant, read):
    field = await make_field(tenant)
    await outcomes(field.volunteer, attempt(field, 0, minute=1), mark(field, building=1, minute=5))
    async with tenant.transaction() as db:
        await db.execute(
            """
            update door
               set address_id = (select address_id from door where id = $2), unit_key = 'b'
             where id = $1
            """,
            *field.street.door_ids[:2],
        )
    read.clear()
    await outcomes(field.volunteer, attempt(field, 0, minute=2))
    assert read == [1]
    assert (await states(field))[0] == ("locked", "not_home", 2, 0, False)


async def test_what_was_written_before_states_could_be_added_to_is_read_once(tenant, read):
    field = await make_field(tenant)
    await outcomes(field.volunteer, attempt(field, 0, "canvassed", 5))
    async with tenant.transaction() as db:
        await db.execute("update door_state set last_attempt_id = null, latest_at = null")
    for minute in (1, 2):
        await outcomes(field.volunteer, attempt(field, minute=minute))
    assert read == [1]
    assert await states(field) == {0: ("canvassed", "canvassed", 3, 1, False)}
