"""Typst in a process of its own: data on standard input, a PDF on standard output.

Typst keeps what it laid out, some 25 megabytes a turf (measured); a server would never get it back.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def lay_out(template: Path, data: bytes, fonts: Sequence[str]) -> bytes:
    """The PDF of a template beside which its pictures lie, with ``data`` as JSON."""
    command = [sys.executable, "-m", __name__, str(template), *fonts]
    done = subprocess.run(command, input=data, capture_output=True, check=False)  # noqa: S603 -- ours
    if done.returncode:
        # What it said may hold somebody's name.
        message = f"Typst ended with {done.returncode} instead of a page."
        raise RuntimeError(message)
    return done.stdout


def _main() -> None:
    import typst  # noqa: PLC0415

    template = Path(sys.argv[1])
    folders: Any = sys.argv[2:]
    made = typst.compile(
        template,
        root=template.parent,
        font_paths=folders,
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        # Tags say aloud what is what; on paper they are most of the file.
        pdf_tags=False,
    )
    sys.stdout.buffer.write(bytes(made))


if __name__ == "__main__":
    _main()
