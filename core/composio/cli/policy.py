"""``composio policy``: check a policy file, and explain its decision on a call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composio.cli.commands import AsJson, CommandGroup
from composio.cli.execute import read_parameters
from composio.cli.output import complain, print_json, print_record, say
from composio.cli.session import Session
from composio.model.call import DEFAULT_ENTITY

if TYPE_CHECKING:
    from composio.policy import Policy

__all__ = ["PolicyFile", "app", "load_policy"]

app = typer.Typer(
    cls=CommandGroup,
    help="Check a policy file; explain its decision on a call.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
PolicyFile = Annotated[Path, typer.Option("--policy", metavar="FILE", help="The policy's file.")]
DEFAULT_FILE = Path("policy.toml")


def load_policy(file: Path) -> Policy:
    """Read the policy in ``file``. Raises ``PolicyFileError``."""
    from composio.policy import read_policy

    return read_policy(file)


@app.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy's file.")] = DEFAULT_FILE,
    as_json: AsJson = False,
) -> None:
    """Check a policy file: that it is valid, and that its rules name existing actions and apps.

    Example: composio policy check policy.toml
    """
    from composio.policy.checking import find_unmatched

    policy = load_policy(file)
    backend = Session.of(ctx).backend
    wrong = backend.run(lambda: find_unmatched(backend, policy))
    if as_json:
        problems = [{"rule": one.rule, "name": one.name, "suggestions": list(one.suggestions)} for one in wrong]
        rules = [str(one) for one in policy.rules]
        flow = {} if policy.flow is None else {"flow": str(policy.flow)}
        print_json(
            {"version": policy.version, "rules": rules, "otherwise": str(policy.otherwise), **flow, "problems": problems}
        )
    else:
        for one in wrong:
            complain(str(one))
        if not wrong:
            count = f"{len(policy.rules)} rule{'s' if len(policy.rules) != 1 else ''}"
            say(f"{file} has {count}, and otherwise {policy.otherwise}. Its version is {policy.version}.")
    if wrong:
        raise typer.Exit(1)


@app.command()
def explain(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="ACTION", help="The action's name or one of its aliases, in any case.")],
    parameters: Annotated[
        str, typer.Option("--params", "-p", help="Its arguments: JSON, @FILE, or - for standard input.", show_default=False)
    ] = "{}",
    file: PolicyFile = DEFAULT_FILE,
    entity_id: Annotated[str, typer.Option("--entity-id", "-e", help="The entity that the call is for.")] = DEFAULT_ENTITY,
    agent: Annotated[str, typer.Option("--agent", help="The agent that makes the call.")] = "",
    connection: Annotated[str | None, typer.Option("--connection", help="The connection that the call would use.")] = None,
    recipients: Annotated[
        list[str] | None, typer.Option("--recipient", help="A recipient that the run names; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a policy's decision on a call, and the deciding rules. Nothing is sent, and limits count as unused.

    With flow= in the policy, the run counts as one that has read untrusted and private data.

    Example: composio policy explain STRIPE_POST_REFUNDS -p '{"amount": 9000}'
    """
    from composio.backend import ActionQuery
    from composio.model.effect import find_effect
    from composio.model.flows import read_flow
    from composio.policy.flows import find_unnamed
    from composio.policy.rules import Facts, Ruling

    policy = load_policy(file)
    (action,) = Session.of(ctx).actions(ActionQuery(names=(slug,)))
    facts = Facts(
        action=action,
        arguments=read_parameters(parameters),
        entity_id=entity_id,
        agent=agent,
        connection=connection,
        moment=datetime.now(UTC),
    )
    flow = read_flow(action.tags)
    if policy.flow is not None and flow.sends and (unnamed := find_unnamed(flow, facts.arguments or {}, recipients or ())):
        facts = replace(facts, flow=f"{unnamed}, in a run that has read untrusted and private data")
    decision = policy.decide(facts)
    found: dict[str, object] = {
        "action": action.slug,
        "effect": find_effect(action).value,
        "verdict": decision.verdict.value,
        "rules": list(decision.rules),
        "offered": policy.may_run(Facts(action=action, entity_id=entity_id)),
    }
    if decision.verdict is Ruling.CONFIRM:
        found |= {"by": list(decision.by), "expires_seconds": decision.expires}
    if limits := [str(one) for one in policy.limits(facts)]:
        found["counts_under"] = limits
    if as_json:
        print_json(found)
    else:
        print_record(found)
