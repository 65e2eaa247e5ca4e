"""Check and convert the arguments of toolset methods for a backend."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from composio.errors import InvalidRequest, nearest
from composio.former.absent import warn_once
from composio.former.names import WORKSPACES
from composio.functions.function import ActionFunction
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import from_run
from composio.model.processors import Processors
from composio.model.secret import Secret

__all__ = [
    "ActionLike",
    "AppLike",
    "AuthLike",
    "Many",
    "ProcessorTable",
    "action_name",
    "action_target",
    "app_name",
    "by_position",
    "check_options",
    "connection",
    "connections_by_app",
    "count",
    "entity",
    "key_of",
    "params_of",
    "read_list",
    "steps",
    "with_text",
]

T = TypeVar("T")
ActionLike: TypeAlias = str | ActionFunction[..., Any] | ActionModel
AppLike: TypeAlias = str | AppModel
Many: TypeAlias = T | Iterable[T]
# Maps a stage to its table. The tables are Any: mypy takes no dict with names and functions as keys for `Mapping[..., Processor]`.
ProcessorTable: TypeAlias = Processors | Mapping[str, Any] | None
AuthLike: TypeAlias = CustomAuth | Mapping[str, Any] | Iterable[CustomAuthParameter] | None

# v0.7's options that have no effect and need none here.
_HARMLESS = frozenset(
    {"allow_tracing", "lock", "lockfile", "logging_level", "metadata", "verbosity_level", "version_lock", "workspace_config"}
)
_OWN = (
    *("api_key", "base_url", "entity_id", "connected_account_ids", "processors", "backend", "home"),
    *("upload_folder", "output_folder", "max_result_chars", "max_retries", "output_in_file", "local_tools"),
)
# v0.7's names.
_FORMER = frozenset({"output_dir", "workspace_id"})
# The parameters after `entity_id` in v0.7, in order.
_POSITIONS = (
    *("workspace_id", "workspace_config", "metadata", "processors", "logging_level", "output_dir", "output_in_file"),
    *("verbosity_level", "allow_tracing", "connected_account_ids"),
)


def by_position(cls: str, given: tuple[object, ...]) -> dict[str, Any]:
    """Map v0.7's positional arguments to their names. Raises ``TypeError`` if there are too many."""
    if len(given) > len(_POSITIONS):
        raise TypeError(f"{cls}() takes {3 + len(_POSITIONS)} arguments by position at most, got {3 + len(given)}.")
    return dict(zip(_POSITIONS, given, strict=False))


def check_options(cls: str, options: Mapping[str, Any]) -> None:
    """Ignore v0.7's harmless options and raise ``TypeError`` for unknown ones. A named workspace gives one warning."""
    if options.get("workspace_id"):
        warn_once(f"{cls}(workspace_id=...)", WORKSPACES)
    for name in options:
        if name not in _HARMLESS | _FORMER:
            guess = nearest(name, (*_OWN, *sorted(_HARMLESS)), 1)
            hint = f" Did you mean {guess[0]}?" if guess else ""
            raise TypeError(f"{cls}() got an unexpected argument {name!r}.{hint} It takes {', '.join(_OWN)}.")


def key_of(given: Secret | None) -> str | None:
    """Return the API key given to a client, or else the environment's."""
    return given.reveal() if given is not None else os.environ.get("COMPOSIO_API_KEY") or None


