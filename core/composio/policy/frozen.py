"""``composio.lock``: reviewed definitions of actions, and a backend that uses no others.

A definition is what a model reads of an action and what is sent for it. API descriptions and MCP servers change without a
change to the program. With a lock file, the program fails instead of using a definition that nobody has reviewed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from composio.backend import ActionQuery, Backend
from composio.errors import InvalidRequest
from composio.model.action import ActionModel, FunctionBinding
from composio.model.call import CALLING, NOTHING_LOCAL, Local, Outcome, ToolCall
from composio.model.dump import dump

__all__ = ["LOCK", "FrozenBackend", "Lock", "LockChange", "digest_action", "find_changes", "freeze", "make_lock", "read_lock"]

LOCK: Final = "composio.lock"
_VERSION: Final = 1
_TOLD: Final = 5
_MOST_KNOWN: Final = 5_000


def digest_action(action: ActionModel) -> str:
    """Hash a definition: what a model reads, and what is sent."""
    said = {name: getattr(action, name) for name in ("slug", "app", "description", "parameters", "binding", "scopes", "tags")}
    text = json.dumps(dump({**said, "validation": dict(action.validation)}), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class LockChange:
    """How an action differs from the lock file: ``added``, ``removed`` or ``changed``."""

    app: str
    action: str
    change: str

    def listing(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {"app": self.app, "action": self.action, "change": self.change}


@dataclass(frozen=True, slots=True)
class Lock:
    """The digests of the actions of some apps, by app."""

    apps: Mapping[str, Mapping[str, str]]

    def to_text(self) -> str:
        """Return the content of the file: sorted, one action per line, for readable diffs."""
        return json.dumps({"version": _VERSION, "apps": self.apps}, indent=1, sort_keys=True) + "\n"


def read_lock(file: Path | str) -> Lock:
    """Read a lock file. Raises ``InvalidRequest`` if it does not exist or is invalid."""
    path = Path(file).expanduser()
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidRequest(f"{path} can't be read: {error.strerror}. `composio apps lock APP...` writes one.") from None
    except (ValueError, RecursionError):
        found = None
    apps = found.get("apps") if isinstance(found, dict) and found.get("version") == _VERSION else None
    if not isinstance(apps, dict) or not all(isinstance(one, dict) for one in apps.values()):
        raise InvalidRequest(f"{path} is not a lock of this version. `composio apps lock APP...` writes one.")
    return Lock(apps)


async def make_lock(backend: Backend, apps: Sequence[str]) -> Lock:
    """Lock every action of ``apps``. Raises ``AppNotFound``."""
    found: dict[str, dict[str, str]] = {}
    for name in apps:
        app = await backend.app(name)
        every = await backend.actions(ActionQuery(apps=(app.key,), everything=True))
        found[app.key] = {one.key: digest_action(one) for one in every}
    return Lock(found)


async def find_changes(backend: Backend, lock: Lock) -> list[LockChange]:
    """List the differences from ``lock`` for the apps in it."""
    now = (await make_lock(backend, list(lock.apps))).apps
    found = []
    for app, locked in lock.apps.items():
        for name in sorted({*locked, *now[app]}):
            if name not in now[app]:
                found.append(LockChange(app, name, "removed"))
            elif name not in locked:
                found.append(LockChange(app, name, "added"))
            elif locked[name] != now[app][name]:
                found.append(LockChange(app, name, "changed"))
    return found


class FrozenBackend:
    """A ``backend`` that offers and runs actions only if they match ``lock``. Everything else is delegated."""

    def __init__(self, backend: Backend, lock: Lock) -> None:
        self._backend, self._lock = backend, lock
        self._known: dict[int, ActionModel] = {}  # definitions that were checked, by identity: they are immutable

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_backend":
            raise AttributeError(name)
        return getattr(self._backend, name)

    async def actions(self, query: ActionQuery) -> list[ActionModel]:
        """Return the requested definitions. Raises ``InvalidRequest`` if one differs from the lock file."""
        found = await self._backend.actions(query)
        self._check(found)
        return found

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        return await self._backend.execute(call, await self._find(call, local))

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Like :meth:`execute`, for synchronous callers."""
        return self._backend.execute_sync(call, self._backend.run(lambda: self._find(call, local)))

    async def _find(self, call: ToolCall, local: Local) -> Local:
        if local.action is not None:
            self._check([local.action])
            return local
        (found,) = await self._backend.actions(ActionQuery(names=(call.action,)))
        self._check([found])
        return replace(local, action=found)  # the object that was checked

    def _check(self, actions: Iterable[ActionModel]) -> None:
        wrong = [one for one in actions if self._known.get(id(one)) is not one and not self._is_locked(one)]
        if wrong:
            named = ", ".join(one.slug for one in wrong[:_TOLD]) + (
                f" and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
            )
            raise InvalidRequest(
                f"{named}: differs from composio.lock, and frozen= allows nothing else. `composio apps diff` shows what changed;"
                " `composio apps lock` updates the lock."
            )

    def _is_locked(self, action: ActionModel) -> bool:
        if isinstance(action.binding, FunctionBinding) and (
            CALLING in action.binding.injected or action.app not in self._lock.apps
        ):
            return True  # code of this program or of Composio, which is versioned with it
        if self._lock.apps.get(action.app, {}).get(action.key) != digest_action(action):
            return False
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[id(action)] = action
        return True


def freeze(backend: Backend, lock: Lock) -> Backend:
    """Return ``backend``, pinned to ``lock``."""
    return cast("Backend", FrozenBackend(backend, lock))  # __getattr__ supplies the rest, which no protocol can express
