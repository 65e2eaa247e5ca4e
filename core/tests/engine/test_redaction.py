"""Credentials of ``auth=``, ``add_auth`` and the environment show nowhere, whatever an API does with them."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.acme import KEY, write_app
from tests.peers.secrets import Sweep

# With what URLs, forms and pages write in another way.
HEADER, QUERY, COOKIE, PATH, BODY, ENV = (
    f"planted-{name}/9f+8e=7d&6c<5b" for name in ("header", "query", "cookie", "path", "body", "env")
)
SECRETS = (HEADER, QUERY, COOKIE, PATH, BODY, ENV)
AUTH: dict[str, Any] = {
    "parameters": [
        {"name": "Authorization", "value": f"Bearer {HEADER}", "in": "header"},
        {"name": "api_key", "value": QUERY, "in": "query"},
        {"name": "sid", "value": COOKIE, "in": "cookie"},
        {"name": "account", "value": PATH, "in": "path"},
    ],
    "body": {"token": BODY},
}


def echoed(request: Request, status: int) -> Response:
    """All that was sent, in the body and in the headers."""
    said = {
        "message": f"you sent {request.target} {dict(request.headers)}",
        "errors": [request.headers.get("authorization", "")],
    }
    headers = {"x-echo": request.headers.get("authorization", ""), "set-cookie": request.headers.get("cookie", "a=b")}
    return Response.of_json(said, status, headers)


def upstream(request: Request) -> Response:
    kind = request.path.rpartition("/")[2]
    if kind.isdigit():
        return echoed(request, int(kind))
    if kind == "redirect":
        return Response(302, {"location": f"http://inside.invalid/?token={QUERY}&x={HEADER}"})
    if kind == "circle":
        return Response(302, {"location": request.target})
    if kind == "nonsense":
        return Response(302, {"location": f"http://[{QUERY}"})
    if kind == "html":
        return Response(502, {"content-type": "text/html"}, f"<title>{request.headers.get('authorization')}</title>".encode())
    if kind == "reset":
        return Response(breaks="reset")
    if kind == "truncated":
        return Response(200, {"content-type": "application/json"}, b'{"a": 1', breaks="truncated")
    if kind == "slow":
        return Response(wait=lambda: None)
    return Response.of_json({"fine": True})


KINDS = ("fine", "401", "403", "404", "429", "500", "redirect", "circle", "nonsense", "html", "reset", "truncated", "slow")


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(upstream) as running:
        yield running


@pytest.fixture
def backend(tmp_path: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedBackend]:
    home = tmp_path / "home"
    key = {**KEY, "fields": [{"name": "api_key", "env": ["KEYED_SECRET"]}], "proxy": {"headers": {"X-Api-Key": "{{api_key}}"}}}
    write_app(home, "keyed", key)
    monkeypatch.setenv("COMPOSIO_KEYED_BASE_URL", server.url)
    made = EmbeddedBackend(home=home, timeout=httpx.Timeout(0.4))
    yield made
    made.close()


Auth = Callable[[ComposioToolSet[Any]], dict[str, Any]]


def by_call(_toolset: ComposioToolSet[Any]) -> dict[str, Any]:
    return {"auth": AUTH}


def by_toolset(toolset: ComposioToolSet[Any]) -> dict[str, Any]:
    toolset.add_auth("keyed", parameters=AUTH["parameters"], body=AUTH["body"])
    return {}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("given", [by_call, by_toolset])
def test_no_answer_shows_a_credential(backend: EmbeddedBackend, given: Auth, asynchronous: bool) -> None:
    toolset = ComposioToolSet[Any](backend=backend)
    sweep = Sweep(*SECRETS)
    more = given(toolset)

    def request(kind: str) -> Any:
        endpoint = f"/x/{kind}"
        more.update(method="POST", body={"mine": 1}) if kind.isdigit() else None
        if asynchronous:
            return asyncio.run(_closing(toolset.aexecute_request(endpoint, app="keyed", **more), backend))
        return toolset.execute_request(endpoint, app="keyed", **more)

    with sweep.listening():
        for kind in KINDS:
            result = sweep.attempt(kind, functools.partial(request, kind))
            assert not isinstance(result, Exception), result
            assert result["successful"] is (kind == "fine")
        logging.getLogger("composio").debug("the end")
        sweep.show(toolset=toolset, backend=backend)
    assert sweep.records > 20
    assert sweep.hits() == []


async def _closing(work: Any, backend: EmbeddedBackend) -> Any:
    try:
        return await work
    finally:
        await backend.clients.aclose()


def test_the_environments_secret_shows_nowhere(backend: EmbeddedBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYED_SECRET", ENV)
    toolset = ComposioToolSet[Any](backend=backend)
    sweep = Sweep(ENV)
    with sweep.listening():
        for kind in KINDS:
            sweep.attempt(kind, functools.partial(toolset.execute_request, f"/x/{kind}", app="keyed"))
        sweep.attempt("action", lambda: toolset.execute_action("KEYED_GET_ME"))
        sweep.attempt("wrong", lambda: toolset.execute_action("KEYED_GET_MEE"))
        sweep.attempt("unusable", lambda: toolset.execute_action("KEYED_GET_ME", entity_id="bob"))
        monkeypatch.setenv("KEYED_SECRET", f"{ENV}\r\n")
        assert isinstance(sweep.attempt("newline", lambda: toolset.execute_action("KEYED_GET_ME")), ComposioError)
    assert sweep.hits() == []


@pytest.mark.parametrize(
    "parameters",
    [
        [{"name": "X-Key", "value": f"{HEADER}\r\nx", "in": "header"}],
        [{"name": "X-Key", "value": f"{HEADER}é", "in": "header"}],
        [{"name": "X-Key", "value": HEADER, "in": "heder"}],
        [{"name": "sub", "value": f"{HEADER}/evil", "in": "subdomain"}],
        [{"name": "X-Key", "value": HEADER, "wrong": 1}],
        [{"name": "", "value": HEADER}],
        [{"value": HEADER}],
        HEADER,
        [HEADER],
        [{"name": "X-Key", "value": [HEADER]}],
    ],
)
def test_a_credential_that_can_not_be_used_is_not_shown(backend: EmbeddedBackend, parameters: Any) -> None:
    toolset = ComposioToolSet[Any](backend=backend)
    sweep = Sweep(HEADER)
    auth = {"parameters": parameters}

    def execute() -> Any:
        return toolset.execute_action("KEYED_GET_ME", auth=auth)

    with sweep.listening():
        assert isinstance(sweep.attempt("execute_action", execute), ComposioError)
        assert isinstance(
            sweep.attempt("execute_request", lambda: toolset.execute_request("/me", app="keyed", auth=auth)), ComposioError
        )
        sweep.attempt("aexecute_action", lambda: asyncio.run(toolset.aexecute_action("KEYED_GET_ME", auth=auth)))
        sweep.attempt("add_auth", lambda: toolset.add_auth("keyed", parameters=parameters))
        sweep.attempt("unknown field", lambda: toolset.execute_action("KEYED_GET_ME", auth={"parametres": parameters}))
        sweep.attempt("base_url", lambda: toolset.execute_action("KEYED_GET_ME", auth={"base_url": f"x://{HEADER}"}))
    assert sweep.hits() == []


def test_a_custom_tool_that_raises_shows_none(backend: EmbeddedBackend) -> None:
    @action(toolname="keyed")
    def raises(execute_request: Any, auth: Any, kind: str) -> str:
        """Ask and fail.

        :param kind: what to ask for
        """
        if kind == "own":
            raise RuntimeError("a tool's own")
        return json.dumps(execute_request(f"/x/{kind}"))

    toolset = ComposioToolSet[Any](backend=backend)
    sweep = Sweep(*SECRETS)
    with sweep.listening():
        for kind in (*KINDS, "own"):
            result = sweep.attempt(kind, functools.partial(toolset.execute_action, raises, {"kind": kind}, auth=AUTH))
            assert result["successful"] is (kind == "fine")
    assert sweep.hits() == []
