import datetime as dt
import json

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.algorithms.addresses import split_line
from doorstep.imports.addresses import _PARTS, split
from doorstep.imports.model import AttributeKind, ColumnUse, Field, Mapping
from doorstep.imports.normalising import Whereabouts, normalise
from doorstep.imports.phones import international
from doorstep.imports.staging import COLUMNS

TODAY = dt.date(2026, 11, 22)
HOME = {"street": "Kaivokatu", "house_number": "1"}


def take(*rows, country=None, day_first=None, whereabouts=None, uses=()):
    """Rows, given by field, as they come out: the columns are called as the fields are."""
    named = {name: None for row in rows for name in row}
    columns = [
        *(ColumnUse(column=name, field=Field(name)) for name in named if name in list(Field)),
        *uses,
    ]
    cells = {name: [row.get(name) for row in rows] for name in named}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(named, pl.String)).insert_column(
        0, pl.Series("row_number", range(2, len(rows) + 2), pl.Int64)
    )
    mapping = Mapping(columns=columns, country=country, day_first=day_first)
    return normalise(frame, mapping, whereabouts or Whereabouts(), today=TODAY)


def one(country=None, day_first=None, **cells):
    """The only row, which must be fit."""
    found = take({**HOME, **cells}, country=country, day_first=day_first)
    assert found.rejects == []
    return found.rows.row(0, named=True)


def reject(country=None, day_first=None, **cells):
    """The reject of the only row, which must be unfit."""
    found = take({**HOME, **cells}, country=country, day_first=day_first)
    assert found.rows.is_empty()
    assert len(found.rejects) == 1
    assert found.rejects[0].reason
    assert found.rejects[0].remedy
    return found.rejects[0]


def test_a_row_comes_out_with_every_column_of_the_staging_table():
    row = one(
        address_external_id="a7", house_number="12 B", unit="Apt 4", floor="2", postcode="00100",
        city="Helsinki", longitude="24,94", latitude="60.17", external_id="p1", given_name="Aino",
        family_name="Salo", birth_date="3.4.1985", phone="040 123 4567", email="A@Example.org",
        language="Finnish", precinct="3-1", tags="b, a", updated_at="2026-04-03T10:00:00+02:00",
        country="FI",
    )  # fmt: skip
    assert row == {
        "row_number": 2, "address_external_id": "a7", "street": "Kaivokatu",
        "house_number": "12 B", "unit": "Apt 4", "floor": "2", "postcode": "00100",
        "city": "Helsinki", "precinct": "3-1", "lon": 24.94, "lat": 60.17, "external_id": "p1",
        "given_name": "Aino", "family_name": "Salo", "birth_year": 1985,
        "phone": "+358401234567", "email": "a@example.org", "language": "fi", "tags": "a\x1fb",
        "attributes": "{}", "updated_at": dt.datetime(2026, 4, 3, 8, tzinfo=dt.UTC),
        "match_key": "kaivokatu#12b", "source_id": "a7", "unit_key": "4",
        "name_key": "aino\x1fsalo", "door_external_id": "",
    }  # fmt: skip
    assert set(COLUMNS) <= row.keys()


def test_what_a_row_does_not_say_is_empty():
    found = take(HOME)
    assert found.rows.row(0, named=True) == {
        **dict.fromkeys(COLUMNS, ""), "row_number": 2, "street": "Kaivokatu", "house_number": "1",
        "lon": None, "lat": None, "birth_year": None, "updated_at": None, "attributes": "{}",
        "match_key": "kaivokatu#1", "source_id": "file:kaivokatu#1#", "name_key": "\x1f",
    }  # fmt: skip
    assert found.rows.schema["lon"] == pl.Float64
    assert found.rows.schema["birth_year"] == pl.Int32
    assert found.rows.schema["updated_at"] == pl.Datetime("us", "UTC")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Aino \u00a0 Maria\n", "Aino Maria"),
        ('="007"', "007"),
        ("\u202eAino\u202c", "Aino"),
        ("\ufeffAino", "Aino"),
        ("👩‍🌾 Aino", "👩‍🌾 Aino"),
        ("میخواهم", "میخواهم"),
        ("דוד", "דוד"),
        ("O'Brien = Smith", "O'Brien = Smith"),
    ],
)
def test_cells_are_tidied_and_otherwise_left_alone(cell, text):
    assert one(given_name=cell)["given_name"] == text


