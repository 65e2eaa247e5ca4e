"""From a description to a signed request, over real sockets: what each operation's own security makes of credentials."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import ConnectionNotFound, ConnectionNotUsable, ServerMoved, SpecError
from composio.model.call import Outcome, RawRequest, ToolCall, Who
from composio.model.connection import NewConnection, NewIntegration
from composio.model.operating import Choices
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.oidc import POST, OidcPeer, oidc

__all__ = ["oidc"]

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
ADMIN = {"type": "apiKey", "in": "header", "name": "X-Admin"}
BEARER = {"type": "http", "scheme": "bearer"}


class Api:
    """Answers what it was sent, and remembers it."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.documents: dict[str, Any] = {}

    def __call__(self, request: Request) -> Response:
        if request.path in self.documents:
            return Response.of_json(self.documents[request.path])
        self.seen.append(request)
        return Response.of_json({"path": request.path, "headers": {k.lower(): v for k, v in dict(request.headers).items()}})


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def server(api: Api) -> Iterator[Loopback]:
    with Loopback(api) as running:
        yield running


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    made = EmbeddedBackend(home=tmp_path / "home")
    yield made
    made.close()


def description(url: str, schemes: Any, **securities: Any) -> dict[str, Any]:
    """An operation ``GET /NAME``, ``PETS_NAME``, for each security; None says nothing."""
    paths = {
        f"/{name}": {"get": {"summary": name, "responses": {}, **({} if own is None else {"security": own})}}
        for name, own in securities.items()
        if name != "security"
    }
    root = {"security": securities["security"]} if "security" in securities else {}
    info = {"title": "Pets", "version": "1"}
    components = {"securitySchemes": schemes}
    return {"openapi": "3.0.3", "info": info, "servers": [{"url": url}], "paths": paths, "components": components, **root}


def add(backend: EmbeddedBackend, tmp_path: Path, document: Any, **more: Any) -> Any:
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(document))
    return backend.catalog.add("pets", str(file), **more)


def connect(backend: EmbeddedBackend, scheme: str, entity: str = "alice", **values: str) -> str:
    request = NewConnection(app="pets", entity_id=entity, auth_mode=scheme, values=values)
    return str(backend.run(lambda: backend.accounts.initiate(request)).connection.id)


def call(backend: EmbeddedBackend, action: str, entity: str = "alice", **more: Any) -> Outcome:
    return backend.execute_sync(ToolCall(action=f"PETS_{action}", arguments={}, who=Who(entity_id=entity, **more)))


def sent(outcome: Outcome) -> dict[str, str]:
    assert outcome.successful, outcome.error
    headers: dict[str, str] = outcome.data["headers"]
    return {name: headers[name] for name in ("authorization", "x-key", "x-tenant", "x-admin") if name in headers}


