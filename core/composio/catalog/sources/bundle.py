"""Bundle a description of several files into one document, with all references inside it.

Other files are read on demand and stored under ``x-files``; ``$id``, ``$anchor`` and ``$dynamicAnchor`` are resolved.
Importers then need JSON pointers only. Source: RFC 3986, section 5; JSON Schema 2020-12, Core, sections 8.2 and 9.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from composio.catalog.sources.parse import parse
from composio.catalog.sources.references import BYTES, FILES, SECONDS, References
from composio.errors import SpecError

__all__ = ["FILES_KEY", "Bundle", "bundle"]

FILES_KEY: Final = "x-files"
# A reference's keyword, with which path names may end (OData's `/owners/$ref`), that points outside the file: only then
# the document is traversed. The pattern begins with a rare character, so that the search is fast.
_ELSEWHERE: Final = re.compile(rb"""\$ref(?<![^\s{,"'\[-]\$ref)["']?\s*:(?!\s*["']#/)""")
_IDENTIFIED: Final = (b"$id", b"$anchor", b"$dynamic", b"$self")
# Their keys are names, which may look like keywords.
_NAMES: Final = frozenset(
    [
        "additionalOperations",
        "callbacks",
        "definitions",
        "dependentSchemas",
        "examples",
        "headers",
        "links",
        "mediaTypes",
        "parameters",
        "pathItems",
        "paths",
        "patternProperties",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "securitySchemes",
        "webhooks",
        "x-webhooks",
        "$defs",
    ]
)
# Their content is data, in which a reference is not one.
_DATA: Final = frozenset(("const", "default", "enum", "example", "value"))

_LOCATED: Final = re.compile(r"[#/]|\.(json|ya?ml)$")

_Pointer = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One document, and the local files besides its own that it includes."""

    document: Any
    files: tuple[Path, ...] = ()


def bundle(data: bytes, references: References) -> Bundle:
    """Return the complete description in ``data``.

    A reference with a missing target stays, for the importer to warn about. Raises ``SpecError`` for invalid syntax, and for a
    reference to a forbidden location.
    """
    document = parse(data, references.name)
    if not _is_worth_it(data) or not isinstance(document, dict):
        return Bundle(document)
    bundler = _Bundler(references, document)
    bundler.run()
    return Bundle(document, tuple(bundler.files))


def _is_worth_it(data: bytes) -> bool:
    if any(word in data for word in _IDENTIFIED):
        return True
    return _ELSEWHERE.search(data) is not None


@dataclass(slots=True)
class _Bundler:
    references: References
    root: dict[str, Any]
    known: dict[str, tuple[_Pointer, Any] | None] = field(default_factory=dict)
    """Each resource, a file or a schema with an ``$id``, by its location: its place in ``root``. None for a missing one."""
    own: dict[str, str] = field(default_factory=dict)
    """The URL that a file declares for itself, by where it was found."""
    anchors: dict[tuple[str, str], _Pointer] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    waiting: list[tuple[Any, str]] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    size: int = 0
    opened: int = 0
    started: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Point every reference into ``root``, reading files as they are found."""
        self._enter(self.references.start, (), self.root)
        while self.waiting:
            node, home = self.waiting.pop()
            for found, base, _ in _walk(node, home, self.done):
                self._point(found, base, home)

    def _enter(self, location: str, pointer: _Pointer, node: Any) -> None:
        """Register a file and the names in it; its references are queued."""
        self.known[location] = pointer, node
        if (own := _own_address(node, location)) is not None:
            self.known.setdefault(own, (pointer, node))
            self.own[location] = own
        for found, base, below in _walk(node, location, set()):
            if isinstance(found.get("$id"), str) and base != location:
                self.known.setdefault(base, ((*pointer, *below), found))
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(name := found.get(keyword), str):
                    self.anchors.setdefault((base, name), (*pointer, *below))
        self.waiting.append((node, location))

    def _point(self, node: dict[str, Any], base: str, home: str) -> None:
        if isinstance(dynamic := node.get("$dynamicRef"), str) and "$ref" not in node:
            node["$ref"] = dynamic
        if isinstance(reference := node.get("$ref"), str):
            node["$ref"] = self._target(reference, base, home)
        discriminator = node.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        if isinstance(mapping, dict):
            for value, reference in mapping.items():
                if isinstance(reference, str) and _LOCATED.search(reference):  # otherwise it is a schema's name
                    mapping[value] = self._target(reference, base, home)

    def _target(self, reference: str, base: str, home: str) -> str:
        """Return ``reference`` as a pointer into the root; unchanged if it leads nowhere."""
        place, _, fragment = reference.partition("#")
        if not place and not fragment.startswith("/"):
            return self._name(base, fragment) or self._name(home, fragment) or reference
        failure: SpecError | None = None
        for start in self._starts(base, home):
            location = self.references.join(start, place) if place else start
            if location not in self.known and (start != base or base == home):
                try:
                    self._read(location, place)
                except SpecError as error:
                    failure = failure or error
            if (known := self.known.get(location)) is None:
                continue
            pointer, node = known
            if fragment and not fragment.startswith("/"):
                if named := self._name(location, fragment):
                    return named
            elif start == home or _has(node, fragment):
                return _write(pointer) + fragment
        if failure is not None:
            raise failure
        return reference

    def _starts(self, base: str, home: str) -> Iterator[str]:
        """Yield the possible bases of a reference, the likeliest first.

        Authors mean the file if the enclosing schema has a URL that does not have the target. A file that declares a URL for
        itself means files next to that URL (3.2, ``$self``); those next to a local file are copies of them.
        """
        own = self.own.get(home)
        if own is None:
            listed = [base, home]
        elif self.references.source.kind == "url":
            listed = [own, home] if base == home else [base, own, home]
        else:
            listed = [base, home, own]
        yield from dict.fromkeys(listed)

    def _name(self, location: str, anchor: str) -> str | None:
        pointer = self.anchors.get((location, unquote(anchor)))
        if pointer is None and not anchor and (known := self.known.get(location)) is not None:
            pointer = known[0]
        return None if pointer is None else _write(pointer)

    def _read(self, location: str, reference: str) -> None:
        name = reference.rpartition("/")[2]
        is_file = "/" in reference or "." in name  # otherwise the pointer before a schema's name is missing
        opened = self.references.open(location) if is_file else None
        if opened is None:
            self.known[location] = None
            return
        data, file = opened
        self.opened, self.size = self.opened + 1, self.size + len(data)
        if time.monotonic() - self.started > SECONDS:
            raise SpecError(f"{self.references.name}: the files it refers to were not there after {SECONDS:.0f} s.")
        if self.opened > FILES or self.size > BYTES:
            raise SpecError(
                f"{self.references.name}: refers to more than {FILES} files or {BYTES // 10**6} MB in them; give one whole file."
            )
        if file is not None:
            self.files.append(file)
        files = self.root.get(FILES_KEY)
        if not isinstance(files, dict):
            files = self.root[FILES_KEY] = {}
        key = name
        while key in files:  # files with one name in several folders
            key = f"{len(files)}-{key}"
        files[key] = node = parse(data, f"{self.references.name}: {name}")
        self._enter(location, (FILES_KEY, key), node)


def _walk(node: Any, base: str, done: set[int]) -> Iterator[tuple[dict[str, Any], str, _Pointer]]:
    """Yield every object of ``node`` that may have references, with their base and its pointer; each once."""
    waiting: list[tuple[Any, str, _Pointer, bool]] = [(node, base, (), False)]
    while waiting:
        here, around, pointer, is_names = waiting.pop()
        if not isinstance(here, dict | list) or id(here) in done:
            continue
        done.add(id(here))
        if isinstance(here, list):
            waiting += ((child, around, (*pointer, str(i)), False) for i, child in enumerate(here))
            continue
        if not is_names:
            if isinstance(identifier := here.get("$id"), str):
                around = _join(around, identifier)
            yield here, around, pointer
        for key, child in here.items():
            name = str(key)
            if is_names or not (name in _DATA or (name == "examples" and isinstance(child, list)) or _is_extension(name)):
                waiting.append((child, around, (*pointer, name), not is_names and name in _NAMES))


def _own_address(node: Any, location: str) -> str | None:
    """Return the URL that an OpenAPI document declares for itself; None if it declares none."""
    own = node.get("$self") if isinstance(node, Mapping) and "openapi" in node else None
    return _join(location, own).partition("#")[0] if isinstance(own, str) and own else None


def _is_extension(name: str) -> bool:
    return name.startswith("x-") and name not in _NAMES


def _join(base: str, identifier: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(base, identifier.removesuffix("#"))
    except ValueError:
        return base


def _has(node: Any, fragment: str) -> bool:
    for step in fragment.split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return False
    return True


def _write(pointer: _Pointer) -> str:
    return "#" + "".join("/" + quote(step.replace("~", "~0").replace("/", "~1"), safe="~") for step in pointer)