@pytest.mark.parametrize(
    "cell", ["", " ", "NULL", "#N/A", "#REF!", "-", "\u2013", "n/a", "nan", "\\N", '=""']
)
def test_words_for_nothing_are_nothing(cell):
    assert one(given_name="Aino", city=cell)["city"] == ""


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"city": "x" * 201}, "city"),
        ({"city": "Hel\x00sinki"}, "city"),
        ({"city": "Hel\x85\x07sinki"}, "city"),
        ({"city": "P\ufffdlkk\ufffdnen"}, "city"),
        ({"city": "=HYPERLINK(1)"}, "city"),
        ({"city": "=cmd|' /C calc'!A0"}, "city"),
        ({"street": ""}, "street"),
        ({"street": "..."}, "street"),
        ({"house_number": ""}, "house_number"),
        ({"house_number": "2-Jan"}, "house_number"),
        ({"house_number": "2026-01-02"}, "house_number"),
        ({"unit": "Feb-3"}, "unit"),
        ({"longitude": "east", "latitude": "60.1"}, "longitude"),
        ({"longitude": "24.9", "latitude": "91"}, "latitude"),
        ({"longitude": "nan", "latitude": "60.1"}, "longitude"),
        ({"longitude": "24.9", "latitude": ""}, "latitude"),
        ({"longitude": "0", "latitude": "0.0"}, "longitude"),
        ({"longitude": "inf", "latitude": "60"}, "longitude"),
        ({"external_id": "1.23E+11", "given_name": "Aino"}, "external_id"),
        ({"external_id": "p1"}, "given_name"),
        ({"phone": "040 1234567"}, "given_name"),
        ({"given_name": "Aino", "phone": "call me"}, "phone"),
        ({"given_name": "Aino", "phone": "3.58E+11"}, "phone"),
        ({"given_name": "Aino", "email": "aino"}, "email"),
        ({"given_name": "Aino", "language": "of the house"}, "language"),
        ({"given_name": "Aino", "birth_year": "85"}, "birth_year"),
        ({"given_name": "Aino", "birth_year": "2027"}, "birth_year"),
        ({"given_name": "Aino", "birth_year": "1749"}, "birth_year"),
        ({"given_name": "Aino", "birth_date": "3/4/85"}, "birth_date"),
        ({"given_name": "Aino", "birth_date": "31.2.1985"}, "birth_date"),
        ({"given_name": "Aino", "updated_at": "yesterday"}, "updated_at"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_names_its_column(cells, field):
    found = reject(**cells)
    assert (found.row_number, found.field) == (2, field)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"longitude": "24°56'27\"", "latitude": "60.17"}, "degrees and minutes"),
        ({"longitude": "E 24.94", "latitude": "60.17"}, "degrees and minutes"),
        ({"longitude": "385700", "latitude": "6672000"}, "metres of a map grid"),
        ({"longitude": "200", "latitude": "60"}, "may be swapped"),
        ({"house_number": "2-Jan"}, "is a day"),
        ({"city": "="}, "formula"),
        ({"city": "\ufffd"}, "lost"),
        ({"external_id": "1.23E+11", "given_name": "Aino"}, "a spreadsheet has rounded"),
    ],
)
def test_the_reason_says_what_happened_to_the_cell(cells, words):
    assert words in reject(**cells).reason


def test_people_are_told_the_names_of_their_own_columns():
    frame = pl.DataFrame({"row_number": [2], "Lon": ["x"], "Lat": ["1"], "Str": ["A 1"]})
    uses = [("Lon", Field.LONGITUDE), ("Lat", Field.LATITUDE), ("Str", Field.ADDRESS)]
    mapping = Mapping(columns=[ColumnUse(column=name, field=field) for name, field in uses])
    found = normalise(frame, mapping, Whereabouts(), today=TODAY)
    assert [each.field for each in found.rejects] == ["Lon"]


