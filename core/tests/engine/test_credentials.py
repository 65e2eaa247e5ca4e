"""Whose credentials a call uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from composio.engine.blocking import drive
from composio.engine.credentials import choose
from composio.engine.decode import scrubbed
from composio.errors import ConnectionNotFound
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import Who
from composio.model.credentials import Credentials

TOKEN = AuthScheme("token", "API_KEY", (AuthField("token", env=("X_TOKEN", "X_PAT")),))
PAIR = AuthScheme("basic", "BASIC", (AuthField("username", env=("X_USER",)), AuthField("password", env=("X_PASSWORD",))))
APP = AppModel(key="x", name="X", auth_schemes=(TOKEN, PAIR))
MINE = CustomAuth((CustomAuthParameter("Authorization", "Bearer mine"),))
ADDED = CustomAuth((CustomAuthParameter("Authorization", "Bearer added"),))


class Stored:
    def why(self, app: str, entity_id: str) -> tuple[str, str] | None:
        return None

    async def renewed(self, credentials: Credentials, io: Any) -> Credentials | None:
        return None

    async def find(
        self, app: AppModel, entity_id: str, connected_account_id: str | None, io: Any, **which: Any
    ) -> Credentials | None:
        return Credentials("connection", values={"who": entity_id}) if entity_id == "alice" else None


def chosen(app: AppModel = APP, **given: Any) -> Credentials:
    defaults: dict[str, Any] = {
        "connections": None,
        "environ": {},
        "io": None,
    }
    acting = {name: given.pop(name) for name in Who.__dataclass_fields__ if name in given}
    return drive(choose(app, Who(**{"entity_id": "default", **acting}), **{**defaults, **given}))


def test_the_calls_own_auth_wins_over_everything() -> None:
    got = chosen(auth=MINE, app_auth={"x": ADDED}, connections=Stored(), entity_id="alice", environ={"X_TOKEN": "e"})
    assert got.custom is MINE


def test_then_add_auth_then_a_connection_then_the_environment() -> None:
    assert chosen(app_auth={"x": ADDED}, environ={"X_TOKEN": "e"}).custom is ADDED
    assert chosen(connections=Stored(), entity_id="alice", environ={"X_TOKEN": "e"}).origin == "connection"
    assert chosen(environ={"X_PAT": "p"}).values == {"token": "p"}


def test_every_required_field_must_be_there() -> None:
    assert chosen(environ={"X_USER": "u", "X_PASSWORD": "p"}).scheme is PAIR
    with pytest.raises(ConnectionNotFound):
        chosen(environ={"X_USER": "u"})


def test_a_password_may_be_empty_where_the_variable_says_so() -> None:
    app = AppModel(key="x", name="X", auth_schemes=(PAIR,))
    assert chosen(app, environ={"X_USER": "key", "X_PASSWORD": ""}).values == {"username": "key", "password": ""}
    for environ in ({"X_USER": "key"}, {"X_USER": "", "X_PASSWORD": "p"}, {"X_USER": "", "X_PASSWORD": ""}):
        with pytest.raises(ConnectionNotFound):
            chosen(app, environ=environ)


def test_the_developers_environment_never_serves_another_entity() -> None:
    with pytest.raises(ConnectionNotFound, match="entity 'bob'"):
        chosen(entity_id="bob", environ={"X_TOKEN": "e"})


def test_the_error_names_the_variable_and_the_calls() -> None:
    with pytest.raises(ConnectionNotFound) as caught:
        chosen()
    for way in ("X_TOKEN", "X_USER and X_PASSWORD", "toolset.add_auth(app='x'", "auth="):
        assert way in str(caught.value)


def test_a_connection_that_does_not_exist_is_not_silently_replaced() -> None:
    with pytest.raises(ConnectionNotFound, match="conn_1"):
        chosen(connected_account_id="conn_1", environ={"X_TOKEN": "e"})


def test_an_app_without_schemes_needs_nothing() -> None:
    assert chosen(AppModel(key="open", name="Open")).origin == "none"


def test_no_repr_shows_a_value() -> None:
    assert "mine" not in repr(Credentials("auth", custom=MINE))
    assert "secret" not in repr(Credentials("environment", scheme=TOKEN, values={"token": "secret"}))


def test_secrets_include_the_bare_token() -> None:
    assert set(Credentials("auth", custom=MINE).secrets()) == {"Bearer mine", "Bearer%20mine", "Bearer+mine"}
    long = CustomAuth((CustomAuthParameter("Authorization", "Bearer abcdefgh"),))
    assert set(Credentials("auth", custom=long).secrets()) > {"Bearer abcdefgh", "abcdefgh"}


def test_secrets_include_what_urls_and_pages_make_of_them() -> None:
    found = Credentials(
        "auth", custom=CustomAuth((CustomAuthParameter("key", "a/b+c d<e&f"),), body={"pin": "123456"})
    ).secrets()
    assert {"a/b+c d<e&f", "a%2Fb%2Bc%20d%3Ce%26f", "a%2Fb%2Bc+d%3Ce%26f", "a/b%2Bc%20d%3Ce%26f", "a/b+c d&lt;e&amp;f"} <= set(
        found
    )
    assert "123456" in found
    assert [len(one) for one in found] == sorted(map(len, found), reverse=True)


def test_secrets_include_both_forms_of_basic_authentication() -> None:
    encoded = "bWVAeC55OnNlY3JldC1wYXNzd29yZA=="  # me@x.y:secret-password
    stored = Credentials("connection", scheme=PAIR, values={"username": "me@x.y", "password": "secret-password"})
    assert encoded in stored.secrets()
    written = CustomAuth((CustomAuthParameter("Authorization", f"Basic {encoded}"),))
    assert {encoded, "secret-password"} < set(Credentials("auth", custom=written).secrets())
    key = Credentials("connection", values={"api_key": "sk_test_123"})
    assert "c2tfdGVzdF8xMjM6" in key.secrets()  # a key as the user of an empty password


@pytest.mark.parametrize(
    "secret", ["abcdef", "ab cd ef", "a/b/c/d", "abc+def", "abc&def", "abc%def", "müller-x", "Bearer abcdefgh"]
)
@pytest.mark.parametrize("spell", [str, quote, quote_plus, partial(quote, safe=""), escape])
def test_secrets_for_one_text_are_all_that_it_holds(secret: str, spell: Callable[[str], str]) -> None:
    credentials = Credentials("stored", values={"token": secret})
    url = f"https://api.example.com/v1/{spell(secret)}/things"
    assert scrubbed(url, credentials.secrets(url)) == scrubbed(url, credentials.secrets())
    assert spell(secret) not in scrubbed(url, credentials.secrets(url))


def test_an_entity_of_several_words_is_one_in_the_command() -> None:
    with pytest.raises(ConnectionNotFound, match=r"`composio add x -e 'a; b'`"):
        chosen(entity_id="a; b")


def test_what_is_said_of_a_token_is_no_secret() -> None:
    stored = Credentials("connection", values={"access_token": "a-long-token", "token_type": "Bearer", "scope": "read:user"})
    assert "a-long-token" in stored.secrets()
    assert not {"Bearer", "read:user"} & set(stored.secrets())
