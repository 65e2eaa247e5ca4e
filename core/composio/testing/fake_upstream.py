"""An API that is only its description: it checks what it receives, answers what it declares, and remembers everything."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self
from urllib.parse import unquote, unquote_plus, urlencode

from composio.engine.serialise import sequence_text
from composio.errors import ActionNotFound, InvalidRequest, nearest
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.media import base_type, is_sequence
from composio.model.response import DeclaredResponse
from composio.schema.validate import Validator, compile_validator
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from composio.testing.transport import ExchangeTransport
from composio.testing.upstream.generate import generate
from composio.testing.upstream.hooks import UNSET, Gate, Requirement, ScriptedReply
from composio.testing.upstream.reading import Reading, read_request
from composio.testing.upstream.routes import Match, Router, pairs_of

if TYPE_CHECKING:
    import httpx

    from composio.model.trigger import TriggerModel

__all__ = ["FakeUpstream", "Received"]

Answers = Sequence[DeclaredResponse] | Callable[[], Sequence[DeclaredResponse]]


class _Catalog(Protocol):
    """What is needed of a catalog: an app, all its actions, and what each answers."""

    def app(self, name: str) -> AppModel: ...

    def select(self, *, apps: Sequence[str], everything: bool) -> Sequence[ActionModel]: ...

    def responses(self, slug: str) -> Sequence[DeclaredResponse]: ...


@dataclass(frozen=True, slots=True)
class Received:
    """One request. ``path`` and ``query`` are decoded, ``body`` and ``arguments`` as the description reads them.

    ``slug`` is the operation, empty where none fits; ``violations`` says what does not fit the description; header names are
    lower case.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)  # credentials travel here
    body: Any
    slug: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    violations: tuple[str, ...] = ()
    raw: Request = field(default_factory=lambda: Request("", ""), repr=False)


