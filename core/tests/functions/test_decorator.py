"""What ``@action`` makes of a function, and what it refuses."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from composio import action
from composio.errors import ToolDefinitionError
from composio.functions.function import CUSTOM_APP, ActionFunction
from composio.model.action import FunctionBinding


def is_github(name: str) -> bool:
    return name.lower() == "github"


@action
def at_module_level(text: str) -> str:
    return text


def test_a_decorated_function_is_called_as_before() -> None:
    @action
    def add(a: int, b: int = 2) -> int:
        """Adds."""
        return a + b

    assert add(1) == 3
    assert add(1, b=4) == 5
    assert add.__name__ == "add"
    assert add.__doc__ == "Adds."


def test_an_asynchronous_function_stays_asynchronous() -> None:
    @action
    async def later(a: int) -> int:
        return a + 1

    assert asyncio.run(later(1)) == 2


def test_the_functions_name_is_the_tools() -> None:
    @action
    def add_numbers(a: int) -> int:
        """Adds."""
        return a

    assert add_numbers.model.slug == add_numbers.slug == add_numbers.name == "add_numbers"
    assert add_numbers.model.app == CUSTOM_APP
    assert add_numbers.model.description == "Adds."
    assert add_numbers.model.binding == FunctionBinding(reference=add_numbers.reference)


def test_a_toolname_that_is_no_app_names_the_tool() -> None:
    @action(toolname="calculator_multiply")
    def multiply(a: int) -> int:
        return a

    model = multiply.model_for(is_github)
    assert (model.slug, model.app) == ("calculator_multiply", CUSTOM_APP)
    assert {"MULTIPLY", "CALCULATOR_MULTIPLY_MULTIPLY"} <= model.names


def test_a_toolname_that_is_an_app_names_the_app() -> None:
    @action(toolname="GitHub")
    def get_topics(owner: str, execute_request: Callable[..., Any]) -> dict[str, Any]:
        return {}

    model = get_topics.model_for(is_github)
    assert (model.slug, model.app) == ("get_topics", "github")
    assert model.aliases == ("GITHUB_GET_TOPICS",)
    assert model.binding.injected == ("execute_request",)  # type: ignore[union-attr]  # a function's binding


def test_the_slug_finds_the_function_whatever_the_toolname_means() -> None:
    @action(toolname="github")
    def get_topics(owner: str) -> None: ...

    assert get_topics.slug in get_topics.model_for(is_github).names
    assert get_topics.slug in get_topics.model.names


def test_v07s_arguments_are_taken() -> None:
    @action(toolname="math", requires=["numpy"], tags=["sums"], description="Adds two.")
    def add(a: int) -> int:
        """Not this."""
        return a

    assert add.model.description == "Adds two."
    assert add.model.tags == ("sums",)


def test_text_annotations_may_name_what_stands_around_the_function() -> None:
    class Local(dict[str, int]): ...

    Alias = Annotated[int, "a number"]

    @action
    def uses(a: Alias, b: list[Alias], c: Annotated[str, f"at most {len('xx')}"]) -> Local:
        return Local()

    properties = uses.model.parameters.properties
    assert properties["a"] == {"type": "integer", "description": "a number"}
    assert properties["c"]["description"] == "at most 2"


def test_decorating_twice_is_decorating_once() -> None:
    def plain(a: int) -> int:
        return a

    again = action(action(plain))
    assert again.function is plain


def test_a_static_method_is_a_function() -> None:
    class Sums:
        @action
        @staticmethod
        def add(a: int) -> int:
            return a + 1

    assert Sums.add(1) == 2
    assert Sums.add.model.parameters.required == ["a"]


def test_a_module_level_function_is_copied_and_pickled_by_name() -> None:
    assert copy.deepcopy({"tool": at_module_level})["tool"] is at_module_level
    assert at_module_level.__reduce__() == "at_module_level"


@pytest.mark.parametrize("name", ["", "1st", "has space", "ünï", "x" * 65])
def test_a_toolname_that_no_provider_takes_is_refused(name: str) -> None:
    with pytest.raises(ToolDefinitionError, match="toolname"):

        @action(toolname=name)
        def tool(a: int) -> int:
            return a


def test_a_name_that_no_provider_takes_asks_for_a_toolname() -> None:
    with pytest.raises(ToolDefinitionError, match=r'@action\(toolname="..."\)'):

        @action
        def añadir(a: int) -> int:
            return a


@pytest.mark.parametrize("thing", [int, 5, len, print])
def test_only_functions_can_be_tools(thing: Any) -> None:
    with pytest.raises(ToolDefinitionError, match="goes on a function"):
        action(thing)


def test_a_repr_names_the_function() -> None:
    assert repr(ActionFunction(at_module_level.function)).startswith("<action at_module_level of ")
