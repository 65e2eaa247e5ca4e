"""Devices ask again and again, no faster than the provider wants."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import TokenRequestFailed
from composio.model.connection import NewConnection
from tests.peers.acme import OAUTH, Provider, write_app

DEVICE = {**OAUTH, "grant_type": "device_code", "device_authorization_url": "https://acme.example/device"}
CODE = {"device_code": "d", "user_code": "ABCD", "verification_uri": "https://acme.example/enter", "interval": 5}


def test_patience_that_the_provider_asks_for_adds_up(
    home: Path, backend: EmbeddedBackend, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(home, "acme", DEVICE)
    errors = iter(["slow_down", "authorization_pending", "slow_down", "authorization_pending", None])

    def answer(form: dict[str, str]) -> Any:
        if "device_code" not in form:
            return 200, CODE
        error = next(errors)
        return (400, {"error": error}) if error else provider.granted({"grant_type": "authorization_code"})

    provider.answer = answer
    began = backend.accounts._book().now()
    monkeypatch.setattr(backend.accounts._book(), "now", lambda: began)
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))

    def polls(after: float) -> int:
        """How often the provider was asked once ``after`` seconds have gone by."""
        monkeypatch.setattr(backend.accounts._book(), "now", lambda: began + after)
        backend.run(lambda: backend.accounts.advance(started.connection.id))
        return sum("device_code" in form for _, form in provider.calls)

    # Every 5 seconds; every 10 after the first "slow down" at 5, every 15 after the second one at 25.
    seen = [polls(after) for after in (4, 5, 10, 14, 15, 20, 25, 35, 39, 40, 50, 54, 55)]
    assert seen == [0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 5]
    assert backend.run(lambda: backend.accounts.connection(started.connection.id)).status == "ACTIVE"


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        ((400, {"error": "invalid_grant"}), "FAILED"),
        ((401, {"error": "invalid_client"}), "FAILED"),
        ((200, {"error": "incorrect_device_code"}), "FAILED"),
        ((500, {"error": "invalid_grant"}), "INITIATED"),
        ((429, {"error": "rate_limited"}), "INITIATED"),
        ((403, "<html>Stay out</html>"), "INITIATED"),
    ],
)
def test_what_asking_again_does_not_help_is_told_at_once(
    home: Path, backend: EmbeddedBackend, provider: Provider, monkeypatch: pytest.MonkeyPatch, refusal: Any, status: str
) -> None:
    write_app(home, "acme", DEVICE)
    provider.answer = lambda form: refusal if "device_code" in form else (200, CODE)
    started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice")))
    later = backend.accounts._book().now() + 60
    monkeypatch.setattr(backend.accounts._book(), "now", lambda: later)
    told: AbstractContextManager[Any] = nullcontext()
    if status == "FAILED":
        told = pytest.raises(TokenRequestFailed, match="asking for the device's tokens failed")
    with told:
        backend.run(lambda: backend.accounts.advance(started.connection.id))
    assert backend.run(lambda: backend.accounts.connection(started.connection.id)).status == status
