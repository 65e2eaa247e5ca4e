"""``composio mcp``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from composio.errors import InvalidRequest
from composio.model.call import DEFAULT_ENTITY, CallOptions, Who
from composio.visible import visible
from composio_mcp.offered import Selected, Selection

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.model.action import ActionModel

__all__ = ["mcp"]

mcp = typer.Typer(help="Composio's tools as MCP servers.", no_args_is_help=True, rich_markup_mode=None)
grants = typer.Typer(help="Programs that people let use MCP servers and sessions.", no_args_is_help=True, rich_markup_mode=None)
mcp.add_typer(grants, name="grants")
_PORT = 8765
_TOLD = 10  # apps whose connections are checked


class Transport(StrEnum):
    """How a client reaches a server."""

    STDIO = "stdio"
    HTTP = "http"
    SSE = "sse"


Names = list[str] | None
Apps = Annotated[Names, typer.Option("--apps", "-a", help="Apps, with commas between them: their important actions.")]
Actions = Annotated[Names, typer.Option("--actions", help="Single actions, with commas between them.")]
Tags = Annotated[Names, typer.Option("--tags", help="Only actions of the apps that carry one of these tags.")]
UseCase = Annotated[str, typer.Option("--use-case", help="The actions that fit a task in words.")]
Everything = Annotated[bool, typer.Option("--all", help="All actions of the apps, not just the important ones.")]
Limit = Annotated[int | None, typer.Option(help="Maximum number of actions.", min=1)]
Entity = Annotated[str, typer.Option("--entity-id", "-e", help="The entity that the calls are for.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Helpers = Annotated[bool, typer.Option(help="Also the tool with which an agent connects its user to the apps.")]


OutputSchemas = Annotated[bool, typer.Option("--output-schemas", help="Also say what results are like, in a longer list.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="A policy.toml that says which calls may be made.")
]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Only tools that change nothing.")]


@mcp.callback()
def group() -> None:
    """Composio's tools as MCP servers."""


@mcp.command("serve")
def serve(
    ctx: typer.Context,
    apps: Apps = None,
    actions: Actions = None,
    tags: Tags = None,
    use_case: UseCase = "",
    everything: Everything = False,
    limit: Limit = None,
    entity_id: Entity = DEFAULT_ENTITY,
    helpers: Helpers = True,
    output_schemas: OutputSchemas = False,
    max_result_chars: Annotated[int | None, typer.Option(help="Trim results to this many characters.", min=1)] = None,
    output_folder: Annotated[Path | None, typer.Option(help="Where files of results are saved.")] = None,
    policy: PolicyFile = None,
    read_only: ReadOnly = False,
    transport: Annotated[
        Transport, typer.Option(help="stdio is for clients that start this command themselves.")
    ] = Transport.STDIO,
    port: Annotated[
        int | None, typer.Option(help=f"The port of 127.0.0.1 for http and sse, {_PORT} by default.", min=1, max=65535)
    ] = None,
) -> None:
    """Serve tools to MCP clients. Without a selection: four tools that find, describe, run and connect all others.

    Example: composio mcp serve --apps github,gmail
    """
    from composio_mcp.serving import bind, serve_http, serve_stdio

    if transport is Transport.STDIO and port is not None:
        raise InvalidRequest("--port is for --transport http and sse; stdio has none.")
    selection = select(apps, actions, tags, use_case, everything=everything, limit=limit)
    backend = _put_under(ctx, policy, read_only=read_only)
    offered = Selected(
        backend,
        selection,
        who=_read_entity(entity_id),
        options=_options(max_result_chars, output_folder, ctx.obj.backend.home.outputs),
        helpers=helpers,
        has_output_schemas=output_schemas,
    )
    found = _find(backend, offered)
    if transport is Transport.STDIO:
        if sys.stdin.isatty():
            typer.echo(
                f"Serving {len(found)} tools over standard input and output, to a client that starts this command itself:"
                " `composio mcp setup --client NAME` configures one. For a port instead, add --transport http. Stop with Ctrl+C.",
                err=True,
            )
        serve_stdio(offered)
        return
    path, listener = "/sse" if transport is Transport.SSE else "/mcp", bind(port or _PORT)
    where = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
    typer.echo(f"Serving {len(found)} tools on {where}. Stop with Ctrl+C.", err=True)
    _tell_missing(backend, offered, found)
    serve_http(offered, listener)


def _put_under(ctx: typer.Context, policy: Path | None, *, read_only: bool) -> Backend:
    from composio.toolset.approvals import put_under

    return put_under(policy, read_only=read_only)(ctx.obj.backend)


def _read_entity(entity_id: str) -> Who:
    if not entity_id.strip():
        raise InvalidRequest("--entity-id: is empty. Leave it out, or name whom the calls are for.")
    return Who(entity_id=entity_id)


def _find(backend: Backend, offered: Selected) -> Sequence[ActionModel]:
    """Return what is offered. A misspelt name is reported now, as a client would hide it."""
    found: Sequence[ActionModel] = backend.run(offered.actions)
    if not found:
        raise InvalidRequest("No actions match the selection; `composio actions` lists all.")
    return found


