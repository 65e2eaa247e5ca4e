"""Notes to read before calling a tool, and the order in which to call tools, derived from their definitions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from composio.discovery.names import CONNECT, EXECUTE
from composio.discovery.status import Status
from composio.model.action import ActionModel, HttpBinding

__all__ = ["find_pitfalls", "plan_steps", "read_known"]

_PAGES = frozenset(
    {"page", "cursor", "page_token", "pagetoken", "offset", "after", "starting_after", "start_cursor", "startat"}
)
_IS_ID = re.compile(r"(?:^|_)(?:id|ids|gid|uuid|key|sha|number|owner|repo|channel)$|(?<=[a-z])Ids?$")
_MOST = 6
_LISTED = 5


def read_known(known_fields: str) -> frozenset[str]:
    """Return the names in ``name:value, name:value``, in lower case."""
    parts = (part.partition(":")[0].strip().lower() for part in known_fields.split(","))
    return frozenset(part for part in parts if part)


def find_pitfalls(actions: Sequence[ActionModel], known: Collection[str]) -> list[str]:
    """Return likely mistakes with ``actions``, the likeliest first."""
    found: list[str] = []
    for action in actions:
        binding = action.binding
        if action.deprecated:
            found.append(f"{action.slug} is deprecated: take it only if nothing else does this.")
        if isinstance(binding, HttpBinding) and binding.method == "DELETE":
            found.append(f"{action.slug} deletes: ask the user before calling it.")
        if needed := _find_required_ids(action, known):
            found.append(
                f"{action.slug} needs {', '.join(needed[:_LISTED])}: take them from the user or another tool, never guess."
            )
        if any(name.lower() in _PAGES for name in action.parameters.properties):
            found.append(f"{action.slug} answers in pages: `_more.next` holds the arguments for what follows.")
    return list(dict.fromkeys(found))[:_MOST]


def _find_required_ids(action: ActionModel, known: Collection[str]) -> list[str]:
    return [name for name in action.parameters.required if _IS_ID.search(name) and name.lower() not in known]


def plan_steps(chain: Sequence[ActionModel], statuses: Iterable[Status], known: Collection[str]) -> list[str]:
    """Return the steps of a task, in words that name the tools."""
    steps = [f'{CONNECT} with toolkits ["{one.app}"]: not connected yet.' for one in statuses if not one.is_connected]
    for at, action in enumerate(chain):
        needed = _find_required_ids(action, known)
        what = (action.display_name or action.slug).rstrip(".")
        if at + 1 < len(chain) and not needed:
            steps.append(f"{EXECUTE} with {action.slug}: {what}; the next step may need what it finds.")
        else:
            of = f", with {', '.join(needed[:_LISTED])} from the user or an earlier step" if needed else ""
            steps.append(f"{EXECUTE} with {action.slug}: {what}{of}.")
    return steps
