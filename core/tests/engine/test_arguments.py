"""Arguments that hold no object and no list are checked as all others are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.arguments import Checker
from composio.errors import InvalidArguments
from composio.model.action import ActionModel, HttpBinding, Parameter
from composio.schema.validate import Validator

TYPES = {"number": {"type": "number"}, "count": {"type": "integer"}, "text": {"type": "string"}, "any": {}}
ACTION = ActionModel(
    slug="X_GET",
    app="x",
    validation={"properties": TYPES, "additionalProperties": False},
    binding=HttpBinding("GET", "/", parameters=tuple(Parameter(name, name, "query") for name in TYPES)),
)


class Number(float):
    """A float that is not Python's own, as numpy's are."""


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Number("nan"), Number("-inf")])
@pytest.mark.parametrize("name", ["number", "any"])
def test_a_number_that_json_does_not_have_is_refused(name: str, number: float) -> None:
    with pytest.raises(InvalidArguments, match="finite number"):
        Checker().check(ACTION, {name: number})


def test_a_usual_number_is_taken() -> None:
    assert Checker().check(ACTION, {"number": 1.5, "any": Number(2)}) == {"number": 1.5, "any": 2.0}


@given(st.dictionaries(st.sampled_from(list(TYPES)), st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_whether_they_are_flat_changes_nothing(arguments: dict[str, Any]) -> None:
    def check() -> Any:
        try:
            return Checker().check(ACTION, dict(arguments))
        except InvalidArguments as error:
            return str(error)

    found = check()
    with pytest.MonkeyPatch.context() as patch:
        with_care = Validator.is_valid
        patch.setattr(Validator, "is_valid", lambda self, value, *, is_flat=False: with_care(self, value))
        assert repr(check()) == repr(found)
