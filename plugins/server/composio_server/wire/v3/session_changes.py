"""Parse changes of a session's config, check them, and merge them into the current one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from composio.accounts.redirects import check_redirect
from composio.errors import InvalidRequest
from composio_server.access import Here
from composio_server.services.session_config import EMPTY
from composio_server.wire.v3.session_bodies import (
    Change,
    CustomDefinitions,
    CustomTool,
    Experimental,
    NewSession,
    TagChoice,
    ToolChoice,
)
from composio_server.wire.v3.wire import NotOffered

__all__ = ["change_config", "merge", "read_custom"]

# Options that are replaced as a whole; of the others, omitted fields stay.
_WHOLE = ("toolkits", "tools", "tags", "auth_configs", "connected_accounts")
_PARTS = ("manage_connections", "multi_account", "preload", "search", "execute")


async def change_config(
    asked: Here, config: Mapping[str, Any], data: NewSession | Change, given: set[str] | None
) -> Mapping[str, Any]:
    """Return ``config`` with a body's changes. Raises for unknown names, and for unsupported options."""
    _refuse(data)
    after = merge(config, data, given)
    for key in (after["toolkits"] or {}).get("enabled", ()):
        await asked.backend.app(key)
    for key, integration_id in after["auth_configs"].items():
        if (found := await asked.accounts.integration(integration_id)).app != key:
            raise InvalidRequest(f"auth_configs.{key}: {integration_id} is an auth config of {found.app}.")
    if (callback_url := after["manage_connections"].get("callback_url")) is not None:
        check_redirect("manage_connections", callback_url, "callback_url")
    for key, ids in after["connected_accounts"].items():
        for one in ids:
            known = await asked.accounts.connection(one, entity_id=getattr(data, "user_id", None))
            if known.app != key:
                raise InvalidRequest(f"connected_accounts.{key}: {one} is an account of {known.app}.")
    preloaded = after["preload"].get("tools") or []
    if isinstance(preloaded, list):
        for name in preloaded:
            await asked.backend.actions(_query(name))
    return after


def _query(name: str) -> Any:
    from composio.backend import ActionQuery

    return ActionQuery(names=(name,))


def _refuse(data: NewSession | Change) -> None:
    experimental = data.experimental or Experimental()
    if experimental.permissions is not None and (
        experimental.permissions.default != "allow_all" or experimental.permissions.overrides
    ):
        raise NotOffered("experimental.permissions: approvals are not offered; leave tools out with tools and tags instead.")
    asks = [data.toolkits, *(data.tools or {}).values(), data.tags]
    tags = [one.tags for one in (data.tools or {}).values()]
    if any(getattr(one, "require_approval", None) for one in [*asks, *tags]):
        raise NotOffered("require_approval: approvals are not offered; leave tools out with tools and tags instead.")
    if experimental.link_url_overwrite or experimental.session_config_id:
        raise NotOffered("experimental.link_url_overwrite and session_config_id are not offered.")
    if data.hooks is not None:
        raise NotOffered("hooks are not offered.")


def merge(config: Mapping[str, Any], data: NewSession | Change, given: set[str] | None) -> dict[str, Any]:
    """Return ``config`` with a body's changes; ``given`` has the named fields, None for those that are not null."""
    after = {**config}
    said = {name: getattr(data, name) for name in (*_WHOLE, *_PARTS)}
    for name, value in said.items():
        if value is None:
            if given is not None and name in given:
                after[name] = EMPTY[name]
            continue
        if name in _WHOLE:
            after[name] = _READ[name](value)
        else:
            after[name] = {**after[name], **_READ[name](value)}
    if data.experimental is not None and (data.experimental.custom_tools or data.experimental.custom_toolkits):
        after["custom"] = read_custom(data.experimental)
    return after


def _read_choice(value: Any, name: str, fold: Any) -> dict[str, Any]:
    if value.enable is not None and value.disable is not None:
        raise InvalidRequest(f"{name}: enable some, or disable some, not both.")
    if value.enable is not None:
        return {"enabled": [fold(one) for one in value.enable]}
    return {"disabled": [fold(one) for one in value.disable or ()]}


def _read_tags(value: Sequence[str] | TagChoice) -> dict[str, Any]:
    if isinstance(value, TagChoice):
        return {"enabled": list(value.enable or ()), "disabled": list(value.disable or ())}
    return {"enabled": list(value), "disabled": []}


def _read_tools(value: Mapping[str, ToolChoice]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in value.items():
        found[key.strip().lower()] = (
            {"tags": _read_tags(one.tags)} if one.tags is not None else _read_choice(one, f"tools.{key}", _slug)
        )
    return found


def _slug(name: str) -> str:
    return name.strip().upper()


def _key(name: str) -> str:
    return name.strip().lower()


def _read_given(value: Any, **renamed: str) -> dict[str, Any]:
    """Return the fields of a body that are not null."""
    found = {name: one for name, one in msgspec.to_builtins(value).items() if one is not None}
    return {renamed.get(name, name): one for name, one in found.items()}


_READ: Mapping[str, Any] = {
    "toolkits": lambda value: _read_choice(value, "toolkits", _key),
    "tools": _read_tools,
    "tags": _read_tags,
    "auth_configs": lambda value: {_key(key): one for key, one in value.items()},
    "connected_accounts": lambda value: {_key(key): list(ids) for key, ids in value.items()},
    "manage_connections": lambda value: _read_given(value, enable="enabled"),
    "multi_account": _read_given,
    "preload": _read_given,
    "search": _read_given,
    "execute": _read_given,
}


def read_custom(given: CustomDefinitions) -> dict[str, Any]:
    """Return the client's own tools, by the slugs that agents see."""

    def shown(one: CustomTool, toolkit: str | None) -> dict[str, Any]:
        prefix = f"LOCAL_{_slug(toolkit)}_" if toolkit else "LOCAL_"
        found = _read_given(one)
        return {**found, "slug": prefix + _slug(one.slug), "original_slug": one.slug}

    return {
        "custom_tools": [shown(one, one.extends_toolkit) for one in given.custom_tools or ()],
        "custom_toolkits": [
            {
                "slug": one.slug,
                "name": one.name,
                "description": one.description,
                "preload": bool(one.preload),
                "tools": [shown(tool, one.slug) for tool in one.tools],
            }
            for one in given.custom_toolkits or ()
        ],
    }
