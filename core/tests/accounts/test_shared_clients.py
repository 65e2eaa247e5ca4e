"""Which apps have an OAuth client of the operator's."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio.accounts.clients import CONFIG, OAuthClients, SharedOAuthClients
from composio.model.app import AppModel, AuthScheme


def test_apps_with_a_client_are_those_of_the_environment_and_of_the_file(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("oauth_clients: {GitHub: {client_id: a}}")
    environ = {"COMPOSIO_OAUTH_SLACK_CLIENT_ID": "b", "COMPOSIO_OAUTH_GMAIL_CLIENT_ID": " "}
    clients = OAuthClients(lambda: tmp_path, environ)
    assert clients.known(["github", "slack", "gmail", "notion"]) == {"github", "slack"}


def test_without_a_file_the_environment_decides(tmp_path: Path) -> None:
    assert OAuthClients(lambda: tmp_path, {}).known(["github"]) == frozenset()


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        ("https://github.com/login/oauth/access_token", True),
        ("https://{{subdomain}}.zendesk.com/oauth/tokens", True),
        ("https://accounts.zoho.{{region}}/oauth/v2/token", False),
        ("https://{{shop}}/admin/oauth/access_token", False),
        ("https://{{host}}", False),
        ("{{accounts_server}}/oauth/v2/token", False),
        ("https://{{name}}example.com/token", False),
        ("http://{{subdomain}}.zendesk.com/oauth/tokens", False),
        ("https://{{a}}.example.com@{{b}}/token", False),
    ],
)
def test_tenants_use_the_operators_client_only_where_they_do_not_say_who_gets_its_secret(url: str, shared: bool) -> None:
    scheme = AuthScheme(name="oauth2", auth_mode="OAUTH2", extra={"token_url": url})
    app = AppModel(key="app", name="App", auth_schemes=(scheme,))
    clients = OAuthClients(lambda: Path("/nowhere"), {"COMPOSIO_OAUTH_APP_CLIENT_ID": "id"})
    tenants = SharedOAuthClients(clients, lambda _: app)
    assert (tenants.find("app") is not None) == shared
    assert tenants.known(["app"]) == ({"app"} if shared else set())
    assert clients.find("app") is not None
