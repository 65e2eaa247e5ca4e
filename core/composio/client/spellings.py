"""Read the arguments of connecting users, in every documented spelling, for a backend.

Source: documentation pages "Integrations Setup", "Connecting Users Overview" and "White-labelling", which use several names for
one thing, and v0.7's signatures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from composio.client.arguments import ActionLike, AppLike, Many, action_name, app_name, read_list
from composio.errors import InvalidRequest
from composio.model.connection import Connection, Integration, NewConnection, NewIntegration
from composio.model.secret import SecretValues, kind_of, unveil

__all__ = [
    "choose_integration",
    "config_of",
    "connection_id",
    "integration_id",
    "labels_of",
    "mode_of",
    "new_connection",
    "new_integration",
    "one_of",
    "optional_app",
    "texts_of",
    "url_of",
    "values_of",
]

T = TypeVar("T")


def one_of(**spellings: T | None) -> T | None:
    """Return the one given value out of several names. Raises if two names have different values."""
    given = {name: value for name, value in spellings.items() if value is not None}
    if not given:
        return None
    first, *others = given
    for other in others:
        if _fold(given[other]) != _fold(given[first]):
            raise InvalidRequest(f"{first}= and {other}= are two names for one thing, and say different ones; leave one out.")
    return given[first]


def _fold(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def mode_of(**spellings: Any) -> str | None:
    """Convert an auth mode such as ``OAUTH2`` to upper case. The backend checks whether the app has it."""
    mode = one_of(**spellings)
    if mode is None:
        return None
    if not isinstance(mode, str) or not mode.strip():
        name = next(name for name, value in spellings.items() if value is not None)
        raise InvalidRequest(f"{name} is the name of a scheme such as 'OAUTH2' or 'API_KEY'; got {mode!r:.60}.")
    return str(mode).strip().upper()


def optional_app(**spellings: Any) -> str | None:
    """Check an app's key or name under one of its parameter names."""
    app = one_of(**{name: None if value is None else app_name(value) for name, value in spellings.items()})
    return None if app is None else str(app)


def values_of(values: object, what: str) -> SecretValues:
    """Check the values that a user or developer filled in, a dict of strings, and hide them."""
    if values is None:
        return SecretValues()
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise InvalidRequest(f"{what} is a dict of field names and values, not {kind_of(values)}.")
    wrong = [name for name in values if isinstance(values[name], Mapping | list | tuple | set)]
    if wrong:
        raise InvalidRequest(f"{what}[{wrong[0]!r}] is one string; got {kind_of(values[wrong[0]])}.")
    return SecretValues.of(values)


def config_of(values: object) -> SecretValues:
    """Check ``auth_config``. Its scopes may be a list, as in v0.7."""
    scopes = unveil(values["scopes"]) if isinstance(values, Mapping) and "scopes" in values else None
    if not isinstance(values, Mapping) or not isinstance(scopes, list | tuple):
        return values_of(values, "auth_config")
    others = values_of({name: values[name] for name in values if name != "scopes"}, "auth_config")
    return others | {"scopes": " ".join(texts_of(scopes, "auth_config['scopes']") or ())}


def texts_of(values: object, what: str) -> tuple[str, ...] | None:
    """Convert None, one string or several to a list. A string may hold several scopes, split at spaces or commas."""
    if values is None:
        return None
    if isinstance(values, str):
        return tuple(re.split(r"[\s,]+", values.strip())) if values.strip() else ()
    if not isinstance(values, Iterable) or isinstance(values, Mapping | bytes):
        raise InvalidRequest(f"{what} is a list of texts, not {type(values).__name__}.")
    found = tuple(values)
    if not all(isinstance(one, str) and one for one in found):
        raise InvalidRequest(f"{what} is a list of texts that are not empty; got {found!r:.80}.")
    return tuple(str(one) for one in found)


def labels_of(labels: object) -> tuple[str, ...]:
    """Check labels of a connection: strings of your own. A single string is one label, including its spaces."""
    return (labels,) if isinstance(labels, str) and labels else texts_of(labels, "labels") or ()


