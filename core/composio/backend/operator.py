"""The interface of the operator: apps of their own, and the vault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Unpack

from composio.model.app import AppModel
from composio.model.operating import NO_CHOICES, Adding, Choices, ServedTool
from composio.model.search import SearchModel

__all__ = ["OperatorService"]


class OperatorService(Protocol):
    """Manages apps and the vault.

    The methods for apps run on the calling thread, because ``choices`` may prompt a person there. They may take minutes.
    """

    @property
    def home(self) -> Path:
        """The folder for all state."""
        ...

    def add_app(self, name: str, spec: str, base_url: str | None = None, **how: Unpack[Adding]) -> AppModel:
        """Add or replace an app by the file or URL of its API description. Compiles it at once."""
        ...

    def update_apps(
        self, names: Sequence[str] = (), *, choices: Choices = NO_CHOICES, everything: bool = False
    ) -> list[AppModel]:
        """Recompile apps from their sources: ``names``, else the compiled ones, or all with ``everything``."""
        ...

    def make_vectors(self, names: Sequence[str] = (), *, models: Sequence[str] = ()) -> int:
        """Compute the missing vectors that models search by, of ``names`` or all compiled apps. Returns how many.

        ``models`` selects installed models; the default is all.
        """
        ...

    def search_models(self) -> Sequence[SearchModel]:
        """List the models that search can use in addition to words, and how many actions have vectors for each."""
        ...

    def export_catalog(self, target: Path) -> int:
        """Write the compiled apps of plugins to a file, for a package to ship. Returns the number of apps."""
        ...

    def remove_app(self, name: str) -> None:
        """Remove an app that was added."""
        ...

    def app_warnings(self, app: str) -> list[str]:
        """List the parts of an app's description that were changed or skipped when it was read."""
        ...

    def app_changes(self, app: str) -> list[str]:
        """List the changes of an MCP server's tools at the last read, one line each."""
        ...

    def app_tools(self, app: str) -> list[ServedTool]:
        """Return an MCP server's report on its tools; empty for other apps."""
        ...

    def is_unread(self, app: str) -> bool:
        """Return whether an app's MCP server lists its tools only to signed-in users, and none had signed in."""
        ...

    def broken_apps(self) -> Mapping[str, str]:
        """Return the mistakes in the files of apps that are left out, by key."""
        ...

    def check_auth(self, name: str, auth: Sequence[str]) -> None:
        """Raise ``InvalidRequest`` if ``add_app`` could not read ``auth`` for an app of that name."""
        ...

    async def rotate_master_key(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Wrap every secret under a new master key. Returns how many. Others continue meanwhile; rerun it if interrupted."""
        ...

    async def back_up_vault(self, file: Path, *, key_file: Path | None = None, include_key: bool = False) -> dict[str, Any]:
        """Write a snapshot of everything stored to a new ``file``. Others continue. Returns its contents, without secrets.

        The snapshot does not contain its master keys: ``key_file`` is a new file for them, ``include_key`` includes them.
        ``key_ids`` are their ids, ``key_written_to`` is where they were written, and ``master_key`` where they are stored here.
        """
        ...

    async def restore_vault(self, file: Path, *, key_file: Path | None = None, replace: bool = False) -> dict[str, Any]:
        """Restore a backup into an empty database, or with ``replace`` instead of the current rows. Returns what was restored.

        ``key_file`` has its master keys, if they are unknown here. ``replaced`` is a backup of the replaced rows.
        """
        ...

    async def vault_status(self) -> dict[str, Any]:
        """Return where the master key is stored, and how many secrets it encrypts; for operators, without a secret.

        ``master_key`` is ``environment``, ``keyring``, ``file``, or None before anything was stored; ``missing_keys`` are ids
        of keys that secrets need and that were not found.
        """
        ...
