import asyncio
from uuid import uuid4

import pytest
from counting import count_all, told
from examples import examples
from field_work import MORNING, after, make_field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.algorithms.projecting import Result, project_door
from doorstep.kit.db import begin, enter_organization
from doorstep.kit.errors import NotFoundError, TryLaterError
from doorstep.reports import catching_up, progress_queries, service, tally_queries
from doorstep.reports.model import Tally

number = st.integers(0, 40)
deeds = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["knock", "knock", "knock", "correct", "void"]),
            number,
            st.sampled_from([*Result, Result.NOT_HOME, Result.NOT_HOME]),
            st.integers(0, 2),
            st.integers(0, 1500),
        ),
        st.tuples(
            st.sampled_from(
                [
                    "review",
                    "recut",
                    "archive",
                    "take_out",
                    "move_in",
                    "move_out",
                    "move_house",
                    "precinct",
                    "clear_mark",
                    "time_zone",
                    "look",
                    "look",
                ]
            ),
            number,
        ),
    ),
    min_size=1,
    max_size=25,
)
in_a_pass_of_its_own = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Work:
    """Two passes over the same doors, worked on step by step, with everything stored at once."""

    def __init__(self, tenant, fields, members):
        self.tenant, self.fields, self.members = tenant, fields, members
        self.written = [0, 0]

    async def carry_out(self, db, deed, pick, *more):
        field = self.fields[pick % 2]
        door = field.doors[pick // 2 % len(field.doors)]
        if await getattr(self, f"_{deed}")(db, field, door, pick, *more) != "stored":
            await self._store(db, field)

    async def _store(self, db, field):
        at = self.fields.index(field)
        await field._find_devices(db, self.members)
        for one in field.happened[self.written[at] :]:
            await field._write_event(db, one)
        self.written[at] = len(field.happened)
        states = field.states()
        for door_id in dict.fromkeys(field.doors):
            state = states.get(door_id, project_door([]))
            await db.execute(
                """
                insert into door_state
                  (organization_id, pass_id, door_id, status, last_result, last_attempt_at,
                   attempts_count, contacts_count, do_not_contact, latest_event_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                on conflict (organization_id, pass_id, door_id) do update
                  set status = $4, last_result = $5, last_attempt_at = $6, attempts_count = $7,
                      contacts_count = $8, do_not_contact = $9, latest_event_id = $10
                """,
                self.tenant.id,
                field.pass_id,
                door_id,
                state.status,
                state.last_result,
                state.last_attempt_at,
                state.attempts_count,
                state.contacts_count,
                state.do_not_contact,
                state.latest_event_id,
            )

    async def _knock(self, db, field, door, pick, result, member, minutes):
        field.knock(self.members[member], door, result, after(minutes))

    async def _correct(self, db, field, door, pick, result, member, minutes):
        if field.happened:
            target = field.happened[pick % len(field.happened)].fact.id
            field.add(
                self.members[member], "correct", after(minutes), target_id=target, result=result
            )

    async def _void(self, db, field, door, pick, _, member, minutes):
        if field.happened:
            target = field.happened[pick % len(field.happened)].fact.id
            field.add(self.members[member], "void", after(minutes), target_id=target)

    async def _review(self, db, field, door, pick):
        """An organizer sets an event aside, or lets it count after all."""
        if not field.happened:
            return
        one = field.happened[pick % len(field.happened)]
        one.status = "accepted" if one.status == "needs_review" else "needs_review"
        await db.execute(
            "update contact_event set status = $2, review_reason = $3 where id = $1",
            one.fact.id,
            one.status,
            None if one.status == "accepted" else "Not sure.",
        )

    async def _recut(self, db, field, door, pick):
        await db.execute(
            "update turf_door set live = false where pass_id = $1 and door_id = $2",
            field.pass_id,
            door,
        )
        await field.add_turf(db, [door])

    async def _archive(self, db, field, door, pick):
        turf_id = list(field.turfs)[pick % len(field.turfs)]
        await db.execute(
            "update turf set status = 'archived', archived_at = $2 where id = $1",
            turf_id,
            after(pick),
        )
        await db.execute("update turf_door set live = false where turf_id = $1", turf_id)

    async def _take_out(self, db, field, door, pick):
        await db.execute(
            "delete from turf_door where pass_id = $1 and door_id = $2", field.pass_id, door
        )

    async def _move_in(self, db, field, door, pick):
        household_id = uuid4()
        await db.execute(
            "insert into household (organization_id, id, door_id) values ($1, $2, $3)",
            self.tenant.id,
            household_id,
            door,
        )
        await db.execute(
            """
            insert into person (organization_id, id, household_id, given_name)
            values ($1, $2, $3, 'Aino')
            """,
            self.tenant.id,
            uuid4(),
            household_id,
        )

    async def _move_out(self, db, field, door, pick):
        await db.execute(
            "delete from person where id = (select min(id::text)::uuid from person)",
        )

    async def _move_house(self, db, field, door, pick):
        await db.execute(
            """
            update household set door_id = $1
             where id = (select max(id::text)::uuid from household)
            """,
            door,
        )

    async def _precinct(self, db, field, door, pick):
        await db.execute(
            """
            update address set precinct = $2
             where id = (select address_id from door where id = $1)
            """,
            door,
            f"3-{pick % 3}",
        )

    async def _clear_mark(self, db, field, door, pick):
        await db.execute(
            "update door_state set do_not_contact = false where pass_id = $1 and door_id = $2",
            field.pass_id,
            door,
        )
        return "stored"

    async def _time_zone(self, db, field, door, pick):
        zones = ["UTC", "Europe/Helsinki", "America/Los_Angeles", "Pacific/Kiritimati"]
        await db.execute(
            "update organization set time_zone = $2 where id = $1", self.tenant.id, zones[pick % 4]
        )

    async def _look(self, db, field, door, pick):
        await catching_up.settle(db, self.tenant.id, field.pass_id)


async def work_in(tenant, db, members):
    """Three doors in two passes of the same campaign, and a fourth in the first alone."""
    first = await make_field(db, tenant, 3, 1)
    second = await make_field(db, tenant)
    second.buildings = first.buildings
    await second.add_turf(db, first.doors[:3])
    return Work(tenant, [first, second], members)


@given(wanted=deeds)
@in_a_pass_of_its_own
async def test_tallies_are_what_counting_everything_gives(tenant, wanted):
    members = [(await tenant.member())[0] for _ in range(3)]
    async with tenant.transaction() as db:
        work = await work_in(tenant, db, members)
        for deed in wanted:
            await work.carry_out(db, *deed)
        for field in work.fields:
            await catching_up.settle(db, tenant.id, field.pass_id)
            whole = await progress_queries.figures(db, tenant.id, field.pass_id)
            assert told(whole) == await count_all(db, tenant, field.pass_id)
            # A report takes its figures by their place.
            assert not whole or tuple(whole[0].keys())[2:-3] == Tally.__struct_fields__
            some = set(field.doors[1:3])
            part = await progress_queries.figures_of_doors(db, tenant.id, field.pass_id, list(some))
            assert told(part) == await count_all(db, tenant, field.pass_id, some)
        # The people and the time zone are the tenant's: the next example starts as this one did.
        await db.execute("delete from person")
        await db.execute("update organization set time_zone = 'UTC'")


async def test_a_day_begins_at_midnight_of_the_organization_through_the_change_of_clocks(tenant):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        await db.execute("update organization set time_zone = 'Europe/Helsinki'")
        field = await make_field(db, tenant, 4)
        # Clocks go back in the night to Sunday, 25 October 2026: midnight is 21:00 UTC before it
        # and 22:00 UTC at its end.
        saturday = MORNING.replace(day=24)
        for door, day, hour, minute in (
            (0, 24, 20, 59),
            (1, 24, 21, 0),
            (2, 25, 21, 59),
            (3, 25, 22, 0),
        ):
            at = saturday.replace(day=day, hour=hour, minute=minute)
            field.knock(by, field.doors[door], "not_home", at)
        await field.write(db)
        report = await service.progress(db, tenant.id, field.pass_id)
    assert [(str(row.attempted_on), row.attempts_count) for row in report.by_day] == [
        ("2026-10-24", 1),
        ("2026-10-25", 2),
        ("2026-10-26", 1),
    ]


async def knocked(tenant, doors=6):
    by, _ = await tenant.member()
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, doors)
        for minute, door in enumerate(field.doors):
            field.knock(by, door, "canvassed", after(minute))
        await field.write(db)
    return field


