import datetime as dt
import io
import random

import numpy as np
import pypdfium2 as pdfium
import pytest
import shapely
from field_work import after, make_field
from matplotlib.image import imread

from doorstep.kit.errors import NotFoundError
from doorstep.reports import drawing
from doorstep.reports.charts import ImageForm
from doorstep.reports.drawing import Chart
from doorstep.reports.field_day import Paper
from doorstep.surveys import service as surveys
from doorstep.surveys.model import Option, ScriptCreate, SingleQuestion, YesNoQuestion

ISSUE = SingleQuestion(
    key="issue",
    text="What matters most to you here?",
    options=[
        Option(key="rent", text="Rent and repairs"),
        Option(key="bus", text="Buses that come"),
        Option(key="park", text="The park by the station"),
    ],
)
SIGN = YesNoQuestion(key="sign", text="May we put up a sign?", sensitive=True)
NAMES = ["Station square", "Hill", "Shore", "Mill $lane$", "Old town 東"]
RESULTS = ["not_home"] * 5 + ["canvassed"] * 3 + ["refused", "come_back", "moved", "do_not_contact"]


async def campaign(tenant, days=6):
    """Five turfs of forty doors, walked on several days, with answers."""
    chance = random.Random(1)
    people = [(await tenant.member())[0] for _ in range(4)]
    async with tenant.transaction() as db:
        await db.execute("update organization set time_zone = 'Europe/Helsinki'")
        script = await surveys.create_script(
            db,
            None,
            tenant.id,
            tenant.campaign_id,
            ScriptCreate(name="Round one", introduction="", questions=[ISSUE, SIGN]),
        )
        field = await make_field(db, tenant, script=script)
        for place, name in enumerate(NAMES):
            turf_id = await field.add_turf(db, 40, name)
            west = 24.90 + place * 0.02
            await db.execute(
                "update turf set polygon = $2 where id = $1",
                turf_id,
                shapely.to_wkb(shapely.box(west, 60.10, west + 0.019, 60.13)),
            )
            for number, door in enumerate(field.turfs[turf_id]):
                await db.execute(
                    """
                    update address set lon = $2, lat = $3
                     where id = (select address_id from door where id = $1)
                    """,
                    door,
                    west + 0.002 + number % 8 * 0.002,
                    60.103 + number // 8 * 0.005,
                )
        for number in range(days * 45):
            door = chance.choice(field.doors)
            at = after(number % 45 * 4, days=number // 45 * 3 % 17)
            field.knock(people[number % 4], door, chance.choice(RESULTS), at)
        await field.write(db)
        for door in chance.sample(field.doors, 60):
            key = chance.choice(["rent", "rent", "bus"])
            await field.answer(db, people[0], door, script, "issue", key)
            await field.answer(
                db, people[0], door, script, "sign", chance.random() < 0.05, sensitive=True
            )
        await db.execute(
            """
            insert into map_source (organization_id, campaign_id, file_name, attribution)
            values ($1, $2, 'town.osm.pbf', '© OpenStreetMap contributors')
            """,
            tenant.id,
            tenant.campaign_id,
        )
    return field


def seen(png):
    image = imread(io.BytesIO(png), format="png")
    return (image[..., :3] < 0.9).any(axis=2).mean()


async def test_charts_and_maps_show_something(tenant, tmp_path_factory):
    field = await campaign(tenant)
    folder = tmp_path_factory.mktemp("drawn")
    async with tenant.transaction() as db:
        for of in Chart:
            png = await drawing.chart(db, tenant.id, field.pass_id, of, ImageForm.PNG)
            (folder / f"{of}.png").write_bytes(png)
            assert seen(png) > 0.05
            svg = (await drawing.chart(db, tenant.id, field.pass_id, of, ImageForm.SVG)).decode()
            assert "<svg" in svg
        reached = await drawing.map_png(db, tenant.id, field.pass_id, reached=True)
        whole = await drawing.map_png(db, tenant.id, field.pass_id)
    (folder / "reached.png").write_bytes(reached)
    assert seen(reached) > 0.05
    assert reached != whole


async def test_a_chart_as_svg_says_in_words_what_it_shows(tenant):
    field = await campaign(tenant, days=2)
    async with tenant.transaction() as db:
        at = db, tenant.id, field.pass_id
        answers = (await drawing.chart(*at, Chart.QUESTIONS, ImageForm.SVG)).decode()
        turfs = (await drawing.chart(*at, Chart.TURFS, ImageForm.SVG)).decode()
        again = (await drawing.chart(*at, Chart.TURFS, ImageForm.SVG)).decode()
    # Of an opinion that few have neither the count nor the total is drawn.
    assert "fewer than 5" in answers
    assert "(n is not shown)" in answers
    assert "(n = 60)" in answers
    assert "Mill $lane$" in turfs
    assert "doors)" in turfs
    assert turfs == again


@pytest.mark.parametrize(("paper", "size_pt"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))])
async def test_a_field_day_fits_one_page_with_all_that_was_promised(
    tenant, tmp_path_factory, paper, size_pt
):
    field = await campaign(tenant)
    async with tenant.transaction() as db:
        made = await drawing.field_day(db, tenant.id, field.pass_id, None, paper)
    document = pdfium.PdfDocument(made)
    assert len(document) == 1
    page = document[0]
    assert page.get_size() == pytest.approx(size_pt, abs=1)
    words = page.get_textpage().get_text_range()
    for said in (
        "Field day: Sunday, 18 October 2026",
        "doors tried",
        "Station square",
        "Mill $lane$",
        "OpenStreetMap contributors",
        "Europe/Helsinki",
    ):
        assert said in words
    picture = page.render(scale=2).to_pil()
    picture.save(tmp_path_factory.mktemp("drawn") / f"{paper}.png")
    # The map takes the middle of the page.
    assert (np.asarray(picture)[500:900] < 230).mean() > 0.05


async def test_a_day_on_which_nobody_knocked_has_no_page(tenant):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
        with pytest.raises(NotFoundError, match="Nobody has knocked yet"):
            await drawing.field_day(db, tenant.id, field.pass_id)
        with pytest.raises(NotFoundError, match="Nobody knocked on that day"):
            await drawing.field_day(db, tenant.id, field.pass_id, dt.date(2026, 10, 4))


@pytest.mark.parametrize("of", Chart)
async def test_a_pass_without_work_has_charts_that_say_so(tenant, of):
    async with tenant.transaction() as db:
        field = await make_field(db, tenant, 1)
        assert (await drawing.chart(db, tenant.id, field.pass_id, of, ImageForm.PNG))[1:4] == b"PNG"
