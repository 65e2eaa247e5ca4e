"""Step 1: resolve a name to its action."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from composio.errors import ActionNotFound, nearest
from composio.model.action import ActionModel

__all__ = ["Source", "resolve"]

_MOST = 3  # names that are suggested
_SLIP, _FAR = 0.8, 0.3  # similarity of names that differ by a typo, and of related names

# Looks a name up. Returns None for an unknown name; raises ActionNotFound if no other source can know it.
Source = Callable[[str], ActionModel | None]


def resolve(name: str, sources: Sequence[Source], known: Callable[[], Iterable[str]] = tuple) -> ActionModel:
    """Return the action with that name from the first source that knows it. Raises ``ActionNotFound`` with the nearest names.

    ``known`` returns names that no source suggests: those of the user's own functions.
    """
    if not name.strip():
        raise ActionNotFound(name)
    suggested: tuple[str, ...] = ()
    hint = why = ""
    for source in sources:
        try:
            if (found := source(name)) is not None:
                return found
        except ActionNotFound as error:
            suggested += error.suggestions
            hint, why = hint or error.hint, why or error.why
    # A source that knows why a name is unknown has chosen the suggestions. Other sources suggest by meaning. They know none of the
    # user's functions, so functions with nearly the same spelling come first.
    own = [] if why else nearest(name, known(), cutoff=_SLIP if suggested else _FAR)
    raise ActionNotFound(name, tuple(dict.fromkeys((*own, *suggested)))[:_MOST], hint=hint, why=why)
