"""The command group: the core's commands, those of plugins, and suggestions for mistyped ones."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from composio.cli.output import complain, complain_json
from composio.cli.session import Session
from composio.errors import ComposioError, PluginError, nearest
from composio.visible import visible

__all__ = ["AsJson", "CommandGroup", "RootGroup", "listing_group"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

# Typer's command classes have no public name that is the same in all supported versions.
Command = Any
# Click itself, which some versions of typer bundle under a private name.
_UsageError: Any = typer.BadParameter.__base__
# Common synonyms of commands, which no similarity of spelling finds.
_INSTEAD = {
    "connect": "`composio add APP` connects an app.",
    "disconnect": "`composio connections remove ID` does that; `composio connections` lists the ids.",
    "accounts": "`composio connections` lists them.",
    "serve": "To get this command: `pip install opencomposio-server`. Without a server, everything runs on this machine.",
    "mcp": "To get this command: `pip install opencomposio-mcp`.",
    "dashboard": "To get this command: `pip install opencomposio-server`.",
}
_ORDER = (
    *(
        "demo",
        "add",
        "connections",
        "integrations",
        "apps",
        "actions",
        "scopes",
        "execute",
        "calls",
        "logs",
        "export",
        "forget",
        "policy",
        "approvals",
        "triggers",
    ),
    *("plugins", "vault", "login", "logout", "whoami"),
)


class CommandGroup(TyperGroup):
    """A group that suggests the commands nearest to an unknown one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Like click's, but suggests commands for an unknown name."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = self.list_commands(ctx)
            close = nearest(args[0], names)
            hint = _INSTEAD.get(args[0], "") if ctx.parent is None else ""
            hint = hint or (f"Did you mean {', '.join(close)}?" if close else f"Commands: {', '.join(names)}.")
            ctx.fail(f"No such command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


def listing_group(about: str) -> typer.Typer:
    """A group that lists its things if no command is given; ``about`` is its help."""
    return typer.Typer(cls=CommandGroup, help=about, invoke_without_command=True, rich_markup_mode=None)


class RootGroup(CommandGroup):
    """The ``composio`` command: adds plugins' commands and prints a ``ComposioError`` as one message."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List the core's commands first, then those of plugins."""
        own = sorted(super().list_commands(ctx), key=_ORDER.index)
        return own + sorted(name for name in _plugin_commands(ctx) if name not in own)

    def get_command(self, ctx: Any, cmd_name: str) -> Command | None:
        """Return a command of the core, else one of a plugin; a plugin can't replace the core's."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        reference = _plugin_commands(ctx).get(cmd_name)
        return _load(cmd_name, reference) if reference else None

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Like click's; quoted arguments are escaped."""
        try:
            return super().make_context(*args, **more)
        except _UsageError as error:
            _escape(error)
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run, and print failures as one message: as JSON on stderr if the command has ``--json``."""
        as_json = "--json" in _words(ctx)
        try:
            return super().invoke(ctx)
        except ComposioError as error:
            said = Session.of(ctx).redact(str(error))
            complain_json(said, type(error).__name__) if as_json else complain(said)
            raise typer.Exit(1) from None
        except _UsageError as error:
            if not as_json:
                _escape(error)
                raise
            session = ctx.find_object(Session)  # there is no context yet if the command itself is unknown
            said = error.format_message()
            complain_json(session.redact(said) if session else said, "UsageError")
            raise typer.Exit(error.exit_code) from None


def _escape(error: Any) -> None:
    # Click prints these itself.
    error.message = visible(error.message)


def _words(ctx: Any) -> list[str]:
    # Click calls the rest of the group's arguments one or the other, depending on its version.
    return [*getattr(ctx, "_protected_args", ()), *ctx.args]


def _plugin_commands(ctx: Any) -> dict[str, str]:
    session: Session = ctx.ensure_object(Session)
    return session.plugins.commands()


def _load(name: str, reference: str) -> Command:
    """Return a plugin's command, or one that reports why it can't be loaded: listing the others must work."""
    module, _, attribute = reference.partition(":")
    try:
        return _make(name, getattr(import_module(module), attribute))
    except Exception as error:  # a foreign module may raise anything; the other commands must run
        return _make(name, _broken(name, reference, f"{type(error).__name__}: {error}"))


def _make(name: str, value: Any) -> Command:
    if not isinstance(value, typer.Typer):
        if not callable(value):
            raise TypeError(f"a command is a typer.Typer or a function, not {type(value).__name__}")
        function, value = value, typer.Typer(add_completion=False, rich_markup_mode=None)
        value.command(name)(function)
    command: Command = typer.main.get_command(value)
    command.name = name
    return command


def _broken(name: str, reference: str, reason: str) -> Callable[[], None]:
    def command() -> None:
        """(broken; run it to see why)"""
        raise PluginError(f"The command {name!r} of a plugin can't be loaded from {reference}: {reason}")

    return command
