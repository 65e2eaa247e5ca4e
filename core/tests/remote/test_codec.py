"""Values and errors on their way over the wire: nothing is lost, nothing is believed, nothing secret is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio import errors
from composio.backend import ActionQuery
from composio.errors import ComposioError, InvalidRequest, Problem
from composio.model.action import ActionModel, Body, FunctionBinding, HttpBinding, JsonSchema, MediaUpload, Server
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.auth import CustomAuth
from composio.model.call import CallOptions, Outcome, RawRequest, ToolCall, Who
from composio.model.connection import (
    Connection,
    ConnectionFilter,
    ConnectionStarted,
    Integration,
    NewConnection,
)
from composio.model.secret import SecretValues
from composio.remote.codec import decode, encode, from_json, to_json
from composio.remote.problems import read_error, write_error
from tests.peers.records import Records

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
AUTH = CustomAuth.of({"parameters": [{"name": "X", "value": "hush-hush", "in": "query"}], "body": {"a": 1}})
CONNECTION = Records.connection(labels=("a",), expires_at=5.5, values=SecretValues(api_key="hush-hush"))
SCHEME = AuthScheme("key", "API_KEY", fields=(AuthField("k", env=("K",), default="d"),), extra={"a": [1]}, security=("s",))


def there(kind: Any, value: Any) -> Any:
    return decode(kind, from_json(to_json(encode(value, kind))), strict=True)


@pytest.mark.parametrize(
    "value",
    [
        ActionQuery(names=("A",), tags=("b",), everything=True, limit=3),
        ToolCall(action="A", arguments={"a": [1, None]}, who=Who(entity_id="ada", auth=AUTH, app_auth={"x": CustomAuth()})),
        ToolCall(action="A", arguments='{"a": 1}', options=CallOptions(max_result_chars=500)),
        RawRequest(app="acme", endpoint="/me", body={"x": 1}, query={"q": 2}, headers={"h": "v"}, actions=("A",)),
        AppModel(key="acme", name="Acme", auth_schemes=(SCHEME,), categories=("crm",), compiled=True, actions=3),
        CONNECTION,
        ConnectionStarted(connection=CONNECTION, redirect_url="https://acme.example", expires_at=1.0),
        NewConnection(entity_id="ada", app="acme", values=SecretValues(api_key="hush-hush"), scopes=()),
        Outcome(successful=True, data={"a": [1, "é", None]}, more={"next": {"page": 2}}),
    ],
)
def test_every_value_arrives_as_it_was(value: Any) -> None:
    assert there(type(value), value) == value


@given(arguments=st.dictionaries(st.text(), JSON), entity=st.text(min_size=1))
def test_arguments_of_any_kind_arrive(arguments: dict[str, Any], entity: str) -> None:
    call = ToolCall(action="A", arguments=arguments, who=Who(entity_id=entity))
    assert there(ToolCall, call) == call


def test_halves_of_characters_and_deep_answers_arrive() -> None:
    assert from_json(to_json({"a": "\ud800"})) == {"a": "\ud800"}
    assert from_json(b"[" * 500 + b"]" * 500)
    with pytest.raises(ValueError, match="nests too deep"):
        from_json(b"[" * 200_000 + b"]" * 200_000)
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidRequest, match="nest too deep"):
        to_json(circle)


def test_what_only_one_process_can_use_stays_there() -> None:
    upload = MediaUpload("file", HttpBinding("POST", "/up", body=Body("multipart/form-data", "multipart", files=("file",))))
    binding = HttpBinding("GET", "/me", servers=(Server("https://acme.example", {"a": "b"}),), public=True, upload=upload)
    action = ActionModel(
        slug="ACME_ME", app="acme", parameters=JsonSchema(type="object"), validation={"secret": 1}, binding=binding
    )
    found = there(ActionModel, action)
    assert (found.binding.method, found.binding.public, found.binding.servers[0].url) == ("GET", True, "https://acme.example")
    assert found.binding.upload.binding.body.files == ("file",)
    assert (found.validation, found.parameters) == ({}, {"type": "object"})
    function = ActionModel(slug="F", app="acme", binding=FunctionBinding("os:system", function=print, injected=("auth",)))
    there_function = there(ActionModel, function).binding
    assert (there_function.reference, there_function.function, there_function.injected) == ("", None, ("auth",))
    call = ToolCall(action="A", spelling={"a": "b"}, options=CallOptions.of(upload_folder="/tmp", output_folder="/tmp"))
    assert encode(call) == {"action": "A", "options": {}}


def test_of_an_integration_the_names_of_its_values_travel_alone() -> None:
    made = Integration(
        id="i", app="a", name="n", auth_mode="OAUTH2", scheme="s", config=SecretValues(client_secret="hush-hush")
    )
    assert "hush-hush" not in json.dumps(encode(made))
    assert there(Integration, made).listing() == made.listing()


@pytest.mark.parametrize(
    ("kind", "sent", "said"),
    [
        (ToolCall, {}, "action: it is missing"),
        (ToolCall, [], "the body: expected an object, got a list"),
        (ToolCall, {"action": 5}, "action: expected a string, got a number"),
        (ToolCall, {"action": "A", "who": {"entity": "x"}}, "who: unknown field 'entity'"),
        (ToolCall, {"action": "A", "who": {"entity_id": None}}, "who.entity_id: expected a string, got null"),
        (ToolCall, {"action": "A", "options": {"upload_folder": "/"}}, "options: unknown field 'upload_folder'"),
        (ToolCall, {"action": "A", "options": {"max_result_chars": True}}, "max_result_chars: expected a whole number"),
        (ToolCall, {"action": "A", "who": {"auth": {"base_url": "file:///etc"}}}, "who.auth.base_url"),
        (ToolCall, {"action": "A", "who": {"auth": {"parameters": [{"name": "x"}]}}}, r"parameters\[0\].value: it is missing"),
        (ToolCall, {"action": "A", "who": {"auth": {"parameters": [{"name": "x", "value": "v", "in": "body"}]}}}, "in_"),
        (ConnectionFilter, {"labels": "a"}, "labels: expected a list, got a string"),
        (ConnectionFilter, {"project": "x"}, "unknown field 'project'"),
        (Connection, {**encode(CONNECTION), "status": "GONE"}, "status: expected one of INITIATED"),
        (NewConnection, {"entity_id": "a", "values": {"k": 5}}, "values.k: expected a string"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(kind: Any, sent: Any, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        decode(kind, sent, strict=True)


@given(sent=JSON)
def test_no_body_at_all_makes_anything_else_than_a_value_or_a_refusal(sent: Any) -> None:
    for kind in (ToolCall, RawRequest, NewConnection, ConnectionFilter, ActionQuery):
        try:
            decode(kind, sent, strict=True)
        except InvalidRequest:
            continue


def test_a_refusal_shows_nothing_of_what_was_sent() -> None:
    with pytest.raises(InvalidRequest) as caught:
        decode(NewConnection, {"entity_id": "a", "values": ["hush-hush"]}, strict=True)
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(decode(NewConnection, {"entity_id": "a", "values": {"api_key": "hush-hush"}}))


def test_a_newer_servers_answers_are_read_as_far_as_they_are_known() -> None:
    assert decode(Outcome, {"successful": True, "colour": "red"}) == Outcome(successful=True)


# Errors

ERRORS: list[ComposioError] = [
    errors.ActionNotFound("X", ["ACME_X"], hint="look", why="it is gone"),
    errors.MissingFields("acme", "the user", {"api_key": "From your profile"}),
    errors.ConnectionNotFound("acme", "No credentials."),
    errors.ConnectedAccountNotFound("ca_9", app="acme"),
    errors.ConnectionNotUsable("acme", "ca_1", "It has ended."),
    errors.ConnectionTimeout("late", code="timeout"),
    errors.TokenRequestFailed("no", code="x", status=400, later=True, wrong_client=True, hint="look"),
    errors.InvalidArguments("X", [Problem("a.b", "a number", "text", "give a number")]),
    errors.UpstreamTimeout("slow", status=504, retry_after=2.0, sent=False),
    errors.NotAvailable("use that"),
    errors.ActionNotAllowed("not that"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_raised_as_it_was_with_its_fields(error: ComposioError) -> None:
    found = read_error(from_json(to_json(write_error(error))))
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert {name: value for name, value in vars(found).items() if value is not None} == {
        name: value for name, value in vars(error).items() if value is not None
    }


class _Own(errors.AppNotFound):
    pass


def test_an_error_of_a_class_that_callers_do_not_know_is_the_nearest_that_they_do() -> None:
    assert type(read_error(write_error(_Own("x")))) is errors.AppNotFound
    unknown = read_error({"type": "SystemExit", "message": "no", "fields": {"code": 1}})
    assert type(unknown) is ComposioError


@given(sent=JSON)
def test_no_answer_makes_reading_an_error_fail(sent: Any) -> None:
    read_error(sent)
    read_error({"type": "NotFoundError", "message": "m", "fields": sent})
    read_error({"type": "InvalidArguments", "message": "m", "fields": {"problems": sent}})
    read_error({"type": "MissingFields", "message": "m", "fields": {"fields": sent}})
