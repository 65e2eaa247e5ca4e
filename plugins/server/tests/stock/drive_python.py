# mypy: ignore-errors
# ruff: noqa: PT017, T201 - no pytest is installed where this runs, and lines on stdout are its report
"""What programs of v0.7 do with composio-core 0.7.20, one operation after the other. Runs where that is installed, without pytest.

Prints one JSON line for each operation: ``{"operation": ..., "ok": ..., "why": ...}``.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import threading
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")

import requests  # noqa: E402 - after the warnings

from composio import Action, App  # noqa: E402
from composio.client import Composio  # noqa: E402
from composio.client.exceptions import HTTPError  # noqa: E402
from composio_openai import ComposioToolSet  # noqa: E402

OPERATIONS: list[tuple[str, Callable[[], Any]]] = []
STATE: dict[str, Any] = {}


def operation(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def keep(function: Callable[[], Any]) -> Callable[[], Any]:
        OPERATIONS.append((name, function))
        return function

    return keep


def toolset(**more: Any) -> Any:
    return ComposioToolSet(entity_id="ada", output_dir=Path(STATE["out"]), lock=False, **more)


def shared() -> Any:
    if "toolset" not in STATE:
        STATE["toolset"] = toolset()
    return STATE["toolset"]


def browse(url: str) -> None:
    """Somebody signs in at the provider and is sent back."""
    with urllib.request.urlopen(url) as page:
        page.read()


def succeeded(result: dict[str, Any]) -> dict[str, Any]:
    assert result["successful"] is True, result
    assert result["successfull"] is True, result
    assert result["error"] is None, result
    data: dict[str, Any] = result["data"]
    assert isinstance(data, dict), result
    return data


@operation("ComposioToolSet(), first time: the caches of apps, actions and triggers")
def _() -> None:
    made = toolset()
    made.client  # noqa: B018 - asks for the caches
    cache = Path(os.environ["COMPOSIO_CACHE_DIR"])
    assert (cache / "actions" / "KEYED_LIST_THINGS").exists()
    assert (cache / "apps" / "OPENLY").exists()


@operation("a wrong key is ApiKeyError")
def _() -> None:
    from composio.exceptions import ApiKeyError

    try:
        Composio(api_key="ck_wrong").api_key  # noqa: B018
    except ApiKeyError as error:
        assert "not valid" in str(error)
    else:
        raise AssertionError("it was taken")


@operation("get_apps()")
def _() -> None:
    apps = shared().get_apps(include_local=False)
    assert {"keyed", "openly", "signed"} <= {app.key for app in apps}
    assert any(app.no_auth for app in apps)


@operation("get_app(App.X)")
def _() -> None:
    assert shared().get_app(App.KEYED).name == "keyed"


@operation("get_auth_schemes(app), get_auth_scheme_for_app(app)")
def _() -> None:
    assert [one.auth_mode for one in shared().get_auth_schemes(App.KEYED)] == ["API_KEY"]
    assert shared().get_auth_scheme_for_app(App.SIGNED).auth_mode == "OAUTH2"


@operation("get_action(action)")
def _() -> None:
    assert shared().get_action(Action.KEYED_LIST_THINGS).name == "KEYED_LIST_THINGS"


@operation("get_action_schemas(actions=, check_connected_accounts=False)")
def _() -> None:
    (one,) = shared().get_action_schemas(actions=[Action.KEYED_CREATE_A_THING], check_connected_accounts=False)
    assert "$ref" not in json.dumps(one.parameters.model_dump())
    assert one.parameters.properties["part"]["properties"]["size"]["type"] == "integer"


@operation("get_action_schemas(apps=)")
def _() -> None:
    found = shared().get_action_schemas(apps=[App.OPENLY])
    assert "OPENLY_GET_ME" in {one.name for one in found}


@operation("find_actions_by_use_case(app, use_case=)")
def _() -> None:
    assert Action.OPENLY_LIST_THINGS in shared().find_actions_by_use_case(App.OPENLY, use_case="list the things")


@operation("find_actions_by_use_case(use_case=, advanced=True)")
def _() -> None:
    assert shared().find_actions_by_use_case(App.OPENLY, use_case="list the things", advanced=True)


@operation("find_actions_by_tags(app, tags=)")
def _() -> None:
    assert Action.OPENLY_GET_ME in shared().find_actions_by_tags(App.OPENLY, tags=["important"])


@operation("create_integration(app, auth_mode=)")
def _() -> None:
    STATE["integration"] = shared().create_integration(App.KEYED, auth_mode="API_KEY", use_composio_oauth_app=False)
    assert STATE["integration"].authScheme == "API_KEY"


@operation("get_integrations(app=), get_integration(id)")
def _() -> None:
    made = STATE["integration"]
    assert made.id in {one.id for one in shared().get_integrations(app=App.KEYED)}
    assert shared().get_integration(made.id).appName == "keyed"


@operation("get_expected_params_for_user(app=)")
def _() -> None:
    found = shared().get_expected_params_for_user(app=App.KEYED)
    assert [one.name for one in found["expected_params"] if one.required] == ["api_key"]


@operation("toolset.initiate_connection(app=, connected_account_params=)")
def _() -> None:
    made = shared().initiate_connection(app=App.KEYED, connected_account_params={"api_key": "ada-key"}, labels=["mine"])
    assert (made.connectionStatus, made.redirectUrl) == ("ACTIVE", None)
    STATE["keyed"] = made.connectedAccountId


@operation("toolset.initiate_connection without a required param is refused")
def _() -> None:
    try:
        shared().initiate_connection(app=App.KEYED)
    except Exception as error:
        assert "api_key" in str(error)
    else:
        raise AssertionError("it was begun")


@operation("toolset.initiate_connection(app=) by OAuth, wait_until_active")
def _() -> None:
    made = shared().initiate_connection(app=App.SIGNED)
    assert made.connectionStatus == "INITIATED"
    thread = threading.Timer(0.2, browse, [made.redirectUrl])
    thread.start()
    active = made.wait_until_active(client=shared().client, timeout=20)
    thread.join()
    assert (active.status, active.clientUniqueUserId) == ("ACTIVE", "ada")
    STATE["signed"] = active.id


@operation("toolset.initiate_connection(integration_id=)")
def _() -> None:
    made = shared().initiate_connection(
        integration_id=STATE["integration"].id, entity_id="grace", connected_account_params={"api_key": "grace-key"}
    )
    assert made.connectionStatus == "ACTIVE"


@operation("entity.initiate_connection(app)")
def _() -> None:
    made = shared().get_entity("joan").initiate_connection("signed", redirect_url="https://app.example/done")
    assert made.redirectUrl
    assert made.redirectUrl.startswith(os.environ["UPSTREAM"])


@operation("connection_request.save_user_access_data(...)")
def _() -> None:
    client, entity = shared().client, shared().get_entity("late")
    made = entity.initiate_connection("keyed", auth_mode="API_KEY", auth_config={}, use_composio_auth=False)
    assert made.connectionStatus == "INITIATED"
    made.save_user_access_data(client, {"api_key": "late-key"}, entity_id="late")
    assert client.connected_accounts.get(connection_id=made.connectedAccountId).status == "ACTIVE"


@operation("get_connected_accounts(), get_connected_account(id)")
def _() -> None:
    assert STATE["keyed"] in {one.id for one in shared().get_connected_accounts()}
    assert shared().get_connected_account(STATE["keyed"]).appUniqueId == "keyed"


@operation("entity.get_connection(app=), entity.get_connections()")
def _() -> None:
    entity = shared().get_entity("ada")
    assert entity.get_connection(app="keyed").id == STATE["keyed"]
    assert {one.clientUniqueUserId for one in entity.get_connections()} == {"ada"}


@operation("the token of a connection: connectionParams.headers")
def _() -> None:
    found = shared().client.connected_accounts.get(connection_id=STATE["signed"])
    headers = {name.lower(): value for name, value in found.connectionParams.headers.items()}
    assert headers["authorization"] == "Bearer token-of-code-1"


@operation("get_auth_params(app)")
def _() -> None:
    found = shared().get_auth_params(App.KEYED)
    assert {(one.in_, one.name.lower(), one.value) for one in found.parameters} >= {("header", "x-api-key", "ada-key")}


@operation("get_tools(actions=[X])")
def _() -> None:
    (tool,) = shared().get_tools(actions=[Action.KEYED_LIST_THINGS])
    assert tool["function"]["name"] == "KEYED_LIST_THINGS"


@operation("get_tools and execute_action by a name that the action had")
def _() -> None:
    (tool,) = shared().get_tools(actions=[Action.KEYED_THINGS_OF_OLD])
    assert tool["function"]["name"] == "KEYED_THINGS_OF_OLD"
    assert succeeded(shared().execute_action(Action.KEYED_THINGS_OF_OLD, {"color": "old"}))["query"] == "color=old"


@operation('get_tools(actions=[X @ "1_0"])')
def _() -> None:
    (tool,) = shared().get_tools(actions=[Action.KEYED_LIST_THINGS @ "1_0"])
    assert "color" in tool["function"]["parameters"]["properties"]


@operation("get_tools(apps=[APP])")
def _() -> None:
    assert {"KEYED_GET_ME"} <= {one["function"]["name"] for one in shared().get_tools(apps=[App.KEYED])}


@operation("handle_tool_calls(response)")
def _() -> None:
    from openai.types.chat import ChatCompletion

    call = {"id": "1", "type": "function", "function": {"name": "OPENLY_GET_ME", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer = ChatCompletion.model_validate(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        }
    )
    made = toolset()
    made.get_tools(actions=[Action.OPENLY_GET_ME])
    (result,) = made.handle_tool_calls(answer)
    assert succeeded(result)["path"] == "/me"


@operation("execute_action(X, params)")
def _() -> None:
    data = succeeded(shared().execute_action(Action.KEYED_LIST_THINGS, {"color": "red"}))
    assert (data["who"], data["query"]) == ("ada-key", "color=red")


@operation("execute_action(X, entity_id=)")
def _() -> None:
    assert succeeded(shared().execute_action(Action.KEYED_GET_ME, {}, entity_id="grace"))["who"] == "grace-key"


@operation("execute_action(X, connected_account_id=)")
def _() -> None:
    data = succeeded(shared().execute_action(Action.SIGNED_GET_ME, {}, connected_account_id=STATE["signed"]))
    assert data["who"] == "Bearer token-of-code-1"


@operation("execute_action of an app without credentials")
def _() -> None:
    data = succeeded(shared().execute_action(Action.OPENLY_CREATE_A_THING, {"name": "one"}))
    assert (data["who"], json.loads(data["body"])) == (None, {"name": "one"})


@operation("add_auth(app, parameters), execute_action")
def _() -> None:
    made = toolset()
    made.add_auth(app=App.KEYED, parameters=[{"in_": "header", "name": "X-Api-Key", "value": "given"}])
    assert succeeded(made.execute_action(Action.KEYED_GET_ME, {}, entity_id="nobody"))["who"] == "given"


@operation("an upstream's refusal is an unsuccessful result")
def _() -> None:
    result = shared().execute_action(Action.KEYED_LOOK_BEHIND, {})
    assert result["successful"] is False
    assert result["successfull"] is False
    assert "You may not see this" in result["error"]


@operation("an argument is a file")
def _() -> None:
    file = Path(STATE["out"]) / "notes.txt"
    file.write_text("what I wrote\n" * 1000)
    data = succeeded(shared().execute_action(Action.KEYED_SEND_A_FILE, {"attachment": str(file), "note": "x"}))
    assert data["type"] == "multipart/form-data"
    sent = data["parts"]["attachment"]
    assert sent == {"filename": "notes.txt", "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


@operation("a result is a file")
def _() -> None:
    data = succeeded(shared().execute_action(Action.KEYED_GET_THE_REPORT, {}))
    path = Path(data["file"])
    assert path.name == "report.pdf"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == os.environ["PDF_SHA256"]


@operation("execute_request(endpoint, method, app=)")
def _() -> None:
    answer = shared().execute_request("/things?a=1", "GET", app=App.KEYED)
    assert answer["successful"] is True, answer
    assert answer["data"]["who"] == "ada-key"


@operation("execute_request(endpoint, method, connection_id=, body=, parameters=)")
def _() -> None:
    parameters = [{"in_": "query", "name": "q", "value": "a b"}]
    answer = shared().execute_request(
        "/things", "post", connection_id=STATE["keyed"], body={"name": "x"}, parameters=parameters
    )
    assert answer["data"]["query"] == "q=a+b" or answer["data"]["query"] == "q=a%20b", answer
    assert json.loads(answer["data"]["body"]) == {"name": "x"}


@operation("a custom tool that calls execute_request")
def _() -> None:
    from composio import action

    @action(toolname="keyed")
    def who_am_i(execute_request: Any) -> str:
        """Say who I am.

        :return name: Whom the API knows me as.
        """
        return str(execute_request(endpoint="/me", method="GET", parameters=[])["data"]["who"])

    result = shared().execute_action(who_am_i, {})
    assert "ada-key" in json.dumps(result), result


@operation("the log of what ran locally")
def _() -> None:
    shared().client.logs.push({"connectionId": None, "actionName": "x", "request": {}, "response": {}, "isError": False})


@operation("integrations.remove(id)")
def _() -> None:
    client, made = shared().client, shared().create_integration(App.KEYED, auth_mode="API_KEY", force_new_integration=True)
    client.integrations.remove(made.id)
    try:
        client.integrations.get(id=made.id)
    except HTTPError as error:
        assert error.status_code == 404
    else:
        raise AssertionError("it is still there")


@operation("triggers.get(), get_active_triggers()")
def _() -> None:
    assert isinstance(shared().client.triggers.get(), list)
    assert shared().get_active_triggers() == []


@operation("triggers.callbacks.get()")
def _() -> None:
    shared().client.triggers.callbacks.get()


@operation("triggers.callbacks.set(url)")
def _() -> None:
    shared().client.triggers.callbacks.set("https://app.example/events")


@operation("triggers.enable(name, connected_account_id, config)")
def _() -> None:
    shared().client.triggers.enable("SCHEDULE_TRIGGER", STATE["keyed"], {"cron": "0 9 * * *"})


@operation("create_trigger_listener()")
def _() -> None:
    shared().create_trigger_listener(timeout=1)


@operation("the LangChain toolset: get_tools(actions=), invoke")
def _() -> None:
    from composio_langchain import ComposioToolSet as LangchainToolSet

    (tool,) = LangchainToolSet(entity_id="ada", lock=False).get_tools(actions=[Action.KEYED_LIST_THINGS])
    assert succeeded(tool.invoke({"color": "blue"}))["query"] == "color=blue"


def main() -> None:
    requests.packages.urllib3.disable_warnings()
    with tempfile.TemporaryDirectory() as folder:
        STATE["out"] = folder
        only = sys.argv[1:]
        for name, function in OPERATIONS:
            if only and not any(part in name for part in only):
                continue
            try:
                function()
            except BaseException as error:
                why = f"{type(error).__name__}: {error}".strip()[:600]
                print(json.dumps({"operation": name, "ok": False, "why": why}), flush=True)
            else:
                print(json.dumps({"operation": name, "ok": True, "why": ""}), flush=True)


main()
os._exit(0)  # background threads of the client's wait for hosts that are not here
