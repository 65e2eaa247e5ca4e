"""Users are asked for the least that a program needs, and for more once it needs more."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.errors import ActionNotFound, InvalidRequest
from tests.peers.acme import Provider, came_back, query
from tests.peers.mail import USUAL

Toolset = ComposioToolSet[Any]


def scopes_of(url: str | None) -> set[str]:
    return set(query(url)["scope"].split())


@pytest.mark.parametrize(
    ("actions", "asked"),
    [
        (["MAIL_LIST"], {"openid", "mail.read"}),
        (["MAIL_SEND"], {"openid", "mail.send"}),
        (["MAIL_LIST", "MAIL_DELETE"], {"openid", "mail.modify"}),
        (["MAIL_DELETE", "MAIL_SEND", "MAIL_LIST"], {"openid", "mail.modify", "mail.send"}),
        (["MAIL_SYNC"], set(USUAL)),
        (["MAIL_SYNC", "MAIL_DELETE"], {*USUAL, "mail.modify"}),
    ],
)
def test_a_connection_asks_for_what_its_actions_need(toolset: Toolset, actions: list[str], asked: set[str]) -> None:
    begun = toolset.initiate_connection(app="mail", entity_id="ann", for_actions=actions)
    assert scopes_of(begun.redirectUrl) == asked
    assert toolset.get_entity("bob").initiate_connection(app_name="mail", for_actions=actions).redirectUrl is not None


def test_without_actions_the_usual_scopes_are_asked_for(toolset: Toolset) -> None:
    assert scopes_of(toolset.initiate_connection(app="mail", entity_id="ann").redirectUrl) == set(USUAL)


def test_an_app_with_a_key_needs_no_scopes(toolset: Toolset) -> None:
    toolset.initiate_connection(
        app="keyed", entity_id="ann", for_actions=["KEYED_GET_ME"], connected_account_params={"api_key": "k"}
    )
    (one,) = toolset.get_connected_accounts(app="keyed", entity_id="ann")
    assert one.scopes == ()


def test_what_can_not_be_meant_is_refused(toolset: Toolset) -> None:
    with pytest.raises(ActionNotFound, match="MAIL_LIST"):
        toolset.initiate_connection(app="mail", for_actions=["MAIL_LISST"])
    with pytest.raises(InvalidRequest, match="for_actions are actions of mail; KEYED_GET_ME is one of keyed"):
        toolset.initiate_connection(app="mail", for_actions=["MAIL_LIST", "KEYED_GET_ME"])
    with pytest.raises(InvalidRequest, match="at least one action"):
        toolset.initiate_connection(app="mail", for_actions=[])
    with pytest.raises(InvalidRequest, match="leave out scopes="):
        toolset.initiate_connection(app="mail", for_actions=["MAIL_LIST"], scopes=["mail.read"])


def test_a_connection_is_widened_under_its_id(toolset: Toolset, provider: Provider) -> None:
    provider.answer = lambda form: (200, {"access_token": f"token-for-{form['code']}", "token_type": "Bearer"})
    provider.tokens |= {"token-for-first": "first", "token-for-second": "second"}
    begun = toolset.initiate_connection(app="mail", entity_id="ann", for_actions=["MAIL_LIST"])
    toolset.complete_connection(came_back(begun.redirectUrl, "first"))
    assert toolset.widen(begun.connectedAccountId, ["MAIL_LIST"]) is None, "nothing is missing"

    more = toolset.widen(begun.connectedAccountId, for_actions=["MAIL_SEND"])
    assert more is not None
    assert more.connectedAccountId == begun.connectedAccountId
    assert scopes_of(more.redirectUrl) == {"openid", "mail.read", "mail.send"}
    assert toolset.execute_action("MAIL_LIST", {}, entity_id="ann")["data"]["user"] == "first", (
        "the present tokens work meanwhile"
    )
    (one,) = toolset.get_connected_accounts(app="mail", entity_id="ann")
    assert set(one.scopes) == {"openid", "mail.read"}

    toolset.complete_connection(came_back(more.redirectUrl, "second"))
    (one,) = toolset.get_connected_accounts(app="mail", entity_id="ann")
    assert set(one.scopes) == {"openid", "mail.read", "mail.send"}
    assert toolset.execute_action("MAIL_SEND", {}, entity_id="ann")["data"]["user"] == "second"
    assert toolset.widen(one, ["MAIL_SEND", "MAIL_LIST"]) is None


def test_a_granted_scope_that_covers_more_is_enough(toolset: Toolset, provider: Provider) -> None:
    provider.answer = lambda _: (200, {"access_token": "token", "token_type": "Bearer"})
    begun = toolset.initiate_connection(app="mail", entity_id="ann", for_actions=["MAIL_DELETE"])
    toolset.complete_connection(came_back(begun.redirectUrl))
    assert toolset.widen(begun.connectedAccountId, ["MAIL_LIST"]) is None, "mail.modify covers it"


@pytest.mark.parametrize(
    ("answer", "lacking"),
    [
        (
            httpx.Response(403, headers={"www-authenticate": 'Bearer error="insufficient_scope", scope="mail.send"'}),
            ("mail.send",),
        ),
        (
            httpx.Response(
                403, json={"error": {"status": "PERMISSION_DENIED", "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}
            ),
            ("mail.send",),
        ),
        (
            httpx.Response(
                200, json={"ok": False, "error": "missing_scope", "needed": "chat:write,users:read", "provided": "x"}
            ),
            (),
        ),
        (httpx.Response(404, headers={"x-oauth-scopes": "gist", "x-accepted-oauth-scopes": "repo"}), ("repo",)),
        (httpx.Response(403, json={"error": "forbidden"}), ()),
        (httpx.Response(401, json={"error": "invalid_token"}), ()),
        (httpx.Response(200, json={}), ()),
    ],
)
def test_a_result_names_the_scopes_that_an_api_misses(
    toolset: Toolset, provider: Provider, monkeypatch: pytest.MonkeyPatch, answer: httpx.Response, lacking: tuple[str, ...]
) -> None:
    monkeypatch.setattr(provider, "api", lambda _: answer)
    auth = {"parameters": [{"name": "Authorization", "value": "Bearer x", "in_": "header"}]}
    result = toolset.execute_action("MAIL_SEND", {}, entity_id="ann", auth=auth)
    assert result.missing_scopes == lacking
    assert "missing_scopes" not in result
