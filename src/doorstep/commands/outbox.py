"""What a phone keeps on disk: an outbox of events, and small files that are whole or not there."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]

BATCH = 50


class Outbox:
    """Events made and not yet answered, in a file of JSON lines that is only ever added to.

    A line holds an event, ``{"made": {...}}``, or what the server said of some,
    ``{"answered": {id: outcome}}``; reading them in order gives the state.

    Parameters
    ----------
    path
        The file; made if missing. A last line that a crash cut short is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.waiting: dict[str, Json] = {}
        self.outcomes: dict[str, str] = {}
        path.touch()
        whole = path.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        for line in whole.splitlines():
            self._apply(json.loads(line))
        os.truncate(path, len(whole))

    def add(self, event: Json) -> None:
        """Keep an event; it is on disk when this returns."""
        self._write({"made": event})

    def batch(self, most: int = BATCH) -> list[Json]:
        """The oldest events that wait, at most so many."""
        return list(self.waiting.values())[:most]

    def settle(self, outcomes: Mapping[str, str]) -> None:
        """Note what the server said of events; they are not sent again."""
        self._write({"answered": dict(outcomes)})

    def _write(self, line: Json) -> None:
        with self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._apply(line)

    def _apply(self, line: Json) -> None:
        if "made" in line:
            self.waiting[line["made"]["id"]] = line["made"]
        for event_id, outcome in line.get("answered", {}).items():
            self.waiting.pop(event_id, None)
            self.outcomes[event_id] = outcome


def replace_file(path: Path, content: Json) -> None:
    """Write a file whole or not at all: a crash leaves the old one."""
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
