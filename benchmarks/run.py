"""Every figure in one run: ``nox -s bench``, or one of them: ``nox -s bench -- call``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table

import bench_accounts
import bench_call
import bench_compile
import bench_control
import bench_dashboard
import bench_egress
import bench_frameworks
import bench_import
import bench_jobs
import bench_lists
import bench_mcp
import bench_proofs
import bench_search
import bench_serialisation
import bench_server
import bench_shipped
import bench_size
import bench_tokens
import bench_tools
import bench_triggers

BENCHES: dict[str, Callable[[], Iterable[tuple[str, str, str]]]] = {
    "import": bench_import.rows,
    "size": bench_size.rows,
    "call": bench_call.rows,
    "control": bench_control.rows,
    "accounts": bench_accounts.rows,
    "egress": bench_egress.rows,
    "serialisation": bench_serialisation.rows,
    "compile": bench_compile.rows,
    "tools": bench_tools.rows,
    "tokens": bench_tokens.rows,
    "search": lambda: [*bench_shipped.rows(), *bench_search.rows()],
    "server": bench_server.rows,
    "mcp": bench_mcp.rows,
    "triggers": bench_triggers.rows,
    "jobs": bench_jobs.rows,
    "lists": bench_lists.rows,
    "dashboard": bench_dashboard.rows,
    "proofs": bench_proofs.rows,
    "frameworks": bench_frameworks.rows,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"Unknown benchmark {unknown[0]!r}; known are {', '.join(BENCHES)}.")
        return 2
    table = Table("what", "measured", "budget", title="Composio benchmarks")
    for name in names or BENCHES:
        for row in BENCHES[name]():
            print(*row, sep="  |  ", file=sys.stderr, flush=True)  # a figure may take minutes; the table comes last
            table.add_row(*row)
    Console(width=140).print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
