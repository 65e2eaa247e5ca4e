"""Which of an app's schemes an operation takes, by what its description says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel, AuthScheme
from composio.model.credentials import Credentials

__all__ = ["Wanted", "describe_needed", "fits", "narrow", "read_wanted"]

Wanted = tuple[tuple[str, ...], ...] | None
"""As :attr:`HttpBinding.security`."""

# Whose values somebody typed: another scheme of that kind can be signed with them.
_TYPED = frozenset({"API_KEY", "BASIC", "BEARER_TOKEN"})


def read_wanted(action: ActionModel) -> Wanted:
    """What an action's description says; None for Python functions."""
    return action.binding.security if isinstance(action.binding, HttpBinding) else None


def fits(scheme: AuthScheme, wanted: Wanted) -> bool:
    """Whether a scheme serves an operation. One that stands for nothing of the description serves all of them."""
    if wanted is None or not scheme.security:
        return True
    return any(names and set(names) <= set(scheme.security) for names in wanted)


def narrow(app: AppModel, credentials: Credentials, wanted: Wanted) -> Credentials:
    """``credentials`` without the parts that the operation does not ask for, where one of the app's schemes is all that it does."""
    scheme = credentials.scheme
    if scheme is None or not wanted or not scheme.security or set(scheme.security) in map(set, wanted):
        return credentials
    for names in wanted:
        for other in app.auth_schemes:
            if names and set(other.security) == set(names) and _can_sign(other, scheme, credentials.values):
                return replace(credentials, scheme=other)
    return credentials


def _can_sign(other: AuthScheme, scheme: AuthScheme, values: Mapping[str, str]) -> bool:
    known = other.auth_mode == scheme.auth_mode or other.auth_mode in _TYPED
    return known and set(other.security) <= set(scheme.security) and all(f.name in values for f in other.fields if f.required)


def describe_needed(app: AppModel, wanted: Wanted) -> tuple[str, list[AuthScheme]]:
    """What an operation wants, in words, and the app's schemes that are that."""
    alternatives = [" and ".join(names) for names in wanted or () if names]
    return " or ".join(alternatives), [scheme for scheme in app.auth_schemes if scheme.security and fits(scheme, wanted)]
