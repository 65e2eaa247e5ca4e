"""``composio triggers``: the events of users' apps."""

from __future__ import annotations

from composio.cli.commands import listing_group
from composio.cli.trigger_events import add_commands

__all__ = ["app"]

app = listing_group("Events of users' apps: listen for them, look at what came, send it again, and say where it is sent.")
app.info.invoke_without_command = False
app.info.no_args_is_help = True
add_commands(app)
