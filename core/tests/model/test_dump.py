"""Models dump as v0.7's did: under its names of fields as well as ours, without what is None where that is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from composio.client.collections import CustomAuthObject, SuccessExecuteActionResponseModel
from composio.client.params import ConnectionParams, ExpectedFieldInput
from composio.client.request import ConnectionRequest
from composio.model.action import ActionModel, FunctionBinding, HttpBinding, JsonSchema
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.connection import ConnectionStarted, Integration
from composio.model.dump import Dumps
from composio.model.secret import SecretValues
from tests.peers.records import Records

SCHEMA = JsonSchema(
    type="object", title="Get", properties={"a": {"type": "string", "default": None, "examples": ["x"]}}, required=["a"]
)
OAUTH = {
    "authorization_url": "https://a.example.com/auth",
    "token_url": "https://a.example.com/token",
    "default_scopes": ("r",),
}
NOBODY: Any = None  # no backend is asked
DICTS: Any = [{"in_": "header", "name": "X-Key", "value": "k"}]
KEY = AuthField("api_key", description="A key.")
CONNECTION = Records.connection(values=SecretValues({"access_token": "s3cret"}))
# Each model, and the fields that v0.7's had (of `connectionParams` only the attribute is here: it holds tokens).
MODELS: dict[str, tuple[Dumps, str]] = {
    "action": (
        ActionModel(slug="GITHUB_GET", app="github", parameters=SCHEMA, version="2", binding=HttpBinding("GET", "/")),
        "name description parameters response appName appId version available_versions tags logo display_name enabled",
    ),
    "schema": (SCHEMA, "properties title type required"),
    "app": (
        AppModel(key="github", name="GitHub", auth_schemes=(AuthScheme("oauth2", "OAUTH2", fields=(KEY,), extra=OAUTH),)),
        (
            "name key appId description categories meta logo docs group status enabled no_auth auth_schemes testConnectors"
            " documentation_doc_text configuration_docs_text"
        ),
    ),
    "scheme": (
        AuthScheme("oauth2", "OAUTH2", fields=(KEY,), extra=OAUTH),
        (
            "scheme_name auth_mode fields proxy authorization_url token_url default_scopes token_response_metadata client_id"
            " client_secret"
        ),
    ),
    "field": (
        KEY,
        (
            "name display_name displayName description type default required expected_from_customer get_current_user_endpoint"
            " is_secret"
        ),
    ),
    "integration": (
        Integration(id="int_1", app="github", name="GitHub", auth_mode="OAUTH2", scheme="oauth2", expected=(KEY,)),
        (
            "id name authScheme createdAt updatedAt enabled deleted appId appName expectedInputFields logo defaultConnectorId"
            " connections"
        ),
    ),
    "connection": (
        CONNECTION,
        "id status createdAt updatedAt appUniqueId appName integrationId clientUniqueUserId entityId",
    ),
    "request": (
        ConnectionRequest(NOBODY, ConnectionStarted(connection=CONNECTION)),
        "connectionStatus connectedAccountId redirectUrl",
    ),
    "expected field": (
        ExpectedFieldInput.of(KEY),
        "name type description displayName is_secret required expected_from_customer default get_current_user_endpoint",
    ),
    "auth": (
        CustomAuthObject(parameters=DICTS),
        "body base_url parameters",
    ),
    "params": (
        ConnectionParams(base_url="https://x.example.com", headers={"x-key": "k"}, query_params={}, fields={}),
        "body base_url parameters",
    ),
    "result": (SuccessExecuteActionResponseModel(successfull=True, data={}, error=None), "successful data error"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_dumps_the_fields_that_v0_7_had(kind: str) -> None:
    model, fields = MODELS[kind]
    shown = model.model_dump()
    assert set(fields.split()) <= set(shown)
    for name in fields.split():
        assert getattr(model, name, shown[name]) is not NotImplemented, "each is an attribute or a key"
    assert shown == model.dict() == json.loads(model.model_dump_json()) == json.loads(model.json(indent=2))


@pytest.mark.parametrize("kind", MODELS)
def test_fields_can_be_chosen_and_nones_left_out(kind: str) -> None:
    model, fields = MODELS[kind]
    first, *_rest = fields.split()
    assert set(model.model_dump(include={first})) == {first}
    assert first not in model.model_dump(exclude={first})
    assert None not in model.model_dump(exclude_none=True, mode="json", by_alias=True).values()


@pytest.mark.parametrize("kind", MODELS)
def test_a_dump_is_the_callers_to_change(kind: str) -> None:
    model, _ = MODELS[kind]
    before = model.model_dump_json()
    for value in model.model_dump().values():
        if isinstance(value, dict):
            value["changed"] = True
        elif isinstance(value, list):
            value.append("changed")
    assert model.model_dump_json() == before


def test_leaving_out_none_leaves_a_schemas_own_alone() -> None:
    action, _ = MODELS["action"]
    assert action.model_dump(exclude_none=True)["parameters"]["properties"]["a"]["default"] is None


def test_a_connections_dump_has_no_credential() -> None:
    assert "s3cret" not in CONNECTION.model_dump_json()


def test_an_apps_scheme_says_where_users_and_codes_go() -> None:
    (scheme,) = MODELS["app"][0].model_dump()["auth_schemes"]
    assert (scheme["authorization_url"], scheme["token_url"], scheme["default_scopes"]) == (
        "https://a.example.com/auth",
        "https://a.example.com/token",
        ["r"],
    )
    assert scheme["fields"][0]["name"] == "api_key"


def test_what_v0_7_asked_of_an_action_is_there() -> None:
    http: Any = MODELS["action"][0]
    assert (http.appId, http.enabled, http.logo, http.available_versions, http.no_auth) == ("github", True, None, ["2"], False)
    assert http.parameters.title == "Get"
    public = ActionModel(slug="A_B", app="a", binding=HttpBinding("GET", "/", public=True))
    own = ActionModel(slug="A_C", app="a", binding=FunctionBinding("m:f"))
    asks = ActionModel(slug="A_D", app="a", binding=FunctionBinding("m:f", injected=("execute_request",)))
    assert [one.no_auth for one in (public, own, asks)] == [True, True, False]


def test_a_result_can_be_made_as_v0_7_made_it() -> None:
    made = SuccessExecuteActionResponseModel(successfull=False, data={"a": 1}, error="no")
    assert (made.successful, made.successfull, made.data, made.error) == (False, False, {"a": 1}, "no")
    with pytest.raises(TypeError, match="takes successful, data and error"):
        SuccessExecuteActionResponseModel(data={}, succesful=True)
    with pytest.raises(AttributeError, match="has no 'status'"):
        _ = made.status
