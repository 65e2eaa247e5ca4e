"""The call path: resolve, pre, arguments, credentials, build, sign, send, decode, post, observe.

Each step has its own module; this one runs them in order. One implementation serves synchronous and asynchronous callers, see
:mod:`composio.engine.io`.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Unpack

import httpx

from composio.engine.arguments import Checker, parse, route
from composio.engine.build import Target, base_url, build, find_unfilled, named_by_description, named_by_others
from composio.engine.credentials import Connections, Needs, choose, find_filled, narrow, permit, read_wanted
from composio.engine.decode import is_refused, read_outcome, scrub
from composio.engine.files import attach, hash_files, read_upload
from composio.engine.graphql import read_answer
from composio.engine.io import Io
from composio.engine.observe import cleaner_of, observe
from composio.engine.once import find_place, mark_unknown, refuse_key
from composio.engine.pacing import Pace, paced
from composio.engine.paging.page import Page, growth, page_of, spell
from composio.engine.peers import FindPeers, ask, owner_of, signed_headers
from composio.engine.preview import preview_function, preview_request
from composio.engine.raw import build_raw, read_headers
from composio.engine.receive import Answer, Receiver
from composio.engine.requester import Requester
from composio.engine.resolve import Source, resolve
from composio.engine.save import Saver
from composio.engine.send import Trace, send
from composio.engine.sign import sign, target
from composio.engine.tape import TAPES
from composio.errors import (
    ComposioError,
    InvalidArguments,
    InvalidRequest,
    TokenRequestFailed,
    UpstreamError,
)
from composio.functions.function import CUSTOM_APP
from composio.functions.running import is_asynchronous
from composio.model.action import ActionModel, FunctionBinding, HttpBinding, Server
from composio.model.app import AppModel
from composio.model.call import (
    CALLING,
    LOCAL_TOOLS,
    NO_OPTIONS,
    NOTHING_LOCAL,
    Admitted,
    Around,
    Calling,
    CallOptions,
    Local,
    Outcome,
    RawRequest,
    ToolCall,
    Who,
)
from composio.model.credentials import Credentials
from composio.model.peers import Peer
from composio.model.processors import TryAgain
from composio.transport.egress import guard, mark_described
from composio.transport.limits import Limits
from composio.transport.request import Request

__all__ = ["Engine", "Functions", "Run"]

log = logging.getLogger("composio")
# Bytes decoded on the calling thread; larger bodies go to another thread.
_AT_ONCE = 256 * 1024
# How often a call is made while its post processors ask for a retry; v0.7's number.
_TRIES = 3


class Functions(Protocol):
    """How the engine runs Python actions, implemented by the functions package."""

    def load(self, action: ActionModel) -> Callable[..., Any]:
        """Return the function of an action."""
        ...

    def bind(self, action: ActionModel, arguments: Mapping[str, Any], injected: Mapping[str, Any]) -> dict[str, Any]:
        """Return its keyword arguments, in the types of its parameters."""
        ...

    def answer(self, action: ActionModel, value: Any) -> Any:
        """Return the function's result as JSON data."""
        ...

    def names(self) -> Iterable[str]:
        """Return the names of the user's own functions, for suggestions."""
        ...


