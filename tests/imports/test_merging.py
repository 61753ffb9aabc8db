import datetime as dt

import pytest
from bringing import csv, import_within
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from town import HERE, KM_AWAY, TODAY, Town, row

from doorstep.imports import undo_queries
from doorstep.imports.merging import Rules
from doorstep.kit.db import begin, enter_organization, open_pool, organization_transaction


@pytest.fixture
async def town(tenant):
    async with begin(tenant.world.pool) as opened:
        await enter_organization(opened.db, tenant.id)
        yield Town(opened.db, tenant.id)


async def test_a_first_row_brings_building_address_door_household_and_person(town):
    found = await town.take(row(given_name="Aino", external_id="p1"))
    for table in ("building", "address", "door", "household", "person"):
        assert (await town.only(table))["import_run_id"] == found.run_id
    assert found.counts == (1, 0, 0, 0)


async def test_the_same_rows_again_change_nothing(town):
    rows = [
        row(2, given_name="Aino", family_name="Salo", attributes='{"party": "A"}', tags="a\x1fb"),
        row(3, unit="A 2", given_name="Eve", external_id="p2", postcode="00100"),
        row(4, street="Mikonkatu", floor="2", attributes='{"kind": "shop"}'),
    ]
    assert (await town.take(*rows)).counts == (3, 0, 0, 0)
    again = await town.take(*rows)
    assert again.counts == (0, 0, 3, 0)
    assert again.changes == []


async def test_family_names_make_households_and_no_name_makes_its_own(town):
    await town.take(
        row(2, given_name="Aino", family_name="Salo"),
        row(3, given_name="Onni", family_name="SALO"),
        row(4, given_name="Eve", family_name="Niemi"),
        row(5, given_name="Ville"),
        row(6, given_name="Kalle"),
        row(7, given_name="Mari", family_name="Salo", unit="2"),
    )
    homes = {name: one["household_id"] for name, one in (await town.people()).items()}
    assert homes["Aino"] == homes["Onni"]
    assert len(set(homes.values())) == 5


async def test_a_newcomer_joins_the_household_that_is_there(town):
    await town.take(row(given_name="Aino", family_name="Salo"))
    await town.take(row(given_name="Onni", family_name="Salo"))
    assert len(await town.all("household")) == 1
    assert len(await town.all("person")) == 2


async def test_an_external_id_is_updated_and_an_empty_cell_leaves_what_is_known(town):
    await town.take(row(external_id="p1", given_name="Aino", family_name="Salo", phone="123"))
    found = await town.take(row(external_id="p1", given_name="Aino", family_name="Niemi"))
    assert found.counts == (0, 1, 0, 0)
    person = await town.only("person")
    assert (person["family_name"], person["phone"]) == ("Niemi", "123")
    assert found.changes[0].before["family_name"] == "Salo"
    assert person["name_key"] == "aino\x1fniemi"


async def test_who_moves_leaves_the_old_door(town):
    await town.take(row(external_id="p1", given_name="Aino"))
    old = (await town.people())["p1"]
    found = await town.take(
        row(external_id="p1", given_name="Aino", street="Mikonkatu", at=KM_AWAY)
    )
    new = (await town.people())["p1"]
    assert found.counts == (0, 1, 0, 0)
    assert new["id"] == old["id"]
    assert new["door_id"] != old["door_id"]
    assert await town.touched() == {old["door_id"], new["door_id"]}


async def test_a_person_without_id_is_given_one_by_a_later_file(town):
    await town.take(row(given_name="Aino", family_name="Salo"))
    found = await town.take(row(given_name="aino", family_name="Salo", external_id="p1"))
    assert found.counts == (0, 1, 0, 0)
    assert (await town.only("person"))["external_id"] == "p1"


async def test_one_person_twice_in_a_file_is_rejected_with_the_other_row(town):
    found = await town.take(
        row(2, given_name="Aino", external_id="p1"),
        row(3, given_name="Eve", external_id="p1", street="Mikonkatu"),
    )
    assert found.counts == (1, 0, 0, 1)
    assert "row 2" in found.rejects[0].reason
    # What only the rejected row spoke of is not stored.
    assert (await town.only("address"))["street"] == "Kaivokatu"
    assert len(await town.all("building")) == len(await town.all("door")) == 1


