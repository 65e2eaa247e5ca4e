"""Run tools whose framework pauses for approvals: a person's answer in the framework decides on the approval, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self, Unpack, cast

from composio.errors import InvalidRequest
from composio.framework import Invoke, Pausing
from composio.model.approval import Answer, Approval
from composio.model.call import ToolResult
from composio.policy.guarded import GuardedBackend
from composio.toolset.invoke import ToolInvoke

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["ToolPausingInvoke", "approving_as", "pausing"]

Ask = Callable[[dict[str, Any]], object]
_APPROVER: Final[ContextVar[tuple[str, tuple[str, ...]] | None]] = ContextVar("composio_approver", default=None)


@contextmanager
def approving_as(by: object, groups: Iterable[str]) -> Iterator[None]:
    """Attribute the answers to interrupts within the block to a person."""
    if not (isinstance(by, str) and by.strip()):
        raise InvalidRequest(f"approving_as: by is the name of the person who decides, a string; got {by!r:.60}.")
    token = _APPROVER.set((by, (groups,) if isinstance(groups, str) else tuple(groups)))
    try:
        yield
    finally:
        _APPROVER.reset(token)


def pausing(invoke: ToolInvoke, framework: str) -> ToolPausingInvoke:
    """Return the invoke of a tool that pauses. Raises ``InvalidRequest`` if no policy could ask for approval."""
    if not isinstance(invoke.backend, GuardedBackend):
        raise InvalidRequest("interrupts=True pauses for a policy's approvals: pass policy= too.")
    return ToolPausingInvoke(invoke, invoke.backend, framework)


@dataclass(frozen=True, slots=True)
class ToolPausingInvoke:
    """The :class:`composio.framework.PausingInvoke` of one tool."""

    tool: ToolInvoke
    guarded: GuardedBackend
    framework: str

    def __deepcopy__(self, _copies: object) -> Self:
        return self

    def __call__(self, arguments: Mapping[str, Any] | str, **how: Unpack[Pausing]) -> ToolResult:
        said, ask = self._read_given(how), how.get("ask")
        while True:
            result = self._tool(said)(_arguments(said, arguments), call_id=how.get("call_id"), run=how.get("run"))
            if ask is None or result.approval_id is None:
                return result
            said = self._ask(ask, self.guarded.approvals.get(result.approval_id))
            if said is None:
                return result

    async def acall(self, arguments: Mapping[str, Any] | str, **how: Unpack[Pausing]) -> ToolResult:
        from anyio.to_thread import run_sync

        said, ask = self._read_given(how), how.get("ask")
        while True:
            tool = self._tool(said)
            result = await tool.acall(_arguments(said, arguments), call_id=how.get("call_id"), run=how.get("run"))
            if ask is None or result.approval_id is None:
                return result
            said = self._ask(ask, await run_sync(self.guarded.approvals.get, result.approval_id))
            if said is None:
                return result

    def asking(self, ask: Ask) -> Invoke:
        return _Asking(self, ask)

    async def needs_approval(self, arguments: Mapping[str, Any] | str, *, run: object = None) -> bool:
        asking = replace(self.tool, backend=cast("Backend", self.guarded.asking()), repeats=None)
        return (await asking.acall(arguments, run=run)).approval_id is not None

    def _tool(self, said: Answer | None) -> ToolInvoke:
        return self.tool if said is None else replace(self.tool, backend=cast("Backend", self.guarded.answered(said)))

    def _read_given(self, how: Pausing) -> Answer | None:
        answer = how.get("answer")
        return None if answer is None else self._read(answer)

    def _read(self, answer: object) -> Answer:
        by, groups = _APPROVER.get() or (f"whoever resumed the run in {self.framework}", ())
        return replace(Answer.of(answer), by=by, groups=groups)

    def _ask(self, ask: Ask, waiting: Approval) -> Answer | None:
        """Ask until an answer can be read and is for this approval; an answer to another one may be for other arguments."""
        asked, attempt = _show(waiting), 1
        while True:
            answer = ask(asked)
            if answer is None:
                return None
            try:
                said = self._read(answer)
            except InvalidRequest as error:
                problem = str(error)
            else:
                if said.id == waiting.id:
                    return said
                problem = f'The answer must name its call, "id": "{waiting.id}"; nothing was sent.'
            attempt += 1
            asked = {**_show(waiting), "attempt": attempt, "problem": problem}


@dataclass(frozen=True, slots=True)
class _Asking:
    """The plain invoke of a tool whose framework pauses inside it."""

    invoke: ToolPausingInvoke
    ask: Ask

    def __deepcopy__(self, _copies: object) -> Self:
        return self

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        return self.invoke(arguments, call_id=call_id, run=run, ask=self.ask)

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        return await self.invoke.acall(arguments, call_id=call_id, run=run, ask=self.ask)


def _arguments(said: Answer | None, arguments: Mapping[str, Any] | str) -> Mapping[str, Any] | str:
    return arguments if said is None or said.arguments is None else said.arguments


def _show(waiting: Approval) -> dict[str, Any]:
    """Return what a person decides on, as JSON data: the final arguments, redacted, and what would be sent."""
    return {"type": "composio_approval", **waiting.listing()}
