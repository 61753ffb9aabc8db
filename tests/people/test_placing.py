from hypothesis import given
from hypothesis import strategies as st

from doorstep.people.placing import Row, plain, plan_import

HERE = (24.94, 60.17)
KM_AWAY = (24.96, 60.17)


def row(number=2, street="Kaivokatu", house_number="1", at=HERE, **given):
    lon, lat = at or (None, None)
    rest = {"address_external_id": "", "unit": "", "floor": "", "postcode": "", "city": ""} | given
    return Row(number=number, street=street, house_number=house_number, lon=lon, lat=lat, **rest)


class Town:
    """What imports so far have left behind."""

    def __init__(self):
        self.addresses, self.doors, self.people = {}, {}, {}

    def take(self, *rows):
        plan = plan_import(
            rows, [*self.addresses.values()], [*self.doors.values()], [*self.people.values()]
        )
        for kept, new, changed in (
            (self.addresses, plan.new_addresses, plan.changed_addresses),
            (self.doors, plan.new_doors, plan.changed_doors),
            (self.people, plan.new_people, plan.changed_people),
        ):
            kept.update({one.id: one for one in (*new, *changed)})
        return plan

    def only_person(self):
        (person,) = self.people.values()
        return person


def outcome(plan):
    return (plan.added_count, plan.changed_count, plan.unchanged_count, len(plan.rejects))


def test_a_first_row_brings_address_door_household_and_person():
    plan = Town().take(row(given_name="Aino", external_id="p1"))
    things = (plan.new_addresses, plan.new_doors, plan.new_households, plan.new_people)
    assert [len(new) for new in things] == [1, 1, 1, 1]
    assert outcome(plan) == (1, 0, 0, 0)


def test_the_same_rows_again_change_nothing():
    town = Town()
    rows = [
        row(2, given_name="Aino", family_name="Salo"),
        row(3, unit="A 2", given_name="Eve", external_id="p2", postcode="00100"),
        row(4, street="Mikonkatu"),
    ]
    assert outcome(town.take(*rows)) == (3, 0, 0, 0)
    assert outcome(town.take(*rows)) == (0, 0, 3, 0)


def test_family_names_make_households_and_no_name_makes_its_own():
    plan = Town().take(
        row(2, given_name="Aino", family_name="Salo"),
        row(3, given_name="Onni", family_name="SALO"),
        row(4, given_name="Eve", family_name="Niemi"),
        row(5, given_name="Ville"),
        row(6, given_name="Kalle"),
        row(7, given_name="Mari", family_name="Salo", unit="2"),
    )
    homes = [person.household_id for person in plan.new_people]
    assert homes[0] == homes[1]
    assert len(set(homes)) == 5


def test_a_newcomer_joins_the_household_that_is_there():
    town = Town()
    town.take(row(given_name="Aino", family_name="Salo"))
    plan = town.take(row(given_name="Onni", family_name="Salo"))
    assert plan.new_households == []
    assert plan.new_people[0].household_id in {one.household_id for one in town.people.values()}


def test_an_external_id_is_updated_and_an_empty_cell_leaves_what_is_known():
    town = Town()
    town.take(row(external_id="p1", given_name="Aino", family_name="Salo", phone="123"))
    plan = town.take(row(external_id="p1", given_name="Aino", family_name="Niemi"))
    assert outcome(plan) == (0, 1, 0, 0)
    assert (town.only_person().family_name, town.only_person().phone) == ("Niemi", "123")


def test_who_moves_leaves_the_old_door():
    town = Town()
    town.take(row(external_id="p1", given_name="Aino"))
    old = town.only_person()
    plan = town.take(row(external_id="p1", given_name="Aino", street="Mikonkatu", at=KM_AWAY))
    assert outcome(plan) == (0, 1, 0, 0)
    assert town.only_person().id == old.id
    assert town.only_person().door_id != old.door_id
    assert plan.touched_doors == {old.door_id, town.only_person().door_id}


def test_a_person_without_id_is_given_one_by_a_later_file():
    town = Town()
    town.take(row(given_name="Aino", family_name="Salo"))
    plan = town.take(row(given_name="aino", family_name="Salo", external_id="p1"))
    assert outcome(plan) == (0, 1, 0, 0)
    assert town.only_person().external_id == "p1"


def test_one_person_twice_in_a_file_is_rejected_with_the_other_row():
    plan = Town().take(
        row(2, given_name="Aino", external_id="p1"), row(3, given_name="Eve", external_id="p1")
    )
    assert outcome(plan) == (1, 0, 0, 1)
    assert "row 2" in plan.rejects[0].reason


def test_namesakes_are_told_apart_by_year_of_birth():
    plan = Town().take(
        row(2, given_name="Aino", birth_year=1950), row(3, given_name="Aino", birth_year=1980)
    )
    assert outcome(plan) == (2, 0, 0, 0)


def test_case_space_and_width_of_an_address_do_not_matter():
    town = Town()
    town.take(row(street="Kaivokatu", house_number="1 A", postcode="00 100", unit="B 2"))
    plan = town.take(
        row(street=" KAIVOKATU ", house_number="1a", postcode="00100", at=None, unit="b 2")
    )
    assert plan.new_addresses == plan.new_doors == plan.rejects == []
    assert plain("\uff2b\uff21\uff34\uff35  Stra\u00dfe") == "katu strasse"


