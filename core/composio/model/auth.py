"""Credentials that a caller passes with a call: ``auth=`` and ``add_auth``.

Source: documentation page "Injecting Custom Credentials".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from composio.errors import InvalidRequest, nearest
from composio.model.dump import Dumps
from composio.model.secret import Secret, Veiled, kind_of, unveil, veil

__all__ = ["CustomAuth", "CustomAuthParameter", "ParamPlacement"]


class ParamPlacement(StrEnum):
    """Where a credential goes in the request."""

    Header = "header"
    Query = "query"
    Path = "path"
    Subdomain = "subdomain"
    Cookie = "cookie"
    # v0.7 spelled the members in upper case; an alias costs nothing.
    HEADER = "header"
    QUERY = "query"
    PATH = "path"
    SUBDOMAIN = "subdomain"
    COOKIE = "cookie"


_PLACES = {str(place): place for place in ParamPlacement}
_OF_A_PARAMETER = frozenset({"name", "value", "in_"})
_FIELDS = frozenset({"parameters", "base_url", "baseUrl", "body"})


class CustomAuthParameter(Dumps):
    """One credential: ``CustomAuthParameter(name="Authorization", in_="header", value="Bearer ...")``.

    ``in_`` takes a :class:`ParamPlacement` or its string; ``in`` is accepted through ``**``. The repr never shows the value.
    """

    __slots__ = ("in_", "name", "value")

    def __init__(self, name: str, value: str | Secret, in_: ParamPlacement | str = ParamPlacement.Header, **more: Any) -> None:
        # Errors are raised from frames whose variables are visible in tracebacks, so these hold no secret.
        kind, hidden = type(value).__name__, veil(value)
        del value
        place, unknown = more.pop("in", in_), sorted(more)
        more.clear()
        if unknown:
            raise InvalidRequest(f"CustomAuthParameter takes name, value and in_, not {', '.join(unknown)}.")
        if not name:
            raise InvalidRequest(
                "CustomAuthParameter: `name` must not be empty; it is a header or parameter name such as 'Authorization'."
            )
        if not isinstance(hidden, Secret):
            raise InvalidRequest(f"CustomAuthParameter {name!r}: `value` must be a string, got {kind}.")
        self.name, self.value = name, hidden.reveal()
        self.in_ = _placement(name, place)

    def __repr__(self) -> str:
        # In the traceback of its own error it is incomplete and has only its name.
        return f"CustomAuthParameter(name={getattr(self, 'name', None)!r}, in_={str(getattr(self, 'in_', ''))!r}, value='***')"

    def listing(self) -> dict[str, Any]:
        """Return v0.7's form. The secret is in clear text."""
        return {"in_": str(self.in_), "name": self.name, "value": self.value}

    def __getitem__(self, name: str) -> str:
        if name not in self.__slots__:
            raise KeyError(name)
        return str(getattr(self, name))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CustomAuthParameter):
            return NotImplemented
        return (self.name, self.value, self.in_) == (other.name, other.value, other.in_)

    def __hash__(self) -> int:
        return hash((self.name, self.value, self.in_))


@dataclass(frozen=True, slots=True)
class CustomAuth(Dumps):
    """The ``auth`` object: parameters, and for rare schemes a base URL and body properties.

    Parameters may be dicts, ``{"in_", "name", "value"}``.
    """

    parameters: tuple[CustomAuthParameter, ...] = ()
    base_url: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        given: object = self.parameters
        if isinstance(given, tuple) and all(isinstance(one, CustomAuthParameter) for one in given):
            return
        listed = veil(given)
        del given
        object.__setattr__(self, "parameters", tuple(_parameter(one) for one in _several(listed)))

    def listing(self) -> dict[str, Any]:
        """Return v0.7's form. Secrets are in clear text."""
        return {"body": self.body, "base_url": self.base_url, "parameters": self.parameters}

    @classmethod
    def of(cls, value: CustomAuth | Mapping[str, Any] | Iterable[CustomAuthParameter] | None) -> CustomAuth | None:
        """Parse the documented forms: a dict, a list of parameters, or nothing."""
        if value is None or isinstance(value, CustomAuth):
            return value
        value = veil(value)
        if type(value) is Veiled and (usual := _read_usual(value)) is not None:
            return usual
        if isinstance(value, Mapping):
            unknown = [name for name in value if name not in _FIELDS]
            if unknown:
                raise InvalidRequest(f"auth: unknown field {min(unknown)!r}; known are parameters, base_url, body.")
            listed: object = value.get("parameters") or ()
            base_url, body = value.get("base_url") or value.get("baseUrl"), value.get("body") or {}
        else:
            listed, base_url, body = value, None, {}
        if base_url is not None and not _text(base_url).startswith(("http://", "https://")):
            raise InvalidRequest("auth: base_url must start with http:// or https://.")
        if not isinstance(body, Mapping):
            raise InvalidRequest(f"auth: body must be an object, got {kind_of(body)}.")
        return cls(tuple(_parameter(p) for p in _several(listed)), None if base_url is None else _text(base_url), unveil(body))


def _read_usual(hidden: Veiled) -> CustomAuth | None:
    """Parse the common case: a dict of strings. None for anything else, which is parsed with care.

    Nothing is raised here, where a traceback's variables would show the secret.
    """
    given = hidden.reveal()
    listed, base_url = given.pop("parameters", None), given.pop("base_url", None)
    if given or type(listed) is not list or not (base_url is None or type(base_url) is str):
        return None
    if base_url is not None and not base_url.startswith(("http://", "https://")):
        return None
    found: list[CustomAuthParameter] = []
    for one in listed:
        if type(one) is not dict or not one.keys() <= _OF_A_PARAMETER:
            return None
        name, value, place = one.get("name"), one.get("value"), one.get("in_", "header")
        if not (type(name) is str and name and type(value) is str and type(place) is str):
            return None
        if (known := _PLACES.get(place.lower())) is None:
            return None
        made = CustomAuthParameter.__new__(CustomAuthParameter)
        made.name, made.value, made.in_ = name, value, known
        found.append(made)
    return CustomAuth(tuple(found), base_url)


def _text(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _placement(name: str, place: object) -> ParamPlacement:
    known = place if type(place) is ParamPlacement else _PLACES.get(_text(place).lower())
    if known is None:
        allowed = ", ".join(sorted({str(p) for p in ParamPlacement}))
        guess = nearest(_text(place), [str(p) for p in ParamPlacement], 1)
        hint = f" Did you mean {guess[0]!r}?" if guess else ""
        raise InvalidRequest(f"CustomAuthParameter {name!r}: `in_` is one of {allowed}, not {_text(place)!r}.{hint}")
    return known


def _several(listed: object) -> Iterable[object]:
    """Return a list of one parameter, or of several."""
    if isinstance(listed, (CustomAuthParameter, Mapping)):
        return (listed,)
    if isinstance(listed, Secret) or not isinstance(listed, Iterable):
        raise InvalidRequest(f"auth: parameters takes a list of CustomAuthParameter, not {kind_of(listed)}.")
    return listed


def _parameter(value: object) -> CustomAuthParameter:
    if isinstance(value, CustomAuthParameter):
        return value
    value = veil(value)
    if isinstance(value, Mapping):
        if missing := next((name for name in ("name", "value") if name not in value), None):
            raise InvalidRequest(f"auth: each parameter needs a {missing!r}.")
        shown = {str(k): _text(v) if k in {"name", "in", "in_"} else v for k, v in value.items()}
        return CustomAuthParameter(**shown)
    raise InvalidRequest(f"auth: a parameter is a CustomAuthParameter or a dict, not {kind_of(value)}.")
