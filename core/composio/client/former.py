"""Names that v0.7 had and this version lacks. Reading one raises an error that says what to use instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from composio.errors import NotAvailable, nearest

__all__ = ["ExplainsFormer", "explains"]

_SERVER = "everything runs in this process, without a server and its keys"
_TOOLSET = {
    "get_tools_section": "pass what `get_tools(...)` gives to the agent itself",
    "workspace": "there are no workspaces: tools run in this process; run your agent in a container to confine it",
    "set_workspace_id": "there are no workspaces: tools run in this process; run your agent in a container to confine it",
}
_CLIENT = {
    "logs": "calls are not logged yet; register an observer plugin (the hook `observe`) to record them",
    **dict.fromkeys(
        (
            "validate_api_key",
            "generate_auth_key",
            "validate_auth_session",
        ),
        f"{_SERVER}; leave it out",
    ),
}
_COLLECTION = dict.fromkeys(("endpoint", "model"), "there is no server whose objects these are; use its methods")
_ACTIONS = {
    "create_file_upload": "pass a path inside `ComposioToolSet(upload_folder=...)`, or bytes, as the file argument",
}
_FORMER: Mapping[str, Mapping[str, str]] = {
    "ComposioToolSet": _TOOLSET,
    "Composio": _CLIENT,
    "Entity": {},
    "Actions": {**_ACTIONS, **_COLLECTION},
    **dict.fromkeys(("ActiveTriggers", "Apps", "ConnectedAccounts", "Integrations", "Triggers"), _COLLECTION),
}


def explains(cls: type, name: str) -> bool:
    """Return whether instances of ``cls`` say what replaces v0.7's ``name``."""
    return any(name in (*_FORMER.get(base.__name__, ()), *getattr(base, "EXPLAINED", ())) for base in cls.__mro__)


class ExplainsFormer:
    """Base of v0.7's classes here. Reading a removed name says what to use instead."""

    if not TYPE_CHECKING:  # a type checker must still reject unknown names

        def __getattr__(self, name: str) -> NoReturn:
            _explain_missing(type(self), name)


def _explain_missing(cls: type, name: str) -> NoReturn:
    """Raise an ``AttributeError`` that says what replaced v0.7's ``name``, or suggests the nearest name of the class."""
    former = next(_FORMER[base.__name__] for base in cls.__mro__ if base.__name__ in _FORMER)
    if name in former:
        raise NotAvailable(f"{cls.__name__}.{name} is v0.7's: {former[name]}.")
    close = [] if name.startswith("_") else nearest(name, [one for one in dir(cls) if not one.startswith("_")], 1)
    raise AttributeError(
        f"{cls.__name__!r} object has no attribute {name!r}." + (f" Did you mean {close[0]!r}?" if close else "")
    )
