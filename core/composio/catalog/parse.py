"""Text into a document: JSON, else YAML."""

from __future__ import annotations

import json
from typing import Any

from composio.errors import SpecError

__all__ = ["parse"]


def parse(data: bytes, name: str) -> Any:
    """The document in ``data``. Raises ``SpecError`` naming ``name`` and the place of the mistake."""
    if not data.strip():
        raise SpecError(f"{name}: the API description is empty.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError(f"{name}: the API description is no UTF-8 text (byte {error.start}).") from None
    if text.lstrip()[:1] in "{[":
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise SpecError(f"{name}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}.") from None
    return _yaml(text, name)


def _yaml(text: str, name: str) -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]  # the C loader is there or not, which no checker can know
        """Dates stay text: an example or a version that looks like one is no date in JSON either."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise SpecError(f"{name}: {place}neither JSON nor YAML: {problem}.") from None
