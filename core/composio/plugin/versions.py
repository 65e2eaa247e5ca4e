"""Read the framework versions that a plugin states in its ``pyproject.toml``, so that they are defined once."""

from __future__ import annotations

import re
from importlib import metadata

__all__ = ["read_versions"]

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?(?P<versions>[^;()]*)\)?")


def _normal(name: str) -> str:
    # Source: packaging.python.org, "Names and normalization".
    return re.sub(r"[-_.]+", "-", name).lower()


def read_versions(distribution: str, package: str) -> str:
    """Return the specifier, such as ``>=0.3.40,<2``, with which an installed ``distribution`` requires ``package``.

    Empty if it states none, or is not installed.
    """
    try:
        requirements = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return ""
    for requirement in requirements:
        found = _REQUIREMENT.match(requirement)
        if found and _normal(found["name"]) == _normal(package):
            return ",".join(sorted((part.strip() for part in found["versions"].split(",")), reverse=True))
    return ""
