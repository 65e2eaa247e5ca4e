"""Schemas out of signatures, hints and docstrings."""

import contextlib
import dataclasses
import datetime
import enum
import json
import math
import typing
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, Optional, TypedDict

import pytest
import typing_extensions
from pydantic import BaseModel, Field

from composio.errors import ToolDefinitionError
from composio.functions.describe import describe


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: str = Field(description="With the number")
    zip_code: int | None = None


class Person(BaseModel):
    name: str
    home: Address
    friends: "list[Person]" = []


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0


class Options(TypedDict, total=False):
    deep: bool
    where: typing.Required[Point]


def properties(function: Callable[..., Any]) -> dict[str, Any]:
    return describe(function).parameters.properties


def test_plain_types_and_defaults() -> None:
    def tool(a: int, b: str, c: float = 1.5, d: bool = False, e: list[int] = [1], f: dict[str, int] = {}) -> None:  # noqa: B006 - a default to be shown
        ...

    found = describe(tool)
    assert found.parameters.required == ["a", "b"]
    assert {n: p["type"] for n, p in found.parameters.properties.items()} == {
        "a": "integer",
        "b": "string",
        "c": "number",
        "d": "boolean",
        "e": "array",
        "f": "object",
    }
    assert found.parameters.properties["c"]["default"] == 1.5
    assert found.parameters.properties["e"]["default"] == [1]
    assert found.validation["additionalProperties"] is False


def test_descriptions_come_from_annotated_then_field_then_docstring() -> None:
    def tool(
        a: Annotated[int, "from text"],
        b: Annotated[int, Field(description="from field", ge=3)],
        c: int,
        d: int = Field(7, description="from default", lt=10),
    ) -> None:
        """Does it.

        Args:
            a: not this
            b: nor this
            c: from
               docstring
        """

    found = properties(tool)
    assert found["a"]["description"] == "from text"
    assert found["b"] == {"type": "integer", "description": "from field", "minimum": 3}
    assert found["c"]["description"] == "from docstring"
    assert (found["d"]["description"], found["d"]["default"], found["d"]["exclusiveMaximum"]) == ("from default", 7, 10)
    assert describe(tool).parameters.required == ["a", "b", "c"]
    assert describe(tool).text == "Does it."


@pytest.mark.parametrize(
    "docstring",
    [
        "Does it.\n\nArgs:\n    a (int): the first\n\nReturns:\n    nothing",
        "Does it.\n\nParameters\n----------\na : int\n    the first\n",
        "Does it.\n\n:param a: the first\n:returns: nothing\n",
    ],
    ids=["google", "numpy", "rest"],
)
def test_docstring_styles(docstring: str) -> None:
    def tool(a: int) -> None: ...

    tool.__doc__ = docstring
    found = describe(tool)
    assert found.text == "Does it."
    assert found.parameters.properties["a"]["description"] == "the first"


def test_a_docstring_without_parameters_is_kept_whole() -> None:
    def tool(a: int) -> None:
        """Does it.

        Note: twice.

        - and lists
        """

    assert describe(tool).text == "Does it.\n\nNote: twice.\n\n- and lists"


def test_without_a_docstring_the_name_speaks() -> None:
    def add_two_numbers(a: int) -> None: ...

    assert describe(add_two_numbers).text == "Add two numbers."


def test_choices_and_absence() -> None:
    def tool(
        a: Literal["x", "y"],
        b: Colour,
        c: Optional[int] = None,  # noqa: UP045 - the old spelling is the case
        d: int | None = None,
        e: str = None,  # type: ignore[assignment]  # noqa: RUF013 - the sloppy spelling is the case
    ) -> None: ...

    found = properties(tool)
    assert found["a"]["enum"] == ["x", "y"]
    assert found["b"]["enum"] == ["red", "blue"]
    assert describe(tool).parameters.required == ["a", "b"]
    for name in "cde":
        assert {"type": "null"} in found[name]["anyOf"]


