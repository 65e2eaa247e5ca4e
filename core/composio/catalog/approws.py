"""Convert apps' definitions to compressed JSON and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.rows import decode_server, pack, plain, unpack
from composio.model.app import AppModel, AuthField, AuthScheme, Envelope, Provenance, Proxy

__all__ = ["decode_definition", "encode_definition"]

# The file's path gives its location, and fields that the catalog adds are not the file's.
_NOT_KEPT = frozenset({"folder", "file", "handed_out", "together"})


def encode_definition(definition: AppDefinition) -> bytes:
    """Return all that a definition's file says."""
    kept = (one.name for one in fields(definition) if one.name not in _NOT_KEPT)
    return pack({name: plain(getattr(definition, name)) for name in kept})


def decode_definition(blob: bytes, file: Path) -> AppDefinition:
    """Reverse the conversion. ``file`` is the definition's ``integration.yaml``."""
    value = unpack(blob)
    return AppDefinition(
        **{
            **_read_lists(value, "important", "hide", "actions_from"),
            "app": _app(value["app"]),
            "spec": _spec(value["spec"]),
            "further": tuple(map(_spec, value["further"])),
            "flows": {name: tuple(tags) for name, tags in value.get("flows", {}).items()},
        },
        folder=file.parent,
        file=file,
    )


def _read_lists(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return ``value`` with the lists under these names as tuples."""
    return {**value, **{name: tuple(value[name]) for name in names}}


def _spec(value: Mapping[str, Any]) -> SpecSource:
    overlay = value["overlay"]
    found = _read_lists(value, "allow_refs", "include", "exclude")
    server = None if value["server"] is None else decode_server(value["server"])
    return SpecSource(**{**found, "overlay": overlay if isinstance(overlay, str) else tuple(overlay), "server": server})


def _app(value: Mapping[str, Any]) -> AppModel:
    found = _read_lists(value, "categories", "expired_token_errors")
    found["auth_schemes"] = tuple(map(_scheme, value["auth_schemes"]))
    found["envelope"] = None if value["envelope"] is None else Envelope(**value["envelope"])
    found["provenance"] = Provenance(**value["provenance"])
    return AppModel(**found)


def _scheme(value: Mapping[str, Any]) -> AuthScheme:
    found = _read_lists(value, "security")
    found["fields"] = tuple(AuthField(**_read_lists(field, "env", "choices")) for field in value["fields"])
    found["proxy"] = Proxy(**value["proxy"])
    return AuthScheme(**found)
