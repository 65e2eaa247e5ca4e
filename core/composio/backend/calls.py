"""The interface of calls: actions and plain requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall, Who

__all__ = ["CallService"]


class CallService(Protocol):
    """Runs calls. Raises only for the caller's mistakes; mistakes of a model or an API are an unsuccessful outcome."""

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Run a call, with the parts that stay in this process."""
        ...

    async def request(self, request: RawRequest) -> Outcome: ...

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        """Raise ``ConnectionNotFound`` for the first of ``apps`` without credentials of ``who``."""
        ...

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        """Return the credentials of a request of ``who`` to ``app``.

        ``base_url``, ``headers``, ``query_params``, and the ``fields`` behind them.
        """
        ...
