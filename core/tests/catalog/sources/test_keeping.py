"""What a file keeps of callbacks and token answers, and how it names errors: mistakes are told before anybody connects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from composio.catalog.sources.integration import check_integration, load_integration

SCHEME: dict[str, Any] = {
    "auth_mode": "OAUTH2",
    "authorization_url": "https://a.example/authorize",
    "token_url": "https://a.example/token",
}


def written(folder: Path, scheme: dict[str, Any], **top: Any) -> Path:
    definition = {"name": "X", "unique_key": "x", **top, "auth_schemes": [{**SCHEME, **scheme}]}
    (folder / "integration.yaml").write_text(yaml.safe_dump(definition))
    return folder


GOOD: list[dict[str, Any]] = [
    {"callback_parameters": ["realmId"], "proxy": {"base_url": "https://q.example/v3/{{realmId}}"}},
    {"callback_parameters": [{"name": "shop", "hosts": ["*.myshopify.com"]}], "proxy": {"base_url": "https://{{shop}}/v3"}},
    {"callback_parameters": [{"name": "shop", "pattern": "[a-z]+"}], "proxy": {"base_url": "https://{{shop}}.example"}},
    {
        "callback_parameters": [{"name": "accounts-server", "allowed": ["https://b.example"], "default": "https://b.example"}],
        "authorization_url": "{{accounts_server}}/auth",
        "token_url": "{{accounts_server}}/token",
    },
    {"callback_parameters": [{"name": "shop"}], "fields": [{"name": "shop"}], "proxy": {"base_url": "https://{{shop}}"}},
    {"token_response_metadata": ["a", {"path": "b[0].c", "as": "d"}], "proxy": {"headers": {"A": "{{a}}{{d}}"}}},
    {"expired_grant_errors": ["x", 42002, {"errcode": 42002}, "errors[].x: y", {"a": ["b", 1], "c": True}]},
    {"token_url": "/token", "refresh_url": "/token/renewed", "token_response_fields": {"access_token": "a[0].b"}},
    {"auth_mode": "BASIC_WITH_JWT", "token_params": {"user": {"email": "{{username}}"}}},
]


@pytest.mark.parametrize("scheme", GOOD, ids=str)
def test_what_a_file_may_say(tmp_path: Path, scheme: dict[str, Any]) -> None:
    assert check_integration(written(tmp_path, scheme)) == []
    load_integration(tmp_path)


BAD: list[tuple[dict[str, Any], str, str]] = [
    (
        {"callback_parameters": ["shop"], "proxy": {"base_url": "https://{{shop}}/v3"}},
        "callback_parameters[0]",
        "'shop' decides where secrets are sent, and anybody can write a callback; say what it may be with hosts",
    ),
    (
        {"callback_parameters": ["shop"], "token_url": "https://a.{{shop}}:443/{{shop}}"},
        "callback_parameters[0]",
        "decides where secrets are sent",
    ),
    (
        {"callback_parameters": ["shop"], "fields": [{"name": "shop", "required": False}], "token_url": "https://{{shop}}/t"},
        "callback_parameters[0]",
        "decides where secrets are sent",
    ),
    (
        {"callback_parameters": ["server"], "authorization_url": "https://a.example/{{server}}"},
        "authorization_url",
        "uses {{server}}, which only the callback brings; give it a default",
    ),
    ({"callback_parameters": ["state"]}, "callback_parameters[0]", "'state' belongs to the protocol"),
    ({"callback_parameters": ["client_secret"]}, "callback_parameters[0]", "is the name of a field already"),
    ({"callback_parameters": [{"name": "a.b"}, {"name": "a-b"}]}, "callback_parameters[1]", "'a_b' is already in the list"),
    ({"callback_parameters": ["a"], "token_response_metadata": ["a"]}, "callback_parameters[0]", "already in the list"),
    ({"callback_parameters": [{"name": "a", "pattern": "("}]}, "callback_parameters[0].pattern", "is not a regular expression"),
    (
        {"callback_parameters": [{"name": "a", "allowed": ["x"], "default": "y"}]},
        "callback_parameters[0].default",
        "not one of x",
    ),
    ({"callback_parameters": [{"nam": "a"}]}, "callback_parameters[0].nam", "Did you mean 'name'?"),
    ({"callback_parameters": [5]}, "callback_parameters[0]", "expected text or a mapping"),
    (
        {"callback_parameters": [{"name": "a", "hosts": ["https://x.example"]}]},
        "callback_parameters[0].hosts[0]",
        "expected a host",
    ),
    ({"token_response_metadata": [{"name": "a"}]}, "token_response_metadata[0].name", "unknown field"),
    (
        {"token_response_metadata": [{"path": "a", "as": "b c"}]},
        "token_response_metadata[0].as",
        "a name that templates can use",
    ),
    ({"expired_grant_errors": [{}]}, "expired_grant_errors[0]", ""),
    ({"retry_later_errors": "slow_down"}, "retry_later_errors", "expected a list"),
    ({"token_response_fields": {"acess_token": "a"}}, "token_response_fields.acess_token", "Did you mean 'access_token'?"),
    ({"token_url": "token"}, "token_url", "or a path such as /token below the base URL"),
    ({"token_url": "//evil.example/token"}, "token_url", "or a path such as /token"),
    ({"token_params": {"user": {"email": "x"}}}, "token_params.user", "only a login with a JSON body may nest"),
    (
        {"auth_mode": "BASIC_WITH_JWT", "token_request_body": "form", "token_params": {"user": {"email": "x"}}},
        "token_params.user",
        "only a login with a JSON body",
    ),
    (
        {"auth_mode": "BASIC_WITH_JWT", "token_params": {"user": {"email": "{{nam}}"}}},
        "token_params.user.email",
        "uses {{nam}}",
    ),
]


@pytest.mark.parametrize(("scheme", "field", "problem"), BAD, ids=str)
def test_a_mistake_is_told_with_its_field(tmp_path: Path, scheme: dict[str, Any], field: str, problem: str) -> None:
    found = {error.field: error.problem for error in check_integration(written(tmp_path, scheme))}
    assert problem in found[f"auth_schemes[0].{field}"]


def test_what_is_said_once_for_all_schemes_is_checked_where_it_stands(tmp_path: Path) -> None:
    top = {"callback_parameters": ["shop"], "expired_token_errors": ["OUT", {"a": "b"}]}
    [error] = check_integration(written(tmp_path, {"proxy": {"base_url": "https://{{shop}}"}}, **top))
    assert error.field == "callback_parameters[0]"
    definition = load_integration(written(tmp_path, {"proxy": {"headers": {"X-Shop": "{{shop}}"}}}, **top))
    assert definition.app.auth_schemes[0].extra["callback_parameters"] == ["shop"]
    assert definition.app.expired_token_errors == ("OUT", {"a": "b"})
    [wrong] = check_integration(written(tmp_path, {}, callback_parameters=[5]))
    assert wrong.field == "callback_parameters[0]"
