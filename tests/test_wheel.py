"""The wheel carries all that the program needs, and runs where there is no checkout."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
# What an installer makes `bin/doorstep` of; the first `doorstep` on the path is asked.
SCRIPT = """\
from importlib.metadata import entry_points
entry_points(group="console_scripts")["doorstep"].load()()
"""
PLACES = """\
from doorstep.kit import resources
print(resources.__file__, resources.MIGRATIONS, resources.GEO, sep="\\n")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout as `pip install` would, but with the tools at hand."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=TOP, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("doorstep-*-py3-none-any.whl")
    with zipfile.ZipFile(built) as opened:
        yield opened


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder to import from, with the wheel unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("site")
    wheel.extractall(folder)
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Runs Python outside the checkout, where `doorstep` is the wheel's."""

    def run(*arguments):
        given = {name: text for name, text in os.environ.items() if not name.startswith("DOORSTEP")}
        done = subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=given | {"PYTHONPATH": str(installed), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("folder", ["migrations", "geo"])
def test_the_files_beside_the_program_are_in_it_to_the_byte(wheel, folder):
    for file in (TOP / folder).iterdir():
        if file.is_file():
            assert wheel.read(f"doorstep/data/{folder}/{file.name}") == file.read_bytes()


def test_the_map_is_the_one_its_checksum_speaks_of(wheel):
    name = "doorstep/data/geo/helsinki.osm.pbf"
    promised = wheel.read(f"{name}.md5").split()[0].decode()
    assert hashlib.md5(wheel.read(name), usedforsecurity=False).hexdigest() == promised


def test_every_module_its_types_and_the_licence_are_in_it_and_nothing_else_is(wheel):
    source = {
        f"doorstep/{file.relative_to(TOP / 'src' / 'doorstep').as_posix()}"
        for file in (TOP / "src" / "doorstep").rglob("*")
        if file.suffix in {".py", ".typ"} or file.name == "py.typed"
    }
    assert "doorstep/py.typed" in source
    (licence,) = (name for name in wheel.namelist() if name.endswith(".dist-info/licenses/LICENSE"))
    assert wheel.read(licence) == (TOP / "LICENSE").read_bytes()
    carried = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name for name in carried if not name.startswith("doorstep/data/")} == source


def test_installed_it_finds_its_files_in_itself(run, installed):
    module, migrations, geo = run("-c", PLACES).splitlines()
    data = installed / "doorstep" / "data"
    assert Path(module).is_relative_to(installed)
    assert (Path(migrations), Path(geo)) == (data / "migrations", data / "geo")
    assert sorted(Path(migrations).glob("[0-9]*.sql"))
    assert (Path(geo) / "helsinki.osm.pbf").is_file()


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"]])
def test_its_command_line_answers(run, arguments):
    assert "Usage: " in run("-c", SCRIPT, *arguments)
