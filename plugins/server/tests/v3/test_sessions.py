"""Tool router sessions: what bounds an agent, and what it does within them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services

Api = Callable[..., Any]


@pytest.fixture
def account(api: Api) -> str:
    """Ada's, of the app that takes a key."""
    config = api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}})["auth_config"]["id"]
    state = {"authScheme": "API_KEY", "val": {"api_key": "k-secret-1"}}
    body = {"auth_config": {"id": config}, "connection": {"user_id": "ada", "state": state, "alias": "work"}}
    return str(api("POST", "/connected_accounts", body)["id"])


def begin(api: Api, **choices: Any) -> str:
    return str(api("POST", "/tool_router/session", {"user_id": "ada", **choices})["session_id"])


def run(api: Api, session: str, slug: str = "KEYED_GET_ME", **more: Any) -> Any:
    return api("POST", f"/tool_router/session/{session}/execute", {"tool_slug": slug, "arguments": {}, **more})


def test_a_session_runs_tools_as_its_user(api: Api, account: str) -> None:
    session = begin(api)
    done = run(api, session)
    assert (done["result_type"], done["data"]["who"]) == ("completed", "k-secret-1")
    assert api("GET", f"/logs/tool_execution/{done['log_id']}")["metadata"]["user_id"] == "ada"
    other = begin(api, user_id="eve")
    refused = run(api, other)
    assert refused["result_type"] == "failed"
    assert "eve" in refused["error"]