class _Held(Exception):
    """A gate rejected a call; ``outcome`` says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of a call: the request, where it runs, how it is recorded, and what stays in the caller's process."""

    call: ToolCall
    io: Io
    trace: Trace
    local: Local


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Run calls. Holds no state of any call."""

    sources: Sequence[Source]
    app: Callable[[str], AppModel]
    servers: Callable[[str], tuple[Server, ...]]
    functions: Functions
    environ: Mapping[str, str] = field(repr=False)
    schemes: Callable[[], Mapping[str, str]]
    hook: Callable[[], Any]
    output: Callable[[], Path]
    options: Callable[[], CallOptions] = lambda: NO_OPTIONS
    limits: Limits = field(default_factory=Limits)
    connections: Connections | None = None
    checker: Checker = field(default_factory=Checker)
    for_tenants: bool = False
    project: str = ""
    pace: Pace | None = None
    peers: FindPeers | None = None
    find_check: Callable[[ActionModel], str | None] = lambda _: None

    def resolve(self, name: str | ActionModel) -> ActionModel:
        """Step 1. Raises ``ActionNotFound``."""
        return name if isinstance(name, ActionModel) else resolve(name, self.sources, self.functions.names)

    async def find(self, call: ToolCall, io: Io, local: Local) -> ActionModel:  # noqa: ARG002 - a catalog elsewhere is asked over it
        """Step 1 of a call: return the caller's definition, else resolve the name."""
        return self.resolve(local.action or call.action)

    def check(self, action: ActionModel, arguments: dict[str, Any], call: ToolCall) -> dict[str, Any]:
        """Step 3. Raises ``InvalidArguments``."""
        lent = find_filled(action, call.who.auth_for(action.app))
        return self.checker.check(action, arguments, filled=lent)

    async def execute(self, call: ToolCall, io: Io, local: Local = NOTHING_LOCAL) -> Outcome:
        """Run ``call``. Mistakes of a model or an upstream give an unsuccessful outcome; a caller's mistake raises."""
        if not local.processors.post:
            return await self._once(call, io, local)
        failed: list[dict[str, Any]] = []
        most = call.options.max_retries or _TRIES
        while len(failed) < most:
            try:
                return await self._once(call, io, local)
            except TryAgain as asked:
                failed.append(asked.value)
        why = f"Its post processors requested a retry each of {most} times; max_retries= allows more."
        return Outcome(successful=False, data={"failed_responses": failed}, error=why)

    async def _once(self, call: ToolCall, io: Io, local: Local) -> Outcome:
        started = time.perf_counter()
        action = await self.find(call, io, local)
        trace, hook = Trace(), self.hook()
        try:
            arguments = parse(call.arguments, action=action.slug)
            if local.processors.pre:
                arguments = local.processors.apply("pre", action, arguments)
            call = replace(call, action=action.slug, arguments=arguments)
            _tell(hook.before_execute, call=call, action=action)
            arguments = self.check(action, arguments, call)
            run = Run(call, io, trace, local)
            if local.gate is None and local.recording is None and not TAPES:
                outcome, page = await self._carry_out(route(action, arguments), arguments, run)
            else:
                outcome, page = await self._pass(action, arguments, run)
        except _Held as held:  # not a result of the action, so result processors do not run
            outcome, page, local = held.outcome, None, NOTHING_LOCAL
        except (InvalidArguments, TokenRequestFailed, UpstreamError) as error:
            status = getattr(error, "status", None)
            outcome, page = Outcome(successful=False, data=getattr(error, "data", None), error=str(error), status=status), None
        if outcome.is_unknown and (check := self.find_check(action)) is not None:
            outcome = replace(outcome, error=f"{outcome.error} {check} shows it.")
        _tell(hook.after_execute, call=call, action=action, outcome=outcome)
        try:
            shown = _post(local, action, outcome)
            if call.options.output_in_file and shown.successful and not _makes_calls(action):
                return self._write(action, shown, call)
            most = self._most(call)
            if most is not None:

                async def again(changed: Mapping[str, Any]) -> tuple[Outcome, Page | None]:
                    run = Run(call, io, trace, NOTHING_LOCAL)
                    found, part = await self._carry_out(route(action, changed), dict(changed), run)
                    return _post(local, action, found), part

                from composio.engine.trim import fit

                shown = await fit(shown, most - growth(call.spelling), page, arguments, again, io.work)
        finally:
            if (observers := hook.observe).get_hookimpls():
                observe(observers, action, call, outcome, trace, time.perf_counter() - started)
        return replace(shown, more=spell(shown.more, call.spelling)) if call.spelling and shown.more else shown

    async def _pass(self, action: ActionModel, arguments: dict[str, Any], run: Run) -> tuple[Outcome, Page | None]:
        """Run steps 4 to 8 of a call with a gate or a recording; raises the gate's decision if it rejects the call."""
        call, io = run.call, run.io
        folder = call.options.over(self.options()).upload_folder
        around = Around(
            functools.partial(self.find_connection, action, call.who, io),
            functools.partial(hash_files, arguments, folder),
            io.work,
            io.sleep,
            cleaner_of(run.trace),
        )
        gate, recording = run.local.gate, run.local.recording
        if call.once is not None and recording is not None:
            known = await recording.recall(action, arguments, call, around)
            if known is not None:
                return known, None
        admitted = Admitted(call) if gate is None else await gate.admit(action, arguments, call, around)
        outcome, page = None, None
        try:
            if recording is not None:
                outcome = await recording.begin(action, arguments, admitted, around)
            if isinstance(admitted, Outcome):
                raise _Held(admitted)
            if outcome is None:
                outcome, page = await self._make(action, arguments, replace(run, call=admitted.call))
                if recording is not None:
                    await recording.note(outcome, around)
        finally:
            if isinstance(admitted, Admitted) and admitted.settle is not None:
                await admitted.settle(outcome)
        return outcome, None if admitted.once else page

    async def _make(self, action: ActionModel, arguments: dict[str, Any], run: Run) -> tuple[Outcome, Page | None]:
        """Run the call as :meth:`_carry_out` does, or replay it from a tape.

        Functions that make further calls are not on tapes.
        """
        if not TAPES or _makes_calls(action) or run.call.options.dry:
            return await self._carry_out(route(action, arguments), arguments, run)
        pages: list[Page | None] = []

        async def make() -> Outcome:
            outcome, page = await self._carry_out(route(action, arguments), arguments, run)
            pages.append(page)
            return outcome

        outcome = await TAPES[-1].run(action.key, action.app, arguments, run.call.who, make)
        return outcome, pages[0] if pages else None

    async def find_connection(self, action: ActionModel, who: Who, io: Io) -> str:
        """Return the id of the connection that a call would use, or the source of its credentials.

        Raises as :meth:`credentials`.
        """
        if isinstance(action.binding, FunctionBinding) and (action.no_auth or action.app == CUSTOM_APP):
            return "none"
        app = self.app(action.app)
        wanted, public = read_wanted(action), isinstance(action.binding, HttpBinding) and action.binding.public
        credentials = await self.credentials(app, who, io, wanted=wanted, public=public, fresh=False)
        return credentials.origin if credentials.connection is None else credentials.connection.id

    def _most(self, call: ToolCall | RawRequest) -> int | None:
        """Return the maximum length of a result in characters; None if unlimited."""
        return call.options.max_result_chars or self.options().max_result_chars

    def _write(self, action: ActionModel, outcome: Outcome, call: ToolCall) -> Outcome:
        """Write ``outcome`` to a file in the output folder; the returned data says where."""
        name = f"{action.slug.lower()}.json"
        saver = Saver(self._folder(call, action.app, action.slug), name, "application/json")
        saver.write(outcome.result().to_json().encode())
        saved = saver.finish()
        return replace(outcome, data={"message": f"output written to {saved.path}", **saved.as_data()}, more=None)

    def _folder(self, call: ToolCall | RawRequest, app: str, name: str) -> Callable[[], Path]:
        """Return the folder for files of a call."""
        return lambda: (call.options.over(self.options()).output_folder or self.output()) / app / name

    async def _carry_out(self, action: ActionModel, arguments: dict[str, Any], run: Run) -> tuple[Outcome, Page | None]:
        """Run steps 4 to 8. Returns the outcome, and the page of a list if it is one."""
        call, io = run.call, run.io
        if isinstance(action.binding, FunctionBinding):
            if call.idempotency_key is not None and call.once is None:
                raise refuse_key(action)
            return await self._function(action, action.binding, arguments, call, io, run.local), None
        app = self.app(action.app)
        once = None if call.idempotency_key is None else find_place(app, action, call)
        if once is not None and once.argument:
            arguments = {**arguments, once.argument: once.value}
        wanted, public = read_wanted(action), action.binding.public
        address = self._address(app, action.binding) if public or wanted == () else None
        dry = call.options.dry
        credentials = await self.credentials(app, call.who, io, wanted=wanted, public=public, address=address, fresh=not dry)
        permit(credentials, app, action.names)
        body = action.binding.body
        if body is not None and (body.files or body.loose_files):
            folder = call.options.over(self.options()).upload_folder
            arguments = attach(action.slug, body, arguments, folder, self.limits.upload)
        receiver = self._receiver(call, app, action.slug, action.binding.accept)
        binding = action.binding

        async def sent(signed: Credentials) -> tuple[Answer | None, Outcome]:
            signed = narrow(app, signed, wanted)
            where = target(app, signed, self._override(app), by_tenant=self.for_tenants)
            request = build(action, binding, arguments, where)
            if once is not None and once.header:
                request.headers[once.header] = once.value
            _guard(request, app, binding.servers, where)
            if dry:
                return None, self._preview(request, app, signed, action, arguments)
            return await self._deliver(binding.peer, action, request, app, signed, run, receiver)

        credentials, (answer, outcome) = await self._get_accepted(app, credentials, sent, io, dry=dry)
        graphql = body.graphql if body is not None else None
        if graphql is not None:
            outcome = scrub(read_answer(outcome), credentials.secrets())
        if answer is None or not outcome.successful:
            return outcome, None
        page = page_of(
            answer.headers,
            outcome.data,
            action,
            arguments,
            inside=graphql.name if graphql is not None else None,
            hidden=find_filled(action, credentials.custom),
            secrets=credentials.secrets,
            trims=self._most(call) is not None,
        )
        if page is None or not page.more:
            return outcome, page
        return replace(outcome, more={**(outcome.more or {}), **page.more}), page

    async def request(self, raw: RawRequest, io: Io) -> Outcome:
        """Send a request that no action describes, signed like any other."""
        if not TAPES or raw.options.dry:
            return await self._request(raw, io)
        name = f"{raw.method.upper()} {raw.endpoint}"
        given = {"query": dict(raw.query), "body": raw.body}
        return await TAPES[-1].run(name, raw.app, given, raw.who, functools.partial(self._request, raw, io))

    async def _request(self, raw: RawRequest, io: Io) -> Outcome:
        app = self._app_of_tool(raw.app)
        trace = Trace()
        try:
            credentials = await self.credentials(app, raw.who, io)
            if not raw.check:
                permit(credentials, app, raw.actions)
            receiver = self._receiver(raw, app, "request", ())

            async def sent(signed: Credentials) -> tuple[Answer | None, Outcome]:
                where = target(app, signed, self._override(app), by_tenant=self.for_tenants)
                request = build_raw(raw, self._base(app, where), where.headers)
                _guard(request, app, self._servers(app, where), where)
                if raw.options.dry:
                    return None, self._preview(request, app, signed)
                return await self._exchange(request, app, signed, io, trace, receiver)

            credentials, (answer, outcome) = await self._get_accepted(app, credentials, sent, io, dry=raw.options.dry)
            if answer is not None:
                outcome = replace(outcome, headers=read_headers(answer.headers, credentials.secrets()))
        except (TokenRequestFailed, UpstreamError) as error:
            outcome = Outcome(successful=False, data=getattr(error, "data", None), error=str(error), status=error.status)
        most = self._most(raw)
        if most is None:
            return outcome
        from composio.engine.trim import trim_beside

        return (await trim_beside(outcome, most, None, io.work)).outcome

    def _app_of_tool(self, name: str) -> AppModel:
        if name == CUSTOM_APP:
            raise InvalidRequest(
                'This tool belongs to no app; say whose API and credentials it uses: @action(toolname="github").'
            )
        return self.app(name)

    async def _get_accepted(
        self,
        app: AppModel,
        credentials: Credentials,
        sent: Callable[[Credentials], Awaitable[tuple[Answer | None, Outcome]]],
        io: Io,
        *,
        dry: bool,
    ) -> tuple[Credentials, tuple[Answer | None, Outcome]]:
        """Return the result of ``sent``.

        If the API refuses a stored token, renew it and repeat the call: nothing was done yet.
        """
        answer, outcome = await sent(credentials)
        if credentials.connection is None or self.connections is None or dry:
            return credentials, (answer, outcome)
        if answer is not None and not outcome.successful and is_refused(app, answer.headers, outcome):
            renewed = await self.connections.renewed(credentials, io)
            if renewed is not None:
                credentials = renewed
                answer, outcome = await sent(credentials)
        if outcome.successful:
            await self.connections.worked(credentials, io)
        return credentials, (answer, outcome)

    async def credentials(self, app: AppModel, who: Who, io: Io, **needs: Unpack[Needs]) -> Credentials:
        """Step 4. Raises ``ConnectionNotFound``; without ``fresh``, only check whether a call could be signed."""
        return await choose(app, who, connections=self.connections, environ=self.environ, io=io, **needs)

    def _base(self, app: AppModel, where: Target) -> httpx.URL:
        """Return where requests go that no action describes."""
        return base_url(self._servers(app, where), where, app.key)

    def _servers(self, app: AppModel, where: Target) -> tuple[Server, ...]:
        if where.base_url:
            return ()
        return (Server(app.base_url),) if app.base_url else self.servers(app.key)

    def _address(self, app: AppModel, binding: HttpBinding) -> str | None:
        """Return an operation's URL if connections supply a part of it.

        "" if that part is optional, None if connections supply none.
        """
        if self._override(app):
            return None
        if any("{{" in (scheme.proxy.base_url or "") for scheme in app.auth_schemes):
            return ""
        return find_unfilled(binding.servers) or None

    def _override(self, app: AppModel) -> str | None:
        """Return the operator's setting for an app's base URL: an enterprise installation, a test double."""
        return self.environ.get(f"COMPOSIO_{app.key.upper()}_BASE_URL") or None

    def _receiver(
        self, call: ToolCall | RawRequest, app: AppModel, name: str, accept: tuple[str, ...]
    ) -> Callable[..., Receiver]:
        """Return the receiver for responses of ``call``; files go below the output folder, by app and action."""
        folder = self._folder(call, app.key, name)
        return functools.partial(Receiver, limits=self.limits, accept=accept, folder=folder, name=name.lower())

    async def _exchange(
        self,
        request: httpx.Request,
        app: AppModel,
        credentials: Credentials,
        io: Io,
        trace: Trace,
        receiver: Callable[..., Receiver],
        action: ActionModel | None = None,
    ) -> tuple[Answer | None, Outcome]:
        secret_headers = sign(request, app, credentials, self.schemes())
        trace.credentials = credentials
        try:
            if self.pace is None:
                answer = await send(request, secret_headers, io, trace, receiver, self.limits.seconds)
            else:
                async with paced(self.pace, app.key, credentials, request.url.host, io, trace):
                    answer = await send(request, secret_headers, io, trace, receiver, self.limits.seconds)
        except UpstreamError as error:
            failed = Outcome(successful=False, error=str(error), status=error.status, retry_after=error.retry_after)
            return None, scrub(mark_unknown(failed, request.method, action, error), credentials.secrets())
        accept = action.binding.accept if action and isinstance(action.binding, HttpBinding) else ()
        scopes = action.scopes if action else ()

        read = functools.partial(read_outcome, answer, app, credentials, accept, scopes)
        outcome = read() if len(answer.content) < _AT_ONCE else await io.work(read)
        return answer, outcome if outcome.successful else mark_unknown(outcome, request.method, action)

    async def _deliver(
        self,
        peer: Peer | None,
        action: ActionModel,
        request: httpx.Request,
        app: AppModel,
        credentials: Credentials,
        run: Run,
        receiver: Callable[..., Receiver],
    ) -> tuple[Answer | None, Outcome]:
        """Send a request to the API, or pass it to the server of another protocol that runs the operation."""
        if peer is not None:
            return await self._hand_over(peer, action, request, app, credentials, run.call, run.io, run.trace)
        return await self._exchange(request, app, credentials, run.io, run.trace, receiver, action)

    def _preview(
        self,
        request: httpx.Request,
        app: AppModel,
        credentials: Credentials,
        action: ActionModel | None = None,
        arguments: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Return the result of a dry run."""
        if action is not None and isinstance(action.binding, HttpBinding) and action.binding.peer is not None:
            return preview_function(action, arguments or {})
        return preview_request(request, sign(request, app, credentials, self.schemes()), credentials)

    async def _hand_over(
        self,
        peer: Peer,
        action: ActionModel,
        request: httpx.Request,
        app: AppModel,
        credentials: Credentials,
        call: ToolCall,
        io: Io,
        trace: Trace,
    ) -> tuple[Answer | None, Outcome]:
        """Do the same as :meth:`_exchange` for a server of another protocol."""
        if app.by_tenant and peer.server.command:
            raise InvalidRequest(f"{app.key}: only the operator can add apps that start programs.")
        headers = signed_headers(request, sign(request, app, credentials, self.schemes()), app.headers)
        trace.credentials = credentials
        answer, outcome = await ask(
            self.peers,
            peer,
            action,
            request,
            headers,
            owner_of(self.project, call.who, credentials, headers),
            io,
            trace,
            self.limits,
            self._folder(call, app.key, action.slug),
        )
        return answer, scrub(outcome, credentials.secrets())

    async def sign_peer(self, app: AppModel, who: Who, io: Io, url: str) -> tuple[str, dict[str, str]]:
        """Return the signed URL and headers with which to ask a server what it offers. Raises ``ConnectionNotFound``."""
        credentials = await self.credentials(app, who, io)
        request = Request("POST", url, headers=dict(app.headers))
        names = sign(request, app, credentials, self.schemes())
        return str(request.url), signed_headers(request, names, app.headers)

    async def _function(
        self,
        action: ActionModel,
        binding: FunctionBinding,
        arguments: dict[str, Any],
        call: ToolCall,
        io: Io,
        local: Local,
    ) -> Outcome:
        if call.options.dry and not _makes_calls(action):
            return preview_function(action, arguments)
        function = self.functions.load(action)
        injected: dict[str, Any] = {}
        if _makes_calls(action):
            options = call.options.over(self.options())
            injected[CALLING] = Calling(who=call.who, options=options, local=local)
        if LOCAL_TOOLS in binding.injected:
            injected[LOCAL_TOOLS] = local.tools
        if "entity_id" in binding.injected:
            injected["entity_id"] = call.who.entity_id
        if "execute_request" in binding.injected:
            injected["execute_request"] = Requester(self.request, action, call, io, is_asynchronous(function))
        if "read_file" in binding.injected:
            folder = call.options.over(self.options()).upload_folder
            injected["read_file"] = functools.partial(read_upload, action.slug, folder, self.limits.upload)
        if "auth" in binding.injected:
            injected["auth"] = await self.auth_params(action.app, call.who, io, names=action.names)
        keywords = self.functions.bind(action, arguments, injected)
        try:
            value = await io.call(function, keywords)
        except InvalidArguments:
            raise
        except ComposioError as error:
            return Outcome(successful=False, data=None, error=str(error))
        except (Exception, SystemExit) as error:  # a command's main() ends with sys.exit(); the agent must not
            log.debug("tool %s raised", action.slug, exc_info=True)
            return Outcome(successful=False, data=None, error=f"{type(error).__name__}: {error}")
        return Outcome(successful=True, data=self.functions.answer(action, value))

    async def auth_params(self, app_name: str, who: Who, io: Io, *, names: Iterable[str] = ()) -> dict[str, Any]:
        """Return a custom tool's ``auth``: ``base_url``, ``headers`` and ``query_params``, filled, and the ``fields``.

        ``names`` are those of the calling action, for connections that are limited to some actions.
        """
        app = self._app_of_tool(app_name)
        credentials = await self.credentials(app, who, io)
        permit(credentials, app, names)
        where = target(app, credentials, self._override(app))
        base = self._base(app, where)
        request = Request("GET", base, headers=dict(where.headers))
        signed = sign(request, app, credentials, self.schemes())
        return {
            "base_url": str(base),
            "headers": {k: v for k, v in request.headers.items() if k in signed or k in {h.lower() for h in where.headers}},
            "query_params": dict(request.url.params),
            "fields": dict(credentials.values),
        }


def _guard(request: httpx.Request, app: AppModel, servers: tuple[Server, ...], where: Target) -> None:
    """Limit a request to the public internet if a tenant, a provider or a description named its host."""
    if app.by_tenant:
        guard(request, f"the project's description of {app.key}")
    elif named_by_others(servers, where):
        guard(request)
    elif named_by_description(servers, where):
        mark_described(request, app.key)


def _makes_calls(action: ActionModel) -> bool:
    """Return whether the action is a built-in function that makes further calls."""
    return isinstance(action.binding, FunctionBinding) and CALLING in action.binding.injected


def _tell(hook: Any, **arguments: Any) -> None:
    """Call a hook if a plugin implements it: calling one without implementations costs as much as a step of the call."""
    if hook.get_hookimpls():
        hook(**arguments)


def _post(local: Local, action: ActionModel, outcome: Outcome) -> Outcome:
    """Step 9. A processor may return the full result or, for short, only new data."""
    if not local.processors.post:
        return outcome
    shown: dict[str, Any] = dict(outcome.result())
    changed = local.processors.apply("post", action, shown)
    if changed is shown:
        return outcome
    if "successful" not in changed:
        return replace(outcome, data=changed)
    return replace(outcome, successful=bool(changed["successful"]), data=changed.get("data"), error=changed.get("error"))
