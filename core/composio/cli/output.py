"""What commands print: JSON or tables on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import typer

__all__ = ["clean", "complain", "complain_json", "nearest_ids", "note", "print_json", "print_record", "print_table"]

# Wide enough that nothing is cut or wrapped where the output goes to a file or another program.
_UNLIMITED = 100_000
# What the last column needs to be worth fitting; a narrower terminal wraps the lines itself.
_LAST_COLUMN = 20


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

    cells = [[clean("" if cell is None else str(cell)) for cell in row] for row in rows]
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
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def print_record(record: Mapping[str, Any]) -> None:
    """One thing for people, a line for each thing that is known of it."""
    known = {name.replace("_", " "): _shown(value) for name, value in record.items()}
    known = {name: value for name, value in known.items() if value}
    width = max(map(len, known), default=0)
    for name, value in known.items():
        typer.echo(f"{name.capitalize():<{width + 1}} {clean(value)}")


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


def clean(text: str) -> str:
    """``text`` without control characters: what an API's description says must not drive a terminal."""
    return "".join(c for c in text if c in "\n\t" or ((c.isprintable() or c.isspace()) and c not in "\r\x0b\x0c\x85"))


def note(message: str) -> None:
    """A line for people, on stderr, so that stdout stays what was asked for."""
    typer.echo(message, err=True)


def complain(message: str) -> None:
    """One clear error message on stderr."""
    typer.echo(f"Error: {clean(message)}", err=True)


def complain_json(message: str, kind: str) -> None:
    """As :func:`complain`, for programs: ``{"error": message, "type": kind}`` in one line."""
    typer.echo(json.dumps({"error": clean(message), "type": kind}), err=True)
