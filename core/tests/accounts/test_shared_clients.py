"""Which apps have an OAuth client of the operator's."""

from __future__ import annotations

from pathlib import Path

from composio.accounts.clients import CONFIG, OAuthClients


def test_apps_with_a_client_are_those_of_the_environment_and_of_the_file(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("oauth_clients: {GitHub: {client_id: a}}")
    environ = {"COMPOSIO_OAUTH_SLACK_CLIENT_ID": "b", "COMPOSIO_OAUTH_GMAIL_CLIENT_ID": " "}
    clients = OAuthClients(lambda: tmp_path, environ)
    assert clients.known(["github", "slack", "gmail", "notion"]) == {"github", "slack"}


def test_without_a_file_the_environment_decides(tmp_path: Path) -> None:
    assert OAuthClients(lambda: tmp_path, {}).known(["github"]) == frozenset()
