"""What a cut reads from and writes to: `FILE:layer`, and files that appear whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyogrio  # pyright: ignore[reportMissingTypeStubs]

from doorstep.commands.screen import CommandError

_gdal: Any = pyogrio  # It has no types.
LAYERED = (".gpkg", ".sqlite", ".gdb", ".kml", ".kmz", ".gml", ".dxf", ".zip")
OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")


class Source(NamedTuple):
    """A file, and perhaps a layer in it."""

    path: Path
    layer: str | None

    def __str__(self) -> str:
        """As it was given."""
        return f"{self.path}:{self.layer}" if self.layer else str(self.path)

    @property
    def name(self) -> str:
        """Without the folder, so that it is the same on every machine."""
        return f"{self.path.name}:{self.layer}" if self.layer else self.path.name

    @property
    def is_osm(self) -> bool:
        """Whether it is an OpenStreetMap extract."""
        return self.path.name.lower().endswith(OSM_ENDINGS)


def source_of(text: str, option: str) -> Source:
    """File and layer as given on the command line.

    Raises
    ------
    CommandError
        If there is no such file.
    """
    path = Path(text)
    if path.is_file():
        return Source(path, None)
    head, _, layer = text.rpartition(":")
    if layer and head and Path(head).is_file():
        return Source(Path(head), layer)
    if path.is_dir():
        message = f"{option}: {text} is a folder. Name the file in it."
    else:
        message = (
            f"{option}: there is no file {text}. Check its name; a layer follows as FILE:layer."
        )
    raise CommandError(message)


def layer_of(source: Source, option: str) -> str | None:
    """The layer to read, None where the file has no layers to choose from.

    Raises
    ------
    CommandError
        If there are several and none was named, or there is none of that name; lists what there is.
    """
    if not source.path.name.lower().endswith(LAYERED):
        if source.layer is not None:
            message = f"{option}: {source.path} has no layers. Leave :{source.layer} out."
            raise CommandError(message)
        return None
    try:
        found = _gdal.list_layers(source.path)
    except _gdal.errors.DataSourceError:
        message = f"{option}: {source.path} is broken or no map file. Copy or export it again."
        raise CommandError(message) from None
    names = [str(name) for name, kind in found if kind is not None] or [
        str(name) for name, _ in found
    ]
    every = ", ".join(names)
    if source.layer is None and len(names) == 1:
        return names[0]
    if source.layer is None:
        message = (
            f"{option}: {source.path} holds several layers: {every}. Say which, such as "
            f"{source.path}:{names[0]}"
        )
        raise CommandError(message)
    if source.layer not in [str(name) for name, _ in found]:
        message = f"{option}: {source.path} has no layer {source.layer}, but: {every}."
        raise CommandError(message)
    return source.layer


def check_outputs(outputs: dict[str, Path | None], inputs: Sequence[Source]) -> None:
    """Refuse, before any work, what could not be written in the end.

    Raises
    ------
    CommandError
        If an ending is not known, a folder is not there, or a file is named twice.
    """
    taken = {source.path.resolve(): str(source.path) for source in inputs}
    for option, path in outputs.items():
        if path is None:
            continue
        endings = ENDINGS[option]
        if path.suffix.lower() not in endings:
            message = f"{option}: {path} must end in {' or '.join(endings)}."
            raise CommandError(message)
        if not path.parent.is_dir():
            message = f"{option}: there is no folder {path.parent}. Make it first."
            raise CommandError(message)
        if path.resolve() in taken:
            message = f"{option}: {path} is named twice. Write to a file of its own."
            raise CommandError(message)
        taken[path.resolve()] = str(path)


ENDINGS = {
    "--out": (".csv",),
    "--polygons": (".gpkg", ".geojson"),
    "--picture": (".png", ".pdf"),
    "--report": (".json",),
}


@contextlib.contextmanager
def all_or_nothing(paths: Sequence[Path]) -> Generator[dict[Path, Path]]:
    """For each file a place to write to; they take their names together when the block succeeds."""
    with contextlib.ExitStack() as folders:
        # Beside the target, as only within one file system is a new name given in one step.
        places = {
            path: Path(
                folders.enter_context(
                    tempfile.TemporaryDirectory(prefix=".doorstep-", dir=path.parent)
                )
            )
            / path.name
            for path in paths
        }
        yield places
        for path, place in places.items():
            os.replace(place, path)  # noqa: PTH105 -- it says what it does