class FakeUpstream(Loopback):
    """Answers the operations of a compiled description::

        with FakeUpstream.for_app("github") as api:
            toolset.add_auth("github", parameters=[...], base_url=api.url)

    An answer is the operation's own example, else made up from its schema, always the same for the same ``seed``. A request
    that does not fit the description is answered with 422 and the ``violations``. ``transport()`` is the same API as an httpx
    transport, without a server. ``credentials`` names query parameters that are let through without being described.
    """

    def __init__(
        self,
        actions: Iterable[tuple[ActionModel, Answers]],
        *,
        seed: int = 0,
        credentials: Collection[str] = (),
        port: int = 0,
    ) -> None:
        super().__init__(self.answer, port=port, abandoned=self._note_left)
        listed = list(actions)
        self._answers = {action.slug: answers for action, answers in listed}
        self._router = Router(action for action, _ in listed)
        # Made on first use and kept: most operations are never called, some very often.
        self._validators: dict[str, Validator] = {}
        self._usual_answers: dict[str, Response] = {}
        self._names = {name: action.slug for action, _ in listed for name in action.names}
        self._seed, self._credentials = seed, set(credentials)
        self._lock = threading.Lock()
        self.reset()

    @classmethod
    def of(cls, source: Any, app: str, *, seed: int = 0, credentials: Collection[str] = ()) -> Self:
        """The API of ``app`` out of a catalog, or of a backend that has one, which must stay open."""
        catalog: _Catalog = getattr(source, "catalog", source)
        actions = catalog.select(apps=[app], everything=True)
        listed = [(action, partial(catalog.responses, action.slug)) for action in actions]
        return cls(listed, seed=seed, credentials={*credentials, *_in_query(catalog.app(app))})

    @classmethod
    def for_app(cls, app: str, home: Path | str | None = None, *, seed: int = 0, credentials: Collection[str] = ()) -> Self:
        """The API of ``app`` out of the catalog under ``home``, compiled on first use."""
        with _catalog(home) as catalog:
            actions = catalog.select(apps=[app], everything=True)
            credentials = {*credentials, *_in_query(catalog.app(app))}
        return cls([(a, partial(_responses, home, a.slug)) for a in actions], seed=seed, credentials=credentials)

    def reset(self) -> None:
        """Forget requests, scripted replies and requirements."""
        self.requests: list[Received] = []
        self.abandoned_requests: list[Request] = []
        self._replies: list[ScriptedReply] = []
        self._requirements: list[Requirement] = []

    def transport(self) -> ExchangeTransport:
        """The same API for ``httpx.Client(transport=...)`` and ``httpx.AsyncClient(transport=...)``."""
        return ExchangeTransport(self.answer, abandoned=self._note_left)

    def emit(
        self,
        trigger: TriggerModel,
        *,
        to: str,
        secret: str,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        now: float | None = None,
    ) -> httpx.Response:
        """Send an event to the URL ``to``, signed with ``secret`` as the vendor of ``trigger`` signs; the answer to it.

        ``body`` is sent as JSON, ``form`` as a form. ``now`` is when it was signed, in seconds since 1970. Of a subscription that
        was made here, ``to`` and ``secret`` are in :attr:`requests`.
        """
        import httpx

        from composio.testing.webhooks import sign_request
        from composio.triggers.signatures.incoming import Incoming

        if trigger.webhook is None:
            raise InvalidRequest(f"{trigger.slug} has no webhook: its events are polled.")
        kind = "application/x-www-form-urlencoded" if form is not None else "application/json"
        content = urlencode(form).encode() if form is not None else b"" if body is None else json.dumps(body).encode()
        request = Incoming.of({"Content-Type": kind, **(headers or {})}, content, url=to)
        signed = sign_request(trigger.webhook.verify, request, secret, now=time.time() if now is None else now)
        with httpx.Client(trust_env=False) as client:
            return client.post(signed.url, content=signed.body, headers=list(signed.headers))

    @property
    def violations(self) -> list[str]:
        """What did not fit the description, as ``SLUG: what``."""
        return [f"{received.slug or received.path}: {v}" for received in self.requests for v in received.violations]

    def reply(
        self,
        slug: str = "*",
        *,
        status: int = 200,
        json: Any = UNSET,
        text: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        delay: float | Callable[[Received], float] = 0.0,
        times: int | None = None,
        together: int = 0,
        reset: bool = False,
        truncated: bool = False,
    ) -> None:
        """Script what an operation answers (``*`` means any), ``times`` times or for good.

        ``json`` may be a function of what was :class:`Received`, ``delay`` (seconds) as well. ``text`` is HTML unless
        ``headers`` say otherwise. Without a body and with status 200 the usual answer is sent, only
        ``delay`` seconds late, or when ``together`` requests are there at once. ``reset`` cuts the connection, ``truncated``
        ends it in the middle of the body.
        """
        name = slug if slug == "*" else self._slug(slug)
        body, kind = _script_body(json, text)
        sent = {"content-type": kind, **{k.lower(): v for k, v in (headers or {}).items()}} if kind else dict(headers or {})
        gate = Gate(together) if together else None
        breaks: Any = "reset" if reset else "truncated" if truncated else ""
        late = delay if callable(delay) else lambda _received: delay
        scripted = ScriptedReply(name, status, body, sent, late, times, gate, breaks)
        with self._lock:
            if times is None:
                self._replies = [r for r in self._replies if not (r.slug == name and r.left is None)]
            self._replies.append(scripted)

    def require(self, *, header: str | None = None, query: str | None = None, value: str | None = None) -> None:
        """Answer 401 to every request without this header or query parameter; ``value`` None takes any value."""
        if header:
            self._requirements.append(Requirement("header", header, value))
        if query:
            self._requirements.append(Requirement("query", query, value))

    def answer(self, request: Request) -> Response:
        """The response to a request, which is recorded. Waits for nothing: see :class:`Response`."""
        query: dict[str, list[str]] = {}
        for name, value in pairs_of(request.query):
            query.setdefault(name, []).append(unquote_plus(value))
        required = {r.name for r in self._requirements if r.place == "query"}
        match, reading = self._read(request, self._credentials | required)
        slug = match.action.slug if match else ""
        received = Received(
            request.method,
            unquote(request.path),
            query,
            request.headers,
            reading.body,
            slug,
            reading.arguments,
            tuple(reading.violations),
            request,
        )
        with self._lock:
            self.requests.append(received)
            scripted = self._scripted(slug)
        if not all(r.met(request.headers, query) for r in self._requirements):
            return Response.of_json({"message": "Requires authentication"}, 401)
        if scripted:
            return scripted.answer(received, lambda: self._usual(match, received))
        return self._usual(match, received)

    def _read(self, request: Request, credentials: Collection[str]) -> tuple[Match | None, Reading]:
        """The operation that is meant, and what the request says to it.

        Where several are at one place, it is the one that the request fits: its body's type, a parameter that has one value.
        """
        best: tuple[Match | None, Reading] = None, Reading(violations=[self._unknown(request)])
        for match in self._router.find(request.method, request.path, request.query):
            reading = read_request(match, request, self._validator(match.action), credentials=credentials)
            if best[0] is None or len(reading.violations) < len(best[1].violations):
                best = match, reading
            if not reading.violations:
                break
        return best

    def _validator(self, action: ActionModel) -> Validator:
        known = self._validators.get(action.slug)
        return known or self._validators.setdefault(
            action.slug, compile_validator(action.validation or action.parameters, any_branch=True)
        )

    def _usual(self, match: Match | None, received: Received) -> Response:
        if match is None:
            known = self._router.methods(received.raw.path, received.raw.query)
            return Response.of_json({"message": received.violations[0]}, 405 if known else 404)
        if received.violations:
            body = {"message": f"Not as described: {'; '.join(received.violations)}", "errors": list(received.violations)}
            return Response.of_json(body, 422)
        slug, asked = match.action.slug, match.binding.body
        if asked is not None and asked.graphql is not None:  # whose types are not known here
            return Response.of_json({"data": {asked.graphql.name: {} if asked.graphql.selection else None}})
        if slug not in self._usual_answers:
            answers = self._answers[slug]
            self._usual_answers[slug] = _declare(answers() if callable(answers) else answers, f"{self._seed}:{slug}")
        return self._usual_answers[slug]

    def _unknown(self, request: Request) -> str:
        methods = self._router.methods(request.path, request.query)
        if methods:
            return f"{request.method} {request.path}: this path has {', '.join(methods)} only"
        near = nearest(request.path, self._router.templates())
        return f"{request.method} {request.path}: no such operation" + (f"; near are {', '.join(near)}" if near else "")

    def _scripted(self, slug: str) -> ScriptedReply | None:
        for reply in self._replies:
            if reply.slug in ("*", slug) and reply.left != 0:
                if reply.left is not None:
                    reply.left -= 1
                return reply
        return None

    def _slug(self, name: str) -> str:
        found = self._names.get(name.upper())
        if found is None:
            raise ActionNotFound(name, nearest(name, self._names))
        return found

    def _note_left(self, request: Request) -> None:
        self.abandoned_requests.append(request)


