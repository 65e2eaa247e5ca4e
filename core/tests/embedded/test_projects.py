"""Many projects in one process: each acts with what it stored itself, and with nothing of its operator's or of another's."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet, action
from composio.backend import ActionQuery, Backend
from composio.embedded import EmbeddedBackend
from composio.embedded.projects import ProjectBackend, Projects, ProjectSettings
from composio.errors import (
    ActionNotFound,
    AppNotFound,
    ConfigurationError,
    ConnectedAccountNotFound,
    ConnectionNotFound,
    IntegrationNotFound,
    InvalidRequest,
    InvalidState,
)
from composio.functions.registry import REGISTRY
from composio.model.auth import CustomAuth
from composio.model.call import CallOptions, Local, ToolCall, Who
from composio.model.connection import NewConnection, NewIntegration
from tests.peers.acme import KEY, Provider, came_back, query, write_app
from tests.peers.acme_api import Acme

CALLBACK = "https://tools.example/callback"
OAUTH_CLIENT = {"client_id": "of the project", "client_secret": "its secret"}


@pytest.fixture
def a(backend: EmbeddedBackend) -> ProjectBackend:
    return backend.for_project("pr_a", redirect_uri=CALLBACK)


@pytest.fixture
def b(backend: EmbeddedBackend) -> ProjectBackend:
    return backend.for_project("pr_b", redirect_uri=CALLBACK)


def connect(project: Backend, key: str, entity: str = "default", app: str = "keyed") -> str:
    """The id of a new connection with an API key."""

    async def made() -> str:
        request = NewConnection(app=app, entity_id=entity, values={"api_key": key})
        return (await project.accounts.initiate(request)).connection.id

    return project.run(made)


def who_am_i(project: Backend, entity: str = "default", *, connection: str | None = None, app: str = "keyed") -> Any:
    """Whom the API takes a call for; the error where there is none."""
    who = Who(entity_id=entity, connected_account_id=connection)
    outcome = project.execute_sync(ToolCall(action=f"{app.upper()}_GET_ME", who=who))
    return outcome.data["who"] if outcome.successful else outcome.error


def test_a_project_uses_its_own_connections_and_no_others(
    backend: EmbeddedBackend, a: ProjectBackend, b: ProjectBackend
) -> None:
    ids = {name: connect(project, f"key of {name}", "ada") for name, project in (("", backend), ("a", a), ("b", b))}
    for name, project in (("", backend), ("a", a), ("b", b)):
        assert who_am_i(project, "ada") == f"key of {name}"
        listed = project.run(project.accounts.connections)
        assert [one.id for one in listed] == [ids[name]]
        for other, connection_id in ids.items():
            if other == name:
                assert who_am_i(project, "ada", connection=connection_id) == f"key of {name}"
                continue
            with pytest.raises(ConnectedAccountNotFound):
                who_am_i(project, "ada", connection=connection_id)
            for act in (project.accounts.connection, project.accounts.delete_connection, project.accounts.refresh_connection):
                with pytest.raises(ConnectedAccountNotFound):
                    project.run(lambda act=act, connection_id=connection_id: act(connection_id))  # type: ignore[misc]
    assert len(backend.run(backend.accounts.integrations)) == 1


def test_a_project_without_a_connection_gets_nobody_elses(backend: EmbeddedBackend, a: ProjectBackend) -> None:
    connect(backend, "the operator's key")
    with pytest.raises(ConnectionNotFound):
        who_am_i(a)
    with pytest.raises(ConnectionNotFound):
        a.run(lambda: a.require_credentials(["keyed"], Who()))
    backend.run(lambda: backend.require_credentials(["keyed"], Who()))


def test_an_integration_of_another_project_is_not_there(a: ProjectBackend, b: ProjectBackend) -> None:
    made = a.run(lambda: a.accounts.create_integration(NewIntegration(app="keyed")))
    with pytest.raises(IntegrationNotFound):
        b.run(lambda: b.accounts.integration(made.id))
    with pytest.raises(IntegrationNotFound):
        b.run(lambda: b.accounts.initiate(NewConnection(entity_id="ada", integration_id=made.id, values={"api_key": "k"})))
    with pytest.raises(IntegrationNotFound):
        b.run(lambda: b.accounts.remove_integration(made.id))
    assert b.run(b.accounts.integrations) == []
    assert [one.id for one in a.run(a.accounts.integrations)] == [made.id]


# What is the operator's


@pytest.fixture
def own_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app whose key the operator's environment has."""
    field = {**KEY["fields"][0], "env": ["VENDOR_KEY"]}
    write_app(home, "vendor", {**KEY, "fields": [field, KEY["fields"][1]]})
    monkeypatch.setenv("VENDOR_KEY", "the operator's")
    monkeypatch.setenv("COMPOSIO_VENDOR_BASE_URL", "https://proxy.example")


