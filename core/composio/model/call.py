"""One call on its way through the engine, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.model.action import ActionModel
from composio.model.auth import CustomAuth
from composio.model.processors import NO_PROCESSORS, Processors

__all__ = ["DEFAULT_ENTITY", "Outcome", "RawRequest", "Record", "ToolCall", "ToolResult"]

DEFAULT_ENTITY = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What to do, with what, as whom.

    ``action`` is a name or an already resolved action. ``arguments`` may be JSON text, as models write it. ``auth`` is this
    call's own; ``app_auth`` is what ``add_auth`` left, by app key.
    """

    action: str | ActionModel
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    entity_id: str = DEFAULT_ENTITY
    connected_account_id: str | None = None
    auth: CustomAuth | None = None
    app_auth: Mapping[str, CustomAuth] = field(default_factory=dict)
    processors: Processors = NO_PROCESSORS


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A request to an app's API that no action describes: ``execute_request``.

    ``endpoint`` is a path below the app's base URL, or an absolute URL on the same origin.
    """

    app: str
    endpoint: str
    method: str = "GET"
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    entity_id: str = DEFAULT_ENTITY
    connected_account_id: str | None = None
    auth: CustomAuth | None = None
    app_auth: Mapping[str, CustomAuth] = field(default_factory=dict)


class ToolResult(dict[str, Any]):
    """What users see: ``{"successful": bool, "data": ..., "error": str | None}``.

    A plain dict that also remembers which call it answers: ``call_id`` (the provider's id, None for a direct call), ``tool``
    (the name that was called).
    """

    __slots__ = ("call_id", "tool")

    def __init__(self, value: Mapping[str, Any], *, call_id: str | None = None, tool: str = "") -> None:
        super().__init__(value)
        self.call_id = call_id
        self.tool = tool

    def to_json(self) -> str:
        """JSON text for a model: unicode as it is, and what JSON does not know as text."""
        return json.dumps(self, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a call ended. ``status`` is the HTTP status where there was one."""

    successful: bool
    data: Any = None
    error: str | None = None
    status: int | None = None

    def result(self, *, call_id: str | None = None, tool: str = "") -> ToolResult:
        """The dict that users see."""
        shown = {"successful": self.successful, "data": self.data, "error": self.error}
        return ToolResult(shown, call_id=call_id, tool=tool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What observers get after a call: no argument, no credential, no data.

    ``url`` has neither query nor user info. ``seconds`` is the whole call, ``attempts`` the requests that were sent.
    """

    action: str
    app: str
    entity_id: str
    successful: bool
    status: int | None
    error: str | None
    method: str
    url: str
    attempts: int
    seconds: float
