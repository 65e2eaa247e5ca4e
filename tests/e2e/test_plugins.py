"""What holds for every plugin of the workspace: it is registered, described and tested at both ends of its framework."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from composio.plugin.manager import PluginManager

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))
PROJECTS = {folder.name: tomllib.loads((folder / "pyproject.toml").read_text("utf-8")) for folder in FOLDERS}
STATED = {name: project.get("tool", {}).get("composio", {}).get("framework") for name, project in PROJECTS.items()}
FRAMEWORKS = {name: framework for name, framework in STATED.items() if framework}


def ours() -> list[metadata.EntryPoint]:
    """The entry points of the workspace's plugins; whatever else is installed proves nothing here."""
    names = {project["project"]["name"] for project in PROJECTS.values()}
    return [point for point in metadata.entry_points(group="composio") if point.dist and point.dist.name in names]


def test_every_plugin_loads() -> None:
    loaded = {plugin.name: plugin.error for plugin in PluginManager(ours()).installed()}
    assert loaded == dict.fromkeys(PROJECTS)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_what_is_registered_is_what_the_project_states(name: str) -> None:
    framework = PluginManager(ours()).frameworks()[name]
    assert framework.package == FRAMEWORKS[name]
    assert framework.requires.startswith(">=")
    module, _, attribute = framework.toolset.partition(":")
    assert hasattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_plugin_is_typed_documented_and_licensed(folder: Path) -> None:
    packages = [p.parent for p in folder.glob("composio_*/__init__.py")]
    assert packages
    assert all((package / "py.typed").exists() for package in packages)
    assert (folder / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")
    readme = (folder / "README.md").read_text("utf-8")
    assert readme.startswith(f"# {PROJECTS[folder.name]['project']['name']}\n")
    assert "```python" in readme or folder.name not in FRAMEWORKS


def test_every_plugin_is_an_extra_of_the_whole_that_brings_nothing_else() -> None:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {name: project["project"]["name"] for name, project in PROJECTS.items()}
    assert [re.split("[><=]", one)[0] for one in whole["dependencies"]] == ["opencomposio-core", "opencomposio-apps"]
    extras = {name: [re.split("[><=]", one)[0] for one in extra] for name, extra in whole["optional-dependencies"].items()}
    assert extras == {name: [distribution] for name, distribution in names.items() if name != "apps"}


def test_no_line_installs_somebody_elses_package() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    line = re.compile(r"(?:pip install|uv add|uv pip install)[^\n]*?[ \t'\"](?:composio[-_][a-z]|composio\b(?![_.-]))")
    texts = {name: (ROOT / name).read_text("utf-8", errors="replace") for name in files if (ROOT / name).is_file()}
    assert {
        name: found[0] for name, text in texts.items() if name != "tests/e2e/test_plugins.py" and (found := line.search(text))
    } == {}


@pytest.fixture
def toxfile() -> Any:
    pytest.importorskip("tox", reason="tox runs the plugins; nox -s tests installs it")
    specification = importlib.util.spec_from_file_location("toxfile", ROOT / "toxfile.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_framework_is_tested_at_both_ends(toxfile: Any) -> None:
    environments = dict(toxfile.environments())
    assert {f"{name}-{factor}" for name in FRAMEWORKS for factor in ("lowest", "latest")} <= set(environments)
    for name, package in FRAMEWORKS.items():
        assert any(str(d).startswith(f"{package}==") for d in environments[f"{name}-lowest"]["deps"])
        assert not any("==" in str(d) for d in environments[f"{name}-latest"]["deps"])
        assert (ROOT / environments[f"{name}-lowest"]["plugin"] / "tests").is_dir()


def test_a_new_plugin_is_tested_before_it_names_a_framework(toxfile: Any) -> None:
    assert toxfile.framework_of({"project": {"name": "opencomposio-x"}, "tool": {"composio": {}}}) is None
    assert toxfile.ends_of(None) == [("latest", "")]


def test_a_framework_that_the_project_does_not_require_is_refused(toxfile: Any) -> None:
    project = {"project": {"name": "opencomposio-x", "dependencies": ["y>=1"]}, "tool": {"composio": {"framework": "x"}}}
    with pytest.raises(ValueError, match=r"opencomposio-x: .*'x' is not among"):
        toxfile.framework_of(project)


@pytest.mark.parametrize("requirement", ["x", "x<2", "x==1", "x~=1.2"])
def test_a_requirement_without_one_floor_is_refused(toxfile: Any, requirement: str) -> None:
    project = {"project": {"name": "opencomposio-x", "dependencies": [requirement]}, "tool": {"composio": {"framework": "X"}}}
    with pytest.raises(ValueError, match="state one lowest version"):
        toxfile.floor_of(toxfile.framework_of(project))
