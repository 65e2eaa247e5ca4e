"""One bad plugin never kills the host."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from composio.plugin import Framework, hookimpl
from composio.plugin.manager import OFF_SWITCH, PluginManager

MODULES = {
    "good_plugin": """
from composio.plugin import Framework, hookimpl

@hookimpl
def register_frameworks(register):
    register(Framework(name="good", toolset="good:ToolSet", package="good", requires=">=1"))
""",
    "broken_import": "raise RuntimeError('half an installation')\n",
    "exiting_plugin": "raise SystemExit(3)\n",
    "wrong_signature": """
from composio.plugin import hookimpl

@hookimpl
def register_frameworks(nonsense):
    pass
""",
    "raising_hook": """
from composio.plugin import hookimpl

@hookimpl
def register_frameworks(register):
    raise KeyError('framework')
""",
}


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginManager:
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return PluginManager([metadata.EntryPoint(name, name, "composio") for name in MODULES])


def test_the_good_one_works_beside_the_broken_ones(manager: PluginManager) -> None:
    assert manager.frameworks() == {"good": Framework("good", "good:ToolSet", "good", ">=1")}


def test_each_broken_one_is_listed_with_its_reason(manager: PluginManager) -> None:
    manager.frameworks()
    errors = {loaded.name: loaded.error for loaded in manager.installed()}
    assert errors["good_plugin"] is None
    assert errors["broken_import"] == "RuntimeError: half an installation"
    assert errors["exiting_plugin"] == "SystemExit: 3"
    assert "nonsense" in str(errors["wrong_signature"])
    assert "KeyError" in str(errors["raising_hook"])


def test_the_off_switch_leaves_a_plugin_alone(manager: PluginManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OFF_SWITCH, "good_plugin, broken_import")
    assert manager.frameworks() == {}
    assert {p.name: p.error for p in manager.installed()}["good_plugin"] == f"disabled by {OFF_SWITCH}"


def test_an_applications_own_observer_can_come_and_go() -> None:
    seen: list[Any] = []

    class Observer:
        @hookimpl
        def observe(self, record: Any) -> None:
            seen.append(record)

    manager, observer = PluginManager([]), Observer()
    manager.register(observer)
    manager.hook.observe(record=SimpleNamespace(action="X"))
    manager.unregister(observer)
    manager.hook.observe(record=SimpleNamespace(action="Y"))
    assert [record.action for record in seen] == ["X"]


def test_the_first_framework_of_a_name_wins() -> None:
    class One:
        @hookimpl
        def register_frameworks(self, register: Any) -> None:
            register(Framework("x", "one:ToolSet"))
            register(Framework("x", "two:ToolSet"))

    manager = PluginManager([])
    manager.register(One())
    assert manager.frameworks()["x"].toolset == "one:ToolSet"
