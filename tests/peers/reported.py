"""A description, an API that answers in memory, and the calls between them: the whole way that a report's input takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.model.action import ActionModel
from composio.testing import FakeTransport

__all__ = ["Make", "Reported", "an", "body", "operation", "parameter"]

Document = dict[str, Any]


def operation(summary: str = "Do", **more: Any) -> Document:
    return {"summary": summary, "responses": {"200": {"description": "ok"}}, **more}


def body(schema: Any, media_type: str = "application/json", **more: Any) -> Document:
    return {"required": True, "content": {media_type: {"schema": schema, **more}}}


def parameter(name: str, place: str = "query", schema: Any = None, **more: Any) -> Document:
    return {"name": name, "in": place, "required": place == "path", "schema": schema or {"type": "string"}, **more}


@dataclass
class Reported:
    """One API and a toolset for it, under the app key ``x``."""

    backend: EmbeddedBackend
    toolset: ComposioToolSet[Any]
    transport: FakeTransport

    def call(self, arguments: Mapping[str, Any] | None = None, action: str = "X_DO", **options: Any) -> Any:
        """The result, which has to be a success."""
        result = self.toolset.execute_action(action, dict(arguments or {}), **options)
        assert result["successful"], result["error"]
        return result

    def refused(self, arguments: Mapping[str, Any] | None = None, action: str = "X_DO", **options: Any) -> str:
        """The error of a call that is none."""
        result = self.toolset.execute_action(action, dict(arguments or {}), **options)
        assert not result["successful"]
        return str(result["error"])

    @property
    def sent(self) -> httpx.Request:
        """The last request that arrived."""
        return self.transport.requests[-1]

    @property
    def url(self) -> str:
        return str(self.sent.url)

    @property
    def actions(self) -> dict[str, ActionModel]:
        return {action.slug: action for action in self.backend.catalog.select(apps=["x"], everything=True)}

    def shown(self, action: str = "X_DO") -> Any:
        """The properties that a model is shown."""
        return self.actions[action].parameters.get("properties", {})


def an(status: int, content: bytes = b"", **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """An answer as it comes over the wire, nothing of it undone; ``content_type`` names the header ``content-type``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


Make = Callable[..., Reported]
