"""A Python function as a tool: its names, and its signature."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeAlias, TypeVar

from composio.errors import ToolDefinitionError
from composio.model.action import ActionModel, FunctionBinding

if TYPE_CHECKING:
    from composio.functions.describe import Description

__all__ = ["CUSTOM_APP", "ActionFunction", "IsApp", "no_app"]

P = ParamSpec("P")
R = TypeVar("R")
IsApp: TypeAlias = Callable[[str], bool]

# The app of functions without one: a processor keyed by it applies to all of them.
CUSTOM_APP = "custom"

_TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def no_app(name: str) -> bool:  # noqa: ARG001 - the signature of IsApp
    """Knows no app."""
    return False


class ActionFunction(Generic[P, R]):
    """A function under ``@action``. Calling it only calls the function.

    ``name`` is the function's own name. ``toolname`` is the decorator's argument. Only a catalog knows whether it names an app
    or the tool, so :meth:`model_for` asks one. ``slug`` finds this function in both cases.
    """

    __name__: str
    __qualname__: str

    def __init__(
        self,
        function: Callable[P, R],
        *,
        toolname: str | None = None,
        description: str | None = None,
        tags: Iterable[str] = (),
        scope: Mapping[str, Any] | None = None,
    ) -> None:
        update_wrapper(self, function)
        self.function = function
        self.toolname = toolname
        self.app: str | None = None
        self._given_description = description
        self._tags = tuple(tags)
        # Only string annotations need the scope; storing it for others would keep all locals of a caller alive.
        self._scope = dict(scope) if scope and _has_text_annotations(function) else {}
        self._description: Description | None = None
        _check_name(self, "toolname" if toolname is not None else "name", toolname if toolname is not None else self.name)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<action {self.slug} of {self.reference}>"

    def __reduce__(self) -> str:
        return self.__qualname__  # pickled and copied by name, like the function

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.__name__

    @property
    def reference(self) -> str:
        """``module:qualified.name``, which distinguishes functions with the same name."""
        return f"{self.__module__}:{self.__qualname__}"

    @cached_property
    def is_shipped(self) -> bool:
        """Whether an app ships it: its module is in a package and lies next to the app's file."""
        file = getattr(sys.modules.get(self.__module__), "__file__", None) if "." in self.__module__ else None
        return file is not None and Path(file).with_name("integration.yaml").is_file()

    @property
    def slug(self) -> str:
        """A name that always finds this function: its own, or v0.7's ``TOOLNAME_NAME`` if a toolname was given."""
        prefix = self.app or self.toolname
        return self.name if prefix is None else f"{prefix}_{self.name}".replace("-", "_").upper()

    @property
    def model(self) -> ActionModel:
        """The definition without any app: ``toolname`` names the tool."""
        return self.model_for(no_app)

    @property
    def description(self) -> Description:
        """The parsed signature and docstring, read on first use; raises ``ToolDefinitionError``."""
        if self._description is None:
            from composio.functions.describe import describe

            self._description = describe(self.function, scope=self._scope)
        return self._description

    def identity(self, is_app: IsApp) -> tuple[str, str, tuple[str, ...]]:
        """Return slug, app and aliases without reading the signature."""
        if self.app is not None:
            return self.slug, self.app, ()
        if self.toolname is None:
            return self.name, CUSTOM_APP, ()
        if is_app(self.toolname):
            return self.name, self.toolname.lower(), (self.slug,)
        return self.toolname, CUSTOM_APP, (self.slug, self.name)

    def model_for(self, is_app: IsApp) -> ActionModel:
        """Return the definition. ``is_app`` returns whether a name is a known app. Raises ``ToolDefinitionError``."""
        slug, app, aliases = self.identity(is_app)
        described = self.description
        text = described.text if self._given_description is None else inspect.cleandoc(self._given_description)
        return ActionModel(
            slug=slug,
            app=app,
            display_name=self.name.replace("_", " ").strip().capitalize(),
            description=text,
            tags=self._tags,
            parameters=described.parameters,
            validation=described.validation,
            response=described.response,
            aliases=aliases,
            binding=FunctionBinding(reference=self.reference, function=self, injected=described.injected),
        )


def _check_name(function: ActionFunction[..., Any], what: str, name: object) -> None:
    if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
        raise ToolDefinitionError(
            f"@action on {function.reference}: the {what} {name!r} can't name a tool; providers take ASCII letters, digits, "
            '`_` and `-`, at most 64, not beginning with a digit. Give one with @action(toolname="...").'
        )


def _has_text_annotations(function: Callable[..., Any]) -> bool:
    try:
        return any("'" in repr(a) or isinstance(a, str) for a in inspect.get_annotations(function).values())
    except NameError:  # annotations that are evaluated late may name something undefined
        return True
