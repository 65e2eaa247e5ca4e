"""Request and response bodies of tool router sessions."""

from __future__ import annotations

from typing import Any, Literal

from composio_server.wire.v3.account_bodies import LinkExperimental
from composio_server.wire.v3.handed import HandedConnection
from composio_server.wire.v3.tool_proxy import BinaryBody, Parameter
from composio_server.wire.v3.tool_shapes import Tool
from composio_server.wire.v3.wire import Paged, Wire

__all__ = [
    "Attach",
    "Change",
    "ConfigVersion",
    "ConfigVersions",
    "CustomDefinitions",
    "ExecuteInSession",
    "ExecuteMeta",
    "Executed",
    "Experimental",
    "LinkInSession",
    "McpEndpoint",
    "NewSession",
    "Nothing",
    "ProxyInSession",
    "RemovedSession",
    "SearchInSession",
    "Searched",
    "SessionAnswer",
    "SessionToolkit",
    "SessionToolkits",
    "SessionTools",
    "SessionsAnswer",
]

Hint = Literal["readOnlyHint", "createHint", "updateHint", "destructiveHint", "idempotentHint", "openWorldHint"]


class ToolkitChoice(Wire, kw_only=True):
    """Only some toolkits, or all but some."""

    enable: list[str] | None = None
    disable: list[str] | None = None
    require_approval: list[str] | None = None


class TagChoice(Wire, kw_only=True):
    """Only tools with one of some hints, and none with one of others."""

    enable: list[Hint] | None = None
    disable: list[Hint] | None = None
    require_approval: list[Hint] | None = None


class ToolChoice(Wire, kw_only=True):
    """Only some tools of a toolkit, all but some, or those with some hints."""

    enable: list[str] | None = None
    disable: list[str] | None = None
    tags: list[Hint] | TagChoice | None = None
    require_approval: list[str] | None = None


class ManageConnections(Wire, kw_only=True):
    """Whether the agent connects its user, and where that user goes afterwards."""

    enable: bool | None = None
    callback_url: str | None = None
    enable_wait_for_connections: bool | None = None
    enable_connection_removal: bool | None = None


class MultiAccount(Wire, kw_only=True):
    """Whether a user may have several accounts of a toolkit."""

    enable: bool | None = None
    max_accounts_per_toolkit: int | None = None
    require_explicit_selection: bool | None = None


class Workbench(Wire, kw_only=True):
    """A sandbox for code. Not offered: always disabled."""

    enable: bool | None = None
    enable_tool_execution: bool | None = None
    enable_proxy_execution: bool | None = None
    auto_offload_threshold: float | None = None
    sandbox_size: Literal["standard", "medium", "large", "xlarge"] | None = None


class Switch(Wire, kw_only=True):
    """Whether the search tool is enabled."""

    enable: bool | None = None


class ExecuteSwitch(Wire, kw_only=True):
    """Whether the tool that runs several tools is enabled."""

    enable_multi_execute: bool | None = None


class Preload(Wire, kw_only=True):
    """Tools available without a search: some, or ``all`` that are allowed."""

    tools: list[str] | Literal["all"] | None = None


class CustomTool(Wire, kw_only=True):
    """A tool that the client runs itself."""

    slug: str
    name: str
    description: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    extends_toolkit: str | None = None
    preload: bool | None = None


class CustomToolkit(Wire, kw_only=True):
    """A toolkit that the client runs itself."""

    slug: str
    name: str
    description: str
    tools: list[CustomTool]
    preload: bool | None = None


class CustomDefinitions(Wire, kw_only=True):
    """What the client runs itself."""

    custom_tools: list[CustomTool] | None = None
    custom_toolkits: list[CustomToolkit] | None = None


class Permissions(Wire, kw_only=True):
    """Who must approve a call. Only ``allow_all`` is offered."""

    default: Literal["allow_all", "ask_every_call", "ask_once_per_session"] = "allow_all"
    overrides: dict[str, Literal["always_allow", "always_deny", "ask_once", "ask_always"]] | None = None


class AssistivePrompt(Wire, kw_only=True):
    """Additions to the agent's prompt."""

    user_timezone: str | None = None


class Experimental(CustomDefinitions, kw_only=True):
    """Additional options of clients."""

    assistive_prompt_config: AssistivePrompt | None = None
    permissions: Permissions | None = None
    link_url_overwrite: str | None = None
    session_config_id: str | None = None


class _Choices(Wire, kw_only=True):
    toolkits: ToolkitChoice | None = None
    tools: dict[str, ToolChoice] | None = None
    tags: list[Hint] | TagChoice | None = None
    auth_configs: dict[str, str] | None = None
    connected_accounts: dict[str, list[str]] | None = None
    manage_connections: ManageConnections | None = None
    multi_account: MultiAccount | None = None
    workbench: Workbench | None = None
    preload: Preload | None = None
    search: Switch | None = None
    execute: ExecuteSwitch | None = None
    experimental: Experimental | None = None
    hooks: Any = None


class NewSession(_Choices, kw_only=True):
    """The agent's user, and its allowed tools; by default every tool of every toolkit."""

    user_id: str


