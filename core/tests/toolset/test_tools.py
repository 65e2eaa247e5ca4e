"""Loading what a plugin's toolset names."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import FrameworkNotFound, InvalidRequest, PluginError, UntestedFrameworkWarning
from composio.framework import NeutralAdapter
from composio.plugin import Framework, hookimpl
from composio.plugin.manager import PluginManager, plugins
from composio.toolset.tools import _warn_if_untested, load_part, toolset_class


def test_a_part_is_itself_or_named() -> None:
    part = NeutralAdapter()
    assert load_part(part) is part
    assert isinstance(load_part("composio.framework:NeutralAdapter"), NeutralAdapter)


PLUGIN = """
from composio.plugin import Framework

def register_frameworks(register):
    register(Framework("lonely", "composio_lonely:ToolSet", {package!r}, {requires!r}))
"""


@pytest.fixture
def lonely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Writes a plugin whose adapter begins with ``imports``, and makes it importable."""

    def write(imports: str, package: str = "framework-of-many", requires: str = ">=1,<2") -> None:
        folder = tmp_path / "composio_lonely"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "_plugin.py").write_text(PLUGIN.format(package=package, requires=requires))
        (folder / "_adapter.py").write_text(f"{imports}\nclass Adapter: ...\n")
        monkeypatch.syspath_prepend(tmp_path)

    yield write
    for name in [name for name in sys.modules if name.startswith("composio_lonely")]:
        del sys.modules[name]
    _warn_if_untested.cache_clear()


def test_a_missing_framework_says_in_one_line_what_to_install(lonely: Callable[..., None]) -> None:
    lonely("import framework_that_nobody_has.tools")
    with pytest.raises(PluginError) as caught:
        load_part("composio_lonely._adapter:Adapter")
    assert str(caught.value) == (
        "composio_lonely needs its framework: No module named 'framework_that_nobody_has'. Run: pip install 'framework-of-many>=1,<2'"
    )


def test_a_framework_too_different_to_be_imported_is_told_from_a_missing_one(lonely: Callable[..., None]) -> None:
    lonely("from pytest import Tool", "pytest", "<1")
    with pytest.raises(PluginError) as caught:
        load_part("composio_lonely._adapter:Adapter")
    assert str(caught.value) == (
        f"composio_lonely was tested with pytest<1, not with {pytest.__version__}: cannot import name 'Tool' from 'pytest'."
        " Run: pip install 'pytest<1'"
    )


def test_an_untested_version_is_said_once_and_used(lonely: Callable[..., None]) -> None:
    lonely("import pytest", "pytest", "<1")
    with pytest.warns(UntestedFrameworkWarning, match=r"tested with pytest<1, not with .* pip install 'pytest<1'") as caught:
        made = [load_part("composio_lonely._adapter:Adapter") for _ in range(2)]
    assert len(made) == 2
    assert len(caught) == 1


def test_a_tested_version_is_not_worth_a_word(lonely: Callable[..., None]) -> None:
    lonely("import pytest", "pytest", ">1")
    assert load_part("composio_lonely._adapter:Adapter")


def test_a_mistake_inside_the_plugin_is_not_taken_for_a_missing_framework() -> None:
    with pytest.raises(ModuleNotFoundError):
        load_part("composio_nothing_of_this_name:Adapter")


def test_a_toolset_says_it_where_tools_are_made(lonely: Callable[..., None], tmp_path: Path) -> None:
    lonely("import framework_that_nobody_has")

    class Lonely(ComposioToolSet[object]):
        adapter = "composio_lonely._adapter:Adapter"

    with Lonely(home=tmp_path / "home") as toolset, pytest.raises(PluginError, match="pip install"):
        _ = toolset._adapter


def test_a_toolset_is_found_by_its_frameworks_name_however_it_is_written() -> None:
    composio_openai = pytest.importorskip("composio_openai")
    for name in ("openai", "OpenAI", " openai ", "composio_openai"):
        assert toolset_class(name, plugins()) is composio_openai.ComposioToolSet


def test_an_unknown_framework_is_told_from_the_nearest_ones() -> None:
    pytest.importorskip("composio_openai")
    with pytest.raises(FrameworkNotFound, match=r"Unknown framework 'opnai'\. Did you mean openai.*composio plugins"):
        toolset_class("opnai", plugins())


@pytest.mark.parametrize("name", [None, 7, object()])
def test_a_framework_is_a_name(name: Any) -> None:
    with pytest.raises(InvalidRequest, match='such as "langchain"'):
        toolset_class(name, plugins())


class Brings:
    @hookimpl
    def register_frameworks(self, register: Callable[[Framework], None]) -> None:
        register(Framework("own", "composio.toolset:ComposioToolSet"))


@pytest.mark.usefixtures("own_functions")
def test_frameworks_are_those_of_the_backends_plugins(tmp_path: Path) -> None:
    @action(toolname="own")
    def double(n: int) -> int:
        """Twice the number.

        :param n: a number
        """
        return 2 * n

    manager = PluginManager([])
    with closing(EmbeddedBackend(home=tmp_path, plugin_manager=manager)) as backend:
        toolset = ComposioToolSet(backend=backend)
        with pytest.raises(FrameworkNotFound, match="own"):
            toolset.get_tools([double], framework="own")
        manager.register(Brings())
        (tool,) = toolset.get_tools([double], framework="own")
        assert tool["parameters"]["required"] == ["n"]
