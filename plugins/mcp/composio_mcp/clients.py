"""Edit the configuration files of MCP clients, keeping existing entries and a backup copy.

Source: each client's documentation on MCP servers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composio.errors import InvalidRequest

__all__ = ["CLIENTS", "Client", "Launch", "add_server", "config_file", "write_snippets"]


@dataclass(frozen=True, slots=True)
class Launch:
    """A server's entry: a ``command`` to start, or a ``url``. ``env`` is for the command."""

    command: Sequence[str] = ()
    env: Mapping[str, str] | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """One client: the path of its file, relative to the platform's configuration folder or the home, and its format.

    ``url_key`` is None for a client that only starts commands.
    """

    title: str
    path: tuple[str, ...]
    in_home: bool = True
    key: str = "mcpServers"
    url_key: str | None = "url"
    typed: bool = False

    def entry(self, launch: Launch) -> dict[str, Any]:
        """Return the server in the file's format."""
        kind = {"type": "http" if launch.url else "stdio"} if self.typed else {}
        if launch.url and self.url_key is not None:
            return {**kind, self.url_key: launch.url}
        command = ["npx", "-y", "mcp-remote", launch.url] if launch.url else list(launch.command)
        env = {"env": dict(launch.env)} if launch.env else {}
        return {**kind, "command": command[0], "args": command[1:], **env}


CLIENTS: Mapping[str, Client] = {
    "claude": Client("Claude Desktop", ("Claude", "claude_desktop_config.json"), in_home=False, url_key=None),
    "cursor": Client("Cursor", (".cursor", "mcp.json")),
    "windsurf": Client("Windsurf", (".codeium", "windsurf", "mcp_config.json"), url_key="serverUrl"),
    "vscode": Client("VS Code", ("Code", "User", "mcp.json"), in_home=False, key="servers", typed=True),
}


def config_file(client: Client, *, home: Path | None = None, platform: str = sys.platform, environ: Mapping[str, str]) -> Path:
    """Return the path of a client's configuration on this system."""
    user = home or Path.home()
    if client.in_home:
        return user.joinpath(*client.path)
    if platform == "darwin":
        folder = user / "Library" / "Application Support"
    elif platform == "win32":
        folder = Path(environ.get("APPDATA") or user / "AppData" / "Roaming")
    else:
        folder = Path(environ.get("XDG_CONFIG_HOME") or user / ".config")
    return folder.joinpath(*client.path)


def write_snippets(name: str, url: str) -> list[tuple[str, str]]:
    """Return each client's configuration for a server at ``url``: the client and its file, and that file's JSON."""
    launch = Launch(url=url)
    return [
        (f"{one.title}, {one.path[-1]}", json.dumps({one.key: {name: one.entry(launch)}}, indent=2, ensure_ascii=False))
        for one in CLIENTS.values()
    ]


def add_server(client: Client, file: Path, name: str, launch: Launch) -> Path | None:
    """Write a server into a client's file, replacing one with the same name; return the backup, if there was a file.

    Raises ``InvalidRequest``, and changes nothing, for a file in another format.
    """
    file = file.resolve()  # a link stays one
    try:
        before = file.read_bytes() if file.exists() else None
        found = json.loads(before) if before and before.strip() else {}
    except OSError as error:
        raise InvalidRequest(f"{file} can't be read: {error.strerror}. --file names another.") from None
    except (ValueError, RecursionError) as error:
        by_hand = json.dumps({client.key: {name: client.entry(launch)}}, indent=2)
        raise InvalidRequest(f"{file} can't be read as JSON ({error}). Add this to it yourself:\n{by_hand}") from None
    servers = found.setdefault(client.key, {}) if isinstance(found, dict) else None
    if not isinstance(servers, dict):
        raise InvalidRequest(f"{file} has no object of servers under {client.key!r}; it was not changed.")
    servers[name] = client.entry(launch)
    try:
        backup = None if before is None else _copy(file, before)
        _write(file, json.dumps(found, indent=2, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise InvalidRequest(f"{file} can't be written: {error.strerror}. --file names another.") from None
    return backup


def _copy(file: Path, content: bytes) -> Path:
    """Copy the file to a new backup beside it, without overwriting another one."""
    number = 0
    while True:
        number += 1
        copy = file.with_name(f"{file.name}.bak" if number == 1 else f"{file.name}.bak{number}")
        try:
            _create(copy, content)
        except FileExistsError:
            continue
        return copy


def _write(file: Path, content: bytes) -> None:
    """Write atomically: a client may read at any time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _create(new, content)
        if file.exists():
            new.chmod(file.stat().st_mode & 0o777)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _create(file: Path, content: bytes) -> None:
    # URLs signed for a user grant access to that user's tools.
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:  # noqa: PTH123 - which has no mode
        stream.write(content)
