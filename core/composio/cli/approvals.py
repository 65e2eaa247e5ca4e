"""``composio approvals``: list, approve, deny and run calls that wait for a decision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, cast

import typer

from composio.cli.commands import AsJson, listing_group
from composio.cli.output import note, print_json, print_record, print_table, say
from composio.cli.policy import DEFAULT_FILE, PolicyFile, load_policy
from composio.cli.session import Session
from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from composio.model.approval import Approval
    from composio.policy.guarded import GuardedBackend

__all__ = ["app"]

app = listing_group("List calls that wait for approval; show, approve, deny and run them.")

Id = Annotated[str, typer.Argument(metavar="ID", help="An approval's id, as `composio approvals` lists it.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of approvals; all of them are decided, or none.")]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="A group of the person who decides; repeatable.")]
Reason = Annotated[str | None, typer.Option("--reason", help="The reason; the agent sees it if you deny.")]


@app.callback()
def list_approvals(
    ctx: typer.Context,
    status: Annotated[str, typer.Option("--status", help="pending, approved, denied, used, expired, or all.")] = "pending",
    entity_id: Annotated[str | None, typer.Option("--entity-id", "-e", help="Only this entity's.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="Maximum number to list.", min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List waiting calls, newest first. Commands: get, approve, deny, run.

    Example: composio approvals --status all
    """
    from composio.model.approval import ApprovalFilter, ApprovalStatus

    if ctx.invoked_subcommand is not None:
        return
    if status not in {*ApprovalStatus, "all"}:
        raise InvalidRequest(f"--status is one of {', '.join(ApprovalStatus)}, or all; got {status!r:.40}.")
    which = ApprovalFilter(status=None if status == "all" else ApprovalStatus(status), entity_id=entity_id, limit=limit)
    found = Session.of(ctx).backend.approvals.list(which)
    if as_json:
        print_json([one.listing() for one in found])
    elif found:
        print_table(
            ("ID", "STATUS", "ACTION", "ENTITY", "ARGUMENTS", "BY", "EXPIRES"),
            map(_row, found),
            drop=("BY", "EXPIRES"),
            prose=("ARGUMENTS",),
        )
    else:
        note("No calls wait for approval." if status == "pending" else "No approval matches.")


def _row(one: Approval) -> tuple[object, ...]:
    by = ", ".join(one.by) or "-"
    return one.id, one.status.value, one.action, one.entity_id, one.shown, by, one.listing()["expires_at"]


@app.command()
def get(ctx: typer.Context, approval_id: Id, as_json: AsJson = False) -> None:
    """Show one approval: the final arguments, without fields named like secrets, and the request.

    Example: composio approvals get apr_0123456789abcdef01234567
    """
    found = Session.of(ctx).backend.approvals.get(approval_id).listing()
    if as_json:
        print_json(found)
    else:
        print_record(found)


@app.command()
def approve(ctx: typer.Context, approval_ids: Ids, by: By, groups: Groups = None, reason: Reason = None) -> None:
    """Approve calls: each may run once, with exactly these arguments, until its approval expires.

    Example: composio approvals approve apr_0123456789abcdef01234567 --by carol --group finance
    """
    _decide(ctx, approval_ids, True, by, groups, reason)


@app.command()
def deny(ctx: typer.Context, approval_ids: Ids, by: By, groups: Groups = None, reason: Reason = None) -> None:
    """Deny calls: the same calls are refused until their approvals would have expired.

    Example: composio approvals deny apr_0123456789abcdef01234567 --by carol --reason "ask me in June"
    """
    _decide(ctx, approval_ids, False, by, groups, reason)


def _decide(
    ctx: typer.Context, approval_ids: list[str], approved: bool, by: str, groups: list[str] | None, reason: str | None
) -> None:
    approvals = Session.of(ctx).backend.approvals
    for one in approvals.decide_all(approval_ids, approved=approved, by=by, groups=tuple(groups or ()), reason=reason):
        say(f"{one.id} of {one.action} is {one.status} by {one.decided_by}.")


@app.command()
def run(ctx: typer.Context, approval_id: Id, file: PolicyFile = DEFAULT_FILE) -> None:
    """Run the approved call once and print its result as JSON; exit 1 if it was not successful.

    The policy must be the one that requested the approval. Example: composio approvals run apr_0123456789abcdef01234567
    """
    from composio.policy.guarded import guard

    backend = Session.of(ctx).backend
    guarded = cast("GuardedBackend", guard(backend, load_policy(file)))
    outcome = backend.run(lambda: guarded.run_approved(approval_id))
    print_json(json.loads(outcome.result(tool=approval_id).to_json()))
    if not outcome.successful:
        raise typer.Exit(1)
