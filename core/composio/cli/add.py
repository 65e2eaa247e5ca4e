"""``composio add``: connect an app, from the shell."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composio.cli import fields as typed
from composio.cli.browser import connect_in_browser
from composio.cli.output import note, print_json, say
from composio.cli.session import Session
from composio.errors import AuthorizationError, ComposioError, ConfigurationError, InvalidRequest

if TYPE_CHECKING:
    from composio.model.app import AppModel
    from composio.model.connection import Connection, NewConnection
    from composio.model.secret import SecretValues

__all__ = ["add"]

_OAUTH = ("OAUTH2", "OAUTH1")
_CLIENT = ("client_id", "client_secret")


@dataclass(frozen=True)
class _Asked:
    """The command's arguments."""

    session: Session
    app: AppModel
    entity_id: str
    auth_mode: str | None
    integration_id: str | None
    scopes: tuple[str, ...]
    labels: tuple[str, ...]
    values: SecretValues
    browser: bool
    timeout: float
    as_json: bool


def add(
    ctx: typer.Context,
    app: Annotated[str, typer.Argument(metavar="APP", help="The app to connect; `composio apps` lists apps.")],
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead of opening it.")] = False,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", "-s", help="A scope to request instead of the default ones; repeatable.")
    ] = None,
    entity_id: Annotated[
        str | None, typer.Option("--entity-id", "-e", help="The entity to connect. Default: the default entity.")
    ] = None,
    auth_mode: Annotated[
        str | None, typer.Option("--auth-mode", "-a", help="The auth scheme: OAUTH2, API_KEY, BASIC, BEARER_TOKEN ...")
    ] = None,
    integration_id: Annotated[
        str | None, typer.Option("--integration-id", "-i", help="The integration. Default: an existing one, or a new one.")
    ] = None,
    labels: Annotated[list[str] | None, typer.Option("--label", "-l", help="A label for it; repeatable.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Connect even if an active connection exists.")] = False,
    field: Annotated[list[str] | None, typer.Option("--field", help=typed.FIELD_HELP)] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=1, help="How many seconds to wait for the browser.")] = 600,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Connect an app: in the browser for OAuth, else with values from prompts or options.

    Example: composio add github --entity-id alice
    """
    from composio.client.arguments import entity
    from composio.model.call import DEFAULT_ENTITY

    session = Session.of(ctx)
    for option, given in (("--scope", scopes), ("--label", labels)):
        if any(not one.strip() for one in given or ()):
            ctx.fail(f"{option}: expected a name, got an empty one.")
    try:
        values = typed.read_fields(field or ())
    except InvalidRequest as error:
        ctx.fail(str(error))
    session.hide(*(value for name, value in values.items() if typed.is_secret(name)))
    backend = session.backend
    found = backend.run(lambda: backend.app(app))
    asked = _Asked(
        session,
        found,
        DEFAULT_ENTITY if entity_id is None else entity(entity_id),
        auth_mode,
        integration_id,
        tuple(scopes or ()),
        tuple(labels or ()),
        values,
        not no_browser,
        timeout,
        as_json,
    )
    if found.no_auth and auth_mode is None and integration_id is None:
        note(_nothing_to_connect(found))
        return
    known = None if force else _find_known(asked)
    if known is not None:
        _print_known(asked, known)
    else:
        _connect(asked)


def _nothing_to_connect(app: AppModel) -> str:
    if app.auth_schemes:
        return f"{app.key} needs no connection: its actions work as they are."
    return (
        f"{app.key} has no auth scheme, so its calls are sent without credentials. If the API needs credentials: add it again"
        f" with `composio apps add {app.key} --spec ... --auth bearer` (or basic, header:NAME, query:NAME, oauth2:...), or declare"
        " auth_schemes in its integration.yaml."
    )


def _find_known(asked: _Asked) -> Connection | None:
    """Return the existing active connection."""
    accounts, run = asked.session.backend.accounts, asked.session.backend.run
    known = run(
        lambda: accounts.connections(
            app=asked.app.key,
            entity_ids=(asked.entity_id,),
            integration_id=asked.integration_id,
            labels=asked.labels,
            active=True,
        )
    )
    wanted = (asked.auth_mode or "").strip().upper()
    return next((one for one in known if wanted in ("", one.auth_mode, one.scheme.upper())), None)


def _print_known(asked: _Asked, known: Connection) -> None:
    if asked.as_json:
        _print_result(known, existing=True)
    else:
        say(f"{known.app} is already connected for entity {known.entity_id}: {known.id} ({known.auth_mode})")
        note("Nothing changed. --force adds another connection; calls use the newest active one.")


def _connect(asked: _Asked) -> None:
    backend = asked.session.backend
    request = _request(asked)
    try:
        started = backend.run(lambda: backend.accounts.initiate(request))
    except ConfigurationError as error:
        raise _with_hint(asked, request, error) from None
    connection = started.connection
    if started.redirect_url is not None:
        connection = connect_in_browser(asked.session, asked.app, started, browser=asked.browser, timeout=asked.timeout)
    if not connection.is_usable:
        raise AuthorizationError(_why_not(asked, connection))
    warning = _check(asked, connection)
    if asked.as_json:  # reload it: the test may have changed it
        _print_result(backend.run(lambda: backend.accounts.connection(connection.id)), warning=warning)
        return
    say(f"{_mark()} {connection.app} added successfully with ID: {connection.integration_id}")
    say(f"  Connection: {connection.id} (entity {connection.entity_id}, {connection.auth_mode})")
    if warning:
        note(f"Warning: {warning}")


def _request(asked: _Asked) -> NewConnection:
    """Build the request for the backend from complete values."""
    from composio.model.app import unmistakable
    from composio.model.connection import NewConnection

    accounts, run = asked.session.backend.accounts, asked.session.backend.run
    mode = asked.auth_mode or (None if asked.integration_id else _find_meant(asked.app, tuple(asked.values)))
    scheme, customer = run(
        lambda: accounts.expected_fields(asked.app.key, mode, integration_id=asked.integration_id, customer=True)
    )
    values = asked.values
    developers = {f.name for f in scheme.fields if not f.expected_from_customer} - {f.name for f in customer}
    developers |= set(_CLIENT) if scheme.auth_mode in _OAUTH else set()
    if asked.integration_id and (theirs := sorted(developers & set(values))):
        raise InvalidRequest(
            f"--field {theirs[0]}: an integration has its own, so leave it out, or leave --integration-id out and make another."
        )
    missing = [f for f in customer if f.required and f.default is None and f.name not in values]
    if missing:  # otherwise the receiver of the values reports it
        typed.check_known(
            values, f"{asked.app.key}: a connection with {scheme.auth_mode}", {f.name for f in scheme.fields} | developers
        )
    if missing and not typed.interactive():
        raise typed.missing_fields(asked.app.key, scheme.auth_mode, missing)
    if missing:
        note(f"Connecting {asked.app.name} with {scheme.auth_mode}.")
        answers = typed.ask(missing)
        asked.session.hide(*(value for name, value in answers.items() if typed.is_secret(name)))
        values = values | answers
    return NewConnection(
        entity_id=asked.entity_id,
        app=asked.app.key,
        integration_id=asked.integration_id,
        # The scheme whose fields were prompted for, if the integration does not name one.
        auth_mode=None if asked.integration_id else unmistakable(scheme),
        config={name: value for name, value in values.items() if name in developers},
        values={name: value for name, value in values.items() if name not in developers},
        scopes=asked.scopes or None,
        labels=asked.labels,
    )


def _find_meant(app: AppModel, given: Sequence[str]) -> str | None:
    """Guess the scheme from the given fields if none is named."""
    from composio.model.app import unmistakable

    if not given:
        return None
    schemes = list(app.auth_schemes)
    if set(given) & set(_CLIENT):
        schemes.sort(key=lambda one: one.auth_mode not in _OAUTH)
    for scheme in schemes:
        own = {field.name for field in scheme.fields} | (set(_CLIENT) if scheme.auth_mode in _OAUTH else set())
        if set(given) <= own:
            return unmistakable(scheme)
    return None


def _with_hint(asked: _Asked, request: NewConnection, error: ConfigurationError) -> ConfigurationError:
    """Return the error, with the command to set a missing OAuth client."""
    wanted = next((one for one in asked.app.auth_schemes if request.auth_mode in (one.name, one.auth_mode)), None)
    if wanted is None or wanted.auth_mode not in _OAUTH or "client_id" in request.config or request.integration_id:
        return error
    key = asked.app.key
    lines = [str(error), f"From the shell: composio add {key} --field client_id=... --field client_secret=@FILE"]
    other = next((one for one in asked.app.auth_schemes if one.auth_mode not in (*_OAUTH, "NO_AUTH")), None)
    if other is not None:
        lines.append(f"Without OAuth: composio add {key} --auth-mode {other.auth_mode}")
    return ConfigurationError("\n".join(lines))


def _why_not(asked: _Asked, connection: Connection) -> str:
    why = f": {connection.error.rstrip('.')}" if connection.error else f" (it is {connection.status})"
    return f"{asked.app.key} was not connected{why}. Try again: composio add {asked.app.key}"


def _check(asked: _Asked, connection: Connection) -> str | None:
    """Test the new connection; returns the app's complaint, if any."""
    backend = asked.session.backend
    try:
        backend.run(lambda: backend.accounts.check_connection(connection.id))
    except ComposioError as error:
        return asked.session.redact(
            f"it is stored, but trying it failed: {error} Remove it with `composio connections remove {connection.id}` "
            "if what you gave was wrong."
        )
    return None


def _mark() -> str:
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    return "✔" if encoding.replace("-", "").startswith("utf") else "OK:"


def _print_result(connection: Connection, *, existing: bool = False, warning: str | None = None) -> None:
    result: dict[str, Any] = {
        "connection": connection.listing(),
        "integration_id": connection.integration_id,
        "existing": existing,
        "warning": warning,
    }
    print_json(result)
