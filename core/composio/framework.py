"""All that a framework's plugin implements: an adapter, and for frameworks whose loop the user owns, a codec.

A plugin is two short modules. ``_adapter.py`` turns a :class:`ToolSpec` into the framework's own tool; ``_plugin.py``
registers it. Example, whole::

    class Adapter(FrameworkAdapter[MyTool]):
        name = "my-framework"

        def wrap(self, spec: ToolSpec, invoke: Invoke) -> MyTool:
            return MyTool(spec.name, spec.description, spec.parameters, run=lambda args: invoke(args).to_json())
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from composio.errors import InvalidRequest
from composio.model.action import ActionModel, JsonSchema
from composio.model.call import ToolResult
from composio.schema.dialect import PLAIN, Dialect

__all__ = ["CallCodec", "FrameworkAdapter", "Invoke", "NeutralAdapter", "NeutralCodec", "RequestedCall", "ToolSpec", "pair"]

ToolT = TypeVar("ToolT")


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool as the framework should show it: name, description and schema already fit the adapter's dialect.

    ``strict`` where the dialect asks for strict mode and ``parameters`` are a schema that strict mode takes.
    """

    name: str
    description: str
    parameters: JsonSchema
    action: ActionModel
    strict: bool = False

    def object_schema(self) -> dict[str, Any]:
        """``parameters`` as a plain dict of its own that names its type and properties, for frameworks that require both."""
        return {"type": "object", "properties": {}, **self.parameters.model_dump()}


class Invoke(Protocol):
    """Carries a tool out. Never raises for what a model, an upstream or missing credentials did: the result says it.

    ``arguments`` is what the model wrote, a mapping or its JSON text. Both forms may be used from any thread or loop; the
    asynchronous one passes cancellation on to the request. ``run`` is what the developer gave the framework's run, a mapping or an
    object: its ``entity_id`` says whom the call is for, where ``get_tools`` was told ``entity_id=from_run``. An adapter passes nothing
    there that a model can write.
    """

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult: ...

    async def acall(
        self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None
    ) -> ToolResult: ...


class FrameworkAdapter(ABC, Generic[ToolT]):
    """Translates to one framework. Stateless; one instance serves a toolset.

    An adapter names the class of its tools in ``tool``, or overrides :meth:`wrap`.
    """

    name: ClassVar[str]
    dialect: ClassVar[Dialect] = PLAIN
    tool: ClassVar[type[Any]]

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> ToolT:
        """The framework's own tool object for ``spec``: by default one of the class ``tool``."""
        made: ToolT = self.tool(spec, invoke)
        return made

    def gather(self, tools: list[ToolT]) -> list[ToolT]:
        """What ``get_tools`` returns for the wrapped ``tools``: fewer, where one of the framework's holds several actions."""
        return tools


@dataclass(frozen=True, slots=True)
class RequestedCall:
    """A tool call found in a model's response. ``arguments`` is as the model wrote it, ``call_id`` pairs the answer."""

    name: str
    arguments: Mapping[str, Any] | str
    call_id: str | None = None


def pair(calls: Sequence[RequestedCall], results: Sequence[ToolResult]) -> list[ToolResult]:
    """The result of each call: by its id, or by its place where no result has an id.

    Raises ``InvalidRequest`` where a call has no result: providers reject a conversation with an unanswered call.
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
    """For frameworks where the user owns the loop: reads calls out of a response and writes the answers."""

    @abstractmethod
    def calls_in(self, response: Any) -> list[RequestedCall]:
        """Every tool call of ``response`` in its order; raises ``InvalidRequest`` for what is not a response."""

    @abstractmethod
    def answer(self, call: RequestedCall, result: ToolResult) -> Any:
        """The message that gives ``result`` back to the model."""

    def messages_in(self, response: Any) -> list[Any]:  # noqa: ARG002 - by default there is no conversation to go on with
        """The model's own messages of a collected ``response``, in the form that its API takes back in the next turn."""
        return []

    def collect(self, stream: Iterable[Any]) -> Any:
        """One response out of a stream's events; the default hands a plain response through."""
        return stream

    async def acollect(self, stream: AsyncIterable[Any]) -> Any:
        """As :meth:`collect`, for asynchronous streams."""
        return self.collect([event async for event in stream])


class NeutralAdapter(FrameworkAdapter[dict[str, Any]]):
    """``{"name", "description", "parameters"}``: what every provider's form is made of."""

    name = "plain"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> dict[str, Any]:  # noqa: ARG002 - a dict can't run itself
        return {"name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}


class NeutralCodec(CallCodec):
    """Reads ``{"name", "arguments"}`` or :class:`RequestedCall`, one or a list of them."""

    def calls_in(self, response: Any) -> list[RequestedCall]:
        """The calls in their order. A provider's own response raises ``InvalidRequest``: that takes its plugin's toolset."""
        if isinstance(response, (list, tuple)):
            return [_call(one) for one in response]
        return [_call(response)]

    def answer(self, call: RequestedCall, result: ToolResult) -> dict[str, Any]:
        """``{"call_id", "name", "content"}``, the content as JSON text."""
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
