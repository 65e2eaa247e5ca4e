"""Run tools for frameworks. Every failure becomes a result that a model can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn, Self

from composio.errors import ComposioError, InvalidRequest
from composio.framework import RequestedCall
from composio.model.action import ActionModel
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, NO_OPTIONS, CallOptions, Local, Outcome, ToolCall, ToolResult, Who
from composio.model.processors import NO_PROCESSORS, Processors
from composio.toolset.acting import RUNS, Acting
from composio.toolset.offers import Offer, Offers, Tools, Whose

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.policy.once import ByCallId
    from composio.toolset.repeats import Repeats

__all__ = ["Caller", "Planned", "ToolInvoke", "failure", "together"]

# How many names a refusal lists. A model with a thousand tools already knows them.
_LISTED = 20


@dataclass(frozen=True, slots=True)
class ToolInvoke:
    """The :class:`composio.framework.Invoke` of one tool. It asks ``acting`` at each call, as credentials and runs change.

    ``selects`` is the action whose answers the model may select from with ``_select``.
    ``named`` is True if the tool is bound to the entity in ``call``, ``promised`` if its entity comes from the run.

    Copying returns the same object, even a deep copy: frameworks copy agents with their tools, but connections can't be copied.
    Pickling raises ``TypeError``.
    """

    backend: Backend
    name: str
    call: ToolCall
    local: Local
    acting: Acting
    named: bool = False
    promised: bool = False
    dedupe: ByCallId | None = None
    repeats: Repeats | None = None
    selects: ActionModel | None = None

    def __deepcopy__(self, _copies: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{self.name} can't be pickled: its toolset's connections and credentials stay in this process. Make the tool in the"
            " other one, with ComposioToolSet().get_tools(actions=[...])."
        )

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        try:
            who = replace(self.call.who, app_auth=self.acting.app_auth)
            if self.promised or RUNS.get():
                who = self.acting.complete(who, run, named=self.named, promised=self.promised)
            call = replace(self.call, arguments=arguments, who=who)
            if self.dedupe is not None and call_id:
                call = replace(call, once=self.dedupe.once(call_id))
            if self.repeats is not None and (why := self.repeats.refuse(self.name, arguments, who)) is not None:
                return failure(why, call_id=call_id, tool=self.name)
            local = self.local
            if self.selects is not None:
                call, local = self._take_selection(call, self.selects)
            outcome = self.backend.execute_sync(call, local)
        except ComposioError as error:
            return failure(str(error), call_id=call_id, tool=self.name)
        return self._result(outcome, arguments, who, call_id)

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        try:
            who = replace(self.call.who, app_auth=self.acting.app_auth)
            if self.promised or RUNS.get():
                who = self.acting.complete(who, run, named=self.named, promised=self.promised)
            call = replace(self.call, arguments=arguments, who=who)
            if self.dedupe is not None and call_id:
                call = replace(call, once=self.dedupe.once(call_id))
            if self.repeats is not None and (why := self.repeats.refuse(self.name, arguments, who)) is not None:
                return failure(why, call_id=call_id, tool=self.name)
            local = self.local
            if self.selects is not None:
                call, local = self._take_selection(call, self.selects)
            outcome = await self.backend.execute(call, local)
        except ComposioError as error:
            return failure(str(error), call_id=call_id, tool=self.name)
        return self._result(outcome, arguments, who, call_id)

    def _take_selection(self, call: ToolCall, action: ActionModel) -> tuple[ToolCall, Local]:
        from composio.toolset.selecting import take_selection

        arguments, local = take_selection(call.arguments, action.slug, self.local, lambda: action.response)
        return replace(call, arguments=arguments), local

    def _result(self, outcome: Outcome, arguments: Mapping[str, Any] | str, who: Who, call_id: str | None) -> ToolResult:
        result = outcome.result(call_id=call_id, tool=self.name)
        if self.repeats is not None:
            self.repeats.note(self.name, arguments, who, result)
        return result


@dataclass(frozen=True, slots=True)
class Planned:
    """A requested call with its invoke, or the reason in ``error`` why it can't run."""

    requested: RequestedCall
    invoke: ToolInvoke | None = None
    error: str = ""

    def run(self) -> ToolResult:
        """Run the call on this thread."""
        if self.invoke is None:
            return failure(self.error, call_id=self.requested.call_id, tool=self.requested.name)
        return self.invoke(self.requested.arguments, call_id=self.requested.call_id)

    async def arun(self) -> ToolResult:
        """Like :meth:`run`, asynchronously."""
        if self.invoke is None:
            return self.run()
        return await self.invoke.acall(self.requested.arguments, call_id=self.requested.call_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The context of calls: their entity and processors. ``given`` comes from the call itself and overrides an offer."""

    backend: Backend
    acting: Acting
    given: Whose
    auth: CustomAuth | None
    before: Processors
    after: Processors
    options: CallOptions
    local_tools: object = None
    dedupe: ByCallId | None = None
    repeats: Repeats | None = None

    def invoke(self, offer: Offer) -> ToolInvoke:
        """Return the invoke of an offered tool."""
        given, whose = self.given, offer.whose
        named = given.entity_id or whose.entity_id
        promised = named is None and (given.from_run or whose.from_run)
        acts_for = named or self.acting.own_entity
        # An offer's connection belongs to the offer's entity: a call for another entity must not use it.
        lent = None if given.entity_id not in (None, whose.entity_id) else whose.connected_account_id
        who = Who(
            entity_id=acts_for or DEFAULT_ENTITY,
            connected_account_id=given.connected_account_id or lent,
            any_entity=acts_for is None,
            app_connections=self.acting.app_connections,
            auth=self.auth,
        )
        action, processors, options = offer.action, self.before, self.options
        if offer.processors is not NO_PROCESSORS or self.after is not NO_PROCESSORS:
            processors = processors.then(offer.processors).then(self.after)
        if offer.options is not NO_OPTIONS:
            options = offer.options.over(options)
        slug, own = (action, None) if isinstance(action, str) else (action.slug, action)
        call = ToolCall(action=slug, who=who, options=options, spelling=offer.spelling)
        local = Local(action=own, processors=processors, tools=self.local_tools)
        return ToolInvoke(
            self.backend,
            offer.name,
            call,
            local,
            self.acting,
            named is not None,
            promised,
            self.dedupe,
            self.repeats,
            offer.action if offer.selects and not isinstance(offer.action, str) else None,
        )

    def plan(
        self,
        calls: Sequence[RequestedCall],
        offers: Offers,
        *,
        tools: Sequence[object] | None = None,
        named: Mapping[str, Offer] | None = None,
        only_offered: bool = True,
    ) -> list[Planned]:
        """Plan each of ``calls``.

        ``tools``, the list from ``get_tools``, and ``named``, what the caller selected by name, define exactly which tools may
        run. Without either, ``offers`` apply. ``only_offered=False`` lets the calls run any action of the catalog.
        """
        if tools is not None and not isinstance(tools, Tools):
            raise InvalidRequest("tools= takes the same list object that get_tools returned; a copy loses its options.")
        exactly = None if tools is None and named is None else {**(named or {}), **(tools.offers if tools is not None else {})}
        return [self._plan(call, offers, exactly, named or {}, only_offered) for call in calls]

    def _plan(
        self,
        call: RequestedCall,
        offers: Offers,
        exactly: Mapping[str, Offer] | None,
        named: Mapping[str, Offer],
        only_offered: bool,
    ) -> Planned:
        offer = None if exactly is None else exactly.get(call.name)
        if exactly is None or (offer is not None and offer is named.get(call.name)):
            # A name says nothing about processors. The toolset's own offer, if any, has them.
            offer = offers.find(call.name, given=self.given) or offer
        if offer is not None:
            return Planned(call, self.invoke(offer))
        # A model may invent a name, or be tricked into one. It may only run tools that it was given.
        if only_offered or exactly is not None:
            return Planned(call, error=_not_offered(call.name, offers.names() if exactly is None else sorted(exactly)))
        return Planned(call, self.invoke(Offer(call.name, call.name)))


async def together(planned: Sequence[Planned]) -> list[ToolResult]:
    """Run calls concurrently. Results have the order of the calls."""
    if len(planned) == 1:
        return [await planned[0].arun()]
    from anyio import create_task_group

    results: dict[int, ToolResult] = {}

    async def run(position: int, one: Planned) -> None:
        results[position] = await one.arun()

    async with create_task_group() as group:
        for position, one in enumerate(planned):
            group.start_soon(run, position, one)
    return [results[position] for position in range(len(planned))]


def _not_offered(name: str, known: Sequence[str]) -> str:
    if not known:
        return (
            f"The tool {name!r} was not offered: nothing was handed out by this toolset, in this process. Say what the model was"
            " given: handle_tool_calls(response, actions=[...]), apps=[...], or tools=toolset.load_tools(...)."
        )
    listed = ", ".join(known[:_LISTED]) + (f" and {len(known) - _LISTED} more" if len(known) > _LISTED else "")
    return f"The tool {name!r} was not offered; offered are {listed}."


def failure(message: str, *, call_id: str | None = None, tool: str = "") -> ToolResult:
    """Return an unsuccessful result with ``message``."""
    return Outcome(successful=False, error=message).result(call_id=call_id, tool=tool)
