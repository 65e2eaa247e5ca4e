"""Functions by the name that they share, and which of them the engine suggests."""

from __future__ import annotations

from composio.functions.decorator import action
from composio.functions.grouped import Grouped
from composio.functions.registered import RegisteredFunctions, ShippedFunctions


def test_a_shared_name_stands_for_its_functions_and_an_app_s_name_for_the_app() -> None:
    @action(toolname="grouped_sums")
    def add_up(a: int, b: int) -> int:
        return a + b

    @action(toolname="grouped_sums")
    def take_away(a: int, b: int) -> int:
        return a - b

    found = Grouped.of(["github", "Grouped_Sums", "unknown"], lambda name: name == "github")
    assert {one.slug for one in found.actions} == {one.model_for(lambda _: False).slug for one in (add_up, take_away)}
    assert found.others == ["github", "unknown"]
    assert Grouped.of(["grouped_sums"], lambda _: True) == Grouped([], ["grouped_sums"])


def test_a_project_suggests_no_function_of_the_process() -> None:
    @action
    def grouped_suggestion(a: int) -> int:
        return a

    assert grouped_suggestion.identity(lambda _: False)[0] in RegisteredFunctions().names()
    assert ShippedFunctions().names() == ()
