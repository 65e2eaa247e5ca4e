"""Packages with an API description in Python, or in a file for each tool: read as text with ``ast``, never imported.

A reader builds an OpenAPI document from a package's files. It omits what is uncertain, and says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

from composio.errors import SpecError

__all__ = ["READERS", "read", "suffix_of"]

READERS: Final[Mapping[str, str]] = {
    "universal-mcp": "composio.catalog.sources.readers.universal_mcp:read",
    "mcparmory": "composio.catalog.sources.readers.mcparmory:read",
    "arcade": "composio.catalog.sources.readers.arcade:read",
}
# Of readers of other files than Python modules.
_SUFFIXES: Final[Mapping[str, str]] = {"arcade": ".json"}


def suffix_of(reader: str) -> str:
    """Return the end of the names of the files that a reader reads."""
    return _SUFFIXES.get(reader, ".py")


def read(reader: str, files: Mapping[str, str], name: str) -> tuple[dict[str, Any], list[str]]:
    """Return the OpenAPI document for ``files``, a package's files by path, and a line for each omitted method.

    Raises ``SpecError`` with ``name`` if the package has another form.
    """
    module, _, function = READERS[reader].partition(":")
    call: Callable[[Mapping[str, str]], tuple[dict[str, Any], list[str]]] = getattr(import_module(module), function)
    try:
        # Python warns about escapes such as "\_" in the package's strings. They are not ours, and if warnings are errors, the
        # package could not be read.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            document, left_out = call(files)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise SpecError(f"{name}: its files can't be read: {type(error).__name__}: {error}.") from None
    if not document["paths"]:
        raise SpecError(f"{name}: nothing in it is what the reader {reader} reads. Check `reader` and the package.")
    return document, left_out
