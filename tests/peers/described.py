"""Apps that a test describes itself: OpenAPI documents with one server, and homes that have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from composio.catalog.rows import Definitions, decode_action, encode_action, unpack
from composio.model.action import ActionModel, HttpBinding

if TYPE_CHECKING:
    from composio.catalog.importers import Imported
    from composio.embedded import EmbeddedBackend

__all__ = ["add_app", "binding", "home_with", "openapi", "secured", "stored", "write_app"]

# Written by libyaml, where it is there, in a tenth of the time: each test of accounts writes five apps.
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def openapi(title: str, server: str, paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document; ``more`` are other fields of it, such as ``components``."""
    info = {"title": title, "version": "1"}
    return {"openapi": "3.0.3", "info": info, "servers": [{"url": server}], "paths": paths, **more}


def secured(scheme: dict[str, Any]) -> dict[str, Any]:
    """The fields of a document all of whose operations need ``scheme``, which is called ``key``."""
    return {"components": {"securitySchemes": {"key": scheme}}, "security": [{"key": []}]}


def add_app(backend: EmbeddedBackend, folder: Path, name: str, document: dict[str, Any], **more: Any) -> None:
    """Write the document into ``folder``, and add the app ``name`` from there; ``more`` are options of the catalog's."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(document))
    backend.catalog.add(name, str(file), **more)


def home_with(folder: Path, name: str, document: dict[str, Any]) -> Path:
    """``folder`` as a home in which the app was added."""
    from composio.embedded import EmbeddedBackend

    backend = EmbeddedBackend(home=folder)
    add_app(backend, folder, name, document)
    backend.close()
    return folder


def write_app(home: Path, key: str, document: dict[str, Any], **definition: Any) -> None:
    """An app as a user's folder has it: the document beside the ``integration.yaml`` that is about it."""
    folder = home / "apps" / key
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(json.dumps(document))
    found = {"name": key.capitalize(), "unique_key": key, "spec": {"file": "openapi.json"}, **definition}
    (folder / "integration.yaml").write_text(yaml.dump(found, Dumper=_DUMPER))


def binding(imported: Imported) -> HttpBinding:
    """The HTTP request that an operation of a document is run by."""
    found = imported.action.binding
    assert isinstance(found, HttpBinding)
    return found


def stored(action: ActionModel) -> ActionModel:
    """An action as it comes back out of the catalog."""
    definitions = Definitions()
    blob = encode_action(action, definitions)
    return decode_action(blob, dict, lambda names: {name: unpack(definitions.packed[name]) for name in names})
