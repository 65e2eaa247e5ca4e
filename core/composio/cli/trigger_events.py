"""``composio triggers listen|logs|resend|callbacks``: events and their destinations."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import confirm, note, print_json, print_record, print_table, say
from composio.cli.session import Session
from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from composio.model.event_data import TriggerEventData

__all__ = ["add_commands"]

callbacks = listing_group("List callback URLs; set, look at, switch and remove them.")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

OfTrigger = Annotated[
    str | None, typer.Option("--trigger", "-t", help="Only events of this trigger, such as GITHUB_STAR_ADDED_EVENT.")
]
OfEntity = Annotated[str | None, typer.Option("--entity", "-e", help="Only events of this user, by your own id.")]
OfApp = Annotated[str | None, typer.Option("--app", help="Only this app's.")]
OfInstance = Annotated[str | None, typer.Option("--trigger-id", help="Only events of one enabled trigger: ti_...")]
Since = Annotated[str | None, typer.Option("--since", help="Only events since: 30m, 12h, 7d, or a date such as 2026-01-31.")]
CallbackId = Annotated[
    str, typer.Argument(metavar="ID", help="A callback URL's id, as `composio triggers callbacks` lists it.")
]


def add_commands(app: typer.Typer) -> None:
    """Add these commands to ``composio triggers``."""
    app.command()(listen)
    app.command()(logs)
    app.command()(resend)
    app.add_typer(callbacks, name="callbacks")


def listen(
    ctx: typer.Context,
    trigger: OfTrigger = None,
    entity: OfEntity = None,
    app_name: OfApp = None,
    trigger_id: OfInstance = None,
    after: Annotated[
        int | None, typer.Option("--after", help="Start after the event with this sequence, at most a day old.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="Exit after this many events.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as a line of JSON.")] = False,
) -> None:
    """Print events as they come, until Ctrl-C.

    Without a server, this process polls the apps, receives and delivers meanwhile.

    Example: composio triggers listen --trigger SLACK_RECEIVE_MESSAGE
    """
    from composio.client.listening import make_listener

    backend, seen = Session.of(ctx).backend, 0
    if app_name:
        types = backend.run(lambda: backend.triggers.types(apps=[str(app_name)]))
        if not types:
            raise InvalidRequest(f"{app_name} has no triggers to listen for.")
        app_name = types[0].app
    with make_listener(backend, after=after) as listener:

        def show(event: TriggerEventData) -> None:
            nonlocal seen
            if count is not None and seen >= count:
                return
            seen += 1
            say(json.dumps(event.listing(), default=str) if as_json else _in_a_line(event))
            if seen == count:
                listener.stop()

        wanted = {"trigger_name": trigger, "entity_id": entity, "app_name": app_name, "trigger_id": trigger_id}
        listener.callback({name: value for name, value in wanted.items() if value})(show)
        note("Listening. Stop with Ctrl-C.")
        try:
            listener.wait_forever()
        except KeyboardInterrupt:
            note(f"{seen} events.")


def _in_a_line(event: TriggerEventData) -> str:
    payload = json.dumps(event.payload, ensure_ascii=False, default=str)
    return f"{_moment(event.timestamp)}  {event.metadata.triggerName}  {event.entity_id}  {event.id}  {payload}"


def logs(
    ctx: typer.Context,
    event_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One event, in full: ev_...")] = None,
    trigger: OfTrigger = None,
    entity: OfEntity = None,
    app_name: OfApp = None,
    trigger_id: OfInstance = None,
    text: Annotated[str, typer.Option("--search", "-s", help="Only events whose payload contains this string.")] = "",
    since: Since = None,
    before: Annotated[int | None, typer.Option("--before", help="Only events before this sequence: the next page.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="Maximum number to list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List events with their deliveries, newest first; with an id, show one event with every attempt.

    Example: composio triggers logs --app slack --since 12h
    """
    backend = Session.of(ctx).backend
    if event_id is not None:
        found = dict(backend.run(lambda: backend.events.event(event_id)))
        print_json(found)
        return
    listed = backend.run(
        lambda: backend.events.log(
            trigger=trigger,
            trigger_id=trigger_id,
            entity_id=entity,
            app=app_name,
            text=text,
            since=_read_since(since),
            before=before,
            limit=limit,
        )
    )
    if as_json:
        print_json([dict(one) for one in listed])
    elif listed:
        columns = ("SEQUENCE", "ID", "WHEN", "TRIGGER", "USER", "DELIVERED")
        print_table(columns, map(_event_row, listed), drop=("SEQUENCE", "USER"))
    else:
        note("No event matches. `composio triggers listen` waits for new ones.")


def _event_row(one: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        one["sequence"],
        one["id"],
        _moment(one["received_at"]),
        one["trigger"],
        one["entity_id"],
        _in_words(one["deliveries"]),
    )


def _in_words(deliveries: Sequence[Mapping[str, Any]]) -> str:
    """Summarize the state of an event's deliveries."""
    words = []
    for one in deliveries:
        why = f": {one['error']}" if one["error"] else ""
        words.append(f"{one['status']} after {one['attempts']}{why}" if one["attempts"] else str(one["status"]))
    return "; ".join(words) or "-"


