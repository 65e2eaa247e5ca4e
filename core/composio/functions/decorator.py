"""``@action``: turn a Python function into a tool.

Source: documentation page "Creating Custom Tools".
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, overload

from composio.errors import ToolDefinitionError
from composio.former.absent import warn_once
from composio.former.names import WORKSPACES
from composio.functions.function import ActionFunction
from composio.functions.registry import REGISTRY

__all__ = ["action"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def action(function: Callable[P, R], /) -> ActionFunction[P, R]: ...
@overload
def action(
    toolname: str | None = None,
    *,
    description: str | None = None,
    tags: Iterable[str] = (),
    requires: Iterable[str] | None = None,
    runs_on_shell: bool = False,
) -> Callable[[Callable[P, R]], ActionFunction[P, R]]: ...
def action(
    toolname: Callable[..., Any] | str | None = None,
    *,
    description: str | None = None,
    tags: Iterable[str] = (),
    requires: Iterable[str] | None = None,  # noqa: ARG001 - v0.7's list of packages; they must be there to import the function
    runs_on_shell: bool = False,
) -> Any:
    """Turn a function into a tool, bare (``@action``) or with arguments (``@action(toolname="github")``).

    The tool's name is the function's, its description the docstring, its schema the type hints; descriptions of parameters
    come from ``Annotated[int, "..."]``, pydantic's ``Field`` or the docstring. Parameters called ``execute_request``,
    ``auth`` and ``entity_id`` are filled by Composio and hidden from models. If ``toolname`` is a known app,
    ``execute_request`` uses that app's credentials; otherwise it names the tool. ``requires`` and ``runs_on_shell`` are from
    v0.7 and have no effect.
    """
    scope = _caller_locals()
    if runs_on_shell:
        warn_once("@action(runs_on_shell=True)", WORKSPACES)
    if toolname is not None and not isinstance(toolname, str):
        return _register(ActionFunction(_plain(toolname), scope=scope))

    def decorate(function: Callable[P, R]) -> ActionFunction[P, R]:
        return _register(
            ActionFunction(_plain(function), toolname=toolname, description=description, tags=tags, scope=_caller_locals())
        )

    return decorate


def _register(function: ActionFunction[P, R]) -> ActionFunction[P, R]:
    REGISTRY.add(function)
    return function


def _plain(function: Any) -> Callable[..., Any]:
    """Unwrap the function from whatever a decorator receives."""
    if isinstance(function, ActionFunction):
        plain: Callable[..., Any] = function.function
        return plain
    if isinstance(function, staticmethod):
        return function.__func__
    if not inspect.isfunction(function):
        what = "a class" if inspect.isclass(function) else type(function).__name__
        raise ToolDefinitionError(f"@action goes on a function, not on {what} ({function!r:.60}).")
    return function


def _caller_locals() -> Mapping[str, Any]:
    """Return the local names around the decorator inside a function: string annotations may use them."""
    frame = inspect.currentframe()
    caller = frame.f_back.f_back if frame and frame.f_back else None
    if caller is None or caller.f_locals is caller.f_globals:
        return {}
    return dict(caller.f_locals)
