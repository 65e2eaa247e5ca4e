"""A project with an app, a connected user and a call, and people who look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from composio.model.connection import Connection, NewConnection
from composio.model.trigger_instance import NewInstance, TriggerInstance
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme_api import Acme
from tests.peers.visitor import Visitor


@pytest.fixture
def connection(services: Services, project: Project, acme: Acme) -> Connection:
    """Alice's, to Acme."""
    backend = services.backends.of(project.id)
    asked = NewConnection(app="acme", entity_id="alice", values={"api_key": "k-secret-1"})
    return backend.run(lambda: backend.accounts.initiate(asked)).connection


@pytest.fixture
def trigger(services: Services, project: Project) -> TriggerInstance:
    """A schedule of alice's."""
    backend = services.backends.of(project.id)
    asked = NewInstance(trigger="SCHEDULE_TRIGGER", config={"cron": "0 9 * * *"}, entity_id="alice")
    return backend.run(lambda: backend.triggers.enable(asked)).instance


@pytest.fixture
def visitor(services: Services, project: Project, url: str) -> Iterator[Callable[..., Visitor]]:
    """Makes a browser of a new person with a role in the project; None makes one of somebody who is in no project."""
    with ExitStack() as stack:

        def make(role: Role | None, project_id: str = project.id) -> Visitor:
            other = services.projects.create("other").id if role is None else project_id
            member = services.people.add_member(other, f"{role or 'nobody'}@shop.example", role or Role.OWNER)
            person = services.people.get(member.person_id)
            assert person is not None
            made = Visitor(url, services.web_sessions.begin(person).reveal(), project_id)
            stack.callback(made.client.close)
            return made

        yield make


@pytest.fixture
def owner(visitor: Callable[..., Visitor]) -> Visitor:
    return visitor(Role.OWNER)
