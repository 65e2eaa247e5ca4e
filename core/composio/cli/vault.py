"""``composio vault``: the master key that encrypts the secrets of connections, and backups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from composio.cli.commands import AsJson, CommandGroup
from composio.cli.output import note, print_json, print_record, say
from composio.cli.progress import progress_reporter
from composio.cli.session import Session

__all__ = ["app"]

app = typer.Typer(
    cls=CommandGroup,
    help="Back up and restore connections; rotate the master key of their secrets.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_PLACES = {
    "environment": "in COMPOSIO_ENCRYPTION_KEY",
    "keyring": "in the system's keyring",
    "file": "in the file master.key of the home",
}
_WHAT = "Wrapping secrets under a new master key"


@app.command()
def rotate(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Wrap every secret under a new master key. Other programs continue; run it again after an interruption.

    Example: composio vault rotate
    """
    session = Session.of(ctx)
    report = progress_reporter()
    count = session.backend.run(lambda: session.operator.rotate_master_key(lambda done, total: report(_WHAT, done, total)))
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
    """Show where the master key is and how many secrets it encrypts; never a secret.

    Example: composio vault status
    """
    session = Session.of(ctx)
    found = session.backend.run(session.operator.vault_status)
    if as_json:
        print_json(found)
        return
    print_record({**found, "master_key": _PLACES.get(found["master_key"], "none yet: the first secret creates it")})
    if found["missing_keys"]:
        note("Secrets under missing keys can't be read. Put those keys back; nothing was changed.")


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file for the backup.")],
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="A new file for the master key; keep it apart from the backup.")
    ] = None,
    include_key: Annotated[
        bool, typer.Option("--include-key", help="Include the master key: anyone with the backup can read every secret.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write all connections and integrations to one file, while programs continue. It contains the master key only on request.

    Example: composio vault backup connections.backup --key-file /media/usb/master.key
    """
    session = Session.of(ctx)
    done = session.backend.run(lambda: session.operator.back_up_vault(file, key_file=key_file, include_key=include_key))
    if as_json:
        print_json(done)
        return
    say(f"Backed up {_count(done)} to {file}.")
    note(_where_the_key_is(done))
    if done["missing_keys"]:
        note(f"Secrets under {', '.join(done['missing_keys'])} can't be read here either: that key is missing.")


@app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that `composio vault backup` wrote.")],
    key_file: Annotated[
        Path | None, typer.Option("--key-file", help="The file with its master key, if that key is not known here.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the stored connections, after backing them up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup's connections and integrations into an empty store. Changes nothing unless all of it is readable.

    Example: composio vault restore connections.backup --key-file /media/usb/master.key
    """
    session = Session.of(ctx)
    done = session.backend.run(lambda: session.operator.restore_vault(file, key_file=key_file, replace=replace))
    if as_json:
        print_json(done)
        return
    say(f"Restored {_count(done)} from {file}.")
    if done["replaced"]:
        note(f"What was stored before is in {done['replaced']}.")
    note(f"Their secrets are kept under master key {done['key_id']} {_PLACES[done['master_key']]}.")


def _count(done: dict[str, Any]) -> str:
    def several(name: str) -> str:
        return f"{done[name]} {name if done[name] != 1 else name[:-1]}"

    return f"{several('connections')} and {several('integrations')}"


def _where_the_key_is(done: dict[str, Any]) -> str:
    key = f"master key {', '.join(done['key_ids'])}"
    written = done["key_written_to"]
    if written == "backup":
        return f"It contains {key}, too: anyone with the file can read every secret."
    if written:
        return f"It can't be read without {key}. The key is in {written}: keep it apart from the backup."
    place = _PLACES.get(done["master_key"], "")
    return (
        f"It can't be read without {key}. The key is not in it, but {place}: keep a copy apart from the backup, or let "
        "--key-file FILE write one. `composio vault rotate` takes an old key away, so back up again after it."
    )
