"""Secret values: a string, and a mapping of strings, whose repr hides them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

__all__ = [
    "NO_VALUES",
    "Environment",
    "Secret",
    "SecretValues",
    "Veiled",
    "hide_text",
    "is_secret",
    "kind_of",
    "unveil",
    "veil",
]

_HIDDEN = "***"


class Secret:
    """A string that prints as ``***``. :meth:`reveal` returns it; comparison takes constant time."""

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """Return the string itself."""
        return self._value

    # pydantic's familiar name for it.
    get_secret_value = reveal

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN!r})"

    def __str__(self) -> str:
        return _HIDDEN

    def __format__(self, _spec: str) -> str:
        return _HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # it loads OpenSSL, and `composio --help` compares no secrets

        return hmac.compare_digest(self._value.encode("utf-8", "surrogatepass"), other._value.encode("utf-8", "surrogatepass"))

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret is not pickled: a pickle would contain it in the clear. Call reveal() first.")


class SecretValues(Mapping[str, str]):
    """Names with secret strings, read like a dict. Its repr shows names only, as do tracebacks that print local variables."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None, **more: str) -> None:
        self._values: dict[str, str] = {**(values or {}), **more}

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __or__(self, other: Mapping[str, str]) -> SecretValues:
        return SecretValues({**self._values, **other})

    def __repr__(self) -> str:
        return f"SecretValues({{{', '.join(f'{name!r}: {_HIDDEN!r}' for name in self._values)}}})"

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __reduce__(self) -> NoReturn:
        raise TypeError("SecretValues are not pickled: a pickle would contain them in the clear.")

    def get_secret(self, name: str) -> Secret | None:
        """Return one value, still hidden."""
        found = self._values.get(name)
        return None if found is None else Secret(found)

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> SecretValues:
        """Return ``values`` as strings: ``None`` is dropped, booleans become ``true`` and ``false``."""
        if isinstance(values, SecretValues):
            return values
        return cls({str(name): _text(value) for name, value in (values or {}).items() if value is not None})


def _text(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)


NO_VALUES = SecretValues()


class Veiled(Mapping[str, Any]):
    """A caller's dict, unchanged; tracebacks that print local variables show its names only."""

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def __getitem__(self, name: str) -> Any:
        return veil(self._given[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __contains__(self, name: object) -> bool:
        return name in self._given

    def get(self, name: str, default: Any = None) -> Any:
        """Work as a dict's."""
        return veil(self._given[name]) if name in self._given else default

    def reveal(self) -> dict[str, Any]:
        """Return a copy of the dict."""
        return dict(self._given)

    def __repr__(self) -> str:
        return f"Veiled({{{', '.join(f'{name!r}: {_HIDDEN!r}' for name in self._given)}}})"


class Environment(Mapping[str, str]):
    """The process's live environment, with a repr that does not list its secrets."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)

    def __repr__(self) -> str:
        return f"Environment({len(self)} variables)"


def hide_text(given: object) -> Secret:
    """Return ``given`` as a string with a hidden repr."""
    return given if isinstance(given, Secret) else Secret(str(given))


def veil(given: Any) -> Any:
    """Return ``given`` with a hidden repr: strings become :class:`Secret`, also inside dicts and lists.

    A method calls this first with the credentials it is passed, as frames keep their arguments.
    """
    kind = type(given)  # a type lookup is far quicker than an isinstance check for Mapping
    if kind in _SHOWS_NOTHING:
        return given
    if isinstance(given, str):
        return Secret(given)
    if kind is dict or (isinstance(given, Mapping) and not isinstance(given, SecretValues | Veiled)):
        return Veiled(given)
    return tuple(veil(one) for one in given) if isinstance(given, list | tuple) else given


_SHOWS_NOTHING = frozenset({Secret, Veiled, SecretValues, type(None), bool})


def unveil(hidden: Any) -> Any:
    """Reverse :func:`veiled`; lists come back as tuples."""
    if isinstance(hidden, Secret):
        return hidden.reveal()
    if isinstance(hidden, Veiled):
        return hidden.reveal()
    return tuple(unveil(one) for one in hidden) if isinstance(hidden, tuple) else hidden


def kind_of(hidden: Any) -> str:
    """Return the caller's type name of a value from :func:`veiled`."""
    kinds: dict[type, str] = {Secret: "str", Veiled: "dict", tuple: "list"}
    return kinds.get(type(hidden), type(hidden).__name__)


_SECRET = re.compile(r"key|token|secret|pass|credential|private|jwt|\bpat\b|auth|cert|pem|json|signature", re.IGNORECASE)
_PLAIN = re.compile(
    r"(^|_)((sub)?domain|host(name)?|url|region|user(_?name)?|e?mail|account|instance|workspace|project|site|tenant|org"
    r"|organi[sz]ation|id|name|version|shop|port|server|cloud|environment|env|company|team|datacenter|dc|location)$",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Return whether a field's input is hidden: unless its name says that it is not secret, such as ``subdomain``."""
    return bool(_SECRET.search(name)) or not _PLAIN.search(name)
