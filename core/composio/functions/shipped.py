"""Functions that an app ships: found in its module, and made its own."""

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
    """The ``@action`` functions that an app ships in ``module``, which is imported; raises ``PluginError``.

    Those that it imports from elsewhere are not among them, but for what its ``__all__`` names from its own package.

    They become the app's own: ``send_email`` of gmail is ``GMAIL_SEND_EMAIL`` from now on, and a plain ``send_email`` is left
    to the user's functions.
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
    """Definitions of the ``@action`` functions in ``module``, as actions of ``app``: slug ``APP_NAME``."""
    for function in app_functions(module, app):
        yield function.model_for(no_app)


def load_module(name: str, what: str) -> Any:
    """Import ``name``; ``what`` says in the error what it was wanted for."""
    if name in sys.modules:
        return sys.modules[name]
    try:
        return import_module(name)
    except Exception as error:  # whatever foreign code raises at import, the message must say which module it was
        raise PluginError(f"The module {name}, for {what}, can't be imported: {type(error).__name__}: {error}") from error