class Change(_Choices, kw_only=True):
    """Changes of a session. ``null`` removes an option; omitted ones stay.

    ``expected_config_version`` is the version that the change is based on.
    """

    expected_config_version: int | None = None


class Attach(Wire, kw_only=True):
    """The client's own tools, for a session that another process created."""

    experimental: CustomDefinitions | None = None


class ExecuteInSession(Wire, kw_only=True):
    """A tool and its arguments; ``account`` is an account's id or alias."""

    tool_slug: str
    arguments: dict[str, Any] | None = None
    account: str | None = None
    enable_auto_workbench_offload: bool | None = None
    experimental: CustomDefinitions | None = None


class ExecuteMeta(Wire, kw_only=True):
    """One of the session's own tools and its arguments."""

    slug: Literal[
        "COMPOSIO_SEARCH_TOOLS",
        "COMPOSIO_MULTI_EXECUTE_TOOL",
        "COMPOSIO_MANAGE_CONNECTIONS",
        "COMPOSIO_WAIT_FOR_CONNECTIONS",
        "COMPOSIO_REMOTE_WORKBENCH",
        "COMPOSIO_REMOTE_BASH_TOOL",
        "COMPOSIO_GET_TOOL_SCHEMAS",
        "COMPOSIO_SUBMIT_FEEDBACK",
        "COMPOSIO_PROXY_EXECUTE",
    ]
    arguments: dict[str, Any] | None = None
    experimental: CustomDefinitions | None = None


class LinkInSession(Wire, kw_only=True):
    """The toolkit that the session's user connects to."""

    toolkit: str
    alias: str | None = None
    callback_url: str | None = None
    experimental: LinkExperimental | None = None


class SearchQuery(Wire, kw_only=True):
    """A task in words, and known details."""

    use_case: str
    known_fields: str | None = None


class SearchInSession(Wire, kw_only=True):
    """Tasks to find tools for."""

    queries: list[SearchQuery]
    model: str | None = None
    search_strategy: Literal["auto", "tool_search"] | None = None
    experimental: CustomDefinitions | None = None


class ProxyInSession(Wire, kw_only=True):
    """A request to a toolkit's API as the session's user."""

    toolkit_slug: str
    endpoint: str
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
    body: Any = None
    parameters: list[Parameter] | None = None
    binary_body: BinaryBody | None = None
    custom_connection_data: HandedConnection | None = None


class Nothing(Wire, kw_only=True):
    """An empty response."""


class McpEndpoint(Wire, kw_only=True):
    """The session's URL as an MCP server."""

    type: Literal["http"] = "http"
    url: str


class SessionAnswer(Wire, kw_only=True):
    """A session: its effective config, and the slugs of its own tools."""

    session_id: str
    config: dict[str, Any]
    config_version: int
    mcp: McpEndpoint
    tool_router_tools: list[str]
    experimental: dict[str, Any]
    warnings: list[dict[str, Any]]


class SessionsAnswer(Wire, kw_only=True):
    """A page of sessions."""

    items: list[SessionAnswer]
    next_cursor: str | None


class ConfigVersion(Wire, kw_only=True):
    """A current or former config of the session."""

    version: int
    config: dict[str, Any]
    created_at: str
    is_current: bool


class ConfigVersions(Paged, kw_only=True):
    """A page of configs, newest first."""

    items: list[ConfigVersion]


class RemovedSession(Wire, kw_only=True):
    """A removed session."""

    session_id: str
    deleted: Literal[True] = True


class Executed(Wire, kw_only=True):
    """A tool's result."""

    result_type: Literal["completed", "failed"]
    data: dict[str, Any]
    error: str | None
    log_id: str


class ProxiedInSession(Wire, kw_only=True):
    """The API's response."""

    result_type: Literal["completed"] = "completed"
    status: int
    data: Any
    headers: dict[str, str]
    binary_data: dict[str, Any] | None = None


class Searched(Wire, kw_only=True):
    """Tools for each task, their schemas, and which toolkits the user is connected to."""

    success: bool
    error: str | None
    results: list[dict[str, Any]]
    tool_schemas: dict[str, dict[str, Any]]
    toolkit_connection_statuses: list[dict[str, Any]]
    next_steps_guidance: list[str]
    time_info: dict[str, Any]
    session: dict[str, Any]


class AccountInfo(Wire, kw_only=True):
    """The user's account of a toolkit."""

    id: str
    user_id: str
    status: str
    created_at: str
    auth_config: dict[str, Any]


class ToolkitMeta(Wire, kw_only=True):
    """Display data of a toolkit."""

    logo: str
    description: str


class SessionToolkit(Wire, kw_only=True):
    """A toolkit of a session, and whether its user is connected."""

    slug: str
    name: str
    enabled: bool = True
    is_no_auth: bool
    composio_managed_auth_schemes: list[str]
    meta: ToolkitMeta
    connected_account: AccountInfo | None


class SessionToolkits(Paged, kw_only=True):
    """A page of toolkits."""

    items: list[SessionToolkit]


class SessionTools(Paged, kw_only=True):
    """A page of tools."""

    items: list[Tool]
