"""Step 1: a name to the action it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from composio.errors import ActionNotFound
from composio.model.action import ActionModel

__all__ = ["Source", "resolve"]

# Looks a name up; None where it does not know it, ActionNotFound where it knows that nobody does.
Source = Callable[[str], ActionModel | None]


def resolve(name: str | ActionModel, sources: Sequence[Source]) -> ActionModel:
    """The action of that name, from the first source that knows it. Raises ``ActionNotFound`` with the nearest names."""
    if isinstance(name, ActionModel):
        return name
    if not name.strip():
        raise ActionNotFound(name)
    for source in sources:
        if (found := source(name)) is not None:
            return found
    raise ActionNotFound(name)
