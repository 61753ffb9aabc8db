import gzip

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import FILES, as_csv, as_workbook, as_zip, read

from doorstep.imports.reading import delimited, open_table, text
from doorstep.imports.reading.careful import Shape, read_carefully
from doorstep.kit.errors import RefusedError

HEADER = ["id", "street", "house_number"]
# A fixture's folder serves all examples: each writes its file anew.
same_folder = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "members.csv"


def test_a_table_says_what_it_is_and_gives_the_columns_asked_for(path):
    path.write_bytes("\ufeffid;street;house_number\r\na1;Katu;1\r\na2;Tie;\r\n".encode())
    table = open_table(path, "members.csv")
    assert (table.file_name, table.format, table.columns) == ("members.csv", "csv", tuple(HEADER))
    assert (table.row_count_estimate, dict(table.details)) == (
        2, {"encoding": "UTF-8", "delimiter": "semicolon"},
    )  # fmt: skip
    (batch,) = table.batches(["house_number", "id"])
    assert batch.rows.schema == {
        "row_number": pl.Int64, "house_number": pl.String, "id": pl.String,
    }  # fmt: skip
    assert batch.rows.rows() == [(2, "1", "a1"), (3, None, "a2")]
    assert batch.done == batch.total == path.stat().st_size


def test_a_column_that_is_not_there_is_named(path):
    path.write_text("id,street\na1,Katu\n")
    table = open_table(path, "members.csv")
    with pytest.raises(RefusedError, match="no column town"):
        list(table.batches(["id", "town"]))


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_batches_are_of_the_size_asked_for(path, size):
    path.write_text(as_csv([HEADER, *([f"p{n}", "Katu", n] for n in range(10))]))
    table = open_table(path, "members.csv")
    for _ in range(2):
        batches = list(table.batches(["id"], size))
        assert {batch.rows.height for batch in batches[:-1]} <= {size}
        assert batches[-1].rows.height <= size
        assert pl.concat([batch.rows for batch in batches])["row_number"].to_list() == [
            *range(2, 12)
        ]


def test_no_column_at_all_still_tells_the_rows(path):
    path.write_text("id,street\na1,Katu\n\na2,Tie\n")
    assert read(path, columns=[]).rows == {2: (), 4: ()}


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "mac-roman",
        "cp850",
    ],
)
def test_the_encoding_is_found_out(path, encoding):
    rows = [["nro", "katu", "nimi"], ["1", "Mäkelänkatu", "Päivi"], ["2", "Hämeentie", "Väinö"]]
    path.write_bytes(as_csv(rows).encode(encoding))
    assert read(path).rows == {2: ("1", "Mäkelänkatu", "Päivi"), 3: ("2", "Hämeentie", "Väinö")}


@pytest.mark.parametrize(
    ("encoding", "street"),
    [
        ("cp1250", "Świętojańska i Żwirki, Łąkowa"),
        ("cp1251", "улица Пушкинская"),
        ("cp1253", "Πανεπιστημίου και Ερμού"),
        ("cp1254", "Çiçek Sokağı, Gül ve Şükrü"),  # noqa: RUF001
        ("cp1255", "רחוב הרצל ואלנבי"),
        ("cp1256", "شارع الحرية والنيل"),
        ("cp932", "東京都千代田区と大阪市のすずき"),
        ("gb18030", "北京路人民大街王小明"),
    ],
)
def test_encodings_of_other_scripts_are_found_out(path, encoding, street):
    path.write_bytes(as_csv([["id", "street"], ["1", street], ["2", "x"]]).encode(encoding))
    found = read(path)
    assert found.rows[2] == ("1", street)
    assert found.details["encoding"] == encoding.upper()


def test_a_first_foreign_letter_may_stand_anywhere(path):
    plain = "".join(f"{n},Main Street,{n}\n" for n in range(100_000))
    path.write_bytes(f"id,street,house_number\n{plain}x,Pölkkytie,1\n".encode("cp1252"))
    assert read(path).rows[100_002] == ("x", "Pölkkytie", "1")


def test_packed_files_are_read_like_plain_ones(tmp_path):
    content = as_csv([HEADER, ["a1", "Pölkkytie", "1"]]).encode("cp1252")
    gzipped = tmp_path / "members.csv.gz"
    gzipped.write_bytes(gzip.compress(content))
    zipped = as_zip(tmp_path / "members.zip", {"list/members.csv": content, "list/readme.txt": "x"})
    for path in (gzipped, zipped):
        assert read(path).rows == {2: ("a1", "Pölkkytie", "1")}


def test_one_of_several_packed_files_is_chosen_by_name(tmp_path):
    files = {"north.csv": "id,street\n1,Katu\n", "south.csv": "id,street\n2,Tie\n"}
    path = as_zip(tmp_path / "both.zip", files)
    with pytest.raises(RefusedError, match=r"north\.csv, south\.csv"):
        open_table(path, "both.zip")
    assert read(path, layer="south.csv").rows == {2: ("2", "Tie")}
    with pytest.raises(RefusedError, match=r"no table “west\.csv”"):
        open_table(path, "both.zip", layer="west.csv")


@pytest.mark.parametrize("name", ["members.xls", "members.ods"])
def test_workbooks_of_all_ages_are_read_alike(name):
    found = read(FILES / name)
    assert found.columns == ("id", "street", "house_number", "born", "given_name")
    assert found.rows == {
        2: ("a1", "Katu", "12", "1985-04-03", "Aino"),
        3: ("a2", "Pölkkytie", "3 B", None, "Onni"),
    }


