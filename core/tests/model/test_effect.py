"""What actions do, by their method, their names and their tags."""

from __future__ import annotations

from typing import Any

import pytest

from composio.functions.decorator import action
from composio.functions.registry import REGISTRY
from composio.model.action import ActionModel, Body, FunctionBinding, GraphqlOperation, HttpBinding
from composio.model.call import CALLING
from composio.model.effect import Effect, find_effect
from composio.model.peers import Peer, PeerServer


def http(slug: str, method: str, path: str = "/", **more: Any) -> ActionModel:
    return ActionModel(slug=slug, app=slug.partition("_")[0].lower(), binding=HttpBinding(method, path), **more)


@pytest.mark.parametrize(
    ("slug", "method", "path", "effect"),
    [
        ("SHOP_LIST_ORDERS", "GET", "/orders", "read"),
        ("SHOP_LIST_CLOSED_ISSUES", "GET", "/issues", "read"),
        ("SHOP_ANYTHING", "HEAD", "/", "read"),
        ("SHOP_DELETE_ORDER", "GET", "/orders", "destructive"),
        ("SHOP_ORDER", "GET", "/orders/delete", "destructive"),
        ("SHOP_SEND_REMINDER", "GET", "/remind", "write"),
        ("SHOP_CREATE_ORDER", "POST", "/orders", "write"),
        ("SHOP_SEARCH_ORDERS", "POST", "/search", "read"),
        ("SHOP_POST_SEARCH", "POST", "/search", "read"),
        ("SHOP_GET_OR_CREATE_ORDER", "POST", "/orders", "write"),
        ("SHOP_CANCEL_ORDER", "POST", "/cancel", "destructive"),
        ("SHOP_FIND_AND_DELETE", "POST", "/x", "destructive"),
        ("SHOP_FROBNICATE", "POST", "/x", "destructive"),
        ("SHOP_UPDATE_ORDER", "PATCH", "/orders", "write"),
        ("SHOP_PUT_ORDER", "PUT", "/orders", "write"),
        ("SHOP_REVOKE_KEY", "PUT", "/keys", "destructive"),
        ("SHOP_GET_ORDER", "DELETE", "/orders", "destructive"),
        ("SHOP_GET_ORDER", "MKCOL", "/orders", "destructive"),
        ("SHOP_GET_ORDER", "get", "/orders", "read"),
    ],
)
def test_of_requests(slug: str, method: str, path: str, effect: str) -> None:
    assert find_effect(http(slug, method, path)).value == effect


def test_an_alias_changes_nothing() -> None:
    one = http("SHOP_ORDERS_V2", "POST", aliases=("SHOP_DELETE_ORDERS",))
    other = http("SHOP_DELETE_ORDERS", "POST", aliases=("SHOP_ORDERS_V2",))
    assert find_effect(one) is find_effect(other) is Effect.DESTRUCTIVE
    assert find_effect(http("SHOP_ORDERS_V2", "POST", aliases=("SHOP_SEARCH_ORDERS",))) is Effect.READ


def test_tags_state_it() -> None:
    assert find_effect(http("SHOP_FROBNICATE", "POST", tags=("readOnlyHint",))) is Effect.READ
    assert find_effect(http("SHOP_GET_ORDER", "GET", tags=("destructiveHint",))) is Effect.DESTRUCTIVE
    assert find_effect(http("SHOP_GET_ORDER", "DELETE", tags=("readOnlyHint",))) is Effect.DESTRUCTIVE


def test_an_mcp_servers_hints_are_its_own_claims() -> None:
    peer = Peer(PeerServer(url="https://mcp.example"), "tool")

    def tool(slug: str) -> ActionModel:
        return ActionModel(slug=slug, app="acme", tags=("readOnlyHint",), binding=HttpBinding("QUERY", "/", peer=peer))

    assert find_effect(tool("ACME_WIPE_EVERYTHING")) is Effect.DESTRUCTIVE
    assert find_effect(tool("ACME_FROBNICATE")) is Effect.DESTRUCTIVE
    assert find_effect(tool("ACME_LIST_THINGS")) is Effect.READ


@pytest.mark.parametrize(
    ("head", "slug", "effect"),
    [
        ("query viewer { viewer", "LINEAR_VIEWER", "read"),
        ("{ viewer", "LINEAR_DELETE_VIEWER", "read"),
        ("mutation x { issueCreate", "LINEAR_ISSUE_CREATE", "write"),
        ("mutation x { issueDelete", "LINEAR_ISSUE_DELETE", "destructive"),
        ("mutation x { issueGet", "LINEAR_GET_ISSUE", "write"),
        ("mutation x { frob", "LINEAR_FROB", "destructive"),
    ],
)
def test_of_graphql(head: str, slug: str, effect: str) -> None:
    body = Body("application/json", "graphql", graphql=GraphqlOperation("x", head))
    found = ActionModel(slug=slug, app="linear", binding=HttpBinding("POST", "/graphql", body=body))
    assert find_effect(found).value == effect


def test_of_functions() -> None:
    shipped = ActionModel(slug="GMAIL_FETCH_EMAILS", app="gmail", binding=FunctionBinding("composio_apps.gmail:fetch"))
    assert find_effect(shipped) is Effect.READ
    own = ActionModel(slug="COMPOSIO_MULTI_EXECUTE_TOOL", app="composio", binding=FunctionBinding("x:y", injected=(CALLING,)))
    assert find_effect(own) is Effect.READ


def test_a_users_function_says_itself_that_it_only_reads() -> None:
    @action(toolname="little")
    def get_rid_of_everything() -> str:
        """Named as if it read."""
        return ""

    @action(toolname="little_reader", tags=["readOnlyHint"])
    def look() -> str:
        """Only reads."""
        return ""

    try:
        assert find_effect(get_rid_of_everything.model_for(lambda _: False)) is Effect.DESTRUCTIVE
        assert find_effect(look.model_for(lambda _: False)) is Effect.READ
    finally:
        REGISTRY.discard(get_rid_of_everything)
        REGISTRY.discard(look)