def integration_id(integration: object) -> str:
    """Return the id of an integration, or the given id."""
    return _id(integration, Integration, "integration_id", "create_integration(...).id")


def connection_id(connection: object) -> str:
    """Return the id of a connection, or the given id."""
    return _id(connection, Connection, "connected_account_id", "connection_request.connectedAccountId")


def _id(value: object, kind: type[Any], name: str, example: str) -> str:
    found = getattr(value, "id", None) if isinstance(value, kind) else value
    if not isinstance(found, str) or not found.strip():
        raise InvalidRequest(f"{name} is a string, as {example} returns; got {value!r:.60}.")
    return found.strip()


def url_of(url: object, what: str) -> str | None:
    """Check a URL that a browser is redirected to."""
    if url is None:
        return None
    text = str(url)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        raise InvalidRequest(f"{what} is a whole URL such as 'https://yourapp.com/connected'; got {text!r:.80}.")
    return text


def new_integration(
    app: AppLike,
    *,
    auth_mode: str | None,
    auth_config: Mapping[str, Any] | None,
    use_composio_oauth_app: bool | None,
    force_new: bool,
    name: str | None = None,
    scopes: Many[str] | None = None,
    limited_actions: Many[ActionLike] | None = None,
) -> NewIntegration:
    """Build the request of ``create_integration``. The developer's client overrides the operator's shared one."""
    config = config_of(auth_config)
    limited = None if limited_actions is None else read_list(limited_actions, action_name, "limited_actions")
    return NewIntegration(
        app=app_name(app),
        auth_mode=auth_mode,
        config=config,
        name=name,
        use_composio_oauth_app=False if "client_id" in config else use_composio_oauth_app,
        scopes=texts_of(scopes, "scopes"),
        limited_actions=limited,
        force_new=force_new,
    )


def new_connection(
    entity_id: str,
    *,
    app: str | None = None,
    integration: Integration | str | None = None,
    integration_id_: str | None = None,
    auth_mode: str | None = None,
    auth_config: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    use_composio_oauth_app: bool | None = None,
    force_new_integration: bool = False,
    redirect_url: str | None = None,
    redirect_uri: str | None = None,
    scopes: Many[str] | None = None,
    labels: Many[str] | None = None,
) -> NewConnection:
    """Build the request of ``initiate_connection``. The developer's client overrides the operator's shared one."""
    new = {"force_new_integration": force_new_integration, "auth_config": auth_config is not None}
    config = config_of(auth_config)
    return NewConnection(
        entity_id=entity_id,
        app=app,
        integration_id=choose_integration(integration, integration_id_, app, new=new),
        auth_mode=auth_mode,
        config=config,
        values=values_of(params, "connected_account_params"),
        redirect_url=url_of(redirect_url, "redirect_url"),
        redirect_uri=url_of(redirect_uri, "redirect_uri"),
        scopes=texts_of(scopes, "scopes"),
        labels=labels_of(labels),
        use_composio_oauth_app=False if "client_id" in config else use_composio_oauth_app,
        force_new_integration=force_new_integration,
    )


def choose_integration(
    integration: Integration | str | None, integration_id_: str | None, app: str | None, *, new: Mapping[str, object]
) -> str | None:
    """Return the id of the integration for a connection; None to find or create one of ``app``.

    ``new`` maps names to the arguments for a new integration. Raises ``InvalidRequest`` if neither an integration nor an app is
    named, or if an integration is named together with one of ``new``.
    """
    wanted = one_of(
        integration_id=None if integration_id_ is None else integration_id(integration_id_),
        integration=None if integration is None else integration_id(integration),
    )
    if wanted is None and app is None:
        raise InvalidRequest("Say what to connect: integration_id=..., or app=App.GITHUB for an integration found or made.")
    what = next((name for name, value in new.items() if value), None)
    if wanted is not None and what is not None:
        raise InvalidRequest(
            f"{what}= is for a new integration; leave out integration_id=, or make one with create_integration."
        )
    return wanted
