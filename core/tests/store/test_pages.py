"""Connections by the page."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.connection import Connection, ConnectionQuery, ConnectionStatus
from composio.store.store import Store

USERS, APPS = ("ada", "eve"), ("github", "slack")
OTHER = {"github": "in-1", "slack": "in-2"}


def walk(store: Store, **query: Any) -> tuple[list[str], set[int]]:
    """Every page from the first to the last: the ids in their order, and the totals that pages told."""
    found: list[str] = []
    totals: set[int] = set()
    after: str | None = None
    while True:
        page = store.page_connections(ConnectionQuery(after=after, **query))
        assert len(page.items) <= query["limit"]
        found += [one.id for one in page.items]
        totals.add(page.total)
        if page.next is None:
            return found, totals
        after = page.next


@given(
    made=st.lists(
        st.tuples(st.sampled_from(USERS), st.sampled_from(APPS), st.sampled_from(ConnectionStatus), st.booleans()), max_size=9
    ),
    changed=st.lists(st.integers(0, 8), max_size=4),
    users=st.sets(st.sampled_from(USERS)),
    apps=st.sets(st.sampled_from(APPS)),
    statuses=st.sets(st.sampled_from(ConnectionStatus)),
    disabled=st.booleans(),
    order_by=st.sampled_from(["created_at", "updated_at"]),
    oldest_first=st.booleans(),
    limit=st.integers(1, 4),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)
def test_pages_together_are_what_the_filters_leave_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    a: Any,
    made: list[tuple[str, str, ConnectionStatus, bool]],
    changed: list[int],
    users: set[str],
    apps: set[str],
    statuses: set[ConnectionStatus],
    disabled: bool,
    order_by: Literal["created_at", "updated_at"],
    oldest_first: bool,
    limit: int,
) -> None:
    folder = tmp_path_factory.mktemp("pages")
    store = Store(lambda: folder / "accounts.sqlite3")
    for number, (user, app, status, enabled) in enumerate(made):
        one = a.connection(
            f"c-{number}", entity_id=user, app=app, integration_id=OTHER[app], status=status, enabled=enabled, updated_at=1.0
        )
        store.add_connection(one, a.sealed())
    for moment, number in enumerate(one for one in changed if one < len(made)):
        store.update_connection(f"c-{number}", now=2.5 + moment, labels=("seen",))

    def fits(one: Connection) -> bool:
        by_status = not statuses and not disabled
        on = one.enabled and one.status in statuses
        return (
            (not users or one.entity_id in users)
            and (not apps or one.app in apps)
            and (by_status or on or (disabled and not one.enabled))
        )

    oldest = list(reversed(store.list_connections()))
    if order_by == "updated_at":
        oldest.sort(key=lambda one: one.updated_at)
    wanted = [one.id for one in oldest if fits(one)]
    found, totals = walk(
        store,
        entity_ids=sorted(users),
        apps=sorted(apps),
        statuses=sorted(statuses),
        disabled=disabled,
        order_by=order_by,
        oldest_first=oldest_first,
        limit=limit,
    )
    assert found == (wanted if oldest_first else wanted[::-1])
    assert totals == {len(wanted)}
    store.close()


def test_a_page_goes_on_where_the_last_one_ended_though_others_connect_meanwhile(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2"), a.sealed())
    first = store.page_connections(ConnectionQuery(limit=1))
    store.add_connection(a.connection("ca-3"), a.sealed())
    second = store.page_connections(ConnectionQuery(limit=1, after=first.next))
    assert [one.id for one in (*first.items, *second.items)] == ["ca-2", "ca-1"]
    assert second.next is None


def test_connections_are_found_by_their_ids_and_their_integrations(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2", integration_id="in-2"), a.sealed())
    assert walk(store, ids=["ca-2", "ca-9"], limit=5)[0] == ["ca-2"]
    assert walk(store, integration_ids=["in-2"], limit=5)[0] == ["ca-2"]
    assert walk(store, integration_ids=["in-9"], limit=5) == ([], {0})


@pytest.mark.parametrize("cursor", ["", "x", "1_x", "-1", "1_2_3", "9" * 40, "1.0_", "٣", "nan"])
@pytest.mark.parametrize("order", ["created_at", "updated_at"])
def test_a_cursor_of_nobodys_is_refused(store: Store, cursor: str, order: Any) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        store.page_connections(ConnectionQuery(after=cursor, order_by=order))


def test_more_values_than_a_statement_takes_are_refused(store: Store) -> None:
    with pytest.raises(InvalidRequest, match="at most 500"):
        store.page_connections(ConnectionQuery(entity_ids=[str(number) for number in range(501)]))


def test_connections_are_counted_by_integration(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2"), a.sealed())
    assert store.count_connections(["in-1", "in-2", "in-1"]) == {"in-1": 2, "in-2": 0}


def test_a_project_pages_through_its_own_connections_only(tmp_path: Any, a: Any) -> None:
    whole = Store(lambda: tmp_path / "accounts.sqlite3", project=None)
    mine, theirs = whole.for_project("mine"), whole.for_project("theirs")
    theirs.add_connection(a.connection("ca-1"), a.sealed())
    mine.add_connection(a.connection("ca-2"), a.sealed())
    assert walk(mine, limit=1) == (["ca-2"], {1})
    assert walk(mine, ids=["ca-1"], limit=1) == ([], {0})
    assert mine.count_connections(["in-1"]) == {"in-1": 1}
    whole.close()
