"""Find and load plugins; a broken plugin does not affect the others."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pluggy

from composio.plugin import spec
from composio.plugin.spec import Framework, Importer, Loaded
from composio.process.forks import rlock

__all__ = ["GROUP", "PluginManager", "make_plugins", "plugins"]

GROUP = "composio"
# Disables plugins by entry point name, for use while one is broken.
OFF_SWITCH = "COMPOSIO_DISABLE_PLUGINS"


class PluginManager:
    """The installed plugins, loaded on first use, with everything they register."""

    def __init__(self, entry_points: list[metadata.EntryPoint] | None = None) -> None:
        self._manager = pluggy.PluginManager("composio")
        self._manager.add_hookspecs(spec)
        self._entry_points = entry_points
        self._loaded: list[Loaded] | None = None
        self._lock = rlock()

    def register(self, plugin: object, name: str | None = None) -> None:
        """Register a plugin object: built-ins, tests, an application's own observer."""
        self._manager.register(plugin, name)

    def unregister(self, plugin: object) -> None:
        """Unregister a plugin object."""
        self._manager.unregister(plugin)

    def find(self, name: str) -> object | None:
        """Return the plugin object registered under a name, or None."""
        found: object | None = self._manager.get_plugin(name)
        return found

    def installed(self) -> list[Loaded]:
        """List every installed plugin, broken ones with their reason."""
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    disabled = {name.strip() for name in os.environ.get(OFF_SWITCH, "").split(",")}
                    found = self._entry_points if self._entry_points is not None else list(metadata.entry_points(group=GROUP))
                    self._loaded = [self._load(point, disabled) for point in sorted(found, key=lambda p: p.name)]
        return self._loaded

    def _load(self, point: metadata.EntryPoint, disabled: set[str]) -> Loaded:
        distribution = point.dist
        about = (
            point.name,
            distribution.name if distribution else "?",
            distribution.version if distribution else "?",
            point.value,
        )
        if point.name in disabled:
            return Loaded(*about, error=f"disabled by {OFF_SWITCH}")
        if self._manager.has_plugin(point.name):
            return Loaded(*about)  # by a thread of the parent that was still loading when this process forked
        try:
            self._manager.register(point.load(), point.name)
            self._manager.check_pending()
        except (Exception, SystemExit) as error:  # a foreign module may raise anything; the others must load
            self._manager.set_blocked(point.name)
            return Loaded(*about, error=" ".join(f"{type(error).__name__}: {error}".split())[:300])
        return Loaded(*about)

    @property
    def hook(self) -> Any:
        """The hooks that every plugin receives: ``before_execute``, ``after_execute``, ``observe``, ``approval_requested``."""
        self.installed()
        return self._manager.hook

    def _collect(self, hook: str, register: Any) -> None:
        self.installed()
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            try:
                implementation.function(register)
            except Exception as error:
                self._report(implementation.plugin_name, f"{hook} raised {type(error).__name__}: {error}")

    def _list(self, hook: str) -> list[Any]:
        """Return everything registered with ``hook``, in order."""
        found: list[Any] = []
        self._collect(hook, found.append)
        return found

    def _table(self, hook: str) -> dict[str, str]:
        """Return everything registered with ``hook`` by name; the first registration of a name counts."""
        found: dict[str, str] = {}
        self._collect(hook, found.setdefault)
        return found

    def _report(self, name: str, error: str) -> None:
        known = self._loaded or []
        self._loaded = [Loaded(p.name, p.distribution, p.version, p.module, error) if p.name == name else p for p in known]

    def frameworks(self) -> dict[str, Framework]:
        """Return frameworks by name."""
        found: dict[str, Framework] = {}
        self._collect("register_frameworks", lambda f: found.setdefault(f.name, f))
        return found

    def importers(self) -> list[Importer]:
        """Return the readers of API descriptions, in order of precedence."""
        return self._list("register_importers")

    def key_wrappers(self) -> dict[str, str]:
        """Return ``module:object`` of each wrapper of projects' keys."""
        return self._table("register_key_wrappers")

    def auth_schemes(self) -> dict[str, str]:
        """Return ``module:function`` of each auth mode's scheme."""
        return self._table("register_auth_schemes")

    def app_folders(self) -> list[Path]:
        """Return the folders that hold an ``integration.yaml``."""
        return self._list("register_apps")

    def catalogs(self) -> list[Path]:
        """Return the files of compiled catalogs."""
        return self._list("register_catalogs")

    def commands(self) -> dict[str, str]:
        """Return ``module:typer_app_or_function`` of each command of a plugin."""
        return self._table("register_commands")

    def endpoints(self) -> dict[str, str]:
        """Return ``module:object`` of each protocol that a server can speak."""
        return self._table("register_endpoints")

    def peers(self) -> dict[str, str]:
        """Return ``module:factory`` of each protocol whose servers can be apps."""
        found: dict[str, str] = {}
        self._collect("register_peers", found.setdefault)
        return found

    def describe(self) -> list[dict[str, Any]]:
        """Return one JSON-ready dict per plugin and framework: versions, whether they were tested, what is broken."""
        from composio.plugin.describe import describe_plugins

        return describe_plugins(self.installed(), self.frameworks().values())

    def foreign(self) -> str:
        """Return a warning about another company's packages with our import names; empty if there are none."""
        from composio.plugin.foreign import describe_foreign, find_foreign

        return describe_foreign(find_foreign())


@lru_cache(maxsize=1)
def plugins() -> PluginManager:
    """Return the plugins of the process."""
    return make_plugins()


def make_plugins() -> PluginManager:
    """Return the installed plugins, to add more to. Built-ins are registered first, through the same hooks."""
    from composio.plugin import builtin

    manager = PluginManager()
    manager.register(builtin, "builtin")
    return manager
