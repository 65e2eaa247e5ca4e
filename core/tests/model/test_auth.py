"""``auth=``: what may be passed, and what is said where it can't be meant; the value is never in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model import auth
from composio.model.auth import CustomAuth, CustomAuthParameter, ParamPlacement

VALUE = "planted-9f8e7d"
HEADER = CustomAuthParameter("X-Key", VALUE)


@pytest.mark.parametrize(
    "given",
    [
        {"parameters": [{"name": "X-Key", "value": VALUE, "in_": "header"}]},
        {"parameters": [{"name": "X-Key", "value": VALUE, "in": "HEADER"}]},
        {"parameters": {"name": "X-Key", "value": VALUE}},
        {"parameters": HEADER},
        {"parameters": (HEADER,)},
        [HEADER],
        HEADER,
    ],
)
def test_the_ways_to_pass_one_header(given: Any) -> None:
    found = CustomAuth.of(given)
    assert found is not None
    assert found.parameters == (HEADER,)
    assert found.parameters[0].in_ is ParamPlacement.Header
    assert VALUE not in repr(found)


def test_base_url_and_body_go_along() -> None:
    found = CustomAuth.of({"parameters": [], "baseUrl": "https://a.example", "body": {"a": {"b": [1, VALUE]}}})
    assert found is not None
    assert (found.base_url, found.body) == ("https://a.example", {"a": {"b": [1, VALUE]}})
    assert VALUE not in repr(found)
    assert CustomAuth.of(None) is None
    assert CustomAuth.of(found) is found
    assert CustomAuth.of({}) == CustomAuth()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"parametres": VALUE}, "unknown field 'parametres'; known are parameters, base_url, body"),
        ({"base_url": f"ftp://{VALUE}"}, "base_url must start with http:// or https://"),
        ({"body": VALUE}, "body must be an object, got str"),
        ({"body": [VALUE]}, "body must be an object, got list"),
        ({"parameters": VALUE}, "takes a list of CustomAuthParameter, not str"),
        (VALUE, "takes a list of CustomAuthParameter, not str"),
        (7, "takes a list of CustomAuthParameter, not int"),
        ([VALUE], "a parameter is a CustomAuthParameter or a dict, not str"),
        ([{"value": VALUE}], "each parameter needs a 'name'"),
        ([{"name": "X-Key"}], "each parameter needs a 'value'"),
        ([{"name": "X-Key", "value": VALUE, "inn": VALUE}], "takes name, value and in_, not inn"),
        ([{"name": "", "value": VALUE}], "`name` must not be empty"),
        ([{"name": "X-Key", "value": 7}], "'X-Key': `value` must be a string, got int"),
        ([{"name": "X-Key", "value": (VALUE,)}], "'X-Key': `value` must be a string, got tuple"),
        ([{"name": "X-Key", "value": VALUE, "in": "heder"}], "not 'heder'. Did you mean 'header'?"),
    ],
)
def test_what_can_not_be_meant_is_said_without_the_value(given: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        CustomAuth.of(given)
    assert message in str(caught.value)
    assert VALUE not in str(caught.value)


def test_a_parameter_compares_by_all_it_holds() -> None:
    assert CustomAuthParameter("X-Key", VALUE, "header") == HEADER
    assert hash(HEADER) == hash(CustomAuthParameter("X-Key", VALUE, "header"))
    assert CustomAuthParameter("X-Key", VALUE, "query") != HEADER
    assert HEADER != "X-Key"
    assert repr(HEADER) == "CustomAuthParameter(name='X-Key', in_='header', value='***')"


PARAMETER = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["X-Key", "", 7, None]),
        "value": st.sampled_from(["v", "", 7, None]),
        "in_": st.sampled_from(["header", "QUERY", "Path", "nowhere", ParamPlacement.Cookie, None]),
        "in": st.sampled_from(["query", "nowhere"]),
        "more": st.just(1),
    },
)
AUTH = st.fixed_dictionaries(
    {},
    optional={
        "parameters": st.lists(PARAMETER, max_size=2) | st.just(()) | st.none() | st.just("text"),
        "base_url": st.sampled_from(["https://a.example", "http://b", "ftp://c", "", None, 7]),
        "baseUrl": st.sampled_from(["https://a.example", None]),
        "body": st.sampled_from([{}, {"a": "b"}, None, "text"]),
        "unknown": st.just(1),
    },
)


def read(given: Any) -> Any:
    try:
        return CustomAuth.of(given)
    except (InvalidRequest, TypeError) as error:
        return type(error), str(error)


@over(AUTH)
def test_what_most_callers_pass_is_read_as_everything_else_is(given: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "_read_usual", lambda _: None)
        with_care = read(given)
    found = read(given)
    assert found == with_care
    if isinstance(found, CustomAuth):
        assert [type(one.in_) for one in found.parameters] == [ParamPlacement] * len(found.parameters)
