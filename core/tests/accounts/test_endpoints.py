"""An operator says where an app's provider is: an enterprise installation, a double."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.accounts.endpoints import relocate
from composio.embedded import EmbeddedBackend
from composio.errors import ConfigurationError
from composio.model.app import AppModel, AuthScheme
from tests.peers.acme import Provider, query

EXTRA = {
    "authorization_url": "https://acme.example/authorize",
    "token_url": "https://acme.example/token",
    "revocation_url": "https://acme.example/revoke",
    "issuer": "https://acme.example",
    "default_scopes": ["read"],
}
APP = AppModel(
    key="acme",
    name="Acme",
    auth_schemes=(AuthScheme("acme_oauth", "OAUTH2", extra=EXTRA), AuthScheme("acme_key", "API_KEY")),
)
OWN = "https://acme.corp.example/oauth"


def test_endpoints_that_are_named_replace_the_definitions_and_no_other_host_is_told_of_tokens() -> None:
    moved = relocate(APP, {"COMPOSIO_OAUTH_ACME_AUTHORIZATION_URL": OWN, "COMPOSIO_OAUTH_ACME_TOKEN_URL": f"{OWN}/token"})
    assert moved.auth_schemes[0].extra == {
        "authorization_url": OWN,
        "token_url": f"{OWN}/token",
        "default_scopes": ["read"],
    }
    assert moved.auth_schemes[1] is APP.auth_schemes[1]


def test_where_nothing_is_named_nothing_changes() -> None:
    assert relocate(APP, {"COMPOSIO_OAUTH_OTHER_TOKEN_URL": OWN, "COMPOSIO_OAUTH_ACME_TOKEN_URL": " "}) is APP


@pytest.mark.parametrize(
    "wrong", ["acme.example", "http://acme.example/token", "https://{{host}}/token", "ftp://x", "https://["]
)
def test_what_is_no_address_is_told_with_its_variable(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_OAUTH_ACME_TOKEN_URL: expected a URL"):
        relocate(APP, {"COMPOSIO_OAUTH_ACME_TOKEN_URL": wrong})


def test_users_are_sent_where_the_operator_says(
    backend: EmbeddedBackend, provider: Provider, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSIO_OAUTH_ACME_AUTHORIZATION_URL", "http://127.0.0.1:9/consent")
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    begun = toolset.initiate_connection(app="acme", entity_id="alice")
    assert str(begun.redirect_url).startswith("http://127.0.0.1:9/consent?")
    assert query(begun.redirect_url)["client_id"] == "operator"
