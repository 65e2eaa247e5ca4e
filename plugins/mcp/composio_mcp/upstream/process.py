"""MCP servers that are local programs: started without this process's secrets, limited, and ended with their session.

Source: Model Context Protocol, "stdio".
"""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import anyio
from anyio.abc import Process
from mcp.shared.message import SessionMessage
from mcp_types import PARSE_ERROR, ErrorData, JSONRPCError, jsonrpc_message_adapter

from composio.schema.json_text import parse

__all__ = ["Program", "environment", "run_program"]

log = logging.getLogger("composio.mcp")

# The only inherited environment variables: those that programs need to find files or their language.
_INHERITED: Final = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"}
    | {"APPDATA", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATHEXT", "PROGRAMDATA", "PROGRAMFILES", "SYSTEMDRIVE"}
    | {"SYSTEMROOT", "TEMP", "TMP", "USERNAME", "USERPROFILE", "WINDIR"}
)
# Seconds: to exit once its input is closed, and to exit once it is asked to.
_LEAVES, _DIES = 2.0, 2.0
_ID: Final = re.compile(rb'"id"\s*+:\s*+(?:(\d{1,15})(?!\d)|"([^"\\]{1,200})")')
_LINES: Final = 20  # bytes of standard error, for error messages
_LONGEST: Final = 500


class Program:
    """A running program. ``too_much`` is set if it wrote a line that exceeds the limit."""

    def __init__(self) -> None:
        self.said: deque[str] = deque(maxlen=_LINES)
        self.returncode: int | None = None
        self.too_much = False


def environment(given: Mapping[str, str], parent: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return a program's variables: a few of ``parent``'s, never a possible secret, and those it was ``given``.

    ``given`` are headers, whose names have no case; variables are in upper case.
    """
    kept = {name: value for name, value in parent.items() if name.upper() in _INHERITED and not value.startswith("()")}
    return kept | {name.upper().replace("-", "_"): value for name, value in given.items()}


@asynccontextmanager
async def run_program(
    command: Sequence[str], variables: Mapping[str, str], program: Program, limit: int
) -> AsyncIterator[tuple[Any, Any]]:
    """Start ``command`` and return the streams for a session. ``limit`` limits a line, in bytes.

    Raises ``OSError`` if it cannot be started. When this ends, so does the program, with its child processes.
    """
    process = await anyio.open_process(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(variables),
        start_new_session=sys.platform != "win32",
    )
    incoming, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    write, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as group:
        group.start_soon(_read_errors, process, program)
        group.start_soon(_read_messages, process, incoming, program, limit)
        group.start_soon(_write_messages, process, outgoing, incoming)
        try:
            yield read, write
        finally:
            with anyio.CancelScope(shield=True):
                read.close()
                write.close()
                await _end(process, program)
            group.cancel_scope.cancel()
    for stream in (incoming, read, write, outgoing):
        stream.close()


async def _read_messages(process: Process, incoming: Any, program: Program, limit: int) -> None:
    assert process.stdout is not None
    waiting, size = [b""], 0
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError):
        async with incoming:
            while True:
                chunk = await process.stdout.receive()
                *lines, rest = chunk.split(b"\n")
                for line in lines:
                    whole = b"".join((*waiting, line))
                    waiting, size = [], 0
                    if (message := _parse(whole)) is not None:
                        await incoming.send(message)
                waiting.append(rest)
                size += len(rest)
                if size > limit:
                    program.too_much = True
                    return


def _parse(line: bytes) -> SessionMessage | None:
    """Return the message of a line; None for other output of the program, which is ignored cheaply."""
    if line.lstrip()[:1] != b"{":
        return None
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        log.debug("an MCP server wrote an invalid message: %.200r", line)
    try:  # with something that mcp's reader rejects, such as an unpaired surrogate
        return SessionMessage(jsonrpc_message_adapter.validate_python(parse(line.decode("utf-8", "replace")), by_name=False))
    except ValueError as error:
        return _fail(line, str(error))


def _fail(line: bytes, why: str) -> SessionMessage | None:
    """Return a failure for the request that an unreadable line answers, which would wait forever.

    None if it names no request.
    """
    named = _ID.search(line)
    if b'"jsonrpc"' not in line or b'"method"' in line[:_LONGEST] or named is None:
        return None
    number = int(named[1]) if named[1] else named[2].decode("utf-8", "replace")
    said = ErrorData(code=PARSE_ERROR, message=f"the MCP server's answer is not valid: {' '.join(why.split())[:_LONGEST]}")
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=number, error=said))


async def _write_messages(process: Process, outgoing: Any, incoming: Any) -> None:
    assert process.stdin is not None
    try:
        async with outgoing:
            async for message in outgoing:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await process.stdin.send(f"{text}\n".encode())
    except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        await incoming.aclose()  # waiting requests learn that there will be no answer


async def _read_errors(process: Process, program: Program) -> None:
    assert process.stderr is not None
    rest = ""
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, OSError):
        while True:
            text = rest + (await process.stderr.receive()).decode(errors="replace")
            *lines, rest = text.split("\n")
            rest = rest[-_LONGEST:]
            for line in lines:
                if line.strip():
                    program.said.append(line.strip()[:_LONGEST])


async def _end(process: Process, program: Program) -> None:
    """End a program: close its input, then ask it to exit, then kill it, with its child processes."""
    with suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
        if process.stdin is not None:
            await process.stdin.aclose()
    for seconds, sent in ((_LEAVES, signal.SIGTERM), (_DIES, getattr(signal, "SIGKILL", signal.SIGTERM))):
        with anyio.move_on_after(seconds):
            await process.wait()
            break
        _signal(process, sent)
    with anyio.move_on_after(_DIES):
        await process.wait()
    program.returncode = process.returncode
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # its orphaned children
    with suppress(Exception):  # its pipes, which a child may still hold
        await process.aclose()


def _signal(process: Process, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError, OSError):
        if sys.platform == "win32":
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)
