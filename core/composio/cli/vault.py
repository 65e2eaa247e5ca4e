"""``composio vault``: the master key that the secrets of connections are kept under."""

from __future__ import annotations

from typing import Annotated

import typer

from composio.cli.commands import CommandGroup
from composio.cli.output import note, print_json, print_record, say
from composio.cli.progress import progress_reporter
from composio.cli.session import Session

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    help="The key that secrets are kept under: where it is, and a new one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_PLACES = {
    "environment": "in COMPOSIO_ENCRYPTION_KEY",
    "keyring": "in the system's keyring",
    "file": "in the file master.key of the home",
}
_WHAT = "Wrapping secrets under a new master key"


@app.command()
def rotate(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Wrap every secret under a new master key. Others go on meanwhile; what was broken off is ended by running it again.

    Example: composio vault rotate
    """
    backend = Session.of(ctx).backend
    report = progress_reporter()
    count = backend.run(lambda: backend.accounts.rotate_master_key(lambda done, total: report(_WHAT, done, total)))
    if as_json:
        print_json({"rotated": count})
    else:
        say(
            f"Wrapped {count} secrets under a new master key."
            if count
            else "No secret is stored, so there is no key to change."
        )


@app.command()
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Say where the master key is and how many secrets are kept under it; never a secret.

    Example: composio vault status
    """
    backend = Session.of(ctx).backend
    found = backend.run(backend.accounts.vault_status)
    if as_json:
        print_json(found)
        return
    print_record({**found, "master_key": _PLACES.get(found["master_key"], "none yet: the first secret makes it")})
    if found["missing_keys"]:
        note("Secrets under missing keys can't be read. Put those keys back; nothing was changed.")
