"""`doorstep export walk-sheets` from the outside."""

import asyncio

import msgspec
import pypdfium2
import pytest
from makers import make_field, make_street, make_turf
from typer.testing import CliRunner

from doorstep.cli import cli


@pytest.fixture
def run(settings, database_url, monkeypatch):
    given = msgspec.structs.replace(settings, database_url=database_url)
    monkeypatch.setattr("doorstep.cli.read_settings", lambda: given)
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*arguments):
        # The command has a loop of its own.
        command = ["export", "walk-sheets", *arguments]
        return await asyncio.to_thread(CliRunner().invoke, cli, command)

    return run


@pytest.fixture
async def field(tenant):
    made = await make_field(tenant, houses=3)
    other = await make_street(tenant, houses=2, lon=10.0)
    await make_turf(tenant, made.pass_id, other.box, "A draft")
    return made


def first_lines(file):
    document = pypdfium2.PdfDocument(file)
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return [text.splitlines()[0] for text in texts if "page 1 of" in text]


async def test_all_published_turfs_are_written_into_one_file(run, tenant, field, tmp_path):
    file = tmp_path / "sheets.pdf"
    done = await run(str(file), "--organization", tenant.slug)
    assert done.exit_code == 0, done.output
    assert "Wrote 1 turf to" in done.output
    assert first_lines(file) == ["Turf 1"]
    async with tenant.transaction() as db:
        assert await db.fetchval("select printed_by from walk_sheet") is None
        assert await db.fetchval(
            "select actor_id is null from audit_entry where action = 'walk_sheet.printed'"
        )


async def test_turfs_are_chosen_by_name_drafts_too(run, tenant, field, tmp_path):
    file = tmp_path / "sheets.pdf"
    named = "--turf", "Turf 1", "--turf", "A draft"
    done = await run(str(file), "--organization", tenant.slug, *named, "--paper", "letter")
    assert done.exit_code == 0, done.output
    assert sorted(first_lines(file)) == ["A draft", "Turf 1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--turf", "Nowhere"), "has no turf Nowhere"),
        (("--pass", "Never"), "There is no pass Never"),
        (("--paper", "a0"), "There is no paper a0"),
    ],
)
async def test_what_is_not_there_is_said_with_what_is(
    run, tenant, field, tmp_path, arguments, said
):
    done = await run(str(tmp_path / "a.pdf"), "--organization", tenant.slug, *arguments)
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "a.pdf").exists()


async def test_a_file_of_another_kind_is_refused_before_anything_is_drawn(run, tmp_path):
    done = await run(str(tmp_path / "a.docx"))
    assert done.exit_code == 1
    assert "must end in .pdf" in done.output
