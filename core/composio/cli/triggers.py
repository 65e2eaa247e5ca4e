"""``composio triggers``: list triggers, enable them, and see the state of each instance."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import nearest_ids, note, print_json, print_listing, print_record, print_table, say
from composio.cli.session import Session
from composio.cli.trigger_events import add_commands
from composio.errors import InvalidRequest, TriggerInstanceNotFound
from composio.model.trigger_instance import InstanceQuery, NewInstance

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.model.trigger import TriggerModel
    from composio.model.trigger_instance import TriggerInstance, TriggerSetup

__all__ = ["app"]

app = listing_group(
    "List triggers; show, enable, disable and delete them, check their status, listen for events, and set where they are sent."
)

_MOST_SETUPS = 50
Name = Annotated[str, typer.Argument(metavar="NAME", help="The trigger's name or one of its aliases, in any case.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="The id of an enabled trigger, as `composio triggers --active` lists it.")
]


@app.callback()
def list_triggers(
    ctx: typer.Context,
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    active: Annotated[bool, typer.Option("--active", help="List enabled triggers instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List triggers, or with --active the enabled instances.

    Example: composio triggers --app github
    """
    if ctx.invoked_subcommand is not None:
        return
    backend = Session.of(ctx).backend
    apps = (app_name,) if app_name else ()
    if active:
        _list_instances(backend, InstanceQuery(apps=apps, enabled=True), as_json)
        return
    found = backend.run(lambda: backend.triggers.types(apps=apps))
    print_listing(
        found,
        ("NAME", "APP", "KIND", "CONFIG", "DESCRIPTION"),
        lambda one: (one.slug, one.app, one.kind, _fields(one), one.description),
        as_json=as_json,
        none=f"{app_name} has no triggers." if app_name else "No app here has triggers.",
        drop=("KIND", "CONFIG"),
        prose=("DESCRIPTION",),
    )


def _fields(one: TriggerModel) -> str:
    needed = set(one.config.required)
    return ", ".join(f"{name}*" if name in needed else name for name in one.config.properties)


