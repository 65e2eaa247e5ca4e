"""Logins: a description's password flow, the prefix that a scheme's own text names, and hand-written ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import yaml

from composio import ComposioToolSet
from composio.catalog.importers.login import token_url
from composio.catalog.importers.prefix import prefix_of
from composio.embedded import EmbeddedBackend
from composio.errors import TokenRequestFailed
from composio.testing import FakeTransport

SAID: dict[str, str] = {
    "Token abc123": "Token ",
    '"Token abc123"': "Token ",
    'Use "Token abc123"': "Token ",
    'prefix "JWT "': "JWT ",
    "prefix 'Bearer '": "Bearer ",
    'Sign in, then use prefix "JWT "': "JWT ",
    'Token-based authentication with required prefix "Token"': "Token ",
    'must start with "Token "': "Token ",
    'Add "JWT " before the token': "JWT ",
    "Put the word Token in front of your key": "Token ",
    'The key is prefixed by the string literal "Token", with whitespace between the two.': "Token ",
    'prefixed with the word "Token", e.g. Token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b': "Token ",
    'JWT Authorization header using the Bearer scheme. Example: "Authorization: Bearer {token}"': "Bearer ",
    "Enter 'Bearer' [space] and then your token.\r\n\r\nExample: \"Bearer 12345abcdef\"": "Bearer ",
    "Type into the *'Value'* box: **'Bearer &lt;JWT&gt;'**, where JWT is the token": "Bearer ",
    "This must be in the header :\n\n    Token xxxxxx.yyyyyyy.zzzzzz\n": "Token ",
    "Pass the value prefixed with SSWS: `SSWS {API Token}`": "SSWS ",
    "Private: `Authorization: Klaviyo-API-Key your-private-api-key`": "Klaviyo-API-Key ",
    "The API Key with format `Token token=<API_KEY>`": "Token token=",
    "Specify `DeepL-Auth-Key [yourAuthKey]` here": "DeepL-Auth-Key ",
    "Api-Key <key>": "Api-Key ",
    "Authorization: token ghp_1234567": "token ",
    "Authorization: OAuth oauth_token": "OAuth ",
    "GenieKey eb243592-faa2-4ba2-a551q-1afdf565c889": "GenieKey ",
    "Value: `Bot {token}`": "Bot ",
    "Format: apikey 12345678": "apikey ",
    "Token ${TOKEN}": "Token ",
    "Bearer token": "Bearer ",
}
SAYS_NOTHING = (
    *("", "API token", "Your API key", "API Key", "Access token", "The token", "JWT token", "A 40-character token"),
    *("The raw key, without the Bearer prefix", 'Do not prefix with "Bearer"', "Enter your API key here: abc123def"),
    *("API key. Example: `sk_test_1234567890`", "Get it with `POST {url}/login`", "Send `GET <url>`", "Session ID 1234"),
    *(
        "See [the key page](https://x.example)",
        "Manage <b>Keys</b> in settings",
        "OAuth2 password flow",
        "Use your key (v2 123456).",
    ),
)


@pytest.mark.parametrize(("text", "prefix"), SAID.items())
def test_a_schemes_own_text_decides_what_stands_in_front_of_the_credential(text: str, prefix: str) -> None:
    assert prefix_of(text) == prefix


@pytest.mark.parametrize("text", [*SAYS_NOTHING, None, 7, ["Token abc123"]])
def test_a_text_that_names_no_prefix_decides_nothing(text: Any) -> None:
    assert prefix_of(text) == ""


@pytest.mark.parametrize(
    ("given", "base", "wanted"),
    [
        ("token", "https://h.example", "/token"),
        ("/token", "https://h.example", "/token"),
        ("token", "https://h.example/api/v1", "/token"),
        ("/api/v1/token?a=b", "https://h.example/api/v1", "/token?a=b"),
        # What begins with a slash is the host's, and not below the API.
        ("/token", "https://h.example/api/v1", "https://h.example/token"),
        ("https://h.example/token", "https://h.example/", "/token"),
        ("https://login.example/t", "https://h.example", "https://login.example/t"),
        ("https://login.example/t", None, "https://login.example/t"),
        ("//login.example/t", "https://h.example", "https://login.example/t"),
        ("http://h.example:1/t", "http://h.example:1/v1", "http://h.example:1/t"),
        ("token", None, "/token"),
        ("http://login.example/t", "https://h.example", None),
        ("https://u:p@login.example/t", "https://h.example", None),
        ("javascript:alert(1)", "https://h.example", None),
        ("https://[x", "https://h.example", None),
        ("a b", "https://h.example", None),
        ("", "https://h.example", None),
        (None, "https://h.example", None),
        ("{{x}}", "https://h.example", None),
    ],
)
def test_a_flows_address_may_be_relative_and_never_sends_a_password_in_the_clear(
    given: Any, base: str | None, wanted: str | None
) -> None:
    assert token_url(given, base) == wanted


def described(scheme: dict[str, Any], version: str = "3.0.3", **more: Any) -> dict[str, Any]:
    paths = {"/entries": {"get": {"summary": "List entries", "responses": {"200": {"description": "ok"}}}}}
    info = {"title": "Journal", "version": "1"}
    if version == "2.0":
        return {"swagger": version, "info": info, "paths": paths, "securityDefinitions": {"signIn": scheme}, **more}
    servers = [{"url": "https://journal.example/v1"}]
    return {
        "openapi": version,
        "info": info,
        "servers": servers,
        "paths": paths,
        "components": {"securitySchemes": {"signIn": scheme}},
        **more,
    }


class Journal:
    """An API with a login. ``tokens`` are those that it takes, ``answer`` what a login gives."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        self.answer: Any = {"access_token": "planted-token", "token_type": "bearer"}
        self.prefix = "Bearer "

    def __call__(self, request: httpx.Request) -> Any:
        sent = request.headers.get("authorization")
        self.seen.append((str(request.url), request.content.decode(), sent))
        if request.method == "POST":
            return 200, self.answer
        return (200, ["Rain."]) if sent == f"{self.prefix}planted-token" else (401, {"detail": "no"})


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def backend(tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.delenv("JOURNAL_TOKEN", raising=False)
    made = EmbeddedBackend(home=tmp_path / "home", transport=FakeTransport(journal))
    yield made
    made.close()


def add(
    backend: EmbeddedBackend, tmp_path: Path, document: dict[str, Any], base_url: str | None = None
) -> ComposioToolSet[Any]:
    file = tmp_path / "journal.json"
    file.write_text(json.dumps(document))
    backend.catalog.add("journal", str(file), base_url)
    return ComposioToolSet[Any](backend=backend)


PASSWORD: dict[str, Any] = {"type": "oauth2", "flows": {"password": {"tokenUrl": "token", "scopes": {}}}}
LOGIN = {"username": "alice", "password": "planted-password"}


@pytest.mark.parametrize(
    ("scheme", "version", "prefix"),
    [
        (PASSWORD, "3.0.3", "Bearer "),
        (PASSWORD, "3.1.0", "Bearer "),
        ({**PASSWORD, "description": 'Sent with the prefix "JWT ".'}, "3.0.3", "JWT "),
        (
            {"type": "oauth2", "flow": "password", "tokenUrl": "https://journal.example/v1/token", "scopes": {}},
            "2.0",
            "Bearer ",
        ),
    ],
)
def test_a_password_flow_is_a_login(
    backend: EmbeddedBackend, journal: Journal, tmp_path: Path, scheme: dict[str, Any], version: str, prefix: str
) -> None:
    journal.prefix = prefix
    more = {"host": "journal.example", "basePath": "/v1", "schemes": ["https"]} if version == "2.0" else {}
    toolset = add(backend, tmp_path, described(scheme, version, **more))
    modes = [(one.auth_mode, one.name) for one in toolset.get_auth_schemes("journal")]
    assert modes == [("BASIC_WITH_JWT", "signIn_login"), ("BEARER_TOKEN", "signIn")]
    request = toolset.initiate_connection(app="journal", connected_account_params=LOGIN)
    assert request.connectionStatus == "ACTIVE"
    assert toolset.execute_action("JOURNAL_LIST_ENTRIES", {})["data"] == ["Rain."]
    login, call = journal.seen
    assert login[0] == "https://journal.example/v1/token"
    assert dict(parse_qsl(login[1])) == {"grant_type": "password", **LOGIN}
    assert call == ("https://journal.example/v1/entries", "", f"{prefix}planted-token")


def test_a_flows_scopes_and_the_developers_client_go_along(backend: EmbeddedBackend, journal: Journal, tmp_path: Path) -> None:
    flow = {"tokenUrl": "https://login.example/token", "scopes": {"read": "", "write": ""}}
    toolset = add(backend, tmp_path, described({"type": "oauth2", "flows": {"password": flow}}))
    made = toolset.create_integration("journal", "signIn_login", {"client_id": "ours", "client_secret": "planted-secret"})
    toolset.initiate_connection(integration_id=made.id, connected_account_params=LOGIN)
    sent = dict(parse_qsl(journal.seen[0][1]))
    assert journal.seen[0][0] == "https://login.example/token"
    assert (sent["scope"], sent["client_id"], sent["client_secret"]) == ("read write", "ours", "planted-secret")


def test_a_login_follows_the_base_url_of_its_api(
    backend: EmbeddedBackend, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIO_JOURNAL_BASE_URL", "https://double.example/own")
    toolset = add(backend, tmp_path, described(PASSWORD))
    toolset.initiate_connection(app="journal", connected_account_params=LOGIN)
    assert toolset.execute_action("JOURNAL_LIST_ENTRIES", {})["successful"]
    assert [url for url, _, _ in journal.seen] == ["https://double.example/own/token", "https://double.example/own/entries"]


def test_a_login_that_ended_is_made_again_and_a_changed_password_ends_it(
    backend: EmbeddedBackend, journal: Journal, tmp_path: Path
) -> None:
    toolset = add(backend, tmp_path, described(PASSWORD))
    toolset.initiate_connection(app="journal", connected_account_params=LOGIN)
    journal.prefix = "Other "
    error = toolset.execute_action("JOURNAL_LIST_ENTRIES", {})["error"]
    assert len(journal.seen) == 4  # the call, the login, the call again
    assert "was not accepted, and has never worked" in str(error)
    journal.answer = {"success": False, "message": "Wrong password"}
    with pytest.raises(TokenRequestFailed, match=r"Wrong password.*Check the user name and password"):
        toolset.initiate_connection(app="journal", connected_account_params=LOGIN)


@pytest.mark.parametrize(
    ("scheme", "given", "sent"),
    [
        ({"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token abc123"}, "k", "Token k"),
        ({"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token abc123"}, "Token k", "Token k"),
        ({"type": "apiKey", "in": "header", "name": "authorization", "description": 'prefix "JWT "'}, "k", "JWT k"),
        (
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token token=<key>`"},
            "k",
            "Token token=k",
        ),
        ({"type": "apiKey", "in": "header", "name": "Authorization", "description": "The Bearer scheme."}, "k", "Bearer k"),
        ({"type": "apiKey", "in": "header", "name": "Authorization", "description": "An API key."}, "k", "k"),
        ({"type": "apiKey", "in": "header", "name": "Authorization"}, "k", "k"),
        ({"type": "http", "scheme": "bearer", "description": 'prefix "JWT "'}, "k", "JWT k"),
        ({"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}, "k", "Bearer k"),
    ],
)
def test_the_text_of_a_key_decides_its_prefix(
    backend: EmbeddedBackend, journal: Journal, tmp_path: Path, scheme: dict[str, Any], given: str, sent: str
) -> None:
    toolset = add(backend, tmp_path, described(scheme))
    [one] = toolset.get_auth_schemes("journal")
    toolset.initiate_connection(app="journal", connected_account_params={one.fields[0].name: given})
    toolset.execute_action("JOURNAL_LIST_ENTRIES", {})
    assert journal.seen[-1][2] == sent


def test_a_login_by_hand_may_nest_what_it_sends_and_find_the_token_anywhere(
    backend: EmbeddedBackend, journal: Journal, tmp_path: Path
) -> None:
    toolset = add(backend, tmp_path, described({"type": "http", "scheme": "basic"}))
    file = tmp_path / "home" / "apps" / "journal" / "integration.yaml"
    definition = yaml.safe_load(file.read_text())
    definition["auth_schemes"] = [
        {
            "auth_mode": "BASIC_WITH_JWT",
            "token_url": "/users/login",
            "token_params": {"user": {"email": "{{username}}", "password": "{{password}}"}},
            "token_response_fields": {"access_token": "sessions[0].key"},
            "proxy": {"headers": {"Authorization": "Token {{access_token}}"}},
        }
    ]
    file.write_text(yaml.safe_dump(definition))
    backend.catalog._compiled.forget("journal")
    journal.prefix, journal.answer = "Token ", {"sessions": [{"key": "planted-token"}]}
    toolset.initiate_connection(app="journal", connected_account_params=LOGIN)
    assert toolset.execute_action("JOURNAL_LIST_ENTRIES", {})["successful"]
    assert journal.seen[0][0] == "https://journal.example/v1/users/login"
    assert json.loads(journal.seen[0][1]) == {"user": {"email": "alice", "password": "planted-password"}}
