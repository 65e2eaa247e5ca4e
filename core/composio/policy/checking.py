"""Find names in a policy that match nothing: a misspelt rule restricts nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from composio.backend import ActionQuery, Backend
from composio.errors import ActionNotFound, AppNotFound, nearest
from composio.policy.policy import Policy

__all__ = ["Unmatched", "find_unmatched"]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name or pattern in a rule that matches no known action or app. ``suggestions`` are the nearest known names."""

    rule: str
    name: str
    suggestions: Sequence[str] = ()

    def __str__(self) -> str:
        hint = f" Did you mean {', '.join(self.suggestions)}?" if self.suggestions else ""
        return f"{self.rule}: no action or app is named {self.name}.{hint}"


async def find_unmatched(backend: Backend, policy: Policy) -> list[Unmatched]:
    """List the names in ``policy`` that match no action and no app of ``backend``, each with its rule."""
    keys = [one.key for one in await backend.apps()]
    found: list[Unmatched] = []
    for rule in policy.rules:
        for pattern in rule.patterns:
            suggestions = await _suggest(backend, keys, pattern)
            if suggestions is not None:
                found.append(Unmatched(str(rule), pattern, suggestions))
        apps = rule.named.get("app", ())
        found += [
            Unmatched(str(rule), name, nearest(name, keys)) for name in apps if not any(fnmatchcase(key, name) for key in keys)
        ]
    return found


async def _suggest(backend: Backend, keys: Sequence[str], pattern: str) -> Sequence[str] | None:
    """Return None if the action exists; otherwise the nearest names."""
    if not any(sign in pattern for sign in "*?["):
        try:
            await backend.actions(ActionQuery(names=(pattern,)))
        except ActionNotFound as error:
            return error.suggestions
        return None
    apps = [key for key in keys if _may_begin(pattern, f"{key.upper()}_")]
    for key in apps:
        try:
            actions = await backend.actions(ActionQuery(apps=(key,), everything=True))
        except AppNotFound:
            continue
        if any(fnmatchcase(name, pattern) for one in actions for name in one.names):
            return None
    return [] if apps else [f"{key.upper()}_*" for key in nearest(pattern.partition("_")[0], keys)]


def _may_begin(pattern: str, start: str) -> bool:
    """Return whether names that begin with ``start`` may match a pattern."""
    fixed = pattern[: min((at for sign in "*?[" if (at := pattern.find(sign)) >= 0), default=len(pattern))]
    return start.startswith(fixed) or fixed.startswith(start)