def resend(
    ctx: typer.Context,
    event_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Events, as `composio triggers logs` lists them.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All deliveries that failed for good, instead of ids.")] = False,
    callback: Annotated[
        str | None, typer.Option("--callback", help="With --failed: only deliveries to this callback URL.")
    ] = None,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Deliver events to their callback URLs again, under the same ids.

    Example: composio triggers resend ev_0123456789abcdef01234567
    """
    if bool(event_ids) == failed:
        raise InvalidRequest(
            "Name events, or give --failed: composio triggers resend ev_... or composio triggers resend --failed"
        )
    backend, begin = Session.of(ctx).backend, _read_since(since) or 0.0
    count = backend.run(lambda: backend.events.resend(event_ids or (), callback_id=callback, since=begin))
    if as_json:
        print_json({"deliveries": count})
    elif count:
        say(f"{count} {'delivery is' if count == 1 else 'deliveries are'} queued again; a listener or a server sends them.")
    else:
        note("Nothing to resend: those events have no callback URL, or are still being delivered.")


@callbacks.callback()
def list_callbacks(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List callback URLs. Commands: set, get, rotate, enable, disable, remove.

    Example: composio triggers callbacks
    """
    if ctx.invoked_subcommand is not None:
        return
    backend = Session.of(ctx).backend
    found = backend.run(backend.events.callbacks)
    if as_json:
        print_json([dict(one) for one in found])
    elif found:
        print_table(("ID", "URL", "FOR", "FORMAT", "STATE"), map(_callback_row, found), drop=("FORMAT",))
    else:
        note("There is no callback URL yet. `composio triggers callbacks set https://...` makes one.")


def _callback_row(one: Mapping[str, Any]) -> tuple[object, ...]:
    state = "on" if one["enabled"] else f"off: {one['reason']}"
    if one["enabled"] and one["failing_since"]:
        state = f"failing since {_moment(one['failing_since'])}"
    return one["id"], one["url"], one["trigger_id"] or "everything", one["format"], state


@callbacks.command("set")
def set_callback(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent, such as https://example.com/webhook.")],
    trigger_id: Annotated[
        str | None, typer.Option("--trigger-id", help="Only the events of this enabled trigger: ti_...")
    ] = None,
    format_: Annotated[str | None, typer.Option("--format", help="v1 (v0.7's), v2 or v3. Default: v2.")] = None,
    ordered: Annotated[bool, typer.Option("--ordered", help="Send an event only after those before it are delivered.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send events to a URL. Setting it again replaces the URL and keeps the secret. Prints the secret.

    Example: composio triggers callbacks set https://example.com/webhook
    """
    backend = Session.of(ctx).backend
    made = backend.run(lambda: backend.events.set_callback(url, trigger_id=trigger_id, format=format_, ordered=ordered))
    _print_callback(made, as_json=as_json)
    note("composio.triggers.verify(headers, body, secret) verifies what is sent there.")


@callbacks.command("get")
def get_callback(
    ctx: typer.Context,
    callback_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Without one, the project's own.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a callback URL and its signing secret.

    Example: composio triggers callbacks get
    """
    backend = Session.of(ctx).backend
    if callback_id is None:
        known = [one for one in backend.run(backend.events.callbacks) if one["trigger_id"] is None]
        if not known:
            raise InvalidRequest("There is no callback URL yet. `composio triggers callbacks set https://...` makes one.")
        callback_id = str(known[0]["id"])
    _print_callback(backend.run(lambda: backend.events.callback(callback_id, secret=True)), as_json=as_json)


@callbacks.command()
def rotate(ctx: typer.Context, callback_id: CallbackId, as_json: AsJson = False) -> None:
    """Create a new secret and print it; the former one also signs for a day.

    Example: composio triggers callbacks rotate cb_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    _print_callback(backend.run(lambda: backend.events.rotate_callback(callback_id)), as_json=as_json)


@callbacks.command()
def enable(ctx: typer.Context, callback_id: CallbackId, as_json: AsJson = False) -> None:
    """Enable a callback URL again.

    Example: composio triggers callbacks enable cb_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    _print_callback(backend.run(lambda: backend.events.enable_callback(callback_id)), as_json=as_json)


@callbacks.command()
def disable(ctx: typer.Context, callback_id: CallbackId, as_json: AsJson = False) -> None:
    """Disable a callback URL and drop its pending deliveries.

    Example: composio triggers callbacks disable cb_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    _print_callback(backend.run(lambda: backend.events.enable_callback(callback_id, enabled=False)), as_json=as_json)


@callbacks.command()
def remove(
    ctx: typer.Context, callback_id: CallbackId, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Delete a callback URL and its pending deliveries.

    Example: composio triggers callbacks remove cb_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    found = backend.run(lambda: backend.events.callback(callback_id))
    if not yes:
        confirm(f"Remove {found['url']}? This deletes its secret, too.")
    backend.run(lambda: backend.events.remove_callback(callback_id))
    say(f"Removed {callback_id}.")


def _print_callback(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(found))
    else:
        print_record(found)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _read_since(text: str | None) -> float | None:
    """Parse a duration or a date to seconds since 1970. Raises InvalidRequest."""
    if not text:
        return None
    given = text.strip().lower()
    if given[:-1].isdecimal() and given[-1] in _UNITS and len(given) < 9:
        return time.time() - int(given[:-1]) * _UNITS[given[-1]]
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidRequest(f"--since is 30m, 12h, 7d, or a date as 2026-01-31T09:00; got {text!r:.40}.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