def test_a_row_is_rejected_for_one_thing_and_once():
    assert reject(street="", city="\x07", longitude="x", latitude="y").field == "city"


def test_an_address_with_an_id_needs_no_street():
    row = take({"address_external_id": "a7", "given_name": "Aino"}).rows.row(0, named=True)
    assert (row["source_id"], row["match_key"]) == ("a7", "")


@pytest.mark.parametrize(
    ("line", "country", "expected"),
    [
        ("12 Main Street Apt 4", "US", ("Main Street", "12", "Apt 4", "", "")),
        (
            "Mannerheimintie 5, 00100 Helsinki", "FI",
            ("Mannerheimintie", "5", "", "00100", "Helsinki"),
        ),
    ],
)  # fmt: skip
def test_an_address_in_one_cell_is_taken_apart(line, country, expected):
    row = take({"address": line}, country=country).rows.row(0, named=True)
    assert (
        tuple(row[name] for name in ("street", "house_number", "unit", "postcode", "city"))
        == expected
    )


def test_an_address_that_cannot_be_told_apart_is_rejected():
    assert take({"address": "Main Street"}).rejects[0].field == "address"


def test_what_a_row_says_of_a_unit_goes_before_what_its_address_says():
    row = take({"address": "12 Main St Apt 4", "unit": "5"}, country="US").rows.row(0, named=True)
    assert row["unit"] == "5"


def test_several_columns_make_one_street():
    names = {"no": "12", "half": "1/2", "pre": "N", "name": "Main", "type": "St", "post": None}
    uses = [
        ColumnUse(column=name, field=Field.HOUSE_NUMBER if name in {"no", "half"} else Field.STREET)
        for name in names
    ]
    row = take(names, uses=uses).rows.row(0, named=True)
    assert (row["street"], row["house_number"]) == ("N Main St", "12 1/2")


@pytest.mark.parametrize(
    ("country", "written", "read"),
    [
        ("US", "2139", "02139"), ("US", "02139-4307", "02139"), ("US", "501", "00501"),
        ("US", "2139.0", "02139"), ("FI", "100", "00100"), ("DE", "1067", "01067"),
        ("FR", "1000", "01000"), ("ES", "8001", "08001"), ("GB", "SW1A 1AA", "SW1A 1AA"),
        ("NO", "150", "150"), (None, "2139", "2139"),
    ],
)  # fmt: skip
def test_lost_zeros_of_postcodes_come_back_where_the_country_tells(country, written, read):
    assert one(postcode=written, country=country)["postcode"] == read


@pytest.mark.parametrize(
    ("name", "given_name", "family_name"),
    [
        ("Salo, Aino Maria", "Aino Maria", "Salo"),
        ("Aino Maria Salo", "Aino Maria", "Salo"),
        ("Salo", "", "Salo"),
    ],
)
def test_a_whole_name_is_taken_apart(name, given_name, family_name):
    row = one(name=name)
    assert (row["given_name"], row["family_name"]) == (given_name, family_name)


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("1985", 1985), ("1985.0", 1985), ("1985-04-03", 1985), ("19850403", 1985),
        ("3.4.1985", 1985), ("04/03/1985", 1985), ("13/04/1985", 1985), ("31140", 1985),
        ("3 Apr 1985", 1985), ("03-APR-1985", 1985), ("1985-04-03 00:00:00", 1985),
        ("2026-11-22", 2026),
    ],
)  # fmt: skip
def test_the_year_of_birth_is_taken_from_any_way_to_write_a_day(written, year):
    assert one(given_name="Aino", birth_date=written)["birth_year"] == year


@pytest.mark.parametrize(
    ("written", "day_first", "country", "expected"),
    [
        ("3/4/2026", True, None, (4, 3)), ("3/4/2026", False, None, (3, 4)),
        ("3/4/2026", None, "US", (3, 4)), ("3/4/2026", None, "FI", (4, 3)),
        ("3.4.2026", None, None, (4, 3)), ("13/4/2026", None, None, (4, 13)),
        ("4/13/2026", None, None, (4, 13)), ("2026-04-03", None, None, (4, 3)),
        ("46115", None, None, (4, 3)),
    ],
)  # fmt: skip
def test_days_are_read_as_the_mapping_the_country_or_they_themselves_say(
    written, day_first, country, expected
):
    at = one(updated_at=written, day_first=day_first, country=country)["updated_at"]
    assert at == dt.datetime(2026, *expected, tzinfo=dt.UTC)


