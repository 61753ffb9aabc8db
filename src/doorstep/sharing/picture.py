"""The picture that previews show of a shared page: what, when and where, from whom.

Pillow writes Arabic and Hebrew as they are read, since its wheels hold libraqm.
"""

import io

from PIL import Image, ImageDraw

from doorstep.kit.public_pages import PICTURE_SIZE
from doorstep.sharing.lettering import cut, font_for, is_right_to_left, plain, wrapped
from doorstep.sharing.model import Kind, Target
from doorstep.sharing.wording import KINDS, facts

VERSION = 1
"""Counted up when the same facts look otherwise, so that no cache keeps the old look."""
_WIDTH, _HEIGHT = PICTURE_SIZE
_BAND, _LEFT, _RIGHT, _TOP = 36, 96, _WIDTH - 72, 60
_WIDE = _RIGHT - _LEFT
_PAPER, _INK, _SOFT = "#ffffff", "#22303c", "#4d5962"
# Hues after Okabe and Ito (2008), darkened until white paper sets them off; a word says the same.
_HUES = {
    Kind.EVENT: "#0072b2",
    Kind.COMMITMENT: "#00734f",
    Kind.DECISION: "#a34700",
    Kind.BUDGET: "#8a4f7d",
}
_TITLE_TOP, _TITLE_SIZES, _TITLE_STEP = 122, (76, 66, 58, 50, 44, 38), 1.22
_FOOT, _FACT_SIZE, _FACT_STEP, _SMALL = 548, 36, 48, 32
_MOST_FACTS = 3
_GAP = 28


def draw(of: Target) -> bytes:
    """The picture as PNG. Nothing is shared between calls, so threads may draw at once."""
    image = Image.new("RGB", PICTURE_SIZE, _PAPER)
    sheet = ImageDraw.Draw(image)
    hue = _HUES[of.kind]
    sheet.rectangle((0, 0, _BAND, _HEIGHT), fill=hue)
    _line(sheet, _TOP, KINDS[of.kind], _SMALL, hue, bold=True)
    lines = [one for one in map(plain, facts(of)) if one][:_MOST_FACTS]
    top = _FOOT - _GAP - len(lines) * _FACT_STEP
    _title(sheet, plain(of.title), top - _GAP)
    for n, line in enumerate(lines):
        _line(sheet, top + n * _FACT_STEP, line, _FACT_SIZE, _INK)
    sheet.line((_LEFT, _FOOT, _RIGHT, _FOOT), fill=hue, width=3)
    _line(sheet, _FOOT + 14, plain(of.organization), _SMALL, _SOFT)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _title(sheet: ImageDraw.ImageDraw, title: str, bottom: int) -> None:
    size, lines = _fitted(title, bottom - _TITLE_TOP)
    for n, line in enumerate(lines):
        y = _TITLE_TOP + n * round(size * _TITLE_STEP)
        _line(sheet, y, line, size, _INK, bold=True)


def _fitted(title: str, height: int) -> tuple[int, list[str]]:
    """As large as there is room for; what is too long for the smallest size is cut."""
    size, lines, most = _TITLE_SIZES[0], [""], 1
    for size in _TITLE_SIZES:
        shown, font = font_for(title, size, bold=True)
        lines = wrapped(shown, font.getlength, _WIDE)
        most = height // round(size * _TITLE_STEP)
        if len(lines) <= most:
            return size, lines
    # The last line is too long now; it is cut where it is written.
    return size, [*lines[: most - 1], " ".join(lines[most - 1 :])]


def _line(
    sheet: ImageDraw.ImageDraw, y: int, text: str, size: int, colour: str, *, bold: bool = False
) -> None:
    shown, font = font_for(text, size, bold=bold)
    fitting = cut(shown, font.getlength, _WIDE)
    leftward = is_right_to_left(fitting)
    x, anchor = (_RIGHT, "ra") if leftward else (_LEFT, "la")
    sheet.text((x, y), fitting, font=font, fill=colour, anchor=anchor)
