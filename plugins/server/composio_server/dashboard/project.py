"""The start page, and pages of the project: keys, people, webhooks, and the audit log."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from composio.errors import ComposioError, InvalidRequest
from composio.model.connection import ConnectionQuery
from composio.store.calls import CallQuery
from composio_server.dashboard.frameworks import FRAMEWORKS, choose_framework, package_of, write_call, write_tools
from composio_server.dashboard.show import Next, asked, show
from composio_server.dashboard.visit import Asked, Visit, act, visit
from composio_server.services.branding import Branding
from composio_server.services.keys import KeyRefused, Scope
from composio_server.services.limits import KINDS
from composio_server.services.people import Role
from composio_server.services.services import off_loop
from composio_server.services.upkeep import Upkeep

__all__ = [
    "add_key",
    "add_member",
    "add_webhook",
    "do_with_webhook",
    "remove_member",
    "revoke_key",
    "show_project_settings",
    "show_settings",
    "show_start",
    "test_key",
]

_AUDITED = 50
_NONE = Upkeep(log_payloads=False)
# A project keeps an owner: the last one can only be removed by someone else.
_ONESELF = "You can't change your own role or remove yourself; another owner can."
# An app that needs no account.
_FIRST = "HACKERNEWS_GET_FRONTPAGE"


@get("/start")
async def show_start(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show a checklist from an empty project to the first call, with the steps already done."""
    return await _start(await visit(request, project))


