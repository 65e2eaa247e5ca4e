"""Which requests of a flow are guarded: those whose host a connection's value, or a provider, names."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import httpx
import pytest

from composio.accounts.wire import drive, read_declared_origins
from composio.auth.flow import FlowContext
from composio.engine.blocking import drive as run
from composio.errors import TokenRequestFailed, UpstreamRefused
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.secret import SecretValues
from composio.transport.egress import get_namer


class Recording:
    """Answers everything; ``guarded`` has a truth for each request."""

    def __init__(self) -> None:
        self.guarded: list[bool] = []

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        self.guarded.append(get_namer(request) is not None)
        return httpx.Response(200, request=request)

    async def sleep(self, seconds: float) -> None: ...

    async def work(self, function: Any) -> Any:
        return function()

    async def start(self, key: str, function: Any) -> Any:
        raise NotImplementedError

    async def outcome(self, started: Any, seconds: float | None = None) -> Any:
        raise NotImplementedError


def context(values: dict[str, str], client: dict[str, str] | None = None, **urls: str) -> FlowContext:
    scheme = AuthScheme("s", "OAUTH2", (AuthField("region", default="eu"),), extra=urls)
    return FlowContext(app=AppModel(key="x", name="X"), scheme=scheme, client=SecretValues(client), values=SecretValues(values))


@pytest.mark.parametrize(
    ("one", "asked", "guarded"),
    [
        (context({}, token_url="http://10.0.0.5/token"), "http://10.0.0.5/token", False),
        (context({}, token_url="http://10.0.0.5/token"), "http://10.0.0.6/token", True),
        (context({}, token_url="http://10.0.0.5/token"), "http://10.0.0.5:81/token", True),
        (context({"t": "acme"}, token_url="https://{{t}}.example.com/token"), "https://acme.example.com/token", True),
        (context({}, {"t": "acme"}, token_url="https://{{t}}.example.com/token"), "https://acme.example.com/token", False),
        # A value of the connection's own goes before the integration's.
        (context({"t": "b"}, {"t": "a"}, token_url="https://{{t}}.example.com/"), "https://b.example.com/token", True),
        (context({"t": "a"}, {"t": "a"}, token_url="https://{{t}}.example.com/"), "https://a.example.com/token", False),
        (context({"region": "eu"}, token_url="https://{{region}}.example.com/"), "https://eu.example.com/token", False),
        (context({"region": "us"}, token_url="https://{{region}}.example.com/"), "https://us.example.com/token", True),
        # What a key that somebody uploaded says.
        (context({"key": "..."}), "https://oauth2.example.com/token", True),
        (context({"t": "a/b"}, token_url="https://{{nope}}.example.com/"), "https://x.example.com/", True),
    ],
)
def test_what_nobody_declared_is_guarded(one: FlowContext, asked: str, guarded: bool) -> None:
    def flow() -> Generator[httpx.Request, httpx.Response, str]:
        yield httpx.Request("POST", asked)
        return "done"

    wire = Recording()
    assert run(drive(flow(), one, wire)) == "done"
    assert wire.guarded == [guarded]


def test_which_origins_a_definition_declares() -> None:
    one = context({"t": "x"}, token_url="https://a.example.com/{{t}}", revocation_url="https://{{t}}.example.com", other="x")
    assert read_declared_origins(one) == {("https", "a.example.com", 443)}


def test_a_refusal_is_a_token_requests_failure() -> None:
    class Refusing(Recording):
        async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
            raise UpstreamRefused("not let out")

    def flow() -> Generator[httpx.Request, httpx.Response, None]:
        yield httpx.Request("POST", "https://a.example.com/")

    with pytest.raises(TokenRequestFailed, match="x: not let out"):
        run(drive(flow(), context({}), Refusing()))