def test_a_day_that_could_be_two_is_rejected_and_not_guessed():
    assert reject(updated_at="3/4/2026").field == "updated_at"


def test_tags_are_listed_sorted_and_each_once():
    uses = [ColumnUse(column="Yard sign", field=Field.TAGS)]
    rows = [
        {**HOME, "tags": "b; a | c, a", "Yard sign": "yes"},
        {**HOME, "tags": None, "Yard sign": "no"},
    ]
    assert take(*rows, uses=uses).rows["tags"].to_list() == ["Yard sign\x1fa\x1fb\x1fc", ""]


def test_kept_columns_become_json_of_their_kinds():
    kinds = {"z": AttributeKind.NUMBER, "d": AttributeKind.DATE, "y": AttributeKind.YES_NO,
             "t": AttributeKind.TEXT}  # fmt: skip
    uses = [
        ColumnUse(column=f"column {key}", field=Field.ATTRIBUTE, key=key, kind=kind)
        for key, kind in kinds.items()
    ]

    def kept(**cells):
        row = {**HOME, **{f"column {key}": cells.get(key) for key in kinds}}
        return take(row, uses=uses)

    full = kept(z="3,50", d="3.4.2026", y="ja", t='say "hi" \\ é').rows["attributes"][0]
    assert full == '{"d":"2026-04-03","t":"say \\"hi\\" \\\\ é","y":true,"z":3.5}'
    assert kept(z="007").rows["attributes"][0] == '{"z":7}'
    assert kept().rows["attributes"][0] == "{}"
    for key, bad in (("z", "many"), ("d", "3/4/2026"), ("y", "maybe"), ("t", "x" * 2_001)):
        assert kept(**{key: bad}).rejects[0].field == f"column {key}"
    assert kept(t="x" * 2_000).rejects == []


def test_a_repeated_header_is_no_row():
    found = take({"street": "street", "house_number": "house_number"}, HOME)
    assert (found.rows.height, found.rejects[0].row_number) == (1, 2)


def near(lon="24.94", lat="60.17"):
    return {**HOME, "longitude": lon, "latitude": lat}


def test_swapped_and_far_places_are_told_from_those_of_the_rest():
    rows = [near(), near("24.95"), near("24.93"), near("60.17", "24.94"), near("-71.1", "42.3")]
    found = take(*rows)
    assert found.rows["row_number"].to_list() == [2, 3, 4]
    assert [(each.row_number, each.reason.split(":")[0]) for each in found.rejects] == [
        (5, "Longitude and latitude seem swapped"),
        (6, "The place is more than 500 km from the others of the file."),
    ]


def test_the_first_rows_tell_where_the_later_ones_belong():
    whereabouts = Whereabouts()
    take(near(), near("24.95"), near("24.93"), whereabouts=whereabouts)
    assert take(near("-71.1", "42.3"), whereabouts=whereabouts).rejects != []
    assert take(near("24.5", "60.5"), whereabouts=whereabouts).rejects == []


def test_where_nearly_all_rows_are_swapped_the_doors_known_before_tell():
    rows = [near("60.17", "24.94"), near("60.18", "24.95"), near("60.16", "24.93"), near()]
    found = take(*rows, whereabouts=Whereabouts(known=(25.5, 60.2)))
    assert found.rows["row_number"].to_list() == [5]
    assert {each.reason.split(":")[0] for each in found.rejects} == {
        "Longitude and latitude seem swapped"
    }
    # Another town is no swap, however far it lies.
    assert take(*rows[:3], whereabouts=Whereabouts(known=(10.0, 50.0))).rejects == []


def test_a_list_of_antarctica_is_a_swapped_one():
    found = take(near("41.5", "-81.7"), near("41.5", "-81.6"), near("41.4", "-81.7"))
    assert len(found.rejects) == 3
    assert all("seem swapped" in each.reason for each in found.rejects)


