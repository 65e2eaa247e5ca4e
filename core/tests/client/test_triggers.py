"""Triggers as users' code meets them, in every documented spelling."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from composio import App, ComposioToolSet, Trigger
from composio.client.collections import TriggerSubscription
from composio.errors import (
    ConnectedAccountNotFound,
    ConnectionNotFound,
    InvalidArguments,
    InvalidRequest,
    TriggerInstanceNotFound,
    TriggerNotFound,
)

ToolSet = ComposioToolSet[Any]


def connect(toolset: ToolSet, entity: str) -> str:
    begun = toolset.initiate_connection(app="keyed", entity_id=entity, connected_account_params={"api_key": "k"})
    return begun.connectedAccountId


def test_a_trigger_is_shown_enabled_listed_disabled_and_deleted(toolset: ToolSet) -> None:
    trigger = toolset.get_trigger("KEYED_NEW_THING")
    assert json.loads(trigger.config.model_dump_json(indent=4))["required"] == ["owner"]
    assert toolset.get_trigger_config_scheme(Trigger.KEYED_NEW_THING) == trigger.config
    assert (trigger.appName, trigger.name) == ("keyed", "KEYED_NEW_THING")
    account = connect(toolset, "alice")
    connect(toolset, "bob")
    entity = toolset.get_entity(id="alice")
    res = entity.enable_trigger(app=App.KEYED, trigger_name="KEYED_NEW_THING", config={"owner": "o", "size": "7"})
    assert res == {"status": "success", "triggerId": res["triggerId"], "isNew": True}
    again = entity.enable_trigger(App.KEYED, Trigger.KEYED_NEW_THING, {"owner": "o", "size": 7})
    assert again == {**res, "isNew": False}
    [active] = toolset.get_active_triggers()
    assert (active.id, active.connectionId, active.triggerName, active.triggerConfig) == (
        res["triggerId"],
        account,
        "KEYED_NEW_THING",
        {"owner": "o", "size": 7},
    )
    assert active.model_dump()["triggerName"] == "KEYED_NEW_THING"
    other = toolset.get_entity(id="bob")
    theirs = other.enable_trigger(trigger_name=trigger, config={"owner": "o"})
    assert [one.id for one in other.get_active_triggers()] == [theirs["triggerId"]]
    assert [one.id for one in toolset.get_active_triggers(connected_account_ids=[account])] == [res["triggerId"]]
    assert toolset.get_active_triggers(trigger_names=["KEYED_POLLED"]) == []
    with pytest.raises(TriggerInstanceNotFound):
        entity.disable_trigger(theirs["triggerId"])
    assert entity.disable_trigger(res["triggerId"]) == {"status": "success"}
    assert entity.get_active_triggers() == []
    assert [one.enabled for one in toolset.client.triggers.list(entity_id="alice")] == [False]
    assert toolset.delete_trigger(theirs["triggerId"]) is True
    with pytest.raises(TriggerInstanceNotFound, match="composio triggers --active"):
        toolset.delete_trigger(theirs["triggerId"])


def test_the_client_enables_by_connection(toolset: ToolSet) -> None:
    client, account = toolset.client, connect(toolset, "alice")
    made = client.triggers.enable(name="KEYED_POLLED", connected_account_id=account, config={})
    assert client.active_triggers.get(trigger_ids=made["triggerId"])[0].entity_id == "alice"
    assert [one.slug for one in client.triggers.get(app_names=["keyed"])] == ["KEYED_NEW_THING", "KEYED_PUSHED", "KEYED_POLLED"]
    assert [one.slug for one in client.triggers.get(trigger_names=["keyed_pushed"])] == ["KEYED_PUSHED"]
    listener = client.triggers.subscribe(timeout=30)
    assert isinstance(listener, TriggerSubscription)
    listener.stop()
    assert client.triggers.disable(made["triggerId"]) == {"status": "success"}
    assert client.triggers.delete(made["triggerId"]) == {"status": "success"}
    with pytest.raises(ConnectedAccountNotFound):
        client.triggers.enable(name="KEYED_POLLED", connected_account_id="ca_unknown", config={})
    with pytest.raises(InvalidRequest, match="Name a connection"):
        client.triggers.enable(name="KEYED_POLLED")


def test_what_is_wrong_is_said_as_for_calls(toolset: ToolSet) -> None:
    connect(toolset, "alice")
    entity = toolset.get_entity("alice")
    with pytest.raises(TriggerNotFound, match="KEYED_NEW_THING"):
        entity.enable_trigger(app=App.KEYED, trigger_name="KEYED_NEW_THINGS", config={})
    with pytest.raises(InvalidArguments, match=r"KEYED_NEW_THING: owner"):
        entity.enable_trigger(app=App.KEYED, trigger_name="KEYED_NEW_THING", config={})
    with pytest.raises(ConnectionNotFound, match="composio add keyed -e carol"):
        toolset.get_entity("carol").enable_trigger(app=App.KEYED, trigger_name="KEYED_POLLED", config={})
    with pytest.raises(InvalidRequest, match="a trigger of keyed"):
        entity.enable_trigger(app="acme", trigger_name="KEYED_POLLED", config={})
    with pytest.raises(InvalidRequest, match="config is a dict"):
        entity.enable_trigger(app="keyed", trigger_name="KEYED_POLLED", config=["x"])  # type: ignore[arg-type]
    assert toolset.get_active_triggers() == []


def test_what_is_enabled_goes_with_its_connection(toolset: ToolSet) -> None:
    account = connect(toolset, "alice")
    toolset.get_entity("alice").enable_trigger(trigger_name="KEYED_POLLED")
    toolset.delete_connection(account)
    assert toolset.get_active_triggers() == []


def test_all_of_it_is_asynchronous_too(toolset: ToolSet) -> None:
    connect(toolset, "alice")
    entity = toolset.get_entity("alice")

    async def use() -> list[Any]:
        made = await entity.aenable_trigger("keyed", "KEYED_POLLED", {})
        found = await toolset.aget_active_triggers()
        assert (await toolset.aget_trigger("KEYED_POLLED")).slug == "KEYED_POLLED"
        assert (await entity.adisable_trigger(made["triggerId"]))["status"] == "success"
        assert await toolset.adelete_trigger(made["triggerId"])
        return [one.id == made["triggerId"] for one in found]

    assert asyncio.run(use()) == [True]
