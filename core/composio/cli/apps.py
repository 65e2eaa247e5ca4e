"""``composio apps``: list, add, update, remove and check apps; write editor stubs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composio.cli import served
from composio.cli.choices import choices_of
from composio.cli.commands import AsJson, listing_group
from composio.cli.output import note, print_json, print_listing, print_table, say
from composio.cli.session import Session
from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.model.app import AppModel
    from composio.model.owned import OwnApp

__all__ = ["app"]

app = listing_group("List apps; add, update, remove and check them; write editor stubs.")

_FEW = 5
_NO_APPS = "No apps are known. Install some: `pip install opencomposio-apps`. If it is installed, `composio plugins` shows what is wrong."

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Apps; all compiled ones if none is named.")]
Keep = Annotated[bool, typer.Option("--keep", help="Keep edits of its integration.yaml that conflict with the description.")]
Replace = Annotated[bool, typer.Option("--replace", help="Drop all edits of its integration.yaml.")]
AcceptServer = Annotated[
    bool,
    typer.Option(
        "--accept-server", help="Send existing connections' credentials to the server that the description now names."
    ),
]
_AUTH_HELP = (
    "How its calls authenticate, instead of what the description says: bearer, basic, header:NAME, query:NAME, cookie:NAME,"
    " oauth2:AUTHORIZATION_URL,TOKEN_URL[,SCOPE...] or none. Repeatable for alternatives; + joins what is sent together."
)


@app.callback()
def list_apps(
    ctx: typer.Context,
    as_json: AsJson = False,
    filter_: Annotated[str, typer.Option("--filter", help="Only apps whose key, name or category contains this string.")] = "",
) -> None:
    """List the known apps. Commands: add, update, remove, check, schema, generate-types.

    Example: composio apps --filter git
    """
    if ctx.invoked_subcommand is not None:
        return
    backend = Session.of(ctx).backend
    known = backend.run(backend.apps)
    wanted = filter_.casefold()
    found = [a for a in known if any(wanted in text.casefold() for text in (a.key, a.name, *a.categories))]
    print_listing(
        found,
        ("KEY", "NAME", "ACTIONS#", "AUTH", "FROM", "COMPILED", "SOURCE"),
        _row,
        as_json=as_json,
        none=f"None of {len(known)} apps has {filter_!r} in its key, name or categories." if known else _NO_APPS,
        drop=("SOURCE", "COMPILED", "ACTIONS", "NAME"),
        prose=("SOURCE",),
    )
    broken = backend.operator.broken_apps() if backend.operator is not None else {}
    for error in dict.fromkeys(error for key, error in sorted(broken.items()) if wanted in key):
        note(f"Skipped, because its file is invalid: {error}")


def _row(app: AppModel) -> tuple[object, ...]:
    modes = dict.fromkeys(s.auth_mode.lower() for s in app.auth_schemes)
    auth = "undeclared" if app.is_undeclared else ", ".join(modes).replace("no_auth", "none")
    compiled = ("yes", app.actions) if app.compiled else ("no", "-")
    return app.key, app.name, compiled[1], auth, _variables(app), compiled[0], app.provenance.source


def _variables(app: AppModel) -> str:
    """Return the environment variables for credentials: of the first scheme with any, one per value."""
    needed = ([f.env[0] for f in scheme.fields if f.env and f.required] for scheme in app.auth_schemes)
    return ", ".join(next((names for names in needed if names), []))


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The app's key: lower case, digits, underscores.")],
    spec: Annotated[
        str | None,
        typer.Option("--spec", help="File or URL of its description: OpenAPI, Swagger, Google Discovery or GraphQL."),
    ] = None,
    mcp: Annotated[
        str | None,
        typer.Option("--mcp", metavar="URL|COMMAND", help="An MCP server instead: its URL, or the command that starts it."),
    ] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Keep the MCP server's current tools until you accept changes.")] = False,
    base_url: Annotated[str | None, typer.Option("--base-url", help="The API's base URL, if the description has none.")] = None,
    allow_ref: Annotated[
        list[str] | None,
        typer.Option("--allow-ref", help="A folder, file or URL outside its own folder or host that it may refer to."),
    ] = None,
    auth: Annotated[list[str] | None, typer.Option("--auth", metavar="HOW", help=_AUTH_HELP)] = None,
    keep: Keep = False,
    replace: Replace = False,
    accept_server: AcceptServer = False,
    as_json: AsJson = False,
) -> None:
    """Add an app from its API description, or from an MCP server. Adding it again keeps edits in its integration.yaml.

    Example: composio apps add petstore --spec ./petstore.yaml --base-url https://pets.example.com --auth header:X-Api-Key
    """
    if (spec is None) == (mcp is None):
        ctx.fail("Name what to add: either --spec, the file or URL of a description, or --mcp, the URL or command of a server.")
    if mcp is not None:
        _refuse_with_mcp(base_url=base_url, allow_ref=allow_ref)
        served.add(Session.of(ctx), name, mcp, auth=auth or (), pin=pin, keep=keep, replace=replace, as_json=as_json)
        return
    if pin:
        raise InvalidRequest("--pin applies only to an MCP server; add one with --mcp.")
    assert spec is not None
    if (own := Session.of(ctx).backend.own_apps) is not None:
        _refuse_edits(keep=keep, replace=replace, allow_ref=allow_ref)
        backend = Session.of(ctx).backend
        _tell(backend.run(lambda: own.add(name, spec, base_url, auth=auth or (), accept_server=accept_server)), as_json)
        return
    operator = Session.of(ctx).operator
    choices = choices_of(operator, name, keep=keep, replace=replace, accept_server=accept_server)
    added = operator.add_app(name, spec, base_url, allow_refs=allow_ref or (), auth=auth or (), choices=choices)
    if as_json:
        print_json(added.listing())
        return
    say(f"Added {added.key}: {added.actions} actions. See them: composio actions --app {added.key}")
    _warn(operator.app_warnings(added.key))
    if added.is_undeclared:
        note(
            "  Its description does not say how to authenticate. If the API wants credentials, add it again with --auth: "
            "bearer, basic, header:NAME, query:NAME or oauth2:..."
        )


@app.command()
def update(
    ctx: typer.Context,
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="All known apps, in several processes.")] = False,
    keep: Keep = False,
    replace: Replace = False,
    accept_server: AcceptServer = False,
    accept: Annotated[bool, typer.Option("--accept", help="Accept the current tools of pinned MCP servers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch apps' descriptions again and recompile them. Edits in an integration.yaml stay.

    Without names, apps with unchanged packages and files are skipped, so an interrupted update can be continued.

    Example: composio apps update github slack
    """
    if Session.of(ctx).backend.own_apps is not None:
        _refuse_edits(keep=keep, replace=replace)
        _update_own(Session.of(ctx).backend, names or (), accept_server=accept_server, as_json=as_json)
        return
    operator = Session.of(ctx).operator
    choices = choices_of(operator, "", keep=keep, replace=replace, accept_server=accept_server, accept_changes=accept)
    updated = operator.update_apps(names or (), choices=choices, everything=everything)
    if as_json:
        print_json([{**a.listing(), "changes": operator.app_changes(a.key)} for a in updated])
        return
    if not updated:
        note("No app has been compiled yet; name one: composio apps update github")
    for app in updated:
        say(f"{app.key}: {app.actions} actions from {app.provenance.source or 'its own functions'}")
        _warn(operator.app_warnings(app.key))
        served.tell_changes(operator, app.key)


