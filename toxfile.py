"""Makes tox's environments out of the plugins' own ``pyproject.toml``: ``{plugin}-{lowest, latest}``.

A plugin says in ``[tool.composio] framework`` which of its requirements is the framework. ``lowest`` pins that one requirement
to the floor it states and lets everything else, test tools included, be as new as that allows; ``latest`` pins nothing, and is
all there is for a plugin that names no framework yet. Tools that only the tests need stand in the dependency group ``test``, other
plugins of ours in ``[tool.composio] tested_with``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tox.config.loader.memory import MemoryLoader
from tox.config.sets import ConfigSet
from tox.config.types import Command, EnvList
from tox.plugin import impl
from tox.session.state import State

ROOT = Path(__file__).parent
TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["plugin"]


def framework_of(project: dict[str, Any]) -> Requirement | None:
    """The requirement that is the plugin's framework; None for a plugin without one."""
    name = project.get("tool", {}).get("composio", {}).get("framework")
    if name is None:
        return None
    about = project["project"]
    stated = [*about.get("dependencies", ()), *(r for extra in about.get("optional-dependencies", {}).values() for r in extra)]
    for requirement in map(Requirement, stated):
        if canonicalize_name(requirement.name) == canonicalize_name(name):
            return requirement
    raise ValueError(f"{about['name']}: [tool.composio] framework = {name!r} is not among the project's requirements.")


def floor_of(requirement: Requirement) -> str:
    """``openai==1.66`` of ``openai>=1.66,<4``."""
    floors = [spec.version for spec in requirement.specifier if spec.operator == ">="]
    if len(floors) != 1:
        raise ValueError(f"{requirement}: state one lowest version, as in `{requirement.name}>=1.2,<3`.")
    return f"{requirement.name}=={floors[0]}"


def ends_of(framework: Requirement | None) -> list[tuple[str, str]]:
    """The factors and what each installs."""
    return [("lowest", floor_of(framework)), ("latest", str(framework))] if framework else [("latest", "")]


def environments() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each environment's name and its settings; ``plugin`` is its folder, ``types`` says whether mypy looks at it there."""
    for file in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        project = tomllib.loads(file.read_text("utf-8"))
        if "composio" not in project.get("tool", {}):
            continue
        plugin = file.parent
        beside = (ROOT / "plugins" / name for name in ("apps", *project["tool"]["composio"].get("tested_with", ())))
        ours = [f"-e {path}" for path in dict.fromkeys((ROOT / "core", *beside, plugin))]
        common = [*ours, *TOOLS, *project.get("dependency-groups", {}).get("test", ())]
        for factor, requirement in ends_of(framework_of(project)):
            settings = {
                "description": " with ".join(filter(None, (project["project"]["name"], requirement))),
                "deps": [*common, *filter(None, [requirement])],
                "plugin": plugin.relative_to(ROOT),
                "types": factor == "latest",
                "change_dir": str(ROOT),
            }
            yield f"{plugin.name}-{factor}", settings


@impl
def tox_extend_envs() -> list[str]:
    """The environments' names."""
    return [name for name, _ in environments()]


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:
    """The environments' settings, and that a bare ``tox`` runs all of them."""
    names = []
    arguments = state.conf.pos_args(None) or ("-q",)
    for name, settings in environments():
        plugin = settings.pop("plugin")
        commands = [Command(["python", "-m", "pytest", str(plugin / "tests"), *arguments])]
        if settings.pop("types"):
            # Here and not with the rest: a framework's types are there only where the framework is installed.
            packages = [str(package.parent.relative_to(ROOT)) for package in (ROOT / plugin).glob("composio_*/py.typed")]
            # A cache of its own: in one that all share, each would throw away what the others found in their frameworks.
            cache = str(ROOT / ".tox" / "mypy" / name)
            commands.append(Command(["python", "-m", "mypy", "--cache-dir", cache, *sorted(packages), str(plugin / "tests")]))
        state.conf.memory_seed_loaders[name].append(MemoryLoader(**settings, commands=commands))
        names.append(name)
    core_conf.loaders.insert(0, MemoryLoader(env_list=EnvList(names)))
