"""The bytes of ``GET /api/v2/actions``: tens of thousands of actions in one response, for v0.7's clients."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

import msgspec
from litestar import Request, Response
from litestar.response import Stream

from composio import __version__
from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.embedded.projects import ProjectBackend
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio_server.access import Here
from composio_server.services.listings import Listings, Part
from composio_server.services.services import off_loop
from composio_server.wire.v1.shapes import show_action, show_alias

__all__ = ["answer_actions", "answer_everything", "answer_names", "is_prepared", "prepare", "render"]

_SHAPE = 1  # increment when the format changes
_HEAD, _TAIL = b'{"items":[', b'],"page":1,"totalPages":1}'
_CHUNK = 256 * 1024
_LONGEST_NAME = 64
_EVERYTHING = "v2-actions"
_Find = Callable[[str], Path]
_Backend = EmbeddedBackend | ProjectBackend


async def answer_everything(request: Request[Any, Any, Any], where: Here) -> Response[Any]:
    """Every action of every compiled app, under its current name."""
    listings, backend = where.services.listings, where.services.backends.of(where.caller.project_id)
    return await _answer(request, where, [lambda state: _find_everything(listings, backend, state)])


def prepare(listings: Listings, backend: EmbeddedBackend) -> None:
    """Create the listing that all projects share before it is requested.

    Blocking: it takes half a millisecond per action.
    """
    _find_everything(listings, backend, _state_of(backend))


def is_prepared(listings: Listings, backend: EmbeddedBackend) -> bool:
    """Return whether it exists."""
    return listings.has(_EVERYTHING, _state_of(backend))


def _find_everything(listings: Listings, backend: _Backend, state: str) -> Path:
    return listings.compose(_EVERYTHING, state, _HEAD, lambda: _parts(backend), _TAIL)


def _parts(backend: _Backend) -> list[Part]:
    """Yield a part for each compiled app, which is stable while the app is."""
    states = backend.catalog.states()
    return [Part(f"v2-part-{key}", _digest(state), partial(_list, backend, key)) for key, state in states.items()]


def _list(backend: _Backend, key: str) -> Iterator[bytes]:
    app, is_first = backend.catalog.app(key), True
    for action in backend.catalog.walk(key):
        if not is_first:
            yield b","
        yield _encode(show_action(action, app))
        is_first = False


async def answer_actions(request: Request[Any, Any, Any], where: Here, apps: Sequence[str]) -> Response[Any]:
    """Every action of ``apps``, under each current and former name: Python's client selects by name."""
    backend = where.services.backends.of(where.caller.project_id)

    def finder(key: str) -> _Find:
        def make() -> Iterator[bytes]:
            return _document(backend, backend.catalog.app(key))

        return lambda state: where.services.listings.find(f"v2-actions-{key}", state, make)

    for key in apps:  # compiles apps that were never used
        await where.backend.actions(ActionQuery(apps=[key], everything=True, limit=1))
    return await _answer(request, where, [finder(key) for key in apps])


async def answer_names(request: Request[Any, Any, Any], where: Here) -> Response[Any]:
    """Every action in short form."""
    backend = where.services.backends.of(where.caller.project_id)

    def make() -> Iterator[bytes]:
        return _join_parts(
            _encode({name: shown[name] for name in ("name", "displayName", "appKey", "appName", "appId", "tags", "deprecated")})
            for app in _list_compiled(backend)
            for action in backend.catalog.walk(app.key)
            for shown in [show_action(action, app)]
        )

    return await _answer(request, where, [lambda state: where.services.listings.find("v2-actions-names", state, make)])


def render(actions: Iterable[ActionModel], apps: dict[str, AppModel]) -> list[dict[str, Any]]:
    """Return actions in the listing's form."""
    return [show_action(one, apps[one.app]) for one in actions if one.app in apps]


def _list_compiled(backend: ProjectBackend) -> list[AppModel]:
    return [one for one in backend.catalog.apps() if one.compiled]


def _document(backend: ProjectBackend, app: AppModel) -> Iterator[bytes]:
    return _join_parts(_encode(shown) for action in backend.catalog.walk(app.key) for shown in _entries(action, app))


def _entries(action: ActionModel, app: AppModel) -> Iterator[dict[str, Any]]:
    shown = show_action(action, app)
    yield shown
    for alias in action.aliases:
        if len(alias) <= _LONGEST_NAME and alias.upper() != action.key:
            yield show_alias(shown, alias.upper())


def _join_parts(items: Iterable[bytes]) -> Iterator[bytes]:
    yield _HEAD
    first = True
    for item in items:
        yield item if first else b"," + item
        first = False
    yield _TAIL


def _encode(shown: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(shown)
    except UnicodeEncodeError:  # an unpaired surrogate in a description
        return json.dumps(shown).encode()


def _digest(state: str) -> str:
    return hashlib.sha256(f"{_SHAPE} {__version__} {state}".encode()).hexdigest()[:40]


def _state_of(backend: _Backend) -> str:
    return _digest(backend.catalog.state())


async def _answer(request: Request[Any, Any, Any], where: Here, finders: Sequence[_Find]) -> Response[Any]:
    """Return one document of the listings from ``finders`` for a state; 304 if the client has it."""
    backend = where.services.backends.of(where.caller.project_id)

    def find() -> tuple[str, list[Path]]:
        for _ in range(3):  # creating one compiles what changed meanwhile
            state = _state_of(backend)
            files = [one(state) for one in finders]
            if state == _state_of(backend):
                break
        return state, files

    state, files = await off_loop(find)
    tag = f'W/"{state}"'
    headers = {"etag": tag, "vary": "accept-encoding, x-api-key", "cache-control": "private, no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers=headers)
    if len(files) > 1:
        return Stream(_read_together(files), media_type="application/json", headers=headers)
    packed = _takes_gzip(request.headers.get("accept-encoding", ""))
    if packed:
        headers["content-encoding"] = "gzip"
    return Stream(_read(files[0], packed=packed), media_type="application/json", headers=headers)


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _open(file: Path, *, packed: bool) -> IO[bytes]:
    return file.open("rb") if packed else gzip.open(file, "rb")  # type: ignore[return-value]  # it reads like one


async def _read(file: Path, *, packed: bool) -> AsyncIterator[bytes]:
    opened = await off_loop(_open, file, packed=packed)
    try:
        while chunk := await off_loop(opened.read, _CHUNK):
            yield chunk
    finally:
        await off_loop(opened.close)


async def _read_together(files: Sequence[Path]) -> AsyncIterator[bytes]:
    """Return the items of several documents as one."""
    yield _HEAD
    first = True
    for file in files:
        items = (await off_loop(gzip.decompress, await off_loop(file.read_bytes)))[len(_HEAD) : -len(_TAIL)]
        if items:
            yield items if first else b"," + items
            first = False
    yield _TAIL
