"""Pages of enabled triggers, events, and callback URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from composio.errors import ComposioError, InvalidRequest, NotFoundError
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import InstancePage, InstanceQuery, NewInstance, TriggerInstance
from composio_server.dashboard.forms import inputs_of, read_entity, read_values
from composio_server.dashboard.show import (
    FURTHER,
    OLDER,
    Filter,
    Next,
    asked,
    before_of,
    show,
    show_log,
    within_of,
    write_command,
)
from composio_server.dashboard.visit import Asked, Visit, act, visit
from composio_server.services.people import Role

__all__ = [
    "do_with_trigger",
    "enable_trigger",
    "list_events",
    "list_triggers",
    "new_trigger",
    "resend_event",
    "resend_events",
    "show_event",
    "show_trigger",
]

_PAGE = 50


@get("/triggers")
async def list_triggers(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List enabled triggers, newest first, with their last poll, event and error."""
    here = await visit(request, project)
    app, entity, before = asked(here, "app"), asked(here, "entity"), asked(here, "before")
    # One more than a page, to detect a next page.
    query = InstanceQuery(
        apps=[app.lower()] if app else (), entity_ids=[entity] if entity else (), limit=_PAGE + 1, before=before
    )
    try:
        page = await here.backend.triggers.instances(query)
    except NotFoundError:  # an unknown app has none
        page = InstancePage(items=(), total=0)
    shown = page.items[:_PAGE]
    return show(
        here,
        "triggers",
        title="Triggers",
        place="triggers",
        rows=shown,
        command=write_command("triggers --active", app=app),
        next=here.url("triggers", app=app, entity=entity, before=shown[-1].id) if len(page.items) > _PAGE else "",
        filters=[Filter("app", "App", app), Filter("entity", "Entity", entity)],
        empty=Next("No trigger matches these filters.", here.url("triggers"), "Show all")
        if app or entity
        else Next(
            "A trigger tells your code what happens in a user's app. None is enabled yet.",
            here.url("triggers", "new"),
            "Enable a trigger",
        ),
    )


