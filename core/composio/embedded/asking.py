"""Catalog and engine calls of this process's backends, for any project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from composio.errors import UpstreamError
from composio.model.action import ActionModel, HttpBinding, Server
from composio.model.app import AppModel
from composio.model.call import RawRequest, Who
from composio.model.connection import Connection
from composio.process.reading import is_reading
from composio.schema.names import SLUG_LIMIT

if TYPE_CHECKING:
    from composio.catalog.catalog import Catalog
    from composio.embedded.layered import LayeredCatalog
    from composio.engine.engine import Engine
    from composio.engine.io import Io

__all__ = ["as_asked", "find_check", "find_connectable", "find_servers", "off_loop", "probe"]

T = TypeVar("T")


def as_asked(name: str, action: ActionModel) -> ActionModel:
    """Return an action under the requested alias: prompts, logs and callers' code already use that name."""
    asked = name.strip().upper()
    if asked == action.key or asked not in action.names or len(asked) > SLUG_LIMIT:
        return action
    others = tuple(alias for alias in action.aliases if alias.upper() != asked)
    return replace(action, slug=asked, aliases=(action.slug, *others))


async def off_loop(work: Callable[[], T]) -> T:
    """Read the catalog, which is quick except on first use: compiling takes seconds that must not block the loop."""
    if is_reading():
        return work()
    import anyio.to_thread

    return await anyio.to_thread.run_sync(work)


def find_servers(catalog: Catalog | LayeredCatalog, app: str) -> tuple[Server, ...]:
    """Return where most of an app's operations have their API: for requests that no action describes."""
    some = catalog.select(apps=[app], everything=True, limit=25)
    known = [a.binding.servers for a in some if isinstance(a.binding, HttpBinding) and a.binding.servers]
    usual = Counter(servers[0].url for servers in known).most_common(1)
    return next(servers for servers in known if servers[0].url == usual[0][0]) if usual else ()


def find_check(catalog: Catalog | LayeredCatalog, action: ActionModel) -> str | None:
    """Return the read that shows whether ``action`` was done: on the same path, or the nearest above it; or None."""
    binding = action.binding
    if not isinstance(binding, HttpBinding) or binding.peer is not None:
        return None
    reads = {
        one.binding.path.rstrip("/"): one.slug
        for one in catalog.select(apps=[action.app], everything=True)
        if isinstance(one.binding, HttpBinding) and one.binding.method.upper() == "GET"
    }
    path = binding.path.rstrip("/")
    while path:
        if path in reads:
            return reads[path]
        path = path.rpartition("/")[0]
    return None


def find_connectable(catalog: Catalog | LayeredCatalog, environ: Mapping[str, str], name: str) -> AppModel:
    """Return an app with its endpoints for this operator."""
    from composio.accounts.endpoints import locate, relocate

    app = relocate(catalog.app(name), environ)
    return locate(app, environ, lambda: find_servers(catalog, app.key))


async def probe(engine: Engine, io: Io, app: AppModel, connection: Connection) -> None:
    """Ask an app who its user is. Raises ``UpstreamError`` if it does not accept the connection."""
    own = next((s.extra for s in app.auth_schemes if s.name == connection.scheme), {})
    endpoint = own.get("get_current_user_endpoint") or app.get_current_user_endpoint
    if endpoint is None:
        return
    who = Who(entity_id=connection.entity_id, connected_account_id=connection.id)
    raw = RawRequest(app=app.key, endpoint=endpoint, who=who, check=True)
    outcome = await engine.request(raw, io)
    if not outcome.successful:
        raise UpstreamError(outcome.error or f"{app.key} does not take the connection.", status=outcome.status)
