"""``composio plugins``: installed plugins, their frameworks, and their problems."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from composio.cli.output import note, print_json, print_table
from composio.cli.session import Session

__all__ = ["plugins"]


def plugins(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List plugins: version, framework, whether its installed version was tested, what is broken and what conflicts.

    Example: composio plugins --json
    """
    known = Session.of(ctx).plugins
    if foreign := known.foreign():
        note(foreign)
    rows = known.describe()
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            ("NAME", "VERSION", "FRAMEWORK", "INSTALLED", "TESTED", "IN RANGE", "PROBLEM"),
            map(_row, rows),
            drop=("TESTED", "VERSION"),
            prose=("PROBLEM",),
        )
    else:
        note("No plugins are installed. For example: pip install opencomposio-openai")


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    answer = {True: "yes", False: "no", None: "-"}[row["in_tested_range"]]
    problems = [row["error"], *row["conflicts"]] if row["error"] else row["conflicts"]
    installed = row["framework_version"] or ("not installed" if row["package"] else "-")
    return row["name"], row["version"], row["framework"] or "-", installed, row["tested"] or "-", answer, "; ".join(problems)
