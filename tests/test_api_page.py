"""The documentation page shows everything, and runs nothing."""

import re
from html.parser import HTMLParser

from makers import make_tenant

from doorstep.api_page import api_page

VOID = {"meta", "wbr", "br", "img", "link", "input", "hr"}


class Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids = [], []

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


async def test_the_page_names_every_operation_once(world):
    async with world.anonymous() as client:
        response = await client.get("/docs")
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    parsed = Balance()
    parsed.feed(response.text)
    assert parsed.open == []
    assert len(parsed.ids) == len(set(parsed.ids))
    schema = world.app.openapi_schema.to_schema()
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] in parsed.ids


async def test_the_page_needs_nothing_from_elsewhere(world):
    async with world.anonymous() as client:
        page = (await client.get("/docs")).text
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_text_is_escaped_and_recursion_ends():
    tree = {
        "type": "object",
        "title": "Tree",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 5.0, "description": "<b>`x`"},
            "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    page = api_page(
        {
            "info": {"title": "A & B", "version": "1"},
            "components": {"schemas": {"Tree": tree}},
            "paths": {
                "/trees": {
                    "post": {
                        "operationId": "plantTree",
                        "x-roles": ["owner"],
                        "responses": {"201": {"description": "Planted"}},
                        "requestBody": {
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Tree"}
                                }
                            }
                        },
                    }
                }
            },
        }
    )
    assert "A &amp; B" in page
    assert "&lt;b&gt;<code>x</code>" in page
    assert "at most 5 characters" in page
    assert "list of Tree" in page
    assert "<i>owner</i>" in page


async def test_programs_get_the_same_as_a_file_signed_in_or_not(world):
    tenant = await make_tenant(world)
    organizer = await tenant.organizer()
    async with world.anonymous() as anyone:
        for client in (anyone, organizer):
            got = await client.get("/openapi/openapi.json")
            assert got.status_code == 200
            assert got.json() == world.app.openapi_schema.to_schema()
