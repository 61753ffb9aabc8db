import datetime as dt
from uuid import uuid4

import numpy as np
import pypdfium2
import pytest
import shapely

from doorstep.algorithms.projecting import Result
from doorstep.kit.geometry import Polygon
from doorstep.people.model import CampaignMap, MapBarriers, MapStreets, WalkDoor, WalkPerson
from doorstep.sheets.gathering import Content, Line
from doorstep.sheets.lettering import scripts_without_font
from doorstep.sheets.model import Paper
from doorstep.sheets.printing import RESULTS, Sheet, by_street, letter, print_sheets
from doorstep.turf.model import Pass, Turf, TurfStatus

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def door(street="Canary Lane", number="1", unit="", lon=24.9, lat=60.2, **more):
    told = {"note": "", "access_note": "", "do_not_contact": False, "floor": "", **more}
    return WalkDoor(
        id=uuid4(), building_id=uuid4(), street=street, house_number=number, unit=unit,
        postcode="", city="", lon=lon, lat=lat, **told,
    )  # fmt: skip


def line(number, at, *names):
    people = [
        WalkPerson(
            id=uuid4(), household_id=uuid4(), door_id=at.id, given_name=name, family_name="",
            language=None,
        )
        for name in names
    ]  # fmt: skip
    return Line(number=number, door=at, people=people, status="open", done=False)


def ground():
    street = shapely.LineString([(24.89, 60.2), (24.92, 60.2)])
    track = shapely.LineString([(24.89, 60.199), (24.92, 60.201)])
    lake = shapely.box(24.9, 60.2005, 24.91, 60.202)
    one = np.ones(1)
    streets = MapStreets(
        ("Canary Lane",), ("residential",), one, one, one, one, one, np.array([street])
    )
    shapes = np.array([track, lake, track, lake.exterior])
    kinds = ("railway", "water", "motorway", "water")
    return CampaignMap(
        streets=streets,
        barriers=MapBarriers(kinds, ("",) * 4, shapes),
        attribution="© OpenStreetMap contributors",
    )


def sheet(lines, name="Turf 1", code="ABCDEFG9"):
    outline = [[24.89, 60.19], [24.92, 60.19], [24.9, 60.21], [24.89, 60.19]]
    given = {
        "id": uuid4(), "pass_id": uuid4(), "campaign_id": uuid4(), "name": name,
        "status": TurfStatus.PUBLISHED, "version": 1, "cut_version": 1, "frozen_at": None,
        "doors_count": len(lines), "done_count": 0, "walk_m": 1234.0, "minutes": 71.0,
        "created_at": NOW, "published_at": NOW, "archived_at": None, "holders": [],
    }  # fmt: skip
    turf = Turf(**given, polygon=Polygon(coordinates=[outline]))
    of = Pass(
        id=turf.pass_id, campaign_id=turf.campaign_id, name="First", script_id=None,
        holdout_share=0, holdout_seed="", created_at=NOW,
    )  # fmt: skip
    content = Content(turf=turf, of=of, script=None, lines=lines, ground=ground())
    return Sheet(code=code, content=content)


def pages_of(*sheets, paper=Paper.A4):
    document = pypdfium2.PdfDocument(print_sheets(sheets, paper))
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
        return texts, [page.get_size() for page in document], [
            np.asarray(page.render(scale=0.5, grayscale=True).to_numpy()) for page in document
        ]  # fmt: skip
    finally:
        document.close()


def test_every_result_that_a_knock_may_have_has_a_box():
    assert RESULTS.keys() == set(Result)
    assert len({code for code, _ in RESULTS.values()}) == len(Result)


def test_a_tower_is_one_stop_and_none_of_its_doors_is_lost():
    lines = [line(n, door(number="7", unit=f"A{n}", floor=str(n // 8)), f"P{n}x")
             for n in range(1, 401)]  # fmt: skip
    texts, sizes, pictures = pages_of(sheet(lines))
    whole = "\n".join(texts)
    assert [n for n in range(1, 401) if f"P{n}x" not in whole] == []
    assert "400 doors" in texts[0]
    assert all(f"page {n} of {len(texts)}" in text for n, text in enumerate(texts, 1))
    assert {(round(width), round(height)) for width, height in sizes} == {(595, 842)}
    # Nothing reaches into the margins that printers leave white.
    assert all((picture[:, :12] > 250).all() for picture in pictures)
    assert all((picture[:, -12:] > 250).all() for picture in pictures)


def test_long_texts_wrap_and_take_their_room_from_the_map():
    name = "The turf with the longest name that anybody could think of " * 3
    long = "Maximiliana-Theodora von Hohenlohe-Schillingsfürst-Oehringen zu Waldenburg"
    lines = [line(1, door(street="Unknown Soldier Boulevard " * 3, note="Dog. " * 180), long * 2)]
    texts, _, pictures = pages_of(sheet(lines, name[:200]), paper=Paper.LETTER)
    assert len(texts) == 2
    assert "page 1 of 2" in texts[0]
    assert all((picture[:, -12:] > 250).all() for picture in pictures)


@pytest.mark.parametrize("name", ["محمد عبد الرحمن", "שרה לוי", "Ελένη", "Дмитрий", "Nguyễn"])
def test_names_in_other_scripts_are_printed_without_any_font_installed(name):
    texts, _, _ = pages_of(sheet([line(1, door(), name)]))
    assert "no font" not in texts[0]


def test_texts_are_texts_and_never_markup():
    evil = '#panic("x") *bold* $1$ <b> \\ "quoted" #read("/etc/passwd")'
    texts, _, _ = pages_of(sheet([line(1, door(note=evil), evil)], name=evil))
    assert "#panic" in texts[0]
    assert "".join(texts).count("#read") >= 3


def test_a_script_that_no_font_has_is_named():
    assert scripts_without_font("Ål Ω", ()) == ["Greek", "Latin"]
    assert scripts_without_font("plain", ()) == []


def test_lines_are_headed_by_street_and_by_side_where_a_side_is_kept():
    kept = [line(n, door(number=str(2 * n))) for n in range(1, 6)]
    kept += [line(n, door(number=str(2 * n + 1))) for n in range(6, 11)]
    assert [title for title, _ in by_street(kept)] == [
        "Canary Lane, even numbers", "Canary Lane, odd numbers",
    ]  # fmt: skip
    zigzag = [line(n, door(number=str(n))) for n in range(1, 9)]
    corner = line(9, door(street="Back Street", number="x"))
    headed = list(by_street([*zigzag, corner]))
    assert [title for title, _ in headed] == ["Canary Lane, both sides", "Back Street"]
    assert [one.number for _, lines in headed for one in lines] == list(range(1, 10))


def test_letters_go_on_after_z():
    assert [letter(n) for n in (0, 25, 26, 27, 52)] == ["a", "z", "aa", "ab", "ba"]