async def test_namesakes_are_told_apart_by_year_of_birth_and_by_id(town):
    found = await town.take(
        row(2, given_name="Aino", birth_year=1950),
        row(3, given_name="Aino", birth_year=1980),
        row(4, given_name="Eve", external_id="p1"),
        row(5, given_name="Eve", external_id="p2"),
        row(6, given_name="Eve"),
    )
    assert found.counts == (4, 0, 0, 1)
    assert "row 4" in found.rejects[0].reason


async def test_writing_of_addresses_and_units_does_not_matter(town):
    await town.take(row(street="Kaivokatu", house_number="1 A", postcode="00 100", unit="Apt B2"))
    found = await town.take(
        row(street=" KAIVOKATU ", house_number="1a", postcode="00100", at=None, unit="#b-2")
    )
    assert found.rejects == []
    assert len(await town.all("address")) == len(await town.all("door")) == 1


async def test_a_row_without_coordinates_leans_on_a_later_row_of_its_file(town):
    rows = [row(2, at=None, given_name="Aino"), row(3, given_name="Eve")]
    assert (await town.take(*rows)).counts == (2, 0, 0, 0)
    await town.only("address")
    assert (await town.take(*rows)).counts == (0, 0, 2, 0)


async def test_an_unknown_address_without_coordinates_is_rejected_whole(town):
    found = await town.take(row(at=None, given_name="Aino"))
    assert found.counts == (0, 0, 0, 1)
    assert found.rejects[0].field == "longitude"
    for table in ("building", "address", "door", "household", "person"):
        assert await town.all(table) == []


async def test_a_house_between_known_numbers_is_placed_and_marked_as_estimated(town):
    await town.take(
        row(2, house_number="10", at=(24.9400, 60.17)),
        row(3, house_number="20", at=(24.9410, 60.17)),
    )
    found = await town.take(row(2, house_number="14", at=None, given_name="Aino"))
    assert found.counts == (1, 0, 0, 0)
    placed = next(one for one in await town.all("address") if one["estimated"])
    assert placed["house_number"] == "14"
    assert 24.9403 < placed["lon"] < 24.9406
    # A file that knows better moves it.
    await town.take(row(2, house_number="14", at=(24.9405, 60.1701), given_name="Aino"))
    moved = next(one for one in await town.all("address") if one["id"] == placed["id"])
    assert (moved["lat"], moved["estimated"]) == (60.1701, False)


async def test_a_person_attaches_to_an_address_of_the_map_without_moving_it(town):
    await town.take(row(address_external_id="node/1", city="Helsinki"))
    nearby = (HERE[0] + 0.0005, HERE[1])
    found = await town.take(
        row(postcode="00100", city="Helsinki", at=nearby, given_name="Aino", precinct="3-1")
    )
    assert found.counts == (1, 0, 0, 0)
    address = await town.only("address")
    # What the map did not know is filled in; what it knew stays.
    assert (address["lon"], address["postcode"], address["precinct"]) == (HERE[0], "00100", "3-1")


async def test_one_name_in_two_towns_is_two_addresses(town):
    await town.take(
        row(2, address_external_id="node/1"), row(3, address_external_id="node/2", at=KM_AWAY)
    )
    first, second = await town.all("address")
    # Without coordinates or postcode it could be either.
    assert (await town.take(row(at=None, given_name="Aino"))).counts == (0, 0, 0, 1)
    await town.take(row(at=KM_AWAY, given_name="Aino"))
    away = next(one for one in (first, second) if one["lon"] == KM_AWAY[0])
    assert (await town.people())["Aino"]["address_id"] == away["id"]


async def test_other_postcodes_are_other_addresses(town):
    await town.take(row(postcode="00100"))
    assert (await town.take(row(postcode="00200", at=None))).counts == (0, 0, 0, 1)
    await town.take(row(postcode="00200"))
    assert len(await town.all("address")) == 2


async def test_two_entrances_of_one_number_are_told_apart_by_their_units(town):
    await town.take(
        row(2, address_external_id="node/1", unit="A 1"),
        row(3, address_external_id="node/2", unit="B 1", at=(HERE[0] + 0.0003, HERE[1])),
    )
    await town.take(row(2, at=None, unit="B 1", given_name="Eve"))
    doors = {one["id"]: one["unit"] for one in await town.all("door")}
    assert doors[(await town.people())["Eve"]["door_id"]] == "B 1"


