"""The server that Claude Code asks for the tools. It leaves what a model wrote to Composio, which mends or explains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mcp.types
from claude_agent_sdk import McpSdkServerConfig
from mcp.server import Server
from mcp.types import CallToolResult, ListToolsResult, Tool

from composio.errors import InvalidRequest
from composio_claude_agent_sdk._adapter import ComposioTool

__all__ = ["create_server"]

_VERSION = "1.0.0"
# mcp 2 takes handlers when a server is made, mcp 1 by decorators; a type checker sees one of them.
_Server: Any = Server
_MCP_2 = hasattr(mcp.types, "jsonrpc_message_adapter")


def create_server(tools: Sequence[ComposioTool], name: str = "composio") -> McpSdkServerConfig:
    """As the SDK's ``create_sdk_mcp_server``, for what ``get_tools`` gave: for ``ClaudeAgentOptions(mcp_servers={name: ...})``.

    The SDK's own refuses arguments that do not fit the schema before the tool sees them. Raises ``InvalidRequest`` for other
    tools than Composio's.
    """
    for tool in tools:
        if not isinstance(tool, ComposioTool):
            raise InvalidRequest(
                f"create_server takes the tools from get_tools, not {tool!r}. Give your own to the SDK's create_sdk_mcp_server;"
                " an agent takes several servers."
            )
    known = {tool.name: tool for tool in tools}
    listed = [_list(tool) for tool in tools]

    async def call(tool_name: str, arguments: dict[str, Any] | None) -> CallToolResult:
        if tool_name not in known:
            text = f"There is no tool {tool_name!r}; there are {', '.join(known) or 'none'}."
            return _result({"content": [{"type": "text", "text": text}], "is_error": True})
        return _result(await known[tool_name].handler(arguments or {}))

    return McpSdkServerConfig(type="sdk", name=name, instance=_server(name, listed, call))


def _server(name: str, listed: list[Tool], call: Any) -> Server:
    if _MCP_2:

        async def on_list_tools(_context: Any, _params: Any) -> ListToolsResult:
            return ListToolsResult(tools=listed)

        async def on_call_tool(_context: Any, params: Any) -> CallToolResult:
            result: CallToolResult = await call(params.name, params.arguments)
            return result

        made: Server = _Server(name, version=_VERSION, on_list_tools=on_list_tools, on_call_tool=on_call_tool)
        return made

    async def list_tools() -> list[Tool]:
        return listed

    decorated = _Server(name, version=_VERSION)
    decorated.list_tools()(list_tools)
    decorated.call_tool(validate_input=False)(call)
    server: Server = decorated
    return server


def _list(tool: ComposioTool) -> Tool:
    told = {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema}
    return Tool.model_validate({**told, "annotations": tool.annotations})


def _result(answer: dict[str, Any]) -> CallToolResult:
    return CallToolResult.model_validate({"content": answer["content"], "isError": answer["is_error"]})
