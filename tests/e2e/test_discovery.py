"""An API whose description only names its OpenID provider: added, connected to and called, with a whole provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from tests.peers.burst import environment
from tests.peers.oidc import WEB, OidcPeer


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    for name, value in environment(WEB).items():
        monkeypatch.setenv(name, value)
    made = EmbeddedBackend(home=tmp_path / "home")
    yield made
    made.close()


@pytest.mark.parametrize("named", ["/.well-known/openid-configuration", ""], ids=["its document", "the issuer"])
def test_a_user_signs_in_where_the_discovery_document_says(
    backend: EmbeddedBackend, oidc: OidcPeer, tmp_path: Path, named: str
) -> None:
    operation = {"summary": "Get me", "security": [{"sso": ["read"]}], "responses": {"200": {"description": "ok"}}}
    description = {
        "openapi": "3.1.0",
        "info": {"title": "Peer", "version": "1"},
        "servers": [{"url": oidc.issuer}],
        "components": {"securitySchemes": {"sso": {"type": "openIdConnect", "openIdConnectUrl": oidc.issuer + named}}},
        "paths": {"/api/me": {"get": operation}},
    }
    file = tmp_path / "peer.json"
    file.write_text(json.dumps(description))
    app = backend.catalog.add("peer", str(file))
    scheme = app.auth_schemes[0]
    assert (scheme.name, scheme.auth_mode) == ("sso", "OAUTH2")
    assert scheme.extra["issuer"] == oidc.issuer  # which names itself in every callback, and says so
    toolset = ComposioToolSet(backend=backend, entity_id="alice")
    started = toolset.initiate_connection(app="peer")
    callback = oidc.drive_login(str(started.redirect_url))
    one = toolset.complete_connection(callback)
    assert one.status == "ACTIVE"
    assert {"openid", "read"} <= set(one.scopes or ())
    assert toolset.execute_action("PEER_GET_ME", {})["data"]["sub"] == "alice"
    renewed = backend.run(lambda: backend.accounts.refresh_connection(one.id))
    assert renewed.version > one.version