def test_a_project_knows_no_variable_of_the_environment(own_key: None, backend: EmbeddedBackend, provider: Provider) -> None:
    assert who_am_i(backend, app="vendor") == "the operator's"
    assert provider.seen[-1].url.host == "proxy.example"
    project = backend.for_project("pr_a")
    with pytest.raises(ConnectionNotFound):
        who_am_i(project, app="vendor")
    connect(project, "its own", app="vendor")
    assert who_am_i(project, app="vendor") == "its own"
    assert provider.seen[-1].url.host == "api.vendor.example"
    assert "the operator's" not in repr(vars(project))


def test_a_project_knows_the_variables_that_are_named_for_it(
    own_key: None, backend: EmbeddedBackend, provider: Provider
) -> None:
    given = {"VENDOR_KEY": "given", "COMPOSIO_VENDOR_BASE_URL": "https://given.example"}
    project = backend.for_project("pr_a", environ=given)
    assert who_am_i(project, app="vendor") == "given"
    assert provider.seen[-1].url.host == "given.example"
    assert "'given'" not in repr(project.settings)


def begin(project: ProjectBackend, **auth: Any) -> str | None:
    async def began() -> str | None:
        request = NewIntegration(app="acme", **auth)
        integration = await project.accounts.create_integration(request)
        return (await project.accounts.initiate(NewConnection(integration_id=integration.id, entity_id="ada"))).redirect_url

    return project.run(began)


def test_the_operators_oauth_clients_are_used_only_where_they_are_shared(backend: EmbeddedBackend, home: Path) -> None:
    (home / "config.yaml").write_text("oauth_clients: {both: {client_id: from-a-file}}")
    project = backend.for_project("pr_a", redirect_uri=CALLBACK)
    for app in ("acme", "both"):
        with pytest.raises(ConfigurationError, match="there is no OAuth client") as caught:
            project.run(lambda app=app: project.accounts.create_integration(NewIntegration(app=app, auth_mode="OAUTH2")))  # type: ignore[misc]
        assert "COMPOSIO_OAUTH" not in str(caught.value)
    assert query(begin(project, use_composio_oauth_app=False, config=OAUTH_CLIENT))["client_id"] == "of the project"
    sharing = backend.for_project("pr_a", redirect_uri=CALLBACK, oauth_clients=True)
    assert query(begin(sharing))["client_id"] == "operator"


def test_users_come_back_where_the_project_says(backend: EmbeddedBackend, a: ProjectBackend) -> None:
    """Nobody listens on the server's machine for them."""
    asked = query(begin(a, use_composio_oauth_app=False, config=OAUTH_CLIENT))
    assert asked["redirect_uri"] == CALLBACK
    with pytest.raises(ConfigurationError, match="say where that is"):
        begin(backend.for_project("pr_a"), use_composio_oauth_app=False, config=OAUTH_CLIENT)
    with pytest.raises(InvalidRequest, match="redirect_uri"):
        backend.for_project("pr_a", redirect_uri="http://far.example/callback")


def test_who_comes_back_is_found_by_the_state_and_connected_in_that_project_only(
    backend: EmbeddedBackend, a: ProjectBackend, b: ProjectBackend
) -> None:
    url = came_back(begin(a, use_composio_oauth_app=False, config=OAUTH_CLIENT))
    assert backend.run(lambda: backend.find_project(url)) == "pr_a"
    for other in (b, backend):
        with pytest.raises(InvalidState, match="unknown"):
            other.run(lambda other=other: other.accounts.complete(url))  # type: ignore[misc]
    assert a.run(lambda: a.accounts.complete(url)).status == "ACTIVE"
    assert backend.run(lambda: backend.find_project(f"{CALLBACK}?code=1&state=unknown")) is None
    with pytest.raises(InvalidState, match="no `state`"):
        backend.run(lambda: backend.find_project(CALLBACK))


def test_a_home_where_nothing_was_stored_stays_empty_when_somebody_comes_back(backend: EmbeddedBackend, home: Path) -> None:
    assert backend.run(lambda: backend.find_project(f"{CALLBACK}?state=x")) is None
    assert not (home / "accounts.sqlite3").exists()


