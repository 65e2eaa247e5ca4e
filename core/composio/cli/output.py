"""What commands print: JSON or tables on stdout, everything else on stderr.

Everything passes here, and nothing as it came: what APIs, apps and users' input say must not drive a terminal.
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
    """``value`` as indented JSON; escaped to ASCII only where the terminal can't show unicode."""
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
    """A table for people: as wide as the terminal at most, uncut in a pipe. See :func:`composio.cli.table.fit_table`."""
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
        typer.echo(line)  # with the terminal's own escape sequences
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
    """What was found: JSON, or a table with a ``row`` each, or the note ``none`` where there is nothing."""
    if as_json:
        print_json([one.listing() for one in found])
    elif found:
        print_table(columns, map(row, found), drop=drop, prose=prose)
    else:
        note(none)


def _in_one_line(text: str) -> str:
    """``text`` for a table, in which no value may look like another row."""
    return visible(text.replace("\r\n", "\n").replace("\n", " "))


def print_record(record: Mapping[str, Any]) -> None:
    """One thing for people, a line for each thing that is known of it."""
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
    """Ids that ``given`` was likely meant to be: those that it begins, as it was copied in part, else the most alike."""
    from composio.errors import nearest

    begun = [one for one in known if given.strip() and one.startswith(given.strip())]
    return begun or nearest(given, known)


def say(text: str = "", *, err: bool = False) -> None:
    """``text`` and a line feed on stdout, or on stderr; escaped where it would not be shown as it is."""
    typer.echo(visible(text.replace("\r\n", "\n")), err=err)


def note(message: str) -> None:
    """A line for people, on stderr, so that stdout stays what was asked for."""
    say(message, err=True)


def complain(message: str) -> None:
    """One clear error message on stderr."""
    note(f"Error: {message}")


def complain_json(message: str, kind: str) -> None:
    """As :func:`complain`, for programs: ``{"error": message, "type": kind}`` in one line."""
    note(json.dumps({"error": message, "type": kind}))


def complain_of(error: BaseException) -> None:
    """Where an unforeseen error happened, on stderr, as Python tells it."""
    note("".join(traceback.format_exception(error)).rstrip())


def prompt(text: str, *, hide: bool) -> str:
    """What is typed in a terminal, "" for nothing; not shown while it is typed where it is to be hidden."""
    typed: str = typer.prompt(visible(text), hide_input=hide, err=True, default="", show_default=False)
    return typed


def confirm(question: str, *, abort: bool = True) -> bool:
    """Ask, and give the answer; one that is not yes ends the command if it is to ``abort``."""
    answer: bool = typer.confirm(visible(question), default=False, abort=abort, err=True)
    return answer


def guard_streams() -> None:
    """Escape also what Python itself prints for others: warnings, and records of loggers that nobody set up."""
    written = warnings.formatwarning

    def formatted(*args: Any, **more: Any) -> str:
        return visible(written(*args, **more))

    warnings.formatwarning = formatted
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Escaping())


class _Escaping(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))
