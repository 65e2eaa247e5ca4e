"""What each framework's plugin costs, in the framework's own environment at its latest version, which tox makes.

Taken by the contract suite's figure cases: a call inside the framework's own loop beside the same loop with a bare function of
the framework's, which sends the same request with a pooled httpx client.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUDGETS = {
    "import": "<= 0.3 CPU s, framework not imported",
    "build 100 tools": "<= 0.5 CPU s",
    "a call over a bare function's": "<= 2 ms at p50",
}
_RUNS = 5
_IMPORT = """
import sys, time
started = time.process_time()
from {package} import Action, ComposioToolSet
print(time.process_time() - started)
"""


def rows() -> list[tuple[str, str, str]]:
    """One row for each figure of each plugin that has a framework."""
    found = []
    for folder in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        name = folder.parent.name
        if name == "apps":
            continue
        python = _environment(name)
        figures = {"import": (_import_seconds(python, name), "CPU s"), **_figures(python, name)}
        found += [
            (f"{name}: {figure}", f"{value:.3f} {unit}" if unit == "CPU s" else f"{value:.2f} {unit}", BUDGETS[figure])
            for figure, (value, unit) in figures.items()
            if figure in BUDGETS
        ]
    return found


def _environment(name: str) -> Path:
    """The interpreter of tox's environment, made where it is missing."""
    environment = f"{name}-latest"
    command = [sys.executable, "-m", "tox", "run", "--notest", "--quiet", "--skip-pkg-install", "-e", environment]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ROOT / ".tox" / environment / "bin" / "python"


def _import_seconds(python: Path, name: str) -> float:
    code = _IMPORT.format(package=f"composio_{name.replace('-', '_')}")
    seconds = []
    for _ in range(_RUNS):
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
        seconds.append(float(done.stdout))
    return statistics.median(seconds)


def _figures(python: Path, name: str) -> Mapping[str, tuple[float, str]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "figures")
        command = [str(python), "-m", "pytest", "-q", "-k", "figure", f"plugins/{name}/tests"]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"COMPOSIO_FIGURES": str(file)}, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{name}: no figures could be taken:\n{done.stdout[-2000:]}")
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    # Of several ways to use one framework, the dearest.
    found: dict[str, tuple[float, str]] = {}
    for line in lines:
        value = max(line["value"], found.get(line["figure"], (line["value"], ""))[0])
        found[line["figure"]] = (value, line["unit"])
    return found
