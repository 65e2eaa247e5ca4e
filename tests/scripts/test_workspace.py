"""What the version and the plugins' folders decide is derived, and the workspace says what is derived."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.peers.scripts import load_script

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace() -> Any:
    return load_script("workspace")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """As much of the workspace as the script reads."""
    for file in [ROOT / "core/composio/__init__.py", *ROOT.glob("plugins/*/pyproject.toml")]:
        target = tmp_path / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    for name in ("pyproject.toml", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def run(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/workspace.py"), "--root", str(root), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def set_version(root: Path, version: str) -> None:
    file = root / "core/composio/__init__.py"
    file.write_text(
        re.sub(r'^__version__ = ".*"', f'__version__ = "{version}"', file.read_text("utf-8"), flags=re.MULTILINE), "utf-8"
    )


def test_the_workspace_says_what_is_derived(workspace: Any) -> None:
    assert workspace.check() == []


def test_every_plugin_is_an_extra_a_source_and_on_the_path_of_mypy() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    plugins = {file.parent.name for file in ROOT.glob("plugins/*/pyproject.toml")} - {"apps"}
    assert set(project["project"]["optional-dependencies"]) == plugins
    assert {f"opencomposio-{name}" for name in plugins} < set(project["tool"]["uv"]["sources"])
    assert {f"plugins/{name}" for name in plugins} < set(project["tool"]["mypy"]["mypy_path"])


def test_a_new_version_reaches_every_distribution_and_its_requirements(copy: Path) -> None:
    set_version(copy, "0.9.3")
    checked = run(copy, "--check")
    assert (checked.returncode, "plugins/langchain/pyproject.toml differs" in checked.stdout) == (1, True)
    assert run(copy).returncode == 0
    assert run(copy, "--check").returncode == 0
    for file in copy.glob("**/pyproject.toml"):
        project = tomllib.loads(file.read_text("utf-8"))["project"]
        assert project["version"] == "0.9.3"
        stated = [*project["dependencies"], *(r for extra in project.get("optional-dependencies", {}).values() for r in extra)]
        assert all(r.endswith(">=0.9,<0.10") for r in stated if r.startswith("opencomposio-")), file


def test_nothing_is_written_where_everything_agrees(copy: Path) -> None:
    assert run(copy).stdout == ""


def test_what_the_lock_lacks_is_named(copy: Path) -> None:
    file = copy / "requirements-dev.txt"
    file.write_text(file.read_text("utf-8").replace("\nruff==", "\nnot-ruff=="), "utf-8")
    checked = run(copy, "--check")
    assert (checked.returncode, checked.stdout) == (1, "requirements-dev.txt lacks ruff; run `nox -s workspace -- --lock`.\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("core/composio/__init__.py", "__version__", "version", "states no __version__"),
        ("pyproject.toml", "# /sources", "#", "found no `# sources: made by nox -s workspace` with `# /sources` after it"),
        ("plugins/openai/pyproject.toml", "\nversion = ", "\nvers = ", 'states no version; write `version = "'),
    ],
)
def test_what_cannot_be_derived_is_said_and_nothing_written(copy: Path, file: str, old: str, new: str, says: str) -> None:
    set_version(copy, "0.9.0")
    broken = copy / file
    broken.write_text(broken.read_text("utf-8").replace(old, new), "utf-8")
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    done = run(copy)
    assert done.returncode == 2
    assert says in done.stderr
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_the_lock_holds_no_address() -> None:
    assert "://" not in (ROOT / "requirements-dev.txt").read_text("utf-8")
