"""The hooks that a plugin may implement, without bodies. Built-ins use the same ones.

A plugin is a module or object with functions marked by ``hookimpl``, named by an entry point in the group ``composio``::

    from composio.plugin import hookimpl

    @hookimpl
    def register_frameworks(register):
        register(Framework(name="langchain", toolset="composio_langchain:ComposioToolSet", package="langchain-core"))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from composio.model.action import ActionModel
    from composio.model.approval import Approval
    from composio.model.call import Outcome, Record, ToolCall

__all__ = ["Framework", "Importer", "Loaded", "hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("composio")
hookimpl = pluggy.HookimplMarker("composio")


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that a plugin supports.

    ``toolset`` is ``module:Class``, imported on first use only; ``package`` the framework's distribution and ``requires`` the
    versions that were tested, as a PEP 440 specifier.
    """

    name: str
    toolset: str
    package: str = ""
    requires: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One installed plugin. ``error`` is one line that says why it is not in use, or None."""

    name: str
    distribution: str
    version: str
    module: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Importer:
    """A reader for one kind of API description.

    ``recognises`` is called with the parsed document; ``load`` is ``module:function``, imported on first use, and called as
    ``load(document, app, report)`` with the document, the app's definition and a progress callback. ``title`` is the kind's
    common name. ``outline`` is ``module:function``, called with the document, and returns OpenAPI's ``info``, ``servers`` and
    ``components.securitySchemes``; without it they are read from the document itself. ``locates`` is False for a kind that
    never contains the API's address. ``operations`` is ``module:function``, called as ``operations(document, app)`` and returns
    the operations that ``load`` would read; without it, an app with several descriptions can't use the kind.
    """

    name: str
    recognises: Callable[[Any], bool]
    load: str
    title: str = ""
    outline: str = ""
    locates: bool = True
    operations: str = ""


@hookspec
def register_frameworks(register: Callable[[Framework], None]) -> None:
    """Called once when frameworks are first listed. Call ``register`` for each framework."""


@hookspec
def register_importers(register: Callable[[Importer], None]) -> None:
    """Called once before the first description is compiled. Call ``register`` for each kind of description."""


@hookspec
def register_auth_schemes(register: Callable[[str, str], None]) -> None:
    """Called once before the first request is signed. Call ``register(auth_mode, "module:object")`` for each scheme.

    The object is a signing function, if a connection consists of typed values, or a
    :class:`composio.auth.flow.ConnectingScheme`.
    """


@hookspec
def register_apps(register: Callable[[Path], None]) -> None:
    """Called once when apps are first listed. Call ``register`` with each folder that has an ``integration.yaml``."""


@hookspec
def register_catalogs(register: Callable[[Path], None]) -> None:
    """Called once when a catalog is opened. Call ``register`` with the file of each compiled catalog that the plugin ships.

    ``nox -s wheels`` builds the catalog of opencomposio-apps.
    """


@hookspec
def register_key_wrappers(register: Callable[[str, str], None]) -> None:
    """Called once when a project's key is first wrapped or unwrapped by a plugin. Call ``register(name, "module:object")``.

    The object is a :class:`composio.vault.projectkeys.KeyWrapper`: a key management service, a hardware module.
    ``COMPOSIO_KEY_WRAPPER`` names the one that wraps new keys, instead of the master key; an existing key is unwrapped by its
    own wrapper.
    """


@hookspec
def register_commands(register: Callable[[str, str], None]) -> None:
    """Called when the command line starts. Call ``register(name, "module:typer_app_or_function")`` for each command."""


@hookspec
def register_endpoints(register: Callable[[str, str], None]) -> None:
    """Called when a server starts. Call ``register(protocol, "module:object")`` for each protocol that the plugin speaks there.

    The object builds the protocol's routes. For ``mcp`` it is :class:`composio_mcp.endpoint.Endpoint`.
    """


@hookspec
def register_peers(register: Callable[[str, str], None]) -> None:
    """Called when an app of such a server is first called or read. Call ``register(kind, "module:factory")`` for each protocol.

    The factory is called with a :class:`composio.model.peers.PeerHost` and gives a :class:`composio.model.peers.PeerService`.
    """


@hookspec
def before_execute(call: ToolCall, action: ActionModel) -> None:
    """Called before a resolved call runs, after its ``pre`` processors. Raise a ``ComposioError`` to stop it."""


@hookspec
def after_execute(call: ToolCall, action: ActionModel, outcome: Outcome) -> None:
    """Called after a call, before its ``post`` processors. May not change the outcome."""


@hookspec
def observe(record: Record) -> None:
    """Called with one frozen, redacted record after each call. Exceptions are logged and ignored."""


@hookspec
def approval_requested(approval: Approval) -> None:
    """Called once for each new approval, in a worker thread, before the caller learns of it. Tell approvers here, and quickly.

    ``approval.shown`` has the arguments without secrets. Exceptions are logged and ignored.
    """