async def test_one_unit_twice_under_two_ids_is_two_doors(town):
    rows = [
        row(2, unit="2", door_external_id="d1"),
        row(3, unit="2", door_external_id="d2"),
        row(4, unit="3", door_external_id="d3"),
    ]
    assert (await town.take(*rows)).counts == (3, 0, 0, 0)
    assert [one["unit"] for one in await town.all("door")] == ["2", "2", "3"]
    assert (await town.take(*rows)).counts == (0, 0, 3, 0)


async def test_two_rows_that_put_one_address_far_apart_do_not_agree(town):
    found = await town.take(row(2), row(3, at=KM_AWAY, given_name="Aino"))
    assert found.counts == (1, 0, 0, 1)
    assert "Row 2" in found.rejects[0].reason


async def test_an_address_is_corrected_by_its_id(town):
    await town.take(row(address_external_id="a1"))
    found = await town.take(row(address_external_id="a1", street="", house_number="", at=KM_AWAY))
    assert found.counts == (0, 1, 0, 0)
    address = await town.only("address")
    assert (address["street"], address["lon"]) == ("Kaivokatu", KM_AWAY[0])


async def test_an_address_that_moves_touches_all_its_doors(town):
    await town.take(*(row(at, address_external_id="a1", unit=str(at)) for at in (2, 3, 4)))
    await town.take(row(address_external_id="a1", unit="2", at=KM_AWAY))
    assert await town.touched() == {one["id"] for one in await town.all("door")}


async def test_tags_and_kept_columns_grow_and_are_the_doors_where_nobody_is_named(town):
    await town.take(
        row(2, given_name="Aino", tags="a", attributes='{"party": "A", "score": 3}'),
        row(3, unit="2", tags="shop", attributes='{"floors": 2}'),
    )
    await town.take(row(2, given_name="Aino", tags="b\x1fc", attributes='{"score": 4}'))
    person = await town.only("person")
    assert person["tags"] == ["a", "b", "c"]
    assert person["attributes"] == {"party": "A", "score": 4}
    doors = {one["unit"]: (one["tags"], one["attributes"]) for one in await town.all("door")}
    assert doors == {"": ([], {}), "2": (["shop"], {"floors": 2})}


OLD = {"external_id": "p1", "given_name": "Aino", "family_name": "Salo", "phone": "1"}
NEW = OLD | {"phone": "2", "email": "a@example.org", "attributes": '{"party": "B"}'}


@pytest.mark.parametrize(
    ("rules", "days", "phone", "party"),
    [
        (Rules(), 1, "2", "B"),
        (Rules(), -1, "2", "B"),
        (Rules(ours=["phone", "email"], our_keys=["party"]), 1, "1", "A"),
        (Rules(newest=["phone"], newest_keys=["party"]), 1, "2", "B"),
        (Rules(newest=["phone"], newest_keys=["party"]), -1, "1", "A"),
    ],
)
async def test_a_policy_says_who_is_right(town, rules, days, phone, party):
    await town.take(row(**OLD, attributes='{"party": "A"}'))
    await town.take(row(**NEW), rules=rules, as_of=TODAY + dt.timedelta(days=days))
    person = await town.only("person")
    assert (person["phone"], person["attributes"]["party"]) == (phone, party)
    # What was not known is taken under every policy.
    assert person["email"] == "a@example.org"


async def test_a_rows_own_date_counts_more_than_the_files(town):
    await town.take(row(**OLD))
    await town.take(
        row(**NEW, updated_at=TODAY + dt.timedelta(days=3)),
        rules=Rules(newest=["phone"]),
        as_of=TODAY - dt.timedelta(days=300),
    )
    assert (await town.only("person"))["phone"] == "2"


async def test_our_family_name_keeps_its_household(town):
    await town.take(row(**OLD))
    home = (await town.only("person"))["household_id"]
    await town.take(row(**OLD | {"family_name": "Niemi"}), rules=Rules(ours=["family_name"]))
    person = await town.only("person")
    assert (person["family_name"], person["household_id"]) == ("Salo", home)


