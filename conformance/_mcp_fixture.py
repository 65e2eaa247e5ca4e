"""In a process of its own: the tools that the MCP conformance suite prescribes, served by our plugin. Prints its URL.

It runs where `mcp` is installed, whose requirements conflict with those of frameworks.
"""

from __future__ import annotations

import base64
import struct
import sys
import tempfile
import zlib
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import anyio
import uvicorn

from composio.errors import UpstreamError
from composio.model.action import ActionModel, FunctionBinding, JsonSchema
from composio.model.call import Outcome, ToolCall
from composio_mcp.endpoint import LOOPBACK, Endpoint
from composio_mcp.serving import make_app

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Source: the suite's scenario `json-schema-2020-12`.
ADDRESS: dict[str, Any] = {
    "$schema": DIALECT,
    "type": "object",
    "$defs": {"address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
    "additionalProperties": False,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "test_simple_text": NOTHING,
    "test_image_content": NOTHING,
    "test_audio_content": NOTHING,
    "test_embedded_resource": NOTHING,
    "test_error_handling": NOTHING,
    "test_tool_with_progress": NOTHING,
    "test_reconnection": NOTHING,
    "json_schema_2020_12_tool": ADDRESS,
}


class Prescribed:
    """Results as the engine gives them, files included; the plugin makes MCP's content of them."""

    instructions, has_output_schemas = "", False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "red.png").write_bytes(_picture())
        (folder / "quiet.wav").write_bytes(_recording())
        (folder / "said.txt").write_text("This is an embedded resource content.", "utf-8")

    @property
    def key(self) -> Hashable:
        return "prescribed"

    async def actions(self) -> Sequence[ActionModel]:
        return [
            ActionModel(
                slug=name,
                app="conformance",
                description=f"What the suite prescribes as {name}.",
                parameters=JsonSchema(schema),
                validation=schema,
                binding=FunctionBinding("conformance"),
            )
            for name, schema in SCHEMAS.items()
        ]

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        del action
        files = {
            "test_image_content": ("red.png", "image/png"),
            "test_audio_content": ("quiet.wav", "audio/wav"),
            "test_embedded_resource": ("said.txt", "text/plain"),
        }
        if call.action in files:
            return Outcome(successful=True, data=self._saved(*files[call.action]))
        if call.action == "test_error_handling":
            raise UpstreamError("This tool intentionally returns an error for testing", status=500)
        if call.action == "test_tool_with_progress":
            await anyio.sleep(0.5)
        return Outcome(successful=True, data="This is a simple text response for testing.")

    def find_file(self, named: Any) -> Path | None:
        found = Path(str(named))
        return found if found.parent == self._folder else None

    def _saved(self, name: str, mimetype: str) -> dict[str, Any]:
        path = self._folder / name
        return {"file": str(path), "name": name, "mimetype": mimetype, "size": path.stat().st_size}


def _picture() -> bytes:
    """A red pixel, as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _recording() -> bytes:
    """A WAV file without a sample."""
    return base64.b64decode("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=")


def main() -> None:
    endpoint = Endpoint(
        hosts=[f"{host}:*" for host in LOOPBACK], origins=[f"http://{host}:*" for host in LOOPBACK], beat_seconds=0.1
    )
    with tempfile.TemporaryDirectory() as folder:
        server = uvicorn.Server(
            uvicorn.Config(make_app(Prescribed(Path(folder)), endpoint), port=0, log_level="error", ws="none")
        )

        async def serve() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(server.serve)
                while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                    await anyio.sleep(0.01)
                port = server.servers[0].sockets[0].getsockname()[1]
                sys.stdout.write(f"http://127.0.0.1:{port}/mcp\n")
                sys.stdout.flush()

        anyio.run(serve)


if __name__ == "__main__":
    main()
