"""Values that must not be seen."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from composio.model.secret import (
    Environment,
    Secret,
    SecretValues,
    Veiled,
    hide_text,
    kind_of,
    unveil,
    veil,
)

TEXT = "planted-9f8e7d"


def test_a_secret_shows_nowhere_and_gives_itself_when_asked() -> None:
    secret = Secret(TEXT)
    assert TEXT not in f"{secret!r} {secret!s} {secret:>20} {[secret]}"
    assert secret.reveal() == secret.get_secret_value() == TEXT
    assert Secret(secret) == secret != Secret("other")
    assert secret != TEXT
    assert hash(secret) == hash(Secret(TEXT))
    assert bool(secret)
    assert not Secret("")
    assert Secret("\ud800") == Secret("\ud800")


def test_neither_is_pickled_nor_copied_into_the_clear() -> None:
    for hidden in (Secret(TEXT), SecretValues(a=TEXT)):
        with pytest.raises(TypeError, match=r"not pickled|are not pickled"):
            pickle.dumps(hidden)
        with pytest.raises(TypeError):
            copy.copy(hidden)


def test_secret_values_are_read_like_a_dict_and_show_their_names() -> None:
    values = SecretValues({"a": TEXT}, b="x") | {"c": "y"}
    assert dict(values) == {"a": TEXT, "b": "x", "c": "y"}
    assert repr(values) == "SecretValues({'a': '***', 'b': '***', 'c': '***'})"
    assert TEXT not in f"{values} {[values]}"
    assert values == {"a": TEXT, "b": "x", "c": "y"}
    assert hash(values) == hash(SecretValues(dict(values)))
    assert values.get_secret("a") == Secret(TEXT)
    assert values.get_secret("nope") is None


def test_what_callers_give_becomes_texts() -> None:
    values = SecretValues.of({"a": Secret(TEXT), "b": True, "c": 7, "d": None, "e": 1.5})
    assert dict(values) == {"a": TEXT, "b": "true", "c": "7", "e": "1.5"}
    assert SecretValues.of(values) is values
    assert dict(SecretValues.of(None)) == {}


GIVEN: dict[str, Any] = {"parameters": [{"name": "k", "value": TEXT}], "body": {"a": {"b": TEXT}}, "n": 1}


def test_what_a_caller_passed_is_veiled_all_the_way_down() -> None:
    hidden = veil(GIVEN)
    assert repr(hidden) == "Veiled({'parameters': '***', 'body': '***', 'n': '***'})"
    assert set(hidden) == set(GIVEN)
    assert len(hidden) == 3
    assert hidden["n"] == 1
    inner = hidden["parameters"]
    assert isinstance(inner[0], Veiled)
    assert inner[0]["value"] == Secret(TEXT)
    assert TEXT not in f"{inner} {inner[0]['value']} {hidden['body']}"
    assert hidden.get("nope") is None


@pytest.mark.parametrize("given", [None, 7, TEXT, {"a": TEXT}, (TEXT, {"a": TEXT})])
def test_unveiling_gives_it_back(given: Any) -> None:
    assert unveil(veil(given)) == given
    assert TEXT not in repr(veil(given))
    assert veil(veil(given)) is veil(given) or veil(veil(given)) == veil(given)


def test_an_unknown_object_and_what_hides_itself_are_left_alone() -> None:
    one, values = object(), SecretValues(a=TEXT)
    assert veil(one) is one
    assert veil(values) is values
    assert unveil(one) is one


@pytest.mark.parametrize(
    ("given", "kind"), [(TEXT, "str"), ({}, "dict"), ([], "list"), ((), "list"), (7, "int"), (None, "NoneType")]
)
def test_errors_call_its_type_by_the_callers_name(given: Any, kind: str) -> None:
    assert kind_of(veil(given)) == kind


def test_a_hidden_text() -> None:
    secret = Secret(TEXT)
    assert hide_text(secret) is secret
    assert hide_text(TEXT) == secret
    assert hide_text(7).reveal() == "7"


def test_an_environment_is_live_and_lists_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"A": "1"}
    environ = Environment(held)
    held["KEY"] = TEXT
    assert environ["KEY"] == environ.get("KEY") == TEXT
    assert sorted(environ) == ["A", "KEY"]
    assert repr(environ) == "Environment(2 variables)"
