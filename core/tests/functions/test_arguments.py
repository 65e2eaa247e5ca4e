"""From JSON to a call, and back."""

import dataclasses
import datetime
import decimal
import enum
import math
import sys
import types
import uuid
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field

from composio.errors import InvalidArguments, PluginError, ToolDefinitionError
from composio.functions.arguments import bind, function_of, jsonable
from composio.functions.function import ActionFunction
from composio.model.action import ActionModel, FunctionBinding, HttpBinding


class Colour(enum.Enum):
    RED = "red"


class Person(BaseModel):
    name: str
    age: int = 3


@dataclasses.dataclass
class Point:
    x: float


def test_values_become_what_the_hints_ask_for() -> None:
    def tool(who: Person, at: Point, when: datetime.date, colour: Colour, ids: set[uuid.UUID], raw: Any, loose) -> None:  # type: ignore[no-untyped-def]
        ...

    known = uuid.uuid4()
    bound = bind(
        ActionFunction(tool),
        {
            "who": {"name": "Ada"},
            "at": {"x": 1},
            "when": "2026-01-02",
            "colour": "red",
            "ids": [str(known)],
            "raw": {"a": 1},
            "loose": [1],
        },
    )
    assert bound == {
        "who": Person(name="Ada"),
        "at": Point(1.0),
        "when": datetime.date(2026, 1, 2),
        "colour": Colour.RED,
        "ids": {known},
        "raw": {"a": 1},
        "loose": [1],
    }


def test_what_is_left_out_is_left_to_python() -> None:
    def tool(a: int, b: int = 2) -> int:
        return a + b

    assert bind(ActionFunction(tool), {"a": 1}) == {"a": 1}


def test_a_field_as_default_is_filled_in() -> None:
    def tool(a: int = Field(7), b: list[int] = Field(default_factory=list)) -> None: ...  # noqa: B008 - how pydantic's users write it

    assert bind(ActionFunction(tool), {}) == {"a": 7, "b": []}


def test_only_what_the_function_asks_for_is_injected() -> None:
    def tool(a: int, auth: dict[str, str], execute_request: Callable[..., Any]) -> None: ...

    offered = {"auth": {"token": "t"}, "entity_id": "me", "execute_request": print}
    assert bind(ActionFunction(tool), {"a": 1}, offered) == {"a": 1, "auth": {"token": "t"}, "execute_request": print}


def test_a_model_cannot_fill_what_is_injected() -> None:
    def tool(a: int, entity_id: str = "nobody") -> None: ...

    assert bind(ActionFunction(tool), {"a": 1, "entity_id": "the admin"}) == {"a": 1}
    assert bind(ActionFunction(tool), {"a": 1, "entity_id": "the admin"}, {"entity_id": "me"})["entity_id"] == "me"


def test_what_a_type_refuses_is_reported_in_full_and_without_the_value() -> None:
    def even(value: int) -> int:
        if value % 2:
            raise ValueError("an odd number")
        return value

    def tool(who: Person, n: Annotated[int, AfterValidator(even)], items: list[int]) -> None: ...

    with pytest.raises(InvalidArguments) as caught:
        bind(ActionFunction(tool), {"who": {"age": "secret"}, "n": 3, "items": [1, "secret"]})
    assert [p.path for p in caught.value.problems] == ["who.name", "who.age", "n", "items[1]"]
    assert caught.value.problems[0].expected == "a required property"
    assert "odd number" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_function_of_a_definition_is_the_one_at_hand() -> None:
    def tool(a: int) -> int:
        return a

    function = ActionFunction(tool)
    assert function_of(function.model) is function
    assert bind(function.model, {"a": 1}) == {"a": 1}


def test_a_plain_function_at_hand_will_do() -> None:
    def tool(a: int) -> int:
        return a

    model = ActionModel(slug="X", app="custom", binding=FunctionBinding(reference="m:tool", function=tool))
    assert function_of(model).function is tool


def test_a_function_known_by_reference_is_imported() -> None:
    def tool(a: int) -> int:
        return a

    module = types.ModuleType("referenced_for_tests")
    tool.__module__, tool.__qualname__ = module.__name__, "tool"
    vars(module)["tool"] = ActionFunction(tool)
    sys.modules[module.__name__] = module
    model = ActionModel(slug="SHOP_TOOL", app="shop", binding=FunctionBinding(reference="referenced_for_tests:tool"))
    try:
        found = function_of(model)
        assert found.function is tool
        assert found.app == "shop"
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize("reference", ["nowhere_at_all:tool", "json:no_such_function", "json"])
def test_a_reference_that_leads_nowhere_is_named(reference: str) -> None:
    model = ActionModel(slug="SHOP_TOOL", app="custom", binding=FunctionBinding(reference=reference))
    with pytest.raises(PluginError, match="SHOP_TOOL"):
        function_of(model)


def test_an_http_action_has_no_function() -> None:
    with pytest.raises(TypeError, match="X is not run by a function"):
        function_of(ActionModel(slug="X", app="y", binding=HttpBinding("GET", "/")))


class Opaque:
    def __str__(self) -> str:
        return "opaque"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (5, 5),
        ("x", "x"),
        (True, True),
        (Person(name="Ada"), {"name": "Ada", "age": 3}),
        (Point(1.5), {"x": 1.5}),
        ({"when": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)}, {"when": "2026-01-02T00:00:00Z"}),
        ((1, 2), [1, 2]),
        ({1}, [1]),
        (Colour.RED, "red"),
        (decimal.Decimal("1.50"), "1.50"),
        ([Opaque()], ["opaque"]),
        ({1: "a"}, {"1": "a"}),
        (b"text", "text"),
        (b"\xff\xfe", "__4="),
        ((n for n in range(2)), [0, 1]),
    ],
)
def test_results_become_json(value: Any, expected: Any) -> None:
    assert jsonable(value) == expected


def test_numbers_that_json_lacks_stay_numbers() -> None:
    assert math.isnan(jsonable(math.nan))


def test_a_value_that_contains_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ToolDefinitionError, match="returned a list that JSON can't express"):
        jsonable(endless)
