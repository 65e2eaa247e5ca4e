"""The ``composio`` command. One command per module; plugins add theirs through ``register_commands``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from composio.cli import (
    account,
    actions,
    add,
    approvals,
    apps,
    calls,
    connections,
    demo,
    execute,
    integrations,
    people,
    plugins,
    policy,
    scopes,
    triggers,
    vault,
)
from composio.cli.commands import RootGroup
from composio.cli.output import complain, complain_of, guard_streams, say
from composio.cli.session import Session

__all__ = ["app", "run"]

app = typer.Typer(
    name="composio",
    cls=RootGroup,
    help="Any HTTP API as typed, authenticated tools inside any agent framework.",
    epilog="State is kept in the folder that COMPOSIO_HOME names. Try: composio demo",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("add", short_help="Connect an app, in the browser or with a key.")(add.add)
app.add_typer(connections.app, name="connections")
app.add_typer(integrations.app, name="integrations")
app.add_typer(apps.app, name="apps")
app.add_typer(actions.app, name="actions")
app.command("scopes", short_help="Print the OAuth scopes that actions need.")(scopes.scopes)
app.command("execute", short_help="Run an action and print its result as JSON.", context_settings=execute.SETTINGS)(
    execute.execute
)
app.add_typer(calls.app, name="calls")
app.add_typer(calls.logs, name="logs")
app.command("export", short_help="Print the data stored for an entity.")(people.export)
app.command("forget", short_help="Delete the data stored for an entity.")(people.forget)
app.add_typer(policy.app, name="policy")
app.add_typer(approvals.app, name="approvals")
app.add_typer(triggers.app, name="triggers")
app.command("plugins", short_help="List plugins and their problems.")(plugins.plugins)
app.add_typer(vault.app, name="vault")
app.command("login", short_help="Log in to a server; embedded use needs no login.")(account.login)
app.command("logout", short_help="Log out of a server.")(account.logout)
app.command("whoami", short_help="Show who you are and where data is stored.")(account.whoami)
app.command("demo", short_help="Run one OpenAI and one LangChain agent, without any key.")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        from composio import __version__

        say(f"composio {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback has acted
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Give any agent framework typed, authenticated tools for any HTTP API."""
    session = ctx.ensure_object(Session)
    ctx.call_on_close(session.close)


def run() -> None:
    """Run the console script. An unexpected error is still one message; ``COMPOSIO_TRACEBACK=1`` shows the traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    guard_streams()
    try:
        app(prog_name="composio")
    except Exception as error:
        if os.environ.get("COMPOSIO_TRACEBACK"):
            complain_of(error)
        else:
            # Not the error's text: a library wrote it without knowing what is secret.
            complain(f"unexpected {type(error).__name__}. Run again with COMPOSIO_TRACEBACK=1 to see where, and report it.")
        sys.exit(1)
