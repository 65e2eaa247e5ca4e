"""Which servers an app's calls go to, so that a description can't move them unnoticed.

A file per app in the home says which servers it had when it was last compiled. Where connections are stored and a description
from a URL names another one, credentials would be sent there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from composio.catalog.definition import AppDefinition
from composio.catalog.importers.servers import filled, is_foreign, origin
from composio.errors import ServerMoved, SpecError
from composio.model.action import ActionModel, HttpBinding, Server

__all__ = ["Hosts", "Judge", "Seen", "addresses_of"]


Judge = Callable[[str, str], str]
"""Called with an origin and who named it; says why it may not be reached, "" where it may."""


class Seen:
    """The servers of the actions of one description, as they are read."""

    def __init__(self) -> None:
        self.origins: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()
        """Those that nobody but the description named."""
        self._last: tuple[Server | None, str] = (None, "")

    def add(self, action: ActionModel) -> None:
        """Count an action's server."""
        if not isinstance(action.binding, HttpBinding) or not action.binding.servers:
            return
        server = action.binding.servers[0]
        if server is not self._last[0]:  # mostly it is that of the action before
            self._last = server, origin(filled(server.url, server.variables))
        if found := self._last[1]:
            self.origins[found] += 1
            if server.foreign and "{" not in found:  # whose values lead elsewhere is held to the public internet with each call
                self.foreign[found] += 1


class Hosts:
    """What is known of apps' servers. ``folder`` is where it is kept, ``connected`` counts the stored connections of an app."""

    def __init__(self, folder: Callable[[], Path], connected: Callable[[str], int], judge: Judge | None = None) -> None:
        self._folder, self._connected, self._judge = folder, connected, judge

    def refusal(self, url: str) -> str:
        """Why a URL that somebody else than the user names may not be reached; "" where it may."""
        return self._judge(url, "the provider") if self._judge is not None else ""

    def judge(self, definition: AppDefinition, seen: Seen, flows: Iterable[str] = ()) -> list[str]:
        """A line for each server that a description names and no call may reach.

        ``flows`` are the addresses that it names for OAuth. Raises ``SpecError`` where one of those may not be reached, or the
        server of most operations.
        """
        if self._judge is None:
            return []
        key = definition.app.key
        refused = {one: why for one in seen.foreign if (why := self._judge(one, f"the description of {key}"))}
        for one in flows:
            if is_foreign(one, definition) and (why := self._judge(one, f"the description of {key}")):
                raise SpecError(f"{key}: its OAuth endpoint {one} can't be used: {why}")
        for one, why in refused.items():
            if 2 * seen.origins[one] > seen.origins.total():
                raise SpecError(f"{key}: its server {one} can't be used: {why} Or say where the API is: --base-url https://...")
        return [f"calls to the server {one} will be refused: {why}" for one, why in refused.items()]

    def check(self, definition: AppDefinition, seen: Seen, *, named: Iterable[str] = (), before: Iterable[str] = ()) -> None:
        """Raise ``ServerMoved`` where credentials of stored connections would go to a server that was not known.

        ``named`` are further addresses that get credentials, ``before`` those that did until now.
        """
        app = definition.app
        known = self._find_known(app.key) | set(before)
        trusted = {origin(app.base_url)} if app.base_url else set()
        new = {*seen.origins, *named} - trusted - known
        # To have what went in the clear encrypted is no move.
        new = {one for one in new if one.replace("https://", "http://", 1) not in known}
        if known and new and (count := self._connected(app.key)):
            raise ServerMoved(app.key, sorted(known), sorted(new), count)

    def remember(self, definition: AppDefinition, seen: Seen) -> None:
        """These are the app's servers from now on."""
        app = definition.app
        origins = sorted({*seen.origins, *([origin(app.base_url)] if app.base_url else [])})
        if not origins or set(origins) == self._find_known(app.key):
            return
        path = self._path(app.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(origins), "utf-8")
        new.replace(path)

    def _find_known(self, app: str) -> set[str]:
        try:
            found = json.loads(self._path(app).read_text("utf-8"))
        except (OSError, ValueError):
            return set()
        return set(map(str, found)) if isinstance(found, list) else set()

    def _path(self, app: str) -> Path:
        return self._folder() / f"{app}.json"


def addresses_of(definition: AppDefinition) -> set[str]:
    """The servers that schemes name themselves: base URLs and the endpoints of their flows."""
    urls: list[Any] = []
    for scheme in definition.app.auth_schemes:
        urls += [
            scheme.proxy.base_url,
            *(value for name, value in scheme.extra.items() if name.endswith("_url") or name == "issuer"),
        ]
    return {found for url in urls if isinstance(url, str) and (found := origin(url))}