def test_tokens_are_renewed_in_their_project(
    backend: EmbeddedBackend, a: ProjectBackend, b: ProjectBackend, provider: Provider
) -> None:
    for project in (a, b):
        url = came_back(begin(project, use_composio_oauth_app=False, config=OAUTH_CLIENT), f"code of {project.project_id}")
        made = project.run(lambda project=project, url=url: project.accounts.complete(url))  # type: ignore[misc]
        project.accounts._book().store.update_connection(made.id, now=0.0, expires_at=1.0, refresh_at=1.0)
        who = Who(entity_id="ada")
        assert project.execute_sync(ToolCall(action="ACME_GET_ME", who=who)).data["user"] == "refreshed"
    assert [form["grant_type"] for _, form in provider.calls] == ["authorization_code", "refresh_token"] * 2


@pytest.fixture
def operators_function() -> Iterator[str]:
    @action(toolname="handy")
    def read_everything(path: str) -> str:
        """Read a file of the operator's."""
        return Path(path).read_text("utf-8")

    yield "READ_EVERYTHING"
    REGISTRY.discard(read_everything)


def test_functions_of_this_process_are_not_offered_to_projects(
    operators_function: str, backend: EmbeddedBackend, a: ProjectBackend, home: Path
) -> None:
    [known] = backend.run(lambda: backend.actions(ActionQuery(apps=["handy"])))
    reference: str = getattr(known.binding, "reference")  # noqa: B009 - a function's binding has one
    for name in (known.slug, known.slug.lower(), reference):
        with pytest.raises(ActionNotFound) as caught:
            a.run(lambda name=name: a.actions(ActionQuery(names=[name])))  # type: ignore[misc]
        assert known.slug not in caught.value.suggestions
        with pytest.raises(ActionNotFound):
            a.execute_sync(ToolCall(action=name, arguments={"path": str(home)}))
        with pytest.raises(ActionNotFound):  # nor one that is brought along
            a.execute_sync(ToolCall(action=name, arguments={"path": str(home)}), Local(action=known))
    with pytest.raises(AppNotFound):
        a.run(lambda: a.actions(ActionQuery(apps=["handy"])))


def test_a_project_has_no_folders_but_those_that_are_named_for_it(
    opened: Callable[..., EmbeddedBackend], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIO_UPLOAD_FOLDER", str(tmp_path))
    backend = opened(output_folder=tmp_path / "out")
    project = backend.for_project("pr_a")
    assert backend.engine.options().upload_folder == tmp_path
    assert project.engine.options() == CallOptions()
    assert project.engine.output() == home / "projects" / "pr_a" / "output"
    named = backend.for_project("pr_a", upload_folder=tmp_path / "a", output_folder=tmp_path / "b")
    assert named.engine.options() == CallOptions(upload_folder=tmp_path / "a", output_folder=tmp_path / "b")


def test_a_project_operates_nothing(a: ProjectBackend) -> None:
    assert a.operator is None
    for name in ("rotate_master_key", "back_up_vault", "restore_vault", "rotate", "back_up", "restore"):
        assert not hasattr(a.accounts, name)


def test_the_operator_rotates_the_master_key_for_all_projects(
    opened: Callable[..., EmbeddedBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened()
    for name in ("pr_a", "pr_b"):
        connect(before.for_project(name), f"key of {name}")
    connect(before, "key of none")
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", f"{'22' * 32},{'11' * 32}")
    after = opened()
    assert after.run(after.operator.rotate_master_key) == 4  # the projects' keys, and what is of none
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "22" * 32)
    again = opened()
    assert [who_am_i(again.for_project(name)) for name in ("pr_a", "pr_b")] == ["key of pr_a", "key of pr_b"]
    assert who_am_i(again) == "key of none"
    assert again.run(again.operator.vault_status)["under_older_keys"] == 0


# How one is held


def test_a_toolset_runs_against_a_project(a: ProjectBackend, b: ProjectBackend) -> None:
    toolset = ComposioToolSet(backend=a, entity_id="ada")
    toolset.initiate_connection(app="keyed", connected_account_params={"api_key": "its own"})
    assert toolset.execute_action("KEYED_GET_ME", {})["data"]["who"] == "its own"
    assert [schema.name for schema in toolset.get_action_schemas(apps=["keyed"])] == ["KEYED_GET_ME", "KEYED_LIST_THINGS"]
    with pytest.raises(ConnectionNotFound):
        ComposioToolSet(backend=b, entity_id="ada").execute_action("KEYED_GET_ME", {})


@pytest.mark.anyio
async def test_a_project_serves_asynchronous_callers(a: ProjectBackend) -> None:
    request = NewConnection(app="keyed", entity_id="ada", values={"api_key": "its own"})
    made = (await a.accounts.initiate(request)).connection
    who = Who(entity_id="ada")
    outcome = await a.execute(ToolCall(action="KEYED_GET_ME", who=who))
    assert outcome.data["who"] == "its own"
    assert (await a.accounts.check_connection(made.id)).status == "ACTIVE"
    assert (await a.auth_params("keyed", who))["fields"]["api_key"] == "its own"
    assert "keyed" in {app.key for app in await a.apps()}
    assert (await a.app("keyed")).key == "keyed"
    assert "KEYED_LIST_THINGS" in await a.search("list things", apps=["keyed"])
    await a.aclose()


def test_a_project_has_one_backend_while_nothing_of_its_settings_changes(backend: EmbeddedBackend) -> None:
    first = backend.for_project("pr_a", redirect_uri=CALLBACK)
    assert backend.for_project("pr_a", redirect_uri=CALLBACK) is first
    assert backend.for_project("pr_b", redirect_uri=CALLBACK) is not first
    changed = backend.for_project("pr_a", redirect_uri=CALLBACK, oauth_clients=True)
    assert changed is not first
    assert backend.for_project("pr_a", redirect_uri=CALLBACK, oauth_clients=True) is changed


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "a\\b", "-a", "_a", "a b", "a\n", "ä", "a" * 101, "a.b"])
def test_an_id_that_can_not_name_a_folder_is_refused(backend: EmbeddedBackend, name: str) -> None:
    with pytest.raises(InvalidRequest, match="project's id"):
        backend.for_project(name)


