"""API keys: what opens, what is stored, and what ends."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio_server.services.keys import KeyRefused, Keys, Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.store.tables import api_keys


def test_a_key_opens_its_project_with_its_scopes(services: Services, project: Project) -> None:
    key, secret = services.keys.create(project.id, "ci", [Scope.EXECUTE])
    caller = services.keys.verify(secret.reveal())
    assert (caller.project_id, caller.key_id) == (project.id, key.id)
    assert caller.may(Scope.EXECUTE)
    assert not caller.may(Scope.READ)


def test_an_admin_may_everything(services: Services, key: str) -> None:
    assert all(services.keys.verify(key).may(scope) for scope in Scope)


def test_the_text_of_a_key_is_stored_nowhere(services: Services, project: Project) -> None:
    _, secret = services.keys.create(project.id, "ci")
    token = secret.reveal().rsplit("_", 1)[1]
    rows = list(services.database.rows(sa.select(api_keys)))
    assert rows
    assert all(token not in str(value) for row in rows for value in row)


@pytest.mark.parametrize("end", ["x", "", "A" * 43])
def test_a_key_with_another_end_is_refused(services: Services, key: str, end: str) -> None:
    with pytest.raises(KeyRefused):
        services.keys.verify(key.rsplit("_", 1)[0] + "_" + end)


@given(st.text(max_size=100))
def test_whatever_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyRefused, match="not an API key"):
        Keys(None).verify(text)  # type: ignore[arg-type]  # the database is not asked


def test_a_revoked_key_is_refused(services: Services, project: Project) -> None:
    key, secret = services.keys.create(project.id, "old")
    assert services.keys.revoke(project.id, key.id)
    with pytest.raises(KeyRefused, match="revoked"):
        services.keys.verify(secret.reveal())


def test_an_expired_key_is_refused(services: Services, project: Project) -> None:
    now = 1000.0
    keys = Keys(services.database, lambda: now)
    _, secret = keys.create(project.id, "short", expires_at=1060.0)
    keys.verify(secret.reveal())
    now = 1060.0
    with pytest.raises(KeyRefused, match="expired"):
        keys.verify(secret.reveal())


def test_both_keys_open_while_a_rotation_overlaps(services: Services, project: Project) -> None:
    now = 1000.0
    keys = Keys(services.database, lambda: now)
    old, first = keys.create(project.id, "app", [Scope.READ])
    fresh, second = keys.rotate(project.id, old.id, overlap=60.0)
    assert fresh.scopes == old.scopes
    now = 1059.0
    keys.verify(first.reveal())
    now = 1060.0
    keys.verify(second.reveal())
    with pytest.raises(KeyRefused, match="revoked"):
        keys.verify(first.reveal())


def test_a_project_neither_sees_nor_ends_the_keys_of_another(services: Services, project: Project) -> None:
    other = services.projects.create("other")
    key, secret = services.keys.create(other.id, "theirs")
    assert services.keys.list_keys(project.id) == []
    assert not services.keys.revoke(project.id, key.id)
    with pytest.raises(InvalidRequest):
        services.keys.rotate(project.id, key.id, overlap=0)
    services.keys.verify(secret.reveal())


def test_a_key_that_could_do_nothing_is_not_made(services: Services, project: Project) -> None:
    with pytest.raises(InvalidRequest, match="scope"):
        services.keys.create(project.id, "idle", [])


def test_a_key_that_was_just_read_is_known_until_it_is_revoked_here(services: Services, project: Project) -> None:
    key, secret = services.keys.create(project.id, "app", [Scope.READ])
    text = secret.reveal()
    assert services.keys.verify_known(text) is None
    caller = services.keys.verify(text)
    assert services.keys.verify_known(text) == caller
    assert services.keys.verify_known(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    services.keys.revoke(project.id, key.id)
    assert services.keys.verify_known(text) is None
    with pytest.raises(KeyRefused, match="revoked"):
        services.keys.verify(text)


def test_a_key_that_another_instance_revokes_is_known_for_a_second_at_most(services: Services, project: Project) -> None:
    now = 1000.0
    here, there = (Keys(services.database, lambda: now) for _ in range(2))
    key, secret = here.create(project.id, "app")
    here.verify(secret.reveal())
    there.revoke(project.id, key.id)
    assert here.verify_known(secret.reveal()) is not None
    now = 1001.0
    assert here.verify_known(secret.reveal()) is None
    with pytest.raises(KeyRefused, match="revoked"):
        here.verify(secret.reveal())


def test_a_known_key_expires_on_time(services: Services, project: Project) -> None:
    now = 1000.0
    keys = Keys(services.database, lambda: now)
    _, secret = keys.create(project.id, "short", expires_at=1000.5)
    keys.verify(secret.reveal())
    now = 1000.5
    with pytest.raises(KeyRefused, match="expired"):
        keys.verify_known(secret.reveal())


def test_a_key_that_is_revoked_while_it_is_read_is_not_kept(
    services: Services, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = services.keys.create(project.id, "app")
    first = services.database.first

    def read_and_revoke(*given: Any) -> Any:
        row = first(*given)
        services.keys.revoke(project.id, key.id)
        return row

    monkeypatch.setattr(services.database, "first", read_and_revoke)
    services.keys.verify(secret.reveal())
    assert services.keys.verify_known(secret.reveal()) is None
