"""Run the parts: ``nox -s conformance -- [--all] [NAME ...]``. Exits with 1 where one of them found a problem."""

from __future__ import annotations

import argparse
import os
import pkgutil
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import conformance
from conformance._report import Options, Report, Row

# Problems of one part that are printed; their number always is.
_SHOWN = 50


def main(arguments: list[str] | None = None) -> int:
    parts = sorted(module.name for module in pkgutil.iter_modules(conformance.__path__) if not module.name.startswith("_"))
    parser = argparse.ArgumentParser(prog="nox -s conformance --", description=__doc__)
    parser.add_argument("--all", action="store_true", help="everything there is, instead of the sample that CI has time for")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes may work")
    parser.add_argument("parts", nargs="*", metavar="NAME", help=f"which parts; {', '.join(parts)}; all of them by default")
    chosen = parser.parse_args(arguments)
    if unknown := [name for name in chosen.parts if name not in parts]:
        parser.error(f"no part is called {unknown[0]!r}; there are {', '.join(parts)}")
    folder = Path(os.environ.get("COMPOSIO_HOME") or Path.home() / ".composio") / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    options = Options(everything=chosen.all, folder=folder, jobs=max(chosen.jobs, 1))
    console = Console(width=140)
    failed = [name for name in chosen.parts or parts if not _ran(name, options, console)]
    return 1 if failed else 0


def _ran(name: str, options: Options, console: Console) -> bool:
    module = import_module(f"conformance.{name}")
    run: Callable[[Options], Report] = module.run
    started = time.monotonic()
    report = run(options)
    seconds = Row("wall time", f"{time.monotonic() - started:.0f} s")
    table = Table("what", "found", "expected", title=f"{name}: {(module.__doc__ or '').partition(chr(10))[0]}")
    for row in (*report.rows, seconds):
        table.add_row(escape(row.what), escape(row.found), escape(row.expected))
    console.print(table)
    for problem in report.problems[:_SHOWN]:
        console.print(f"- {problem}", markup=False, highlight=False, soft_wrap=True)
    if report.problems:
        console.print(f"{name}: {len(report.problems)} problems.", markup=False)
    return not report.problems


if __name__ == "__main__":
    raise SystemExit(main())