@post("/start/key", status_code=200)
async def test_key(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Describe what a key opens. It is not shown again."""
    here, form = await act(request, project, Role.VIEWER)
    try:
        caller = await off_loop(here.services.keys.verify, form.get("key", "").strip())
    except KeyRefused as error:
        return await _start(here, wrong=str(error))
    if caller.project_id != here.project_id:
        return await _start(here, wrong="This key opens another project.")
    return await _start(here, right=f"This key opens the project. It may {', '.join(sorted(caller.scopes))}.")


async def _start(here: Visit, *, wrong: str = "", right: str = "") -> Response[bytes]:
    keys = await off_loop(here.services.keys.list_keys, here.project_id)
    connections = await here.accounts.page_connections(ConnectionQuery(limit=1))
    calls = await off_loop(here.services.calls.list_calls, here.project_id, CallQuery(limit=1))
    framework = choose_framework(asked(here, "framework"))
    return show(
        here,
        "start",
        title="Start",
        place="start",
        status=422 if wrong else 200,
        wrong=wrong,
        right=right,
        framework=framework,
        frameworks=FRAMEWORKS,
        package=package_of(framework),
        call=write_call(here, _FIRST, {}, "default", framework),
        tools=write_tools(here, _FIRST, "default", framework),
        url=here.services.settings.public_url,
        done={
            "key": any(one.used_at is not None for one in keys),
            "connection": bool(connections.items),
            "call": bool(calls),
        },
    )


@get("/settings")
async def show_settings(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show keys, people, webhooks, and the latest changes."""
    return await show_project_settings(await visit(request, project))


async def show_project_settings(
    here: Visit,
    *,
    problem: str = "",
    secret: str = "",
    named: str = "",
    look: Mapping[str, str] | None = None,
    upkeep: Mapping[str, str] | None = None,
) -> Response[bytes]:
    """Show the page. ``look`` and ``upkeep`` are refused forms with the entered values."""
    keys = await off_loop(here.services.keys.list_keys, here.project_id)
    settings = await off_loop(here.services.projects.settings, here.project_id)
    return show(
        here,
        "settings",
        title="Settings",
        place="settings",
        status=422 if problem else 200,
        problem=problem,
        secret=secret,
        named=named,
        keys=[one for one in keys if one.revoked_at is None],
        scopes=list(Scope),
        roles=list(Role),
        members=await off_loop(here.services.people.members, here.project_id),
        webhooks=await here.backend.events.callbacks(),
        look=look or asdict(Branding.of(settings)),
        redirect_uri=Branding.of(settings).callback(here.services.settings.public_url),
        upkeep=_fill_upkeep(Upkeep.of(settings)) if upkeep is None else {**_fill_upkeep(_NONE), **upkeep},
        kinds=KINDS,
        vault_key=await off_loop(here.services.backends.shared.keeping.store.for_project(here.project_id).project_key),
        audit=await off_loop(here.services.audit.list_entries, here.project_id, limit=_AUDITED) if here.may(Role.OWNER) else [],
        empty=Next("Nobody but the server's admins is in this project."),
    )


def _fill_upkeep(one: Upkeep) -> dict[str, str]:
    """The values of the form's fields."""
    numbers = {"log_chars": one.log_chars, "log_days": one.log_days}
    return {
        **{f"rate.{kind}": one.rates.get(kind, "") for kind in KINDS},
        "log_payloads": "on" if one.log_payloads else "",
        **{name: "" if value is None else str(value) for name, value in numbers.items()},
    }


@post("/settings/keys", status_code=200)
async def add_key(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Create a key, which is shown once."""
    here, form = await act(request, project, Role.OWNER)
    scopes = [one for one in Scope if form.get(f"scope.{one}")]
    try:
        made, secret = await off_loop(here.services.keys.create, here.project_id, form.get("name", ""), scopes)
    except InvalidRequest as error:
        return await show_project_settings(here, problem=str(error))
    here.note("add key", {"key": made.id})
    return await show_project_settings(here, secret=secret.reveal(), named=f"The key {made.name}")


@post("/settings/keys/{key:str}/revoke", status_code=200)
async def revoke_key(request: Asked, project: FromPath[str], key: FromPath[str]) -> Response[Any]:
    """Revoke a key."""
    here, _ = await act(request, project, Role.OWNER)
    if not await off_loop(here.services.keys.revoke, here.project_id, key):
        raise InvalidRequest(f"The project has no key {key!r:.40}.")
    here.note("revoke key", {"key": key})
    return here.go("settings", said="removed")


@post("/settings/members", status_code=200)
async def add_member(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Add a member, or change their role."""
    here, form = await act(request, project, Role.OWNER)
    role = form.get("role", "")
    if role not in set(Role):
        raise InvalidRequest(f"role: one of {', '.join(Role)}; got {role!r:.40}.")
    if form.get("name", "").strip().lower() == here.person.name and not here.person.is_admin:
        return await show_project_settings(here, problem=_ONESELF)
    people = here.services.people
    try:
        made = await off_loop(people.add_member, here.project_id, form.get("name", ""), Role(role), by=_owner(here))
    except InvalidRequest as error:
        return await show_project_settings(here, problem=str(error))
    here.note("add member", {"person": made.person_id, "role": role})
    return here.go("settings", said="added")


@post("/settings/members/{member:str}/remove", status_code=200)
async def remove_member(request: Asked, project: FromPath[str], member: FromPath[str]) -> Response[Any]:
    """Remove a member."""
    here, _ = await act(request, project, Role.OWNER)
    if member == here.person.id and not here.person.is_admin:
        return await show_project_settings(here, problem=_ONESELF)
    if not await off_loop(here.services.people.remove_member, here.project_id, member, by=_owner(here)):
        raise InvalidRequest(f"Nobody with the id {member!r:.40} is in the project.")
    here.note("remove member", {"person": member})
    return here.go("settings", said="removed")


def _owner(here: Visit) -> str | None:
    """Return the id of the acting owner; None for an admin, who needs no role in the project."""
    return None if here.person.is_admin else here.person.id


@post("/settings/webhooks", status_code=200)
async def add_webhook(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Send events to a URL; the signing secret is shown once."""
    here, form = await act(request, project)
    try:
        made = await here.backend.events.set_callback(form.get("url", "").strip(), format=form.get("format") or None)
    except ComposioError as error:
        return await show_project_settings(here, problem=str(error))
    here.note("add webhook", {"webhook": made["id"]})
    return await show_project_settings(
        here, secret=str(made.get("secret", "")), named=f"The secret that signs events to {made['url']}"
    )


@post("/settings/webhooks/{webhook:str}/{deed:str}", status_code=200)
async def do_with_webhook(request: Asked, project: FromPath[str], webhook: FromPath[str], deed: FromPath[str]) -> Response[Any]:
    """Enable, disable or remove it, or replace its secret."""
    here, _ = await act(request, project)
    events, done = here.backend.events, functools.partial(here.note, f"{deed} webhook", {"webhook": webhook})
    if deed == "rotate":
        made = await events.rotate_callback(webhook)
        done()
        return await show_project_settings(
            here, secret=str(made.get("secret", "")), named="The new secret; the former one also signs for a day"
        )
    if deed == "delete":
        await events.remove_callback(webhook)
        done()
        return here.go("settings", said="removed")
    if deed not in {"enable", "disable"}:
        raise InvalidRequest(f"A webhook has no action {deed!r:.40}.")
    await events.enable_callback(webhook, enabled=deed == "enable")
    done()
    return here.go("settings", said=f"{deed}d")
