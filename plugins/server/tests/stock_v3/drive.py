"""Uses the published ``composio`` as its documentation does, against COMPOSIO_BASE_URL. Runs in an environment of its own.

Prints a line for each call that was made; the first that fails ends it with its traceback.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from composio import Composio, exceptions
from composio.core.models.connected_accounts import auth_scheme
from composio_client import APIStatusError, AuthenticationError, NotFoundError, ProjectAuth
from composio_client import Composio as Client

BASE, KEY = os.environ["COMPOSIO_BASE_URL"], os.environ["COMPOSIO_API_KEY"]
composio = Composio(api_key=KEY, base_url=BASE, toolkit_versions="latest")
raw = Client(auth=ProjectAuth(KEY), base_url=BASE, max_retries=0, _strict_response_validation=True)


def done(what: str, holds: Any = True) -> None:
    assert holds, what
    sys.stdout.write(f"{what}\n")


def refused(what: str, kind: type[Exception], call: Any) -> None:
    try:
        call()
    except kind as error:
        done(what, str(error))
    else:
        raise AssertionError(f"{what}: nothing was raised")


def use_auth_configs() -> str:
    config = composio.auth_configs.create(
        "keyed", {"type": "use_custom_auth", "authScheme": "API_KEY", "name": "ours", "credentials": {}}
    )
    done("auth_configs.create", config.auth_scheme == "API_KEY")
    done("auth_configs.get", composio.auth_configs.get(config.id).name == "ours")
    done("auth_configs.list", [one.id for one in composio.auth_configs.list(toolkit_slug="keyed").items] == [config.id])
    composio.auth_configs.update(
        config.id, options={"type": "custom", "tool_access_config": {"tools_available_for_execution": ["KEYED_GET_ME"]}}
    )
    done("auth_configs.update", composio.auth_configs.get(config.id).restrict_to_following_tools == ["KEYED_GET_ME"])
    composio.auth_configs.update(
        config.id, options={"type": "custom", "tool_access_config": {"tools_available_for_execution": []}}
    )
    composio.auth_configs.disable(config.id)
    done("auth_configs.disable", composio.auth_configs.get(config.id).status == "DISABLED")
    composio.auth_configs.enable(config.id)
    done("auth_configs.enable", composio.auth_configs.get(config.id).status == "ENABLED")
    spare = composio.auth_configs.create("keyed", {"type": "use_custom_auth", "authScheme": "API_KEY", "credentials": {}})
    composio.auth_configs.delete(spare.id)
    refused("auth_configs.delete", NotFoundError, lambda: composio.auth_configs.get(spare.id))
    return str(config.id)


def use_toolkits() -> None:
    done("toolkits.list", {"acme", "keyed"} <= {one.slug for one in composio.toolkits.list(limit=1000).items})
    done("toolkits.get", composio.toolkits.get("keyed").name == "keyed" or composio.toolkits.get("keyed").slug == "keyed")
    done("toolkits.list_categories", isinstance(composio.toolkits.list_categories(), list))
    fields = composio.toolkits.get_connected_account_initiation_fields("keyed", "API_KEY", required_only=True)
    done("toolkits.get_connected_account_initiation_fields", [one.name for one in fields] == ["api_key"])
    fields = composio.toolkits.get_auth_config_creation_fields("acme", "OAUTH2")
    done("toolkits.get_auth_config_creation_fields", {"client_id", "client_secret"} <= {one.name for one in fields})
    request = composio.toolkits.authorize(user_id="zoe", toolkit="acme")
    done("toolkits.authorize", request.redirect_url and "acme.example/authorize" in request.redirect_url)
    refused("toolkits.get of what is unknown", NotFoundError, lambda: composio.toolkits.get("nothing"))


def use_accounts(config: str) -> str:
    request = composio.connected_accounts.initiate("ada", config, config=auth_scheme.api_key({"api_key": "k-secret-1"}))
    done("connected_accounts.initiate", request.status == "ACTIVE")
    done("wait_for_connection", request.wait_for_connection(timeout=5).id == request.id)
    done("connected_accounts.wait_for_connection", composio.connected_accounts.wait_for_connection(request.id, 5).id)
    done("connected_accounts.get", composio.connected_accounts.get(request.id).user_id == "ada")
    listed = composio.connected_accounts.list(user_ids=["ada"], statuses=["ACTIVE"], toolkit_slugs=["keyed"])
    done("connected_accounts.list", [one.id for one in listed.items] == [request.id])
    composio.connected_accounts.disable(request.id)
    done("connected_accounts.disable", composio.connected_accounts.get(request.id).status == "INACTIVE")
    composio.connected_accounts.enable(request.id)
    done("connected_accounts.enable", composio.connected_accounts.get(request.id).status == "ACTIVE")
    composio.connected_accounts.update(request.id, alias="work")
    done("connected_accounts.update", composio.connected_accounts.get(request.id).alias == "work")
    state = {"state": {"authScheme": "API_KEY", "val": {"api_key": "k-secret-2"}}}
    done("connected_accounts.update of values", composio.connected_accounts.update(request.id, connection=state).success)
    refused(
        "connected_accounts.update_acl",
        exceptions.ComposioAclOnlyForSharedError,
        lambda: composio.connected_accounts.update_acl(request.id, allow_all_users=True),
    )
    refused(
        "connected_accounts.link of who is connected",
        exceptions.ComposioMultipleConnectedAccountsError,
        lambda: composio.connected_accounts.link("ada", config),
    )
    linked = composio.connected_accounts.link("eve", config, callback_url="https://app.example/done", alias="home")
    done("connected_accounts.link", linked.redirect_url and f"{BASE}/link/" in linked.redirect_url)
    done("connected_accounts.delete", composio.connected_accounts.delete(linked.id).success)
    refused("connected_accounts.get of what is gone", NotFoundError, lambda: composio.connected_accounts.get(linked.id))
    return str(request.id)


def use_tools(account: str) -> None:
    tools = composio.tools.get("ada", toolkits=["keyed"])
    done("tools.get(toolkits=)", {one["function"]["name"] for one in tools} == {"KEYED_GET_ME", "KEYED_LIST_THINGS"})
    done(
        "tools.get(slug=)",
        [one["function"]["name"] for one in composio.tools.get("ada", slug="KEYED_GET_ME")] == ["KEYED_GET_ME"],
    )
    done("tools.get(tools=)", len(composio.tools.get("ada", tools=["KEYED_GET_ME", "ACME_GET_ME", "NO_SUCH"])) == 2)
    done("tools.get(search=)", composio.tools.get("ada", search="list things", toolkits=["keyed"], limit=1))
    done(
        "tools.get_raw_composio_tool_by_slug",
        composio.tools.get_raw_composio_tool_by_slug("keyed_get_me").slug == "KEYED_GET_ME",
    )
    refused(
        "a tool that is unknown",
        exceptions.ToolNotFoundError,
        lambda: composio.tools.get_raw_composio_tool_by_slug("KEYED_NO_TOOL"),
    )
    ran = composio.tools.execute("KEYED_GET_ME", {}, user_id="ada", dangerously_skip_version_check=True)
    done("tools.execute", ran["successful"] and ran["data"]["who"] == "k-secret-2")
    ran = composio.tools.execute("KEYED_GET_ME", {}, connected_account_id=account, dangerously_skip_version_check=True)
    done("tools.execute(connected_account_id=)", ran["successful"])
    ran = composio.tools.execute(
        "KEYED_GET_ME",
        {},
        user_id="nobody",
        custom_auth_params={"parameters": [{"name": "X-Api-Key", "value": "k-own", "in": "header"}]},
        dangerously_skip_version_check=True,
    )
    done("tools.execute(custom_auth_params=)", ran["data"]["who"] == "k-own")
    ran = composio.tools.execute(
        "KEYED_GET_ME",
        {},
        user_id="nobody",
        custom_connection_data={"authScheme": "API_KEY", "toolkitSlug": "keyed", "val": {"generic_api_key": "k-handed"}},
        dangerously_skip_version_check=True,
    )
    done("tools.execute(custom_connection_data=)", ran["data"]["who"] == "k-handed")
    refused(
        "tools.execute of who is not connected",
        APIStatusError,
        lambda: composio.tools.execute("KEYED_GET_ME", {}, user_id="nobody", dangerously_skip_version_check=True),
    )
    answer = composio.tools.proxy(
        "/me", "GET", connected_account_id=account, parameters=[{"name": "X-More", "value": "1", "type": "header"}]
    )
    done("tools.proxy", answer.status == 200 and answer.data["who"] == "k-secret-2")
    done(
        "tools.proxy elsewhere",
        _is_refused(lambda: composio.tools.proxy("https://evil.example/", "GET", connected_account_id=account)),
    )


def _is_refused(call: Any) -> bool:
    try:
        call()
    except APIStatusError as error:
        return error.status_code in {400, 403}
    return False


def use_provider() -> None:
    from openai.types.chat import ChatCompletion

    call = {"id": "c-1", "type": "function", "function": {"name": "KEYED_GET_ME", "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    response = ChatCompletion.model_validate(
        {
            "id": "r-1",
            "created": 1,
            "model": "m",
            "object": "chat.completion",
            "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        }
    )
    results = composio.provider.handle_tool_calls("ada", response)
    done("provider.handle_tool_calls", results[0]["data"]["who"] == "k-secret-2")


def use_sessions(config: str) -> None:
    session = composio.create(user_id="ada", toolkits=["keyed", "acme"], auth_configs={"keyed": config})
    done("create", session.session_id)
    own = {one["function"]["name"] for one in session.tools()}
    done("session.tools", "COMPOSIO_SEARCH_TOOLS" in own and "COMPOSIO_MULTI_EXECUTE_TOOL" in own)
    states = {one.slug: one for one in session.toolkits().items}
    done("session.toolkits", set(states) == {"keyed", "acme"} and states["keyed"].connection.is_active)
    done("session.toolkits(is_connected=)", [one.slug for one in session.toolkits(is_connected=True).items] == ["keyed"])
    found = session.search(query="get me with keyed")
    done("session.search", "KEYED_GET_ME" in found.results[0].primary_tool_slugs and found.success)
    ran = session.execute("KEYED_GET_ME", arguments={})
    done("session.execute", ran.result_type == "completed" and ran.data["who"] == "k-secret-2")
    ran = session.execute_meta(
        "COMPOSIO_MULTI_EXECUTE_TOOL", arguments={"tools": [{"tool_slug": "KEYED_GET_ME", "arguments": {}}]}
    )
    done("session.execute_meta", ran.data["results"][0]["response"]["data"]["who"] == "k-secret-2")
    ran = session.execute("COMPOSIO_MANAGE_CONNECTIONS", arguments={"toolkits": ["acme"]})
    done("COMPOSIO_MANAGE_CONNECTIONS", f"{BASE}/link/" in ran.data["results"]["acme"]["redirect_url"])
    refused("a tool outside of the session", NotFoundError, lambda: session.execute("OPEN_GET_ME"))
    request = session.authorize("acme", callback_url="https://app.example/done")
    done("session.authorize", f"{BASE}/link/" in request.redirect_url)
    done("session.proxy_execute", session_proxy(session.session_id).data["who"] == "k-secret-2")
    session.update(toolkits={"enable": ["keyed"]}, expected_config_version=session.config_version)
    done("session.update", session.config_version == 2)
    done("session.list_config_history", [one.version for one in session.list_config_history().items] == [2, 1])
    refused(
        "session.update of an old version",
        exceptions.SessionConfigConflictError,
        lambda: session.update(toolkits={"enable": ["acme"]}, expected_config_version=1),
    )
    again = composio.use(session.session_id)
    done("use", again.session_id == session.session_id)
    again.delete()
    refused("session.delete", NotFoundError, lambda: composio.use(session.session_id))
    narrow = composio.create(user_id="ada", toolkits=["keyed"], tags={"disable": ["readOnlyHint"]})
    refused("tags of a session", NotFoundError, lambda: narrow.execute("KEYED_GET_ME"))
    loaded = composio.create(user_id="ada", toolkits=["keyed"], session_preset="direct_tools")
    done(
        "session_preset=direct_tools",
        {one["function"]["name"] for one in loaded.tools()} >= {"KEYED_GET_ME", "KEYED_LIST_THINGS"},
    )
    with_mcp = composio.create(user_id="ada", toolkits=["keyed"], mcp=True)
    done("session.mcp", with_mcp.mcp.url.startswith(BASE))


def session_proxy(session_id: str) -> Any:
    return raw.tool_router.session.proxy_execute(session_id, toolkit_slug="keyed", endpoint="/me", method="GET")


def use_custom_tools() -> None:
    from pydantic import BaseModel, Field

    class Grep(BaseModel):
        """What to look for."""

        pattern: str = Field(description="A pattern.")

    @composio.experimental.tool()
    def grep(input: Grep, ctx: Any) -> dict[str, Any]:
        """Find a pattern."""
        return {"found": input.pattern}

    session = composio.create(user_id="ada", toolkits=["keyed"], experimental={"custom_tools": [grep]})
    done("custom tools", [one.slug for one in session.custom_tools()] == ["LOCAL_GREP"])
    done("custom tools run here", session.execute("GREP", arguments={"pattern": "x"}).data == {"found": "x"})
    done("attach", [one.slug for one in composio.use(session.session_id, custom_tools=[grep]).custom_tools()] == ["LOCAL_GREP"])


def use_logs() -> None:
    found = raw.logs.create_tool_execution(limit=5)
    done("logs.create_tool_execution", found.logs)
    done("logs.retrieve_tool_execution", raw.logs.retrieve_tool_execution(found.logs[0].id).id == found.logs[0].id)
    listed = raw.logs.tools.list(cursor=0, limit=5)
    done("logs.tools.list", listed.data)
    done("logs.tools.retrieve", raw.logs.tools.retrieve(listed.data[0].id))
    done("logs.triggers.list", raw.logs.triggers.list().data == [])


def use_the_rest(config: str, account: str) -> None:
    """Every answer is checked against the client's own models here."""
    done("strict: auth_configs", raw.auth_configs.retrieve(config) and raw.auth_configs.list())
    done("strict: connected_accounts", raw.connected_accounts.retrieve(account) and raw.connected_accounts.list())
    done(
        "strict: toolkits",
        raw.toolkits.retrieve("acme") and raw.toolkits.list() and raw.toolkits.retrieve_multi(toolkits=["acme"]),
    )
    done("strict: tools", raw.tools.retrieve("KEYED_GET_ME") and raw.tools.list(toolkit_slug="keyed"))
    done("strict: changelog", raw.toolkits.retrieve_changelog())
    done("strict: required scopes", raw.tools.retrieve_required_scopes(tools=["KEYED_GET_ME"]))
    done("tools.retrieve_enum", "KEYED_GET_ME" in _items(raw.tools.retrieve_enum()))
    done("triggers_types.list", raw.triggers_types.list().items)
    done("triggers_types.retrieve_enum", "GITHUB_STAR_ADDED_EVENT" in _items(raw.triggers_types.retrieve_enum()))
    instances, daily = raw.trigger_instances, {"cron": "0 9 * * *"}
    enabled = instances.upsert("SCHEDULE_TRIGGER", {"connected_account_id": account, "trigger_config": daily}).trigger_id
    done("trigger_instances.upsert", enabled)
    done("trigger_instances.list_active", [one.id for one in instances.list_active().items] == [enabled])
    done("trigger_instances.manage.delete", instances.manage.delete(enabled))
    done("mcp.list", raw.mcp.list().items == [])
    for what, call in {
        "mcp.create": lambda: raw.mcp.create(name="m", auth_config_ids=[config]),
        "tools.get_input": lambda: raw.tools.get_input("KEYED_GET_ME", text="who am I"),
        "cli.realtime.credentials": lambda: raw.cli.realtime.credentials(),
    }.items():
        try:
            call()
        except APIStatusError as error:
            done(f"{what} says that it is not offered", error.status_code == 501 and "error" in str(error.body))
    stranger = Client(auth=ProjectAuth("ck_0000000000000000_" + "a" * 43), base_url=BASE, max_retries=0)
    refused("a key that is unknown", AuthenticationError, lambda: stranger.toolkits.list())


def _items(answer: Any) -> Any:
    return getattr(answer, "root", answer)


def main() -> None:
    assert sys.version_info >= (3, 11)
    Path(tempfile.gettempdir())
    use_toolkits()
    config = use_auth_configs()
    account = use_accounts(config)
    use_tools(account)
    use_provider()
    use_sessions(config)
    use_custom_tools()
    use_logs()
    use_the_rest(config, account)
    done("all")


if __name__ == "__main__":
    main()
