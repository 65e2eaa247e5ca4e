"""Tools: listed, described, run; requests that none describes; and logs of both."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest

from composio.model.action import ActionModel, HttpBinding
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.wire.v3.tool_shapes import hints_of

Api = Callable[..., Any]


@pytest.fixture
def account(api: Api) -> str:
    """Ada's, of the app that takes a key."""
    config = api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}})["auth_config"]["id"]
    state = {"authScheme": "API_KEY", "val": {"api_key": "k-secret-1"}}
    body = {"auth_config": {"id": config}, "connection": {"user_id": "ada", "state": state}}
    return str(api("POST", "/connected_accounts", body)["id"])


def slugs(found: Any) -> list[str]:
    return [one["slug"] for one in found["items"]]


def test_both_versions_of_the_protocol_answer_alike(client: httpx.Client, base: str) -> None:
    answer = client.get(f"{base}/tools/keyed_get_me")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["slug"], shown["toolkit"]["slug"], shown["no_auth"]) == ("KEYED_GET_ME", "keyed", False)
    assert {"important", "readOnlyHint", "idempotentHint", "openWorldHint"} <= set(shown["tags"])
    assert shown["input_parameters"]["type"] == "object"


def test_tools_are_found_by_toolkit_slug_words_and_hints(api: Api) -> None:
    both = ["KEYED_GET_ME", "KEYED_LIST_THINGS"]
    assert sorted(slugs(api("GET", "/tools", toolkit_slug="keyed"))) == both
    assert slugs(api("GET", "/tools", tool_slugs="KEYED_LIST_THINGS,NO_SUCH,acme_get_me")) == [
        "KEYED_LIST_THINGS",
        "ACME_GET_ME",
    ]
    assert slugs(api("GET", "/tools", query="list things", toolkit_slug="keyed"))[0] == "KEYED_LIST_THINGS"
    assert sorted(slugs(api("GET", "/tools", toolkit_slug="keyed", tags="readOnlyHint"))) == both
    assert slugs(api("GET", "/tools", toolkit_slug="keyed", tags="destructiveHint")) == []
    assert slugs(api("GET", "/tools", toolkit_slug="keyed", scopes="nothing")) == []


@pytest.mark.parametrize(
    ("slug", "method", "tags", "expected"),
    [
        ("ACME_GET", "GET", (), {"readOnlyHint", "idempotentHint", "openWorldHint"}),
        ("ACME_RUN", "POST", (), {"createHint", "openWorldHint"}),
        ("ACME_CHANGE", "PATCH", (), {"updateHint", "openWorldHint"}),
        ("ACME_GONE", "DELETE", (), {"destructiveHint", "idempotentHint", "openWorldHint"}),
        # Slack and others delete with a POST.
        ("ACME_CHAT_DELETE", "POST", (), {"destructiveHint", "openWorldHint"}),
        ("ACME_SEARCH", "POST", ("readOnlyHint",), {"readOnlyHint", "openWorldHint"}),
        ("ACME_WIPE", "PUT", ("destructiveHint",), {"updateHint", "destructiveHint", "idempotentHint", "openWorldHint"}),
    ],
)
def test_the_hints_of_a_tool_say_what_it_does(slug: str, method: str, tags: tuple[str, ...], expected: set[str]) -> None:
    action = ActionModel(slug=slug, app="acme", tags=tags, binding=HttpBinding(method=method, path="/"))
    assert set(hints_of(action)) == expected


def test_a_page_of_every_tool_reads_on_across_toolkits(api: Api) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api("GET", "/tools", limit=3, **cursor)
        found += slugs(page)
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    apps = ("ACME", "DESK", "KEYED", "OPEN")
    assert sorted(found) == [f"{app}_{what}" for app in apps for what in ("GET_ME", "LIST_THINGS")]
    assert page["total_items"] == 8
    assert set(found) == set(api("GET", "/tools/enum"))


def test_an_auth_config_that_is_limited_leaves_its_tools(api: Api) -> None:
    config = {"type": "use_custom_auth", "authScheme": "API_KEY", "restrict_to_following_tools": ["KEYED_GET_ME"]}
    made = api("POST", "/auth_configs", {"toolkit": {"slug": "keyed"}, "auth_config": config})["auth_config"]["id"]
    assert slugs(api("GET", "/tools", auth_config_ids=made)) == ["KEYED_GET_ME"]


