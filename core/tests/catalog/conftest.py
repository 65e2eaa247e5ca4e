"""Small descriptions of our own, and catalogs over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.importers import Imported
from composio.catalog.importers.openapi import load
from composio.model.app import AppModel
from composio.plugin.manager import PluginManager
from composio.process.home import Home

Document = dict[str, Any]


def document(paths: Mapping[str, Any], version: str = "3.0.3", **more: Any) -> Document:
    info = {"title": "Toys", "version": "1.2"}
    return {"openapi": version, "info": info, "servers": [{"url": "https://api.toys.test/v1"}], "paths": paths, **more}


def operation(summary: str = "", **more: Any) -> dict[str, Any]:
    return {**({"summary": summary} if summary else {}), "responses": {"200": {"description": "ok"}}, **more}


def body(schema: Any, media_type: str = "application/json", *, required: Any = True, **more: Any) -> dict[str, Any]:
    return {"required": required, "content": {media_type: {"schema": schema, **more}}}


def definition(key: str = "toys", folder: Path = Path(), *, base_url: str | None = None, **more: Any) -> AppDefinition:
    more.setdefault("spec", SpecSource(kind="file", path=f"{key}.json"))
    app = AppModel(key=key, name=key.title(), base_url=base_url)
    return AppDefinition(app=app, folder=folder, file=folder / "integration.yaml", **more)


@dataclass
class Make:
    """What tests build with."""

    document = staticmethod(document)
    operation = staticmethod(operation)
    body = staticmethod(body)
    definition = staticmethod(definition)

    @staticmethod
    def load(doc: Any, **more: Any) -> list[Imported]:
        return [i for i in load(doc, definition(**more), None) if isinstance(i, Imported)]

    @staticmethod
    def one(
        node: Mapping[str, Any], *, method: str = "post", path: str = "/things", version: str = "3.0.3", **more: Any
    ) -> Imported:
        """The only operation of a document that has ``node``; ``more`` goes into the document."""
        [found] = Make.load(document({path: {method: node}}, version, **more))
        return found


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture
def open_catalog(tmp_path: Path) -> Iterator[Callable[..., Catalog]]:
    """Catalogs under one home. Documents are given by app key; ``more`` is per app what its definition says besides."""
    opened: list[Catalog] = []

    def build(documents: Mapping[str, Any], more: Mapping[str, Mapping[str, Any]] | None = None, **options: Any) -> Catalog:
        folder = tmp_path / "specs"
        folder.mkdir(exist_ok=True)
        for key, doc in documents.items():
            text = json.dumps(doc)
            file = folder / f"{key}.json"
            if not file.exists() or file.read_text() != text:
                file.write_text(text)
        known = {key: definition(key, folder, **(more or {}).get(key, {})) for key in documents}
        manager = PluginManager([])
        from composio.plugin import builtin

        manager.register(builtin, "builtin")
        home = options.pop("home", None) or Home(tmp_path / "home")
        catalog = Catalog(home, lambda: known, manager.importers, **options)
        opened.append(catalog)
        return catalog

    yield build
    for catalog in opened:
        catalog.close()
