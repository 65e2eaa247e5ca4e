"""What commands print: JSON or tables on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer

__all__ = ["clean", "complain", "note", "print_json", "print_table"]

# Wide enough that nothing is cut or wrapped where the output goes to a file or another program.
_UNLIMITED = 100_000


def print_json(value: Any) -> None:
    """``value`` as indented JSON; escaped to ASCII only where the terminal can't show unicode."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    unicode_ok = encoding.replace("-", "") in {"utf8", "utf8sig"}
    typer.echo(json.dumps(value, indent=2, ensure_ascii=not unicode_ok, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people: fitted to a terminal, uncut in a pipe. A column ending in ``#`` is a number, right-aligned."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    interactive = sys.stdout.isatty()
    console = Console(highlight=False, width=None if interactive else _UNLIMITED, soft_wrap=False)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=True)
    for column in columns:
        number = column.endswith("#")
        table.add_column(column.rstrip("#"), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean("" if cell is None else str(cell))) for cell in row))
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def clean(text: str) -> str:
    """``text`` without control characters: what an API's description says must not drive a terminal."""
    return "".join(c for c in text if c in "\n\t" or ((c.isprintable() or c.isspace()) and c not in "\r\x0b\x0c\x85"))


def note(message: str) -> None:
    """A line for people, on stderr, so that stdout stays what was asked for."""
    typer.echo(message, err=True)


def complain(message: str) -> None:
    """One clear error message on stderr."""
    typer.echo(f"Error: {clean(message)}", err=True)
