"""``composio calls``: the log of calls: callers, decisions and outcomes. ``composio logs`` is its former name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import note, print_json, print_listing, print_record, say
from composio.cli.session import Session
from composio.errors import InvalidRequest
from composio.model.figures import FigureFilter
from composio.model.logged import CallFilter

if TYPE_CHECKING:
    from composio.model.figures import Period
    from composio.model.logged import LoggedCall

__all__ = ["app", "logs"]

app = listing_group("List logged calls; show one, export them, verify that none was changed.")
logs = listing_group("List logged calls; show one. Alias of `composio calls`.")

_NOTHING_LOGGED = "No calls are logged. On this machine, set COMPOSIO_LOG_CALLS=on to log calls from now on."

AppName = Annotated[str | None, typer.Option("--app", help="Only calls to this app.")]
Action = Annotated[str | None, typer.Option("--action", help="Only calls of this action.")]
EntityId = Annotated[str | None, typer.Option("--entity-id", "-e", help="Only this entity's.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Only this agent's.")]
Run = Annotated[str | None, typer.Option("--run", help="Only calls of this run.")]
Status = Annotated[
    str | None, typer.Option("--status", help="Only calls with this status: started, done, failed, unknown, held or replayed.")
]
Text = Annotated[str | None, typer.Option("--text", help="Only calls with this string in input, output or error.")]
Hours = Annotated[float | None, typer.Option("--hours", help="Only calls of the last N hours.", min=0.0)]
Limit = Annotated[int, typer.Option("--limit", help="Maximum number to list.", min=1, max=1000)]
CallId = Annotated[str, typer.Argument(metavar="ID", help="A call's id, as `composio calls` lists it.")]


@logs.callback()
@app.callback()
def list_calls(
    ctx: typer.Context,
    app_name: AppName = None,
    action: Action = None,
    entity_id: EntityId = None,
    agent: Agent = None,
    run: Run = None,
    status: Status = None,
    text: Text = None,
    hours: Hours = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List calls, newest first.

    Example: composio calls --app github --status failed
    """
    if ctx.invoked_subcommand is not None:
        return
    which = CallFilter.of(
        app=app_name,
        action=action,
        entity_id=entity_id,
        agent=agent,
        run=run,
        status=status,
        text=text,
        hours=hours,
        limit=limit,
    )
    backend = Session.of(ctx).backend
    found = backend.run(lambda: backend.logs.list_calls(which))
    columns = ("ID", "AT", "ACTION", "ENTITY", "AGENT", "STATUS", "HTTP#", "SECONDS#")
    none = "No logged call matches." if which != CallFilter(limit=limit) else _NOTHING_LOGGED
    print_listing(found, columns, _row, as_json=as_json, none=none, drop=("HTTP", "SECONDS", "AGENT", "ENTITY"))


app.command("list")(list_calls)


def _row(one: LoggedCall) -> tuple[object, ...]:
    took = "-" if one.seconds is None else f"{one.seconds:.2f}"
    agent = one.agent or "-"
    return one.id, one.listing()["started_at"], one.action, one.entity_id, agent, one.status, one.http_status or "-", took


@logs.command("get")
@app.command("show")
def show_call(ctx: typer.Context, call_id: CallId, as_json: AsJson = False) -> None:
    """Show one call: the caller, the decision, and the logged input and output, without secrets.

    Example: composio calls show log_0123456789abcdef01234567
    """
    backend = Session.of(ctx).backend
    found = backend.run(lambda: backend.logs.call(call_id)).listing()
    if as_json:
        print_json(found)
    else:
        print_record(found)


@app.command("export")
def export_calls(
    ctx: typer.Context,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line; the only format.")] = True,
    app_name: AppName = None,
    action: Action = None,
    entity_id: EntityId = None,
    agent: Agent = None,
    run: Run = None,
    status: Status = None,
    hours: Hours = None,
) -> None:
    """Write calls to standard output, newest first, one JSON object a line.

    Example: composio calls export --jsonl --hours 24 > calls.jsonl
    """
    from composio.client.calls import LoggedCalls

    del as_jsonl
    calls = LoggedCalls(Session.of(ctx).backend)
    for one in calls.export(app=app_name, action=action, entity_id=entity_id, agent=agent, run=run, status=status, hours=hours):
        say(json.dumps(one.listing()))


@app.command("verify")
def verify_calls(
    ctx: typer.Context,
    head: Annotated[
        str | None, typer.Option("--head", metavar="NUMBER:HASH", help="The head that an earlier check printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that no finished call was changed, removed or inserted; exit 1 if one was.

    Example: composio calls verify --head 17:1f3a...
    """
    backend = Session.of(ctx).backend
    known = None if head is None else _read_head(head)
    found = backend.run(lambda: backend.logs.check(known))
    if as_json:
        broken = [{"number": one.number, "id": one.id, "why": one.why} for one in found.broken]
        shown = {name: getattr(found, name) for name in ("holds", "checked", "first", "number", "hash", "forgotten", "open")}
        print_json({**shown, "broken": broken})
    else:
        for one in found.broken:
            say(f"{one.number}  {one.id or '-'}  {one.why}")
        verdict = "holds" if found.holds else "does not hold"
        say(
            f"The chain {verdict}: {found.checked} calls checked, {found.forgotten} of them forgotten, {found.open} not in it yet."
        )
        if found.holds and found.number:
            note(f"Keep this elsewhere, and pass it next time: --head {found.number}:{found.hash}")
    if not found.holds:
        raise typer.Exit(1)


@app.command("figures")
def show_figures(
    ctx: typer.Context,
    hours: Annotated[int, typer.Option("--hours", help="Calls of the last N hours; grouped by day above 48.", min=1)] = 24,
    app_name: AppName = None,
    entity_id: EntityId = None,
    as_json: AsJson = False,
) -> None:
    """Count calls, failures, events, deliveries and renewals of tokens by hour or day, with how long calls took.

    Example: composio calls figures --hours 168 --app github
    """
    backend = Session.of(ctx).backend
    which = FigureFilter(hours=hours, app=None if app_name is None else app_name.lower(), entity_id=entity_id)
    found = backend.run(lambda: backend.logs.figures(which))
    if as_json:
        print_json(found.listing())
        return
    columns = (
        "FROM",
        "CALLS#",
        "FAILED#",
        "HALF WITHIN#",
        "95% WITHIN#",
        "EVENTS#",
        "DELIVERED#",
        "UNDELIVERED#",
        "REFRESHED#",
        "UNREFRESHED#",
    )
    dropped = ("UNREFRESHED", "REFRESHED", "UNDELIVERED", "DELIVERED", "EVENTS")
    print_listing(found.periods, columns, _period_row, as_json=False, none="", drop=dropped)


def _period_row(one: Period) -> tuple[object, ...]:
    took = ("-" if limit is None else f"{limit:g} s" for limit in (one.half_within, one.most_within))
    further = (one.events, one.delivered, one.undelivered, one.refreshed, one.unrefreshed)
    return one.listing()["at"], one.calls, one.failed, *took, *further


def _read_head(head: str) -> tuple[int, str]:
    number, _, hash_ = head.partition(":")
    if not number.strip().isdigit() or not hash_.strip():
        raise InvalidRequest(f"--head is what an earlier `composio calls verify` printed, NUMBER:HASH; got {head!r:.40}.")
    return int(number), hash_.strip()
