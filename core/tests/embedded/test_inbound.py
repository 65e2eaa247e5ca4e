"""Events come in to a program on a laptop: polled while somebody listens, or sent through a tunnel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.embedded.inbound import Inbound
from composio.errors import ConfigurationError
from composio.model.trigger_instance import NewInstance
from composio.triggers.signing import sign

FEED = "<rss><channel><title>News</title>{}</channel></rss>"
ENTRY = "<item><guid>{}</guid><title>Entry {}</title></item>"


class Upstream:
    """A feed that grows."""

    def __init__(self) -> None:
        self.entries = ["old"]

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        return httpx.Response(200, text=FEED.format("".join(ENTRY.format(id, id) for id in self.entries)))


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def backend(tmp_path: Path, upstream: Upstream) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(
        home=tmp_path,
        transport=httpx.MockTransport(upstream.answer),
        environ={"COMPOSIO_WEBHOOK_URL": "https://tunnel.example", "COMPOSIO_WEBHOOK_PORT": "0"},
    )
    yield made
    made.close()


async def until(backend: EmbeddedBackend, count: int) -> list[str]:
    """The titles of the first ``count`` events."""
    with anyio.fail_after(30):
        while True:
            found = await backend.events.after(0)
            if len(found) >= count:
                return [str(one.payload.get("title") or one.payload.get("body")) for one in found]
            await anyio.sleep(0.02)


async def polled(backend: EmbeddedBackend, id: str) -> None:
    with anyio.fail_after(30):
        while True:
            if (await backend.triggers.instance(id)).last_poll is not None:
                return
            await anyio.sleep(0.02)


def test_a_feed_is_polled_while_somebody_listens_and_a_request_is_received(
    backend: EmbeddedBackend, upstream: Upstream
) -> None:
    async def run() -> None:
        feed = (
            await backend.triggers.enable(
                NewInstance(trigger="RSS_NEW_ITEM_TRIGGER", config={"url": "https://news.example/feed", "interval": 0.02})
            )
        ).instance
        made = await backend.triggers.enable(NewInstance(trigger="WEBHOOK_REQUEST_TRIGGER"))
        hook = made.instance
        async with backend.events.listening():
            await polled(backend, feed.id)
            upstream.entries.insert(0, "new")
            assert await until(backend, 1) == ["Entry new"]
            address = await anyio.to_thread.run_sync(backend.inbound.subscriber.open, hook)
            secret = await anyio.to_thread.run_sync(backend.inbound.subscriber.secret, address)
            assert secret is not None
            assert made.setup is not None
            assert (made.setup.url, made.setup.secret) == (backend.inbound.subscriber.url(address), secret)
            assert made.setup.url in made.setup.steps[0]
            assert secret not in repr(made)
            body = b'{"hello": 1}'
            headers = list(sign("msg_1", body, [secret], now=time.time()).items())
            url = backend.inbound.subscriber.url(address)
            assert url == f"https://tunnel.example/webhooks/webhook/{address.id}"
            given = {"method": "POST", "url": url, "body": body}
            refused = await backend.inbound.receive("webhook", address.id, headers=headers[:2], **given)  # type: ignore[arg-type]
            assert refused.status == 401
            reply = await backend.inbound.receive("webhook", address.id, headers=headers, **given)  # type: ignore[arg-type]
            assert reply.status == 200
            assert await until(backend, 2) == ["Entry new", "{'hello': 1}"]
        await backend.aclose()

    anyio.run(run)


def test_a_webhook_that_no_provider_can_send_says_what_to_do(tmp_path: Path) -> None:
    async def run() -> str | None:
        backend = EmbeddedBackend(home=tmp_path, environ={})
        instance = (await backend.triggers.enable(NewInstance(trigger="WEBHOOK_REQUEST_TRIGGER"))).instance
        found = await backend.triggers.instance(instance.id)
        await backend.aclose()
        return found.last_error

    assert "COMPOSIO_WEBHOOK_URL" in (anyio.run(run) or "")


@pytest.mark.parametrize(
    "environ",
    [
        {"COMPOSIO_WEBHOOK_URL": "tunnel.example"},
        {"COMPOSIO_WEBHOOK_URL": "https://t.example", "COMPOSIO_WEBHOOK_PORT": "70000"},
    ],
)
def test_what_can_t_be_an_address_is_said(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_WEBHOOK"):
        Inbound.of(environ)