names = st.sampled_from(["", "Salo", "SALO", "Niemi"])
a_row = st.builds(
    row,
    street=st.sampled_from(["Katu", "katu ", "Tie"]),
    house_number=st.sampled_from(["1", "2 B", "2b"]),
    at=st.sampled_from([None, HERE, (24.9401, 60.17), KM_AWAY]),
    address_external_id=st.sampled_from(["", "", "a1", "a2"]),
    unit=st.sampled_from(["", "1", "A 2"]),
    postcode=st.sampled_from(["", "00100", "00200"]),
    city=st.sampled_from(["", "Helsinki"]),
    external_id=st.sampled_from(["", "p1", "p2", "p3"]),
    given_name=st.sampled_from(["", "Aino", "Eve"]),
    family_name=names,
    birth_year=st.sampled_from([None, 1950]),
    phone=st.sampled_from(["", "1", "2"]),
    tags=st.sampled_from(["", "a", "b"]),
)
rows = st.lists(a_row, max_size=12).map(
    lambda made: [one | {"row_number": at} for at, one in enumerate(made, start=2)]
)
some = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def picture(town):
    """Everything that imports write, but for ids of runs."""
    tables = [await town.all(t) for t in ("building", "address", "door", "household", "person")]
    return [[one | {"import_run_id": None} for one in table] for table in tables]


@some
@given(rows)
async def test_every_row_has_one_outcome_and_nothing_is_written_twice(tenant, given_rows):
    async with begin(tenant.world.pool) as opened:
        await enter_organization(opened.db, tenant.id)
        town = Town(opened.db, tenant.id)
        found = await town.take(*given_rows)
        assert sum(found.counts) == len(given_rows)
        assert min(found.counts) >= 0
        doors = await town.all("door")
        assert len({(one["address_id"], one["unit_key"]) for one in doors}) == len(doors)
        # No address is left behind without a door.
        assert {one["id"] for one in await town.all("address")} == {
            one["address_id"] for one in doors
        }


@some
@given(rows)
async def test_a_second_import_stores_and_changes_nothing(tenant, given_rows):
    async with begin(tenant.world.pool) as opened:
        await enter_organization(opened.db, tenant.id)
        town = Town(opened.db, tenant.id)
        first = await town.take(*given_rows)
        before = await picture(town)
        second = await town.take(*given_rows)
        assert await picture(town) == before
        assert second.changes == []
        left_out = {one.row_number for one in first.rejects}
        assert {one.row_number for one in second.rejects} == left_out
        assert second.counts == (0, 0, len(given_rows) - len(left_out), len(left_out))


@some
@given(rows, rows)
async def test_undoing_an_import_leaves_what_was_there_before(tenant, before, given_rows):
    async with begin(tenant.world.pool) as opened:
        await enter_organization(opened.db, tenant.id)
        town = Town(opened.db, tenant.id)
        await town.take(*before)
        as_it_was = await picture(town)
        found = await town.take(*given_rows)
        await undo_queries.restore_addresses(opened.db, tenant.id, found.run_id)
        await undo_queries.restore_doors(opened.db, tenant.id, found.run_id)
        await undo_queries.restore_people(opened.db, tenant.id, found.run_id)
        await undo_queries.take_away(opened.db, tenant.id, found.run_id)
        assert await picture(town) == as_it_was


ROWS_READ = """
select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_xact_user_tables
"""
ROWS = """
select sum(greatest(reltuples, 0))::bigint from pg_class
 where oid = any('{building,address,door,household,person}'::regclass[])
"""


async def test_a_connection_that_knew_small_tables_does_not_read_great_ones_row_by_row(
    tenant, database_url
):
    """In a database where nothing was analyzed yet, as where this test runs first."""
    lines = [f"r{n},Row Street,{n},,00100,Helsinki,24.94,60.17,A,B{n},,,," for n in range(1600)]
    async with await open_pool(database_url, connections=1) as pool:
        for few in range(0, 60, 5):
            async with organization_transaction(pool, tenant.id) as db:
                await import_within(db, tenant, csv(*lines[few : few + 5]))
        async with organization_transaction(pool, tenant.id) as db:
            run = await import_within(db, tenant, csv(*lines[60:]))
            read = await db.fetchval(ROWS_READ)
            counted = await db.fetchval(ROWS)
    assert run.added_count == len(lines) - 60
    # The planner knows of them, without waiting for the database to look for itself.
    assert counted >= 5 * len(lines)
    # Ten times what there is, where each foreign key finds its row; hundreds of times, where each
    # is searched for.
    assert read < 40 * counted