def test_two_keys_that_are_needed_together_are_both_sent(
    backend: EmbeddedBackend, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K01."""
    tenant = {**KEY, "name": "X-Tenant"}
    add(backend, tmp_path, description(server.url, {"k": KEY, "t": tenant}, thing=[{"k": [], "t": []}]))
    monkeypatch.setenv("PETS_KEY", "one")
    with pytest.raises(ConnectionNotFound, match="PETS_KEY and PETS_TENANT"):
        call(backend, "THING", "default")
    monkeypatch.setenv("PETS_TENANT", "two")
    assert sent(call(backend, "THING", "default")) == {"x-key": "one", "x-tenant": "two"}
    connect(backend, "k_and_t", key="three", tenant="four")
    assert sent(call(backend, "THING")) == {"x-key": "three", "x-tenant": "four"}


def test_an_operation_is_signed_with_its_own_scheme(backend: EmbeddedBackend, server: Loopback, tmp_path: Path) -> None:
    """K08."""
    document = description(
        server.url, {"b": BEARER, "k": ADMIN}, things=None, users=[{"k": []}], both=[{"k": []}, {"b": []}], security=[{"b": []}]
    )
    add(backend, tmp_path, document)
    connect(backend, "b", token="t")
    assert sent(call(backend, "THINGS")) == sent(call(backend, "BOTH")) == {"authorization": "Bearer t"}
    with pytest.raises(ConnectionNotFound, match=r"takes k, and the connection conn_\w+ of 'alice' is made with b"):
        call(backend, "USERS")
    connect(backend, "k", api_key="adm")
    assert sent(call(backend, "USERS")) == {"x-admin": "adm"}
    assert sent(call(backend, "THINGS")) == {"authorization": "Bearer t"}


def test_what_is_open_needs_no_connection_and_gets_none(backend: EmbeddedBackend, server: Loopback, tmp_path: Path) -> None:
    """K02: a health check, signing in."""
    document = description(server.url, {"b": BEARER}, health=[], search=[{}, {"b": []}], mine=None, security=[{"b": []}])
    add(backend, tmp_path, document)
    assert sent(call(backend, "HEALTH")) == sent(call(backend, "SEARCH")) == {}
    with pytest.raises(ConnectionNotFound):
        call(backend, "MINE")
    connect(backend, "b", token="t")
    assert sent(call(backend, "HEALTH")) == {}
    # Who need not say who they are is told more where they do.
    assert sent(call(backend, "SEARCH")) == {"authorization": "Bearer t"}


def test_a_credential_among_the_parameters_is_the_connections(
    backend: EmbeddedBackend, server: Loopback, tmp_path: Path
) -> None:
    document = description(server.url, {}, thing=None)
    parameters = [
        {"name": "x-api-key", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "q", "in": "query"},
    ]
    document["paths"]["/thing"]["get"]["parameters"] = parameters
    [scheme] = add(backend, tmp_path, document).auth_schemes
    assert backend.catalog.action("PETS_THING").parameters.properties.keys() == {"q"}
    connect(backend, scheme.name, api_key="k3y")
    assert call(backend, "THING").data["headers"]["x-api-key"] == "k3y"
    with pytest.raises(ConnectionNotFound):
        call(backend, "THING", "bob")


def test_a_declared_clients_own_grant_gets_and_sends_a_token(
    backend: EmbeddedBackend, server: Loopback, oidc: OidcPeer, tmp_path: Path
) -> None:
    flows = {"clientCredentials": {"tokenUrl": f"{oidc.issuer}/token", "scopes": {"read": "", "write": ""}}}
    add(backend, tmp_path, description(server.url, {"oauth": {"type": "oauth2", "flows": flows}}, thing=[{"oauth": ["read"]}]))
    own = {"client_id": POST.client_id, "client_secret": POST.secret}
    new = NewIntegration(app="pets", auth_mode="OAUTH2", use_composio_oauth_app=False, config=own)
    integration = backend.run(lambda: backend.accounts.create_integration(new))
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(integration_id=integration.id, entity_id="alice")))
    assert started.connection.status == "ACTIVE"
    token = sent(call(backend, "THING"))["authorization"].removeprefix("Bearer ")
    introspection = httpx.post(f"{oidc.issuer}/token/introspection", data={"token": token, **own}).json()
    assert (introspection["active"], introspection["scope"]) == (True, "read")


def test_a_connection_whose_scheme_is_gone_never_goes_out_unsigned(
    backend: EmbeddedBackend, server: Loopback, api: Api, tmp_path: Path
) -> None:
    """18b: calls went out without credentials, and the connection stayed active."""
    add(backend, tmp_path, description(server.url, {}, thing=None, health=None), auth=["header:X-Key"])
    connection = connect(backend, "API_KEY", api_key="k3y")
    assert sent(call(backend, "THING")) == {"x-key": "k3y"}
    api.seen.clear()
    # Everything is dropped, by hand or by whatever: the description alone declares nothing.
    add(backend, tmp_path, description(server.url, {}, thing=None, health=None), choices=Choices(replace=True))
    raw = RawRequest(app="pets", endpoint="/anything", who=Who(entity_id="alice"))
    for attempt in (
        lambda: call(backend, "THING"),
        lambda: call(backend, "THING", connected_account_id=connection),
        lambda: backend.request_sync(raw),
        lambda: backend.run(lambda: backend.auth_params("pets", raw.who)),
    ):
        with pytest.raises(ConnectionNotUsable, match=rf"{connection} .*x-key \(API_KEY\).*integration\.yaml no longer has"):
            attempt()
    assert api.seen == []
    # Another scheme of the same mode is another scheme.
    add(backend, tmp_path, description(server.url, {}, thing=None), auth=["header:X-Admin"], choices=Choices(replace=True))
    with pytest.raises(ConnectionNotUsable):
        call(backend, "THING")
    assert api.seen == []
    connect(backend, "API_KEY", api_key="new")
    assert sent(call(backend, "THING")) == {"x-admin": "new"}


def test_adding_again_keeps_a_hand_written_scheme_and_its_connection(
    backend: EmbeddedBackend, server: Loopback, tmp_path: Path
) -> None:
    add(backend, tmp_path, description(server.url, {"b": BEARER}, thing=None))
    file = tmp_path / "home" / "apps" / "pets" / "integration.yaml"
    own = "- name: mine\n  auth_mode: API_KEY\n  fields: [{name: api_key}]\n  proxy: {headers: {X-Key: 'Token {{api_key}}'}}\n"
    file.write_text(file.read_text().replace("auth_schemes:\n", f"auth_schemes:\n{own}"))
    backend.close()
    again = EmbeddedBackend(home=tmp_path / "home")
    try:
        connect(again, "mine", api_key="k")
        add(again, tmp_path, description(server.url, {"b": BEARER}, thing=[{"b": []}], other=None))
        assert sent(call(again, "THING")) == {"x-key": "Token k"}
    finally:
        again.close()


def test_a_moved_server_does_not_get_the_connections_credentials(
    backend: EmbeddedBackend, server: Loopback, api: Api, tmp_path: Path
) -> None:
    elsewhere = Api()
    with Loopback(elsewhere) as other:
        api.documents["/openapi.json"] = description(server.url, {"b": BEARER}, thing=[{"b": []}])
        backend.catalog.add("pets", f"{server.url}/openapi.json")
        connect(backend, "b", token="t")
        connect(backend, "b", "bob", token="t2")
        api.documents["/openapi.json"] = description(other.url, {"b": BEARER}, thing=[{"b": []}])
        with pytest.raises(ServerMoved) as caught:
            backend.catalog.update(["pets"])
        for part in (server.url, other.url, "2 connections"):
            assert part in str(caught.value)
        assert sent(call(backend, "THING")) == {"authorization": "Bearer t"}
        assert elsewhere.seen == []
        backend.catalog.update(["pets"], choices=Choices(accept_server=True))
        assert sent(call(backend, "THING")) == {"authorization": "Bearer t"}
        assert len(elsewhere.seen) == 1


def composio(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COMPOSIO_HOME": str(home), "COMPOSIO_ENCRYPTION_KEY": "11" * 32, **environment}
    command = [sys.executable, "-m", "composio.cli", *arguments]
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://10.1.2.3/v1",
        "http://[fd00::1]/",
        "http://metadata.google.internal",
        "http://2852039166",
    ],
)
def test_a_description_can_t_send_calls_into_the_network(tmp_path: Path, url: str) -> None:
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(description(url, {}, thing=None)))
    home = tmp_path / "home"
    done = composio(home, "apps", "add", "pets", "--spec", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "the description of pets" in done.stderr
    assert "--base-url" in done.stderr
    assert composio(home, "apps", "--json", "--filter", "pets").stdout.strip() == "[]"


def test_where_it_is_meant_it_is_opened_as_for_tenants_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = description("http://10.1.2.3/v1", {}, thing=None)
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "10.1.2.3")
    opened = EmbeddedBackend(home=tmp_path / "opened")
    add(opened, tmp_path, document)
    opened.close()
    monkeypatch.delenv("COMPOSIO_EGRESS_ALLOW")
    # What was allowed once is asked about at each call.
    later = EmbeddedBackend(home=tmp_path / "opened")
    refused = call(later, "THING")
    later.close()
    assert not refused.successful
    assert "not on the public internet" in str(refused.error)
    named = EmbeddedBackend(home=tmp_path / "named")
    assert add(named, tmp_path, document, base_url="http://10.1.2.3/v1").base_url == "http://10.1.2.3/v1"
    with pytest.raises(SpecError):
        add(EmbeddedBackend(home=tmp_path / "neither"), tmp_path, document)
    named.close()


def test_a_public_name_that_leads_inside_is_refused_when_it_is_called(
    backend: EmbeddedBackend, server: Loopback, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.url.rpartition(":")[2]
    add(backend, tmp_path, description(f"http://rebound.test:{port}", {}, thing=None))
    egress = backend.clients._egress
    monkeypatch.setattr(egress, "_resolver", lambda host, port: ["127.0.0.1"])
    refused = call(backend, "THING")
    assert (refused.successful, api.seen) == (False, [])
    assert "rebound.test leads to an address that is not on the public internet" in str(refused.error)