def test_a_sheet_is_chosen_by_name(tmp_path):
    sheets = {"North": [["id"], ["1"]], "South": [["id"], ["2"]], "Old": [["id"], ["3"]]}
    path = as_workbook(tmp_path / "members.xlsx", sheets, hidden=["Old"])
    with pytest.raises(RefusedError, match="several sheets: North, South"):
        open_table(path, "members.xlsx")
    found = read(path, layer="South")
    assert (found.rows, found.details["sheet"]) == ({2: ("2",)}, "South")
    assert read(path, layer="Old").rows == {2: ("3",)}


def test_a_temporary_copy_goes_with_its_table(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    (tmp_path / "spool").mkdir()
    path = as_workbook(tmp_path / "members.xlsx", {"S": [["id"], ["1"]]})
    table = open_table(path, "members.xlsx")
    assert len(list((tmp_path / "spool").iterdir())) == 1
    assert [batch.rows.height for _ in range(2) for batch in table.batches(["id"])] == [1, 1]
    del table
    assert list((tmp_path / "spool").iterdir()) == []


_DELIMITERS = st.sampled_from(",;\t|")
_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
_ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
_CELLS = st.text(st.sampled_from("ab7 \"'é漢\u00a0\u2028\x0b"), max_size=5) | st.sampled_from(
    ["", "two\nlines", "a\r\nb", 'with "quotes"', "12 B", "\n"]
)


@st.composite
def _tables(draw):
    width = draw(st.integers(2, 6))
    rows = draw(
        st.lists(
            st.lists(_CELLS, min_size=width, max_size=width)
            | st.lists(_CELLS, min_size=1, max_size=width + 1)
            | st.just([]),
            max_size=12,
        )
    )
    return [[f"column {place}" for place in range(width)], ["x"] * width, *rows]


@same_folder
@given(
    rows=_tables(),
    delimiter=_DELIMITERS,
    end=_ENDS,
    encoding=_ENCODINGS,
    quoting=st.sampled_from([0, 1]),
)
def test_every_row_comes_exactly_once(path, rows, delimiter, end, encoding, quoting):
    path.write_bytes(as_csv(rows, delimiter, end, quoting).encode(encoding))
    found = read(path)
    width = len(rows[0])
    # A file that ends every row with separators has rows as wide as most are.
    wide = len(found.columns) > width or width < max(len(row) for row in rows[1:])
    for number, row in enumerate(rows[1:], start=2):
        if not "".join(row).strip():
            assert number not in found.rows
            assert number not in found.rejects
        elif len(row) == width and not wide:
            assert found.rows[number] == tuple(cell or None for cell in row)
        else:
            assert (number in found.rows) != (number in found.rejects)
    assert found.rows.keys() | found.rejects.keys() <= set(range(2, len(rows) + 1))


@same_folder
@given(rows=_tables(), delimiter=_DELIMITERS, end=_ENDS, size=st.integers(4, 40))
def test_where_the_file_is_cut_while_reading_does_not_matter(path, rows, delimiter, end, size):
    path.write_text(as_csv(rows, delimiter, end), newline="")
    whole = read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "CHUNK_BYTES", size)
        assert read(path) == whole


_LINES = st.lists(st.text(st.sampled_from('a,"\n\r '), max_size=9), max_size=9).map("\n".join)


@given(_LINES.filter(bool), st.integers(2, 4))
def test_the_fast_readers_and_the_careful_one_agree(lines, width):
    data = f"{lines}\n".encode()
    shape = Shape(",", width, list(range(width)))
    careful = read_carefully(data, 2, shape, last=True)
    for read_fast in (delimited._read_fast, delimited._read_mixed):
        fast = read_fast(data, 2, shape)
        if fast is not None:
            assert fast.rows.rows() == careful.rows.rows()
            assert sorted(fast.rejects, key=lambda one: one.row_number) == careful.rejects
            assert fast.row_count == careful.row_count


@same_folder
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"id,street\n", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"PAR1", b'{"type":']),
)
def test_no_bytes_make_it_fail_otherwise(path, data, head):
    path.write_bytes(head + data)
    try:
        read(path)
    except RefusedError as error:
        assert [one.field for one in error.errors] == ["file"]  # noqa: PT017


def test_an_open_quotation_mark_costs_its_own_row_and_no_other(path):
    rows = "".join(f"p{n},Katu,{n},Aino\n" for n in range(5_000))
    path.write_text(f'id,street,house_number,name\nq,"Tie,1,Onni\n{rows}r,Tie,"2",Eve\n')
    found = read(path)
    assert found.rejects == {2: "row"}
    assert len(found.rows) == 5_001


def test_a_note_over_several_lines_is_one_cell(path):
    note = "rings twice,\nmind the dog, the cat,\nand the stairs"
    rows = [["a", "Katu", "1", note], ["b", "Katu", "2", ""], ["c"], ["d", "Katu", "3", note]]
    path.write_text(as_csv([[*HEADER, "note"], *rows, ["e", note]]))
    assert read(path).rows == {2: (*rows[0],), 3: ("b", "Katu", "2", None), 5: (*rows[3],)}
    assert read(path).rejects == {4: "row", 6: "row"}


def test_quotation_marks_without_end_are_given_up_in_time(path):
    path.write_text("id,street\n" + "p,Katu\n" * 300 + 'x","\n' * 3_000)
    with pytest.raises(RefusedError, match="very many quotation marks"):
        read(path)


def test_a_million_empty_lines_are_no_rows(path):
    path.write_text("id,street,house_number\na,Katu,1\n" + "\n" * 1_000_000 + "b,Katu,2\n")
    assert list(read(path).rows) == [2, 1_000_003]
