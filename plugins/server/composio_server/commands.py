"""``composio serve`` and ``composio server``."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from typing import Annotated, Any

import typer

from composio.errors import InvalidRequest, StoreError
from composio_server.jobs.choosing import find_queue_url
from composio_server.jobs.schema import prepare
from composio_server.member_commands import members
from composio_server.operating import Project, actor, find_project, open_services
from composio_server.services.keys import ApiKey, Scope
from composio_server.services.services import Services
from composio_server.settings import Settings

__all__ = ["serve", "server"]

_FIRST_PROJECT = "default"
_BETWEEN_TRIES = 2.0  # seconds
server = typer.Typer(help="Manage a server: its projects, keys and database.", no_args_is_help=True, rich_markup_mode=None)
keys = typer.Typer(help="API keys of a project.", no_args_is_help=True, rich_markup_mode=None)
projects = typer.Typer(
    help="Projects, each with its own keys, connections and logs.", no_args_is_help=True, rich_markup_mode=None
)
server.add_typer(keys, name="keys")
server.add_typer(projects, name="projects")
server.add_typer(members, name="members")


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on; 127.0.0.1 if none is given.")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 9899 if none is given.", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Number of server processes.", min=1, max=512)] = None,
    public_url: Annotated[str | None, typer.Option(help="The URL at which browsers and providers reach this server.")] = None,
) -> None:
    """Serve Composio over HTTP: for other languages, for many users, for programs written for v0.7.

    Example: composio serve
    """
    import uvicorn

    from composio_server.logs import describe_logging
    from composio_server.pages.login_listener import login_listener
    from composio_server.patience import PatientProtocol
    from composio_server.preparing import prepared_beside
    from composio_server.sharing import share_connections

    settings = Settings.of(os.environ, host=host, port=port, workers=workers, public_url=public_url)
    os.environ |= settings.to_environ()  # worker processes read it again
    services = Services.open(settings)
    _introduce_when_there(services)
    typer.echo(f"Serving on {settings.public_url}. Stop with Ctrl+C.")
    if settings.workers > 1:
        # Shared by the processes' metrics; must be set before the library is imported.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="composio-figures-"))
    listener = login_listener(services)
    try:
        with prepared_beside(services), share_connections(os.environ, settings.workers) as loop:
            uvicorn.run(
                "composio_server.asgi:create",
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
                log_config=describe_logging(settings.log_format, settings.log_level),
                log_level="warning",  # uvicorn's own
                access_log=False,
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=settings.trusted_proxies or None,
                ws="websockets-sansio",
                timeout_graceful_shutdown=settings.stop_seconds,
                http=PatientProtocol,
                loop=loop,
            )
    finally:
        if listener is not None:
            listener.close()


def _introduce_when_there(services: Services) -> None:
    """Introduce now or, if a database server does not respond yet, as soon as it does: the server serves meanwhile."""
    try:
        _introduce(services)
    except StoreError as error:
        if error.reason != "away" or services.database.url.get_backend_name() == "sqlite":
            raise
        typer.echo(f"{error}\nServing anyway: /readyz answers 503 until the database can be used.", err=True)
        threading.Thread(target=_introduce_later, args=(services,), name="composio-introduce", daemon=True).start()
    finally:
        services.database.close()


def _introduce_later(services: Services) -> None:
    while True:
        time.sleep(_BETWEEN_TRIES)
        try:
            _introduce(services)
        except StoreError as error:
            if error.reason == "away":
                continue
            typer.echo(str(error), err=True)
        services.database.close()
        return


def _introduce(services: Services) -> None:
    """Create the first project with its key, and the first person with a password, if there are none."""
    if (first := services.people.create_first()) is not None:
        person, password = first
        typer.echo(f"Sign in on {services.settings.public_url} as {person.name!r}. The password, shown this once:")
        typer.echo(f"\n    {password.reveal()}\n")
    if services.projects.list_projects():
        return
    project = services.projects.create(_FIRST_PROJECT)
    _, secret = services.keys.create(project.id, "first key")
    typer.echo(f"Made the project {project.name!r} ({project.id}). Its API key, shown this once:\n\n    {secret.reveal()}\n")
    typer.echo(f"Use it:  export COMPOSIO_BASE_URL={services.settings.public_url} COMPOSIO_API_KEY=<the key>")


@server.command("password")
def set_password(
    name: Annotated[str, typer.Argument(help="The person's name; a new person becomes an admin of every project.")] = "admin",
    from_stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input, one line.")] = False,
) -> None:
    """Set a person's password and end their sessions.

    Example: composio server password ann@example.com
    """
    import sys

    from composio.model.secret import Secret

    typed = (
        sys.stdin.readline().rstrip("\r\n")
        if from_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    person = open_services().people.set_password(name, Secret(typed))
    typer.echo(f"{person.name} signs in with it now.")


@server.command("audit")
def list_audit(
    project: Project = None,
    of_server: Annotated[
        bool, typer.Option("--server", help="Entries about the server itself, such as deleted projects.")
    ] = False,
    limit: Annotated[int, typer.Option(help="Maximum number to list.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List changes by keys and people, newest first.

    Example: composio server audit --limit 20
    """
    import json
    from dataclasses import asdict

    from composio.model.connection import as_time
    from composio_server.services.deleting import SERVERS_OWN

    services = open_services()
    found = services.audit.list_entries(SERVERS_OWN if of_server else find_project(services, project), limit=limit)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        target = " ".join(f"{name}={value}" for name, value in one.target.items())
        typer.echo(f"{as_time(one.at)}  {one.actor}  {one.action}  {target}  {one.status}")


