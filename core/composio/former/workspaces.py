"""v0.7's workspaces: a program that asks for one runs, in its own process, and gets one warning that says so."""

from __future__ import annotations

from composio.former.absent import absent, warn_once
from composio.former.names import WORKSPACES

__all__ = ["Shell", "WorkspaceConfigType", "WorkspaceFactory", "WorkspaceType"]


class WorkspaceConfigType:
    """Where v0.7 ran local tools. Takes any options; making one warns once for each kind."""

    def __init__(self, *_args: object, **_options: object) -> None:
        warn_once(f"{type(self).__qualname__}()", WORKSPACES)


class WorkspaceType:
    """The kinds of workspaces."""

    class Host(WorkspaceConfigType):
        """This machine."""

    class Docker(WorkspaceConfigType):
        """A container."""

    class E2B(WorkspaceConfigType):
        """A sandbox at E2B."""

    class FlyIO(WorkspaceConfigType):
        """A machine at Fly.io."""


Shell = absent("composio", "Shell", WORKSPACES)
WorkspaceFactory = absent("composio", "WorkspaceFactory", WORKSPACES)
