"""The interfaces that a framework's plugin implements: an adapter, and a codec if the user owns the loop.

A plugin is two short modules. ``_adapter.py`` turns a :class:`ToolSpec` into the framework's own tool; ``_plugin.py``
registers it. A complete example::

    class Adapter(FrameworkAdapter[MyTool]):
        name = "my-framework"

        def wrap(self, spec: ToolSpec, invoke: Invoke) -> MyTool:
            return MyTool(spec.name, spec.description, spec.parameters, run=lambda args: invoke(args).to_json())
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypedDict, TypeVar, Unpack

from composio.errors import InvalidRequest
from composio.model.action import ActionModel, JsonSchema
from composio.model.call import ToolResult
from composio.schema.dialect import PLAIN, Dialect

__all__ = [
    "CallCodec",
    "FrameworkAdapter",
    "Invoke",
    "NeutralAdapter",
    "NeutralCodec",
    "Pausing",
    "PausingInvoke",
    "RequestedCall",
    "ToolSpec",
    "pair",
]

ToolT = TypeVar("ToolT")


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool to show to the framework. Its name, description and schema already fit the adapter's dialect.

    ``strict`` is True if the dialect asks for strict mode and ``parameters`` is a schema that strict mode accepts.
    """

    name: str
    description: str
    parameters: JsonSchema
    action: ActionModel
    strict: bool = False

    def object_schema(self) -> dict[str, Any]:
        """Return ``parameters`` as a new dict with ``type`` and ``properties``, for frameworks that require both."""
        return {"type": "object", "properties": {}, **self.parameters.model_dump()}


class Invoke(Protocol):
    """Runs a tool. Never raises for mistakes of a model, upstream errors or missing credentials: the result reports them.

    ``arguments`` comes from the model, as a mapping or JSON text. Both forms work from any thread or loop; cancelling the
    asynchronous one cancels the request. ``run`` is the context that the developer gave the framework's run, a mapping or an
    object. After ``get_tools(entity_id=from_run)`` its ``entity_id`` selects the entity. An adapter never passes anything there
    that a model can write.
    """

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult: ...

    async def acall(
        self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None
    ) -> ToolResult: ...


class Pausing(TypedDict, total=False):
    """What a call of a :class:`PausingInvoke` may be given.

    ``call_id`` and ``run`` are as in :class:`Invoke`. ``answer`` is what the person already answered, where the framework keeps that
    with the call: True, False, or a mapping as :class:`composio.model.approval.Answer` reads it. ``ask`` is called with a call that
    needs approval, as a mapping of JSON: it raises what pauses the run, or returns the answer, which has to name the ``id`` that it
    was shown. None lets the model have the result that asks for approval.
    """

    call_id: str | None
    run: object
    answer: object
    ask: Callable[[dict[str, Any]], object] | None


class PausingInvoke(Protocol):
    """Runs a tool whose framework can pause a run until a person decides."""

    def __call__(self, arguments: Mapping[str, Any] | str, **how: Unpack[Pausing]) -> ToolResult: ...

    async def acall(self, arguments: Mapping[str, Any] | str, **how: Unpack[Pausing]) -> ToolResult: ...

    def asking(self, ask: Callable[[dict[str, Any]], object]) -> Invoke:
        """Return the same tool for :meth:`FrameworkAdapter.wrap`, where the framework pauses inside of tools by calling ``ask``."""
        ...

    async def needs_approval(self, arguments: Mapping[str, Any] | str, *, run: object = None) -> bool:
        """Return whether the call waits for approval, and ask for it. Runs nothing."""
        ...


class FrameworkAdapter(ABC, Generic[ToolT]):
    """Translates tools to one framework. Stateless; one instance serves a toolset.

    An adapter names the class of its tools in ``tool``, or overrides :meth:`wrap`.
    """

    name: ClassVar[str]
    dialect: ClassVar[Dialect] = PLAIN
    tool: ClassVar[type[Any]]

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> ToolT:
        """Return the framework's own tool object for ``spec``: by default an instance of the class ``tool``."""
        made: ToolT = self.tool(spec, invoke)
        return made

    def wrap_pausing(self, spec: ToolSpec, invoke: PausingInvoke) -> ToolT:
        """Return a tool that pauses the run at a call that needs approval, by the framework's own interrupt.

        For ``ComposioToolSet(interrupts=True)``. Raises ``InvalidRequest`` if the framework has none, or has it in a later version.
        """
        del spec, invoke
        raise InvalidRequest(
            f"interrupts=True: {self.name} has no interrupt that Composio uses. Without it a call that needs approval is a result"
            " that says so, and the agent makes it again once it is approved."
        )

    def gather(self, tools: list[ToolT]) -> list[ToolT]:
        """Return what ``get_tools`` gives for the wrapped ``tools``: fewer, if one framework tool holds several actions."""
        return tools


