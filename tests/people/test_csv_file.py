import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.errors import RefusedError
from doorstep.people.csv_file import ALIASES, read_csv

HEADER = "external_id,street,house_number,longitude,latitude,given_name,family_name"


def read(*lines, header=HEADER, end="\n"):
    return read_csv(end.join([header, *lines]).encode())


def one_reject(*lines, header=HEADER):
    found = read(*lines, header=header)
    assert found.rows == []
    assert len(found.rejects) == 1
    return found.rejects[0]


def test_a_row_becomes_a_person_at_an_address():
    found = read("p1,Kaivokatu,1 A,24.94,60.17,Aino,Salo")
    row = found.rows[0]
    assert (row.number, row.external_id, row.street, row.house_number) == (
        2, "p1", "Kaivokatu", "1 A",
    )  # fmt: skip
    assert (row.lon, row.lat, row.given_name, row.family_name) == (24.94, 60.17, "Aino", "Salo")
    assert found.rejects == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_found_out(delimiter, end):
    lines = [line.replace(",", delimiter) for line in (HEADER, "p1,Katu,1,24.9,60.1,Aino,Salo")]
    assert read(*lines[1:], header=lines[0], end=end).rows[0].family_name == "Salo"


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert read_csv("\ufeffstreet,house_number\nKatu,1".encode()).rows[0].street == "Katu"


def test_headers_go_by_their_common_names():
    header = "First Name,LAST_NAME,address,apt,city,state,ZIP,phone,lat,lng,party,birth-year"
    row = read(
        "Aino,Salo,12 Main Street,4,Cambridge,MA,02139,+1 617 555 0100,42.3,-71.1,green,1985",
        header=header,
    ).rows[0]
    assert (row.street, row.house_number, row.unit, row.postcode) == (
        "Main Street", "12", "4", "02139",
    )  # fmt: skip
    assert (row.lon, row.lat, row.birth_year) == (-71.1, 42.3, 1985)
    assert "green" not in row


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("12 Main Street", ("Main Street", "12")),
        ("28-1/2 Elm St", ("Elm St", "28-1/2")),
        ("Mannerheimintie 5 B", ("Mannerheimintie", "5 B")),
        ("Rue de la Paix 12", ("Rue de la Paix", "12")),
        ("Straße des 17. Juni 135", ("Straße des 17. Juni", "135")),
    ],
)
def test_an_address_in_one_cell_is_taken_apart(address, expected):
    row = read(address, header="address").rows[0]
    assert (row.street, row.house_number) == expected


def test_an_address_without_a_number_is_rejected():
    assert one_reject("Main Street", header="address").field == "address"


def test_rows_are_counted_as_a_spreadsheet_counts():
    found = read(
        "p1,Katu,1,24.9,60.1,Aino,Salo",
        "",
        '"p2","Katu",2,24.9,60.1,"Ai\nno",Salo',
        "p3,Katu,3,far,60.1,Aino,Salo",
        ",,,,,,",
        "p4,Katu,4,24.9,60.1,Aino,Salo",
    )
    assert [row.number for row in found.rows] == [2, 4, 7]
    assert [reject.row_number for reject in found.rejects] == [5]
    assert found.rows[1].given_name == "Ai no"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("p1,Katu,1,east,60.1,Aino,Salo", "longitude"),
        ("p1,Katu,1,24.9,91,Aino,Salo", "latitude"),
        ("p1,Katu,1,nan,60.1,Aino,Salo", "longitude"),
        ("p1,Katu,1,24.9,,Aino,Salo", "latitude"),
        ("p1,Katu,1,0,0.0,Aino,Salo", "longitude"),
        ("p1,,1,24.9,60.1,Aino,Salo", "street"),
        ("p1,Katu,,24.9,60.1,Aino,Salo", "house_number"),
        ("p1,Katu,1,24.9,60.1,,", "given_name"),
        ("p1,Katu,1,24.9,60.1,Ai\x00no,Salo", "given_name"),
        ("p1,Katu,1,24.9,60.1,Ai\x07no,Salo", "given_name"),
        ('p1,Katu,1,24.9,60.1,"=HYPERLINK(""http://x"")",Salo', "given_name"),
        ("p1,Katu,1,24.9,60.1," + "x" * 201 + ",Salo", "given_name"),
        ("p1,Katu,1", "row"),
        ("p1,Katu,1,24.9,60.1,Aino,Salo,more", "row"),
    ],
)
def test_a_row_that_cannot_be_used_names_its_field_and_a_remedy(line, field):
    reject = one_reject(line)
    assert (reject.row_number, reject.field) == (2, field)
    assert reject.reason
    assert reject.remedy


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("birth_year", "1985", "85"),
        ("birth_year", "2004", "1.2.1985"),
        ("phone", "+358 (0)40-123 4567", "call me"),
        ("email", "aino@example.org", "aino"),
        ("language", "pt-BR", "Portuguese"),
    ],
)
def test_particulars_are_checked(column, good, bad):
    header = f"street,house_number,given_name,{column}"
    assert str(getattr(read(f"Katu,1,Aino,{good}", header=header).rows[0], column)) == good
    assert one_reject(f"Katu,1,Aino,{bad}", header=header).field == column