def entity(value: object) -> str:
    """Check an entity id: any non-empty string."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(f"entity_id is your own id of a user, a string that is not empty; got {value!r}.")
    if value is from_run:
        raise InvalidRequest("entity_id=from_run is for toolsets and get_tools; here an entity has to be named.")
    return value


def idempotency_key(value: object) -> str:
    """Check an idempotency key."""
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise InvalidRequest(f"idempotency_key is your own id of one call, a string of 1 to 500 characters; got {value!r:.60}.")
    return value


def connection(connected_account_id: object) -> str | None:
    """Check a connection's id. None selects the entity's newest active connection."""
    if connected_account_id is None:
        return None
    found = getattr(connected_account_id, "id", connected_account_id)
    if not isinstance(found, str) or not found.strip():
        raise InvalidRequest(
            f"connected_account_id is a connection's id, such as connection_request.connectedAccountId; got {found!r:.60}."
        )
    return found


def connections_by_app(ids: object) -> Mapping[str, str]:
    """Check ``{App.GITHUB: "id"}``: the connection to use for each app."""
    if ids is None:
        return {}
    if not isinstance(ids, Mapping):
        raise InvalidRequest(f"connected_account_ids is a dict of apps and connections' ids, not {type(ids).__name__}.")
    read = {app_name(app).lower(): connection(one) for app, one in ids.items()}
    return {app: one for app, one in read.items() if one is not None}


def action_target(action: object) -> str | ActionModel:
    """Convert an action to a name, a reference to a function under ``@action``, or a definition."""
    if isinstance(action, ActionModel):
        return action
    if isinstance(action, ActionFunction):
        return action.reference
    if isinstance(action, str):
        return str(action)
    if callable(action):
        name = getattr(action, "__qualname__", repr(action))
        raise InvalidRequest(f"{name} is a plain function; put @action on it to make it a tool.")
    raise InvalidRequest(f"An action is an Action, its name or a function under @action, not {type(action).__name__}.")


def action_name(action: object) -> str:
    """Like :func:`action_target`, but always a name."""
    target = action_target(action)
    return target.slug if isinstance(target, ActionModel) else target


def app_name(app: object) -> str:
    """Check an app's key or name."""
    if isinstance(app, AppModel):
        return app.key
    if isinstance(app, str) and app.strip():
        return str(app)
    raise InvalidRequest(f"An app is an App or its name, not {app!r:.60}.")


def read_list(values: Any, read: Callable[[Any], T], what: str) -> tuple[T, ...]:
    """Convert None, one value or several, each with ``read``."""
    if values is None:
        return ()
    if isinstance(values, (str, ActionModel, AppModel, ActionFunction)) or callable(values):
        return (read(values),)
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise InvalidRequest(f"{what} takes a list, not {type(values).__name__}.")
    return tuple(read(one) for one in values)


def tag_name(tag: object) -> str:
    """Convert a tag; a ``Tag`` keeps its case sensitivity."""
    if isinstance(tag, str) and tag:
        return tag
    raise InvalidRequest(f"A tag is a Tag or its name, not {tag!r:.60}.")


def count(limit: object) -> int | None:
    """Check a limit; None means no limit."""
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool) and limit >= 0):
        return limit
    raise InvalidRequest(f"limit is how many tools to give, a whole number that is not negative; got {limit!r:.60}.")


def params_of(params: object) -> Mapping[str, Any]:
    """Check the arguments of a direct call."""
    if params is None:
        return {}
    if isinstance(params, Mapping):
        try:
            return {name: _as_json(value) for name, value in params.items()}
        except RecursionError:  # too deep or circular: step 3 reports it
            return dict(params)
    hint = ' {"name": value} is a dict, {value} is a set.' if isinstance(params, (set, frozenset)) else ""
    raise InvalidRequest(f"params is a dict of the action's parameters, not {type(params).__name__}.{hint}")


def with_text(params: Mapping[str, Any] | None, text: str, action: ActionModel) -> Mapping[str, Any]:
    """Add v0.7's ``text`` to ``params``: the action's parameter of that name. Raises ``InvalidRequest`` if it has none."""
    if "text" not in (action.parameters.get("properties") or {}):
        raise InvalidRequest(f"{action.slug} has no parameter `text`; give its parameters in `params`.")
    return {"text": text, **params_of(params)}


def _as_json(value: Any) -> Any:
    """Convert Python values (models, dataclasses, dates, enums) to the JSON that a model would write."""
    if isinstance(value, Enum):
        return _as_json(value.value)
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    if isinstance(value, Mapping):
        return {name: _as_json(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_as_json(inner) for inner in value]
    from pydantic_core import to_jsonable_python

    try:
        return to_jsonable_python(value)
    except ValueError:
        return value  # step 3 reports it


def steps(use_case: str) -> list[str]:
    """Split a sentence into steps: ``find the issue and then close it`` has two."""
    parts = re.split(r"[,;.]\s+|\s+(?:and then|then|and|after that)\s+", use_case)
    return [part.strip() for part in parts if part.strip()] or [use_case]
