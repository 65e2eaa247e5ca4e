"""Find the functions in an app's module and register them under the app."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from composio.errors import PluginError
from composio.functions.function import ActionFunction, no_app
from composio.model.action import ActionModel

__all__ = ["app_functions", "function_actions", "load_module"]


def app_functions(module: str, app: str) -> list[ActionFunction[..., Any]]:
    """Import ``module`` and return the app's ``@action`` functions in it; raises ``PluginError``.

    Functions imported from other modules are omitted, unless ``__all__`` names them and they are from the app's package.

    The functions get the app's prefix: ``send_email`` of gmail becomes ``GMAIL_SEND_EMAIL``, and the plain name ``send_email``
    stays free for the user's functions.
    """
    loaded = load_module(module, f"the actions of the app {app!r}")
    package, exported = f"{loaded.__package__}.", frozenset(getattr(loaded, "__all__", ()))
    found = [
        v
        for name, v in vars(loaded).items()
        if isinstance(v, ActionFunction)
        and (v.__module__ == loaded.__name__ or (name in exported and v.__module__.startswith(package)))
    ]
    for function in found:
        function.app = app.lower()
    return found


def function_actions(module: str, app: str) -> Iterator[ActionModel]:
    """Return definitions of the ``@action`` functions in ``module`` as actions of ``app``, with slugs ``APP_NAME``.

    Raises ``PluginError`` for two functions of one name, whatever case it is written in.
    """
    named: dict[str, ActionFunction[..., Any]] = {}
    for function in app_functions(module, app):
        if (other := named.setdefault(function.slug.upper(), function)) is not function:
            raise PluginError(
                f"{module}: {other.name} and {function.name} are both the action {other.slug}, as case does not count. "
                "Give one of them another name."
            )
        yield function.model_for(no_app)


def load_module(name: str, what: str) -> Any:
    """Import ``name``. ``what`` says in an error what it is for."""
    if name in sys.modules:
        return sys.modules[name]
    try:
        return import_module(name)
    except Exception as error:  # foreign code may raise anything at import; the message must name the module
        raise PluginError(f"The module {name}, for {what}, can't be imported: {type(error).__name__}: {error}") from error
