"""Signing in a command line."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.secret import Secret
from composio_server.services.cli_sessions import SECONDS, CliSessions
from composio_server.services.keys import Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.store.tables import api_keys


def test_an_approved_session_gives_a_key_once(services: Services, project: Project) -> None:
    sessions = services.cli_sessions
    made = sessions.create()
    sessions.approve(made.key, made.code, project.id, name="laptop", scopes=[Scope.READ])
    caller = services.keys.verify(sessions.verify(made.key, made.code).reveal())
    assert (caller.project_id, caller.scopes) == (project.id, frozenset({Scope.READ}))
    with pytest.raises(InvalidRequest, match="Unknown sign-in"):
        sessions.verify(made.key, made.code)
    assert len(services.keys.list_keys(project.id)) == 1


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}-{2}"])
def test_a_code_may_be_typed_as_people_do(services: Services, project: Project, typed: str) -> None:
    made = services.cli_sessions.create()
    services.cli_sessions.approve(made.key, made.code, project.id)
    code = typed.format(made.code.lower(), made.code[:4], made.code[4:].lower())
    assert services.cli_sessions.verify(made.key, code)


def test_nothing_is_given_before_somebody_approved_it(services: Services, project: Project) -> None:
    made = services.cli_sessions.create()
    with pytest.raises(InvalidRequest, match="Wrong code"):
        services.cli_sessions.verify(made.key, made.code)
    assert list(services.database.rows(sa.select(api_keys))) == []


def test_five_wrong_codes_end_it(services: Services, project: Project) -> None:
    made = services.cli_sessions.create()
    services.cli_sessions.approve(made.key, made.code, project.id)
    for _ in range(5):
        with pytest.raises(InvalidRequest, match="Wrong code"):
            services.cli_sessions.verify(made.key, "AAAAAAAA")
    with pytest.raises(InvalidRequest, match="Unknown sign-in"):
        services.cli_sessions.verify(made.key, made.code)


def test_it_ends_after_ten_minutes(services: Services, project: Project) -> None:
    now = 1000.0
    sessions = CliSessions(services.database, services.keys, lambda: now)
    made = sessions.create()
    sessions.approve(made.key, made.code, project.id)
    now += SECONDS
    with pytest.raises(InvalidRequest, match="Unknown sign-in"):
        sessions.verify(made.key, made.code)


def test_the_first_approval_holds(services: Services, project: Project) -> None:
    made, other = services.cli_sessions.create(), services.projects.create("other")
    services.cli_sessions.approve(made.key, made.code, project.id)
    services.cli_sessions.approve(made.key, made.code, project.id)
    with pytest.raises(InvalidRequest, match="another project"):
        services.cli_sessions.approve(made.key, made.code, other.id)


def test_a_code_of_another_session_approves_nothing(services: Services, project: Project) -> None:
    made = services.cli_sessions.create()
    with pytest.raises(InvalidRequest, match="does not match"):
        services.cli_sessions.approve(made.key, "AAAAAAAA", project.id)


def test_a_device_session_gives_its_key_once_to_whoever_began_it(services: Services, project: Project) -> None:
    sessions = services.cli_sessions
    made = sessions.create(device=True)
    assert sessions.collect(made.key) == (made, None)
    with pytest.raises(InvalidRequest, match="does not match"):
        sessions.approve(made.key, "AAAAAAAA", project.id)
    assert sessions.collect(made.key)[1] is None
    person = services.people.set_password("ann@example.com", Secret("correct horse battery"))
    sessions.approve(made.key, made.code.lower(), project.id, scopes=[Scope.READ], person_id=person.id)
    found, secret = sessions.collect(made.key)
    assert secret is not None
    assert found.person_id == person.id
    assert services.keys.verify(secret.reveal()).scopes == frozenset({Scope.READ})
    with pytest.raises(InvalidRequest, match="Unknown sign-in"):
        sessions.collect(made.key)


def test_neither_kind_of_session_passes_for_the_other(services: Services, project: Project) -> None:
    sessions = services.cli_sessions
    device, asking = sessions.create(device=True), sessions.create()
    for one in (device, asking):
        sessions.approve(one.key, one.code, project.id)
    with pytest.raises(InvalidRequest, match="Unknown sign-in"):
        sessions.collect(asking.key)
    with pytest.raises(InvalidRequest, match="Unknown sign-in"):
        sessions.verify(device.key, device.code)


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_no_session_is_refused(key: str, code: str) -> None:
    with pytest.raises(InvalidRequest):
        CliSessions(None, None).verify(key, code)  # type: ignore[arg-type]  # neither is asked
    with pytest.raises(InvalidRequest):
        CliSessions(None, None).collect(key)  # type: ignore[arg-type]
