"""The fields of a scheme: who supplies them, and which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from composio.errors import ConfigurationError, InvalidRequest, MissingFields, nearest
from composio.model.app import AUTH_MODES, AppModel, AuthField, AuthScheme
from composio.model.connection import Integration
from composio.model.kept import defaults as kept_defaults
from composio.model.secret import SecretValues

__all__ = [
    "OAUTH",
    "check",
    "client_fields",
    "customer_fields",
    "missing",
    "require",
    "scheme_named",
    "scheme_of",
    "stored_scheme",
    "with_defaults",
]

OAUTH = frozenset({"OAUTH1", "OAUTH2"})
_CLIENT = (
    AuthField("client_id", "Client ID", "The id of your OAuth client, as the provider shows it."),
    AuthField("client_secret", "Client secret", "The secret of your OAuth client.", required=False),
)


def scheme_named(app: AppModel, wanted: str) -> AuthScheme:
    """Return the app's scheme by mode, such as ``OAUTH2``, or by name. Raises ``InvalidRequest`` with the existing ones."""
    asked = wanted.strip()
    named = [scheme for scheme in app.auth_schemes if scheme.name == asked]
    moded = [scheme for scheme in app.auth_schemes if scheme.auth_mode == asked.upper()]
    # A mode never selects a scheme that merely has that name.
    if asked.upper() in AUTH_MODES and (asked == asked.upper() or not named):
        found = moded
    else:
        found = named or [scheme for scheme in app.auth_schemes if scheme.name.upper() == asked.upper()]
    if found:
        return found[0]
    if asked.upper() in {"NO_AUTH", f"{app.key}_no_auth".upper()} and app.no_auth:
        return AuthScheme(f"{app.key}_no_auth", "NO_AUTH")
    modes = list(dict.fromkeys(scheme.auth_mode for scheme in app.auth_schemes)) or ["NO_AUTH"]
    guess = nearest(wanted, [str(mode) for mode in modes], 1)
    hint = f" Did you mean {guess[0]}?" if guess else ""
    raise InvalidRequest(f"{app.key} has no auth scheme {wanted!r}.{hint} It has {', '.join(modes)}.")


def scheme_of(app: AppModel, integration: Integration) -> AuthScheme:
    """Return the scheme of an integration. Raises ``ConfigurationError`` if the app's definition lost it."""
    found = stored_scheme(app, integration.scheme, integration.auth_mode)
    if found is None:
        raise ConfigurationError(
            f"The integration {integration.id} connects with {integration.scheme} ({integration.auth_mode}), which the"
            f" integration.yaml of {app.key} has no more. Put it back there, or make an integration with another scheme."
        )
    return found


def stored_scheme(app: AppModel, name: str, mode: str) -> AuthScheme | None:
    """Return the scheme of a stored connection or integration; None if the app's definition lost it.

    A scheme of the same mode counts if it replaces the description's scheme with the old name.
    """
    of_mode = [scheme for scheme in app.auth_schemes if scheme.auth_mode == mode]
    found = next((scheme for scheme in of_mode if scheme.name == name), None)
    found = found or next((scheme for scheme in of_mode if scheme.security == (name,)), None)
    if found is None and mode == "NO_AUTH" and app.no_auth:
        return AuthScheme(name, "NO_AUTH")
    return found


def client_fields(scheme: AuthScheme) -> tuple[AuthField, ...]:
    """Return the developer's fields of an integration: the OAuth client, and any field of the scheme."""
    own = {one.name for one in scheme.fields}
    return (*(f for f in _CLIENT if scheme.auth_mode in OAUTH and f.name not in own), *scheme.fields)


def customer_fields(scheme: AuthScheme, client: Mapping[str, str]) -> tuple[AuthField, ...]:
    """Return the customer's fields: those that the integration does not set."""
    return tuple(one for one in scheme.fields if one.expected_from_customer and one.name not in client)


def check(app: AppModel, values: Mapping[str, Any], known: Iterable[AuthField], what: str) -> SecretValues:
    """Check ``values`` and return strings. Raises ``InvalidRequest`` for an unknown name or an invalid value."""
    by_name = {one.name: one for one in known}
    given, values = SecretValues(), SecretValues.of(values)
    for name in values:  # tracebacks show a frame's variables: no value gets a variable of its own
        field = by_name.get(name)
        if field is None:
            guess = nearest(name, by_name, 1)
            hint = f" Did you mean {guess[0]!r}?" if guess else ""
            listed = ", ".join(by_name) or "none"
            raise InvalidRequest(f"{app.key}: {what} has no field {name!r}.{hint} It has {listed}.")
        if problem := _problem(field, values[name]):
            raise InvalidRequest(f"{app.key}: the field {name!r} {problem}.")
        given = given | {name: _type(field, values[name])}
    return given


def _type(field: AuthField, value: str) -> str:
    text = value.strip() if field.type != "string" else value
    return text.lower() if field.type == "boolean" else text


def _problem(field: AuthField, value: str) -> str | None:
    """Describe what is wrong with a value, without showing it."""
    text = _type(field, value)
    fits = {
        "boolean": lambda: text in {"true", "false"},
        "integer": lambda: text.lstrip("+-").isdecimal(),
        "number": lambda: _is_number(text),
    }.get(field.type, lambda: True)()
    if not fits:
        return f"takes {_A[field.type]}; the value is not"
    if field.choices and text not in field.choices:
        return f"takes one of {', '.join(field.choices)}; the value is not one of them"
    if any(ord(c) < 32 and c not in "\n\t\r" for c in text):
        return "holds a control character; copy it again"
    return None


_A = {"boolean": "true or false", "integer": "a whole number", "number": "a number"}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def missing(fields: Iterable[AuthField], values: Mapping[str, str]) -> dict[str, str]:
    """Return the required fields that are empty and have no default, each with its description.

    A password may be explicitly empty: then the user name is the key, as in Stripe's API.
    """
    has_name = bool(values.get("username", "").strip())
    return {
        one.name: one.about
        for one in fields
        if one.required
        and one.default is None
        and not values.get(one.name, "").strip()
        and not (one.name == "password" and has_name and one.name in values)
    }


def require(app: AppModel, whose: str, fields: Iterable[AuthField], values: Mapping[str, str], *, hint: str = "") -> None:
    """Raise ``MissingFields`` if a field is missing; ``hint`` says where to supply it."""
    if left := missing(fields, values):
        raise MissingFields(app.key, whose, left, hint=hint)


def with_defaults(scheme: AuthScheme, values: SecretValues) -> SecretValues:
    """Return ``values``, completed with stored values and defaults."""
    declared = kept_defaults(scheme.extra) | {one.name: one.default for one in scheme.fields if one.default is not None}
    defaults = {name: value for name, value in declared.items() if not values.get(name)}
    return SecretValues(defaults) | {k: v for k, v in values.items() if k not in defaults} if defaults else values
