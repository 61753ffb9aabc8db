import csv
import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.algorithms.addresses import number_key, street_key
from doorstep.algorithms.ranges import How, Limits, RangeIndex, house_value

CAMBRIDGE = Path(__file__).parents[3] / "shared" / "data" / "cambridge_addresses.csv.gz"
METRES_PER_DEGREE = 111_200


def index_of(*houses, limits=None):
    """An index of (street, number, lon, lat, postcode)."""
    street, number, lon, lat, postcode = zip(*houses, strict=True) if houses else [[]] * 5
    return RangeIndex.build(street, number, postcode, lon, lat, limits)


def row_of_houses(*numbers, street="mill", postcode="1", lat=60.0):
    """Houses at a tenth of a thousandth of a degree from number to number."""
    return [(street, str(number), 25 + number * 1e-4, lat, postcode) for number in numbers]


def test_a_known_house_is_where_it_is():
    place = index_of(*row_of_houses(2, 4, 8)).place("mill", "4")
    assert place == (25.0004, 60.0, How.KNOWN)


def test_a_house_lies_between_its_neighbours_of_its_side():
    index = index_of(*row_of_houses(2, 8), *row_of_houses(3, 9, lat=60.001))
    place = index.place("mill", "4")
    assert (place.lon, place.lat, place.how) == (pytest.approx(25.0004), 60.0, How.BETWEEN)
    assert index.place("mill", "5").lat == pytest.approx(60.001)
    assert index.place("mill", "4b").how is How.BETWEEN


def test_a_house_beyond_the_last_one_goes_on_as_the_street_does():
    index = index_of(*row_of_houses(2, 8))
    place = index.place("mill", "12")
    assert (place.lon, place.how) == (pytest.approx(25.0012), How.BEYOND)
    assert index.place("mill", "14").how is How.NO_NEIGHBOUR
    alone = index_of(*row_of_houses(8)).place("mill", "10")
    assert alone == (25.0008, 60.0, How.BEYOND)


@pytest.mark.parametrize(
    ("street", "number", "postcode", "how"),
    [
        ("other", "4", "1", How.NO_STREET),
        ("mill", "4", "2", How.NO_POSTCODE),
        ("mill", "sn", "1", How.NO_NUMBER),
        ("mill", "", "1", How.NO_NUMBER),
        ("mill", "5", "1", How.NO_NEIGHBOUR),
        ("mill", "60", "1", How.NO_NEIGHBOUR),
    ],
)
def test_a_house_that_cannot_be_placed_says_why(street, number, postcode, how):
    assert index_of(*row_of_houses(2, 8)).place(street, number, postcode) == (None, None, how)


def test_streets_of_one_name_in_two_towns_are_told_apart_by_postcode():
    there = [("mill", str(number), 30.0, 50.0, "9") for number in (2, 6)]
    index = index_of(*row_of_houses(2, 8), *there)
    assert index.place("mill", "4", "1").lat == 60.0
    assert index.place("mill", "4", " 9").lat == 50.0
    assert index.place("mill", "7").how is How.NO_NEIGHBOUR
    assert index.place("mill", "2").how is How.APART
    assert index.place("mill", "4").how is How.APART


@pytest.mark.parametrize(
    ("key", "value"),
    [("12", 12), ("12b", 12), ("12-14", 12), ("197-02", 19702), ("28 1/2", 28.5), ("5bis", 5),
     ("197-12", 19712), ("n6w23001", None), ("sn", None), ("", None), ("0", 0)],
)  # fmt: skip
def test_a_house_number_counts_along_its_street(key, value):
    assert house_value(key) == value


@pytest.mark.parametrize("wrong", [{"reach": -1}, {"gap_m": 0.0}, {"step_m": -1.0}])
def test_limits_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="reach and step_m must be 0 or more"):
        Limits(**wrong)


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=12, unique=True),
    st.integers(1, 80),
    st.sampled_from(["", "1", "2"]),
)
def test_a_placed_house_is_on_its_street_and_near_what_is_known(known, number, postcode):
    place = index_of(*row_of_houses(*known)).place("mill", str(number), postcode)
    assert (place.lon is None) == (place.how not in {How.KNOWN, How.BETWEEN, How.BEYOND})
    if place.lon is not None:
        assert place.lat == pytest.approx(60.0)
        reach = max(known) + 4 if number > max(known) else max(known)
        assert 25 + (min(known) - 4) * 1e-4 - 1e-9 <= place.lon <= 25 + reach * 1e-4 + 1e-9


@pytest.mark.skipif(not CAMBRIDGE.exists(), reason="the addresses of Cambridge are not here")
def test_one_in_twenty_addresses_of_cambridge_is_placed_within_a_house_of_its_own():
    with gzip.open(CAMBRIDGE, "rt") as file:
        rows = list(csv.DictReader(file))
    street = [street_key(row["street"]) for row in rows]
    number = [number_key(row["housenumber"]) for row in rows]
    lon, lat = (np.array([float(row[name]) for row in rows]) for name in ("lon", "lat"))
    away = np.random.default_rng(5).random(len(rows)) < 0.05
    kept = np.flatnonzero(~away).tolist()
    index = RangeIndex.build(
        [street[place] for place in kept],
        [number[place] for place in kept],
        [rows[place]["postcode"] for place in kept],
        lon[kept],
        lat[kept],
    )
    error_m, missing = [], 0
    for place in np.flatnonzero(away).tolist():
        found = index.place(street[place], number[place], rows[place]["postcode"])
        if found.lon is None:
            missing += 1
            continue
        east = (found.lon - lon[place]) * math.cos(math.radians(lat[place]))
        error_m.append(math.hypot(east, found.lat - lat[place]) * METRES_PER_DEGREE)
    assert missing < 0.05 * len(error_m)
    assert np.median(error_m) < 6
    assert np.percentile(error_m, 95) < 30