def test_a_tool_is_run_with_the_account_of_its_user(api: Api, account: str) -> None:
    for who in ({"user_id": "ada"}, {"entity_id": "ada"}, {"connected_account_id": account}):
        done = api("POST", "/tools/execute/KEYED_GET_ME", {"arguments": {}, **who})
        assert (done["successful"], done["error"], done["data"]["who"]) == (True, None, "k-secret-1")
    assert api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "eve"}, status=400)
    assert api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "eve", "connected_account_id": account}, status=404)


def test_wrong_arguments_are_told_of_in_the_answer(api: Api, account: str) -> None:
    done = api("POST", "/tools/execute/KEYED_GET_ME", {"user_id": "ada", "arguments": {"nonsense": 1}})
    assert not done["successful"]
    assert "nonsense" in done["error"]


def test_the_same_idempotency_key_gives_the_same_answer(
    client: httpx.Client, account: str, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "api", lambda _request: (200, {"visit": len(provider.seen)}))
    body = {"connected_account_id": account, "arguments": {}}
    headers = {"idempotency-key": "one"}
    answers = [client.post("/api/v3.1/tools/execute/KEYED_GET_ME", json=body, headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len([one for one in provider.seen if one.url.path == "/me"]) == 1


@pytest.mark.parametrize(
    ("scheme", "toolkit", "val", "who"),
    [
        ("API_KEY", "keyed", {"generic_api_key": "k-1"}, "k-1"),
        ("API_KEY", "keyed", {"api_key": "k-2", "region": "us"}, "k-2"),
        ("OAUTH2", "acme", {"access_token": "t-1"}, None),
    ],
)
def test_handed_over_credentials_sign_one_call(
    api: Api, provider: Any, scheme: str, toolkit: str, val: dict[str, str], who: str | None
) -> None:
    handed = {"authScheme": scheme, "toolkitSlug": toolkit, "val": val}
    done = api("POST", f"/tools/execute/{toolkit}_get_me", {"user_id": "nobody", "custom_connection_data": handed})
    if who is None:
        assert provider.seen[-1].headers["authorization"] == "Bearer t-1"
    else:
        assert done["data"]["who"] == who
    assert api("GET", "/connected_accounts")["items"] == []


@pytest.mark.parametrize(
    ("handed", "told"),
    [
        ({"authScheme": "OAUTH2", "toolkitSlug": "keyed", "val": {}}, "API_KEY"),
        ({"authScheme": "API_KEY", "toolkitSlug": "keyed", "val": {}}, "api_key"),
        ({"authScheme": "API_KEY", "toolkitSlug": "keyed", "val": {"api_key": "k-9\r\nX: 1"}}, "line break"),
        ({"authScheme": "API_KEY", "toolkitSlug": "keyed"}, "custom_connection_data"),
        ({"authScheme": "API_KEY", "toolkitSlug": "keyed", "val": "k-9"}, "val: Expected `object`"),
    ],
)
def test_handed_over_credentials_that_cant_be_used_are_named_and_not_shown(api: Api, handed: Any, told: str) -> None:
    answer = api("POST", "/tools/execute/KEYED_GET_ME", {"custom_connection_data": handed}, status=400)
    assert told in answer["error"]["message"]
    assert "k-9" not in str(answer)


def test_a_request_that_no_tool_describes_is_signed(api: Api, account: str, provider: Any) -> None:
    parameters = [
        {"name": "page", "type": "query", "value": "1"},
        {"name": "page", "type": "query", "value": "2"},
        {"name": "X-More", "type": "header", "value": "yes"},
    ]
    body = {"endpoint": "/me", "method": "GET", "connected_account_id": account, "parameters": parameters}
    answer = api("POST", "/tools/execute/proxy", body)
    assert (answer["status"], answer["data"]["who"]) == (200, "k-secret-1")
    sent = provider.seen[-1]
    assert (sent.url.params.get_list("page"), sent.headers["x-more"]) == (["1", "2"], "yes")


@pytest.mark.parametrize("endpoint", ["https://evil.example/me", "http://127.0.0.1/me", "//evil.example/me"])
def test_a_request_leaves_the_toolkits_own_host_for_no_other(
    client: httpx.Client, account: str, provider: Any, endpoint: str
) -> None:
    body = {"endpoint": endpoint, "method": "GET", "connected_account_id": account}
    answer = client.post("/api/v3.1/tools/execute/proxy", json=body)
    assert answer.status_code == (400 if "://" in endpoint else 200)
    assert {one.url.host for one in provider.seen} <= {"api.keyed.example"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"endpoint": "/me", "method": "GET"}, "connected_account_id"),
        ({"endpoint": "/me", "method": "TRACE", "connected_account_id": "x"}, "method"),
        ({"endpoint": 5, "method": "GET"}, "endpoint"),
        ({"method": "GET"}, "endpoint"),
        (
            {"endpoint": "/me", "method": "GET", "parameters": [{"name": "a", "type": "cookie", "value": "b"}]},
            "parameters[0].type",
        ),
    ],
)
def test_a_request_that_cant_be_meant_is_told_where(api: Api, body: Any, told: str) -> None:
    assert told in api("POST", "/tools/execute/proxy", body, status=400)["error"]["message"]


