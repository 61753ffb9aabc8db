"""The merge language is total: never an exception, never a tag left."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.mailings.merging import FIELDS, Tag, fallbacks_used, parse, render

WORDS = st.text(st.sampled_from("{}|ab \n\x00\u202e<>") | st.characters(), max_size=40)
PIECES = st.lists(
    WORDS
    | st.sampled_from(["{{", "}}", "{{name|friend}}", "{{ street | your street }}", "{{x|y}}"])
)


def test_values_and_fallbacks_stand_where_the_tags_were():
    pieces, faults = parse("Dear {{ given_name | friend }}, {{concern|your words}}!")
    assert not faults
    assert render(pieces, {"given_name": "Aino"}) == "Dear Aino, your words!"
    assert fallbacks_used(pieces, {"given_name": "Aino"}) == {"concern"}


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("Dear {{name}},", 1, 6, "needs a fallback"),
        ("Dear {{name|}},", 1, 6, "needs a fallback"),
        ("Dear {{name| \u200b }},", 1, 6, "needs a fallback"),
        ("Hello,\n\n dear {{nam|friend}}", 3, 7, "Did you mean name?"),
        ("{{|friend}}", 1, 1, "there is no such field"),
        ("{{zzzz|friend}}", 1, 1, "There are: name, given_name"),
        ("{{name.__class__|x}}", 1, 1, "there is no such field"),
        ("{{name|a|b}}", 1, 1, "no | in it"),
        ("Dear {{name|friend", 1, 6, "belongs to no tag"),
        ("Dear name|friend}}", 1, 17, "belongs to no tag"),
        ("{{name|{{street|x}}}}", 1, 1, "belongs to no tag"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text, line, column, says):
    _, faults = parse(text)
    assert (faults[0].line, faults[0].column) == (line, column)
    assert says in faults[0].detail


def test_all_faults_are_named_at_once():
    assert len(parse("{{name}} {{nam|x}}\n{{street|}} }}")[1]) == 4


@settings(max_examples=200, deadline=None)
@given(PIECES, st.dictionaries(st.sampled_from(sorted(FIELDS)), WORDS))
def test_nothing_that_is_taken_leaves_a_tag_behind(parts, values):
    pieces, faults = parse("".join(parts))
    if not faults:
        text = render(pieces, values)
        assert "{{" not in text
        assert "}}" not in text


@settings(max_examples=100, deadline=None)
@given(PIECES)
def test_text_is_kept_letter_by_letter_and_tags_keep_their_order(parts):
    pieces, faults = parse("".join(parts))
    tags = [piece for piece in pieces if isinstance(piece, Tag)]
    if not faults:
        left = "".join(parts)
        for piece in pieces:
            if isinstance(piece, str):
                assert left.startswith(piece)
                left = left[len(piece) :]
            else:
                assert left.startswith("{{")
                left = left.partition("}}")[2]
        assert left == ""
    assert all(tag.field in FIELDS and tag.fallback.strip() for tag in tags)


@given(st.sampled_from(sorted(FIELDS)), WORDS)
@settings(max_examples=100, deadline=None)
def test_a_value_is_one_line_and_is_not_read_for_tags(field, value):
    pieces, _ = parse(f"{{{{{field}|friend}}}}")
    text = render(pieces, {field: f"{value}{{{{name|x}}}}\r\nBcc: y\x00"})
    assert text.isprintable()
    assert text
    assert not {"{", "}", "\n", "\r"} & set(text)


@pytest.mark.parametrize("name", ["see http://x.example", "www.x.example", "a@x.example"])
def test_a_name_that_is_an_address_is_none(name):
    pieces, _ = parse("Dear {{name|friend}}")
    assert render(pieces, {"name": name}) == "Dear friend"