async def tallied(tenant, field):
    async with tenant.transaction() as db:
        rows = await progress_queries.figures(db, tenant.id, field.pass_id)
        return told(rows), await count_all(db, tenant, field.pass_id)


async def test_two_who_catch_up_at_once_count_everything_once(world, tenant):
    field = await knocked(tenant)

    async def catch_up():
        async with begin(world.pool) as opened:
            await enter_organization(opened.db, tenant.id)
            await catching_up.catch_up(world.pool, opened.db, tenant.id, field.pass_id)

    await asyncio.gather(*(catch_up() for _ in range(3)))
    found, counted = await tallied(tenant, field)
    assert found == counted
    assert found["pass", ""]["attempts_count"] == 6


async def test_who_comes_second_waits_for_the_first_to_keep_what_it_tallied(world, tenant):
    field = await knocked(tenant)
    async with begin(world.pool) as first, begin(world.pool) as second:
        for opened in (first, second):
            await enter_organization(opened.db, tenant.id)
        await catching_up.settle(first.db, tenant.id, field.pass_id)
        waiting = asyncio.create_task(catching_up.settle(second.db, tenant.id, field.pass_id))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        await first.commit()
        await waiting
        rows = await progress_queries.figures(second.db, tenant.id, field.pass_id)
        assert told(rows) == await count_all(second.db, tenant, field.pass_id)