def test_one_file_may_lie_astride_the_date_line():
    rows = [
        near("179.9", "-16"),
        near("-179.9", "-16"),
        near("179.8", "-16"),
        near("-179.8", "-16"),
    ]
    assert take(*rows).rejects == []


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_phone_numbers_of_all_countries_become_international(region):
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
    ways = (
        phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        phonenumbers.PhoneNumberFormat.E164,
    )  # fmt: skip
    numbers = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    for number in filter(None, numbers):
        whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        written = [phonenumbers.format_number(number, way) for way in ways]
        assert international(pl.Series(written), region).to_list() == [whole] * 3


@pytest.mark.parametrize(
    ("country", "written", "read"),
    [
        ("US", "(617) 555-0100 x12", "+16175550100"), ("US", "555-0100", "5550100"),
        ("US", "011 358 40 1234567", "+358401234567"),
        ("GB", "+44 (0)20 7946 0018", "+442079460018"),
        ("FI", "358401234567", "+358401234567"), (None, "00358 40 1234567", "+358401234567"),
        (None, "040 123 4567", "0401234567"),
    ],
)  # fmt: skip
def test_phone_numbers_are_read_as_people_write_them(country, written, read):
    assert one(given_name="Aino", phone=written, country=country)["phone"] == read


_CELLS = (
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "12",
            "1.5",
            "24.9",
            "Kaivokatu 1",
            "2026-04-03",
            "3/4/2026",
            "=1",
            "x" * 300,
            "a@b.c",
            "\x00",
        ]
    )
)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {str(field): _CELLS for field in Field if field is not Field.ATTRIBUTE}
        ),
        min_size=1,
        max_size=6,
    ),
    country=st.sampled_from([None, "US", "FI", "AR", "ZZ"]),
    kind=st.sampled_from(AttributeKind),
)
def test_every_row_is_either_fit_or_rejected_once(rows, country, kind):
    uses = [ColumnUse(column="kept", field=Field.ATTRIBUTE, key="kept", kind=kind)]
    found = take(*({**row, "kept": row["city"]} for row in rows), country=country, uses=uses)
    numbers = [*found.rows["row_number"], *(each.row_number for each in found.rejects)]
    assert sorted(numbers) == list(range(2, len(rows) + 2))
    for row in found.rows.iter_rows(named=True):
        assert isinstance(json.loads(row["attributes"]), dict)
        assert row["match_key"] or row["address_external_id"]
        texts = [
            value
            for name, value in row.items()
            if isinstance(value, str) and name not in {"tags", "name_key"}
        ]
        assert not any(letter < " " for text in texts for letter in text)
    assert found.rows.null_count().select(pl.exclude("lon", "lat", "birth_year", "updated_at")).row(
        0
    ) == (0,) * (found.rows.width - 4)


_STREETS = st.sampled_from([
    "Main St", "5th Avenue", "Kaivokatu", "Straße des 17. Juni", "rue du 8 mai 1945", "Route 66",
    "Calle Mayor", "Karl-Marx-Allee", "W 42nd St", "O'Brien Ct",
])  # fmt: skip
_AFTER = st.sampled_from([
    "", " Apt 4", " #2", " B 12", " A", ", 3º izq", " bis", " 1/2", "-14", " - 14", " lgh 1102",
    ", 00100 Helsinki", ", 1010 Wien", ", Cambridge, MA 02139", ", 1234 AB Amsterdam",
])  # fmt: skip


@settings(deadline=None)
@given(
    st.integers(1, 9999),
    _STREETS,
    _AFTER,
    st.sampled_from(["{0} {1}{2}", "{1} {0}{2}", "{1}, {0}{2}", "{0}, {1}{2}"]),
    st.sampled_from([None, "US", "FI", "DE", "FR", "ES", "GB", "NL", "AT", "SE"]),
)
def test_a_line_is_split_alike_whatever_its_number(number, street, after, way, country):
    line = way.format(number, street, after)
    whole, parts = split_line(line, country), split(line, country)
    assert parts == (whole and {name: getattr(whole, name) for name in _PARTS.to_schema()})
