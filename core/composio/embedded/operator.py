"""Operations for the operator of this process. See :class:`composio.backend.OperatorService`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from composio.accounts.keeping import Keeping
from composio.accounts.wire import Wire
from composio.catalog.catalog import Catalog
from composio.model.app import AppModel
from composio.model.operating import NO_CHOICES, Adding, Choices, ServedTool
from composio.model.search import SearchModel
from composio.process.home import Home

if TYPE_CHECKING:
    from composio.triggers.known import KnownTriggers

__all__ = ["Operator"]


class Operator:
    """Manages the catalog's own apps and the vault."""

    def __init__(
        self, home: Home, catalog: Catalog, keeping: Keeping, wire: Wire, triggers: Callable[[], KnownTriggers]
    ) -> None:
        self._home, self._catalog, self._keeping, self._wire, self._triggers = home, catalog, keeping, wire, triggers

    @property
    def home(self) -> Path:
        return self._home.kept

    def add_app(self, name: str, spec: str, base_url: str | None = None, **how: Unpack[Adding]) -> AppModel:
        return self._catalog.add(name, spec, base_url, **how)

    def update_apps(
        self, names: Sequence[str] = (), *, choices: Choices = NO_CHOICES, everything: bool = False
    ) -> list[AppModel]:
        return self._catalog.update(names, choices=choices, everything=everything)

    def make_vectors(self, names: Sequence[str] = (), *, models: Sequence[str] = ()) -> int:
        return self._catalog.make_vectors(names, models=models)

    def search_models(self) -> Sequence[SearchModel]:
        return self._catalog.search_models()

    def export_catalog(self, target: Path) -> int:
        self._triggers().all()  # their files' cached content is in the catalog
        return self._catalog.export(target)

    def remove_app(self, name: str) -> None:
        self._catalog.remove(name)

    def app_warnings(self, app: str) -> list[str]:
        return self._catalog.warnings(app)

    def app_changes(self, app: str) -> list[str]:
        return self._catalog.changes(app)

    def app_tools(self, app: str) -> list[ServedTool]:
        return self._catalog.tools(app)

    def is_unread(self, app: str) -> bool:
        return self._catalog.unread(app)

    def broken_apps(self) -> Mapping[str, str]:
        return {key: str(error) for key, error in self._catalog.broken().items()}

    def check_auth(self, name: str, auth: Sequence[str]) -> None:
        from composio.catalog.added import key_of
        from composio.catalog.asked import asked_schemes

        asked_schemes(key_of(name), auth)

    async def rotate_master_key(self, progress: Callable[[int, int], None] | None = None) -> int:
        return await self._wire.work(lambda: self._keeping.rotate(progress))

    async def back_up_vault(self, file: Path, *, key_file: Path | None = None, include_key: bool = False) -> dict[str, Any]:
        return await self._wire.work(lambda: self._keeping.back_up(file, key_file=key_file, include_key=include_key))

    async def restore_vault(self, file: Path, *, key_file: Path | None = None, replace: bool = False) -> dict[str, Any]:
        return await self._wire.work(lambda: self._keeping.restore(file, key_file=key_file, replace=replace))

    async def vault_status(self) -> dict[str, Any]:
        return await self._wire.work(self._keeping.read_status)
