from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composio.errors import StoreError
from composio.model.connection import ConnectionStatus
from composio.store.records import Sealed, place_of
from composio.store.store import Store

Open = Callable[[], Store]


def test_importing_the_store_loads_no_database_library() -> None:
    code = "import sys, composio.store.store; print([m for m in ('sqlalchemy', 'alembic', 'sqlite3') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_nothing_exists_before_something_is_stored(open_store: Open, a: Any, tmp_path: Path) -> None:
    store = open_store()
    assert not store.exists()
    assert list(tmp_path.iterdir()) == []
    store.add_integration(a.integration(), a.sealed())
    assert store.exists()
    assert open_store().exists()


# Integrations


def test_an_integration_comes_back_as_it_was_stored(store: Store, a: Any) -> None:
    wanted = a.integration(
        "in-2",
        scopes=("repo", "user"),
        redirect_uri="https://mine.example/back",
        use_composio_oauth_app=True,
        limited_actions=("GITHUB_GET_USER",),
        enabled=False,
        created_at=5.25,
        updated_at=6.5,
    )
    store.add_integration(wanted, a.sealed("x"))
    assert store.get_integration("in-2") == (wanted, a.sealed("x"))
    assert store.get_integration("in-3") is None


def test_no_scopes_are_not_the_same_as_none_named(store: Store, a: Any) -> None:
    store.add_integration(a.integration("in-2", scopes=(), limited_actions=()), a.sealed())
    found = store.get_integration("in-2")
    assert found
    assert (found[0].scopes, found[0].limited_actions) == ((), ())
    assert store.update_integration("in-2", now=9.0, scopes=None)
    found = store.get_integration("in-2")
    assert found
    assert (found[0].scopes, found[0].updated_at) == (None, 9.0)


def test_integrations_are_listed_newest_first_by_app_and_mode(store: Store, a: Any) -> None:
    store.add_integration(a.integration("in-2", app="slack", created_at=0.5), a.sealed())
    store.add_integration(a.integration("in-3", auth_mode="API_KEY"), a.sealed())
    store.add_integration(a.integration("in-4", enabled=False), a.sealed())

    def ids(**asked: Any) -> list[str]:
        return [found.id for found, _ in store.list_integrations(**asked)]

    assert ids() == ["in-3", "in-2", "in-1"]
    assert ids(disabled=True) == ["in-4", "in-3", "in-2", "in-1"]
    assert ids(app="github") == ["in-3", "in-1"]
    assert ids(app="github", auth_mode="OAUTH2") == ["in-1"]
    assert ids(limit=1) == ["in-3"]
    assert ids(limit=0) == []


def test_what_names_a_row_cannot_be_changed(store: Store) -> None:
    with pytest.raises(TypeError, match="app can't be changed"):
        store.update_integration("in-1", now=1.0, app="slack")
    with pytest.raises(TypeError, match="entity_id, versoin can't be changed"):
        store.update_connection("ca-1", now=1.0, entity_id="eve", versoin=1)


def test_a_change_of_what_is_gone_says_so(store: Store, a: Any) -> None:
    assert store.delete_integration("in-1")
    assert not store.delete_integration("in-1")
    assert not store.update_integration("in-1", now=1.0, enabled=False)
    assert store.delete_connection("ca-1")
    assert not store.delete_connection("ca-1")
    assert store.update_connection("ca-1", now=1.0, enabled=False) is None
    assert not store.take_lease("ca-1", "x", now=1.0, seconds=9.0, if_version=1)


def test_an_id_is_used_once(store: Store, a: Any) -> None:
    with pytest.raises(StoreError, match="UNIQUE"):
        store.add_connection(a.connection(entity_id="eve"), a.sealed("theirs"))
    found = store.get_connection("ca-1")
    assert found
    assert (found.connection.entity_id, found.sealed) == ("ada", a.sealed("c"))


# Connections


def test_a_connection_comes_back_as_it_was_stored_with_its_integration(store: Store, a: Any) -> None:
    wanted = a.connection(
        "ca-2",
        entity_id="o'hara \x00 \U0001f600",
        status=ConnectionStatus.EXPIRED,
        enabled=False,
        labels=("work", "a,b"),
        scopes=("repo",),
        redirect_url="https://x.example/?a=b",
        error="why",
        version=7,
        expires_at=1.5,
        refresh_at=1.25,
        created_at=0.5,
        updated_at=0.75,
        activated_at=0.625,
        renewal_sent_at=0.25,
        renewal_lost_at=0.375,
    )
    store.add_connection(wanted, a.sealed("2"))
    found = store.get_connection("ca-2")
    assert found
    assert (found.connection, found.sealed) == (wanted, a.sealed("2"))
    assert (found.integration, found.integration_sealed) == (a.integration(), a.sealed("i"))
    assert store.get_connection("ca-3") is None