def test_an_annotated_optional_is_said_once() -> None:
    def tool(
        a: Annotated[str | None, Field(description="A name")] = None,
        b: Annotated[str, Field(description="Another")] = None,  # type: ignore[assignment] # noqa: RUF013 - the default alone says it
    ) -> None: ...

    assert properties(tool) == {
        "a": {"description": "A name", "anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "b": {"anyOf": [{"description": "Another", "type": "string"}, {"type": "null"}], "default": None},
    }


def test_nested_and_recursive_models_are_inlined_for_models_and_faithful_for_validation() -> None:
    def tool(who: Person, at: Point, options: Options, many: list[Options] | None = None) -> None: ...

    found = describe(tool)
    assert {"Person", "Address", "Point", "Options"} <= set(found.validation["$defs"])
    assert "$ref" not in str(found.parameters)
    person = found.parameters.properties["who"]
    assert person["properties"]["home"]["properties"]["street"]["description"] == "With the number"
    assert found.parameters.properties["options"]["required"] == ["where"]


def test_what_is_injected_is_hidden() -> None:
    def tool(a: int, execute_request: Callable[..., Any], auth: dict[str, Any], entity_id: str = "x") -> None: ...

    found = describe(tool)
    assert found.injected == ("execute_request", "auth", "entity_id")
    assert list(found.parameters.properties) == ["a"]


def test_what_is_injected_needs_no_known_type() -> None:
    def tool(a: int, execute_request: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821 - the case

    assert describe(tool).injected == ("execute_request",)


def test_parameters_without_a_hint_take_anything() -> None:
    def tool(a, b=3, *, c: Any) -> None: ...  # type: ignore[no-untyped-def]

    assert properties(tool) == {"a": {}, "b": {"default": 3}, "c": {}}
    assert describe(tool).parameters.required == ["a", "c"]


def test_further_keywords_open_the_schema() -> None:
    def tool(a: int, **more: Any) -> None: ...

    assert describe(tool).validation["additionalProperties"] is True
    assert list(describe(tool).validation["properties"]) == ["a"]


@pytest.mark.parametrize("unpack", [typing.Unpack, typing_extensions.Unpack])
def test_an_unpacked_typed_dict_is_a_parameter_a_key(unpack: Any) -> None:
    class Page(TypedDict, total=False):
        where: typing.Required[Annotated[str, "What to search"]]
        limit: Annotated[int, Field(default=20, ge=1)]
        after: "typing.NotRequired[str | None]"

    def tool(deep: bool, execute_request: Any, **page: Any) -> None: ...

    tool.__annotations__["page"] = unpack[Page]
    found = describe(tool)
    assert found.validation["required"] == ["deep", "where"]
    assert found.validation["additionalProperties"] is False
    assert list(found.validation["properties"]) == ["deep", "where", "limit", "after"]
    assert found.validation["properties"]["where"]["description"] == "What to search"
    assert found.validation["properties"]["limit"] == {"default": 20, "minimum": 1, "type": "integer"}
    assert "default" not in found.validation["properties"]["after"]
    assert found.injected == ("execute_request",)
    assert found.own_defaults == {"limit"}


def test_keys_that_cannot_be_unpacked_are_refused() -> None:
    class Page(TypedDict):
        limit: int

    def twice(limit: int, **page: typing.Unpack[Page]) -> None: ...  # type: ignore[misc]  # the case

    def other(**page: typing.Unpack[int]) -> None: ...  # type: ignore[misc]  # the case

    with pytest.raises(ToolDefinitionError, match="`limit` is both a parameter and a key of Page"):
        describe(twice)
    with pytest.raises(ToolDefinitionError, match="not a TypedDict"):
        describe(other)


def test_no_parameters_is_an_empty_object() -> None:
    def tool() -> None: ...

    assert describe(tool).validation == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_a_default_that_only_python_can_express_is_not_shown() -> None:
    class Nothing: ...

    nothing = Nothing()

    def tool(a: int = nothing) -> None: ...  # type: ignore[assignment]

    assert "default" not in properties(tool)["a"]
    assert describe(tool).parameters.required == []


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (int, {"type": "integer"}),
        (None, {"type": "null"}),
        (datetime.date, {"type": "string", "format": "date"}),
    ],
)
def test_the_return_hint_is_the_response(hint: Any, schema: dict[str, Any]) -> None:
    def tool() -> Any: ...

    tool.__annotations__["return"] = hint
    assert describe(tool).response == schema


