"""``composio apps add --mcp``: MCP servers as apps, with their texts shown as untrusted."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from composio.cli.choices import choices_of
from composio.cli.output import note, print_json, say
from composio.cli.session import Session
from composio.errors import InvalidRequest
from composio.visible import visible

if TYPE_CHECKING:
    from composio.backend import OperatorService
    from composio.model.app import AppModel
    from composio.model.operating import ServedTool
    from composio.model.peers import PeerServer

__all__ = ["add", "server_of", "tell_changes"]

_SHOWN: Final = 30  # tools
_LINE: Final = 100
_WHOLE: Final = 1_500


def server_of(text: str, *, pin: bool = False) -> PeerServer:
    """Return the server that ``--mcp`` names. Raises ``InvalidRequest``, without repeating possible secrets."""
    from composio.model.peers import PeerServer

    text = text.strip()
    if "://" in text.split(" ", 1)[0]:
        try:
            parts = urlsplit(text)
            is_known = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:  # brackets without an address
            is_known = False
        if not is_known:
            raise InvalidRequest("--mcp: expected a URL such as https://HOST/mcp, or a command.")
        if parts.username is not None or parts.password is not None:
            raise InvalidRequest(
                "--mcp: a user name in the URL would be stored; use --auth basic, and give it with `composio add`."
            )
        return PeerServer(url=parts._replace(fragment="").geturl(), pin=pin)
    try:
        command = tuple(shlex.split(text))
    except ValueError:
        raise InvalidRequest("--mcp: the command has an unclosed quote.") from None
    if not command:
        raise InvalidRequest('--mcp: expected a URL such as https://HOST/mcp, or a command such as "npx -y @acme/mcp".')
    return PeerServer(command=command, pin=pin)


def add(
    session: Session,
    name: str,
    target: str,
    *,
    auth: Sequence[str],
    pin: bool,
    keep: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Add an MCP server as an app, and report its tools."""
    if session.backend.own_apps is not None:
        raise InvalidRequest("You are logged in to a server: its operator adds MCP servers, on the server's machine.")
    server = server_of(target, pin=pin)
    operator = session.operator
    choices = choices_of(operator, "", keep=keep, replace=replace, accept_server=False, accept_changes=True)
    shown = server.url.partition("?")[0] or shlex.join(server.command)
    added = operator.add_app(name, shown, auth=auth, server=server, choices=choices)
    tools = operator.app_tools(added.key)
    waits = operator.is_unread(added.key)
    if as_json:
        print_json({**added.listing(), "tools": [one.listing() for one in tools], "unread": waits})
        return
    say(f"Added {added.key}: {added.actions} actions. See them: composio actions --app {added.key}")
    for warning in operator.app_warnings(added.key)[:_SHOWN]:
        note(f"  {warning}")
    _tell_tools(tools)
    if waits:
        note(_how_to_sign_in(added))
    if "?" in server.url:
        note(
            "  integration.yaml contains the URL's query unchanged. For a secret, use --auth query:NAME, and give it with `composio add`."
        )


def tell_changes(operator: OperatorService, key: str) -> None:
    """Report the changes of a server's tools."""
    changes = operator.app_changes(key)
    for line in changes:
        note(f"  {visible(line)}")
    if any(line.endswith("(held back)") for line in changes):
        note(f"  Models still get the previous tools. To accept the new ones: composio apps update {key} --accept")


def _how_to_sign_in(app: AppModel) -> str:
    if not app.auth_schemes:
        return f"  The server needs credentials but does not say which: add it again with --auth bearer, or header:NAME; then `composio add {app.key}`."
    return f"  The server lists its tools only to signed-in users: run `composio add {app.key}`, then `composio apps update {app.key}`."


def _tell_tools(tools: Sequence[ServedTool]) -> None:
    """Quote a server's text so that it can't close the quotes and reads as data."""
    if not tools:
        return
    note("  The server's descriptions of its tools. Models will read them, and they are unreviewed:")
    for one in sorted(tools, key=lambda tool: not tool.suspicions)[:_SHOWN]:
        text = " ".join(one.description.split())
        most = _WHOLE if one.suspicions else _LINE
        text = text if len(text) <= most else f"{text[:most]} ..."
        note(f"    {visible(one.name)}: {_quote(text)}")
        for suspicion in one.suspicions:
            note(f"      Look at this one: it {visible(suspicion)}")
    if len(tools) > _SHOWN:
        note(f"    ... and {len(tools) - _SHOWN} more")


def _quote(text: str) -> str:
    return '"' + visible(text).replace('"', "'") + '"'