def test_the_backends_of_projects_that_were_not_asked_for_lately_go(backend: EmbeddedBackend) -> None:
    kept, settings = Projects(backend, most=2), ProjectSettings()
    connect(kept.get("one", settings), "key of one")
    idle = kept.get("two", settings)
    assert idle.engine.connections is idle.accounts
    gone = weakref.ref(idle)
    assert kept.get("one", settings) is kept.get("one", settings)  # so two is the one that goes
    del idle
    kept.get("three", settings)
    gc.collect()
    assert gone() is None
    kept.get("four", settings)
    assert who_am_i(kept.get("one", settings)) == "key of one"


def test_a_backend_that_is_dropped_goes_on_serving_who_holds_it(backend: EmbeddedBackend) -> None:
    kept, settings = Projects(backend, most=1), ProjectSettings()
    held = kept.get("one", settings)
    connect(held, "key of one")
    other = kept.get("two", settings)
    held.close()
    assert who_am_i(held) == "key of one"
    connect(other, "key of two")
    assert [who_am_i(one) for one in (held, other)] == ["key of one", "key of two"]


@pytest.mark.parametrize("how", ["auth", "integration"])
def test_what_a_tenant_says_of_an_address_is_held_to_the_public_internet(tmp_path: Path, how: str) -> None:
    """The developer of an embedded program is trusted with that; a server's tenants are not."""
    backend = EmbeddedBackend(home=tmp_path / "home")
    acme = Acme(tmp_path / "home", "inner")
    tenant = {**KEY, "fields": [*KEY["fields"], {"name": "host", "expected_from_customer": False}]}
    write_app(tmp_path / "home", "hosted", {**tenant, "proxy": {**KEY["proxy"], "base_url": "http://{{host}}"}})
    host = acme.url.removeprefix("http://")
    try:

        def ask(one: Backend) -> Any:
            if how == "auth":
                auth = CustomAuth.of({"parameters": [], "base_url": acme.url})
                return one.execute_sync(ToolCall(action="INNER_GET_ME", who=Who(auth=auth)))

            async def connect() -> str:
                made = await one.accounts.create_integration(NewIntegration(app="hosted", config={"host": host}))
                request = NewConnection(integration_id=made.id, entity_id="default", values={"api_key": "k"})
                return (await one.accounts.initiate(request)).connection.id

            who = Who(connected_account_id=one.run(connect))
            return one.execute_sync(ToolCall(action="HOSTED_GET_ME", who=who))

        assert ask(backend).successful
        refused = ask(backend.for_project("pr_a", redirect_uri=CALLBACK))
        assert not refused.successful
        assert "public" in refused.error or "refused" in refused.error
        assert len(acme.seen) == 1
    finally:
        acme.close()
        backend.close()
