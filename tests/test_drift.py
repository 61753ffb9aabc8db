"""Files that are generated and committed say what the program says."""

import json
import re
from pathlib import Path

from schema import sum_of_migrations

from doorstep.commands.openapi import problems_table, schema_text
from doorstep.kit import problems
from doorstep.kit.resources import MIGRATIONS

TOP = Path(__file__).parents[1]


def test_migrations_add_up_to_the_committed_schema(server):
    assert (MIGRATIONS / "schema.sql").read_text() == sum_of_migrations(server), "make schema"


def test_the_openapi_file_is_the_applications():
    assert (TOP / "openapi" / "openapi.json").read_text() == schema_text(), "make openapi"


def test_every_reference_of_the_openapi_file_resolves():
    text = schema_text()
    types = json.loads(text)["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named - types.keys() == set()


def test_the_table_of_problems_is_the_programs():
    assert (TOP / "openapi" / "problems.md").read_text() == problems_table(), "make openapi"


def test_every_problem_type_is_in_the_table():
    table = problems_table()
    for kind in (problems.UnexpectedError, problems.WrongMethodError):
        assert f"`urn:doorstep:problem:{kind.name}` | {kind.status} | {kind.title} |" in table
