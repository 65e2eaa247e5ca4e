"""What ``handle_tool_calls`` returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from composio.model.call import ToolResult

__all__ = ["ToolResults"]


class ToolResults(list[ToolResult]):
    """One result for each call of a response, in the order of the calls, and what the model itself said.

    ``messages`` is the model's own part of the conversation, in the form that its API takes back; it is also there after a
    stream was read. Example: ``messages += [*results.messages, *toolset.tool_messages(response, results)]``
    """

    __slots__ = ("messages",)

    def __init__(self, results: Iterable[ToolResult] = (), messages: Iterable[Any] = ()) -> None:
        super().__init__(results)
        self.messages: list[Any] = list(messages)

    @property
    def message(self) -> Any:
        """The model's own message; None where it said nothing, or several (Responses' output items: see ``messages``)."""
        return self.messages[0] if len(self.messages) == 1 else None
