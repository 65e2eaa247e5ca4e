"""Lay out a table for a terminal's width. Pure but for Rich.

Cells wrap at words. If that is not enough, the least important columns are dropped, then the first column gets its own line,
and finally every cell does. Values that people copy, such as names and ids, are never cut, and broken only if they are wider
than the terminal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["Table", "fit_table"]

_GAP, _INDENT = 2, 2
# The minimum width of a prose cell in characters; longer words in it, such as a URL, are broken.
_PROSE = 24


@dataclass(frozen=True, slots=True)
class Table:
    """``header`` and ``lines`` to print; ``dropped`` are the columns without room.

    Without a header, the lines contain the labels.
    """

    header: Sequence[str]
    lines: Sequence[str]
    dropped: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column's cells, its full width, and its minimum width."""

    label: str
    cells: Sequence[str]
    widest: int
    narrowest: int
    is_number: bool


def fit_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
    *,
    drop: Sequence[str] = (),
    prose: Collection[str] = (),
) -> Table:
    """Fit a table into ``width`` characters per line; None is unlimited.

    ``columns`` are labels; one that ends in ``#`` has numbers, aligned to the right. The first column names the row. ``drop``
    are labels that may be dropped, the least important first; ``prose`` are those whose cells wrap like text.
    """
    made = [_column(label, [row[index] for row in rows], prose) for index, label in enumerate(columns)]
    if width is None or _room([one.widest for one in made]) <= width:
        return _laid_out(made, [one.widest for one in made], stacked=False)
    width = max(width, _INDENT + 2)
    droppable = [label for label in drop if any(one.label == label for one in made)]
    for stacked in (False, True):
        for count in range(len(droppable) + 1):
            dropped = set(droppable[:count])
            kept = [one for one in made if one.label not in dropped and (one is made[0] or any(one.cells))]
            beside = kept[1:] if stacked else kept
            room = width - _INDENT if stacked else width
            if _room([one.narrowest for one in beside]) <= room:
                widths = _share(beside, room)
                return _laid_out(kept, [width, *widths] if stacked else widths, stacked=stacked, dropped=droppable[:count])
    kept = [one for one in made if one.label not in droppable]
    return Table([], list(_label(kept, width)), droppable)


def _column(label: str, cells: Sequence[str], prose: Collection[str]) -> _Column:
    from rich.cells import cell_len

    shown = label.removesuffix("#")
    everything = (shown, *cells)
    widest = max(map(cell_len, everything))
    longest = max(cell_len(word) for text in everything for word in text.split() or [""])
    return _Column(shown, cells, widest, min(widest, _PROSE) if shown in prose else longest, label.endswith("#"))


def _room(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * max(0, len(widths) - 1)


def _share(columns: Sequence[_Column], room: int) -> list[int]:
    """Compute each column's width: the minimum, plus a share of the rest, smallest needs first."""
    widths = [one.narrowest for one in columns]
    left = room - _room(widths)
    waiting = sorted(range(len(columns)), key=lambda n: columns[n].widest - columns[n].narrowest)
    for position, n in enumerate(waiting):
        more = min(columns[n].widest - widths[n], left // (len(waiting) - position))
        widths[n] += more
        left -= more
    return widths


def _label(columns: Sequence[_Column], width: int) -> Iterator[str]:
    """Put each cell on its own line after its label, below the first column's line."""
    labels = max((len(one.label) for one in columns[1:]), default=0)
    room = max(1, width - _INDENT - labels - _GAP)
    for n, name in enumerate(columns[0].cells):
        yield from _side_by_side([(name, width, False)])
        for one in columns[1:]:
            if one.cells[n]:
                yield from (
                    " " * _INDENT + line for line in _side_by_side([(one.label, labels, False), (one.cells[n], room, False)])
                )


def _laid_out(columns: Sequence[_Column], widths: Sequence[int], *, stacked: bool, dropped: Sequence[str] = ()) -> Table:
    def lines(cells: Sequence[str]) -> Iterator[str]:
        first = [(cells[0], widths[0], columns[0].is_number)]
        beside = list(zip(cells, widths, (one.is_number for one in columns), strict=True))
        if not stacked:
            yield from _side_by_side(beside)
            return
        yield from _side_by_side(first)
        for line in _side_by_side(beside[1:]):
            if line:
                yield " " * _INDENT + line

    header = list(lines([one.label for one in columns]))
    count = len(columns[0].cells)
    return Table(header, [line for n in range(count) for line in lines([one.cells[n] for one in columns])], list(dropped))


def _side_by_side(cells: Sequence[tuple[str, int, bool]]) -> Iterator[str]:
    """Return the lines of one row; each cell has its width and alignment."""
    wrapped = [_wrap(text, width) for text, width, _ in cells]
    for n in range(max(map(len, wrapped), default=0)):
        parts = []
        for (_, width, is_number), found in zip(cells, wrapped, strict=True):
            part = found[n] if n < len(found) else None
            plain = part.plain if part is not None else ""
            space = " " * max(0, width - (part.cell_len if part is not None else 0))
            parts.append(space + plain if is_number else plain + space)
        yield (" " * _GAP).join(parts).rstrip()


def _wrap(text: str, width: int) -> list[Text]:
    from rich.console import Console
    from rich.text import Text

    whole = Text(text, end="")
    if whole.cell_len <= width:
        return [whole]
    lines = list(whole.wrap(Console(width=width), width, overflow="fold"))
    for line in lines:
        line.rstrip()
    return lines