def _refuse_with_mcp(*, base_url: str | None, allow_ref: Sequence[str] | None) -> None:
    """Options for descriptions of your own."""
    if base_url is not None or allow_ref:
        raise InvalidRequest("--base-url and --allow-ref apply only to a description; for an MCP server, --mcp is the address.")


def _refuse_edits(*, keep: bool, replace: bool, allow_ref: Sequence[str] | None = None) -> None:
    """Options for files on the operator's machine."""
    if keep or replace or allow_ref:
        raise InvalidRequest(
            "--keep, --replace and --allow-ref apply only to files on this machine; a server takes one document."
        )


def _update_own(backend: Backend, names: Sequence[str], *, accept_server: bool, as_json: bool) -> None:
    """Fetch again the descriptions of a project's own apps on its server: the named ones, else all with a URL."""
    own = backend.own_apps
    assert own is not None
    keys = names or [one.key for one in backend.run(own.own_apps) if one.url]
    updated = [backend.run(lambda key=key: own.update(key, accept_server=accept_server)) for key in keys]  # type: ignore[misc]
    if as_json:
        print_json([one.listing() for one in updated])
        return
    if not updated:
        note("This project added no app by the URL of its description.")
    for one in updated:
        say(f"{one.key}: {one.actions} actions from {one.url}")
        _warn(one.warnings)


def _tell(added: OwnApp, as_json: bool) -> None:
    if as_json:
        print_json(added.listing())
        return
    say(f"Added {added.key} to the project: {added.actions} actions. See them: composio actions --app {added.key}")
    _warn(added.warnings)


def _warn(warnings: Sequence[str]) -> None:
    """Report the parts of a description that were changed or skipped: a few, since mistakes often repeat."""
    for warning in warnings[:_FEW]:
        note(f"  {warning}")
    if len(warnings) > _FEW:
        note(f"  ... and {len(warnings) - _FEW} more like these")


