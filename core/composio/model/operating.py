"""What operators decide when apps are added and updated, and what they hear meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from composio.errors import ServerMoved
from composio.model.peers import PeerServer

__all__ = ["AUTH_FORMS", "NO_CHOICES", "Adding", "Choices", "Conflict", "Progress", "ServedTool"]

# What somebody waits for, how much of it is done, and how much there is; 0 where the end is not known.
Progress = Callable[[str, int, int], None]
# How people write how an app authenticates.
AUTH_FORMS: Final = "bearer, basic, header:NAME, query:NAME, cookie:NAME, oauth2:AUTHORIZATION_URL,TOKEN_URL[,SCOPE...] or none"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part that was edited and would be generated otherwise now. ``path`` is as errors name fields: ``auth_schemes.key.proxy``."""

    path: str
    mine: Any = field(repr=False)
    generated: Any = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What adding and updating do where they can't decide alone; without a choice they raise, and nothing is changed.

    ``replace`` takes all that is generated and drops edits, ``keep`` keeps edits that the description stands against.
    ``accept_server`` lets a description name another server than connections were made for, and ``accept_changes`` takes what was
    held back of a server that is pinned. The callbacks ask somebody: how an
    app authenticates whose description does not say, whether to take what is generated instead of an edit, whether a server is
    meant.
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
    """A tool as its MCP server describes it: others' words, which nobody checked. ``suspicions`` say what to look at in them."""

    name: str
    description: str
    suspicions: tuple[str, ...] = ()

    def listing(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"name": self.name, "description": self.description, "suspicions": list(self.suspicions)}


class Adding(TypedDict, total=False):
    """How to add an app.

    ``allow_refs`` are folders, files and URLs that the description may refer to outside of its own folder or host. ``auth`` says
    how the API authenticates, as :data:`AUTH_FORMS` lists, instead of what the description declares.
    """

    allow_refs: Sequence[str]
    auth: Sequence[str]
    server: PeerServer
    choices: Choices
