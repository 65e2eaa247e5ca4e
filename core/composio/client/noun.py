"""The base of the client's nouns: apps, actions, integrations, connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio.client.former import ExplainsFormer

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["Noun"]


class Noun(ExplainsFormer):
    """A noun that a client creates for its backend."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
