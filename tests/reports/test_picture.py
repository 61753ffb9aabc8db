from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from doorstep.algorithms.projecting import Result
from doorstep.reports.picture import (
    BARRIERS,
    STYLES,
    BarrierShapes,
    DoorPoints,
    TurfShapes,
    draw_map,
)

WEST, SOUTH, EAST, NORTH = 24.93, 60.16, 24.95, 60.17
MIDDLE = (WEST + EAST) / 2
STREETS = [LineString([(WEST, y), (EAST, y)]) for y in np.linspace(SOUTH, NORTH, 6)]
TURFS = TurfShapes(
    names=["Harbour", "Hill"],
    progress=[0.25, 1.0],
    polygons=[box(WEST, SOUTH, MIDDLE, NORTH), box(MIDDLE, SOUTH, EAST, NORTH)],
)


def doors(statuses, rng=None):
    rng = rng or np.random.default_rng(1)
    spots = rng.uniform((WEST, SOUTH), (EAST, NORTH), (len(statuses), 2))
    return DoorPoints(spots, statuses)


def png(**fields):
    out = BytesIO()
    usual = {
        "turfs": TURFS,
        "doors": doors(list(STYLES) * 3),
        "streets": STREETS,
        "barriers": BarrierShapes(),
        "title": "Autumn round",
        "attribution": "© OpenStreetMap contributors",
        "generated_at": datetime(2026, 10, 3, 9, 30, tzinfo=UTC),
    }
    draw_map(out, **{**usual, **fields})
    return out.getvalue()


def pixels(**fields):
    return np.rint(imread(BytesIO(png(**fields)))[..., :3] * 255).astype(int)


def count_of(colour, image):
    wanted = np.rint(np.array(to_rgb(colour)) * 255)
    return int((np.abs(image - wanted).max(axis=2) <= 2).sum())


# The panel lies right of the map, the foot line below it.
MAP, PANEL = np.s_[110:-76, 40:1204], np.s_[110:-76, 1240:]
ATTRIBUTION, DRAWN_AT, TITLE = np.s_[-70:, 40:700], np.s_[-70:, 1000:], np.s_[:105, 40:]


def test_the_picture_is_a_png_1600_pixels_wide(tmp_path):
    draw_map(
        tmp_path / "map.png",
        turfs=TURFS,
        doors=doors(["open"]),
        streets=STREETS,
        barriers=BarrierShapes(),
        title="Autumn round",
        attribution="© City",
        generated_at=datetime(2026, 10, 3, tzinfo=UTC),
    )
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert imread(tmp_path / "map.png").shape[1] == 1600


@pytest.fixture(scope="module")
def plain():
    """A picture of streets and untried doors."""
    return pixels(turfs=TurfShapes(), doors=doors(["open"] * 30))


def test_doors_show_the_colour_of_their_status_on_map_and_in_the_legend(plain):
    image = pixels(turfs=TurfShapes(), doors=doors(list(STYLES) * 6))
    for status, style in STYLES.items():
        if status == "open":
            continue
        assert count_of(style.colour, image[MAP]) > 50, status
        assert count_of(style.colour, image[PANEL]) > 15, status
        assert count_of(style.colour, plain[MAP]) == 0, status


def test_untried_doors_are_hollow(plain):
    assert count_of("white", plain[MAP]) > 30 * 50
    assert count_of(STYLES["open"].colour, plain[MAP]) > 30 * 5


def test_every_status_has_a_look_of_its_own():
    assert set(STYLES) == {*Result, "open", "locked"}
    assert len({style.colour for style in STYLES.values()}) == len(STYLES)
    assert len({style.label for style in STYLES.values()}) == len(STYLES)


def test_title_attribution_and_date_are_written():
    image = pixels()
    for part in (TITLE, ATTRIBUTION, DRAWN_AT):
        assert (image[part] < 150).any(axis=2).sum() > 200


def test_without_attribution_its_place_stays_blank():
    assert (pixels(attribution="")[ATTRIBUTION] == 255).all()


def test_the_instant_is_told_in_utc():
    helsinki = timezone(timedelta(hours=3))
    assert png() == png(generated_at=datetime(2026, 10, 3, 12, 30, tzinfo=helsinki))


@pytest.mark.parametrize("kind", BARRIERS)
def test_barriers_are_drawn_and_listed(kind, plain):
    colour = BARRIERS[kind][0]
    line = LineString([(WEST, SOUTH), (EAST, NORTH)])
    image = pixels(barriers=BarrierShapes([line], [kind]), doors=doors(["open"]))
    assert count_of(colour, image[MAP]) > 300
    assert count_of(colour, image[PANEL]) > 100
    assert count_of(colour, plain) == 0


def test_an_island_in_the_water_stays_dry():
    lake = Point(MIDDLE, 60.165).buffer(0.004, 4)
    island = Point(MIDDLE, 60.165).buffer(0.002, 4)
    whole, holed = (
        count_of(
            BARRIERS["water"][0],
            pixels(barriers=BarrierShapes([shape], ["water"]), doors=doors(["open"]))[MAP],
        )
        for shape in (lake, MultiPolygon([Polygon(lake.exterior, [island.exterior])]))
    )
    assert holed == pytest.approx(0.75 * whole, rel=0.1)


