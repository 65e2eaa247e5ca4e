"""Whom a name asks what it means: the client that the program made last, or one of this module's own."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from weakref import ref

__all__ = ["newest_client", "remember"]

_owners: list[ref[Any]] = []
_own: list[Any] = []


def remember(owner: object) -> None:
    """Let names ask the backend of ``owner`` for as long as it lives and none is made after it."""
    _owners[:] = [*(one for one in _owners if one() is not None), ref(owner)]


def newest_client() -> Any:
    """A ``Composio``: of the backend that the program opened last, else of the embedded one that ``COMPOSIO_HOME`` says."""
    client = import_module("composio.client.client").Composio
    for one in reversed(_owners):
        owner = one()
        if owner is not None:
            return owner if isinstance(owner, client) else client(backend=owner.backend)
    if not _own:
        _own.append(client())
    return _own[0]
