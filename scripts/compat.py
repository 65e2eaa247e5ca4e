"""How many of v0.7's action names mean something here, and the same operation: ``nox -s compat``.

Reads ``tests/compat/v07_actions.tsv`` (the names that the published SDK of v0.7 had, and the operation that each called where that
is known) and looks each up in the compiled catalog; apps that are not compiled yet are compiled first.

    python scripts/compat.py                  # a table by app
    python scripts/compat.py --json           # the same for programs
    python scripts/compat.py --wrong          # names that mean another operation here
    python scripts/compat.py --missing gmail  # an app's names that mean nothing here
    python scripts/compat.py --least 6000     # exit 1 if fewer resolve
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.model.action import ActionModel, HttpBinding

NAMES = Path(__file__).resolve().parents[1] / "tests" / "compat" / "v07_actions.tsv"
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


@dataclass(slots=True)
class Found:
    """The result for an app's names: ``same`` mean their original operation, ``alike`` one if the original is unknown."""

    app: str
    names: int = 0
    same: int = 0
    alike: int = 0
    wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    absent: bool = False  # the app does not exist here

    @property
    def resolved(self) -> int:
        return self.same + self.alike


def read_names(file: Path = NAMES) -> dict[str, dict[str, tuple[str, str]]]:
    """Return v0.7's action names by app, each with the method and path of its operation, empty if unknown."""
    apps: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            apps[row["app"]][row["name"]] = row["method"] or "", row["path"] or ""
    return apps


def is_same(action: ActionModel, method: str, path: str) -> bool | None:
    """Return whether an action calls an operation; None for functions, which may call any, and for an unknown operation.

    Placeholders may have other names, and one of the paths may begin with the other's server path.
    """
    binding = action.binding
    if not (method and path) or not isinstance(binding, HttpBinding):
        return None
    mine, other = (_PLACEHOLDER.sub("{}", one.partition("?")[0].rstrip("/")).lower() for one in (binding.path, path))
    return binding.method == method.upper() and (mine == other or mine.endswith(other) or other.endswith(mine))


def look_up(app: str, names: Mapping[str, tuple[str, str]], actions: Mapping[str, ActionModel]) -> Found:
    """Return what an app's v0.7 names mean among ``actions``, by all of their names."""
    found = Found(app, len(names))
    for name, (method, path) in names.items():
        action = actions.get(name)
        if action is None:
            found.missing.append(name)
        elif (same := is_same(action, method, path)) is None:
            found.alike += 1
        elif same:
            found.same += 1
        else:
            found.wrong.append(f"{name}: {method} {path} was called, {_describe_call(action)} is")
    return found


def _describe_call(action: ActionModel) -> str:
    binding = action.binding
    return f"{binding.method} {binding.path}" if isinstance(binding, HttpBinding) else "a function"


def look_up_all(backend: EmbeddedBackend, apps: Mapping[str, Mapping[str, tuple[str, str]]]) -> list[Found]:
    """Return the same for every app, with a progress bar on stderr."""
    results = []
    for app in track(sorted(apps), "Looking up", console=Console(stderr=True), transient=True):
        if not backend.catalog.knows(app):
            results.append(Found(app, len(apps[app]), missing=list(apps[app]), absent=True))
            continue
        try:
            actions = backend.catalog.select(apps=[app], everything=True)
        except ComposioError as error:
            sys.stderr.write(f"{app}: {error}\n")
            actions = []
        results.append(look_up(app, apps[app], {name: action for action in reversed(actions) for name in action.names}))
    return results


def show_table(results: list[Found]) -> Table:
    """Return apps with the most names first; those that do not exist here in one line."""
    table = Table("app", *(("names", "same operation", "not compared", "another one", "missing")))
    here = sorted((one for one in results if not one.absent), key=lambda one: (-one.names, one.app))
    rows = [(one.app, one.names, one.same, one.alike, len(one.wrong), len(one.missing)) for one in here]
    absent = [one for one in results if one.absent]
    if absent:
        count = sum(one.names for one in absent)
        rows.append((f"{len(absent)} apps that are not here", count, 0, 0, 0, count))
    totals = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)]
    for row in (*rows, ("all", *totals)):
        table.add_row(*map(str, row))
    return table


def main(arguments: list[str] | None = None) -> int:
    """Print the requested report; return 1 if fewer names than ``--least`` resolve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--wrong", action="store_true", help="print the names that mean another operation")
    parser.add_argument("--missing", metavar="APP", help="print an app's names that mean nothing")
    parser.add_argument("--least", type=int, default=0, help="how many names have to resolve")
    asked = parser.parse_args(arguments)
    backend = EmbeddedBackend()
    try:
        apps = read_names()
        if asked.missing and asked.missing not in apps:
            parser.error(f"v0.7 had no app {asked.missing!r}")
        results = look_up_all(backend, {asked.missing: apps[asked.missing]} if asked.missing else apps)
    finally:
        backend.close()
    _print(results, asked)
    resolved = sum(one.resolved for one in results)
    if resolved < asked.least:
        sys.stderr.write(f"{resolved} names resolve; {asked.least} have to.\n")
        return 1
    return 0


def _print(results: list[Found], asked: argparse.Namespace) -> None:
    if asked.json:
        sys.stdout.write(json.dumps([asdict(one) | {"resolved": one.resolved} for one in results], indent=2) + "\n")
    elif asked.wrong or asked.missing:
        lines = [line for one in results for line in (one.wrong if asked.wrong else one.missing)]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    else:
        Console().print(show_table(results))


if __name__ == "__main__":
    raise SystemExit(main())
