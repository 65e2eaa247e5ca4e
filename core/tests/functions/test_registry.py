"""Which name means which function."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.errors import PluginError
from composio.functions.function import ActionFunction
from composio.functions.registry import REGISTRY, FunctionRegistry
from composio.functions.shipped import app_functions, function_actions


def make(name: str, *, module: str = "somewhere", toolname: str | None = None) -> ActionFunction[..., Any]:
    def tool(a: int) -> int:
        return a

    tool.__name__, tool.__qualname__, tool.__module__ = name, name, module
    return ActionFunction(tool, toolname=toolname)


def registry_of(*functions: ActionFunction[..., Any]) -> FunctionRegistry:
    registry = FunctionRegistry()
    for function in functions:
        registry.add(function)
    return registry


def is_github(name: str) -> bool:
    return name.lower() == "github"


@pytest.mark.parametrize("name", ["add", "ADD", "Add", "somewhere:add"])
def test_a_function_is_found_by_name_and_reference(name: str) -> None:
    add = make("add")
    assert registry_of(add).function(name) is add


def test_what_nobody_has_is_none() -> None:
    assert registry_of(make("add")).find("subtract") is None
    assert registry_of().find("") is None


@pytest.mark.parametrize(
    ("name", "is_app", "found"),
    [
        ("calc", is_github, True),
        ("CALC_ADD", is_github, True),
        ("add", is_github, True),
    ],
)
def test_a_tool_with_its_own_name_keeps_its_functions_as_an_alias(
    name: str, is_app: Callable[[str], bool], found: bool
) -> None:
    assert (registry_of(make("add", toolname="calc")).find(name, is_app) is not None) is found


def test_the_name_of_an_app_does_not_find_its_tools() -> None:
    registry = registry_of(make("topics", toolname="github"))
    assert registry.find("github", is_github) is None
    for name in ("topics", "GITHUB_TOPICS"):
        model = registry.find(name, is_github)
        assert model is not None
        assert model.app == "github"
    named = registry.find("github")
    assert named is not None
    assert named.slug == "github"


def test_defining_a_function_again_replaces_it() -> None:
    first, second = make("add"), make("add")
    registry = registry_of(first, second)
    assert list(registry) == [second]


def test_of_two_functions_with_one_name_the_newest_is_meant_and_a_warning_says_so() -> None:
    first, second = make("add", module="one"), make("add", module="two")
    registry = registry_of(first, second)
    with pytest.warns(UserWarning, match="one:add, two:add"):
        assert registry.function("add") is second
    assert registry.function("one:add") is first


def test_a_tools_name_goes_before_an_alias() -> None:
    named, aliased = make("add"), make("add", module="two", toolname="other")
    assert registry_of(named, aliased).function("add") is named


def test_names_are_listed_for_suggestions() -> None:
    registry = registry_of(make("add"), make("topics", toolname="github"))
    assert registry.names(is_github) == ["add", "topics"]


def test_a_forgotten_function_is_not_found() -> None:
    add = make("add")
    registry = registry_of(add)
    registry.discard(make("add"))
    assert registry.function("add") is add
    registry.discard(add)
    assert registry.function("add") is None


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module of an app's actions, importable while the test runs."""
    (tmp_path / "shop_actions_for_tests.py").write_text(
        "from composio import action\n"
        "@action\n"
        "def send_order(amount: int) -> int:\n"
        "    'Sends an order.'\n"
        "    return amount\n"
        "def helper(): ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "shop_actions_for_tests"
    sys.modules.pop("shop_actions_for_tests", None)
    for function in REGISTRY:
        if function.__module__ == "shop_actions_for_tests":
            REGISTRY.discard(function)


def test_functions_of_an_app_are_its_actions_and_nobody_elses_tools(shop: str) -> None:
    (model,) = function_actions(shop, "shop")
    assert (model.slug, model.app, model.description) == ("SHOP_SEND_ORDER", "shop", "Sends an order.")
    assert REGISTRY.find("send_order") is None
    passed_itself = REGISTRY.find(f"{shop}:send_order")
    assert passed_itself is not None
    assert passed_itself.slug == "SHOP_SEND_ORDER"
    assert "SHOP_SEND_ORDER" not in REGISTRY.names()


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(PluginError, match=r"nowhere\.actions.*'shop'"):
        app_functions("nowhere.actions", "shop")


def test_a_module_that_fails_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_actions_for_tests.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError, match=r"broken_actions_for_tests.*ZeroDivisionError"):
        app_functions("broken_actions_for_tests", "shop")


def test_two_functions_of_an_app_whose_names_differ_in_case_alone_are_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from composio import action\n"
    for name in ("send", "Send"):
        text += f'@action\ndef {name}() -> str:\n    """Send it."""\n    return \'sent\'\n'
    (tmp_path / "twins_for_tests.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        with pytest.raises(PluginError, match=r"twins_for_tests: send and Send are both the action SHOP_SEND.*another name"):
            list(function_actions("twins_for_tests", "shop"))
    finally:
        sys.modules.pop("twins_for_tests", None)


def test_functions_that_a_module_only_imports_stay_where_they_are() -> None:
    module = types.ModuleType("importing_for_tests")
    elsewhere = make("elsewhere")
    vars(module)["elsewhere"] = elsewhere
    sys.modules["importing_for_tests"] = module
    try:
        assert app_functions("importing_for_tests", "shop") == []
    finally:
        del sys.modules["importing_for_tests"]
    assert elsewhere.app is None


def test_a_module_s_own_package_may_hold_the_functions_that_it_exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "shop_for_tests"
    package.mkdir()
    (package / "__init__.py").touch()
    source = "from composio import action\n@action(toolname='shop')\ndef {}() -> str:\n    'Do it.'\n    return ''\n"
    (package / "more.py").write_text(source.format("exported") + source.format("kept_back"))
    (package / "actions.py").write_text(
        "from shop_for_tests.more import exported, kept_back\n__all__ = ['exported', 'own']\n" + source.format("own")
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = app_functions("shop_for_tests.actions", "shop")
    for function in list(REGISTRY):
        if function.__module__.startswith("shop_for_tests."):
            REGISTRY.discard(function)
    assert [one.name for one in found] == ["exported", "own"]
