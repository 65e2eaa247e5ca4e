"""A request as it came in, before anything of it is believed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from composio.errors import SignatureRefused

__all__ = ["Incoming"]

_FORM = "application/x-www-form-urlencoded"
_FIELDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One request. ``url`` is the address as the provider knows it, scheme and query included; ``body`` are the raw bytes."""

    method: str = "POST"
    url: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @classmethod
    def of(
        cls,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        *,
        method: str = "POST",
        url: str = "",
    ) -> Incoming:
        """A request from a mapping of headers, or from pairs in which a name may stand twice."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        return cls(method=method.upper(), url=url, headers=tuple((str(k).lower(), str(v)) for k, v in pairs), body=bytes(body))

    def header(self, name: str) -> str | None:
        """A header's value, without regard to case. One that stands there twice could mean either and is refused."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        if len(found) > 1:
            raise SignatureRefused(f"the header {name} appears {len(found)} times")
        return found[0].strip() if found else None

    def query(self, name: str) -> str | None:
        """A query parameter of the address; refused where it stands there twice."""
        found = [value for key, value in self._pairs(urlsplit(self.url).query) if key == name]
        if len(found) > 1:
            raise SignatureRefused(f"the query parameter {name} appears {len(found)} times")
        return found[0] if found else None

    def form(self) -> list[tuple[str, str]] | None:
        """The body's fields where it is a form, else None."""
        media = (self.header("content-type") or "").partition(";")[0].strip().lower()
        if media != _FORM:
            return None
        try:
            return self._pairs(self.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise SignatureRefused("the form is not UTF-8") from None

    def json(self) -> Any:
        """The body as JSON. Only for what is verified already, or proves itself by a value in it."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise SignatureRefused("the body is not JSON") from None

    @staticmethod
    def _pairs(text: str) -> list[tuple[str, str]]:
        try:
            return parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS)
        except ValueError:
            raise SignatureRefused(f"there are more than {_FIELDS} fields") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
