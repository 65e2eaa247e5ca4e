"""What whoever operates a backend does: apps of their own, and the vault."""

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

    What concerns apps runs on the calling thread, since ``choices`` may ask a person there, and may take minutes.
    """

    @property
    def home(self) -> Path:
        """The folder that everything is kept in."""
        ...

    def add_app(self, name: str, spec: str, base_url: str | None = None, **how: Unpack[Adding]) -> AppModel:
        """Add an app by the file or URL of its API description, or add it again; it is compiled at once."""
        ...

    def update_apps(
        self, names: Sequence[str] = (), *, choices: Choices = NO_CHOICES, everything: bool = False
    ) -> list[AppModel]:
        """Compile apps again from what their sources hold now: ``names``, else those that are compiled, or all with ``everything``."""
        ...

    def make_vectors(self, names: Sequence[str] = (), *, models: Sequence[str] = ()) -> int:
        """Make what is missing of the vectors that models search by, of ``names`` or all compiled apps; how many were made.

        ``models`` are some of the installed ones; all of them if none is named.
        """
        ...

    def search_models(self) -> Sequence[SearchModel]:
        """The models that search can use beside words, and how many actions have vectors for each."""
        ...

    def export_catalog(self, target: Path) -> int:
        """Write what is compiled of the apps that plugins bring into a file, for a package to carry; how many apps those are."""
        ...

    def remove_app(self, name: str) -> None:
        """Remove an app that was added."""
        ...

    def app_warnings(self, app: str) -> list[str]:
        """What of an app's description was not read as it is written."""
        ...

    def app_changes(self, app: str) -> list[str]:
        """What changed of an MCP server's tools when they were last read, a line each."""
        ...

    def app_tools(self, app: str) -> list[ServedTool]:
        """What an MCP server says of its tools; empty for other apps."""
        ...

    def is_unread(self, app: str) -> bool:
        """Whether an app's MCP server tells its tools to users who signed in, and none had when it was last asked."""
        ...

    def broken_apps(self) -> Mapping[str, str]:
        """What is wrong with the files of apps that are left out, by key."""
        ...

    def check_auth(self, name: str, auth: Sequence[str]) -> None:
        """Raise ``InvalidRequest`` if ``add_app`` could not read ``auth`` for an app of that name."""
        ...

    async def rotate_master_key(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Wrap every secret under a new master key; how many were. Others go on meanwhile; a second run ends a broken one."""
        ...

    async def back_up_vault(self, file: Path, *, key_file: Path | None = None, include_key: bool = False) -> dict[str, Any]:
        """Write a snapshot of everything stored to a new ``file`` while others go on; what is in it, without a secret.

        The master keys that it needs are not in it: ``key_file`` is a new file for them, ``include_key`` puts them in.
        ``key_ids`` are theirs, ``key_written_to`` says where they went, and ``master_key`` where they are kept here.
        """
        ...

    async def restore_vault(self, file: Path, *, key_file: Path | None = None, replace: bool = False) -> dict[str, Any]:
        """Put a backup's rows where nothing is stored yet, or with ``replace`` in the place of what is; what was restored.

        ``key_file`` has its master keys, where they are not known here. ``replaced`` is a backup of what made room.
        """
        ...

    async def vault_status(self) -> dict[str, Any]:
        """Where the master key is, and how many secrets lie under it; for people who operate this, without a secret.

        ``master_key`` is ``environment``, ``keyring``, ``file``, or None before anything was stored; ``missing_keys`` are ids
        that secrets name and that were found nowhere.
        """
        ...
