"""The receiver on loopback: what a tunnel forwards, in bounds, with the address that the provider knows."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from composio.errors import ConfigurationError
from composio.model.trigger import TriggerModel, WebhookSource
from composio.testing import FakeUpstream
from composio.testing.webhooks import new_secret
from composio.triggers.loopback import LoopbackReceiver, parts_of_path
from composio.triggers.signatures.check import check
from composio.triggers.signatures.handshake import Reply
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import rules_from

VERIFY = ({"kind": "hmac", "header": "X-Sig", "over": "{url}{body}"},)
SIGNING, SECRET = new_secret(VERIFY)
GOT: list[tuple[str, str, Incoming]] = []


def receive(app: str, id: str, request: Incoming) -> Reply:
    GOT.append((app, id, request))
    if id == "broken":
        raise ValueError("no")
    return Reply(headers=(("X-Hook-Secret", "s"),), body=b"challenge")


@pytest.fixture(scope="module")
def receiver() -> Iterator[LoopbackReceiver]:
    made = LoopbackReceiver(
        limit=lambda app: 1000 if app == "acme" else 0, receive=receive, url=lambda: f"http://127.0.0.1:{made.port}/"
    )
    made.start()
    yield made
    made.close()


@pytest.fixture
def client(receiver: LoopbackReceiver) -> Iterator[httpx.Client]:
    GOT.clear()
    with httpx.Client(base_url=f"http://127.0.0.1:{receiver.port}", trust_env=False) as made:
        yield made


def test_what_a_vendor_signs_arrives_as_it_was_sent(receiver: LoopbackReceiver, client: httpx.Client) -> None:
    trigger = TriggerModel(slug="ACME_X", app="acme", webhook=WebhookSource(verify=VERIFY))
    answer = FakeUpstream([]).emit(trigger, to=f"{receiver.url()}webhooks/acme/hook_1?a=1", secret=SIGNING, body={"id": 1})
    assert (answer.status_code, answer.content, answer.headers["x-hook-secret"]) == (200, b"challenge", "s")
    [(app, hook, request)] = GOT
    assert (app, hook, request.json(), request.query("a")) == ("acme", "hook_1", {"id": 1}, "1")
    check(rules_from(VERIFY), request, [SECRET], now=0)


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/webhooks/acme/hook_1", b"x" * 1001, 413),
        ("POST", "/webhooks/beta/hook_1", b"{}", 404),
        ("POST", "/webhooks/acme", b"{}", 404),
        ("POST", "/elsewhere/acme/hook_1", b"{}", 404),
        ("POST", "/webhooks/acme/broken", b"{}", 500),
        ("GET", "/webhooks/acme/hook_1?challenge=c", b"", 200),
        ("HEAD", "/webhooks/acme/hook_1", b"", 200),
        ("DELETE", "/webhooks/acme/hook_1", b"", 501),
    ],
)
def test_only_addresses_of_events_are_read_and_only_in_bounds(
    client: httpx.Client, method: str, path: str, content: bytes, status: int
) -> None:
    assert client.request(method, path, content=content).status_code == status
    assert len(GOT) == (status in {200, 500})


def test_a_body_of_unknown_length_is_refused(client: httpx.Client) -> None:
    assert client.post("/webhooks/acme/hook_1", content=iter([b"{}"])).status_code == 411
    assert GOT == []


def test_a_port_that_is_taken_is_said(receiver: LoopbackReceiver) -> None:
    other = LoopbackReceiver(limit=lambda _: 0, receive=receive, url=str, port=receiver.port)
    with pytest.raises(ConfigurationError, match="is taken"):
        other.start()


@pytest.mark.parametrize("path", ["", "/", "/webhooks//x", "/webhooks/a/", "/webhooks/a/b/c", "webhooks/a/b"])
def test_other_paths_are_nobodys(path: str) -> None:
    assert parts_of_path(path) is None
