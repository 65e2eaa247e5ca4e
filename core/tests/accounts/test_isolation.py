"""No call ever uses another entity's connection: over random entities, apps, connections and ways to call."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.functions.registry import REGISTRY
from composio.model.connection import ConnectionStatus
from composio.testing import FakeTransport
from tests.peers.acme import KEY, write_app

APPS = ["first", "second"]
STATES = ["active", "active", "active", "disabled", "expired", "orphan", "removed"]
COUNT = itertools.count(1)
SCHEME = {**KEY, "proxy": {"headers": {"Authorization": "Bearer {{api_key}}"}}}
# Whom the network heard: a token belongs to one connection and never to another.
HEARD: list[str] = []


@dataclass
class Owned:
    """A connection, and what its owner calls it."""

    entity: str
    app: str
    state: str
    id: str = ""
    token: str = field(default_factory=lambda: f"token-{next(COUNT)}")

    @property
    def usable(self) -> bool:
        return self.state == "active"


def heard(request: httpx.Request) -> Any:
    HEARD.append(request.headers.get("authorization", "nothing").removeprefix("Bearer "))
    return 200, {"ok": True}


@pytest.fixture(scope="module")
def toolset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposioToolSet[Any]]:
    home: Path = tmp_path_factory.mktemp("isolation") / "home"
    for app in APPS:
        write_app(home, app, SCHEME)
    known = list(REGISTRY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMPOSIO_ENCRYPTION_KEY", "22" * 32)
        backend = EmbeddedBackend(home=home, transport=FakeTransport(heard))
        tools_of_our_own(ComposioToolSet(backend=backend))
        yield ComposioToolSet(backend=backend)
        backend.close()
    for function in list(REGISTRY):
        if function not in known:
            REGISTRY.discard(function)


def tools_of_our_own(toolset: ComposioToolSet[Any]) -> None:
    """For each app a synchronous and an asynchronous tool that sends a request, and tools that call these."""

    @action(toolname="first")
    def first_relay(execute_request: Any) -> Any:
        return execute_request("/me")

    @action(toolname="first")
    async def first_arelay(execute_request: Any) -> Any:
        return await execute_request("/me")

    @action(toolname="second")
    def second_relay(execute_request: Any) -> Any:
        return execute_request("/me")

    @action(toolname="second")
    async def second_arelay(execute_request: Any) -> Any:
        return await execute_request("/me")

    # A tool of one app that calls a tool of the other, as whoever called it.
    @action(toolname="second")
    def first_through(entity_id: str) -> Any:
        return toolset.execute_action("first_relay", {}, entity_id=entity_id)

    @action(toolname="first")
    async def second_through(entity_id: str) -> Any:
        return await toolset.aexecute_action("second_arelay", {}, entity_id=entity_id)


def response(tool: str) -> dict[str, Any]:
    return {"name": tool, "arguments": {}}


# Ways to call ``app`` as ``entity`` with the connection ``id``; each gives results.
Way = Callable[[ComposioToolSet[Any], str, "str | None", "str | None"], Any]
WAYS: dict[str, Way] = {
    "action": lambda t, app, e, i: t.execute_action(f"{app}_get_me", {}, entity_id=e, connected_account_id=i),
    "request": lambda t, app, e, i: t.execute_request("/me", app=app, entity_id=e, connection_id=i),
    "own tool": lambda t, app, e, i: t.execute_action(f"{app}_relay", {}, entity_id=e, connected_account_id=i),
    "own async tool": lambda t, app, e, i: t.execute_action(f"{app}_arelay", {}, entity_id=e, connected_account_id=i),
    "model's call": lambda t, app, e, i: t.handle_tool_calls(
        response(f"{app}_get_me"), e, check_requested_actions=False, connected_account_id=i
    )[0],
    "model's call of an own tool": lambda t, app, e, i: t.handle_tool_calls(
        response(f"{app}_relay"), e, check_requested_actions=False, connected_account_id=i
    )[0],
    "offered tool": lambda t, app, e, i: _offered(t, app, e, i),
    "chosen by app": lambda t, app, e, i: ComposioToolSet(
        backend=t.backend, entity_id=e, connected_account_ids={app: i} if i else None
    ).execute_action(f"{app}_get_me", {}),
    "entity": lambda t, app, e, i: t.get_entity(e).execute(f"{app}_get_me", {}, connected_account_id=i),
}
NAMELESS = [way for way in WAYS if way != "entity"]  # an entity object always is somebody


def _offered(toolset: ComposioToolSet[Any], app: str, entity: str | None, connection: str | None) -> Any:
    tools = toolset.get_tools(
        [f"{app}_get_me"], entity_id=entity, connected_account_id=connection, check_connected_accounts=False
    )
    return toolset.handle_tool_calls(response(f"{app}_get_me".upper()), tools=tools)[0]


def connect(toolset: ComposioToolSet[Any], owned: Owned) -> None:
    accounts: Any = toolset.backend.accounts
    begun = toolset.initiate_connection(
        app=owned.app,
        entity_id=owned.entity,
        connected_account_params={"api_key": owned.token},
        force_new_integration=owned.state == "orphan",
    )
    owned.id = begun.connected_account_id
    assert begun.connection_status == "ACTIVE"
    if owned.state == "disabled":
        toolset.disable_connection(owned.id)
    elif owned.state == "expired":
        accounts._book().store.update_connection(owned.id, now=0.0, status=ConnectionStatus.EXPIRED)
    elif owned.state == "orphan":
        toolset.remove_integration(begun.connection.integration_id)
    elif owned.state == "removed":
        toolset.delete_connection(owned.id)


def expected(connections: list[Owned], app: str, entity: str | None, wanted: str | None) -> list[str]:
    """The token that must be heard; none where the call must fail."""
    if wanted is not None:
        fitting = [one for one in connections if one.id == wanted and one.app == app and entity in (None, one.entity)]
    else:
        fitting = [one for one in reversed(connections) if one.app == app and one.entity == entity and one.usable]
    return [one.token for one in fitting[:1] if one.usable]


def tried(way: str, *arguments: Any) -> bool:
    HEARD.clear()
    try:
        return bool(WAYS[way](*arguments)["successful"])
    except ComposioError:
        return False


connections_of = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(APPS), st.sampled_from(STATES)), min_size=1, max_size=7)
calls_of = st.lists(
    st.tuples(st.sampled_from(list(WAYS)), st.sampled_from(APPS), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 9))),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(made=connections_of, calls=calls_of)
def test_a_call_uses_its_entitys_own_connection_or_none(
    toolset: ComposioToolSet[Any], made: list[tuple[int, str, str]], calls: list[tuple[str, str, int, int | None]]
) -> None:
    run = next(COUNT)
    owned = [Owned(f"entity-{run}-{who}", app, state) for who, app, state in made]
    for one in owned:
        connect(toolset, one)
    for way, app, who, which in calls:
        entity = f"entity-{run}-{who}"
        # Ids that are known, right ones and foreign ones, and sometimes one that nobody has.
        wanted = None if which is None else owned[which].id if which < len(owned) else "conn_of_nobody"
        told = expected(owned, app, entity, wanted)
        assert tried(way, toolset, app, entity, wanted) is bool(told), (way, app, entity, wanted)
        assert told == HEARD, (way, app, entity, wanted)


@settings(max_examples=30, deadline=None)
@given(made=connections_of, way=st.sampled_from(NAMELESS), app=st.sampled_from(APPS), which=st.integers(0, 9))
def test_an_id_alone_is_exact_where_nobody_named_an_entity(
    toolset: ComposioToolSet[Any], made: list[tuple[int, str, str]], way: str, app: str, which: int
) -> None:
    run = next(COUNT)
    owned = [Owned(f"entity-{run}-{who}", whose_app, state) for who, whose_app, state in made]
    for one in owned:
        connect(toolset, one)
    wanted = owned[which].id if which < len(owned) else "conn_of_nobody"
    told = expected(owned, app, None, wanted)
    assert tried(way, toolset, app, None, wanted) is bool(told)
    assert told == HEARD


@settings(max_examples=30, deadline=None)
@given(made=connections_of, app=st.sampled_from(APPS), who=st.integers(0, 3))
def test_a_tool_that_calls_a_tool_stays_the_entity_that_called(
    toolset: ComposioToolSet[Any], made: list[tuple[int, str, str]], app: str, who: int
) -> None:
    run = next(COUNT)
    owned = [Owned(f"entity-{run}-{one}", whose_app, state) for one, whose_app, state in made]
    for one in owned:
        connect(toolset, one)
    entity = f"entity-{run}-{who}"
    told = expected(owned, app, entity, None)
    HEARD.clear()
    outer = toolset.execute_action(f"{app}_through", {}, entity_id=entity)
    assert (outer["successful"] and outer["data"]["successful"]) is bool(told)
    assert told == HEARD


def test_entities_that_call_at_once_stay_apart(toolset: ComposioToolSet[Any]) -> None:
    import anyio

    run = next(COUNT)
    owned = [Owned(f"entity-{run}-{who}", app, "active") for who in range(8) for app in APPS]
    for one in owned:
        connect(toolset, one)
    HEARD.clear()
    got: list[tuple[Owned, Any]] = []

    async def call(one: Owned) -> None:
        got.append((one, await toolset.aexecute_action(f"{one.app}_arelay", {}, entity_id=one.entity)))

    async def everybody() -> None:
        async with anyio.create_task_group() as group:
            for one in owned * 3:
                group.start_soon(call, one)

    anyio.run(everybody)
    assert all(result["successful"] for _, result in got)
    assert sorted(HEARD) == sorted(one.token for one in owned * 3)


def test_a_connection_chosen_for_one_entity_is_not_lent_to_another(toolset: ComposioToolSet[Any]) -> None:
    run = next(COUNT)
    ada, bob = (Owned(f"entity-{run}-{name}", "first", "active") for name in ("ada", "bob"))
    connect(toolset, ada)
    connect(toolset, bob)
    tools = toolset.get_tools(["first_get_me"], entity_id=ada.entity, connected_account_id=ada.id)
    HEARD.clear()
    assert toolset.handle_tool_calls(response("FIRST_GET_ME"), tools=tools)[0]["successful"]
    assert toolset.handle_tool_calls(response("FIRST_GET_ME"), bob.entity, tools=tools)[0]["successful"]
    assert [ada.token, bob.token] == HEARD
