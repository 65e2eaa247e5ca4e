"""``composio mcp``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from composio.errors import InvalidRequest
from composio.model.call import DEFAULT_ENTITY, CallOptions, Who
from composio_mcp.offered import Selected, Selection

__all__ = ["mcp"]

mcp = typer.Typer(help="Composio's tools as MCP servers.", no_args_is_help=True, rich_markup_mode=None)
_PORT = 8765


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
Limit = Annotated[int | None, typer.Option(help="At most so many actions.", min=1)]
Entity = Annotated[str, typer.Option("--entity-id", "-e", help="Whom the calls are for.")]
Helpers = Annotated[bool, typer.Option(help="Also the tool with which an agent connects its user to the apps.")]


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
    max_result_chars: Annotated[int | None, typer.Option(help="Trim results to this many characters.", min=1)] = None,
    transport: Annotated[
        Transport, typer.Option(help="stdio is for clients that start this command themselves.")
    ] = Transport.STDIO,
    port: Annotated[int, typer.Option(help="The port of 127.0.0.1 for http and sse.", min=1, max=65535)] = _PORT,
) -> None:
    """Serve tools to MCP clients. Without a selection: four tools that find, describe, run and connect all others.

    Example: composio mcp serve --apps github,gmail
    """
    from composio_mcp.serving import serve_http, serve_stdio

    selection = select(apps, actions, tags, use_case, everything=everything, limit=limit)
    backend = ctx.obj.backend
    offered = Selected(
        backend,
        selection,
        who=Who(entity_id=entity_id),
        options=CallOptions.of(max_result_chars=max_result_chars),
        helpers=helpers,
    )
    found = backend.run(offered.actions)  # a mistyped name is said now, and not to a client that hides it
    if not found:
        raise InvalidRequest("Nothing fits the selection; `composio actions` lists what there is.")
    if transport is Transport.STDIO:
        serve_stdio(offered)
        return
    path = "/sse" if transport is Transport.SSE else "/mcp"
    typer.echo(f"Serving {len(found)} tools on http://127.0.0.1:{port}{path}. Stop with Ctrl+C.", err=True)
    serve_http(offered, port)


def select(
    apps: Names, actions: Names, tags: Names, use_case: str, *, everything: bool = False, limit: int | None = None
) -> Selection:
    """What the options mean. Raises ``InvalidRequest`` for options that contradict each other."""
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
    """``--apps a,b --apps c`` is ``a``, ``b`` and ``c``."""
    found = (part.strip() for value in values or () for part in value.split(","))
    return tuple(dict.fromkeys(part for part in found if part))