def test_a_connection_outlives_its_integration_and_is_of_no_use_then(store: Store, a: Any) -> None:
    store.delete_integration("in-1")
    found = store.get_connection("ca-1")
    assert found
    assert (found.integration, found.integration_sealed) == (None, None)
    assert store.newest_usable("github", "ada") is None
    assert store.newest("github", "ada") == found
    assert [one.id for one in store.list_connections()] == ["ca-1"]
    assert store.list_connections(active=True) == []


def test_the_connection_that_was_added_last_is_used_whatever_the_clock_said(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2", created_at=-5.0), a.sealed())
    store.update_connection("ca-1", now=1e9, labels=("touched",))
    found = store.newest_usable("github", "ada")
    assert found
    assert found.connection.id == "ca-2"


@pytest.mark.parametrize(
    "flaw",
    [
        {"enabled": False},
        {"status": ConnectionStatus.INITIATED},
        {"status": ConnectionStatus.EXPIRED},
        {"integration_id": "gone"},
    ],
)
def test_a_connection_that_is_of_no_use_is_passed_over(store: Store, a: Any, flaw: dict[str, Any]) -> None:
    store.add_connection(a.connection("ca-2", **flaw), a.sealed())
    used, newest = store.newest_usable("github", "ada"), store.newest("github", "ada")
    assert used
    assert newest
    assert (used.connection.id, newest.connection.id) == ("ca-1", "ca-2")
    assert [one.id for one in store.list_connections(active=True)] == ["ca-1"]


def test_a_disabled_integrations_connections_are_of_no_use(store: Store) -> None:
    store.update_integration("in-1", now=1.0, enabled=False)
    assert store.newest_usable("github", "ada") is None
    assert store.list_connections(active=True) == []


@pytest.mark.parametrize("entity", ["eve", "Ada", "ada ", "%", "a%", "ad_", ""])
def test_another_entitys_connection_is_never_found(store: Store, entity: str) -> None:
    assert store.newest_usable("github", entity) is None
    assert store.newest("github", entity) is None
    assert store.newest_usable("slack", "ada") is None
    assert store.list_connections(entity_ids=[entity]) == []


def test_connections_are_listed_newest_first_by_whatever_was_asked(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2", entity_id="eve", labels=("work",)), a.sealed())
    store.add_connection(a.connection("ca-3", app="slack", integration_id="in-2", labels=("work", "home")), a.sealed())

    def ids(**asked: Any) -> list[str]:
        return [one.id for one in store.list_connections(**asked)]

    assert ids() == ["ca-3", "ca-2", "ca-1"]
    assert ids(app="github") == ["ca-2", "ca-1"]
    assert ids(entity_ids=["ada"]) == ["ca-3", "ca-1"]
    assert ids(entity_ids=["ada", "eve"], limit=2) == ["ca-3", "ca-2"]
    assert ids(integration_id="in-2") == ["ca-3"]
    assert ids(labels=["work"]) == ["ca-3", "ca-2"]
    assert ids(labels=["work"], limit=1) == ["ca-3"]
    assert ids(labels=["work", "home"]) == ["ca-3"]
    assert ids(labels=["Work"]) == []


def test_more_entities_than_a_statement_takes_can_be_asked_for(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2", entity_id="eve"), a.sealed())
    many = [f"e{n}" for n in range(40_000)]
    assert [one.id for one in store.list_connections(entity_ids=[*many, "ada"])] == ["ca-1"]


def test_a_change_of_what_is_sealed_or_of_the_status_makes_a_new_version(store: Store, a: Any) -> None:
    changed = store.update_connection("ca-1", now=5.0, sealed=a.sealed("new"), labels=("x",))
    assert changed == a.connection(version=2, updated_at=5.0, labels=("x",))
    found = store.get_connection("ca-1")
    assert found
    assert (found.connection, found.sealed) == (changed, a.sealed("new"))
    assert store.update_connection("ca-1", now=6.0, if_version=1, error="late") is None
    again = store.update_connection("ca-1", now=6.0, if_version=2, status=ConnectionStatus.EXPIRED, error="in time")
    assert again
    assert (again.version, again.error) == (3, "in time")


def test_who_labels_a_connection_does_not_get_in_the_way_of_who_renews_it(store: Store, a: Any) -> None:
    assert store.take_lease("ca-1", "one", now=100.0, seconds=10.0, if_version=1)
    assert store.update_connection("ca-1", now=101.0, labels=("x",), enabled=False)
    changed = store.update_connection("ca-1", now=102.0, if_owner="one", if_version=1, sealed=a.sealed("new"))
    assert changed
    assert (changed.version, changed.labels, changed.enabled) == (2, ("x",), False)


def test_a_text_that_is_no_unicode_is_an_error_that_says_so(store: Store, a: Any) -> None:
    with pytest.raises(StoreError, match="not valid Unicode"):
        store.newest_usable("github", "\ud800")
    with pytest.raises(StoreError, match="not valid Unicode"):
        store.add_connection(a.connection("ca-2", entity_id="\ud800"), a.sealed())


# Leases


def test_a_lease_is_one_owners_until_it_ends(store: Store) -> None:
    assert store.take_lease("ca-1", "one", now=100.0, seconds=10.0, if_version=1)
    assert not store.take_lease("ca-1", "two", now=109.9, seconds=10.0, if_version=1)
    assert store.take_lease("ca-1", "one", now=109.0, seconds=10.0, if_version=1)
    assert store.take_lease("ca-1", "two", now=119.0, seconds=10.0, if_version=1)
    assert store.update_connection("ca-1", now=120.0, if_owner="one", error="late") is None
    changed = store.update_connection("ca-1", now=120.0, if_owner="two", status=ConnectionStatus.ACTIVE)
    assert changed
    assert changed.version == 2
    # The change dropped the lease, and moved the version on.
    assert not store.take_lease("ca-1", "three", now=120.0, seconds=10.0, if_version=1)
    assert store.take_lease("ca-1", "three", now=120.0, seconds=10.0, if_version=2)


def test_only_its_owner_drops_a_lease(store: Store) -> None:
    assert store.take_lease("ca-1", "one", now=100.0, seconds=10.0, if_version=1)
    store.drop_lease("ca-1", "two")
    assert not store.take_lease("ca-1", "two", now=100.0, seconds=10.0, if_version=1)
    store.drop_lease("ca-1", "one")
    assert store.take_lease("ca-1", "two", now=100.0, seconds=10.0, if_version=1)


def test_a_lease_can_be_taken_from_an_owner_that_is_named(store: Store) -> None:
    assert store.take_lease("ca-1", "one", now=100.0, seconds=10.0, if_version=1)
    assert store.lease_of("ca-1") == ("one", 110.0)
    assert not store.take_lease("ca-1", "two", now=101.0, seconds=10.0, if_version=1, instead_of="somebody else")
    assert store.take_lease("ca-1", "two", now=101.0, seconds=10.0, if_version=1, instead_of="one")
    assert store.lease_of("ca-1") == ("two", 111.0)
    store.drop_lease("ca-1", "two")
    assert store.lease_of("ca-1") is None


def test_a_lease_from_before_the_clock_was_set_back_is_nobodys(store: Store) -> None:
    assert store.take_lease("ca-1", "one", now=86_400.0, seconds=10.0, if_version=1)
    assert store.take_lease("ca-1", "two", now=100.0, seconds=10.0, if_version=1)


def test_what_was_sent_is_noted_by_the_owner_alone_and_lost_once(store: Store, a: Any) -> None:
    assert not store.mark_sent("ca-1", "one", now=100.0, seconds=10.0, if_version=1)
    assert store.take_lease("ca-1", "one", now=99.0, seconds=10.0, if_version=1)
    assert not store.mark_sent("ca-1", "two", now=100.0, seconds=10.0, if_version=1)
    assert not store.mark_sent("ca-1", "one", now=100.0, seconds=10.0, if_version=2)
    assert store.mark_sent("ca-1", "one", now=100.0, seconds=10.0, if_version=1)
    assert store.lease_of("ca-1") == ("one", 110.0)
    found = store.get_connection("ca-1")
    assert found
    assert found.connection == a.connection(renewal_sent_at=100.0)
    assert not store.mark_lost("ca-1", sent_at=99.0, now=120.0, error="why")
    assert store.mark_lost("ca-1", sent_at=100.0, now=120.0, error="why")
    assert not store.mark_lost("ca-1", sent_at=100.0, now=121.0, error="again")
    [one] = store.list_connections()
    assert (one.renewal_sent_at, one.renewal_lost_at, one.error, one.version) == (100.0, 120.0, "why", 1)
    assert store.mark_sent("ca-1", "one", now=130.0, seconds=10.0, if_version=1)
    [one] = store.list_connections()
    assert (one.renewal_sent_at, one.renewal_lost_at) == (130.0, None)


def test_of_many_threads_one_gets_the_lease(open_store: Open, store: Store) -> None:
    stores = [store, open_store()]
    together = threading.Barrier(16)

    def take(number: int) -> bool:
        together.wait()
        return stores[number % 2].take_lease("ca-1", f"owner {number}", now=100.0, seconds=10.0, if_version=1)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(take, range(16))) == 1


# Users on the way


def test_an_authorization_comes_back_as_it_was_stored(store: Store, a: Any) -> None:
    wanted = a.authorization(interval=5.0, next_poll_at=105.0)
    store.add_authorization(wanted, a.sealed("a"))
    assert store.get_authorization("hash-1") == (wanted, a.sealed("a"))
    assert store.get_authorization("hash-2") is None


def test_an_authorization_is_used_once_and_in_time(store: Store, a: Any) -> None:
    store.add_authorization(a.authorization(), a.sealed())
    store.add_authorization(a.authorization("hash-2"), a.sealed())
    assert not store.use_authorization("hash-2", 700.0)
    assert not store.use_authorization("nothing", 200.0)
    assert store.use_authorization("hash-1", 200.0)
    assert not store.use_authorization("hash-1", 200.0)
    found = store.get_authorization("hash-1")
    assert found
    assert found[0].used_at == 200.0


def test_of_many_threads_one_uses_an_authorization(open_store: Open, store: Store, a: Any) -> None:
    store.add_authorization(a.authorization(), a.sealed())
    stores = [store, open_store()]
    together = threading.Barrier(16)

    def use(number: int) -> bool:
        together.wait()
        return stores[number % 2].use_authorization("hash-1", 200.0)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(use, range(16))) == 1


def test_the_newest_unused_one_is_what_a_connection_waits_for(store: Store, a: Any) -> None:
    assert store.waiting_authorization("ca-1") is None
    for name in ("hash-1", "hash-2", "hash-3"):
        store.add_authorization(a.authorization(name), a.sealed(name))
    store.use_authorization("hash-3", 200.0)
    assert store.waiting_authorization("ca-1") == (a.authorization("hash-2"), a.sealed("hash-2"))
    assert store.waiting_authorization("ca-2") is None


def test_a_poll_is_one_callers_once_its_time_has_come(store: Store, a: Any) -> None:
    store.add_authorization(a.authorization(interval=5.0, next_poll_at=105.0), a.sealed())
    assert not store.claim_poll("hash-1", now=104.9, next_poll_at=110.0)
    assert store.claim_poll("hash-1", now=105.0, next_poll_at=110.0)
    assert not store.claim_poll("hash-1", now=105.0, next_poll_at=110.0)
    assert store.claim_poll("hash-1", now=110.0, next_poll_at=115.0)
    store.use_authorization("hash-1", 111.0)
    assert not store.claim_poll("hash-1", now=200.0, next_poll_at=205.0)


def test_old_authorizations_and_those_of_deleted_connections_are_forgotten(store: Store, a: Any) -> None:
    store.add_connection(a.connection("ca-2"), a.sealed())
    store.add_authorization(a.authorization(), a.sealed())
    store.add_authorization(a.authorization("hash-2", expires_at=900.0), a.sealed())
    store.add_authorization(a.authorization("hash-3", connection_id="ca-2", expires_at=900.0), a.sealed())
    assert store.purge_authorizations(700.0) == 0
    assert store.purge_authorizations(700.1) == 1
    store.delete_connection("ca-1")
    assert store.get_authorization("hash-2") is None
    assert store.get_authorization("hash-3")


def test_an_authorization_needs_its_connection(store: Store, a: Any) -> None:
    with pytest.raises(StoreError, match="no connection 'ca-9'"):
        store.add_authorization(a.authorization(connection_id="ca-9"), a.sealed())


# What is sealed


def test_whatever_is_under_another_key_is_found_with_its_place(store: Store, a: Any) -> None:
    store.add_authorization(a.authorization(), replace(a.sealed("a"), key_id="key-0"))
    waiting = place_of(a.authorization()), replace(a.sealed("a"), key_id="key-0")
    everything = [(place_of(a.integration()), a.sealed("i")), (place_of(a.connection()), a.sealed("c")), waiting]
    assert store.sealed_not_under("key-1", 9) == [waiting]
    assert store.sealed_not_under("key-2", 9) == everything
    assert list(store.sealed()) == everything
    assert len(store.sealed_not_under("key-2", 2)) == 2
    assert store.count_sealed() == 3
    assert store.count_sealed(not_under="key-1") == 1
    assert store.sealed_key_ids() == {"key-0", "key-1"}


@pytest.mark.parametrize(("kind", "mark"), [("integration", "i"), ("connection", "c")])
def test_only_what_is_still_the_same_is_wrapped_anew(store: Store, a: Any, kind: str, mark: str) -> None:
    place = place_of(getattr(a, kind)())
    new = Sealed("key-2", b"again", a.sealed(mark).box)
    assert store.rewrap([(place, a.sealed("other"), new)]) == 0
    assert store.rewrap([(place, a.sealed(mark), new)]) == 1
    assert store.rewrap([(place, a.sealed(mark), new)]) == 0
    assert [one.kind for one, _ in store.sealed_not_under("key-1", 9)] == [kind]