def test_a_row_without_coordinates_leans_on_a_later_row_of_its_file():
    town = Town()
    rows = [row(2, at=None, given_name="Aino"), row(3, given_name="Eve")]
    assert outcome(town.take(*rows)) == (2, 0, 0, 0)
    assert len(town.addresses) == 1
    assert outcome(town.take(*rows)) == (0, 0, 2, 0)


def test_an_unknown_address_without_coordinates_is_rejected_whole():
    plan = Town().take(row(at=None, given_name="Aino"))
    assert outcome(plan) == (0, 0, 0, 1)
    assert plan.rejects[0].field == "longitude"
    assert plan.new_people == plan.new_doors == plan.new_households == []


def test_a_person_attaches_to_an_address_of_the_map_without_moving_it():
    town = Town()
    town.take(row(address_external_id="node/1", city="Helsinki"))
    nearby = (HERE[0] + 0.0005, HERE[1])
    plan = town.take(row(postcode="00100", city="Helsinki", at=nearby, given_name="Aino"))
    assert outcome(plan) == (1, 0, 0, 0)
    assert plan.new_addresses == plan.changed_addresses == []


def test_one_name_in_two_towns_is_two_addresses():
    town = Town()
    town.take(row(address_external_id="node/1"), row(address_external_id="node/2", at=KM_AWAY))
    assert len(town.addresses) == 2
    # Without coordinates or postcode it could be either.
    assert outcome(town.take(row(at=None, given_name="Aino"))) == (0, 0, 0, 1)
    plan = town.take(row(at=KM_AWAY, given_name="Aino"))
    assert town.doors[plan.new_people[0].door_id].address_id == [*town.addresses][1]


def test_other_postcodes_are_other_addresses():
    town = Town()
    town.take(row(postcode="00100"))
    assert outcome(town.take(row(postcode="00200", at=None))) == (0, 0, 0, 1)
    town.take(row(postcode="00200"))
    assert len(town.addresses) == 2


def test_two_rows_that_put_one_address_far_apart_do_not_agree():
    plan = Town().take(row(2), row(3, at=KM_AWAY, given_name="Aino"))
    assert outcome(plan) == (1, 0, 0, 1)
    assert "Row 2" in plan.rejects[0].reason


def test_an_address_is_corrected_by_its_id():
    town = Town()
    town.take(row(address_external_id="a1"))
    plan = town.take(row(address_external_id="a1", street="", house_number="", at=KM_AWAY))
    assert outcome(plan) == (0, 1, 0, 0)
    (address,) = town.addresses.values()
    assert (address.street, address.lon) == ("Kaivokatu", KM_AWAY[0])


def test_an_address_that_moves_touches_all_its_doors():
    town = Town()
    town.take(*(row(at, address_external_id="a1", unit=str(at)) for at in (2, 3, 4)))
    plan = town.take(row(address_external_id="a1", unit="2", at=KM_AWAY))
    assert plan.touched_doors == set(town.doors)


names = st.sampled_from(["", "Salo", "SALO", "Niemi"])
rows = st.lists(
    st.builds(
        row,
        street=st.sampled_from(["Katu", "katu ", "Tie"]),
        house_number=st.sampled_from(["1", "2 B", "2b"]),
        at=st.sampled_from([None, HERE, (24.9401, 60.17), KM_AWAY]),
        address_external_id=st.sampled_from(["", "", "a1", "a2"]),
        unit=st.sampled_from(["", "1", "A 2"]),
        postcode=st.sampled_from(["", "00100", "00200"]),
        city=st.sampled_from(["", "Helsinki"]),
        external_id=st.sampled_from(["", "p1", "p2", "p3"]),
        given_name=st.sampled_from(["Aino", "Eve"]),
        family_name=names,
        birth_year=st.sampled_from([None, 1950]),
    ),
    max_size=12,
).map(lambda made: [one._replace(number=at) for at, one in enumerate(made, start=2)])


@given(rows)
def test_every_row_has_one_outcome_and_nothing_is_written_twice(given_rows):
    town = Town()
    plan = town.take(*given_rows)
    assert sum(outcome(plan)) == len(given_rows)
    for new in (plan.new_addresses, plan.new_doors, plan.new_people):
        assert len({one.id for one in new}) == len(new)
    keys = [(door.address_id, door.unit) for door in town.doors.values()]
    assert len(set(keys)) == len(keys)
    external_ids = [one.external_id for one in town.people.values() if one.external_id]
    assert len(set(external_ids)) == len(external_ids)
    assert {one.door_id for one in town.people.values()} <= set(town.doors)


@given(rows)
def test_a_second_import_stores_and_changes_nothing(given_rows):
    town = Town()
    first = town.take(*given_rows)
    second = town.take(*given_rows)
    assert (second.new_addresses, second.new_doors, second.new_people) == ([], [], [])
    assert {one.row_number for one in first.rejects} == {one.row_number for one in second.rejects}
    assert second.added_count == second.changed_count == 0
