"""Loading what a plugin's toolset names."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio import ComposioToolSet
from composio._neutral import NeutralAdapter
from composio._tools import loaded
from composio.errors import PluginError
from composio.plugin import Framework, hookimpl
from composio.plugin.manager import plugins


def test_a_part_is_itself_or_named() -> None:
    part = NeutralAdapter()
    assert loaded(part) is part
    assert isinstance(loaded("composio._neutral:NeutralAdapter"), NeutralAdapter)


def test_a_missing_framework_says_in_one_line_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "composio_lonely.py").write_text("import framework_that_nobody_has.tools\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Plugin:
        @hookimpl
        def register_frameworks(self, register: object) -> None:
            assert callable(register)
            register(Framework("lonely", "composio_lonely:ToolSet", "framework-of-many", ">=1,<2"))

    plugin = Plugin()
    plugins().register(plugin)
    try:
        with pytest.raises(PluginError) as caught:
            loaded("composio_lonely:Adapter")
    finally:
        plugins().unregister(plugin)
    assert str(caught.value) == (
        "composio_lonely needs its framework, and 'framework_that_nobody_has' can't be imported."
        " Install it: pip install 'framework-of-many>=1,<2'"
    )


def test_a_mistake_inside_the_plugin_is_not_taken_for_a_missing_framework() -> None:
    with pytest.raises(ModuleNotFoundError):
        loaded("composio_nothing_of_this_name:Adapter")


def test_a_toolset_says_it_where_tools_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "composio_alone.py").write_text("import framework_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Alone(ComposioToolSet[object]):
        adapter = "composio_alone:Adapter"

    with Alone(home=tmp_path / "home") as toolset, pytest.raises(PluginError, match="pip install"):
        _ = toolset._adapter
