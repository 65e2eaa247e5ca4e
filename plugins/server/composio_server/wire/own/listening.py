"""The WebSocket that listeners in any language use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from litestar import Router, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from composio.errors import ComposioError
from composio_server.access import Forbidden, here, require_key
from composio_server.services.keys import KeyRefused, Scope
from composio_server.services.listening import BAD_FRAME, ChannelClosed, push_events

__all__ = ["router"]

_UNKNOWN, _NOT_ALLOWED, _FAILED = 4401, 4403, 1011
_LONGEST_FRAME = 4096


class _Socket:
    def __init__(self, socket: WebSocket[Any, Any, Any]) -> None:
        self._socket = socket

    async def send(self, frame: Mapping[str, Any]) -> None:
        try:
            await self._socket.send_text(json.dumps(frame, separators=(",", ":"), default=str))
        except WebSocketDisconnect:
            raise ChannelClosed from None

    async def receive(self) -> Any:
        try:
            text = await self._socket.receive_text()
        except WebSocketDisconnect:
            raise ChannelClosed from None
        except Exception:  # bytes instead of text
            return None
        try:
            return json.loads(text) if len(text) <= _LONGEST_FRAME else None
        except (ValueError, RecursionError):
            return None


@websocket("/listen", scope=Scope.EXECUTE)
async def listen(socket: WebSocket[Any, Any, Any]) -> None:
    """Events of the project, after `cursor`, the last sequence seen, or from now on."""
    await socket.accept()
    try:
        await require_key(socket, socket.scope["route_handler"])
        given = socket.query_params.get("cursor")
        if given is not None and not (str(given).isascii() and str(given).isdigit() and len(str(given)) < 19):
            await socket.close(BAD_FRAME, "cursor is the sequence of an event")
            return
        ended = await push_events(here(socket).backend.events, _Socket(socket), None if given is None else int(given))
    except KeyRefused as error:
        ended = _UNKNOWN, str(error)
    except Forbidden as error:
        ended = _NOT_ALLOWED, str(error)
    except ComposioError as error:
        ended = _FAILED, str(error)
    if ended is not None:
        code, reason = ended
        # A reason has at most 123 bytes. RFC 6455, 5.5.1.
        await socket.close(code, reason.encode()[:123].decode("utf-8", "ignore"))


router = Router("/api/v3.1/triggers", route_handlers=[listen])
