"""Does our MCP plugin answer the way the protocol's own conformance suite wants it?

Source: npm's ``@modelcontextprotocol/conformance``. Its scenarios are of the eras with a handshake; the stateless protocol has
tests of its own in ``plugins/mcp/tests/test_stateless.py``. A fixture server offers the tools that the scenarios prescribe.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance import _npm
from conformance._report import Options, Report, Row

VERSION = "0.1.16"
ROOT = Path(__file__).parent.parent
# What a server needs that has tools and nothing else. The others ask for prompts, resources, completion, logging, sampling and
# forms, none of which such a server declares; a scenario for them fails before it begins.
SCENARIOS = (
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-simple-text",
    "tools-call-image",
    "tools-call-audio",
    "tools-call-embedded-resource",
    "tools-call-error",
    "tools-call-with-progress",
    "json-schema-2020-12",
    "server-sse-polling",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
)
# Checks that fail by design, by id, and why.
OURS = {
    "json-schema-2020-12-$schema": "schemas are of the protocol's default dialect, and don't say so a thousand times",
    "json-schema-2020-12-$defs": "references are inlined: several providers refuse them",
}
_PATIENCE = 120  # seconds for one scenario
_SETTLED = frozenset({"SUCCESS", "INFO", "WARNING", "SKIPPED"})


def run(options: Options) -> Report:
    try:
        suite = _npm.install(options.folder, "@modelcontextprotocol/conformance", VERSION, "dist/index.js")
        python = _make_environment(options.folder)
        node = _npm.node()
    except _npm.Unavailable as error:
        return Report((), (f"the suite can't be run: {error}",))
    problems, passed, warnings = [], 0, []
    with _serving(python) as url:
        for scenario in SCENARIOS:
            checks = _ask(node, suite, url, scenario)
            failed = [one for one in checks if one["status"] not in _SETTLED and one["id"] not in OURS]
            warnings += [one["id"] for one in checks if one["status"] == "WARNING"]
            problems += [f"{scenario}: {one['id']}: {one.get('errorMessage', one['status'])}" for one in failed]
            if not checks:
                problems.append(f"{scenario}: the suite checked nothing")
            passed += bool(checks) and not failed
    rows = (
        Row("scenarios of a server with tools", f"{passed} pass", f"{len(SCENARIOS)}"),
        Row("checks that differ by design", str(len(OURS)), "; ".join(OURS.values())),
        Row("recommendations not followed", ", ".join(warnings) or "none"),
    )
    return Report(rows, tuple(problems))


def _ask(node: str, suite: Path, url: str, scenario: str) -> list[dict[str, Any]]:
    """The checks of one scenario, as the suite wrote them down."""
    with tempfile.TemporaryDirectory() as folder:
        command = [node, str(suite), "server", "--url", url, "--scenario", scenario, "--output-dir", folder]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=_PATIENCE, check=False)
        return [check for file in Path(folder).rglob("checks.json") for check in json.loads(file.read_text("utf-8"))]


@contextmanager
def _serving(python: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [str(python), "-m", "conformance._mcp_fixture"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def _make_environment(folder: Path) -> Path:
    """An interpreter with our plugin, whose requirements conflict with those of frameworks. Raises ``Unavailable``."""
    projects = [ROOT / "core", ROOT / "plugins" / "mcp"]
    digest = hashlib.sha256(b"".join((one / "pyproject.toml").read_bytes() for one in projects)).hexdigest()[:16]
    home = folder / f"mcp-{digest}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if (home / "made").exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    editable = [part for one in projects for part in ("-e", str(one))]
    for command in (
        [*uv, "venv", "--quiet", str(home)],
        [*uv, "pip", "install", "--quiet", "--python", str(python), *editable],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise _npm.Unavailable(done.stderr.strip()[-300:])
    (home / "made").touch()
    return python
