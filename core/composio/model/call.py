"""One call on its way through the engine, and its result."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from composio.errors import ConfigurationError, InvalidRequest
from composio.model.action import ActionModel
from composio.model.answers import answering
from composio.model.auth import CustomAuth
from composio.model.dump import finite
from composio.model.processors import NO_PROCESSORS, Processors

__all__ = [
    "ANYONE",
    "CALLING",
    "DEFAULT_ENTITY",
    "LOCAL_TOOLS",
    "NOTHING_LOCAL",
    "NO_OPTIONS",
    "Admitted",
    "Around",
    "CallOptions",
    "Calling",
    "Gate",
    "Local",
    "OffThread",
    "Once",
    "Outcome",
    "RawRequest",
    "Record",
    "Recording",
    "ToolCall",
    "ToolResult",
    "ToolResults",
    "Who",
    "from_run",
]

T = TypeVar("T")
DEFAULT_ENTITY = "default"


class _FromRun(str):
    """The type of a singleton; as an entity's id it is refused."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "from_run"


from_run = _FromRun("from_run")
"""Used as ``entity_id``: the entity comes from the run that makes the call, and a call outside a run raises."""
# Room for a result's own keys and the note about omitted data.
_FEWEST_CHARS = 400
_FROM_ENVIRONMENT = ("upload_folder", "output_folder", "max_result_chars")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """Options of a call. None means the toolset's option, then the backend's, then the environment's.

    ``upload_folder`` is the only folder for files in arguments; without one no local file is read. ``output_folder`` is where
    files that an API sends are saved. ``max_result_chars`` limits the length of a result as JSON, as a model gets it; the data
    is trimmed. ``max_retries`` limits how often a call is made while its post processors ask for a retry. ``output_in_file``
    writes results to the output folder and returns their paths. ``dry`` sends nothing: results describe what would be sent.
    """

    upload_folder: Path | None = None
    output_folder: Path | None = None
    max_result_chars: int | None = None
    max_retries: int | None = None
    output_in_file: bool = False
    dry: bool = False

    @classmethod
    def of(
        cls,
        *,
        upload_folder: object = None,
        output_folder: object = None,
        max_result_chars: object = None,
        max_retries: object = None,
        output_in_file: object = False,
        dry: object = False,
    ) -> CallOptions:
        """Parse the options of callers and the environment.

        Folders become absolute; raises ``InvalidRequest`` for an invalid one.
        """
        if not output_in_file and not dry and (upload_folder, output_folder, max_result_chars, max_retries) == (None,) * 4:
            return NO_OPTIONS
        return cls(
            upload_folder=_folder(upload_folder, "upload_folder"),
            output_folder=_folder(output_folder, "output_folder"),
            max_result_chars=_chars(max_result_chars),
            max_retries=_tries(max_retries),
            output_in_file=bool(output_in_file),
            dry=bool(dry),
        )

    @classmethod
    def from_environment(
        cls, upload: Path | str | None, output: Path | str | None, chars: int | None, environ: Mapping[str, str] = os.environ
    ) -> CallOptions:
        """Return the defaults of calls. Raises ``ConfigurationError`` for invalid variables."""
        given = cls.of(upload_folder=upload, output_folder=output, max_result_chars=chars)
        named = {name: environ.get(f"COMPOSIO_{name.upper()}") or None for name in _FROM_ENVIRONMENT}
        try:
            return given.over(cls.of(**named))
        except InvalidRequest as error:
            raise ConfigurationError(f"The environment's COMPOSIO_{str(error).partition(' ')[0].upper()}: {error}") from None

    def over(self, other: CallOptions) -> CallOptions:
        """Return these options, completed by those of ``other``."""
        if other is NO_OPTIONS or other is self or other == NO_OPTIONS or self == other:
            return self
        return CallOptions(
            upload_folder=self.upload_folder or other.upload_folder,
            output_folder=self.output_folder or other.output_folder,
            max_result_chars=self.max_result_chars or other.max_result_chars,
            max_retries=self.max_retries or other.max_retries,
            output_in_file=self.output_in_file or other.output_in_file,
            dry=self.dry or other.dry,
        )


NO_OPTIONS = CallOptions()


def _folder(value: object, name: str) -> Path | None:
    if value is None:
        return None
    if not isinstance(value, str | Path) or not str(value).strip():
        raise InvalidRequest(f"{name} is the path of a folder; got {value!r:.60}.")
    return Path(value).expanduser().absolute()