def test_a_turf_further_along_is_greener():
    image = pixels(doors=DoorPoints(), streets=[])[MAP]
    early, late = image[200, 250], image[200, 900]
    assert late[0] < early[0]
    assert late[1] > late[0] + 20


def test_the_ground_keeps_its_shape_away_from_the_equator():
    # A square on the ground at 60 degrees north is twice as wide as high in degrees.
    square = TurfShapes(["Square"], [1.0], [box(24.0, 59.995, 24.02, 60.005)])
    image = pixels(turfs=square, doors=DoorPoints(), streets=[])[MAP]
    green = image[..., 1] > image[..., 0] + 20
    assert green.any(axis=0).sum() == pytest.approx(green.any(axis=1).sum(), rel=0.02)


def test_a_tower_shows_more_than_its_top_door():
    status = ["open"] * 10 + [Result.CANVASSED] * 10 + [Result.REFUSED] * 10
    tower = DoorPoints(np.full((30, 2), (MIDDLE, 60.165)), status)
    image = pixels(doors=tower, turfs=TurfShapes())[MAP]
    assert count_of(STYLES[Result.CANVASSED].colour, image) > 50
    assert count_of(STYLES[Result.REFUSED].colour, image) > 50


@pytest.mark.parametrize(("turfs", "streets"), [(TurfShapes(), []), (TURFS, STREETS)])
def test_without_doors_the_picture_says_so(turfs, streets):
    corner = DoorPoints(np.array([[WEST, SOUTH]]), ["open"])
    without, with_one = (
        pixels(turfs=turfs, doors=some, streets=streets)[MAP] for some in (DoorPoints(), corner)
    )
    y = without.shape[0] // 2
    words, ground = (image[y - 20 : y + 20, 420:560] for image in (without, with_one))
    assert (words < 100).all(axis=2).sum() > 200
    assert (ground < 100).all(axis=2).sum() < 20


def test_one_door_alone_can_be_drawn():
    door = DoorPoints(np.array([[24.9, 60.1]]), [Result.MOVED])
    image = pixels(turfs=TurfShapes(), doors=door, streets=[])
    assert count_of(STYLES[Result.MOVED].colour, image[MAP]) > 50


def test_names_in_each_others_way_are_left_out_and_counted():
    row = np.linspace(WEST, EAST, 61)
    strips = [box(a, SOUTH, b, NORTH) for a, b in pairwise(row)]
    crowded = TurfShapes([f"Strip {n}" for n in range(60)], [0.5] * 60, strips)
    few = TurfShapes(crowded.names[:60:20], [0.5] * 3, strips[::20])
    ink = [
        (pixels(turfs=turfs, doors=doors(["open"]))[PANEL] < 120).any(axis=2).sum()
        for turfs in (crowded, few)
    ]
    assert ink[0] > ink[1] + 100


@pytest.mark.parametrize("text", ["$\\frac{$", "北区 🏘", "\ud83d", "a\nb\x00c", "x" * 500])
def test_any_text_can_be_written(text):
    turfs = TurfShapes([text, text], TURFS.progress, TURFS.polygons)
    assert png(turfs=turfs, title=text, attribution=text).startswith(b"\x89PNG")


def test_the_same_input_gives_the_same_picture_in_any_thread():
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: png(), range(4)))
    assert len(set(pictures)) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TurfShapes(["A"], [0.5], []), "columns of TurfShapes must be equally long"),
        (lambda: TurfShapes(["A"], [1.5], [box(0, 0, 1, 1)]), r"TurfShapes.progress\[0\]"),
        (lambda: DoorPoints(np.zeros((2, 3)), ["open"] * 2), r"shape \(n, 2\)"),
        (lambda: DoorPoints(np.zeros((2, 2)), ["open"]), "columns of DoorPoints"),
        (lambda: DoorPoints(np.array([[0, 0], [0, 91.0]]), ["open"] * 2), r"lonlat\[1\]"),
        (lambda: DoorPoints(np.array([[np.nan, 0]]), ["open"]), r"lonlat\[0\]"),
        (lambda: DoorPoints(np.zeros((1, 2)), ["closed"]), r"unknown entries: \['closed'\]"),
        (lambda: BarrierShapes([Point(0, 0)], ["wall"]), r"not \['wall'\]"),
    ],
)
def test_bad_input_is_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_empty_shapes_are_passed_over():
    nothing: list[BaseGeometry] = [Polygon(), LineString()]
    turfs = TurfShapes(["Gone", "Hill"], [0.0, 0.5], [Polygon(), TURFS.polygons[1]])
    barriers = BarrierShapes(nothing, ["water", "railway"])
    assert png(turfs=turfs, barriers=barriers, streets=nothing).startswith(b"\x89PNG")
