"""Types of triggers, and instances of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.errors import AppNotFound, InvalidRequest
from composio.model.connection import as_time
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import InstanceQuery, NewInstance, TriggerInstance
from composio_server.access import Here, here
from composio_server.services.keys import Scope
from composio_server.wire.v3.wire import Paged, Wire, as_uuid, read_cursor, read_limit, read_list, slice_of
from composio_server.wire.v3.wire import Slice as Part

__all__ = ["routes"]

Asked = Request[Any, Any, Any]
VERSION = "latest"
"""Triggers have no versions here: they come with the installed app package."""


class TriggerToolkit(Wire, kw_only=True):
    """The toolkit of a trigger type."""

    slug: str
    name: str
    logo: str = ""


class TriggerType(Wire, kw_only=True):
    """A trigger type: the schemas of its config and its payload."""

    slug: str
    name: str
    description: str
    instructions: str
    type: Literal["webhook", "poll"]
    toolkit: TriggerToolkit
    config: dict[str, Any]
    payload: dict[str, Any]
    version: str = VERSION
    requires_webhook_endpoint_setup: bool


class TriggerTypes(Paged, kw_only=True):
    """A page of trigger types."""

    items: list[TriggerType]


class FormerInstance(Wire, kw_only=True):
    """What earlier clients used."""

    created_at: str = msgspec.field(name="createdAt")


class Instance(Wire, kw_only=True):
    """A current or former trigger of an account."""

    id: str
    uuid: str
    user_id: str
    connected_account_id: str
    connected_account_uuid: str
    trigger_name: str
    trigger_config: dict[str, Any]
    trigger_data: str | None = None
    state: dict[str, Any]
    version: str = VERSION
    disabled_at: str | None
    updated_at: str
    # Events go to the project's callback URLs.
    egress_url: str | None
    deprecated: FormerInstance


class Instances(Paged, kw_only=True):
    """A page of enabled triggers."""

    items: list[Instance]


class SetTrigger(Wire, kw_only=True):
    """The trigger's account or user, and its config."""

    connected_account_id: str | None = None
    connected_auth_id: str | None = msgspec.field(name="connectedAuthId", default=None)
    user_id: str | None = None
    trigger_config: dict[str, Any] | None = None
    former_config: dict[str, Any] | None = msgspec.field(name="triggerConfig", default=None)


class FormerUuid(Wire, kw_only=True):
    """The UUID that earlier clients used."""

    uuid: str


class TriggerSet(Wire, kw_only=True):
    """The enabled trigger."""

    trigger_id: str
    deprecated: FormerUuid


class ChangeTrigger(Wire, kw_only=True):
    """Whether it is enabled."""

    status: Literal["enable", "disable"]


class TriggerChanged(Wire, kw_only=True):
    """The operation succeeded."""

    status: Literal["success"] = "success"


class TriggerDeleted(Wire, kw_only=True):
    """The removed trigger."""

    trigger_id: str


