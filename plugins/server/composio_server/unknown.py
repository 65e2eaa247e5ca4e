"""Responses for unknown routes: the existing versions and routes, without repeating the request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from litestar import Litestar
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.routes import HTTPRoute

__all__ = ["explain_unknown"]

_VERSION: Final = re.compile(r"/api/(v?\d[\d.]{0,7})(?:/|\Z)")
_BASE: Final = re.compile(r"/api/v[\d.]+")
_LONGEST: Final = 120  # characters of a path that are compared
_DESCRIBED: Final = "/openapi.json describes them."


def explain_unknown(app: Litestar, path: str, error: Exception) -> Exception:
    """Return ``error`` with existing alternatives if no route was found for ``path`` and its method; else unchanged."""
    routes = _routes_of(app)
    if isinstance(error, MethodNotAllowedException):
        allowed = sorted({method for pattern, _, methods in routes if pattern.fullmatch(path) for method in methods})
        if not allowed:
            return error
        said = f"This path takes {', '.join(allowed)}."
        return _again(error, said, {"allow": ", ".join(allowed)})
    if not isinstance(error, NotFoundException):
        return error
    bases = sorted({found[0] for _, template, _ in routes if (found := _BASE.match(template))})
    version = _VERSION.match(path)
    base = f"/api/{version[1]}" if version else ""
    if version and base not in bases:
        return _again(error, f"There is no version {version[1]} of the API here: this server has {', '.join(bases)}.")
    known = {template: methods for _, template, methods in routes if base and template.startswith(f"{base}/")}
    near = get_close_matches(path[:_LONGEST], known, n=3, cutoff=0.5)
    shown = ", ".join(f"{'/'.join(known[one])} {one}" for one in near)
    if near:
        return _again(error, f"There is no such route. The nearest: {shown}. {_DESCRIBED}")
    return _again(error, f"There is no such route. The API's begin with {', '.join(bases)}; {_DESCRIBED}")


def _again(error: HTTPException, detail: str, headers: dict[str, str] | None = None) -> HTTPException:
    return type(error)(detail=detail, headers={**(error.headers or {}), **(headers or {})})


@lru_cache(maxsize=4)
def _routes_of(app: Litestar) -> Sequence[tuple[re.Pattern[str], str, Sequence[str]]]:
    """Return each route's path as a pattern and as a template, and its methods."""
    found = []
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            template = route.path_format
            pattern = re.sub(r"\\{[^{}]*\\}", "[^/]+", re.escape(template))
            methods = sorted(str(one) for one in route.methods if one not in {"OPTIONS", "HEAD"})
            found.append((re.compile(pattern), template, methods))
    return found