@contextmanager
def _catalog(home: Path | str | None) -> Iterator[_Catalog]:
    from composio.embedded import EmbeddedBackend

    backend = EmbeddedBackend(home=home)
    try:
        yield backend.catalog
    finally:
        backend.close()


def _responses(home: Path | str | None, slug: str) -> Sequence[DeclaredResponse]:
    # Opened for each operation that is called: that is cheaper than reading all answers of a large description.
    with _catalog(home) as catalog:
        return catalog.responses(slug)


def _in_query(app: AppModel) -> set[str]:
    """The query parameters in which an app takes its credentials; its description need not name them."""
    return {name for scheme in app.auth_schemes for name in scheme.proxy.query_params}


def _script_body(value: Any, text: str | bytes | None) -> tuple[Callable[[Received], bytes | None], str]:
    if value is not UNSET:
        made = value if callable(value) else lambda _received: value
        return lambda received: json.dumps(made(received), ensure_ascii=False).encode(), "application/json"
    content = text.encode() if isinstance(text, str) else text
    return lambda _received: content, "" if text is None else "text/html; charset=utf-8"


def _declare(answers: Sequence[DeclaredResponse], seed: str) -> Response:
    """The best declared success: JSON first, the lowest status first."""
    good = [a for a in answers if 200 <= a.status < 300] or [a for a in answers if a.status == 0]
    if not good:
        return Response(204)
    best = min(good, key=lambda a: ("json" not in a.media_type, not a.media_type, a.status))
    status = best.status or 200
    if not best.media_type:
        return Response(status)
    value = best.example if best.has_example else generate(best.schema, seed)
    if is_sequence(base_type(best.media_type)):
        return Response(status, {"content-type": best.media_type}, sequence_text(value, base_type(best.media_type)).encode())
    if "json" in best.media_type:
        return Response.of_json(value, status, {"content-type": best.media_type})
    body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Response(status, {"content-type": best.media_type}, body.encode())
