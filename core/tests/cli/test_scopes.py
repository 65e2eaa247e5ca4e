"""``composio scopes`` says what an OAuth client has to be allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from composio.cli.main import app
from composio.cli.session import Session
from composio.embedded import EmbeddedBackend
from tests.peers.acme import KEY, write_app
from tests.peers.mail import USUAL, write_mail


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    home = tmp_path_factory.mktemp("home")
    write_mail(home)
    write_app(home, "keyed", KEY)
    made = EmbeddedBackend(home=home, environ={})
    yield made
    made.close()


def run(backend: EmbeddedBackend, *arguments: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, ["scopes", *arguments], obj=Session(lambda: backend))
    assert done.exit_code == code, done.output
    return done


def test_the_least_scopes_of_actions_are_printed_one_a_line(backend: EmbeddedBackend) -> None:
    assert run(backend, "mail", "--for", "MAIL_LIST", "--for", "MAIL_SEND").stdout.split() == [
        "openid",
        "mail.read",
        "mail.send",
    ]
    found = json.loads(run(backend, "mail", "--for", "MAIL_SYNC", "--json").stdout)
    assert found == {"app": "mail", "scopes": USUAL, "unknown": ["MAIL_SYNC"]}
    assert "names no scopes for MAIL_SYNC" in run(backend, "mail", "--for", "MAIL_SYNC").stderr


def test_without_actions_the_usual_scopes_are_printed(backend: EmbeddedBackend) -> None:
    assert run(backend, "mail").stdout.split() == USUAL
    assert "used without OAuth scopes" in run(backend, "keyed").stderr


def test_unknown_names_are_answered_with_the_nearest(backend: EmbeddedBackend) -> None:
    assert "mail" in run(backend, "mial", code=1).stderr
    assert "MAIL_LIST" in run(backend, "mail", "--for", "MAIL_LISTS", code=1).stderr
    assert "one of keyed" in run(backend, "mail", "--for", "KEYED_GET_ME", code=1).stderr
