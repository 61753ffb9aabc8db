"""What commands say: results on standard output, the rest on standard error."""

import contextlib
import sys
from collections.abc import Callable, Generator
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from typer.core import TyperGroup

from doorstep.kit.embedded import EmbeddedServerError
from doorstep.kit.errors import ProblemError
from doorstep.kit.migrations import MigrationError
from doorstep.settings import SettingsError

out = Console()
err = Console(stderr=True)

Report = Callable[[int, int], None]


class CommandError(Exception):
    """A command cannot do what was asked; the message says how to mend it."""


EXPECTED = (
    CommandError,
    SettingsError,
    EmbeddedServerError,
    MigrationError,
    ProblemError,
    OSError,
)


class ExplainingGroup(TyperGroup):
    """Turns expected failures into one red paragraph and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # `doorstep user list | head`: nobody reads on, which is no failure of ours.
            sys.stderr.close()
            raise typer.Exit from None
        except EXPECTED as error:
            if isinstance(error, OSError) and error.filename is None:
                raise
            err.print(f"[bold red]✗[/] {escape(str(error))}", highlight=False)
            if isinstance(error, ProblemError):
                for one in error.errors:
                    if one.detail != error.detail:
                        err.print(f"  {escape(one.field)}: {escape(one.detail)}", highlight=False)
            raise typer.Exit(1) from None


def done(text: str) -> None:
    """Say that something is finished."""
    err.print(f"[bold green]✓[/] {text}", highlight=False)


@contextlib.contextmanager
def busy(text: str) -> Generator[None]:
    """Show that something is under way."""
    with err.status(text):
        yield


@contextlib.contextmanager
def progress(text: str) -> Generator[Report]:
    """Show how much is done; the block gets a function to call with done and total."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as shown:
        task = shown.add_task(text, total=None)

        def report(done_count: int, total_count: int) -> None:
            shown.update(task, completed=done_count, total=total_count)

        yield report