@app.command()
def show(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a trigger: its config, its payload, and the steps in the provider's console.

    Example: composio triggers show GITHUB_STAR_ADDED_EVENT
    """
    backend = Session.of(ctx).backend
    [one] = backend.run(lambda: backend.triggers.types(names=(name,)))
    steps = list(one.webhook.console) if one.webhook is not None else []
    setups = _setups(backend, one) if steps else {}
    if as_json:
        print_json({**one.listing(), "console": steps, "setups": {id_: _list_setup(setup) for id_, setup in setups.items()}})
        return
    about = {"name": one.slug, "app": one.app, "kind": one.kind, "description": one.description, "aliases": one.aliases}
    print_record({**about, "scopes": one.scopes, "instructions": one.instructions})
    for title, schema in (("Config", one.config), ("Payload", one.payload)):
        if schema.properties:
            say(f"\n{title}:")
            needed = set(schema.required)
            rows = (
                (_label(field, needed), _type(about), about.get("description", ""))
                for field, about in schema.properties.items()
            )
            print_table(("FIELD", "TYPE", "DESCRIPTION"), rows, prose=("DESCRIPTION",))
    for id_, setup in setups.items():
        say(f"\nFor the webhooks of {id_}, in the provider's console:")
        _say_steps(setup)
    if steps and not setups:
        say("\nFor its webhooks, in the provider's console:")
        for number, step in enumerate(steps, 1):
            say(f"{number}. {re.sub(r'{{ *url *}}', 'the URL of your webhook', step)}")


def _setups(backend: Backend, trigger: TriggerModel) -> dict[str, TriggerSetup]:
    """Return the steps left for each of its instances, by id: each has its own address."""
    query = InstanceQuery(triggers=(trigger.slug,), enabled=True, limit=_MOST_SETUPS)
    known = backend.run(lambda: backend.triggers.instances(query)).items
    found = {one.id: _setup(backend, one) for one in known if one.source == "webhook"}
    return {id_: setup for id_, setup in found.items() if setup is not None}


def _setup(backend: Backend, instance: TriggerInstance) -> TriggerSetup | None:
    return backend.run(lambda: backend.triggers.setup(instance.id))


def _list_setup(setup: TriggerSetup | None) -> dict[str, Any] | None:
    return None if setup is None else {"url": setup.url, "secret": setup.secret, "steps": list(setup.steps)}


def _say_steps(setup: TriggerSetup) -> None:
    for number, step in enumerate(setup.steps, 1):
        say(f"{number}. {step}")
    if setup.secret is not None:
        say(f"The secret to enter there: {setup.secret}")


def _label(field: str, needed: set[str]) -> str:
    return f"{field} (required)" if field in needed else field


def _type(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


@app.command()
def enable(
    ctx: typer.Context,
    name: Name,
    config: Annotated[
        list[str] | None, typer.Option("--config", "-c", metavar="NAME=VALUE", help="A field of its config, repeatable.")
    ] = None,
    entity_id: Annotated[
        str | None, typer.Option("--entity-id", "-e", help="The entity to enable it for. Default: the default entity.")
    ] = None,
    connection_id: Annotated[
        str | None, typer.Option("--connection", help="The connection, instead of the one that calls use.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Enable a trigger, so that its events arrive. Repeating it returns the same id.

    Example: composio triggers enable GITHUB_STAR_ADDED_EVENT -c owner=composiohq -c repo=composio
    """
    from composio.model.call import DEFAULT_ENTITY

    backend = Session.of(ctx).backend
    entity = entity_id if entity_id or connection_id else DEFAULT_ENTITY
    wanted = NewInstance(trigger=name, config=read_config(config or ()), entity_id=entity, connection_id=connection_id)
    made = backend.run(lambda: backend.triggers.enable(wanted))
    if as_json:
        about = {"status": "success", "triggerId": made.instance.id, "isNew": made.is_new, **made.instance.listing()}
        print_json({**about, "setup": _list_setup(made.setup)})
        return
    how = "Enabled" if made.is_new else "Already enabled:"
    say(f"{how} {made.instance.trigger} for {made.instance.entity_id}: {made.instance.id}")
    if made.setup is not None:
        say("To get events, do this in the provider's console:")
        _say_steps(made.setup)


def read_config(given: Sequence[str]) -> dict[str, Any]:
    """Parse ``-c``. A JSON array or object is parsed; the trigger's schema decides the type of other values."""
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InvalidRequest(f"-c {name!r:.60}: expected NAME=VALUE, such as -c owner=composiohq.")
        if name.strip() in found:
            raise InvalidRequest(f"-c {name.strip()!r:.60}: it was given twice.")
        found[name.strip()] = _value(value)
    return found


def _value(text: str) -> Any:
    if text[:1] in {"[", "{"}:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


@app.command()
def disable(ctx: typer.Context, instance_id: Id, as_json: AsJson = False) -> None:
    """Disable an instance until it is enabled again. Events meanwhile are not delivered later.

    Example: composio triggers disable ti_0123456789abcdef01234567
    """
    found = _find(ctx, instance_id)
    backend = Session.of(ctx).backend
    changed = backend.run(lambda: backend.triggers.switch(found.id, enabled=False))
    if as_json:
        print_json(changed.listing())
    else:
        say(f"Disabled {changed.trigger} for {changed.entity_id}: {changed.id}")


@app.command()
def poll(ctx: typer.Context, instance_id: Id, as_json: AsJson = False) -> None:
    """Poll an instance as soon as a poller is free, instead of at its next turn.

    Example: composio triggers poll ti_0123456789abcdef01234567
    """
    found = _find(ctx, instance_id)
    backend = Session.of(ctx).backend
    changed = backend.run(lambda: backend.triggers.poll_now(found.id))
    if as_json:
        print_json(changed.listing())
    else:
        say(f"{changed.trigger} for {changed.entity_id} is polled next: {changed.id}")


@app.command("test")
def send_test(ctx: typer.Context, instance_id: Id, as_json: AsJson = False) -> None:
    """Send an event with made-up values to listeners and callback URLs.

    Example: composio triggers test ti_0123456789abcdef01234567
    """
    found = _find(ctx, instance_id)
    backend = Session.of(ctx).backend
    event = backend.run(lambda: backend.triggers.send_test(found.id))
    if as_json:
        print_json({"event": event})
    else:
        say(f"Sent {event} of {found.trigger} for {found.entity_id}: composio triggers logs {event}")


@app.command()
def delete(ctx: typer.Context, instance_id: Id, as_json: AsJson = False) -> None:
    """Delete an instance. Its events stay in the log.

    Example: composio triggers delete ti_0123456789abcdef01234567
    """
    found = _find(ctx, instance_id)
    backend = Session.of(ctx).backend
    backend.run(lambda: backend.triggers.delete(found.id))
    if as_json:
        print_json({"deleted": found.id, "trigger": found.trigger, "entity_id": found.entity_id})
    else:
        say(f"Deleted {found.id}: {found.entity_id} gets no more events of {found.trigger} from it.")


@app.command()
def get(ctx: typer.Context, instance_id: Id, as_json: AsJson = False) -> None:
    """Show an instance, its last poll and its last error.

    Example: composio triggers get ti_0123456789abcdef01234567
    """
    found = _find(ctx, instance_id)
    setup = _setup(Session.of(ctx).backend, found) if found.source == "webhook" else None
    if as_json:
        print_json({**found.listing(), "setup": _list_setup(setup)})
        return
    print_record({**found.listing(), "config": json.dumps(dict(found.config), ensure_ascii=False)})
    if setup is not None:
        say("\nIn the provider's console:")
        _say_steps(setup)


@app.command()
def status(
    ctx: typer.Context,
    app_name: Annotated[str | None, typer.Option("--app", help="Only this app's.")] = None,
    entity_id: Annotated[str | None, typer.Option("--entity-id", "-e", help="Only this entity's.")] = None,
    as_json: AsJson = False,
) -> None:
    """List all instances with their last and next poll, last event and last error.

    Example: composio triggers status --app github
    """
    query = InstanceQuery(apps=(app_name,) if app_name else (), entity_ids=(entity_id,) if entity_id else ())
    _list_instances(Session.of(ctx).backend, query, as_json)


def _list_instances(backend: Backend, query: InstanceQuery, as_json: bool) -> None:
    found = backend.run(lambda: backend.triggers.instances(query)).items
    print_listing(
        found,
        ("ID", "TRIGGER", "ENTITY", "STATUS", "LAST POLL", "NEXT POLL", "LAST EVENT", "LAST ERROR"),
        _row,
        as_json=as_json,
        none="Nothing is enabled. Enable a trigger: composio triggers enable NAME -c FIELD=VALUE",
        drop=("LAST POLL", "NEXT POLL", "LAST EVENT"),
        prose=("LAST ERROR",),
    )
    if not as_json and (late := sum(one.late_by() is not None for one in found)):
        note(
            f"{late} of them are overdue for a poll: nothing listens, or the pollers are too slow."
            " Run composio triggers listen, or a server."
        )


def _row(one: TriggerInstance) -> tuple[object, ...]:
    how = one.status()
    late = how["late_seconds"]
    stands = "disabled" if not one.enabled else f"{one.source}, late" if late else one.source
    return one.id, one.trigger, one.entity_id, stands, how["last_poll"], how["next_poll"], how["last_event"], one.last_error


def _find(ctx: typer.Context, instance_id: str) -> TriggerInstance:
    """Return the instance with this id; suggest the nearest for an unknown one."""
    backend = Session.of(ctx).backend
    try:
        return backend.run(lambda: backend.triggers.instance(instance_id))
    except TriggerInstanceNotFound:
        known = backend.run(lambda: backend.triggers.instances(InstanceQuery(limit=500))).items
        raise TriggerInstanceNotFound(instance_id, nearest_ids(instance_id, [one.id for one in known])[:3]) from None


add_commands(app)
