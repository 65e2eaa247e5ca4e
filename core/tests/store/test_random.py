"""Whatever happened before, a lookup finds the newest usable connection of exactly this entity and app: against a plain list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.store.store import Store
from composio.store.tables import METADATA

# Names that a careless comparison takes for each other.
ENTITIES = ["ada", "Ada", "ada ", "ad%", "default", "", "ada\n", "ａda"]
APPS = ["github", "git", "github_enterprise"]
INTEGRATIONS = ["in-1", "in-2", "in-3"]


@dataclass
class Model:
    """What the database should hold, in the order in which it was added."""

    integrations: dict[str, Integration] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)

    def newest(self, app: str, entity: str, *, usable: bool) -> str | None:
        for one in reversed(self.connections):
            integration = self.integrations.get(one.integration_id)
            fit = one.is_usable and integration is not None and integration.enabled
            if one.app == app and one.entity_id == entity and (fit or not usable):
                return one.id
        return None


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("add"),
            st.sampled_from(ENTITIES),
            st.sampled_from(APPS),
            st.sampled_from(INTEGRATIONS),
            st.sampled_from(ConnectionStatus),
            st.booleans(),
        ),
        st.tuples(st.just("status"), st.integers(0, 20), st.sampled_from(ConnectionStatus)),
        st.tuples(st.just("enable"), st.integers(0, 20), st.booleans()),
        st.tuples(st.just("delete"), st.integers(0, 20)),
        st.tuples(
            st.just("integration"), st.sampled_from(INTEGRATIONS), st.sampled_from(["add", "disable", "enable", "delete"])
        ),
    ),
    min_size=4,
    max_size=16,
)


def act(store: Store, model: Model, a: Any, number: int, step: tuple[Any, ...]) -> None:
    kind, *rest = step
    if kind == "add":
        entity, app, integration, status, enabled = rest
        one = a.connection(
            f"ca-{number}", entity_id=entity, app=app, integration_id=integration, status=status, enabled=enabled, version=0
        )
        store.add_connection(one, a.sealed())
        model.connections.append(one)
    elif kind == "integration":
        change(store, model, a, *rest)
    elif model.connections:
        at = rest[0] % len(model.connections)
        one = model.connections[at]
        if kind == "delete":
            assert store.delete_connection(one.id)
            del model.connections[at]
        else:
            changes = {"status": rest[1]} if kind == "status" else {"enabled": rest[1]}
            changed = store.update_connection(one.id, now=float(number), **changes)
            assert changed is not None
            assert changed == replace(one, version=one.version + (kind == "status"), updated_at=float(number), **changes)
            model.connections[at] = changed


def change(store: Store, model: Model, a: Any, name: str, how: str) -> None:
    if how == "add":
        if name not in model.integrations:
            store.add_integration(a.integration(name), a.sealed())
            model.integrations[name] = a.integration(name)
    elif how == "delete":
        assert store.delete_integration(name) == (model.integrations.pop(name, None) is not None)
    elif store.update_integration(name, now=1.0, enabled=how == "enable"):
        model.integrations[name] = replace(model.integrations[name], enabled=how == "enable")


@pytest.fixture
def empty(open_store: Callable[[], Store]) -> Callable[[], Store]:
    """The same store, emptied: making a file anew for each example takes longer than the example."""
    made = open_store()

    def emptied() -> Store:
        with made._open().write() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(sa.delete(table))
        return made

    return emptied


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_lookups_find_what_a_plain_list_would(empty: Callable[[], Store], a: Any, steps: list[tuple[Any, ...]]) -> None:
    store, model = empty(), Model()
    for name in INTEGRATIONS[:2]:
        change(store, model, a, name, "add")
    for number, step in enumerate(steps):
        act(store, model, a, number, step)
    for entity in ENTITIES:
        for app in APPS:
            used, newest = store.newest_usable(app, entity), store.newest(app, entity)
            assert (used and used.connection.id) == model.newest(app, entity, usable=True)
            assert (newest and newest.connection.id) == model.newest(app, entity, usable=False)
            for found in (used, newest):
                assert found is None or (found.connection.entity_id, found.connection.app) == (entity, app)
        assert [one.id for one in store.list_connections(entity_ids=[entity])] == [
            one.id for one in reversed(model.connections) if one.entity_id == entity
        ]
    assert store.list_connections() == list(reversed(model.connections))
