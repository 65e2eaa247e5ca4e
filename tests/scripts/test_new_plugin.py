"""``scripts/new_plugin.py`` writes a plugin that works as it is, or says why not and writes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "new_plugin.py"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """As much of the workspace as the script reads."""
    (tmp_path / "core" / "composio").mkdir(parents=True)
    shutil.copy(ROOT / "core" / "composio" / "__init__.py", tmp_path / "core" / "composio")
    for name in ("pyproject.toml", "conftest.py", "toxfile.py"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "tests" / "peers", tmp_path / "tests" / "peers")  # whose fixtures conftest.py takes
    return tmp_path


def new_plugin(workspace: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--root", str(workspace), "--", name]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_plugin_is_written_and_wired(workspace: Path) -> None:
    done = new_plugin(workspace, "my-framework")
    assert (done.returncode, done.stderr) == (0, "")
    plugin = workspace / "plugins" / "my-framework"
    files = {str(p.relative_to(plugin)) for p in plugin.rglob("*") if p.is_file()}
    assert {"pyproject.toml", "README.md", "LICENSE", "composio_my_framework/py.typed"} <= files
    assert not any("@" in (plugin / file).read_text("utf-8").replace("@hookimpl", "") for file in files if file != "LICENSE")

    project = tomllib.loads((plugin / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["entry-points"]["composio"] == {"my-framework": "composio_my_framework._plugin"}
    workspace_project = tomllib.loads((workspace / "pyproject.toml").read_text("utf-8"))
    source = {"path": "plugins/my-framework", "editable": True}
    assert workspace_project["tool"]["uv"]["sources"]["opencomposio-my-framework"] == source
    assert {"extra": "my-framework"} in workspace_project["tool"]["uv"]["conflicts"][0]
    extras = workspace_project["project"]["optional-dependencies"]
    assert extras["my-framework"][0].startswith("opencomposio-my-framework>=")
    assert "plugins/my-framework" in workspace_project["tool"]["mypy"]["mypy_path"]


def test_the_plugin_passes_its_own_tests_and_the_workspaces_checks(workspace: Path) -> None:
    assert new_plugin(workspace, "my-framework").returncode == 0
    plugin = workspace / "plugins" / "my-framework"
    environment = {**os.environ, "PYTHONPATH": str(plugin), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=workspace,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"

    run("pytest", "plugins/my-framework/tests", "-q", "-p", "no:cacheprovider")
    run("ruff", "check", "--no-cache", "plugins")
    run("ruff", "format", "--no-cache", "--check", "plugins")


def test_several_plugins_stand_beside_each_other(workspace: Path) -> None:
    assert [new_plugin(workspace, name).returncode for name in ("one", "two")] == [0, 0]
    project = tomllib.loads((workspace / "pyproject.toml").read_text("utf-8"))
    assert {"one", "two"} <= set(project["project"]["optional-dependencies"])


def test_nothing_is_overwritten(workspace: Path) -> None:
    assert new_plugin(workspace, "mine").returncode == 0
    adapter = workspace / "plugins" / "mine" / "composio_mine" / "_adapter.py"
    adapter.write_text("precious")
    before = (workspace / "pyproject.toml").read_text("utf-8")
    done = new_plugin(workspace, "mine")
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert adapter.read_text() == "precious"
    assert (workspace / "pyproject.toml").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("CrewAI", "Did you mean 'crew-ai'?"),
        ("my_framework", "Did you mean 'my-framework'?"),
        ("composio_x", "Did you mean 'x'?"),
        ("opencomposio-x", "try 'x'"),
        ("../escape", "Did you mean 'escape'?"),
        ("-x", "Did you mean 'x'?"),
        ("1st", "a letter first"),
        ("", "a letter first"),
        ("ünï", "no plugin name"),
        ("x" * 41, "at most 40"),
        ("core", "taken"),
    ],
)
def test_a_name_that_does_not_do_is_refused_with_a_better_one(workspace: Path, name: str, says: str) -> None:
    done = new_plugin(workspace, name)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (workspace / "plugins").exists()


def test_a_workspace_that_cannot_be_wired_is_left_alone(workspace: Path) -> None:
    (workspace / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    done = new_plugin(workspace, "mine")
    assert done.returncode == 2
    assert "made by nox -s workspace" in done.stderr
    assert not (workspace / "plugins").exists()


def test_outside_a_workspace_it_says_so(tmp_path: Path) -> None:
    done = new_plugin(tmp_path, "mine")
    assert done.returncode == 2
    assert "run this in the workspace" in done.stderr
