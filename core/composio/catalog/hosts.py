"""The servers that receive an app's calls, so that a description cannot change them unnoticed.

A file per app in the home lists its servers at the last compile. If connections are stored and a description from a URL names
another server, credentials would be sent there.
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
"""Called with an origin and who named it; returns why it is forbidden, "" if it is allowed."""


class Seen:
    """The servers of the actions in one description, collected while reading."""

    def __init__(self) -> None:
        self.origins: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()
        """Those that only the description named."""
        self._last: tuple[Server | None, str] = (None, "")

    def add(self, action: ActionModel) -> None:
        """Count an action's server."""
        if not isinstance(action.binding, HttpBinding) or not action.binding.servers:
            return
        server = action.binding.servers[0]
        if server is not self._last[0]:  # mostly that of the previous action
            self._last = server, origin(filled(server.url, server.variables))
        if found := self._last[1]:
            self.origins[found] += 1
            if server.foreign and "{" not in found:  # with variable hosts, each call is limited to the public internet
                self.foreign[found] += 1


class Hosts:
    """The known servers of apps. ``folder`` stores them, ``connected`` counts the stored connections of an app."""

    def __init__(self, folder: Callable[[], Path], connected: Callable[[str], int], judge: Judge | None = None) -> None:
        self._folder, self._connected, self._judge = folder, connected, judge

    def refusal(self, url: str) -> str:
        """Return why a URL that someone other than the user names is forbidden; "" if it is allowed."""
        return self._judge(url, "the provider") if self._judge is not None else ""

    def judge(self, definition: AppDefinition, seen: Seen, flows: Iterable[str] = ()) -> list[str]:
        """Return a line for each server in a description that no call may reach.

        ``flows`` are its URLs for OAuth. Raises ``SpecError`` if one of those is forbidden, or the server of most operations.
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
        """Raise ``ServerMoved`` if credentials of stored connections would go to an unknown server.

        ``named`` are further URLs that get credentials, ``before`` the previous ones.
        """
        app = definition.app
        known = self._find_known(app.key) | set(before)
        trusted = {origin(app.base_url)} if app.base_url else set()
        new = {*seen.origins, *named} - trusted - known
        # An upgrade to https is not a move.
        new = {one for one in new if one.replace("https://", "http://", 1) not in known}
        if known and new and (count := self._connected(app.key)):
            raise ServerMoved(app.key, sorted(known), sorted(new), count)

    def remember(self, definition: AppDefinition, seen: Seen) -> None:
        """Store these as the app's servers."""
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
    """Return the servers in schemes: base URLs and the endpoints of their flows."""
    urls: list[Any] = []
    for scheme in definition.app.auth_schemes:
        urls += [
            scheme.proxy.base_url,
            *(value for name, value in scheme.extra.items() if name.endswith("_url") or name == "issuer"),
        ]
    return {found for url in urls if isinstance(url, str) and (found := origin(url))}