@pytest.mark.parametrize(
    "choices",
    [
        {"toolkits": {"enable": ["open"]}},
        {"toolkits": {"enable": []}},
        {"toolkits": {"disable": ["Keyed"]}},
        {"tools": {"keyed": {"disable": ["keyed_get_me"]}}},
        {"tools": {"keyed": {"enable": ["KEYED_LIST_THINGS"]}}},
        {"tools": {"keyed": {"tags": ["destructiveHint"]}}},
        {"tags": ["destructiveHint"]},
        {"tags": {"disable": ["readOnlyHint"]}},
    ],
)
def test_what_a_session_leaves_out_is_neither_found_nor_run(api: Api, account: str, choices: dict[str, Any]) -> None:
    session = begin(api, **choices)
    path = f"/tool_router/session/{session}"
    api("POST", f"{path}/execute", {"tool_slug": "KEYED_GET_ME", "arguments": {}}, status=404)
    meta = {"slug": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": {"tools": [{"tool_slug": "KEYED_GET_ME", "arguments": {}}]}}
    (result,) = api("POST", f"{path}/execute_meta", meta)["data"]["results"]
    assert not result["response"]["successful"]
    found = api("POST", f"{path}/search", {"queries": [{"use_case": "get me with keyed"}]})
    assert "KEYED_GET_ME" not in str([one["primary_tool_slugs"] for one in found["results"]])
    described = {"slug": "COMPOSIO_GET_TOOL_SCHEMAS", "arguments": {"tool_slugs": ["KEYED_GET_ME"]}}
    assert api("POST", f"{path}/execute_meta", described)["data"]["tool_schemas"] == {}


def test_a_session_that_is_limited_sends_no_request_that_no_tool_describes(api: Api, account: str) -> None:
    body = {"toolkit_slug": "keyed", "endpoint": "/me", "method": "GET"}
    answer = api("POST", f"/tool_router/session/{begin(api)}/proxy_execute", body)
    assert answer["data"]["who"] == "k-secret-1"
    assert answer["headers"]["content-type"] == "application/json"
    for choices, status in (({"tags": ["readOnlyHint"]}, 403), ({"toolkits": {"enable": ["open"]}}, 400)):
        api("POST", f"/tool_router/session/{begin(api, **choices)}/proxy_execute", body, status=status)


def test_search_answers_as_the_search_tool_does(api: Api, account: str) -> None:
    session = begin(api, toolkits={"enable": ["keyed"]})
    found = api("POST", f"/tool_router/session/{session}/search", {"queries": [{"use_case": "get me with keyed"}]})
    assert found["success"]
    assert found["results"][0]["primary_tool_slugs"][0] == "KEYED_GET_ME"
    assert found["tool_schemas"]["KEYED_GET_ME"]["hasFullSchema"]
    (status,) = found["toolkit_connection_statuses"]
    assert (status["toolkit"], status["has_active_connection"]) == ("keyed", True)
    assert found["session"]["id"] == session


def test_an_agent_connects_its_user_over_our_page(api: Api, services: Services) -> None:
    session = begin(api, manage_connections={"callback_url": "https://app.example/done"})
    meta = {"slug": "COMPOSIO_MANAGE_CONNECTIONS", "arguments": {"toolkits": ["keyed", "acme"]}}
    results = api("POST", f"/tool_router/session/{session}/execute_meta", meta)["data"]["results"]
    for app in ("keyed", "acme"):
        assert results[app]["status"] == "initiated"
        link = services.links.open(results[app]["redirect_url"].rpartition("/")[2])
        assert link is not None
        assert (link.app, link.user_id, link.callback_url) == (app, "ada", "https://app.example/done")


def test_a_key_that_may_not_connect_users_connects_none_through_a_session(
    api: Api, client: httpx.Client, services: Services, project: Project
) -> None:
    session = begin(api)
    client.headers["x-api-key"] = services.keys.create(project.id, "agent", [Scope.EXECUTE])[1].reveal()
    meta = {"slug": "COMPOSIO_MANAGE_CONNECTIONS", "arguments": {"toolkits": ["keyed"]}}
    api("POST", f"/tool_router/session/{session}/execute_meta", meta, status=403)
    api("POST", f"/tool_router/session/{session}/link", {"toolkit": "keyed"}, status=403)


def test_the_tools_of_a_session_are_its_own_and_those_that_are_preloaded(api: Api) -> None:
    def names(**choices: Any) -> set[str]:
        found = api("GET", f"/tool_router/session/{begin(api, **choices)}/tools", limit=500)["items"]
        return {one["slug"] for one in found}

    own = {"COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS", "COMPOSIO_MULTI_EXECUTE_TOOL", "COMPOSIO_MANAGE_CONNECTIONS"}
    assert names() == own
    off = {"search": {"enable": False}, "execute": {"enable_multi_execute": False}, "manage_connections": {"enable": False}}
    assert names(**off, preload={"tools": ["KEYED_GET_ME"]}) == {"KEYED_GET_ME"}
    limited = {"toolkits": {"enable": ["keyed"]}, "tools": {"keyed": {"disable": ["KEYED_GET_ME"]}}}
    assert names(**off, **limited, preload={"tools": "all"}) == {"KEYED_LIST_THINGS"}


def test_a_tool_of_its_own_that_a_session_has_not_is_refused(api: Api) -> None:
    session = begin(api, manage_connections={"enable": False})
    meta = {"slug": "COMPOSIO_MANAGE_CONNECTIONS", "arguments": {"toolkits": ["keyed"]}}
    api("POST", f"/tool_router/session/{session}/execute_meta", meta, status=400)
    workbench = {"slug": "COMPOSIO_REMOTE_WORKBENCH", "arguments": {}}
    api("POST", f"/tool_router/session/{session}/execute_meta", workbench, status=501)


def test_an_account_is_named_by_id_or_alias(api: Api, account: str) -> None:
    session = begin(api)
    for named in (account, "work"):
        assert run(api, session, account=named)["result_type"] == "completed"
    theirs = begin(api, user_id="eve")
    for named in (account, "work"):
        body = {"tool_slug": "KEYED_GET_ME", "arguments": {}, "account": named}
        api("POST", f"/tool_router/session/{theirs}/execute", body, status=404)


def test_the_toolkits_of_a_session_say_whether_its_user_is_connected(api: Api, account: str) -> None:
    session = begin(api, toolkits={"enable": ["keyed", "acme", "open"]})
    path = f"/tool_router/session/{session}/toolkits"
    shown = {one["slug"]: one for one in api("GET", path)["items"]}
    assert shown["keyed"]["connected_account"]["id"] == account
    assert (shown["acme"]["connected_account"], shown["open"]["is_no_auth"]) == (None, True)
    assert [one["slug"] for one in api("GET", path, is_connected=False)["items"]] == ["acme"]


def test_every_change_of_a_config_is_a_version(api: Api) -> None:
    session = begin(api, toolkits={"enable": ["keyed"]}, manage_connections={"callback_url": "https://app.example/a"})
    path = f"/tool_router/session/{session}"
    changed = api("PATCH", path, {"manage_connections": {"enable": False}, "toolkits": None})
    assert changed["config_version"] == 2
    assert changed["config"]["manage_connections"] == {"enabled": False, "callback_url": "https://app.example/a"}
    assert "toolkits" not in changed["config"]
    assert api("PATCH", path, {})["config_version"] == 2
    told = api("PATCH", path, {"search": {"enable": False}, "expected_config_version": 1}, status=409)
    assert "version 2" in told["error"]["message"]
    history = api("GET", f"{path}/config_history")["items"]
    assert [(one["version"], one["is_current"]) for one in history] == [(2, True), (1, False)]
    assert history[1]["config"]["toolkits"] == {"enabled": ["keyed"]}
    assert api("GET", path)["config_version"] == 2


def test_a_clients_own_tools_get_the_names_that_agents_know_them_by(api: Api) -> None:
    tool = {"slug": "grep", "name": "Grep", "description": "Finds.", "input_schema": {"type": "object"}}
    custom = {
        "custom_tools": [tool, {**tool, "extends_toolkit": "keyed"}],
        "custom_toolkits": [{"slug": "dev", "name": "Dev", "description": "Mine.", "tools": [tool]}],
    }
    session = begin(api)
    shown = api("POST", f"/tool_router/session/{session}/attach", {"experimental": custom})["experimental"]
    assert [one["slug"] for one in shown["custom_tools"]] == ["LOCAL_GREP", "LOCAL_KEYED_GREP"]
    assert shown["custom_toolkits"][0]["tools"][0]["slug"] == "LOCAL_DEV_GREP"
    assert api("GET", f"/tool_router/session/{session}")["experimental"] == shown


@pytest.mark.parametrize(
    ("choices", "status", "told"),
    [
        ({"user_id": " "}, 400, "user_id"),
        ({"user_id": None}, 400, "user_id"),
        ({"toolkits": {"enable": ["nothing"]}}, 404, "nothing"),
        ({"toolkits": {"enable": ["keyed"], "disable": ["acme"]}}, 400, "not both"),
        ({"toolkits": ["keyed"]}, 400, "toolkits"),
        ({"tags": ["niceHint"]}, 400, "tags"),
        ({"tools": {"keyed": {"enable": "KEYED_GET_ME"}}}, 400, "tools"),
        ({"preload": {"tools": ["KEYED_NO_TOOL"]}}, 404, "KEYED_NO_TOOL"),
        ({"auth_configs": {"keyed": "int_nothing"}}, 404, "int_nothing"),
        ({"connected_accounts": {"keyed": ["conn_nothing"]}}, 404, "conn_nothing"),
        ({"toolkits": {"enable": ["keyed"], "require_approval": ["keyed"]}}, 501, "approvals"),
        ({"experimental": {"permissions": {"default": "ask_every_call"}}}, 501, "approvals"),
        ({"hooks": []}, 501, "hooks"),
        *(
            ({"manage_connections": {"callback_url": url}}, 400, "callback_url")
            for url in (
                "",
                "/done",
                "javascript:alert(1)",
                "http://evil.example/done",
                "https://app.example/done#token",
                "https://app.example/do\nne",
                "myapp://done",
                "https://",
                "https://[::1",
            )
        ),
    ],
)
def test_a_config_that_cant_be_meant_or_obeyed_makes_no_session(api: Api, choices: Any, status: int, told: str) -> None:
    answer = api("POST", "/tool_router/session", {"user_id": "ada", **choices}, status=status)
    assert told in answer["error"]["message"]


def test_a_session_of_another_project_is_one_that_nobody_has(api: Api, client: httpx.Client, services: Services) -> None:
    session = begin(api)
    _, stranger = services.keys.create(services.projects.create("other").id, "theirs")
    client.headers["x-api-key"] = stranger.reveal()
    bodies = {"execute": {"tool_slug": "OPEN_GET_ME"}, "search": {"queries": [{"use_case": "x"}]}, "link": {"toolkit": "keyed"}}
    for one in (session, "trs_nothing"):
        path = f"/tool_router/session/{one}"
        for method, end, body in (
            ("GET", "", None),
            ("PATCH", "", {}),
            ("DELETE", "", None),
            ("GET", "/tools", None),
            ("GET", "/toolkits", None),
            ("GET", "/config_history", None),
            *(("POST", f"/{name}", body) for name, body in bodies.items()),
        ):
            assert api(method, f"{path}{end}", body, status=404)["error"]["message"].startswith(f"Unknown session '{one}'")


def test_a_deleted_session_is_gone(api: Api) -> None:
    session = begin(api)
    assert api("DELETE", f"/tool_router/session/{session}") == {"session_id": session, "deleted": True}
    api("GET", f"/tool_router/session/{session}", status=404)
    api("DELETE", f"/tool_router/session/{session}", status=404)
