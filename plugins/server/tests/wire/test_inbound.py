"""Providers' requests to the server: raw bytes in, one event stored for whom it is meant, and refusals that tell nothing."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from composio.model.trigger_instance import TriggerSubscription
from composio.store.records import place_of
from composio.store.triggers import events, subscriptions
from composio.testing.webhooks import new_secret, sign_request
from composio.triggers.receiving import SECRET
from composio.triggers.signatures.incoming import Incoming
from composio_server.services.services import Services
from tests.peers.triggering import watch_stars

EVENT = {
    "action": "created",
    "starred_at": "2026-01-15T10:00:30Z",
    "repository": {"id": 1, "name": "site", "html_url": "https://github.com/acme/site", "owner": {"login": "acme"}},
    "sender": {"login": "ada"},
}


@dataclass
class Hook:
    """An address of one instance, and how its provider signs."""

    services: Services
    id: str
    secret: str
    verify: Any
    project: str

    def send(self, client: httpx.Client, body: bytes, headers: dict[str, str], *, secret: str | None = None) -> httpx.Response:
        url = f"{self.services.settings.public_url}/webhooks/github/{self.id}"
        signed = sign_request(self.verify, Incoming.of(headers, body, url=url), secret or self.secret, now=time.time())
        return client.post(f"/webhooks/github/{self.id}", content=signed.body, headers=dict(signed.headers))

    def events(self) -> list[Any]:
        part = self.services.backends.shared.keeping.store.for_project(self.project).part()
        return events.list_events(part, events.EventQuery())


@pytest.fixture
def hook(services: Services, project: Any) -> Hook:
    shared = services.backends.shared
    instance = watch_stars(shared.keeping, project.id)
    part = shared.keeping.store.for_project(project.id).part()
    trigger = shared.known_triggers.find(instance.trigger)
    assert trigger.webhook is not None
    signing, secret = new_secret(trigger.webhook.verify)
    made = TriggerSubscription(id="hook_1", app="github", instance_id="ti_1", status="active", project=project.id)
    sealed = shared.keeping.open_book(project.id).vault
    subscriptions.add(part, made, sealed.seal({SECRET: secret}, place_of(made)))
    return Hook(services, "hook_1", signing, trigger.webhook.verify, project.id)


HEADERS = {"X-GitHub-Event": "star", "X-GitHub-Delivery": "d1", "Content-Type": "application/json"}


def test_an_event_is_stored_once_for_its_project_and_forged_ones_never(client: httpx.Client, hook: Hook) -> None:
    body = json.dumps(EVENT).encode()
    assert [hook.send(client, body, HEADERS).status_code for _ in range(2)] == [200, 200]
    [event] = hook.events()
    assert (event.instance_id, event.entity_id, event.payload["starred_by"]) == ("ti_1", "ada", "ada")
    forged = hook.send(client, body, {**HEADERS, "X-GitHub-Delivery": "d2"}, secret="another")
    assert (forged.status_code, forged.text) == (401, "The request does not prove who sent it.")
    assert client.post("/webhooks/github/hook_1", content=b"{}").status_code == 401
    assert client.get("/webhooks/github/hook_1").status_code == 401
    assert len(hook.events()) == 1
    # Neither a key nor a body in another shape is needed for the address to be unknown.
    for path in ("/webhooks/github/hook_2", "/webhooks/slack/hook_1", "/webhooks/nobody/hook_1"):
        assert client.post(path, content=b"[").status_code == 404
    assert client.head("/webhooks/github/hook_2").status_code == 404


def test_each_app_has_its_own_limit_and_what_is_large_is_kept_as_its_payload(client: httpx.Client, hook: Hook) -> None:
    # GitHub's is above the server's for other routes.
    large = json.dumps({**EVENT, "more": "x" * 11_000_000}).encode()
    assert hook.send(client, large, {**HEADERS, "X-GitHub-Delivery": "d3"}).status_code == 200
    assert client.post("/webhooks/github/hook_1", content=b"x" * 26_300_000).status_code == 413
    assert client.post("/webhooks/stripe/hook_1", content=b"x" * 262_145).status_code == 413
    [newest] = hook.events()
    assert newest.original is None
    assert "not stored" in newest.warning
