"""Data that also has the key under which v0.7 returned it.

v0.7 wrapped data in an object: ``data["response_data"]``, and for a custom tool ``data["sum"]`` if its docstring has
``:return sum:``. Here the data is the value itself, as in the documentation; reading that key returns the same value.
"""

from __future__ import annotations

from typing import Any, Self

__all__ = ["answering"]


class _Answers:
    """``data[key]`` and ``data.get(key)`` return the value, for v0.7's one key.

    Printing, comparing and dumping are unchanged.
    """

    _key: str

    @classmethod
    def of(cls, value: Any, key: str) -> Self:
        made = cls(value)  # type: ignore[call-arg]  # each class below is a value's type too
        made._key = key
        return made

    def __getitem__(self, key: Any) -> Any:
        return self if key == self._key else super().__getitem__(key)  # type: ignore[misc]  # of the value's own type

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value for that key, else ``default``."""
        return self if key == self._key else default


class _Int(_Answers, int): ...


class _Float(_Answers, float): ...


class _Str(_Answers, str): ...


class _List(_Answers, list[Any]): ...


class _Dict(_Answers, dict[str, Any]):
    def __getitem__(self, key: Any) -> Any:
        return self if key == self._key and not dict.__contains__(self, key) else dict.__getitem__(self, key)

    def get(self, key: Any, default: Any = None) -> Any:
        """Work as a dict's."""
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def __contains__(self, key: object) -> bool:
        return key == self._key or dict.__contains__(self, key)


_KINDS: dict[type, type[_Answers]] = {int: _Int, float: _Float, str: _Str, list: _List, dict: _Dict}


def answering(value: Any, key: str) -> Any:
    """Return ``value`` in a form with ``key``; True, False and None, which Python cannot subclass, stay unchanged."""
    kind = _KINDS.get(type(value))
    return value if kind is None else kind.of(value, key)
