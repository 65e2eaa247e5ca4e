"""Step 1: a name to the action it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from composio.errors import ActionNotFound, nearest
from composio.model.action import ActionModel

__all__ = ["Source", "resolve"]

_MOST = 3  # names that are suggested
_SLIP, _FAR = 0.8, 0.3  # how alike names are that differ by a slip, and those that have something in common

# Looks a name up; None where it does not know it, ActionNotFound where it knows that nobody does.
Source = Callable[[str], ActionModel | None]


def resolve(name: str, sources: Sequence[Source], known: Callable[[], Iterable[str]] = tuple) -> ActionModel:
    """The action of that name, from the first source that knows it. Raises ``ActionNotFound`` with the nearest names.

    ``known`` gives names that no source suggests by itself: those of the user's own functions.
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
    # Whoever knows why a name is unknown has chosen what to suggest. The others go by what its words mean, which spelling does
    # not show; of the user's functions, none of which they know, those come first that are hardly spelled otherwise.
    own = [] if why else nearest(name, known(), cutoff=_SLIP if suggested else _FAR)
    raise ActionNotFound(name, tuple(dict.fromkeys((*own, *suggested)))[:_MOST], hint=hint, why=why)
