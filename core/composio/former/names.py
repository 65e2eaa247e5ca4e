"""Which names v0.7 had that this package has elsewhere, or not at all. Data only.

:data:`MOVED` says where a name is now, :data:`GONE` what to use instead of it, :data:`ROOMS` the same for whole packages.
Modules listed here that have no file are made by :mod:`composio.former.finder`.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CACHE", "GONE", "MOVED", "PINS", "ROOMS", "TRIGGERS", "WORKSPACES", "explain_gone"]

WORKSPACES = "there are no workspaces: tools run in this process; run your agent in a container to confine it"
TRIGGERS = (
    "`client.triggers.get()` lists triggers, `toolset.get_trigger(name)` has one, and `client.active_triggers.get()` what is"
    " enabled; what else v0.7 had of them is not in this version"
)
_LOCAL = "it is not part of this package; write the function and put `@action` on it"
_PACKAGED = (
    "local tools are a package of their own: `pip install opencomposio-localtools`, then"
    " `ComposioToolSet(local_tools=LocalTools(folder=...))`, and ask for them by name as before"
)
_HOSTED = "it ran on its servers; write a function that does it and put `@action` on it"
_CLASSES = "custom tools are functions here; write the function and put `@action` on it"
_SERVER = "everything runs in this process, without a server and its keys; leave it out"
PINS = "actions have no versions to lock; they come with the installed app package, so pin that"
CACHE = "names are looked up in the catalog when they are used; there is no cache to refresh"
_FILES = "pass a path inside `ComposioToolSet(upload_folder=...)`, or bytes, as the file argument"
_LOGS = "calls are not logged yet; register an observer plugin (the hook `observe`) to record them"
_VARIABLES = "declare a type variable of your own"
_INTERNAL = "it was an internal helper of the SDK; write the few lines in your own code"


def _each(value: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), value)


# Every module below these, and every public name in them.
ROOMS: Mapping[str, str] = {
    "composio.server": "`composio.ComposioToolSet` does in your process what the tool server did",
    "composio.storage": _SERVER,
    "composio.tools.env": WORKSPACES,
    **{f"composio.tools.local.{room}": _PACKAGED for room in ("filetool", "shelltool", "codeinterpreter", "sqltool")},
    "composio.tools.local": "ask for local tools by name, as in `Action.FILETOOL_OPEN_FILE`; your own are functions under `@action`",
}

MOVED: Mapping[str, Mapping[str, str]] = {
    "composio.client.base": {},
    "composio.client.collections": {"TriggerCallback": "typing:Callable"},
    "composio.client.endpoints": {},
    "composio.client.enums.action": {"Action": "composio.model.names:Action"},
    "composio.client.enums.app": {"App": "composio.model.names:App"},
    "composio.client.enums.base": {},
    "composio.client.enums.enum": {},
    "composio.client.enums.tag": {"Tag": "composio.model.names:Tag"},
    "composio.client.enums.trigger": {"Trigger": "composio.model.names:Trigger"},
    "composio.client.files": {},
    "composio.client.http": {},
    "composio.client.utils": {"logger": "composio.utils.shared:logger"},
    "composio.tools.base": {},
    "composio.tools.base.abs": {},
    "composio.tools.base.exceptions": {"ExecutionFailed": "composio.exceptions:ActionError"},
    "composio.tools.base.local": {},
    "composio.tools.base.runtime": {
        "InvalidRuntimeAction": "composio.errors:ToolDefinitionError",
        "action": "composio.functions.decorator:action",
    },
    "composio.tools.env.factory": {
        "WorkspaceFactory": "composio.former.workspaces:WorkspaceFactory",
        "WorkspaceType": "composio.former.workspaces:WorkspaceType",
        **_each("composio.former.workspaces:WorkspaceConfigType", "DockerWorkspaceConfig E2BWorkspaceConfig"),
        **_each("composio.former.workspaces:WorkspaceConfigType", "FlyIOWorkspaceConfig HostWorkspaceConfig"),
    },
    "composio.tools.env.base": {"WorkspaceConfigType": "composio.former.workspaces:WorkspaceConfigType"},
    "composio.tools.env.host.shell": {"Shell": "composio.former.workspaces:Shell"},
    "composio.utils.enums": {"get_enum_key": "composio.utils.shared:get_enum_key"},
    "composio.utils.git": {},
    "composio.utils.pypi": {},
    "composio.utils.sentry": {},
    "composio.utils.url": {},
    "composio.utils.warnings": {},
}

GONE: Mapping[str, Mapping[str, str]] = {
    "composio.client.base": {
        **_each("`client.apps`, `client.actions` and their like are the collections", "Collection"),
        **_each(_VARIABLES, "CollectionType ModelType"),
    },
    "composio.client.collections": {
        **_each(
            TRIGGERS,
            "CallbackCollection CallbackModel TriggerConfigPropertyModel TriggerPayloadPropertyModel TypeModel to_trigger_names",
        ),
        **_each(_LOGS, "LogRecord Logs"),
        **_each(_FILES, "CreateUploadURLResponse FileType"),
    },
    "composio.client.endpoints": _each(_SERVER, "Endpoint v1 v2"),
    "composio.client.enums.action": _each(PINS, "clean_version_string"),
    "composio.client.enums.base": {
        **_each("`client.actions.get(action=...)` describes an action", "ActionData DEPRECATED_MARKER"),
        **_each("`client.apps.get(...)` describes an app", "AppData TagData"),
        **_each(TRIGGERS, "TriggerData"),
        **_each(CACHE, "ACTIONS_CACHE APPS_CACHE EntityType TAGS_CACHE TRIGGERS_CACHE"),
        **_each(_CLASSES, "SentinalObject add_runtime_action get_runtime_actions"),
        **_each("`client.actions.get(action=...)` finds a renamed action by its old name", "replacement_action_name"),
    },
    "composio.client.enums.enum": {
        **_each("`Action`, `App`, `Tag` and `Trigger` are strings; subclass `str`", "DataT Enum EnumGenerator"),
        **_each(CACHE, "NO_REMOTE_ENUM_FETCHING"),
    },
    "composio.client.files": _each(_FILES, "FileDownloadable FileUploadable get_md5 upload"),
    "composio.client.http": {
        **_each("`toolset.execute_request(endpoint, method, app=...)` sends a request to an app's API", "HttpClient"),
        **_each(_SERVER, "DEFAULT_REQUEST_TIMEOUT DEFAULT_RUNTIME SOURCE_HEADER"),
    },
    "composio.client.utils": _each(
        CACHE,
        "EnumModels NO_CACHE_REFRESH check_cache_refresh filter_non_beta_items update_actions update_apps update_triggers",
    ),
    "composio.constants": {
        **_each(_SERVER, "BASE_URL_LOCAL BASE_URL_PROD BASE_URL_STAGING BASE_URL_TO_PROD_MAPPING DEFAULT_BASE_URL"),
        **_each(_SERVER, "PUSHER_CLUSTER PUSHER_KEY USER_DATA_FILE_NAME WEB_URL_LOCAL WEB_URL_PROD WEB_URL_STAGING"),
        **_each("COMPOSIO_HOME says where state lives", "ENV_LOCAL_CACHE_DIRECTORY LOCAL_CACHE_DIRECTORY"),
        **_each("COMPOSIO_HOME says where state lives", "LOCAL_CACHE_DIRECTORY_NAME"),
        **_each("give `ComposioToolSet(output_folder=...)`", "LOCAL_OUTPUT_FILE_DIRECTORY_NAME"),
        **_each(PINS, "COMPOSIO_VERSIONING_POLICY ENV_COMPOSIO_VERSIONING_POLICY LOCKFILE_PATH"),
    },
    "composio.tools.base": {},
    "composio.tools.base.abs": _each(
        _CLASSES,
        "Action ActionBuilder ActionMeta ActionRequest ActionResponse ActionsRegistry ExecuteResponse GroupID"
        " InvalidClassDefinition InvalidPropertyDefinition Loadable ModelType Tool ToolBuilder ToolRegistry TriggersRegistry"
        " action_registry generate_app_id humanize_titles remove_json_ref tool_registry trigger_registry",
    ),
    "composio.tools.base.local": _each(_CLASSES, "FileModel LocalAction LocalTool LocalToolMeta LocalToolMixin"),
    "composio.tools.base.runtime": _each(_CLASSES, "ArgSpec FileModel RuntimeAction RuntimeTool RuntimeToolMeta"),
    "composio.tools.toolset": {
        **_each(_VARIABLES, "P ParamType T"),
        **_each(PINS, "VersionLock"),
        **_each("`get_tools(processors=...)` takes the processors", "ProcessorHelper"),
        **_each("give `ComposioToolSet(output_folder=...)`", "FileIOHelper"),
        **_each("`toolset.get_action_schemas(...)` gives the definitions", "SchemaHelper"),
        **_each("`toolset.add_auth(app, parameters)` adds credentials", "CustomAuthHelper"),
    },
    "composio.utils": _each(_INTERNAL, "blue green help_msg_already_printed"),
    "composio.utils.enums": _each(_INTERNAL, "REPLACE"),
    "composio.utils.git": _each("read `git config user.name` and `user.email`", "GitUserInfo get_git_user_info"),
    "composio.utils.logging": _each(_LOGS, "LogIngester"),
    "composio.utils.pypi": _each(
        "`importlib.metadata.version` returns the installed version",
        "add_package_to_installed_list check_if_package_is_intalled reset_installed_list",
    ),
    "composio.utils.sentry": _each(
        "no telemetry is sent; omit it", "fetch_dsn filter_sentry_errors get_sentry_config init update_dsn"
    ),
    "composio.utils.url": _each(_SERVER, "get_api_url_base get_web_url"),
    "composio.utils.warnings": _each(
        "nothing asks a registry for newer versions; leave it out", "COMPOSIO_PYPI_METADATA create_latest_version_warning_hook"
    ),
}

# v0.7's apps that were Python code of its own, on the user's machine or on its servers, and what does their work.
_OWN_APPS: Mapping[str, str] = {
    **_each(_PACKAGED, "codeinterpreter filetool shelltool sqltool"),
    **_each(
        "FILETOOL_SEARCH_WORD and FILETOOL_FIND_FILE of opencomposio-localtools find code, and CODEINTERPRETER_EXECUTE_CODE can"
        " parse it",
        "code_analysis_tool codeanalysistool greptile",
    ),
    **_each("SHELLTOOL_EXEC_COMMAND of opencomposio-localtools runs what does it", "codeformattool systemtools"),
    **_each("FILETOOL_GIT_CUSTOM and FILETOOL_GIT_PATCH of opencomposio-localtools run git", "git"),
    **_each(
        "CODEINTERPRETER_EXECUTE_CODE of opencomposio-localtools calculates; or put `@action` on a function", "mathematical"
    ),
    **_each(
        "take your framework's retrieval, or put `@action` on a function that asks your index", "embedtool ragtool zeptool"
    ),
    **_each("FIRECRAWL, EXA and TAVILY fetch pages; or put `@action` on a function", "browsertool spidertool webtool"),
    **_each(WORKSPACES, "historyfetcher workspacetool"),
    **_each(_LOCAL, "anthropic clipboardtool imageanalyser"),
    **_each(_HOSTED, "composio composio_search"),
}


def explain_gone(name: str) -> str:
    """What to use instead of v0.7's app that ``name`` is, or whose action it is; empty if it is not one of those."""
    found = next((app for app in _OWN_APPS if f"{name}_".lower().startswith(f"{app}_")), None)
    return "" if found is None else f"{found.upper()} was v0.7's: {_OWN_APPS[found]}."
