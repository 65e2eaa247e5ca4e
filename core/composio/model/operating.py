"""Operators' choices when apps are added and updated, and progress callbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from composio.errors import ServerMoved
from composio.model.peers import PeerServer

__all__ = ["AUTH_FORMS", "NO_CHOICES", "Adding", "Choices", "Conflict", "Progress", "ServedTool"]

# The work in progress, how much of it is done, and how much there is; 0 if unknown.
Progress = Callable[[str, int, int], None]
# The spellings of an app's authentication for people.
AUTH_FORMS: Final = "bearer, basic, header:NAME, query:NAME, cookie:NAME, oauth2:AUTHORIZATION_URL,TOKEN_URL[,SCOPE...] or none"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that was edited and would now be generated differently.

    ``path`` is in the form of errors: ``auth_schemes.key.proxy``.
    """

    path: str
    mine: Any = field(repr=False)
    generated: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How to resolve conflicts when an app is added or updated; without a choice an error is raised, and nothing changes.

    ``replace`` takes all generated parts and drops edits, ``keep`` keeps edits that conflict with the description.
    ``accept_server`` lets a description name another server than connections were created for, and ``accept_changes`` takes the
    held-back changes of a pinned server. The callbacks ask a person: how an app authenticates whose description does not say,
    whether to replace an edit, whether a server is intended.
    """

    replace: bool = False
    keep: bool = False
    accept_server: bool = False
    accept_changes: bool = False
    ask_auth: Callable[[], Sequence[str]] | None = None
    ask_edit: Callable[[Conflict], bool] | None = None
    ask_server: Callable[[ServerMoved], bool] | None = None


NO_CHOICES: Final = Choices()


@dataclass(frozen=True, slots=True)
class ServedTool:
    """A tool as its MCP server describes it: unverified text. ``suspicions`` say what to examine in it."""

    name: str
    description: str
    suspicions: tuple[str, ...] = ()

    def listing(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {"name": self.name, "description": self.description, "suspicions": list(self.suspicions)}


class Adding(TypedDict, total=False):
    """How to add an app.

    ``allow_refs`` are folders, files and URLs that the description may refer to outside its own folder or host. ``auth``
    declares how the API authenticates, in the forms of :data:`AUTH_FORMS`, instead of the description.
    """

    allow_refs: Sequence[str]
    auth: Sequence[str]
    server: PeerServer
    choices: Choices
