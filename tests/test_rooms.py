"""What layers alone do not say about who imports whom; the layers are in pyproject.toml."""

import ast
from pathlib import Path

import pytest

import doorstep

PACKAGE = Path(doorstep.__file__).parent
ROOMS = {path.name for path in PACKAGE.iterdir() if (path / "model.py").exists()}


def name_of(path):
    parts = ("doorstep", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(path):
    """Every module that is imported, and every name taken from one, dotted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else None


def test_rooms_are_found():
    assert {"accounts", "people", "imports", "surveys", "universes", "canvass"} <= ROOMS


@pytest.mark.parametrize("module", [name for name in MODULES if room_of(name)])
def test_a_room_keeps_its_statements_and_routes_to_itself(module):
    web = module.endswith("api")
    for imported in imports_of(MODULES[module]):
        if imported.startswith("litestar"):
            assert web, f"{module} knows the web framework; only api modules do"
        if imported in MODULES and room_of(imported):
            own = room_of(imported) == room_of(module)
            assert own or not imported.endswith("queries"), f"{imported} is another room's"
            assert own or not imported.endswith("api"), f"{imported} is for the application alone"


@pytest.mark.parametrize("module", [name for name in MODULES if not room_of(name)])
def test_only_the_application_knows_the_routes_of_rooms(module):
    for imported in imports_of(MODULES[module]):
        if imported in MODULES and room_of(imported) and imported.endswith("api"):
            assert module == "doorstep.app"