def test_a_model_as_return_hint() -> None:
    def tool() -> Address:
        return Address(street="x")

    assert describe(tool).response.required[0] == "street"


def test_a_return_hint_that_json_cannot_express_is_no_obstacle() -> None:
    class Handle: ...

    def tool() -> Handle:
        return Handle()

    def unknown() -> "Nowhere": ...  # type: ignore[name-defined]  # noqa: F821 - the case

    assert describe(tool).response == {}
    assert describe(unknown).response == {}


def test_star_arguments_are_refused_by_name() -> None:
    def tool(a: int, *rest: int) -> None: ...

    with pytest.raises(ToolDefinitionError, match=r"tool.*test_describe.py:\d+.*`\*rest`.*rest: list\[str\]"):
        describe(tool)


def test_positional_only_parameters_are_refused_by_name() -> None:
    def tool(a: int, /) -> None: ...

    with pytest.raises(ToolDefinitionError, match="`a` is positional-only"):
        describe(tool)


def test_methods_are_refused() -> None:
    class Tools:
        def tool(self, a: int) -> None: ...

    with pytest.raises(ToolDefinitionError, match="method"):
        describe(Tools.tool)


def test_a_top_level_function_may_call_a_parameter_self() -> None:
    def tool(self: int, cls: int) -> None: ...

    assert list(properties(tool)) == ["self", "cls"]


def test_a_type_that_json_cannot_express_is_refused_by_name() -> None:
    class Handle: ...

    def tool(a: int, b: Handle) -> None: ...

    def called(b: Callable[[], int]) -> None: ...

    with pytest.raises(ToolDefinitionError, match=r"`b` has the type .*Handle.*pydantic model"):
        describe(tool)
    with pytest.raises(ToolDefinitionError, match="`b` has the type"):
        describe(called)


def test_an_unknown_name_in_a_hint_is_named() -> None:
    def tool(a: "list[Nowhere]") -> None: ...  # type: ignore[name-defined]  # noqa: F821 - the case

    with pytest.raises(ToolDefinitionError, match="`a` names 'Nowhere'"):
        describe(tool)


def test_a_hint_that_is_no_type_is_refused() -> None:
    def tool(a: "1 +") -> None: ...  # type: ignore[valid-type]  # noqa: F722 - the case

    with pytest.raises(ToolDefinitionError, match="is not a type"):
        describe(tool)


def test_names_of_parameters_may_be_anything_python_allows() -> None:
    def tool(model_config: int, copy: str, schema: str, json: str, _private: int = 1) -> None: ...

    assert list(properties(tool)) == ["model_config", "copy", "schema", "json", "_private"]


def test_text_hints_mean_what_they_do_where_the_function_was_written() -> None:
    @contextlib.contextmanager
    def quietly() -> Iterator[None]:
        yield

    @quietly()  # its wrapper is contextlib's, where nobody knows a Person
    def tool(person: "Person") -> None: ...

    assert describe(tool).parameters.properties["person"]["properties"]["name"] == {"type": "string"}


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]
    limit: float = math.inf


def test_a_tagged_union_is_plain_json_schema() -> None:
    def tool(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> None: ...

    pet = describe(tool).parameters.properties["pet"]
    assert "discriminator" not in pet, "it would point at definitions that are not there"
    assert [branch["properties"]["kind"]["const"] for branch in pet["oneOf"]] == ["cat", "dog"]


def test_a_default_that_is_no_json_number_is_left_out() -> None:
    def tool(dog: Dog, limit: float = math.inf) -> None: ...

    shown = describe(tool).parameters
    assert shown.required == ["dog"]
    json.dumps(shown.model_dump(), allow_nan=False)