@dataclass(frozen=True, slots=True)
class RequestedCall:
    """A tool call found in a model's response. ``arguments`` is unparsed, ``call_id`` pairs the call with its answer."""

    name: str
    arguments: Mapping[str, Any] | str
    call_id: str | None = None


def pair(calls: Sequence[RequestedCall], results: Sequence[ToolResult]) -> list[ToolResult]:
    """Return the result of each call, matched by id, or by position if no result has an id.

    Raises ``InvalidRequest`` if a call has no result: providers reject a conversation with an unanswered call.
    """
    if all(result.call_id is None for result in results) and len(results) == len(calls):
        return list(results)
    by_id = {result.call_id: result for result in results}
    missing = [call for call in calls if call.call_id not in by_id]
    if missing:
        raise InvalidRequest(
            f"tool_messages: no result for the call {missing[0].call_id!r} of {missing[0].name}. Pass the whole list that"
            " `handle_tool_calls(response)` returned for this response."
        )
    return [by_id[call.call_id] for call in calls]


class CallCodec(ABC):
    """Reads calls from a response and writes the answers, for frameworks where the user owns the loop."""

    @abstractmethod
    def calls_in(self, response: Any) -> list[RequestedCall]:
        """Return the tool calls of ``response`` in order. Raises ``InvalidRequest`` if it is not a response."""

    @abstractmethod
    def answer(self, call: RequestedCall, result: ToolResult) -> Any:
        """Build the message that returns ``result`` to the model."""

    def messages_in(self, response: Any) -> list[Any]:  # noqa: ARG002 - by default there is no conversation to go on with
        """Return the model's messages of a collected ``response``, in the form that its API accepts in the next turn."""
        return []

    def collect(self, stream: Iterable[Any]) -> Any:
        """Collect the events of a stream into one response. The default returns a plain response unchanged."""
        return stream

    async def acollect(self, stream: AsyncIterable[Any]) -> Any:
        """Like :meth:`collect`, for asynchronous streams."""
        return self.collect([event async for event in stream])


class NeutralAdapter(FrameworkAdapter[dict[str, Any]]):
    """Shows a tool as ``{"name", "description", "parameters"}``, the core of every provider's format."""

    name = "plain"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> dict[str, Any]:  # noqa: ARG002 - a dict can't run itself
        return {"name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}


class NeutralCodec(CallCodec):
    """Reads calls given as ``{"name", "arguments"}`` or :class:`RequestedCall`, one or a list."""

    def calls_in(self, response: Any) -> list[RequestedCall]:
        """Return the calls in order. Raises ``InvalidRequest`` for a provider's own response: use its plugin's toolset."""
        if isinstance(response, (list, tuple)):
            return [_call(one) for one in response]
        return [_call(response)]

    def answer(self, call: RequestedCall, result: ToolResult) -> dict[str, Any]:
        """Return ``{"call_id", "name", "content"}``, with the content as JSON text."""
        return {"call_id": call.call_id, "name": call.name, "content": result.to_json()}


def _call(value: object) -> RequestedCall:
    if isinstance(value, RequestedCall):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        arguments = value.get("arguments")
        if arguments is None or isinstance(arguments, (str, Mapping)):
            call_id = value.get("call_id", value.get("id"))
            return RequestedCall(value["name"], {} if arguments is None else arguments, call_id)
    raise InvalidRequest(
        f'This toolset belongs to no framework and reads calls as {{"name": ..., "arguments": {{...}}}}, not {type(value).__name__}.'
        " Import ComposioToolSet from the provider's plugin instead, such as composio_openai, to hand over its responses."
    )