@app.command()
def vectors(
    ctx: typer.Context,
    names: Names = None,
    model: Annotated[list[str] | None, typer.Option("--model", help="A model; repeatable. Default: all installed.")] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show what exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create the vectors with which search finds actions by meaning; --status shows what exists.

    Takes `pip install "opencomposio-core[search]"`, and about a second for 20 actions; existing vectors are kept.

    Example: composio apps vectors github slack
    """
    operator = Session.of(ctx).operator
    if not status:
        made = operator.make_vectors(names or (), models=model or ())
        note(f"Made {made} vectors.")
    models = operator.search_models()
    if as_json:
        print_json([one.listing() for one in models])
        return
    rows = ((one.name, "yes" if one.installed else "no", one.actions, one.of) for one in models)
    print_table(("MODEL", "INSTALLED", "ACTIONS#", "OF#"), rows)


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; an existing file is replaced.")],
) -> None:
    """Write the compiled catalog of the installed apps to a file, for a package to ship.

    Example: composio apps export catalog.sqlite3
    """
    count = Session.of(ctx).operator.export_catalog(file)
    say(f"{count} apps in {file}: {file.stat().st_size / 1e6:.1f} MB")


@app.command()
def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="An app that was added with `composio apps add`.")],
    as_json: AsJson = False,
) -> None:
    """Remove an added app.

    Example: composio apps remove petstore
    """
    backend = Session.of(ctx).backend
    if (own := backend.own_apps) is not None:
        backend.run(lambda: own.remove(name))
    else:
        Session.of(ctx).operator.remove_app(name)
    if as_json:
        print_json({"removed": name})
    else:
        say(f"Removed {name}.")


@app.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="An integration.yaml or a triggers.yaml, or the folder that holds them."),
    ],
    as_json: AsJson = False,
) -> None:
    """List every mistake in an integration.yaml or a triggers.yaml, with the expected value.

    Example: composio apps check ./my_apps/gmail/integration.yaml
    """
    from composio.backend.factory import check_app

    found = [error for file in files for error in check_app(file)]
    if as_json:
        print_json([{"file": error.file, "field": error.field, "problem": error.problem} for error in found])
    for error in found if not as_json else ():
        say(str(error))
    if found:
        note(f"{len(found)} mistake{'s' if len(found) > 1 else ''}. To see the format: composio apps schema")
        raise typer.Exit(1)
    if not as_json:
        say("No mistakes found.")


@app.command()
def schema(
    triggers: Annotated[bool, typer.Option("--triggers", help="The schema of triggers.yaml instead.")] = False,
) -> None:
    """Print the JSON Schema of integration.yaml, for editors and other tools.

    Example: composio apps schema > integration.schema.json
    """
    from composio.backend.factory import app_schema, triggers_schema

    print_json(triggers_schema() if triggers else app_schema())


@app.command("generate-types")
def generate_types(
    ctx: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="A folder to put on your checker's stub path, or a .pyi file. Default: beside the installed package.",
        ),
    ] = None,
) -> None:
    """Write stubs, so that editors and type checkers complete Action., App. and Tag. for the compiled apps.

    Example: composio apps generate-types --output typings
    """
    from composio.cli.stubs import write_stubs

    written = write_stubs(Session.of(ctx), output)
    say(f"Wrote {written.actions} actions of {written.apps} compiled apps to {written.path}")
    if not written.apps:
        note("No app is compiled yet. Compile the ones you use first: composio apps update github")


LockFile = Annotated[Path, typer.Option("--file", help="The lock's file.")]


@app.command()
def lock(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="APP...", help="The apps whose actions to lock.")],
    file: LockFile = Path("composio.lock"),
) -> None:
    """Write composio.lock with the current definitions of the apps' actions. `frozen=True` uses no others.

    Example: composio apps lock github slack
    """
    from composio.policy.frozen import make_lock

    backend = Session.of(ctx).backend
    made = backend.run(lambda: make_lock(backend, names))
    file.write_text(made.to_text(), encoding="utf-8")
    say(f"Locked {sum(map(len, made.apps.values()))} actions of {', '.join(made.apps)} in {file}.")


@app.command()
def diff(ctx: typer.Context, file: LockFile = Path("composio.lock"), as_json: AsJson = False) -> None:
    """Show the differences from composio.lock; exit 1 if there are any.

    Example: composio apps diff
    """
    from composio.policy.frozen import find_changes, read_lock

    backend, locked = Session.of(ctx).backend, read_lock(file)
    found = backend.run(lambda: find_changes(backend, locked))
    rows = [(one.change, one.app, one.action) for one in found]
    if as_json:
        print_json([one.listing() for one in found])
    elif rows:
        print_table(("CHANGE", "APP", "ACTION"), rows)
    else:
        note(f"No differences from {file}.")
    if found:
        raise typer.Exit(1)
