"""Actions and apps of a catalog of this process, with its functions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from composio.embedded.asking import as_asked, off_loop
from composio.functions.grouped import Grouped

if TYPE_CHECKING:
    from composio.backend.catalog import ActionQuery
    from composio.catalog.catalog import Catalog
    from composio.embedded.layered import LayeredCatalog
    from composio.model.action import ActionModel
    from composio.model.app import AppModel

__all__ = ["CatalogReader"]


class CatalogReader:
    """See :class:`composio.backend.CatalogService`. ``resolve`` finds an action by its name.

    ``with_functions`` says whether the functions of this process are among them, by the ``toolname`` that they share.
    """

    def __init__(
        self, catalog: Catalog | LayeredCatalog, resolve: Callable[[str], ActionModel], *, with_functions: bool
    ) -> None:
        self._catalog, self._resolve, self._with_functions = catalog, resolve, with_functions

    async def actions(self, query: ActionQuery) -> list[ActionModel]:
        """Named functions and the catalog's actions mix in the order asked for."""
        found = await off_loop(functools.partial(self._find, query))
        # Two functions may have one name; this does not decide between them.
        return list({(action.key, getattr(action.binding, "reference", "")): action for action in found}.values())

    def _find(self, query: ActionQuery) -> list[ActionModel]:
        found = [as_asked(name, self._resolve(name)) for name in query.names]
        if query.names and not (query.apps or query.tags):
            return found
        apps = query.apps
        if self._with_functions:
            grouped = Grouped.of(apps, self._catalog.knows)
            found, apps = [*found, *grouped.actions], grouped.others
            if grouped.actions and not (apps or query.tags):
                return found
        more = self._catalog.select(apps=apps, tags=query.tags, everything=query.everything, limit=query.limit)
        return [*found, *more]

    async def apps(self) -> list[AppModel]:
        return await off_loop(self._catalog.apps)

    async def app(self, name: str) -> AppModel:
        return await off_loop(functools.partial(self._catalog.app, name))

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await off_loop(functools.partial(self._catalog.search, use_case, apps=apps, limit=limit))

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await off_loop(functools.partial(self._catalog.chain, use_case, apps=apps, limit=limit))