def _tries(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise InvalidRequest(f"max_retries is how often to make a call at most, a whole number of at least 1; got {value!r:.60}.")


def _chars(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isdigit():  # the environment's
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= _FEWEST_CHARS):
        return value
    raise InvalidRequest(f"max_result_chars is a whole number of at least {_FEWEST_CHARS}; got {value!r:.60}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who acts, and with which credentials.

    ``any_entity`` means that the caller named no entity: a named connection may then belong to any. ``app_connections`` are
    connections by app key, for calls that name none. ``auth`` is the call's own; ``app_auth`` holds the credentials of
    ``add_auth``, by app key. ``agent`` is the acting program, ``on_behalf_of`` the person it acts for, ``run`` the id of its
    run, if given: for policies and records. ``recipients`` are those to whom the run may send data.
    """

    entity_id: str = DEFAULT_ENTITY
    connected_account_id: str | None = None
    any_entity: bool = False
    app_connections: Mapping[str, str] = field(default_factory=dict)
    auth: CustomAuth | None = None
    app_auth: Mapping[str, CustomAuth] = field(default_factory=dict)
    agent: str = ""
    on_behalf_of: str = ""
    run: str = ""
    recipients: tuple[str, ...] = ()

    def connection_to(self, app: str) -> str | None:
        """Return the connection for calls to ``app``, named by the call or else by app."""
        return self.connected_account_id or self.app_connections.get(app)

    def auth_for(self, app: str) -> CustomAuth | None:
        """Return the credentials passed for calls to ``app``: the call's own, else those of ``add_auth``."""
        return self.auth if self.auth is not None else self.app_auth.get(app)


# No entity named: the default entity, with its own connections.
ANYONE = Who()


@dataclass(frozen=True, slots=True)
class Once:
    """The id under which a call is made only once, and for how many seconds the id is valid.

    ``again`` says that a call that is known to have done nothing may be made again under it, ``safe`` that one with an unknown
    outcome may be too: the API itself deduplicates it.
    """

    key: str
    seconds: float
    again: bool = False
    safe: bool = False

    @classmethod
    def by_key(cls, key: str, *, safe: bool = False) -> Once:
        """Return it for a caller's own idempotency key, which is valid for a day."""
        return cls(f"key {key}", 86_400.0, again=True, safe=safe)

    def name_request(self, entity_id: str, action: str) -> str:
        """Return the request id of such a call: it includes entity and action, so that keys of others never collide."""
        import hashlib  # which loads OpenSSL

        named = json.dumps([entity_id, action, self.key])
        return f"once_{hashlib.sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """An action, its arguments, and who acts: all that a server needs to know about a call.

    ``action`` is a name. ``arguments`` may be JSON text, as models write it. ``spelling`` maps the names shown to the caller to
    those that a provider rejects. ``idempotency_key`` is sent if the app's API accepts one. ``once`` deduplicates the call if
    calls are logged.
    """

    action: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    who: Who = ANYONE
    options: CallOptions = NO_OPTIONS
    spelling: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None
    once: Once | None = None

    @property
    def entity_id(self) -> str:
        """The entity that the call is for."""
        return self.who.entity_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The parts of a call that stay in this process.

    ``action`` is the definition, if the caller has it: its binding may be a function of the user's own. ``processors`` are
    functions too. ``tools`` is for functions of local tools: the folders that they may use. ``gate`` decides whether the call
    may be made, if there is one. ``recording`` logs it, if requested.
    """

    action: ActionModel | None = None
    processors: Processors = NO_PROCESSORS
    tools: object = None
    gate: Gate | None = None
    recording: Recording | None = None

    @classmethod
    def of(cls, action: str | ActionModel, processors: Processors = NO_PROCESSORS, tools: object = None) -> Local:
        """Return the parts for an action by name or definition."""
        return cls(action=None if isinstance(action, str) else action, processors=processors, tools=tools)


NOTHING_LOCAL = Local()


# The parameters in which built-in functions get a :class:`Calling`, and those of local tools ``Local.tools``.
CALLING, LOCAL_TOOLS = "composio_calling", "composio_local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """The call that runs a built-in function: the template for calls that it makes.

    ``options`` are complete: the call's, the backend's and the environment's.
    """

    who: Who
    options: CallOptions = NO_OPTIONS
    local: Local = NOTHING_LOCAL


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A request to an app's API that no action describes: ``execute_request``.

    ``endpoint`` is a path below the app's base URL, or an absolute URL on the same origin. ``actions`` are the names of the
    custom tool that sends it; ``check`` says that it only tests the credentials.
    """

    app: str
    endpoint: str
    method: str = "GET"
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    who: Who = ANYONE
    actions: tuple[str, ...] = ()
    check: bool = False
    options: CallOptions = NO_OPTIONS


_FORMER_KEY = "successfull"
_FORMER_DATA = "response_data"


class ToolResult(dict[str, Any]):
    """What users get: ``{"successful": bool, "data": ..., "error": str | None}``.

    A plain dict that also knows its call: ``call_id`` (the provider's id, None for a direct call) and ``tool`` (the called
    name). ``more`` says what else there is, None if that was all, or if data is not a list:

    - ``next``: arguments of the same action for the next page, to be merged into those of this call; ``last`` those of the
      last page.
    - ``unknown``: why it is unknown whether anything follows, or how to get it. With ``next``, an empty page is the end.
    - ``total``: the number of items, if only headers have it.
    - ``shown`` and ``of``: how many of how many items are left after trimming; ``hint``: what to do about it.

    ``missing_scopes`` are the OAuth scopes that the credentials lack, if the API says so: ``toolset.widen`` asks the user for
    more. ``outcome`` is ``done``, ``failed``, ``unknown`` (a call that changes something was sent, and its effect is unknown)
    or ``replayed``: nothing was sent, as an earlier call under the same id or key has this result.
    """

    __slots__ = ("call_id", "missing_scopes", "more", "outcome", "tool")

    def __init__(
        self,
        value: Mapping[str, Any],
        *,
        call_id: str | None = None,
        tool: str = "",
        more: Mapping[str, Any] | None = None,
        outcome: str = "",
        missing_scopes: Sequence[str] = (),
    ) -> None:
        super().__init__(value)
        self.missing_scopes = tuple(missing_scopes)
        self.outcome = outcome or ("failed" if self.failed else "done")
        self.call_id = call_id
        self.tool = tool
        self.more = more

    @property
    def approval_id(self) -> str | None:
        """The approval that the call waits for; None if there is none. See :class:`composio.policy.Policy`."""
        data = self.get("data")
        asked = data.get("approval_required") if isinstance(data, Mapping) and self.failed else None
        return asked.get("id") if isinstance(asked, Mapping) else None

    @property
    def failed(self) -> bool:
        """Whether the call succeeded. A post processor may have removed ``successful``: that is not a failure."""
        return not self.get("successful", True)

    # v0.7 spelt the key `successfull`. Reading it works; it is never printed, iterated over or dumped.

    def __missing__(self, key: str) -> Any:
        if key == _FORMER_KEY:
            return self["successful"]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return super().__contains__("successful" if key == _FORMER_KEY else key)

    def get(self, key: str, default: Any = None) -> Any:
        """Work as a dict's."""
        return super().get("successful" if key == _FORMER_KEY and not super().__contains__(key) else key, default)

    def to_json(self) -> str:
        """Return JSON text for a model: unescaped Unicode; types that JSON lacks become strings.

        If there is :attr:`more`, the data has it in ``_more``; data that is not an object is then in ``items``, ``text`` or
        ``value``.
        """
        shown = self.shown()
        try:
            return json.dumps(shown, ensure_ascii=False, default=str, allow_nan=False)
        except ValueError:  # NaN and infinity, which a function may return and JSON does not have
            return json.dumps(finite(shown), ensure_ascii=False, default=str)

    def shown(self) -> dict[str, Any]:
        """Return the content of :meth:`to_json` as a dict."""
        return dict(self) if self.more is None else {**self, "data": _with_more(self.get("data"), self.more)}

    def to_json_or_raise(self, error: Callable[[str], Exception]) -> str:
        """Return :meth:`to_json`.

        For a failure raise ``error`` with that text, for frameworks that report failures in that way.
        """
        text = self.to_json()
        if self.failed:
            raise error(text)
        return text


class ToolResults(list[ToolResult]):
    """One result for each call of a response, in the order of the calls, and the model's own messages.

    ``messages`` is the model's own part of the conversation, in its API's input format; it is also available after a stream was
    read. Example: ``messages += [*results.messages, *toolset.tool_messages(response, results)]``
    """

    __slots__ = ("messages",)

    def __init__(self, results: Iterable[ToolResult] = (), messages: Iterable[Any] = ()) -> None:
        super().__init__(results)
        self.messages: list[Any] = list(messages)

    @property
    def message(self) -> Any:
        """The model's own message; None if there is none or several (Responses' output items: see ``messages``)."""
        return self.messages[0] if len(self.messages) == 1 else None


def _with_more(data: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(data, Mapping):
        return {**data, "_more": more}
    name = "items" if isinstance(data, list) else "text" if isinstance(data, str) else "value"
    return {name: data, "_more": more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a call. ``status`` is the HTTP status if there is one, ``more`` is as in :class:`ToolResult`.

    ``headers`` are the response's, for requests that no action describes: without cookies and hop-by-hop headers.
    ``retry_after`` is the number of seconds that the API asks not to be called, after 429 and 503. ``is_unknown`` says that a
    call that changes something was sent and got no conclusive answer; ``is_replayed`` that nothing was sent, as an earlier call
    under the same id or key has this outcome.
    """

    successful: bool
    data: Any = None
    error: str | None = None
    status: int | None = None
    more: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    retry_after: float | None = None
    is_unknown: bool = False
    is_replayed: bool = False
    missing_scopes: Sequence[str] = ()

    def result(self, *, call_id: str | None = None, tool: str = "") -> ToolResult:
        """Return the dict for users."""
        # v0.7 had most actions' data under `response_data`; reading that returns the data.
        data = answering(self.data, _FORMER_DATA) if type(self.data) is dict else self.data
        shown = {"successful": self.successful, "data": data, "error": self.error}
        outcome = "unknown" if self.is_unknown and not self.successful else "replayed" if self.is_replayed else ""
        return ToolResult(
            shown, call_id=call_id, tool=tool, more=self.more, outcome=outcome, missing_scopes=self.missing_scopes
        )


def _leave(outcome: Outcome) -> Outcome:
    return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What observers get after a call: no arguments, credentials or data.

    ``url`` has neither query nor user info. ``seconds`` is the duration of the call, ``attempts`` the number of requests sent.
    ``clean`` removes the call's credentials, which an API may have echoed, from an outcome that is to be stored.
    """

    action: str
    app: str
    entity_id: str
    successful: bool
    status: int | None
    error: str | None
    method: str
    url: str
    attempts: int
    seconds: float
    clean: Callable[[Outcome], Outcome] = field(default=_leave, repr=False, compare=False)


# What stands between a checked call and its request, if configured. It is here because `Local` holds one.


class OffThread(Protocol):
    """Runs functions that may wait for a disk without blocking other calls."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may be made: ``call``, which may name its connection now.

    ``once`` says that a single request was approved, and not another one for a shorter response. ``settle`` is called with the
    outcome, or None if there is none. ``decision`` is what admitted it: ``allow``, or ``confirm`` with the approval and its
    approver.
    """

    call: ToolCall
    once: bool = False
    settle: Callable[[Outcome | None], Awaitable[None]] | None = None
    decision: str = ""
    approval_id: str | None = None
    approver: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What a gate may ask about a call besides the call itself.

    ``connection`` returns the id of the connection that it would use, or the source of its credentials. ``files`` returns a
    digest of each file in its arguments, by name. ``work`` runs functions that may wait for a disk, ``sleep`` waits. ``clean``
    is as in :class:`Record`.
    """

    connection: Callable[[], Awaitable[str]]
    files: Callable[[], Mapping[str, str]]
    work: OffThread
    sleep: Callable[[float], Awaitable[None]]
    clean: Callable[[Outcome], Outcome] = _leave


class Gate(Protocol):
    """Decides about calls. The engine calls it with final, checked arguments, before it looks for credentials."""

    async def admit(
        self,
        action: ActionModel,
        arguments: Mapping[str, Any],
        call: ToolCall,
        around: Around,
    ) -> Admitted | Outcome:
        """Return the call as it may be made; an outcome if it may not be, or not yet."""
        ...

    def offers(self, action: ActionModel, who: Who) -> bool:
        """Return whether to offer a tool: False if no call of it would be allowed."""
        ...


class Recording(Protocol):
    """Logs one call."""

    async def recall(self, action: ActionModel, arguments: Mapping[str, Any], call: ToolCall, around: Around) -> Outcome | None:
        """Return the outcome of an earlier call under the same id; None if there is none and a gate may decide."""
        ...

    async def begin(
        self, action: ActionModel, arguments: Mapping[str, Any], admitted: Admitted | Outcome, around: Around
    ) -> Outcome | None:
        """Log what is about to be sent, or why it is not. An outcome means that nothing is sent."""
        ...

    async def note(self, outcome: Outcome, around: Around) -> None:
        """Log how the call ended, before its outcome is processed."""
        ...
