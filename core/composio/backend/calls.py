"""Calls of actions and requests, as surfaces make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall, Who

__all__ = ["CallService"]


class CallService(Protocol):
    """Runs calls. Raises for the caller's mistakes only: what a model or an API did wrong is an unsuccessful outcome."""

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Run a call, with what of it stays in this process."""
        ...

    async def request(self, request: RawRequest) -> Outcome: ...

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        """Raise ``ConnectionNotFound`` for the first of ``apps`` that ``who`` could not authenticate a call to."""
        ...

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        """What a request of ``who`` to ``app`` would be signed with.

        ``base_url``, ``headers``, ``query_params``, and the ``fields`` behind them.
        """
        ...
