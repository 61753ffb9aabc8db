from field_work import after, make_field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.algorithms.projecting import Result, counts_as_contact
from doorstep.reports import queries, service

deeds = st.lists(
    st.tuples(
        st.sampled_from(["attempt", "attempt", "correct", "void", "mark"]),
        st.integers(0, 30),
        st.sampled_from(list(Result)),
        st.integers(0, 2),
        st.integers(0, 300),
        st.sampled_from([0, 0, 1]),
        st.sampled_from(["accepted", "accepted", "accepted", "needs_review"]),
    ),
    max_size=25,
)
each_in_a_pass_of_its_own = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def carry_out(field, members, wanted):
    """Events of every kind; replies reply to anything noted before them, other replies included."""
    ids = [one.fact.id for one in field.happened]
    for kind, pick, result, member, minutes, days, status in wanted:
        door = field.doors[pick % len(field.doors)]
        said = {"target_id": ids[-1 - pick % len(ids)]} if ids else {}
        if kind == "attempt":
            said = {"door_id": door, "result": result}
        elif kind == "mark":
            mark = "locked" if pick % 2 else "open"
            said = {"building_id": field.buildings[door], "building_mark": mark}
        elif kind == "correct" and said:
            said["result"] = result
        if said:
            stored_kind = "attempt" if kind == "mark" else kind
            at = after(minutes, days)
            ids.append(field.add(members[member], stored_kind, at, status, **said))


async def members_of(tenant):
    return [(await tenant.member())[0] for _ in range(3)]


@given(wanted=deeds)
@each_in_a_pass_of_its_own
async def test_effective_attempts_are_those_of_the_projection(tenant, wanted):
    members = await members_of(tenant)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 2, 1)
        carry_out(field, members, wanted)
        await field.write(db)
        rows = await db.fetch(
            "select * from effective_attempt($1, $2) order by occurred_at, event_id",
            tenant.id,
            field.pass_id,
        )
    for door_id, state in field.states().items():
        results = [row["result"] for row in rows if row["door_id"] == door_id]
        assert len(results) == state.attempts_count
        assert sum(counts_as_contact(Result(result)) for result in results) == state.contacts_count
        assert (results[-1] if results else None) == state.last_result


@given(wanted=deeds)
@each_in_a_pass_of_its_own
async def test_turfs_volunteers_and_days_add_up_to_the_pass(tenant, wanted):
    members = await members_of(tenant)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 2, 1, 2)
        carry_out(field, members, wanted)
        await field.write(db)
        report = await service.progress(db, tenant.id, field.pass_id)
        doors = await queries.doors_of_pass(db, tenant.id, field.pass_id)
    states = field.states().values()
    total = report.total
    assert total.doors_count == len(doors) == 5
    assert total.attempts_count == sum(state.attempts_count for state in states)
    assert total.attempted_count == sum(state.attempts_count > 0 for state in states)
    assert total.contacted_count == sum(state.contacts_count > 0 for state in states)
    assert total.done_count == sum(door.done for door in doors)
    for name in ("doors", "attempted", "contacted", "done", "attempts"):
        assert sum(getattr(turf, f"{name}_count") for turf in report.by_turf) == getattr(
            total, f"{name}_count"
        )
    for rows in (report.by_volunteer, report.by_day):
        assert sum(row.attempts_count for row in rows) == total.attempts_count
        assert all(row.attempted_count <= total.attempted_count for row in rows)
        assert sum(row.contacted_count for row in rows) >= total.contacted_count
    for row in (total, *report.by_turf, *report.by_volunteer, *report.by_day):
        assert (
            row.contacted_count <= row.attempted_count <= min(row.doors_count, row.attempts_count)
        )
        assert (row.contact_rate is None) == (row.attempted_count == 0)
        assert (row.doors_per_hour is None) == (row.attempted_count == 0)
    assert sum(door.attempts_count for door in doors) == total.attempts_count
    assert sum(door.contacts_count > 0 for door in doors) == total.contacted_count


async def test_an_undone_undo_and_a_corrected_correction_count(tenant):
    (by, _, _) = await members_of(tenant)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 2)
        first, second = field.doors
        knock = field.knock(by, first, "canvassed", after(0))
        undo = field.add(by, "void", after(1), target_id=knock)
        field.add(by, "void", after(2), target_id=undo)
        other = field.knock(by, second, "not_home", after(5))
        mended = field.add(by, "correct", after(6), target_id=other, result=Result.REFUSED)
        field.add(by, "correct", after(7), target_id=mended, result=Result.MOVED)
        await field.write(db)
        rows = await db.fetch(
            "select result from effective_attempt($1, $2) order by occurred_at",
            tenant.id,
            field.pass_id,
        )
    assert [row["result"] for row in rows] == ["canvassed", "moved"]


async def test_a_long_chain_of_undos_is_followed_to_its_end(tenant):
    (by, _, _) = await members_of(tenant)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 2)
        for door, length in zip(field.doors, (100, 101), strict=True):
            target = field.knock(by, door, "canvassed", after(0))
            for _ in range(length):
                target = field.add(by, "void", after(1), target_id=target)
        await field.write(db)
        rows = await db.fetch("select * from effective_attempt($1, $2)", tenant.id, field.pass_id)
    assert [row["door_id"] for row in rows] == [field.doors[0]]


async def test_a_recut_door_counts_for_the_turf_that_has_it_now(tenant):
    (by, _, _) = await members_of(tenant)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant)
        old = await field.add_turf(db, 3, "Old", status="archived")
        kept, moved, _ = field.turfs[old]
        await field.add_turf(db, [moved], "New")
        field.knock(by, moved, "canvassed", after(0))
        field.knock(by, kept, "not_home", after(5))
        await field.write(db)
        report = await service.progress(db, tenant.id, field.pass_id)
    assert [(row.name, row.doors_count, row.attempted_count) for row in report.by_turf] == [
        ("New", 1, 1),
        ("Old", 2, 1),
    ]
    assert (report.total.doors_count, report.total.attempted_count) == (3, 2)


async def test_work_at_doors_that_no_turf_has_any_more_is_not_lost(tenant):
    (by, _, _) = await members_of(tenant)
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 2)
        field.knock(by, field.doors[0], "refused", after(0))
        await field.write(db)
        await db.execute("delete from turf_door where door_id = $1", field.doors[0])
        report = await service.progress(db, tenant.id, field.pass_id)
    (with_turf, without) = report.by_turf
    assert (without.turf_id, without.name, without.status) == (None, None, None)
    assert (without.doors_count, without.contacted_count, without.done_count) == (1, 1, 1)
    assert (with_turf.doors_count, with_turf.attempted_count) == (1, 0)
    assert report.total.attempted_count == 1
