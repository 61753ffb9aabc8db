"""The API as files: for client generators, and for whoever handles its failures."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from doorstep.app import create_app
from doorstep.commands import screen
from doorstep.kit.errors import ProblemError
from doorstep.settings import Settings


def write(output: Path | None, problems: Path | None) -> None:
    """Write the OpenAPI file, to the screen if there is no ``output``."""
    text = schema_text()
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
        screen.done(f"Wrote {output}.")
    if problems is not None:
        problems.write_text(problems_table(), encoding="utf-8")
        screen.done(f"Wrote {problems}.")


def schema_text() -> str:
    """The OpenAPI file; the same program gives the same text."""
    with tempfile.TemporaryDirectory() as folder:
        # Signing keys are made when the application is, and thrown away with the folder.
        app = create_app(Settings(data_dir=Path(folder)), "postgresql://")
        schema = app.openapi_schema.to_schema()
    return json.dumps(_in_order(schema), indent=2, ensure_ascii=False) + "\n"


def _in_order(schema: dict[str, Any]) -> dict[str, Any]:
    """Paths and components by name, so that a new route changes the file in one place."""
    components = {
        kind: dict(sorted(members.items())) for kind, members in schema["components"].items()
    }
    return schema | {"paths": dict(sorted(schema["paths"].items())), "components": components}


def problems_table() -> str:
    """Every problem type as a Markdown table."""
    kinds = {kind.name: kind for kind in _kinds(ProblemError)}
    rows = [
        f"| `urn:doorstep:problem:{kind.name}` | {kind.status} | {kind.title} | {_when(kind)} |"
        for kind in sorted(kinds.values(), key=lambda kind: (kind.status, kind.name))
    ]
    return INTRODUCTION + "\n".join(rows) + "\n"


def _kinds(base: type[ProblemError]) -> list[type[ProblemError]]:
    """Every error, the ones that others refine last."""
    below = [kind for child in base.__subclasses__() for kind in _kinds(child)]
    return below if base is ProblemError else [*below, base]


def _when(kind: type[ProblemError]) -> str:
    return (kind.__doc__ or "").split("\n\n")[0].strip()


INTRODUCTION = """\
# Problem types

Every failure is answered as `application/problem+json` (RFC 9457): `type` and `title` are constant,
`detail` says what to mend, `errors` names the fields. Go by `type`, show `detail`.

| `type` | Status | `title` | When |
|---|---|---|---|
"""
