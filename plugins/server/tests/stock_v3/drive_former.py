"""Calls every method of composio_client 1.43.0, which checks each answer against its own models.

Prints a line for each call; a failure ends it. What this server does not offer has to say so with status 501.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from composio_client import APIStatusError, Composio

BASE, KEY = os.environ["COMPOSIO_BASE_URL"], os.environ["COMPOSIO_API_KEY"]
client = Composio(api_key=KEY, base_url=BASE, max_retries=0, _strict_response_validation=True)


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")


def call(what: str, function: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        found = function(*args, **kwargs)
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    say(what)
    return found


def without(what: str, expected: int, function: Any, *args: Any, **kwargs: Any) -> None:
    refused: Any = None
    try:
        function(*args, **kwargs)
    except APIStatusError as error:
        refused = error
    if refused is None or refused.status_code != expected or not refused.body["error"]["message"]:
        raise AssertionError(f"{what}: {refused and refused.body}")
    say(f"{what}: {expected}")


def main() -> None:
    accounts, configs, router = client.connected_accounts, client.auth_configs, client.tool_router.session
    own = {"type": "use_custom_auth", "authScheme": "API_KEY", "credentials": {}}
    config = call("auth_configs.create", configs.create, toolkit={"slug": "keyed"}, auth_config=own).auth_config.id
    call("auth_configs.retrieve", configs.retrieve, config)
    call("auth_configs.list", configs.list, toolkit_slug="keyed", show_disabled=True, limit=5)
    call("auth_configs.update", configs.update, config, type="custom", name="ours")
    call("auth_configs.update_status", configs.update_status, "ENABLED", nanoid=config)
    state = {"auth_scheme": "API_KEY", "val": {"status": "ACTIVE", "api_key": "k-secret-1"}}
    made = call(
        "connected_accounts.create", accounts.create, auth_config={"id": config}, connection={"user_id": "ada", "state": state}
    )
    call("connected_accounts.retrieve", accounts.retrieve, made.id)
    listed = call("connected_accounts.list", accounts.list, user_ids=["ada", "eve"], statuses=["ACTIVE", "INITIATED"], limit=5)
    assert [one.id for one in listed.items] == [made.id]
    call("connected_accounts.patch", accounts.patch, made.id, alias="work")
    call("connected_accounts.update_status", accounts.update_status, made.id, enabled=True)
    link = call(
        "link.create", client.link.create, auth_config_id=config, user_id="eve", callback_url="https://app.example/done"
    )
    call("connected_accounts.refresh", accounts.refresh, link.connected_account_id)
    call("connected_accounts.delete", accounts.delete, link.connected_account_id)

    call("toolkits.list", client.toolkits.list, limit=5, sort_by="alphabetically")
    call("toolkits.retrieve", client.toolkits.retrieve, "acme")
    call("toolkits.retrieve_categories", client.toolkits.retrieve_categories)
    call("tools.list", client.tools.list, toolkit_slug="keyed", tags=["readOnlyHint"], important="true", limit=5)
    call("tools.retrieve", client.tools.retrieve, "KEYED_GET_ME")
    call("tools.retrieve_enum", client.tools.retrieve_enum)
    ran = call("tools.execute", client.tools.execute, "KEYED_GET_ME", user_id="ada", arguments={})
    assert ran.data["who"] == "k-secret-1"
    call("tools.proxy", client.tools.proxy, endpoint="/me", method="GET", connected_account_id=made.id)
    without("tools.get_input", 501, client.tools.get_input, "KEYED_GET_ME", text="who am I")

    session = call("session.create", router.create, user_id="ada", toolkits={"enable": ["keyed"]}, tags=["readOnlyHint"])
    of = session.session_id
    call("session.retrieve", router.retrieve, of)
    call("session.patch", router.patch, of, tags={"enable": [], "disable": ["destructiveHint"]})
    call("session.attach", router.attach, of, experimental={})
    call("session.config_history", router.config_history, of)
    call("session.tools", router.tools, of)
    call("session.toolkits", router.toolkits, of, toolkits=["keyed"])
    call("session.search", router.search, of, queries=[{"use_case": "get me with keyed"}])
    call("session.execute", router.execute, of, tool_slug="KEYED_GET_ME", arguments={})
    call(
        "session.execute_meta",
        router.execute_meta,
        of,
        slug="COMPOSIO_GET_TOOL_SCHEMAS",
        arguments={"tool_slugs": ["KEYED_GET_ME"]},
    )
    call("session.link", router.link, of, toolkit="keyed")
    without(
        "session.proxy_execute of a limited session",
        403,
        router.proxy_execute,
        of,
        toolkit_slug="keyed",
        endpoint="/me",
        method="GET",
    )
    free = router.create(user_id="ada").session_id
    call("session.proxy_execute", router.proxy_execute, free, toolkit_slug="keyed", endpoint="/me", method="GET")
    mount = router.files
    without("session.files.list", 501, mount.list, "files", session_id=of)
    without("session.files.delete", 501, mount.delete, "files", session_id=of, mount_relative_path="a")
    without(
        "session.files.create_download_url", 501, mount.create_download_url, "files", session_id=of, mount_relative_path="a"
    )
    without("session.files.create_upload_url", 501, mount.create_upload_url, "files", session_id=of, mount_relative_path="a")

    logs = call("logs.tools.list", client.logs.tools.list, cursor=0)
    call("logs.tools.retrieve", client.logs.tools.retrieve, logs.data[0].id)
    call("logs.triggers.list", client.logs.triggers.list)
    without("logs.triggers.retrieve", 404, client.logs.triggers.retrieve, "nothing")
    call("triggers_types.list", client.triggers_types.list, limit=5)
    call("triggers_types.retrieve_enum", client.triggers_types.retrieve_enum)
    without("triggers_types.retrieve", 404, client.triggers_types.retrieve, "NOTHING")
    call("trigger_instances.list_active", client.trigger_instances.list_active)
    without("trigger_instances.upsert", 404, client.trigger_instances.upsert, "NOTHING", connected_account_id=made.id)
    without("trigger_instances.manage.update", 404, client.trigger_instances.manage.update, "nothing", status="enable")
    without("trigger_instances.manage.delete", 404, client.trigger_instances.manage.delete, "nothing")
    call("mcp.list", client.mcp.list)
    call("mcp.retrieve_app", client.mcp.retrieve_app, "keyed")
    without("mcp.retrieve", 404, client.mcp.retrieve, "nothing")
    without("mcp.create", 501, client.mcp.create, name="m", auth_config_ids=[config])
    without("mcp.update", 404, client.mcp.update, "nothing", name="m")
    without("mcp.delete", 404, client.mcp.delete, "nothing")
    without("mcp.custom.create", 501, client.mcp.custom.create, name="m")
    without("mcp.generate.url", 501, client.mcp.generate.url, mcp_server_id="nothing")
    without("cli.realtime.credentials", 501, client.cli.realtime.credentials)
    without("cli.realtime.auth", 501, client.cli.realtime.auth, channel_name="c", socket_id="s")
    begun = call("cli.create_session", client.cli.create_session, scope="project")
    assert call("cli.get_session", client.cli.get_session, id=begun.id).status == "pending"
    without("cli.get_session", 400, client.cli.get_session, id="nothing")
    call("files.list", client.files.list)
    file = {"filename": "a.txt", "md5": "0cc175b9c0f1b6a831c399e269772661", "mimetype": "text/plain"}
    call(
        "files.create_presigned_url", client.files.create_presigned_url, tool_slug="KEYED_GET_ME", toolkit_slug="keyed", **file
    )
    call("auth_configs.delete", configs.delete, config)
    say("all")


if __name__ == "__main__":
    main()
