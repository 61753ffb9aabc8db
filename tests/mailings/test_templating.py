"""Templates: refused while they are written, never when they are sent."""

import pytest
from asyncpg import InsufficientPrivilegeError
from hypothesis import given, settings
from hypothesis import strategies as st
from mailings.posting import ENGLISH, FINNISH, post, template

from doorstep.mailings.merging import FIELDS, Tag, parse
from doorstep.mailings.model import TemplateText
from doorstep.mailings.templating import parsed, text_for


def text(language, subject="Hello", body="Hello"):
    return TemplateText(language=language, subject=subject, body=body)


@pytest.mark.parametrize(
    ("language", "chosen"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("pt-BR", "pt-br"),
        ("pt", "pt-br"),
        ("pt-PT", "pt-br"),
        ("fi", "en"),
        ("", "en"),
        (None, "en"),
        ("DE", "de"),
    ],
)
def test_a_language_that_is_not_there_falls_back(language, chosen):
    texts = [parsed(text(spoken)) for spoken in ("en", "de", "pt-br")]
    assert text_for(texts, language).language == chosen


def test_empty_lines_end_paragraphs_and_lines_stay():
    told = parsed(text("en", body="One\ntwo\n \n\nThree {{name|dear\n\nfriend}}\n"))
    assert [list(part) for part in told.paragraphs] == [
        ["One\ntwo"],
        ["Three ", Tag("name", "dear friend")],
    ]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "\n", "\n\n", " ", "{", "}", "{{name|x}}", "{{name|\n\ny}}"]))
)
def test_a_body_that_is_taken_is_taken_in_all_its_paragraphs(parts):
    body = "".join(parts)
    if not parse(body)[1]:
        told = parsed(text("en", body=body))
        tags = [piece for piece in told.pieces if isinstance(piece, Tag)]
        assert len(tags) == body.count("{{")
        assert not any("{{" in piece for piece in told.pieces if isinstance(piece, str))


async def test_every_fault_is_named_with_field_line_and_character(tenant):
    organizer = await tenant.organizer()
    texts = [
        {**ENGLISH, "subject": "Dear {{name}}", "body": "Hello\n{{nmae|x}} and {{zip|x}}"},
        {**ENGLISH, "body": "}}"},
    ]
    refused = await post(organizer, "/letter-templates", 422, name="Bad", texts=texts)
    faults = {(one["field"], one["detail"].partition(": ")[0]) for one in refused["errors"]}
    assert faults == {
        ("texts[0].language", "The language en is there twice. Keep one of them."),
        ("texts[0].subject", "Line 1, character 6"),
        ("texts[0].body", "Line 2, character 1"),
        ("texts[0].body", "Line 2, character 16"),
        ("texts[1].language", "The language en is there twice. Keep one of them."),
        ("texts[1].body", "Line 1, character 1"),
    }
    details = " ".join(one["detail"] for one in refused["errors"])
    assert "Did you mean name?" in details
    assert ", ".join(FIELDS) in details


async def test_a_change_is_a_version_made_from_the_newest(tenant):
    organizer = await tenant.organizer()
    path = f"/letter-templates/{await template(tenant)}"
    made = await organizer.put(path, json={"based_on": 1, "texts": [ENGLISH, FINNISH]})
    assert made.status_code == 200, made.text
    assert (made.json()["version"], made.json()["newest_version"]) == (2, 2)
    stale = await organizer.put(path, json={"based_on": 1, "texts": [FINNISH]})
    assert stale.status_code == 409
    assert stale.json()["errors"][0]["field"] == "based_on"
    versions = (await organizer.get(f"{path}/versions")).json()
    assert [(one["version"], len(one["texts"])) for one in versions] == [(2, 2), (1, 1)]
    async with tenant.transaction() as db:
        with pytest.raises(InsufficientPrivilegeError):
            await db.execute("update letter_template_version set version = 9")


async def test_a_name_is_taken_until_its_template_is_put_away(tenant):
    organizer = await tenant.organizer()
    first = await template(tenant)
    taken = await post(organizer, "/letter-templates", 409, name="NEWS", texts=[ENGLISH])
    assert taken["errors"][0]["field"] == "name"
    await post(organizer, f"/letter-templates/{first}/archiving", 200)
    await template(tenant)
    listed = (await organizer.get("/letter-templates")).json()
    assert [one["archived_at"] for one in listed] == [None]
    every = (await organizer.get("/letter-templates", params={"archived": True})).json()
    assert len(every) == 2
    late = await organizer.put(
        f"/letter-templates/{first}", json={"based_on": 1, "texts": [FINNISH]}
    )
    assert late.status_code == 409
    body = {"title": "x", "template_id": first, "purpose": "news", "segment": {"guests": {}}}
    refused = await post(organizer, "/mailings", 422, **body)
    assert refused["errors"][0]["field"] == "template_id"


async def test_the_known_fields_are_listed(tenant):
    told = (await (await tenant.organizer()).get("/letter-fields")).json()
    assert [one["name"] for one in told] == list(FIELDS)