@server.command("migrate")
def migrate() -> None:
    """Migrate the database to this version. Instances of the previous version keep running; older ones refuse it afterwards.

    Example: COMPOSIO_DATABASE_URL=postgresql+psycopg://composio@db/composio composio server migrate
    """
    services = open_services()
    services.projects.list_projects()  # opening it migrates it
    services.database.close()
    if (url := find_queue_url(services.settings)) is not None:
        asyncio.run(prepare(url))
    typer.echo(f"{services.database.name} has this version's tables.")


@server.command("copy")
def copy(
    to: Annotated[str, typer.Option(help="The URL of an empty database, as COMPOSIO_DATABASE_URL has it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy everything into another database, for example from SQLite to PostgreSQL. The master key is not copied.

    Example: composio server copy --to postgresql+psycopg://composio@db/composio
    """
    import json
    import sys

    from composio.model.secret import Secret
    from composio_server.services.copying import copy_database
    from composio_server.store.database import open_database

    services = open_services()
    target = open_database(Secret(to), services.backends.home)
    shown = sys.stderr.isatty()
    try:
        copied = copy_database(
            services.database, target, lambda table, rows: typer.echo(f"{table}: {rows:,}", err=True) if shown else None
        )
    finally:
        target.close()
        services.database.close()
    if as_json:
        typer.echo(json.dumps(copied))
        return
    typer.echo(f"Copied {sum(copied.values()):,} rows to {target.name}.")
    typer.echo("The server that uses it needs the same master key: COMPOSIO_ENCRYPTION_KEY, or the home's key file.")


@projects.command("create")
def create_project(name: Annotated[str, typer.Argument(help="The project's name.")]) -> None:
    """Create a project, and print its id and its first key, which are not shown again.

    Example: composio server projects create shop
    """
    services = open_services()
    project = services.projects.create(name)
    _, secret = services.keys.create(project.id, "first key")
    typer.echo(f"{project.id}\n{secret.reveal()}")


@projects.command("list")
def list_projects(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the projects, oldest first.

    Example: composio server projects list
    """
    import json
    from dataclasses import asdict

    found = open_services().projects.list_projects()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        typer.echo(f"{one.id}  {one.name}")


@projects.command("settings")
def change_project(
    project: Annotated[str, typer.Argument(help="The project's id or name.")],
    rate: Annotated[
        list[str] | None,
        typer.Option(
            "--rate", help="Calls a second with an optional burst: project=50/s:200, key=... or entity=...; empty resets."
        ),
    ] = None,
    log_payloads: Annotated[
        bool | None, typer.Option("--log-payloads/--no-log-payloads", help="Keep calls' input and output in the log.")
    ] = None,
    log_chars: Annotated[int | None, typer.Option(help="Keep so many characters of each. 0 resets.", min=0)] = None,
    log_days: Annotated[int | None, typer.Option(help="Keep calls so many days. 0 resets.", min=0)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a project's rate and log settings; with options, change them first.

    Example: composio server projects settings shop --rate entity=5/s:20 --log-days 90
    """
    import json
    from dataclasses import asdict, replace

    from composio_server.services.upkeep import Upkeep

    services = open_services()
    project_id = find_project(services, project)
    before = Upkeep.of(services.projects.settings(project_id))
    pairs = dict(one.partition("=")[::2] for one in rate or ())
    chosen = replace(
        before,
        rates={**before.rates, **{kind.strip(): text.strip() for kind, text in pairs.items()}},
        log_payloads=before.log_payloads if log_payloads is None else log_payloads,
        log_chars=before.log_chars if log_chars is None else log_chars or None,
        log_days=before.log_days if log_days is None else log_days or None,
    ).check()
    if chosen != before:
        services.projects.change_settings(project_id, chosen.as_settings())
    shown = asdict(Upkeep.of(services.projects.settings(project_id)))
    services.database.close()
    if as_json:
        typer.echo(json.dumps(shown))
        return
    rates = ", ".join(f"{kind} {text}" for kind, text in shown["rates"].items()) or "the server's"
    typer.echo(f"Rates: {rates}")
    kept = f"kept, up to {shown['log_chars'] or 4_000:,} characters of each" if shown["log_payloads"] else "not kept"
    typer.echo(f"Input and output: {kept}")
    typer.echo(f"Calls are kept: {shown['log_days'] or 30} days")


@projects.command("delete")
def delete_one_project(
    project: Annotated[str, typer.Argument(help="The project's id or name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Delete a project permanently: its keys, connections, files and logs, and the key that encrypts its secrets.

    Example: composio server projects delete shop
    """
    import json

    from composio_server.services.deleting import delete_project

    services = open_services()
    found = services.projects.get(find_project(services, project))
    assert found is not None  # it was listed a moment ago
    same = [one for one in services.projects.list_projects() if one.name == project]
    if len(same) > 1:
        raise InvalidRequest(
            f"{len(same)} projects are called {project!r}; name one by its id: {', '.join(one.id for one in same)}."
        )
    if not yes:
        typed = typer.prompt(f"This deletes all data of {found.name!r} ({found.id}). Type its name to delete it")
        if typed != found.name:
            raise InvalidRequest("That is not its name; nothing was deleted.")
    gone = delete_project(services, found.id, actor=actor())
    services.database.close()
    typer.echo(json.dumps(gone) if as_json else f"Deleted {found.name!r}: {sum(gone.values()):,} rows of {len(gone)} tables.")


@keys.command("create")
def create_key(
    project: Project = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "key",
    scope: Annotated[list[Scope] | None, typer.Option(help="A scope of the key; all scopes if none is given.")] = None,
    days: Annotated[float | None, typer.Option(help="Days until it expires; never if none is given.", min=0.001)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Create an API key and print it. It is not shown again.

    Example: composio server keys create --name ci --scope execute --days 90
    """
    import json

    services = open_services()
    expires = None if days is None else time.time() + days * 86_400
    key, secret = services.keys.create(find_project(services, project), name, scope or [Scope.ADMIN], expires_at=expires)
    typer.echo(json.dumps({**_describe(key), "key": secret.reveal()}) if as_json else secret.reveal())


@keys.command("list")
def list_keys(project: Project = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List a project's keys, without their secrets, which are not stored.

    Example: composio server keys list
    """
    import json

    services = open_services()
    found = [_describe(key) for key in services.keys.list_keys(find_project(services, project))]
    if as_json:
        typer.echo(json.dumps(found))
        return
    for key in found:
        ended = " revoked" if key["revoked_at"] else ""
        typer.echo(f"{key['id']}  {key['name']}  {','.join(key['scopes'])}{ended}")


@keys.command("revoke")
def revoke_key(key_id: str, project: Project = None) -> None:
    """Revoke a key immediately.

    Example: composio server keys revoke 3k9...
    """
    services = open_services()
    if not services.keys.revoke(find_project(services, project), key_id):
        raise InvalidRequest(f"The project has no key {key_id!r}. `composio server keys list` shows its keys.")
    typer.echo(f"Revoked {key_id}.")


def _describe(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "used_at": key.used_at,
    }
