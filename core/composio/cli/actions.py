"""``composio actions``: list actions, and show their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import note, print_json, print_table
from composio.cli.session import Session
from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from composio.model.action import ActionModel

__all__ = ["app"]

app = listing_group("List actions, or show one of them.")


@app.callback()
def list_actions(
    ctx: typer.Context,
    apps: Annotated[
        list[str] | None, typer.Option("--app", help="Only actions of this app; repeatable. Default: compiled apps.")
    ] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", help="Only with this tag; repeatable.")] = None,
    use_case: Annotated[
        str | None, typer.Option("--use-case", "--search", help="A task in words; lists matching actions, best first.")
    ] = None,
    important: Annotated[bool, typer.Option("--important", help="Only the actions that an agent gets by default.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Maximum number to list.")] = None,
    as_json: AsJson = False,
) -> None:
    """List actions. `show SLUG` describes one; `show SLUG --json` has its schemas.

    Example: composio actions --app github --use-case "create an issue" --limit 5
    """
    if ctx.invoked_subcommand is not None:
        return
    found = _find(Session.of(ctx), tuple(apps or ()), tuple(tags or ()), use_case, important, limit)
    if as_json:
        print_json([_summary(a) for a in found])
    elif found:
        rows = ((a.slug, a.display_name, ", ".join(a.tags)) for a in found)
        print_table(("SLUG", "NAME", "TAGS"), rows, drop=("TAGS",), prose=("NAME", "TAGS"))
    elif use_case is not None:
        note("No action matches. Rephrase the task in English, or name an app: composio actions --app github")
    else:
        note("No action matches. `composio apps` lists the apps; name one: composio actions --app github")


def _summary(action: ActionModel) -> dict[str, Any]:
    """Return the fields of a listing, without schemas: those of a thousand actions are 13 MB, and ``show --json`` has them."""
    return {
        "name": action.slug,
        "display_name": action.display_name,
        "description": action.description,
        "appName": action.app,
        "tags": list(action.tags),
        "important": action.important,
        "deprecated": action.deprecated,
        "aliases": list(action.aliases),
    }


def _find(
    session: Session, apps: tuple[str, ...], tags: tuple[str, ...], use_case: str | None, important: bool, limit: int | None
) -> list[ActionModel]:
    from composio.backend import ActionQuery

    if use_case is not None and (tags or important):
        raise InvalidRequest(
            "--use-case ranks by what actions do; combine it with --app and --limit, not --tag or --important."
        )
    backend = session.backend
    if use_case is not None:
        slugs = backend.run(lambda: backend.search(use_case, apps=apps, limit=limit or 10))
        return session.actions(ActionQuery(names=slugs)) if slugs else []
    apps = apps or tuple(a.key for a in backend.run(backend.apps) if a.compiled)
    if not apps:
        return []
    return session.actions(ActionQuery(apps=apps, tags=tags, everything=not (important or tags), limit=limit))


@app.command()
def show(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The action's name or one of its aliases, in any case.")],
    as_json: AsJson = False,
) -> None:
    """Show what an action does, its parameters and an example.

    Example: composio actions show GITHUB_CREATE_ISSUE
    """
    from composio.backend import ActionQuery
    from composio.cli.describe import describe

    action = Session.of(ctx).actions(ActionQuery(names=(slug,)))[0]
    if as_json:
        print_json(action.listing())
    else:
        describe(action)
