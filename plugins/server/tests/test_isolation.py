"""Two projects on one server: whatever route is asked, with whatever ids, a key gives nothing of the other project and changes none."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.routes import HTTPRoute

from composio.model.call import ToolCall, Who
from composio.model.connection import ConnectionFilter, NewConnection
from composio_server.access import require_key
from composio_server.services.keys import Caller, Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme_api import Acme

MARK = "THEIRS-7f3a"
NOT_FOUND = {400, 403, 404, 405, 409, 410, 422, 501}


@dataclass(frozen=True)
class Theirs:
    """A project and what is in it. Every text of it has the mark; the ids are what a stranger may have seen."""

    project: Project
    ids: Sequence[str]
    integration: str
    connection: str


@pytest.fixture
def theirs(services: Services, acme: Acme, client: httpx.Client, url: str) -> Theirs:
    acme.answer = lambda path: (200, {"said": MARK})
    project = services.projects.create(f"{MARK} project")
    backend = services.backends.of(project.id)
    new = NewConnection(app="acme", entity_id=f"{MARK}-alice", values={"api_key": MARK}, labels=(MARK,))
    started = backend.run(lambda: backend.accounts.initiate(new))
    caller = Caller(project_id=project.id, key_id="k", scopes=frozenset({Scope.ADMIN}))
    call = ToolCall(action="ACME_GET_ME", who=Who(entity_id=f"{MARK}-alice"))

    async def use() -> str:
        done = await services.executions.execute(caller, call, request_id=f"{MARK}-request")
        await services.calls.aclose()
        return done.log_id

    log_id = backend.run(use)
    _, key = services.keys.create(project.id, MARK)
    with httpx.Client(base_url=url, headers={"x-api-key": key.reveal()}, trust_env=False) as admin:
        made = admin.post("/api/v3.1/tool_router/session", json={"user_id": f"{MARK}-alice"}).json()
        link = {"auth_config_id": started.connection.integration_id, "user_id": f"{MARK}-alice"}
        token = admin.post("/api/v3.1/connected_accounts/link", json=link).json().get("link_token", "none")
    ids = [started.connection.id, started.connection.integration_id, log_id, made["session_id"], token, f"{MARK}-request"]
    return Theirs(project, ids, started.connection.integration_id, started.connection.id)


def routes(app: Litestar) -> list[tuple[str, str]]:
    """Method and path of each route that takes a key."""
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if require_key in handler.resolve_guards():
                found += [(method, route.path_format) for method in handler.http_methods]
    return sorted(set(found))


def everything(services: Services, project: Project) -> Any:
    """What is stored of a project, to see that nothing changes."""
    backend = services.backends.of(project.id)
    which: ConnectionFilter = {}
    connections = backend.run(lambda: backend.accounts.connections(**which))
    integrations = backend.run(lambda: backend.accounts.integrations(disabled=True))
    return (
        [(one.id, one.status, one.enabled, one.labels, one.version) for one in connections],
        [(one.id, one.name, one.enabled, one.scopes) for one in integrations],
        services.projects.settings(project.id),
    )


def ask(
    client: httpx.Client, method: str, path: str, ids: Sequence[str], parameters: dict[str, str], body: Any
) -> httpx.Response:
    names = iter(ids)
    filled = re.sub(r"\{[^}]+\}", lambda _: next(names), path)
    content = None if method in {"GET", "HEAD"} else json.dumps(body)
    return client.request(
        method, filled, params=parameters, content=content, headers={"content-type": "application/json"}, timeout=60
    )


def without_asked(text: str, theirs: Theirs) -> str:
    """``text`` without what the stranger sent: its own log repeats that."""
    sent = sorted([*theirs.ids, f"{MARK}-alice"], key=len, reverse=True)
    return re.sub("|".join(map(re.escape, sent)), "", text, flags=re.IGNORECASE)


def test_no_route_gives_or_changes_anything_of_another_project(
    services: Services, app: Litestar, client: httpx.Client, theirs: Theirs
) -> None:
    """Every route, with every id of theirs in every place of its path."""
    before = everything(services, theirs.project)
    for method, path in routes(app):
        places = path.count("{")
        for one in theirs.ids if places else [""]:
            answer = ask(client, method, path, [one] * places, {}, {"user_id": "alice", "entityId": "alice"})
            said = without_asked(answer.text, theirs)
            assert MARK not in said, f"{method} {path} with {one}: {said[:300]}"
            assert answer.status_code < 500 or answer.status_code == 501, f"{method} {path} with {one}: {answer.text[:300]}"
    assert everything(services, theirs.project) == before


KINDS = st.sampled_from(
    (
        *("connectedAccountId", "connected_account_id", "connected_account_ids", "integrationId", "integration_id", "id"),
        *("auth_config_id", "auth_config_ids", "user_uuid", "user_id", "user_ids", "entityId", "connection_id", "log_id"),
    )
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_filter_and_no_body_reaches_into_another_project(
    services: Services, app: Litestar, client: httpx.Client, theirs: Theirs, data: st.DataObject
) -> None:
    method, path = data.draw(st.sampled_from(routes(app)))
    value = st.sampled_from([*theirs.ids, f"{MARK}-alice"])
    given_ids = [data.draw(value) for _ in range(path.count("{"))]
    parameters = data.draw(st.dictionaries(KINDS, value, max_size=3))
    body = data.draw(st.dictionaries(KINDS, value | st.lists(value, max_size=2), max_size=4))
    before = everything(services, theirs.project)
    answer = ask(client, method, path, given_ids, parameters, body)
    said = without_asked(answer.text, theirs)
    assert MARK not in said, f"{method} {path} {given_ids} {parameters} {body}: {answer.text[:400]}"
    assert answer.status_code < 500 or answer.status_code == 501, f"{method} {path}: {answer.text[:300]}"
    assert everything(services, theirs.project) == before


@pytest.mark.parametrize("kind", ["connected_accounts", "auth_configs"])
def test_an_id_of_another_project_is_answered_as_one_that_nobody_has(client: httpx.Client, theirs: Theirs, kind: str) -> None:
    own = theirs.connection if kind == "connected_accounts" else theirs.integration
    nobodys = own[:-4] + "0000"
    one, other = (client.get(f"/api/v3.1/{kind}/{each}") for each in (own, nobodys))
    assert one.status_code == other.status_code
    masked = [
        re.sub(r"req_\w+|[0-9a-f-]{36}", "", answer.text.replace(each, "ID")) for answer, each in ((one, own), (other, nobodys))
    ]
    assert masked[0] == masked[1]


def test_calls_with_another_projects_connection_are_not_sent(
    services: Services, project: Project, acme: Acme, theirs: Theirs
) -> None:
    sent = len(acme.seen)
    backend = services.backends.of(project.id)
    caller = Caller(project_id=project.id, key_id="k", scopes=frozenset({Scope.EXECUTE}))
    for who in (
        Who(entity_id=f"{MARK}-alice"),
        Who(entity_id=f"{MARK}-alice", connected_account_id=theirs.connection),
        Who(connected_account_id=theirs.connection, any_entity=True),
    ):
        with pytest.raises(Exception, match=r"No credentials|Unknown connected account"):
            backend.run(partial(services.executions.execute, caller, ToolCall(action="ACME_GET_ME", who=who)))
    backend.run(services.calls.aclose)
    assert len(acme.seen) == sent
