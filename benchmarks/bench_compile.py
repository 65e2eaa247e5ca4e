"""Real descriptions into tools: CPU seconds and memory of compiling, beside two peers that read the same files.

Each run is a fresh process, ours and the peers' in turn; the clock of each starts before the description is parsed and ends
when its tools are there. Medians.
"""

from __future__ import annotations

import statistics
from typing import Any

import descriptions
import peers

RUNS = 5
BUDGETS = {
    "github": "<= 2 CPU s, <= 6x json.loads, <= 250 MiB",
    "stripe": "<= 2 CPU s, <= 15x json.loads, <= 250 MiB",
}


def rows() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for name, budget in BUDGETS.items():
        path = descriptions.path_of(name)
        runs: dict[str, list[dict[str, Any]]] = {who: [] for who in ("Composio", *peers.PEERS)}
        gave_up: dict[str, str] = {}
        for _ in range(RUNS):
            runs["Composio"].append(descriptions.in_process("child_compile.py", path))
            for peer in peers.PEERS.keys() - gave_up.keys():
                try:
                    runs[peer].append(_peer(peer, path))
                except descriptions.DoesNotFinish as error:
                    gave_up[peer] = str(error)
        for who, each in runs.items():
            measured = gave_up.get(who) or _figures(each)
            found.append((f"compile {name}: {who}", measured, budget if who == "Composio" else ""))
    graph = descriptions.in_process("child_compile.py", descriptions.path_of("graph"))
    found.append(("compile microsoft graph: Composio, one run", _figures([graph]), "<= 20x json.loads, <= 600 MiB"))
    return found


def _peer(peer: str, path: object) -> dict[str, Any]:
    return descriptions.in_peer(peer, {"fastmcp": "child_fastmcp.py", "google-adk": "child_adk.py"}[peer], path)


def _figures(runs: list[dict[str, Any]]) -> str:
    seconds, peak = (statistics.median(run[key] for run in runs) for key in ("seconds", "peak"))
    ratio = f" = {seconds / statistics.median(run['parse'] for run in runs):.1f}x json.loads" if "parse" in runs[0] else ""
    return f"{seconds:.2f} CPU s{ratio}, {peak:.0f} MiB, {runs[-1]['tools']} tools"
