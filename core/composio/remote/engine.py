"""The engine for a server's credentials, requests and actions.

Everything of the caller's process happens here, by the same steps as embedded: the caller's processors and functions, plugins'
hooks, folders, a retry if a processor asks for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from composio.engine.engine import Engine, Run
from composio.engine.files import Upload
from composio.engine.io import Io
from composio.engine.paging.page import Page, growth
from composio.errors import InvalidRequest
from composio.functions.function import CUSTOM_APP
from composio.model.action import ActionModel, HttpBinding
from composio.model.call import NO_OPTIONS, CallOptions, Local, Once, Outcome, RawRequest, ToolCall, Who
from composio.model.connection import Connection
from composio.model.progress import HEARS
from composio.remote.catalog import RemoteCatalog, runs_here
from composio.remote.codec import encode
from composio.remote.files import Arriving, brings_bytes, collect
from composio.remote.requests import OfApp
from composio.remote.wire import ServerWire, make_request_id

__all__ = ["RemoteEngine"]

# The minimum to which a server trims a result, in characters.
_FEWEST = 400
# How long a server may take in addition to the call's own time.
_MARGIN = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEngine(Engine):
    """Sends what is not the caller's own to a server."""

    wire: ServerWire
    catalog: RemoteCatalog

    async def find(self, call: ToolCall, io: Io, local: Local) -> ActionModel:
        """Return the definition if it is needed here: the server finds its own actions by name."""
        if local.action is not None:
            return local.action
        own = await self.catalog.own(call.action, io)
        if own is not None:
            return own
        if call.action.strip() and not self._needs_definition(call, local):
            return ActionModel(slug=call.action, app="", binding=_ANY)
        return await self.catalog.definition(call.action, io)

    def _needs_definition(self, call: ToolCall, local: Local) -> bool:
        hook = self.hook()
        return (
            bool(local.processors.pre or local.processors.post or call.who.app_auth or local.gate is not None)
            or call.options.output_in_file
            or call.options.over(self.options()).upload_folder is not None
            or brings_bytes(call.arguments)
            or any(one.get_hookimpls() for one in (hook.before_execute, hook.after_execute, hook.observe))
        )

    def check(self, action: ActionModel, arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
        """The server checks arguments of its actions: it has the schemas."""
        return super(RemoteEngine, self).check(action, arguments, call) if runs_here(action) else arguments

    async def _pass(self, action: ActionModel, arguments: dict[str, Any], run: Run) -> tuple[Outcome, Page | None]:
        """A gate here decides about arguments in the server's form: they are checked here as well."""
        checked = super(RemoteEngine, self).check(action, arguments, run.call)
        return await super(RemoteEngine, self)._pass(action, checked, run)

    async def find_connection(self, action: ActionModel, who: Who, io: Io) -> str:
        """Choose as the server would: the named connection, else the entity's newest active one."""
        custom = who.auth_for(action.app)
        if custom is not None:
            return "auth" if custom is who.auth else "add_auth"
        if action.no_auth:
            return "none"
        named = who.connection_to(action.app)
        if named is not None:
            return named
        which = {"app": action.app, "entity_ids": [who.entity_id], "active": True, "limit": 1}
        answer = await self.wire.ask("POST", "/accounts/connections/list", which, repeat=True, io=io)
        found = self.wire.read_all(Connection, answer, "connections")
        return found[0].id if found else "server"

    async def _carry_out(self, action: ActionModel, arguments: dict[str, Any], run: Run) -> tuple[Outcome, Page | None]:
        if runs_here(action):
            return await super(RemoteEngine, self)._carry_out(action, arguments, run)
        call = run.call
        folder = call.options.over(self.options()).upload_folder
        files: dict[str, Upload] = {}
        if action.binding is not _ANY:
            arguments, files = collect(action, arguments, call.spelling, folder, self.limits.upload)
        most = None if run.local.processors.post else call.options.max_result_chars or self.options().max_result_chars
        asked = ToolCall(
            action=call.action,
            arguments=arguments,
            who=_narrow(call.who, action.app),
            options=_build_options(None if most is None else most - growth(call.spelling), dry=call.options.dry),
            idempotency_key=call.idempotency_key,
        )
        run.trace.attempts += 1
        once = call.once
        if once is None and call.idempotency_key is not None:
            once = Once.by_key(call.idempotency_key)
        request_id = None if once is None else once.name_request(call.who.entity_id, call.action.upper())
        outcome = await self._send("/calls", asked, call.options, run.io, files, request_id)
        # Without an id of the call's own, this very request was sent before, over a broken connection.
        return outcome if request_id is not None else replace(outcome, is_replayed=False), None

    async def _request(self, raw: RawRequest, io: Io) -> Outcome:
        if raw.app == CUSTOM_APP:
            self._app_of_tool(raw.app)
        most = raw.options.max_result_chars or self.options().max_result_chars
        asked = replace(raw, who=_narrow(raw.who, raw.app), options=_build_options(most, dry=raw.options.dry))
        return await self._send("/calls/request", asked, raw.options, io)

    async def _send(
        self,
        path: str,
        asked: ToolCall | RawRequest,
        options: CallOptions,
        io: Io,
        files: Mapping[str, Upload] = MappingProxyType({}),
        request_id: str | None = None,
    ) -> Outcome:
        body = encode(asked)
        if files:
            path += "/with_files"
            body = {"call": body, "files": [{"path": name, "size": one.size} for name, one in files.items()]}
        answer = await self.wire.ask(
            "POST",
            path,
            body,
            request_id=request_id or make_request_id(),
            seconds=self.limits.seconds + _MARGIN,
            io=io,
            files=tuple(files.values()),
            hear=HEARS.get(),
            arriving=lambda: Arriving(lambda: options.over(self.options()).output_folder or self.output()),
        )
        return self.wire.read(Outcome, answer)

    async def auth_params(self, app_name: str, who: Who, io: Io, *, names: Iterable[str] = ()) -> dict[str, Any]:
        del names
        if app_name == CUSTOM_APP:
            self._app_of_tool(app_name)
        body = encode(OfApp(app=app_name, who=_narrow(who, app_name)))
        found = await self.wire.ask("POST", "/calls/auth_params", body, repeat=True, io=io)
        if not isinstance(found, dict):
            raise InvalidRequest(f"{self.wire.url} did not say what requests to {app_name} are signed with.")
        return found


_ANY = HttpBinding("", "")


def _narrow(who: Who, app: str) -> Who:
    """Return ``who`` with only the credentials for ``app``: a server gets no others."""
    if not who.app_auth:
        return who
    key = app.lower()
    return replace(who, app_auth={key: who.app_auth[key]} if key in who.app_auth else {})


def _build_options(most: int | None, *, dry: bool) -> CallOptions:
    if most is None and not dry:
        return NO_OPTIONS
    return CallOptions(max_result_chars=None if most is None else max(most, _FEWEST), dry=dry)
