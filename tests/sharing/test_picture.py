"""The picture of a shared page: whatever it says, nothing runs over its edge."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from doorstep.kit.ids import new_id
from doorstep.sharing.lettering import (
    ELLIPSIS,
    MISSING,
    cut,
    font_for,
    is_right_to_left,
    plain,
    wrapped,
)
from doorstep.sharing.model import Kind, Target
from doorstep.sharing.picture import draw

ARABIC = "لقاء الجيران"


def target(kind=Kind.EVENT, title="Open day", **more):
    facts = {"text": "", "status": "published", "place": "Library", "starts_at": None}
    facts |= {"on_day": None, "amount": 900, "currency": "EUR", "organization": "Neighbours"} | more
    return Target(kind=kind, id=new_id(), slug="x", title=title, time_zone="UTC", **facts)


def pixels(of):
    return np.asarray(Image.open(io.BytesIO(draw(of))).convert("RGB"))


@pytest.mark.parametrize("text", ["W" * 200, "lamp " * 40, ARABIC * 16, "🎉" * 200, "a"])
@pytest.mark.parametrize("kind", Kind)
def test_nothing_runs_over_the_edge_or_into_something_else(kind, text):
    seen = pixels(target(kind, text, place=text, status=text[:100], organization=text))
    assert seen.shape == (630, 1200, 3)
    paper = np.array([255, 255, 255])
    assert (seen[:, -70:] == paper).all()
    assert (seen[:56, 40:] == paper).all()
    assert (seen[-12:, 40:] == paper).all()
    # Between what it is called, the title, the facts and the foot there is paper.
    empty = (seen[:, 40:] == paper).all(axis=(1, 2))
    assert empty[505:540].any()
    assert empty[98:126].any()


def test_words_change_the_picture_and_nothing_else_does():
    same, again, other = target(), target(), target(title="Closed day")
    assert draw(same) == draw(again) != draw(other)


def test_kinds_differ_also_in_grey():
    """The word that says what it is stands beside the colour."""
    of = [np.asarray(Image.fromarray(pixels(target(kind))).convert("L")) for kind in Kind]
    for one, other in pairwise(of):
        assert (one[56:100] != other[56:100]).any()


@given(st.text(max_size=300), st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_lines_hold_all_letters_and_none_is_too_long(text, width):
    lines = wrapped(text, len, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(0 < len(line) <= width for line in lines)


@given(st.text(max_size=100), st.integers(2, 40))
@settings(max_examples=200, deadline=None)
def test_what_is_cut_fits_and_begins_as_it_did(text, width):
    shown = cut(text, len, width)
    assert len(shown) <= max(width, 1)
    assert shown == text or (shown.endswith(ELLIPSIS) and text.startswith(shown[:-1]))


def test_letters_that_no_font_has_become_boxes_and_others_stay():
    shown, _ = font_for("Zürich \U000e0fff Ωμ", 40, bold=True)
    assert shown == f"Zürich {MISSING} Ωμ"


def test_marks_stay_with_their_letter():
    assert wrapped("ae\u0301e", len, 2) == ["a", "e\u0301", "e"]


def test_texts_that_run_to_the_left_are_known():
    assert is_right_to_left(f"12 {ARABIC}")
    assert not is_right_to_left("Open day")
    assert plain("a\nb\u200b\x00 c") == "a b c"