def test_calls_are_in_the_log_without_secrets(api: Api, account: str) -> None:
    done = api("POST", "/tools/execute/KEYED_GET_ME", {"connected_account_id": account})
    listed = api("POST", "/internal/action_execution/logs", {"cursor": 0, "limit": 1})
    assert listed["data"][0]["id"] == done["log_id"]
    assert listed["data"][0]["status"] == "success"
    details = api("GET", f"/internal/action_execution/log/{done['log_id']}")
    assert details["actionId"] == "KEYED_GET_ME"
    shown = api(
        "POST", "/logs/tool_execution", {"filters": [{"field": "tool_slug", "operator": "==", "value": "KEYED_GET_ME"}]}
    )
    assert shown["logs"][0]["id"] == done["log_id"]
    assert api("GET", f"/logs/tool_execution/{done['log_id']}")["metadata"]["tool_slug"] == "KEYED_GET_ME"
    assert api("GET", "/logs/tool_execution/log_nothing", status=404)


def test_what_takes_a_model_says_so_and_is_not_tried_again(client: httpx.Client, account: str) -> None:
    for path, body in (
        ("/tools/execute/KEYED_GET_ME/input", {"text": "who am I"}),
        ("/tools/execute/KEYED_GET_ME", {"connected_account_id": account, "text": "who am I"}),
    ):
        answer = client.post(f"/api/v3.1{path}", json=body)
        assert (answer.status_code, answer.headers["x-should-retry"]) == (501, "false")
        assert "model" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("scope", "allowed", "refused"),
    [
        (Scope.READ, ("GET", "/tools/KEYED_GET_ME"), ("POST", "/tools/execute/KEYED_GET_ME")),
        (Scope.EXECUTE, ("POST", "/tool_router/session"), ("POST", "/auth_configs")),
        (Scope.CONNECT, ("DELETE", "/connected_accounts/conn_nothing"), ("GET", "/tools")),
    ],
)
def test_a_key_does_what_its_scope_says(
    client: httpx.Client, services: Services, project: Project, scope: Scope, allowed: Any, refused: Any
) -> None:
    client.headers["x-api-key"] = services.keys.create(project.id, "narrow", [scope])[1].reveal()
    body = {"user_id": "ada", "toolkit": {"slug": "keyed"}}
    assert client.request(allowed[0], f"/api/v3.1{allowed[1]}", json=body).status_code in {200, 201, 404}
    assert client.request(refused[0], f"/api/v3.1{refused[1]}", json=body).status_code == 403


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "data"),
        (b"{", "truncated"),
        (b"not json", "malformed"),
        (b"[1]", "object"),
        (b"[" * 100_000, "deep"),
        (b'{"arguments": ' * 20_000, "deep"),
        (b'{"user_id": "\xff"}', ""),
        (b'{"user_id": 5}', "user_id"),
        (b'{"arguments": []}', "arguments"),
    ],
)
def test_a_body_that_is_none_is_refused_with_what_is_wrong(client: httpx.Client, content: bytes, told: str) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post("/api/v3.1/tools/execute/KEYED_GET_ME", content=content, headers=headers)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


def test_a_body_of_a_hundred_megabytes_is_not_read(url: str, key: str) -> None:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/api/v3.1/tools/execute/KEYED_GET_ME")
    for name, value in (("x-api-key", key), ("content-type", "application/json"), ("content-length", str(100 * 1024 * 1024))):
        connection.putheader(name, value)
    connection.endheaders(b"{")
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("key", ["", "ck_", "ck_0000000000000000_" + "a" * 43, "Bearer x", "x" * 10_000])
def test_a_key_that_opens_nothing_is_refused(client: httpx.Client, key: str) -> None:
    client.headers["x-api-key"] = key
    answer = client.get("/api/v3.1/tools")
    assert answer.status_code == 401
    assert answer.json()["error"]["slug"] == "KeyRefused"
