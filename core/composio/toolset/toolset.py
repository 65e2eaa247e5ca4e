"""``ComposioToolSet``: the main class. It delegates the work and remembers who calls and which tools it handed out.

Source: documentation pages "Fetching Tools", "Executing Tools", "Processing Tools" and "Injecting Custom Credentials".
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, cast

from composio.client import arguments as read
from composio.client.arguments import ActionLike, AppLike, AuthLike, Many, ProcessorTable
from composio.client.client import Composio
from composio.client.entity import Entity
from composio.client.former import ExplainsFormer
from composio.client.owner import BackendOwner, Closes, blocking, blocking_read, explain, forward
from composio.discovery import is_discovery
from composio.errors import InvalidRequest
from composio.framework import CallCodec, FrameworkAdapter, PausingInvoke
from composio.model.action import ActionModel, JsonSchema
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import CallOptions, Local, RawRequest, ToolCall, ToolResult, ToolResults, Who
from composio.model.parameters import RequestParameters, place
from composio.model.processors import NO_PROCESSORS, Processors
from composio.model.secret import hide_text, veil
from composio.process.forks import cached
from composio.schema.dialect import Dialect
from composio.toolset.accounts import ToolsetAccounts
from composio.toolset.acting import Acting
from composio.toolset.approvals import ToolsetApprovals, check_dedupe, hold_to_lock, is_dry, put_under
from composio.toolset.definitions import ToolsetDefinitions
from composio.toolset.invoke import Caller, together
from composio.toolset.offers import NOBODY, Offer, Offers, Tools, spelling
from composio.toolset.stored import StoredTools, dump, load
from composio.toolset.tools import ToolT, codec_of, load_part, make_tools, offers_by_name, toolset_class
from composio.toolset.triggers import ToolsetTriggers

if TYPE_CHECKING:
    import logging

    from composio.backend import Backend
    from composio.client.calls import LoggedCalls
    from composio.client.mcp import Toolkit
    from composio.model.hosted import McpServer
    from composio.policy.once import ByCallId
    from composio.policy.policy import Policy
    from composio.toolset.repeats import Repeats
    from composio.toolset.session import ToolSession
    from composio.triggers.listening import TriggerListener

__all__ = ["ComposioToolSet"]


class ComposioToolSet(ExplainsFormer, Closes, Generic[ToolT]):
    """Tools for one framework, run for one entity unless a call names another.

    The base class gives dicts ``{"name", "description", "parameters"}``; each plugin's subclass gives its framework's tools.
    ``entity_id`` is your own id of the user whom calls act for, or ``from_run`` if each run names it (:meth:`acting_as`).
    ``connected_account_ids`` maps an app to the connection to use, if the entity has several. ``processors`` apply to every
    tool and call of this toolset. ``home`` is the folder for state (default: ``COMPOSIO_HOME``, then the platform's data
    folder). ``backend`` replaces the default backend, and stays open when the toolset is closed. ``base_url`` and ``api_key``
    select a server, as ``COMPOSIO_BASE_URL`` and ``COMPOSIO_API_KEY`` do; without a base URL everything runs in this process.
    ``upload_folder`` is the only folder from which arguments may name files; without it no local file is read.
    ``output_folder`` (v0.7's ``output_dir``) receives the files that an API sends and, with ``output_in_file``, results.
    ``max_result_chars`` limits a result's length as JSON text. ``max_retries`` is the maximum number of attempts while a post
    processor returns ``RETRY``. ``policy``, a :class:`composio.policy.Policy` or the path of a ``policy.toml``, decides which
    calls may run and which need an approval first; ``read_only`` blocks every change. ``dedupe``,
    :class:`composio.policy.ByCallId`, runs each of a model's calls once per call id of its provider. ``mode="dry"`` sends
    nothing: results show what would be sent. ``max_repeats`` limits how often in a row a model's call may get the same answer:
    after that the model gets an error and the call is not made. ``frozen``, True or the path of a ``composio.lock``, pins
    actions to that lock file. ``select`` lets models name the part of an answer that they want, in tools that read. ``interrupts`` pauses a framework's run at a call that needs approval, by the framework's own
    interrupt, where it has one. ``local_tools`` is ``composio_localtools.LocalTools(folder=...)``, which lets local tools use
    that folder. Further options come from v0.7 and have no effect. Each method that waits has an asynchronous twin with the
    prefix ``a``. Close it with ``with``, ``async with`` or :meth:`close`; using it again reopens it.
    """

    # Plugins set these, as "module:Class", imported on first use.
    adapter: str | FrameworkAdapter[ToolT] = "composio.framework:NeutralAdapter"
    codec: str | CallCodec | None = "composio.framework:NeutralCodec"

    # From v0.7, for subclasses: class Mine(ComposioToolSet, description_char_limit=200).
    _description_char_limit: int | None = None
    _action_name_char_limit: int | None = None

    def __init_subclass__(
        cls,
        *,
        runtime: str | None = None,
        description_char_limit: int | None = None,
        action_name_char_limit: int | None = None,
        **options: Any,
    ) -> None:
        """``runtime`` is from v0.7 and has no effect. The limits bound the length of a tool's description and name."""
        del runtime
        super().__init_subclass__(**options)
        cls._description_char_limit = description_char_limit or cls._description_char_limit
        cls._action_name_char_limit = action_name_char_limit or cls._action_name_char_limit

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        entity_id: str | None = None,
        *former: Any,
        connected_account_ids: Mapping[Any, str] | None = None,
        processors: ProcessorTable = None,
        backend: Backend | None = None,
        home: Path | str | None = None,
        upload_folder: Path | str | None = None,
        output_folder: Path | str | None = None,
        max_result_chars: int | None = None,
        max_retries: int | None = None,
        output_in_file: bool = False,
        local_tools: object = None,
        policy: Policy | Path | str | None = None,
        read_only: bool = False,
        dedupe: ByCallId | None = None,
        mode: Literal["live", "dry"] = "live",
        max_repeats: int | None = None,
        frozen: bool | Path | str = False,
        select: bool = False,
        interrupts: bool = False,
        **options: Any,
    ) -> None:
        if former:
            placed = read.by_position(type(self).__name__, former)
            connected_account_ids = placed.pop("connected_account_ids", connected_account_ids)
            processors = placed.pop("processors", processors)
            output_in_file = placed.pop("output_in_file", output_in_file)
            options = {**placed, **options}
        read.check_options(type(self).__name__, options)
        from composio.plugin.foreign import warn_of_foreign

        warn_of_foreign()
        hidden = None if api_key is None else hide_text(api_key)
        del api_key
        under = None if policy is None and not read_only else put_under(policy, read_only=read_only)
        if frozen is not False:
            under = hold_to_lock(frozen, under)
        self._owner = BackendOwner(home=home, backend=backend, api_key=hidden, base_url=base_url, under=under)
        self._acting = Acting(entity_id, connected_account_ids)
        self._processors = Processors.of(processors)
        self._options = CallOptions.of(
            upload_folder=upload_folder,
            output_folder=output_folder or options.get("output_dir"),
            max_result_chars=max_result_chars,
            max_retries=max_retries,
            output_in_file=output_in_file,
            dry=is_dry(mode),
        )
        self._api_key = hidden
        self._offers = Offers()
        self._local_tools = local_tools
        self._dedupe = check_dedupe(dedupe)
        self._interrupts = interrupts
        self._repeats = None if max_repeats is None else _read_repeats(max_repeats)
        self._select = bool(select)

    @property
    def api_key(self) -> str | None:
        """The given key, or the value of ``COMPOSIO_API_KEY``. Only a server needs one."""
        return read.key_of(self._api_key)

    @property
    def logger(self) -> logging.Logger:
        """The logger of this package: ``logging.getLogger("composio")``."""
        import logging  # slow to import

        return logging.getLogger("composio")

    @property
    def entity_id(self) -> str:
        """The entity of calls that name none."""
        return self._acting.entity()

    @entity_id.setter
    def entity_id(self, entity_id: str) -> None:
        self._acting.own_entity = read.entity(entity_id)

    def validate_entity_id(self, entity_id: str) -> str:
        """Return the entity of a call for ``entity_id``. Raises ``InvalidRequest`` if the toolset acts for another one.

        For subclasses, as in v0.7: of two ids, ``"default"`` is ignored.
        """
        return self._acting.agree(entity_id)

    def acting_as(
        self,
        entity_id: str,
        *,
        agent: str = "",
        on_behalf_of: str = "",
        run: str | None = None,
        recipients: Iterable[str] = (),
    ) -> AbstractContextManager[str]:
        """Act for an entity within a ``with`` block, including the tasks and threads that the block starts.

        The block's entity is binding: it can't call a tool made for another entity. ``agent`` is the acting program and
        ``on_behalf_of`` the person it acts for; policies and approvals can read both. ``run`` is your own id of the run
        (default: a new one); ``with`` yields it, and the log of calls records it. ``recipients`` are those that the user named,
        or patterns such as ``"*@example.com"``, for a policy's ``flow``. A thread started without a copy of the
        context is outside the block. Pass ``entity_id=from_run`` to the tools: they raise there instead of acting for the
        toolset's own entity.
        """
        return self._acting.acting_as(entity_id, agent, on_behalf_of, run, recipients)

    def approving_as(self, by: str, *, groups: Iterable[str] = ()) -> AbstractContextManager[None]:
        """Attribute answers to interrupts within a ``with`` block to the person ``by``, who belongs to ``groups``.

        Put it around the call that resumes a run, with the person whom your program has authenticated.
        """
        from composio.toolset.pausing import approving_as

        return approving_as(by, groups)

    @cached
    def calls(self) -> LoggedCalls:
        """The log of calls: the caller, the decision and the outcome of each."""
        from composio.client.calls import LoggedCalls

        return LoggedCalls(self.backend)

    async def aforget_entity(self, entity_id: str) -> dict[str, int]:
        """Delete an entity's triggers, connections and approvals, and erase its data from calls and events, permanently.

        Returns the number of each. If interrupted, call it again to finish.
        """
        from composio.client.people import forget

        return await forget(self.backend, entity_id)

    async def aexport_entity(self, entity_id: str) -> dict[str, list[dict[str, Any]]]:
        """Export the data of an entity as JSON data: triggers, connections without secrets, approvals, calls, events."""
        from composio.client.people import export

        return await export(self.backend, entity_id)

    forget_entity = blocking(aforget_entity)
    export_entity = blocking(aexport_entity)

    @property
    def backend(self) -> Backend:
        """The backend that runs everything; an embedded one is created on first use."""
        return self._owner.backend

    def close(self) -> None:
        """Close everything that was opened here. Using the toolset again reopens it."""
        self._owner.close()

    async def aclose(self) -> None:
        """Like :meth:`close`, asynchronously."""
        await self._owner.aclose()

    # Definitions and accounts: see where each is defined

    @cached
    def client(self) -> Composio:
        """The client of the same backend, for all users; ``wait_until_active(client=toolset.client)``."""
        return Composio(backend=self.backend, app_auth=lambda: self._acting.app_auth)

    @cached
    def _accounts(self) -> ToolsetAccounts:
        return ToolsetAccounts(self.client, self._acting)

    @cached
    def approvals(self) -> ToolsetApprovals:
        """Calls that wait for a decision: list, approve, deny and run them. See :class:`composio.policy.Policy`."""
        return ToolsetApprovals(self.backend, self._acting, self._options, self._processors, self._local_tools)

    @cached
    def _triggers(self) -> ToolsetTriggers:
        return ToolsetTriggers(self.client)

    @cached
    def _definitions(self) -> ToolsetDefinitions:
        return ToolsetDefinitions(self._accounts)

    def get_entity(self, id: str | None = None) -> Entity:
        """Return one of your users by your own id; by default the toolset's. Looks up and stores nothing."""
        return self.client.get_entity(self._acting.entity(id))

    aget_action_schemas = forward("_definitions", ToolsetDefinitions.aget_action_schemas)
    aget_action = forward("_definitions", ToolsetDefinitions.aget_action)
    avalidate_tools = forward("_definitions", ToolsetDefinitions.avalidate_tools)
    aget_agent_instructions = forward("_definitions", ToolsetDefinitions.aget_agent_instructions)
    aget_apps = forward("_definitions", ToolsetDefinitions.aget_apps)
    aget_app = forward("_definitions", ToolsetDefinitions.aget_app)
    afind_actions_by_tags = forward("_definitions", ToolsetDefinitions.afind_actions_by_tags)
    afind_actions_by_use_case = forward("_definitions", ToolsetDefinitions.afind_actions_by_use_case)
    acreate_integration = forward("_accounts", ToolsetAccounts.acreate_integration)
    aget_integration = forward("_accounts", ToolsetAccounts.aget_integration)
    aget_integrations = forward("_accounts", ToolsetAccounts.aget_integrations)
    aremove_integration = forward("_accounts", ToolsetAccounts.aremove_integration)
    ainitiate_connection = forward("_accounts", ToolsetAccounts.ainitiate_connection)
    acomplete_connection = forward("_accounts", ToolsetAccounts.acomplete_connection)
    aget_connected_account = forward("_accounts", ToolsetAccounts.aget_connected_account)
    aget_connected_accounts = forward("_accounts", ToolsetAccounts.aget_connected_accounts)
    areinitiate_connection = forward("_accounts", ToolsetAccounts.areinitiate_connection)
    awiden = forward("_accounts", ToolsetAccounts.awiden)
    adelete_connection = forward("_accounts", ToolsetAccounts.adelete_connection)
    arefresh_connection = forward("_accounts", ToolsetAccounts.arefresh_connection)
    aenable_connection = forward("_accounts", ToolsetAccounts.aenable_connection)
    adisable_connection = forward("_accounts", ToolsetAccounts.adisable_connection)
    aset_connection_labels = forward("_accounts", ToolsetAccounts.aset_connection_labels)
    aget_expected_params_for_user = forward("_accounts", ToolsetAccounts.aget_expected_params_for_user)
    afetch_expected_integration_params = forward("_accounts", ToolsetAccounts.afetch_expected_integration_params)
    aget_auth_schemes = forward("_accounts", ToolsetAccounts.aget_auth_schemes)
    aget_auth_scheme_for_app = forward("_accounts", ToolsetAccounts.aget_auth_scheme_for_app)
    aget_auth_params = forward("_accounts", ToolsetAccounts.aget_auth_params)
    acheck_connected_account = forward("_accounts", ToolsetAccounts.acheck_connected_account)
    aget_trigger = forward("_triggers", ToolsetTriggers.aget_trigger)
    aget_trigger_config_scheme = forward("_triggers", ToolsetTriggers.aget_trigger_config_scheme)
    aget_active_triggers = forward("_triggers", ToolsetTriggers.aget_active_triggers)
    adelete_trigger = forward("_triggers", ToolsetTriggers.adelete_trigger)

    get_action_schemas = blocking_read(aget_action_schemas)
    get_action = blocking_read(aget_action)
    validate_tools = blocking_read(avalidate_tools)
    get_agent_instructions = blocking_read(aget_agent_instructions)
    get_apps = blocking_read(aget_apps)
    get_app = blocking_read(aget_app)
    find_actions_by_tags = blocking_read(afind_actions_by_tags)
    find_actions_by_use_case = blocking_read(afind_actions_by_use_case)
    create_integration = blocking(acreate_integration)
    get_integration = blocking(aget_integration)
    get_integrations = blocking(aget_integrations)
    remove_integration = blocking(aremove_integration)
    initiate_connection = blocking(ainitiate_connection)
    complete_connection = blocking(acomplete_connection)
    get_connected_account = blocking(aget_connected_account)
    get_connected_accounts = blocking(aget_connected_accounts)
    reinitiate_connection = blocking(areinitiate_connection)
    widen = blocking(awiden)
    delete_connection = blocking(adelete_connection)
    refresh_connection = blocking(arefresh_connection)
    enable_connection = blocking(aenable_connection)
    disable_connection = blocking(adisable_connection)
    set_connection_labels = blocking(aset_connection_labels)
    get_expected_params_for_user = blocking(aget_expected_params_for_user)
    fetch_expected_integration_params = blocking(afetch_expected_integration_params)
    get_auth_schemes = blocking(aget_auth_schemes)
    get_auth_scheme_for_app = blocking(aget_auth_scheme_for_app)
    get_auth_params = blocking(aget_auth_params)
    check_connected_account = blocking(acheck_connected_account)
    get_trigger = blocking_read(aget_trigger)
    get_trigger_config_scheme = blocking_read(aget_trigger_config_scheme)
    get_active_triggers = blocking(aget_active_triggers)
    delete_trigger = blocking(adelete_trigger)

    # Tools

    @explain
    async def aget_tools(
        self,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        entity_id: str | None = None,
        *,
        processors: ProcessorTable = None,
        limit: int | None = None,
        check_connected_accounts: bool = True,
        framework: str | None = None,
        max_result_chars: int | None = None,
        connected_account_id: str | None = None,
        skip_default: bool = False,
        use_case: str | None = None,
    ) -> Tools[ToolT]:
        """Return a list of the framework's own tool objects. See :meth:`get_action_schemas` for the selection.

        Raises ``ConnectionNotFound`` if the entity is not connected to an app, unless ``check_connected_accounts`` is False.
        ``processors``, ``entity_id``, ``connected_account_id`` and ``max_result_chars`` are bound to these tools: native tools
        carry them, and ``handle_tool_calls`` finds them in the same context or through ``tools=``. ``framework``, as in
        ``"langchain"``, returns the tools of another installed plugin. ``skip_default`` omits defaults from schemas.
        """
        shown = _bare if skip_default else list
        found = await self.aget_action_schemas(
            apps,
            actions,
            tags,
            check_connected_accounts=check_connected_accounts and not self._acting.is_open(entity_id),
            limit=limit,
            entity_id=entity_id,
            connected_account_id=connected_account_id,
            use_case=use_case,
        )
        return self._hand_out(
            shown(found), Processors.of(processors), entity_id, framework, max_result_chars, connected_account_id
        )

    @explain
    def get_tools(
        self,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        entity_id: str | None = None,
        *,
        processors: ProcessorTable = None,
        limit: int | None = None,
        check_connected_accounts: bool = True,
        framework: str | None = None,
        max_result_chars: int | None = None,
        connected_account_id: str | None = None,
        skip_default: bool = False,
        use_case: str | None = None,
    ) -> Tools[ToolT]:
        """Synchronous form of :meth:`aget_tools`."""
        shown = _bare if skip_default else list
        found = self.get_action_schemas(
            apps,
            actions,
            tags,
            check_connected_accounts=check_connected_accounts and not self._acting.is_open(entity_id),
            limit=limit,
            entity_id=entity_id,
            connected_account_id=connected_account_id,
            use_case=use_case,
        )
        return self._hand_out(
            shown(found), Processors.of(processors), entity_id, framework, max_result_chars, connected_account_id
        )

    @explain
    async def adiscovery_tools(
        self,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        entity_id: str | None = None,
        *,
        processors: ProcessorTable = None,
        framework: str | None = None,
        max_result_chars: int | None = None,
        redirect_url: str | None = None,
        auth_configs: Mapping[str, str] | None = None,
    ) -> Tools[ToolT]:
        """Return four tools with which a model finds, reads, runs and connects all others, instead of all their definitions.

        ``actions``, ``apps`` and ``tags`` limit what the model may find and run; an app includes all its actions, and the
        default is the whole catalog. A function under ``@action`` is included only if named. ``processors`` apply to the tools
        that run, and ``max_result_chars`` limits a whole answer. ``redirect_url`` is the page for users once they are
        connected. ``auth_configs`` maps an app to the integration through which users connect, and whose newest account is
        used. The other arguments are as in :meth:`get_tools`. Not in v0.7.
        """
        found = await self._definitions.adiscover(actions, apps, tags, redirect_url, auth_configs)
        return self._hand_out(found, Processors.of(processors), entity_id, framework, max_result_chars, None)

    @explain
    def discovery_tools(
        self,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        entity_id: str | None = None,
        *,
        processors: ProcessorTable = None,
        framework: str | None = None,
        max_result_chars: int | None = None,
        redirect_url: str | None = None,
        auth_configs: Mapping[str, str] | None = None,
    ) -> Tools[ToolT]:
        """Synchronous form of :meth:`adiscovery_tools`."""
        read_with = getattr(self.backend, "read", self.backend.run)
        found = read_with(lambda: self._definitions.adiscover(actions, apps, tags, redirect_url, auth_configs))
        return self._hand_out(found, Processors.of(processors), entity_id, framework, max_result_chars, None)

    async def aget_actions(self, actions: Many[ActionLike], entity_id: str | None = None) -> Tools[ToolT]:
        """v0.7's older name for ``aget_tools(actions=...)``."""
        return await self.aget_tools(actions, entity_id=entity_id)

    def get_actions(self, actions: Many[ActionLike], entity_id: str | None = None) -> Tools[ToolT]:
        """Synchronous form of :meth:`aget_actions`."""
        return self.get_tools(actions, entity_id=entity_id)

    def _hand_out(
        self,
        actions: Sequence[ActionModel],
        processors: Processors,
        entity_id: str | None,
        framework: str | None,
        max_result_chars: int | None,
        connected_account_id: str | None,
    ) -> Tools[ToolT]:
        # In the caller's own context and thread: offers belong to it, and a framework can be imported there.
        whose = self._acting.whose(entity_id, connected_account_id)
        if self._owner.is_guarded:
            from composio.policy.guarded import NOT_YET, keep_offered

            is_open = self._acting.is_open(entity_id)
            actions = keep_offered(self._owner.backend, actions, NOT_YET if is_open else self._acting.who(entity_id))
        options = CallOptions.of(max_result_chars=max_result_chars)
        adapter = self._adapter if framework is None else load_part(toolset_class(framework, self.backend.plugins).adapter)
        dialect = self._limit(adapter.dialect)
        tools = make_tools(
            actions,
            adapter,
            dialect,
            schema_processors=self._processors.then(processors),
            offer=lambda name, action: Offer(name, action, processors, whose, options, spelling(action, dialect)),
            invoke=self._caller().invoke,
            pausing=self._pausing(adapter.name) if self._interrupts else None,
            select=self._select,
        )
        self._offers.add(tools.offers)
        return tools

    def _pausing(self, framework: str) -> Callable[[Offer], PausingInvoke]:
        from composio.toolset.pausing import pausing

        invoke = self._caller().invoke
        return lambda offer: pausing(invoke(offer), framework)

    def _limit(self, dialect: Dialect) -> Dialect:
        """Return ``dialect`` with the limits that a subclass sets."""
        return replace(
            dialect,
            description_limit=self._description_char_limit or dialect.description_limit,
            name_limit=self._action_name_char_limit or dialect.name_limit,
        )

    def _caller(
        self,
        entity_id: str | None = None,
        processors: ProcessorTable = None,
        connected_account_id: str | None = None,
        auth: AuthLike = None,
    ) -> Caller:
        anybody = entity_id is None and connected_account_id is None and not self._acting.promised
        return Caller(
            backend=self._owner.backend,
            acting=self._acting,
            given=NOBODY if anybody else self._acting.whose(entity_id, connected_account_id),
            auth=None if auth is None else CustomAuth.of(auth),
            before=self._processors,
            after=NO_PROCESSORS if processors is None else Processors.of(processors),
            options=self._options,
            local_tools=self._local_tools,
            dedupe=self._dedupe,
            repeats=self._repeats,
        )

    # Calls

    @explain
    async def aexecute_action(
        self,
        action: ActionLike,
        params: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        entity_id: str | None = None,
        connected_account_id: str | None = None,
        text: str | None = None,
        *,
        auth: AuthLike = None,
        processors: ProcessorTable = None,
        session_id: str | None = None,
        max_result_chars: int | None = None,
        idempotency_key: str | None = None,
    ) -> ToolResult:
        """Run one action. Returns ``{"successful", "data", "error"}``.

        An API error or invalid arguments give an unsuccessful result; a mistake in the calling code raises. ``auth`` overrides
        ``add_auth``, which overrides connections. ``connected_account_id`` must belong to the entity; if neither the call nor
        the toolset names an entity, it may belong to any. ``max_result_chars`` applies to this call. ``idempotency_key`` is
        your own id of the call: the call is made once per key and day, and a repeat gets the first result. ``metadata`` and
        ``session_id`` are from v0.7 and have no effect; ``text`` is the action's parameter of that name.
        """
        auth = veil(auth)
        del metadata, session_id
        if text:
            params = read.with_text(params, text, await self.aget_action(action))
        who = self._acting.who(entity_id, connected_account_id, auth)
        call, local = self._direct_call(action, params, who, processors, max_result_chars, idempotency_key)
        return (await self.backend.execute(call, local)).result(tool=call.action)

    @explain
    def execute_action(
        self,
        action: ActionLike,
        params: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        entity_id: str | None = None,
        connected_account_id: str | None = None,
        text: str | None = None,
        *,
        auth: AuthLike = None,
        processors: ProcessorTable = None,
        session_id: str | None = None,
        max_result_chars: int | None = None,
        idempotency_key: str | None = None,
    ) -> ToolResult:
        """Synchronous form of :meth:`aexecute_action`."""
        auth = veil(auth)
        del metadata, session_id
        if text:
            params = read.with_text(params, text, self.get_action(action))
        who = self._acting.who(entity_id, connected_account_id, auth)
        call, local = self._direct_call(action, params, who, processors, max_result_chars, idempotency_key)
        return self.backend.execute_sync(call, local).result(tool=call.action)

    def _direct_call(
        self,
        action: ActionLike,
        params: object,
        who: Who,
        processors: ProcessorTable,
        max_result_chars: int | None,
        idempotency_key: str | None,
    ) -> tuple[ToolCall, Local]:
        target = read.action_target(action)
        options, own = self._options, self._processors
        if max_result_chars is not None:
            options = CallOptions.of(max_result_chars=max_result_chars).over(options)
        if processors is not None:
            own = own.then(Processors.of(processors))
        name = target if isinstance(target, str) else target.slug
        key = None if idempotency_key is None else read.idempotency_key(idempotency_key)
        call = ToolCall(action=name, arguments=read.params_of(params), who=who, options=options, idempotency_key=key)
        return call, Local.of(target, own, self._local_tools)

    async def aexecute_request(
        self,
        endpoint: str,
        method: str = "GET",
        *,
        body: Any = None,
        parameters: RequestParameters | None = None,
        connection_id: str | None = None,
        app: AppLike | None = None,
        auth: AuthLike = None,
        entity_id: str | None = None,
    ) -> ToolResult:
        """Send a request to an app's API with its credentials. ``endpoint`` is a path below the app's base URL.

        ``parameters`` is a dict of query parameters, or v0.7's list of ``{"name", "value", "in": "query" | "header" |
        "path"}``.
        """
        auth = veil(auth)
        if app is None:
            if connection_id is None:
                raise InvalidRequest("execute_request: name the app, for example app=App.GITHUB, or give connection_id=.")
            connection_id = read.connection(connection_id) or ""
            app = (await self.backend.accounts.connection(connection_id, entity_id=self._acting.choose(entity_id))).app
        filled, query, headers = place(endpoint, parameters)
        request = RawRequest(
            app=read.app_name(app),
            endpoint=filled,
            method=method.upper(),
            body=body,
            query=query,
            headers=headers,
            who=self._acting.who(entity_id, connection_id, auth),
            options=self._options,
        )
        return (await self.backend.request(request)).result(tool="execute_request")

    execute_request = blocking(aexecute_request)

    @explain
    def handle_tool_calls(
        self,
        response: Any,
        entity_id: str | None = None,
        check_requested_actions: bool = True,
        *,
        tools: Sequence[Any] | None = None,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        processors: ProcessorTable = None,
        framework: str | None = None,
        connected_account_id: str | None = None,
        auth: AuthLike = None,
    ) -> ToolResults:
        """Run every tool call of a model's response concurrently. Results have the order of the calls.

        A failed call gives an unsuccessful result of that call. ``tools``, the list from ``get_tools`` or ``load_tools``,
        defines which tools may run and with which processors. ``actions`` and ``apps`` select them as in :meth:`get_tools`, for
        a response that another process requested. Without any of these, the tools that this toolset handed out may run. A call
        to any other tool is refused, unless ``check_requested_actions`` is False. ``framework`` names the framework of the
        response, as in :meth:`get_tools`. ``connected_account_id`` is the connection to use for calls of its app; calls of
        other apps fail. ``auth`` is as in :meth:`execute_action`.
        """
        if isinstance(response, AsyncIterable):
            raise InvalidRequest("handle_tool_calls can't read an asynchronous stream; use `await ahandle_tool_calls(...)`.")
        codec = self._codec if framework is None else self._codec_of(framework)
        whole = codec.collect(response)
        calls = codec.calls_in(whole)
        named = None
        if calls and not (actions is None and apps is None):
            found = self.get_action_schemas(apps, actions, check_connected_accounts=False) if actions or apps else []
            named = self._offers_of(found, framework, entity_id)
        caller = self._caller(entity_id, processors, connected_account_id, auth)
        planned = caller.plan(calls, self._offers, tools=tools, named=named, only_offered=check_requested_actions)
        done = [planned[0].run()] if len(planned) == 1 else self.backend.run(lambda: together(planned)) if planned else []
        return ToolResults(done, codec.messages_in(whole))

    @explain
    async def ahandle_tool_calls(
        self,
        response: Any,
        entity_id: str | None = None,
        check_requested_actions: bool = True,
        *,
        tools: Sequence[Any] | None = None,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        processors: ProcessorTable = None,
        framework: str | None = None,
        connected_account_id: str | None = None,
        auth: AuthLike = None,
    ) -> ToolResults:
        """Synchronous form of :meth:`ahandle_tool_calls`; reads asynchronous streams too."""
        codec = self._codec if framework is None else self._codec_of(framework)
        whole = await codec.acollect(response) if isinstance(response, AsyncIterable) else codec.collect(response)
        calls = codec.calls_in(whole)
        named = None
        if calls and not (actions is None and apps is None):
            found = await self.aget_action_schemas(apps, actions, check_connected_accounts=False) if actions or apps else []
            named = self._offers_of(found, framework, entity_id)
        caller = self._caller(entity_id, processors, connected_account_id, auth)
        planned = caller.plan(calls, self._offers, tools=tools, named=named, only_offered=check_requested_actions)
        return ToolResults(await together(planned) if planned else (), codec.messages_in(whole))

    def _offers_of(self, actions: Sequence[ActionModel], framework: str | None, entity_id: str | None) -> Mapping[str, Offer]:
        adapter = self._adapter if framework is None else load_part(toolset_class(framework, self.backend.plugins).adapter)
        dialect = self._limit(adapter.dialect)
        if self._owner.is_guarded:
            from composio.policy.guarded import NOT_YET, keep_offered

            is_open = self._acting.is_open(entity_id)
            actions = keep_offered(self._owner.backend, actions, NOT_YET if is_open else self._acting.who(entity_id))
        return offers_by_name(actions, dialect, lambda name, action: Offer(name, action, spelling=spelling(action, dialect)))

    # Between two requests of a web app

    def save_tools(self, tools: Sequence[Any], *, secret: str | bytes | None = None, expires_in: float | None = None) -> str:
        """Serialize tools for :meth:`load_tools` in the request that receives the model's answer. Contains no credential.

        Store the string where your users can't change it, or pass a ``secret`` of at least 16 characters: the string is then
        signed (a JWT), may pass through a browser, and expires after ``expires_in`` seconds. Processors are not stored.
        """
        if not isinstance(tools, Tools):
            raise InvalidRequest("save_tools takes the same list object that get_tools returned; a copy loses its options.")
        if any(offer.whose.from_run for offer in tools.offers.values()):
            raise InvalidRequest(
                "save_tools can't store tools whose entity comes from the run: call get_tools again in the other request, inside"
                " of its own run."
            )
        if any(is_discovery(offer.action) for offer in tools.offers.values()):
            raise InvalidRequest(
                "save_tools can't store what discovery tools may find and run. Call discovery_tools with the same arguments in the"
                " other request, and pass them to handle_tool_calls(response, tools=...)."
            )
        return dump(tools.offers.values(), self._acting.own_entity, secret=secret, expires_in=expires_in)

    async def aload_tools(
        self,
        stored: str,
        *,
        secret: str | bytes | None = None,
        processors: ProcessorTable = None,
        framework: str | None = None,
    ) -> Tools[ToolT]:
        """Load the tools that :meth:`save_tools` stored, for the model's next turn and ``handle_tool_calls(tools=...)``.

        Raises ``InvalidRequest`` if ``stored`` was changed, has expired or belongs to another entity than this toolset's.
        """
        tools: Tools[ToolT] = Tools()
        for group in self._read_stored(stored, secret):
            tools = tools + await self.aget_tools(
                group.actions,
                entity_id=group.whose.entity_id,
                connected_account_id=group.whose.connected_account_id,
                max_result_chars=group.max_result_chars,
                processors=processors,
                framework=framework,
                check_connected_accounts=False,
            )
        return tools

    def load_tools(
        self,
        stored: str,
        *,
        secret: str | bytes | None = None,
        processors: ProcessorTable = None,
        framework: str | None = None,
    ) -> Tools[ToolT]:
        """Synchronous form of :meth:`aload_tools`."""
        tools: Tools[ToolT] = Tools()
        for group in self._read_stored(stored, secret):
            tools = tools + self.get_tools(
                group.actions,
                entity_id=group.whose.entity_id,
                connected_account_id=group.whose.connected_account_id,
                max_result_chars=group.max_result_chars,
                processors=processors,
                framework=framework,
                check_connected_accounts=False,
            )
        return tools

    def _read_stored(self, stored: str, secret: str | bytes | None) -> list[StoredTools]:
        groups = [group for group in load(stored, secret) if group.actions]
        for group in groups:
            if self._acting.own_entity not in (None, group.whose.entity_id):
                raise InvalidRequest(
                    f"load_tools: these tools were handed out for another entity than {self._acting.own_entity!r}, whom this toolset acts for."
                )
        return groups

    # Sessions and MCP servers

    async def acreate_session(
        self,
        user_id: str | None = None,
        toolkits: Many[AppLike] | None = None,
        tools: Many[ActionLike] | None = None,
        *,
        tags: Many[str] | None = None,
        auth_configs: Mapping[str, str] | None = None,
        connected_accounts: Mapping[str, str] | None = None,
        callback_url: str | None = None,
    ) -> ToolSession[ToolT]:
        """Create a session for one user's agent: ``session.tools()`` here, ``session.mcp.url`` for MCP clients of a server.

        ``toolkits``, ``tools`` and ``tags`` limit what the agent may find and run, as in :meth:`adiscovery_tools`.
        ``connected_accounts`` maps an app to the account to use, ``auth_configs`` to the integration through which the user
        connects, and whose newest account is used. ``callback_url`` is the page for the user after that. Not in v0.7.
        """
        from composio.toolset.session import ToolSession, begin_session

        user = self._acting.entity(user_id)
        hosted, bounds = await begin_session(
            self.backend,
            user,
            toolkits=toolkits,
            tools=tools,
            tags=tags,
            auth_configs=auth_configs,
            connected_accounts=connected_accounts,
            callback_url=callback_url,
        )
        own = type(self)(
            entity_id=user,
            connected_account_ids=dict(connected_accounts or {}),
            backend=self.backend,
            dedupe=self._dedupe,
            mode="dry" if self._options.dry else "live",
        )
        return ToolSession(own, user, hosted, bounds)

    create_session = blocking(acreate_session)

    async def acreate_mcp_server(
        self,
        name: str,
        toolkits: Many[Toolkit] = (),
        allowed_tools: Many[ActionLike] | None = None,
        *,
        manually_manage_connections: bool = False,
    ) -> McpServer:
        """Create an MCP server for clients of many users; see :meth:`composio.client.mcp.Mcp.acreate`. Not in v0.7."""
        return await self.client.mcp.acreate(
            name, toolkits, allowed_tools, manually_manage_connections=manually_manage_connections
        )

    create_mcp_server = blocking(acreate_mcp_server)

    # Events

    @explain
    def create_trigger_listener(self, timeout: float | None = 15.0, *, after: int | None = None) -> TriggerListener:
        """Listen for new events of the enabled triggers; ``@listener.callback(filters={...})`` receives them.

        Without a server, this process polls, receives and delivers while it listens. Raises ``ConnectionTimeout`` if starting
        takes longer than ``timeout`` seconds. ``after`` is the ``sequence`` of the last event you have seen: later events of
        the past day come first.
        """
        from composio.client.listening import make_listener

        return make_listener(self.backend, timeout, after=after)

    async def acreate_trigger_listener(self, timeout: float | None = 15.0, *, after: int | None = None) -> TriggerListener:  # noqa: ASYNC109 - as its twin's
        """Like :meth:`create_trigger_listener`, asynchronously: ``async for event in listener``."""
        import anyio.to_thread

        return await anyio.to_thread.run_sync(lambda: self.create_trigger_listener(timeout, after=after))

    # Credentials and the rest

    def add_auth(
        self,
        app: AppLike,
        parameters: Many[CustomAuthParameter | Mapping[str, Any]],
        base_url: str | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> None:
        """Set the credentials for every later call of this toolset to ``app``. They replace earlier ones."""
        parameters, body = veil(parameters), veil(body)
        auth = CustomAuth.of({"parameters": parameters, "base_url": base_url, "body": body})
        self._acting.add_auth(app, cast("CustomAuth", auth))

    @cached
    def _adapter(self) -> FrameworkAdapter[ToolT]:
        adapter: FrameworkAdapter[ToolT] = load_part(self.adapter)
        return adapter

    def _codec_of(self, framework: str) -> CallCodec:
        return codec_of(toolset_class(framework, self.backend.plugins))

    @cached
    def _codec(self) -> CallCodec:
        return codec_of(self)


def _read_repeats(most: int) -> Repeats:
    from composio.toolset.repeats import read_repeats

    return read_repeats(most)


def _bare(actions: Sequence[ActionModel]) -> list[ActionModel]:
    """Return ``actions`` without defaults in their parameters. Calls still apply them."""
    return [replace(action, parameters=JsonSchema(_without_defaults(action.parameters))) for action in actions]


def _without_defaults(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_defaults(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {
        key: one if key in ("const", "enum", "examples") else _without_defaults(one)
        for key, one in schema.items()
        if key not in ("default", "properties")
    }
    if "properties" in schema:  # its keys are names: one may be called `default`
        bare["properties"] = {name: _without_defaults(one) for name, one in schema["properties"].items()}
    return bare