@get("/triggers/new")
async def new_trigger(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show the kinds of triggers, and the form of the chosen one."""
    here = await visit(request, project, Role.DEVELOPER)
    name = asked(here, "trigger")
    if name:
        (found,) = await here.backend.triggers.types(names=[name])
        return _trigger_form(here, found, {})
    text = asked(here, "q").lower()
    types = await here.backend.triggers.types()
    fitting = [one for one in types if not text or text in f"{one.slug} {one.description}".lower()]
    return show(
        here,
        "trigger_types",
        title="Enable a trigger",
        place="triggers",
        types=sorted(fitting, key=lambda one: one.slug),
        filters=[Filter("q", f"Search {len(types)} triggers", text)],
    )


def _trigger_form(
    here: Visit,
    trigger: TriggerModel,
    values: Mapping[str, Any],
    *,
    wrong: Mapping[str, str] | None = None,
    problem: str = "",
    entity: str = "",
) -> Response[bytes]:
    return show(
        here,
        "new_trigger",
        title=f"Enable {trigger.slug}",
        place="triggers",
        status=422 if problem else 200,
        trigger=trigger,
        inputs=inputs_of(trigger.config, values, wrong),
        problem=problem,
        entity=entity,
    )


@post("/triggers/new", status_code=200)
async def enable_trigger(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Enable one for an entity."""
    here, form = await act(request, project)
    (found,) = await here.backend.triggers.types(names=[form.get("trigger", "")])
    values, wrong = read_values(found.config, form)
    try:
        entity = read_entity(form)
    except InvalidRequest as error:
        return _trigger_form(here, found, values, wrong=wrong, problem=str(error), entity=form["entity"])
    if wrong:
        return _trigger_form(
            here, found, values, wrong=wrong, problem="Some fields can't be read; they say why.", entity=entity
        )
    try:
        made = await here.backend.triggers.enable(NewInstance(trigger=found.slug, config=values, entity_id=entity or "default"))
    except ComposioError as error:
        return _trigger_form(here, found, values, problem=str(error), entity=entity)
    here.note("enable trigger", {"trigger": made.instance.id})
    if made.setup is None:
        return here.go("triggers", made.instance.id, said="added")
    return show(
        here,
        "trigger",
        title=found.slug,
        place="triggers",
        one=made.instance,
        setup=made.setup,
        **await _latest(here, made.instance),
    )


async def _latest(here: Visit, one: TriggerInstance) -> dict[str, Any]:
    """Return its latest events, and whether it can be polled now."""
    try:
        (found,) = await here.backend.triggers.types(names=[one.trigger])
    except NotFoundError:  # its app no longer exists
        polls = False
    else:
        polls = one.enabled and found.can_poll(one.source)
    return {"events": await here.backend.events.log(trigger_id=one.id, limit=10), "polls": polls}


@get("/triggers/{instance:str}")
async def show_trigger(request: Asked, project: FromPath[str], instance: FromPath[str]) -> Response[bytes]:
    """Show one instance: its config, its state, its latest events."""
    here = await visit(request, project)
    one = await here.backend.triggers.instance(instance)
    return show(here, "trigger", title=one.trigger, place="triggers", one=one, setup=None, **await _latest(here, one))


@post("/triggers/{instance:str}/{deed:str}", status_code=200)
async def do_with_trigger(
    request: Asked, project: FromPath[str], instance: FromPath[str], deed: FromPath[str]
) -> Response[Any]:
    """Enable, disable, poll, test or remove it."""
    here, _ = await act(request, project)
    if deed == "delete":
        await here.backend.triggers.delete(instance)
    elif deed in {"enable", "disable"}:
        await here.backend.triggers.switch(instance, enabled=deed == "enable")
    elif deed == "poll":
        await here.backend.triggers.poll_now(instance)
    elif deed == "test":
        await here.backend.triggers.send_test(instance)
    else:
        raise InvalidRequest(f"A trigger has no action {deed!r:.40}.")
    here.note(f"{deed} trigger", {"trigger": instance})
    if deed == "delete":
        return here.go("triggers", said="removed")
    return here.go("triggers", instance, said={"poll": "polled", "test": "tested"}.get(deed, f"{deed}d"))


@get("/events")
async def list_events(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List events, newest first, each with the state of its deliveries."""
    here = await visit(request, project)
    given = {name: asked(here, name) for name in ("trigger", "entity", "app", "q")}
    try:
        found, end = await here.backend.events.look(
            within_of(given),
            trigger=given["trigger"] or None,
            entity_id=given["entity"] or None,
            app=given["app"] or None,
            text=given["q"],
            before=before_of(here),
            limit=_PAGE + 1,
        )
    except NotFoundError:  # an unknown trigger has none
        found, end = [], None
    events = found[:_PAGE]
    more, label = (events[-1]["sequence"], OLDER) if len(found) > _PAGE else (end, FURTHER)
    return show_log(
        here,
        "events",
        rows=events,
        given=given,
        title="Events",
        events=events,
        # Checked boxes would be lost when the list is loaded again.
        chosen=bool(events) and here.may(Role.DEVELOPER) and asked(here, "live") != "1",
        code=[("Python", write_listener(given, here)), ("On a command line", _write_command(given))],
        filtered=any(given.values()),
        next=here.url("events", **given, before=more) if more is not None else "",
        label=label,
        filters=[
            Filter("trigger", "Trigger", given["trigger"]),
            Filter("entity", "Entity", given["entity"]),
            Filter("app", "App", given["app"]),
            Filter("q", "Words in it", given["q"]),
        ],
        empty=Next(
            "No events yet. Enable a trigger, and events of a user's app appear here.",
            here.url("triggers", "new"),
            "Enable a trigger",
        ),
    )


def write_listener(given: Mapping[str, str], here: Visit) -> str:
    """Return a program that receives such events."""
    names = {"trigger": "trigger_name", "entity": "entity_id", "app": "app_name"}
    filters = {names[name]: value for name, value in given.items() if value and name in names}
    return (
        "from composio import ComposioToolSet\n\n"
        f"{here.toolset}\n"
        "listener = toolset.create_trigger_listener()\n\n\n"
        f"@listener.callback(filters={filters!r})\n"
        "def handle(event):\n"
        "    print(event.payload)\n\n\n"
        "listener.wait_forever()\n"
    )


def _write_command(given: Mapping[str, str]) -> str:
    """Return a command that lists the same events."""
    return write_command("triggers logs", trigger=given["trigger"], entity=given["entity"], app=given["app"], search=given["q"])


@post("/events/resend", status_code=200)
async def resend_events(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Resend selected events, or all whose delivery finally failed."""
    here, form = await act(request, project)
    chosen = [name.removeprefix("event.") for name in form if name.startswith("event.")]
    is_every = form.get("which") == "failed"
    if not is_every and not chosen:
        return here.go("events", said="none")
    count = await here.backend.events.resend([] if is_every else chosen)
    here.note("resend events", {"events": "failed" if is_every else " ".join(chosen)})
    return here.go("events", said="sent" if count else "none")


@get("/events/{event:str}")
async def show_event(request: Asked, project: FromPath[str], event: FromPath[str]) -> Response[bytes]:
    """Show one event: its payload, the original, and every delivery attempt."""
    here = await visit(request, project)
    one = await here.backend.events.event(event)
    return show(here, "event", title=str(one["trigger"]), place="events", one=one)


@post("/events/{event:str}/resend", status_code=200)
async def resend_event(request: Asked, project: FromPath[str], event: FromPath[str]) -> Response[Any]:
    """Resend it under its id."""
    here, _ = await act(request, project)
    await here.backend.events.event(event)  # raises if there is none
    await here.backend.events.resend([event])
    here.note("resend event", {"event": event})
    return here.go("events", event, said="resent")