def test_spreadsheet_quoting_of_leading_zeros_is_undone():
    row = read('Katu,1,"=""00100"""', header="street,house_number,postcode").rows[0]
    assert row.postcode == "00100"


def test_trailing_empty_cells_are_forgiven_and_decimal_commas_read():
    row = read("p1;Katu;1;24,94;60,17;Aino;Salo;;", header=HEADER.replace(",", ";")).rows[0]
    assert (row.lon, row.lat) == (24.94, 60.17)


def test_a_quotation_mark_that_is_never_closed_is_named():
    found = read('p1,Katu,1,24.9,60.1,Aino,"Salo', *["p2,Katu,1,24.9,60.1,Eve,Niemi"] * 20)
    assert "never closed" in found.rejects[0].remedy


def test_a_cell_of_five_megabytes_rejects_its_row_alone():
    found = read("p1,Katu,1,24.9,60.1," + "x" * 5_000_000 + ",Salo", "p2,Katu,1,24,60,Eve,Niemi")
    assert [reject.row_number for reject in found.rejects] == [2]
    assert [row.number for row in found.rows] == [3]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        ("street,house_number\nKatu,1".encode("utf-16"), "UTF-8"),
        (b"PK\x03\x04 a workbook", "UTF-8"),
        (b"street,house_number\nKatu,1\nP\xf6lk\xf6,2", "Line 3 is not UTF-8"),
        ("street,house_number\nPö".encode()[:-1], "Line 2 is not UTF-8"),
        (b"just one column\nof words", "does not name the columns"),
        (b"Katu,1,24.9,60.1", "does not name the columns"),
        (b"street,house_number,lat,latitude\nKatu,1,2,3", "lat and latitude both mean latitude"),
        (b"street,street,house_number\nKatu,Katu,3", "street and street both mean street"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_change(data, words):
    with pytest.raises(RefusedError, match=words):
        read_csv(data)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(data):
    for head in (b"", HEADER.encode() + b"\n"):
        try:
            found = read_csv(head + data)
        except RefusedError:
            continue
        assert all(row.street or row.address_external_id for row in found.rows)


@given(st.text(max_size=80), st.sampled_from(sorted(ALIASES)))
def test_any_cell_is_read_or_rejected_with_its_column(text, column):
    quoted = text.replace('"', '""')
    columns = ["street", "house_number", "given_name"]
    cells = {"street": "Katu", "house_number": "1", "given_name": "Aino", column: quoted}
    header = ",".join(dict.fromkeys([*columns, column]))
    try:
        data = (header + "\n" + ",".join(f'"{cells[one]}"' for one in header.split(","))).encode()
    except UnicodeEncodeError:
        return
    found = read_csv(data)
    assert len(found.rows) + len(found.rejects) == 1
