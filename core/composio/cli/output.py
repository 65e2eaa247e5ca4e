"""What commands print: JSON or tables on stdout, everything else on stderr.

Everything passes here, and nothing as it came: what APIs, apps and users' input say must not drive a terminal.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

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
    "print_record",
    "print_table",
    "prompt",
    "say",
]

# Wide enough that nothing is cut or wrapped where the output goes to a file or another program.
_UNLIMITED = 100_000
# What the last column needs to be worth fitting; a narrower terminal wraps the lines itself.
_LAST_COLUMN = 20


def print_json(value: Any) -> None:
    """``value`` as indented JSON; escaped to ASCII only where the terminal can't show unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    unicode_ok = encoding.replace("-", "") in {"utf8", "utf8sig"}
    say(json.dumps(value, indent=2, ensure_ascii=not unicode_ok, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people: fitted to a terminal, uncut in a pipe. A column ending in ``#`` is a number, right-aligned."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[_in_one_line("" if cell is None else str(cell)) for cell in row] for row in rows]
    # Names must be copyable: lines break between words, inside one only in the last column.
    longest = [
        max(len(word) for row in (columns, *cells) for word in (row[index].split() or [""])) for index in range(len(columns))
    ]
    longest[-1] = min(longest[-1], _LAST_COLUMN)
    console = Console(highlight=False)
    if not sys.stdout.isatty() or sum(longest) + 2 * len(longest) > console.width:
        console.width = _UNLIMITED
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, width in zip(columns, longest, strict=True):
        justify: Literal["right", "left"] = "right" if column.endswith("#") else "left"
        table.add_column(column.rstrip("#"), justify=justify, overflow="fold", min_width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().split("\n")[:-1]:
        typer.echo(line.rstrip())  # with the terminal's own escape sequences, around cells without any


def _in_one_line(text: str) -> str:
    """``text`` for a table, in which no value may look like another row."""
    return visible(text.replace("\r\n", "\n").replace("\n", " "))


def print_record(record: Mapping[str, Any]) -> None:
    """One thing for people, a line for each thing that is known of it."""
    known = {name.replace("_", " "): _shown(value) for name, value in record.items()}
    known = {name: value for name, value in known.items() if value}
    width = max(map(len, known), default=0)
    for name, value in known.items():
        say(f"{name.capitalize():<{width + 1}} {value}")


def _shown(value: Any) -> str:
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
