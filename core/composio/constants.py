"""v0.7's home of the default entity's id."""

from __future__ import annotations

from composio.model.call import DEFAULT_ENTITY as DEFAULT_ENTITY_ID

__all__ = ["DEFAULT_ENTITY_ID"]