def _tell_missing(backend: Backend, offered: Selected, found: Sequence[ActionModel]) -> None:
    """Report which apps their entity is not connected to, and how to connect it."""
    from composio.discovery.status import statuses_of

    wanted = list(dict.fromkeys(one.app for one in found if not one.no_auth))[:_TOLD]
    statuses = backend.run(lambda: statuses_of(backend, wanted, offered.who))
    missing = [app for app, status in statuses.items() if not status.is_connected]
    if missing:
        option = "" if offered.who.entity_id == DEFAULT_ENTITY else f" -e {shlex.quote(offered.who.entity_id)}"
        how = " and ".join(f"`composio add {app}{option}`" for app in missing)
        typer.echo(visible(f"Not connected yet: {', '.join(missing)}. Run {how}."), err=True)


def _options(max_result_chars: int | None, output_folder: Path | None, usual: Callable[[], Path]) -> CallOptions:
    """Return the options of calls. The folder is always set: only files in it are included in results."""
    options = CallOptions.from_environment(None, output_folder, max_result_chars)
    return options if options.output_folder is not None else options.over(CallOptions(output_folder=usual()))


@mcp.command("setup")
def setup(
    ctx: typer.Context,
    client: Annotated[str, typer.Option("--client", "-c", help="claude, cursor, windsurf or vscode.")],
    url: Annotated[str, typer.Argument(help="A server's URL; without one the client starts `composio mcp serve`.")] = "",
    apps: Apps = None,
    actions: Actions = None,
    tags: Tags = None,
    use_case: UseCase = "",
    everything: Everything = False,
    limit: Limit = None,
    entity_id: Entity = DEFAULT_ENTITY,
    helpers: Helpers = True,
    output_schemas: OutputSchemas = False,
    policy: PolicyFile = None,
    read_only: ReadOnly = False,
    name: Annotated[str, typer.Option(help="The server's name in the client.")] = "composio",
    file: Annotated[Path | None, typer.Option(help="The client's configuration file, if it is not in the usual place.")] = None,
) -> None:
    """Add the tools to a client's configuration. Other entries stay, and a backup copy is kept.

    Example: composio mcp setup --client cursor --apps github
    """
    from composio_mcp.clients import CLIENTS, Launch, add_server, config_file

    found = CLIENTS.get(client.strip().lower())
    if found is None:
        raise InvalidRequest(f"--client is one of {', '.join(CLIENTS)}; got {client!r:.60}.")
    if not name.strip() or not name.isprintable():
        raise InvalidRequest("--name: is the server's name in the client, such as composio.")
    selection = select(apps, actions, tags, use_case, everything=everything, limit=limit)
    if url and not (selection.is_open and policy is None and not read_only):
        raise InvalidRequest("A URL's tools are those of its server; leave --apps, --policy and the like out.")
    if url and not _is_web(url):
        raise InvalidRequest(f"The URL begins with https:// and a host; got {url!r:.100}.")
    # Errors that the client would hide: a misspelt name, an unreadable policy, no connection.
    backend = _put_under(ctx, policy, read_only=read_only) if not url else None
    offered = Selected(backend, selection, who=_read_entity(entity_id), helpers=helpers) if backend is not None else None
    tools = _find(backend, offered) if backend is not None and offered is not None else ()
    kept = {name: os.environ[name] for name in ("COMPOSIO_HOME", "COMPOSIO_BASE_URL") if os.environ.get(name)}
    launch = (
        Launch(url=url)
        if url
        else Launch(
            command=[
                *_command(selection, entity_id, helpers=helpers, output_schemas=output_schemas),
                *_control(policy, read_only),
            ],
            env=kept,
        )
    )
    where = file or config_file(found, environ=os.environ)
    backup = add_server(found, where, name, launch)
    what = f", with {len(tools)} tools" if tools else ""
    typer.echo(f"Wrote {where}{what}. Start {found.title} again.")
    if backup is not None:
        typer.echo(f"The previous file is in {backup}.")
    if backend is not None and offered is not None:
        _tell_missing(backend, offered, tools)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # brackets without a valid address
        return False


def _control(policy: Path | None, read_only: bool) -> list[str]:
    """Return the policy's absolute path: a client may start the command in any folder."""
    return [*(["--policy", str(policy.absolute())] if policy is not None else []), *(["--read-only"] if read_only else [])]


def _command(selection: Selection, entity_id: str, *, helpers: bool, output_schemas: bool) -> list[str]:
    """Return the command for a client: an absolute path, since clients have a different PATH."""
    given = {"--apps": selection.apps, "--actions": selection.actions, "--tags": selection.tags}
    options = [part for option, names in given.items() if names for part in (option, ",".join(names))]
    options += ["--use-case", selection.use_case] if selection.use_case else []
    options += ["--all"] if selection.everything else []
    options += ["--limit", str(selection.limit)] if selection.limit is not None else []
    options += [] if helpers else ["--no-helpers"]
    options += ["--output-schemas"] if output_schemas else []
    options += ["--entity-id", entity_id] if entity_id != DEFAULT_ENTITY else []
    return [sys.executable, "-m", "composio.cli", "mcp", "serve", *options]


