"""Files of a call over a server: uploads from the caller's folder, and downloads to the output folder."""

from __future__ import annotations

import base64
import functools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from composio.engine.arguments import route
from composio.engine.files import Upload, attach, is_raw, read_upload
from composio.engine.save import Saver, safe_name
from composio.errors import InvalidArguments
from composio.model.action import ActionModel, FunctionBinding, HttpBinding
from composio.remote.framing import Sink

__all__ = ["Arriving", "brings_bytes", "collect"]

_DEEP: Final = 4
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,120}")
Found = dict[str, Upload]


def brings_bytes(arguments: Any) -> bool:
    """Return whether an argument is a file of the caller's program."""
    return isinstance(arguments, Mapping) and any(map(is_raw, arguments.values()))


def collect(
    action: ActionModel, arguments: Mapping[str, Any], spelling: Mapping[str, str], folder: Path | None, limit: int
) -> tuple[dict[str, Any], Found]:
    """Return ``arguments`` in the server's form, and the files that they name, by path.

    Raises ``InvalidArguments`` for a forbidden file: only those in ``folder``, of at most ``limit`` bytes, are allowed.
    """
    if isinstance(action.binding, FunctionBinding):
        return dict(arguments), _find_mentioned(action, arguments, folder, limit)
    own = {shown: name for name, shown in spelling.items()}
    named = {own.get(name, name): value for name, value in arguments.items()}
    binding = route(action, named).binding
    body = binding.body if isinstance(binding, HttpBinding) else None
    if body is None or not (body.files or body.loose_files):
        return dict(arguments), {}
    root = None if folder is None else os.path.realpath(folder)
    found: Found = {}

    def place(value: Any, given: Any) -> Any:
        if not isinstance(value, Upload):
            return value
        if value.path is None or root is None:
            return given if isinstance(given, str) else _inline(value)
        path = Path(value.path).relative_to(root).as_posix()
        found[path] = value
        return path

    attached = attach(action.slug, body, named, folder, limit)
    for name in (*body.files, *body.loose_files):
        value, given = attached.get(name), named.get(name)
        if isinstance(value, list):
            attached[name] = [place(one, other) for one, other in zip(value, given or (), strict=True)]
        elif value is not None:
            attached[name] = place(value, given)
    return attached, found


def _inline(upload: Upload) -> str:
    """Encode the caller's bytes as a string: a server cannot distinguish them otherwise."""
    name = f";name={quote(upload.name, safe='')}" if upload.name else ""
    return f"data:{upload.mimetype or ''}{name};base64,{base64.b64encode(upload.content or b'').decode()}"


def _find_mentioned(action: ActionModel, arguments: Mapping[str, Any], folder: Path | None, limit: int) -> Found:
    """Return the files in ``folder`` named by arguments of a server's function: it reads them only when it runs."""
    injected = action.binding.injected if isinstance(action.binding, FunctionBinding) else ()
    if folder is None or "read_file" not in injected:
        return {}
    root, found = os.path.realpath(folder), Found()

    def look(value: Any, depth: int) -> None:
        if isinstance(value, str) and 0 < len(value) < 4096 and value[:5].lower() != "data:":
            try:
                upload = read_upload(action.slug, folder, limit, "", value)
            except InvalidArguments:
                return
            if upload.path is not None and not os.path.isabs(value):  # noqa: PTH117 - a model's text, no path of ours
                found[Path(upload.path).relative_to(root).as_posix()] = upload
        elif depth and isinstance(value, Mapping):
            for one in value.values():
                look(one, depth - 1)
        elif depth and isinstance(value, list | tuple):
            for one in value:
                look(one, depth - 1)

    look(arguments, _DEEP)
    return found


class Arriving:
    """The files of an answer, written below the folder that ``folder`` returns as they arrive: by app and action."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._savers: list[Saver] = []

    def open_files(self, head: Any) -> list[Sink]:
        """Start a file for each entry in ``head``. A server's names are sanitised: see :mod:`composio.engine.save`."""
        for one in head["files"]:
            mimetype = str(one.get("mimetype") or "application/octet-stream")
            said = f"attachment; filename*=utf-8''{quote(str(one.get('name') or ''), safe='')}"
            name = safe_name(said, "", mimetype, "download")
            self._savers.append(Saver(functools.partial(self._below, one.get("folder")), name, mimetype))
        return list(self._savers)

    def _below(self, folder: object) -> Path:
        parts = folder if isinstance(folder, list) and len(folder) <= _DEEP else []
        return self._folder().joinpath(*[one for one in parts if isinstance(one, str) and _NAME.fullmatch(one)])

    def finish(self, head: Any) -> Any:
        """Return the answer in ``head``, with the files' paths in its data."""
        answer = head.get("answer")
        for one, saver in zip(head["files"], self._savers, strict=True):
            saved = saver.finish().as_data()
            place = _at(answer.get("data") if isinstance(answer, dict) else None, one.get("at"))
            if place is not None:
                place.update({name: saved[name] for name in ("file", "name")})
        return answer


def _at(data: Any, steps: Any) -> dict[str, Any] | None:
    """Return the object in ``data`` at the path ``steps``."""
    for step in steps if isinstance(steps, list) else ():
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data if isinstance(data, dict) else None
