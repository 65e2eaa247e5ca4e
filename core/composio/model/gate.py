"""What stands between a checked call and its request, where somebody put something there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from composio.model.action import ActionModel
    from composio.model.call import Outcome, ToolCall, Who

__all__ = ["Admitted", "Around", "Gate", "OffThread"]

T = TypeVar("T")


class OffThread(Protocol):
    """Calls what may wait for a disk, without holding up other calls."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may be made: ``call``, which may name its connection now.

    ``once`` says that a single request was approved, and no further one for a shorter answer. ``settle`` is called with the outcome,
    or None if there is none.
    """

    call: ToolCall
    once: bool = False
    settle: Callable[[Outcome | None], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What a gate may ask of a call besides the call itself.

    ``connection`` gives the id of the connection that it would use, or says where its credentials come from. ``files`` gives a digest
    of each file that its arguments name, by the name. ``work`` is for what may wait for a disk.
    """

    connection: Callable[[], Awaitable[str]]
    files: Callable[[], Mapping[str, str]]
    work: OffThread


class Gate(Protocol):
    """Decides about calls. The engine asks once arguments are checked and as they will be sent, before it looks for credentials."""

    async def admit(
        self,
        action: ActionModel,
        arguments: Mapping[str, Any],
        call: ToolCall,
        around: Around,
    ) -> Admitted | Outcome:
        """The call as it may be made; an outcome where it may not be, or not yet."""
        ...

    def offers(self, action: ActionModel, who: Who) -> bool:
        """Whether a tool may be offered: False where no call of it could be made."""
        ...
