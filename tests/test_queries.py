"""Every statement of every ``queries`` module is valid, and fits its call and its struct."""

import ast
import importlib
import typing
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec
import pytest

import doorstep
from doorstep.imports import staging

PACKAGE = Path(doorstep.__file__).parent
CALLS = {
    "fetch_all": 2,
    "fetch_many": 2,
    "fetch_one": 2,
    "fetch_maybe": 2,
    "execute_one": 1,
    "cursor": 0,
    "execute": 0,
    "executemany": 0,
    "fetch": 0,
    "fetchrow": 0,
    "fetchval": 0,
}
"""Function → where its statement stands among the arguments."""


@dataclass
class Statement:
    module: str
    line: int
    call: str
    sql: str
    arguments: int | None
    struct: str | None

    def __str__(self):
        return f"{self.module.removeprefix('doorstep.')}:{self.line}"


def name_of(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def text_of(node, constants):
    """A literal, a constant of the module, or some of these one after the other; else None."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name() if node.id in constants:
            return text_of(constants[node.id], constants)
        case ast.BinOp(op=ast.Add()):
            parts = [text_of(part, constants) for part in (node.left, node.right)]
            return None if None in parts else "".join(parts)
    return None


def statements(path):
    tree = ast.parse(path.read_text())
    module = ".".join(("doorstep", *path.relative_to(PACKAGE).with_suffix("").parts))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or (call := name_of(node.func)) not in CALLS:
            continue
        if name_of(getattr(node.func, "value", None)) == "cursor":
            # The next rows of a statement that is looked at where the cursor is made.
            continue
        at = CALLS[call]
        text = text_of(node.args[at], constants)
        given = node.args[at + 1 :]
        arguments = None if any(isinstance(one, ast.Starred) for one in given) else len(given)
        struct = ast.unparse(node.args[1]) if at == 2 else None
        yield Statement(module, node.lineno, call, text, arguments, struct)


EVERY = [found for path in sorted(PACKAGE.rglob("*queries.py")) for found in statements(path)]


@pytest.fixture(scope="session")
async def prepared_database(database_url):
    connection = await asyncpg.connect(database_url)
    # Imports stage rows in tables that last as long as a transaction.
    transaction = connection.transaction()
    await transaction.start()
    await staging.prepare(connection)
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture
async def database(prepared_database):
    """A statement that is wrong spoils no other."""
    async with prepared_database.transaction():
        yield prepared_database


def columns_of(struct):
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def required_of(struct):
    return {field.encode_name for field in msgspec.structs.fields(struct) if field.required}


@pytest.mark.parametrize("found", EVERY, ids=str)
async def test_a_statement_fits_its_call_and_its_struct(database, found):
    assert isinstance(found.sql, str), "the SQL is made of literals alone"
    prepared = await database.prepare(found.sql)
    if found.call == "executemany":
        assert found.arguments == 1
    elif found.arguments is not None:
        assert len(prepared.get_parameters()) == found.arguments
    columns = [column.name for column in prepared.get_attributes()]
    if found.call == "fetchval":
        assert len(columns) == 1
    if found.struct is not None:
        struct = eval(found.struct, vars(importlib.import_module(found.module)))  # noqa: S307 -- our own source
        struct = typing.get_origin(struct) or struct
        assert len(columns) == len(set(columns))
        assert required_of(struct) <= set(columns) <= set(columns_of(struct))
    if found.call == "fetch_many":
        assert columns == columns_of(struct)


def test_statements_are_found():
    assert {"doorstep.accounts.queries", "doorstep.commands.queries"} <= {
        found.module for found in EVERY
    }
    assert len(EVERY) > 60