@mcp.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The server's name.")],
    apps: Apps = None,
    actions: Annotated[Names, typer.Option("--actions", help="The only actions that clients may call.")] = None,
    auth_config: Annotated[Names, typer.Option("--auth-config", help="Ids of the integrations to connect through.")] = None,
    helpers: Annotated[bool, typer.Option(help="Let agents connect their users.")] = False,
    as_json: Json = False,
) -> None:
    """Create an MCP server on the Composio server that you are logged in to.

    Example: composio mcp create Mail --apps gmail
    """
    from composio_mcp import managing

    made = managing.create(name, apps=split(apps), tools=split(actions), auth_configs=split(auth_config), managed=helpers)
    _print(made, as_json, f"{made['id']}  {made['name']}\n{made['mcp_url']}")


@mcp.command("list")
def list_servers(as_json: Json = False) -> None:
    """List the MCP servers of the Composio server that you are logged in to."""
    from composio_mcp import managing

    found = managing.list_servers()
    lines = [f"{one['id']}  {one['name']}  {', '.join(one['toolkits'])}  {len(one['allowed_tools'])} tools" for one in found]
    _print(found, as_json, "\n".join(lines) or "No MCP servers yet; `composio mcp create` creates one.")


@mcp.command("url")
def url(
    server_id: Annotated[str, typer.Argument(help="The server's id.")],
    user: Annotated[Names, typer.Option("--user-id", "-u", help="Sign a URL for each of these users.")] = None,
    account: Annotated[Names, typer.Option("--connected-account-id", help="Sign a URL for each of these accounts.")] = None,
    helpers: Annotated[bool, typer.Option(help="Let agents connect their users.")] = False,
    expires_in: Annotated[float | None, typer.Option(help="For how many seconds signed URLs work.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """Print the URLs of an MCP server. A signed URL acts as its user, without a key."""
    from composio_mcp import managing

    # Ids are others': a comma may be part of one.
    found = managing.sign(server_id, users=user or (), accounts=account or (), helpers=helpers, expires_in=expires_in)
    signed = [*found["user_ids_url"], *found["connected_account_urls"]]
    _print(found, as_json, "\n".join(signed or [found["mcp_url"]]))


@mcp.command("rotate")
def rotate(
    server_id: Annotated[str, typer.Argument(help="The server's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Revoke all signed URLs of an MCP server; sign new ones with `url`."""
    from composio_mcp import managing

    _print(managing.rotate(server_id), as_json, f"The signed URLs of {server_id} no longer work.")


@mcp.command("remove")
def remove(server_id: Annotated[str, typer.Argument(help="The server's id.")]) -> None:
    """Remove an MCP server and all its signed URLs."""
    from composio_mcp import managing

    managing.remove(server_id)
    typer.echo(f"Removed {server_id}.")


@grants.command("list")
def list_grants(
    server: Annotated[str, typer.Option("--server", help="Only grants for this MCP server, by its id.")] = "",
    session: Annotated[str, typer.Option("--session", help="Only grants for this session, by its id.")] = "",
    as_json: Json = False,
) -> None:
    """List the programs that people authorized to use the project's MCP servers and sessions."""
    from composio_mcp import managing

    found = managing.list_grants(server_id=server, session_id=session)
    lines = [
        f"{one['id']}  {one['client_name']} ({urlsplit(one['redirect_uri']).netloc})  as {one['user_id']}"
        f"  on {one['mcp_server_id'] or one['session_id']}  allowed by {one['person']}  until {one['expires_at']}"
        for one in found
    ]
    _print(found, as_json, "\n".join(lines) or "No program has access.")


@grants.command("revoke")
def revoke(grant_id: Annotated[str, typer.Argument(help="The grant's id, as `composio mcp grants list` says it.")]) -> None:
    """Revoke a program's access: its tokens become invalid."""
    from composio_mcp import managing

    managing.revoke(grant_id)
    typer.echo(f"Revoked {grant_id}.")


def _print(found: object, as_json: bool, text: str) -> None:
    import json

    typer.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else visible(text))


def select(
    apps: Names, actions: Names, tags: Names, use_case: str, *, everything: bool = False, limit: int | None = None
) -> Selection:
    """Return the options' meaning. Raises ``InvalidRequest`` for contradictory options."""
    selection = Selection(
        apps=split(apps),
        actions=split(actions),
        tags=split(tags),
        use_case=use_case.strip(),
        everything=everything,
        limit=limit,
    )
    if selection.use_case and selection.tags:
        raise InvalidRequest("--use-case ranks by what actions do; combine it with --apps and --limit, not with --tags.")
    if everything and not selection.apps:
        raise InvalidRequest("--all says how much of an app: name one with --apps.")
    return selection


def split(values: Names) -> tuple[str, ...]:
    """Split ``--apps a,b --apps c`` into ``a``, ``b`` and ``c``."""
    found = (part.strip() for value in values or () for part in value.split(","))
    return tuple(dict.fromkeys(part for part in found if part))