@get("/triggers_types", scope=Scope.READ)
async def list_trigger_types(
    request: Asked,
    toolkit_slugs: FromQuery[list[str] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> TriggerTypes:
    """List the types of triggers."""
    asked, found = here(request), list[TriggerModel]()
    if toolkits := read_list(toolkit_slugs, "toolkit_slugs"):
        for one in toolkits:
            try:
                found += await asked.backend.triggers.types(apps=[one])
            except AppNotFound:  # a filter that fits nothing
                continue
    else:
        found = await asked.backend.triggers.types()
    part = slice_of(found, cursor, limit)
    return TriggerTypes(items=await _show_types(asked, part.items), **part.paged())


@get("/triggers_types/list/enum", scope=Scope.READ)
async def list_trigger_names(request: Asked) -> list[str]:
    """List the slugs of trigger types."""
    return [one.slug for one in await here(request).backend.triggers.types()]


@get("/triggers_types/{slug:str}", scope=Scope.READ)
async def get_trigger_type(request: Asked, slug: FromPath[str]) -> TriggerType:
    """Get a type of trigger."""
    asked = here(request)
    return (await _show_types(asked, await asked.backend.triggers.types(names=[slug])))[0]


@get("/trigger_instances/active", scope=Scope.READ)
async def list_active_triggers(
    request: Asked,
    auth_config_ids: FromQuery[list[str] | None] = None,
    connected_account_ids: FromQuery[list[str] | None] = None,
    trigger_ids: FromQuery[list[str] | None] = None,
    trigger_names: FromQuery[list[str] | None] = None,
    user_ids: FromQuery[list[str] | None] = None,
    show_disabled: FromQuery[bool | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> Instances:
    """List enabled triggers, newest first; `show_disabled` adds disabled ones."""
    start, size = read_cursor(cursor), read_limit(limit)
    query = InstanceQuery(
        ids=_values(request, trigger_ids, "trigger_ids", "triggerIds"),
        triggers=_values(request, trigger_names, "trigger_names", "triggerNames"),
        connection_ids=_values(request, connected_account_ids, "connected_account_ids", "connectedAccountIds"),
        integration_ids=_values(request, auth_config_ids, "auth_config_ids", "authConfigIds"),
        entity_ids=_values(request, user_ids, "user_ids", "userIds"),
        enabled=None if show_disabled or _is_on(request, "showDisabled") else True,
        limit=size,
        offset=start,
    )
    page = await here(request).backend.triggers.instances(query)
    part = Part(items=page.items, start=start, size=size, total=page.total)
    return Instances(items=[_show_instance(one) for one in page.items], **part.paged())


def _values(request: Asked, given: Sequence[str] | None, name: str, former: str) -> list[str]:
    """Under either of a parameter's two names."""
    return read_list(given or request.query_params.getall(former, []), name)


def _is_on(request: Asked, former: str) -> bool:
    return str(request.query_params.get(former, "")).lower() == "true"


@post("/trigger_instances/{slug:str}/upsert", scope=Scope.EXECUTE, status_code=200)
async def set_trigger(request: Asked, slug: FromPath[str], data: JSONBody[SetTrigger]) -> TriggerSet:
    """Enable a trigger for an account, or for the user's default account. The same request returns the same id."""
    account = data.connected_account_id or data.connected_auth_id
    if account is None and data.user_id is None:
        raise InvalidRequest("Name the user: connected_account_id, or user_id.")
    wanted = NewInstance(
        trigger=slug,
        config=data.trigger_config or data.former_config or {},
        entity_id=data.user_id,
        connection_id=account,
    )
    made = await here(request).backend.triggers.enable(wanted)
    return TriggerSet(trigger_id=made.instance.id, deprecated=FormerUuid(uuid=as_uuid(made.instance.id)))


@patch("/trigger_instances/manage/{trigger_id:str}", scope=Scope.EXECUTE)
async def change_trigger(request: Asked, trigger_id: FromPath[str], data: JSONBody[ChangeTrigger]) -> TriggerChanged:
    """Enable or disable a trigger. Events while it is disabled are not sent later."""
    await here(request).backend.triggers.switch(trigger_id, enabled=data.status == "enable")
    return TriggerChanged()


@delete("/trigger_instances/manage/{trigger_id:str}", scope=Scope.EXECUTE, status_code=200)
async def delete_trigger(request: Asked, trigger_id: FromPath[str]) -> TriggerDeleted:
    """Remove a trigger. Its events stay in the log."""
    await here(request).backend.triggers.delete(trigger_id)
    return TriggerDeleted(trigger_id=trigger_id)


async def _show_types(asked: Here, found: Sequence[TriggerModel]) -> list[TriggerType]:
    apps: dict[str, TriggerToolkit] = {}
    for key in {one.app for one in found}:
        try:
            app = await asked.backend.app(key)
            apps[key] = TriggerToolkit(slug=app.key, name=app.name, logo=app.logo or "")
        except AppNotFound:  # schedules and feeds are no app's
            apps[key] = TriggerToolkit(slug=key, name=key.capitalize())
    return [
        TriggerType(
            slug=one.slug,
            name=one.display_name,
            description=one.description,
            instructions=one.instructions,
            type="poll" if one.kind == "poll" else "webhook",
            toolkit=apps[one.app],
            config=dict(one.config),
            payload=dict(one.payload),
            requires_webhook_endpoint_setup=one.webhook is not None and bool(one.webhook.console),
        )
        for one in found
    ]


def _show_instance(one: TriggerInstance) -> Instance:
    return Instance(
        id=one.id,
        uuid=as_uuid(one.id),
        user_id=one.entity_id,
        connected_account_id=one.connection_id,
        connected_account_uuid=as_uuid(one.connection_id),
        trigger_name=one.trigger,
        trigger_config=dict(one.config),
        state=one.status(),
        disabled_at=None if one.disabled_at is None else as_time(one.disabled_at),
        updated_at=as_time(one.updated_at),
        egress_url=None,
        deprecated=FormerInstance(created_at=as_time(one.created_at)),
    )


routes = [
    list_trigger_types,
    list_trigger_names,
    get_trigger_type,
    list_active_triggers,
    set_trigger,
    change_trigger,
    delete_trigger,
]
