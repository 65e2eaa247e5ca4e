"""Output of commands: JSON or tables on stdout, everything else on stderr.

All output passes through here and is escaped: text from APIs, apps and users must not control a terminal.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import typer

from composio.visible import visible

__all__ = [
    "complain",
    "complain_json",
    "complain_of",
    "confirm",
    "guard_streams",
    "nearest_ids",
    "note",
    "print_json",
    "print_listing",
    "print_record",
    "print_table",
    "prompt",
    "say",
]


class _Lists(Protocol):
    def listing(self) -> dict[str, Any]: ...


Listed = TypeVar("Listed", bound=_Lists)


def print_json(value: Any) -> None:
    """Return ``value`` as indented JSON; escaped to ASCII only if the terminal can't show Unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    unicode_ok = encoding.replace("-", "") in {"utf8", "utf8sig"}
    say(json.dumps(value, indent=2, ensure_ascii=not unicode_ok, default=str))


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    drop: Sequence[str] = (),
    prose: Collection[str] = (),
) -> None:
    """Format a table: as wide as the terminal at most, uncut in a pipe. See :func:`composio.cli.table.fit_table`."""
    from rich.console import Console
    from rich.text import Text

    from composio.cli.table import fit_table

    cells = [[_in_one_line("" if cell is None else str(cell)) for cell in row] for row in rows]
    console = Console(highlight=False)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    table = fit_table(columns, cells, width, drop=drop, prose=prose)
    with console.capture() as captured:
        for line in table.header:
            console.print(Text(line, style="bold"), soft_wrap=True)
    for line in captured.get().split("\n")[:-1]:
        typer.echo(line)  # including the terminal's own escape sequences
    for line in table.lines:
        typer.echo(line)
    if table.dropped:
        note(f"Hidden at this width: {', '.join(table.dropped)}. Widen the terminal or use --json.")


def print_listing(
    found: Sequence[Listed],
    columns: Sequence[str],
    row: Callable[[Listed], Sequence[object]],
    *,
    as_json: bool,
    none: str,
    drop: Sequence[str] = (),
    prose: Collection[str] = (),
) -> None:
    """Print the results: JSON, or a table with a ``row`` each, or the note ``none`` if there are none."""
    if as_json:
        print_json([one.listing() for one in found])
    elif found:
        print_table(columns, map(row, found), drop=drop, prose=prose)
    else:
        note(none)


def _in_one_line(text: str) -> str:
    """Return ``text`` for a table cell, in which no value may look like another row."""
    return visible(text.replace("\r\n", "\n").replace("\n", " "))


def print_record(record: Mapping[str, Any]) -> None:
    """Print one thing, with a line for each field."""
    known = {name.replace("_", " "): _show(value) for name, value in record.items()}
    known = {name: value for name, value in known.items() if value}
    width = max(map(len, known), default=0)
    for name, value in known.items():
        say(f"{name.capitalize():<{width + 1}} {value}")


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def nearest_ids(given: str, known: Sequence[str]) -> list[str]:
    """Return the ids that ``given`` probably means: those that it is a prefix of, else the nearest."""
    from composio.errors import nearest

    begun = [one for one in known if given.strip() and one.startswith(given.strip())]
    return begun or nearest(given, known)


def say(text: str = "", *, err: bool = False) -> None:
    """Print ``text`` and a line feed on stdout or stderr, escaped where the terminal would not show it literally."""
    typer.echo(visible(text.replace("\r\n", "\n")), err=err)


def note(message: str) -> None:
    """Print a line on stderr, so that stdout has only the result."""
    say(message, err=True)


def complain(message: str) -> None:
    """Print an error message on stderr."""
    note(f"Error: {message}")


def complain_json(message: str, kind: str) -> None:
    """Like :func:`complain`, for programs: ``{"error": message, "type": kind}`` on one line."""
    note(json.dumps({"error": message, "type": kind}))


def complain_of(error: BaseException) -> None:
    """Print the traceback of an unexpected error on stderr."""
    note("".join(traceback.format_exception(error)).rstrip())


def prompt(text: str, *, hide: bool) -> str:
    """Read a line from the terminal, "" for none; without echo if it is secret."""
    typed: str = typer.prompt(visible(text), hide_input=hide, err=True, default="", show_default=False)
    return typed


def confirm(question: str, *, abort: bool = True) -> bool:
    """Ask for confirmation and return the answer; with ``abort``, anything but yes ends the command."""
    answer: bool = typer.confirm(visible(question), default=False, abort=abort, err=True)
    return answer


def guard_streams() -> None:
    """Escape also what Python prints itself: warnings, and records of unconfigured loggers."""
    written = warnings.formatwarning

    def formatted(*args: Any, **more: Any) -> str:
        return visible(written(*args, **more))

    warnings.formatwarning = formatted
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Escaping())


class _Escaping(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))
