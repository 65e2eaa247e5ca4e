"""Triggers and their instances."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, post

from composio.model.trigger_instance import InstanceQuery, NewInstance
from composio.remote.codec import encode
from composio.remote.requests import FindTriggers, OfTriggerInstance, SwitchTriggerInstance
from composio_server.access import here, require_key
from composio_server.services.keys import Scope
from composio_server.wire.own.bodies import Body, answer, answer_error, read

__all__ = ["router"]

Asked = Request[Any, Any, Any]


@post("/types", scope=Scope.READ, status_code=200)
async def list_types(request: Asked, data: Body) -> Response[bytes]:
    """Triggers by name and by app, or all of them: `{"triggers": [...]}`."""
    which = read(FindTriggers, data)
    found = await here(request).backend.triggers.types(names=which.names, apps=which.apps)
    return answer({"triggers": [encode(one) for one in found]})


@post("/enable", scope=Scope.EXECUTE, status_code=200)
async def enable(request: Asked, data: Body) -> Response[bytes]:
    """Enable a trigger for an entity: `{"instance": {...}, "is_new": true}`.

    The same request again returns the same instance.
    """
    return answer(await here(request).backend.triggers.enable(read(NewInstance, data)))


@post("/instances/list", scope=Scope.READ, status_code=200)
async def list_instances(request: Asked, data: Body) -> Response[bytes]:
    """Instances, newest first: `{"items": [...], "total": 1}`."""
    return answer(await here(request).backend.triggers.instances(read(InstanceQuery, data)))


@post("/instances/get", scope=Scope.READ, status_code=200)
async def get_instance(request: Asked, data: Body) -> Response[bytes]:
    """One instance."""
    return answer(await here(request).backend.triggers.instance(read(OfTriggerInstance, data).instance_id))


@post("/instances/setup", scope=Scope.EXECUTE, status_code=200)
async def get_setup(request: Asked, data: Body) -> Response[bytes]:
    """The remaining steps in the provider's console: `{"setup": {"url", "steps", "secret"}}`, or null if there are none."""
    found = await here(request).backend.triggers.setup(read(OfTriggerInstance, data).instance_id)
    return answer({"setup": None if found is None else encode(found)})


@post("/instances/switch", scope=Scope.EXECUTE, status_code=200)
async def switch(request: Asked, data: Body) -> Response[bytes]:
    """Enable or disable an instance."""
    asked = read(SwitchTriggerInstance, data)
    return answer(await here(request).backend.triggers.switch(asked.instance_id, enabled=asked.enabled))


@post("/instances/poll", scope=Scope.EXECUTE, status_code=200)
async def poll_now(request: Asked, data: Body) -> Response[bytes]:
    """Poll an instance as soon as a poller is free. Returns the instance."""
    return answer(await here(request).backend.triggers.poll_now(read(OfTriggerInstance, data).instance_id))


@post("/instances/test", scope=Scope.EXECUTE, status_code=200)
async def send_test(request: Asked, data: Body) -> Response[bytes]:
    """Send an event with example values to listeners and callback URLs. Returns its id: `{"event": "ev_..."}`."""
    return answer({"event": await here(request).backend.triggers.send_test(read(OfTriggerInstance, data).instance_id)})


@post("/instances/delete", scope=Scope.EXECUTE, status_code=200)
async def delete(request: Asked, data: Body) -> Response[bytes]:
    """Delete an instance. Its events stay in the log."""
    await here(request).backend.triggers.delete(read(OfTriggerInstance, data).instance_id)
    return answer({})


router = Router(
    "/api/v3.1/triggers",
    route_handlers=[list_types, enable, list_instances, get_instance, get_setup, switch, poll_now, send_test, delete],
    guards=[require_key],
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: triggers"],
)