async def test_what_is_sent_while_tallying_is_tallied_the_next_time(world, tenant):
    """Its note is neither lost nor waited for, though others of the same door are being taken."""
    field = await knocked(tenant)
    async with begin(world.pool) as late:
        await enter_organization(late.db, tenant.id)
        field.knock(field.happened[0].member_id, field.doors[0], "refused", after(500))
        await field._write_event(late.db, field.happened[-1])
        async with tenant.transaction() as db:
            await catching_up.settle(db, tenant.id, field.pass_id)
        await late.commit()
    before, counted = await tallied(tenant, field)
    assert before != counted
    async with tenant.transaction() as db:
        await catching_up.settle(db, tenant.id, field.pass_id)
    found, counted = await tallied(tenant, field)
    assert found == counted


@pytest.mark.parametrize(
    "step", ["note_stints", "forget_doors", "tally_doors", "count_stints", "tally_stints"]
)
async def test_tallying_that_is_broken_off_leaves_nothing_half_done(
    world, tenant, monkeypatch, step
):
    field = await knocked(tenant)

    async def killed(*_):
        raise asyncio.CancelledError

    with monkeypatch.context() as broken:
        broken.setattr(tally_queries, step, killed)
        async with begin(world.pool) as opened:
            await enter_organization(opened.db, tenant.id)
            with pytest.raises(asyncio.CancelledError):
                await catching_up.catch_up(world.pool, opened.db, tenant.id, field.pass_id)
    async with tenant.transaction() as db:
        await catching_up.settle(db, tenant.id, field.pass_id)
    found, counted = await tallied(tenant, field)
    assert found == counted


async def test_much_is_tallied_in_portions(tenant, monkeypatch):
    monkeypatch.setattr(catching_up, "NOTES_AT_ONCE", 2)
    monkeypatch.setattr(catching_up, "STINTS_AT_ONCE", 1)
    field = await knocked(tenant)
    async with tenant.transaction() as db:
        await catching_up.settle(db, tenant.id, field.pass_id)
    found, counted = await tallied(tenant, field)
    assert found == counted


async def test_who_asks_too_early_is_told_to_ask_again_and_what_was_done_is_kept(
    world, tenant, monkeypatch
):
    monkeypatch.setattr(catching_up, "NOTES_AT_ONCE", 2)
    field = await knocked(tenant)
    async with begin(world.pool) as opened:
        await enter_organization(opened.db, tenant.id)
        asked = [
            await asyncio.gather(
                catching_up.catch_up(world.pool, opened.db, tenant.id, field.pass_id, patience_s=0),
                return_exceptions=True,
            )
            for _ in range(20)
        ]
    assert isinstance(asked[0][0], TryLaterError)
    assert asked[0][0].retry_after_s == 5
    assert asked[-1] == [None]
    found, counted = await tallied(tenant, field)
    assert found == counted


async def test_an_unknown_pass_cannot_be_caught_up_with(tenant):
    async with tenant.transaction() as db:
        with pytest.raises(NotFoundError):
            await catching_up.settle(db, tenant.id, tenant.campaign_id)
