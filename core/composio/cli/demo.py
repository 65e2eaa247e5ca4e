"""``composio demo``: the whole workflow without any key, or with ``--live`` against the real services."""

from __future__ import annotations

from typing import Annotated

import typer

from composio.cli.session import Session

__all__ = ["demo"]


def demo(
    ctx: typer.Context,
    live: Annotated[
        bool,
        typer.Option("--live", help="Against the real services, with OPENAI_API_KEY and GITHUB_TOKEN from the environment."),
    ] = False,
    model: Annotated[str, typer.Option("--model", help="The model that --live calls.")] = "gpt-4.1-mini",
) -> None:
    """Run one agent with OpenAI's client and one with LangChain: "Get my GitHub username".

    GitHub's real description is compiled; a fake GitHub and a scripted model on this machine answer. Exits with 1 if any
    step failed.

    Example: composio demo
    """
    from composio.cli.demo_run import run_demo

    if not run_demo(Session.of(ctx), model if live else None):
        raise typer.Exit(1)
