"""Prompts in a terminal for adding and updating an app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from composio.cli.fields import interactive
from composio.cli.output import confirm, note, prompt
from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from composio.backend import OperatorService
    from composio.errors import ServerMoved
    from composio.model.operating import Choices, Conflict

__all__ = ["choices_of"]


def choices_of(
    operator: OperatorService, name: str, *, keep: bool, replace: bool, accept_server: bool, accept_changes: bool = False
) -> Choices:
    """Decide by options, and prompt for the rest if there is a terminal."""
    from composio.model.operating import Choices

    if keep and replace:
        raise InvalidRequest("--keep keeps edits and --replace drops them; leave one out.")
    asked: dict[str, Any] = {}
    if interactive():
        asked = {"ask_edit": _take_generated, "ask_server": _accept}
        if name:
            asked["ask_auth"] = lambda: _how(operator, name)
    return Choices(keep=keep, replace=replace, accept_server=accept_server, accept_changes=accept_changes, **asked)


def _how(operator: OperatorService, name: str) -> Sequence[str]:
    """Prompt for the authentication of an app whose description does not define it; empty if the user does not know either."""
    from composio.model.operating import AUTH_FORMS

    note(f"The description of {name} does not say how calls authenticate. Expected: {AUTH_FORMS}; empty if you don't know.")
    while True:
        typed = prompt("How", hide=False)
        if not typed.strip():
            return ()
        try:
            operator.check_auth(name, [typed.strip()])
        except InvalidRequest as error:
            note(str(error))
            continue
        return (typed.strip(),)


def _take_generated(conflict: Conflict) -> bool:
    note(f"{conflict.path} was edited, and the new description differs.")
    note(f"  edited:      {_short(conflict.mine)}")
    note(f"  description: {_short(conflict.generated)}")
    return confirm("Use the description's value and drop the edit?", abort=False)


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 400 else f"{text[:400]} ..."


def _accept(moved: ServerMoved) -> bool:
    many = f"{moved.connections} connections were" if moved.connections != 1 else "1 connection was"
    note(f"{moved.app}: the description names {', '.join(moved.new)} now; {many} made for {', '.join(moved.old)}.")
    return confirm("Send their credentials to the new server?", abort=False)
