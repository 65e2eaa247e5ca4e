from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from composio.plugin import hookimpl
from composio.plugin.manager import PluginManager


def test_the_installed_plugins_are_listed(composio: Callable[..., Any]) -> None:
    pytest.importorskip("composio_openai")
    listed = {row["name"]: row for row in json.loads(composio("plugins", "--json").stdout)}
    assert listed["openai"]["framework"] == "openai"
    assert listed["openai"]["error"] is None
    shown = composio("plugins").stdout
    assert shown.splitlines()[0].split() == ["NAME", "VERSION", "FRAMEWORK", "INSTALLED", "TESTED", "IN", "RANGE", "PROBLEM"]


def test_plugins_are_those_of_the_backend_that_the_command_runs_on(composio: Callable[..., Any], backend: Any) -> None:
    backend.plugins = PluginManager([])
    assert json.loads(composio("plugins", "--json").stdout) == []
    assert composio("plugins").stderr.startswith("No plugins are installed.")


def test_commands_are_those_of_the_backends_plugins(composio: Callable[..., Any], backend: Any) -> None:
    class Brings:
        @hookimpl
        def register_commands(self, register: Callable[[str, str], None]) -> None:
            register("shout", "builtins:print")

    backend.plugins = PluginManager([])
    assert "shout" not in composio("--help").stdout
    backend.plugins.register(Brings())
    assert "shout" in composio("--help").stdout
