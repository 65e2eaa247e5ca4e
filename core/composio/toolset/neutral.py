"""The toolset without a framework: tools are plain dicts, calls are names with arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.errors import InvalidRequest
from composio.framework import CallCodec, FrameworkAdapter, Invoke, RequestedCall, ToolSpec
from composio.model.call import ToolResult

__all__ = ["NeutralAdapter", "NeutralCodec"]


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
