"""Stand-ins for classes of v0.7 that have no counterpart.

One can be imported, named in an annotation and passed to ``isinstance``. Calling it, subclassing it or reading an attribute
raises :class:`~composio.errors.NotAvailable`, which says what to use instead.
"""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

from composio.errors import NoCounterpartWarning, NotAvailable

__all__ = ["Absent", "absent", "warn_once"]

_warned: set[str] = set()


class Absent(type):
    """The metaclass of stand-ins; ``instead`` completes the sentence "X is v0.7's: ..."."""

    instead: str

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_options: Any) -> Absent:
        for base in bases:
            if isinstance(base, Absent):
                Absent._refuse(base)
        return super().__new__(cls, name, bases, namespace)

    def _refuse(cls) -> NoReturn:
        raise NotAvailable(f"{cls.__name__} is v0.7's: {cls.instead}.")

    def __call__(cls, *_args: object, **_options: object) -> NoReturn:
        cls._refuse()

    def __getitem__(cls, _parameters: object) -> Absent:
        return cls

    def __iter__(cls) -> NoReturn:
        cls._refuse()

    # v0.7's constants are used in f-strings and as paths.

    def __format__(cls, _spec: str) -> NoReturn:
        cls._refuse()

    def __truediv__(cls, _name: object) -> NoReturn:
        cls._refuse()

    def __fspath__(cls) -> NoReturn:
        cls._refuse()

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("__"):  # Python asks, not the program
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        cls._refuse()


def absent(module: str, name: str, instead: str) -> Absent:
    """The stand-in for ``module.name``."""
    return Absent(name, (), {"__module__": module, "__doc__": f"v0.7's: {instead}.", "instead": instead})


def warn_once(what: str, instead: str) -> None:
    """Warn that ``what`` changes nothing here, the first time that it is used in this process."""
    if what not in _warned:
        _warned.add(what)
        warnings.warn(f"{what} is v0.7's and changes nothing: {instead}.", NoCounterpartWarning, stacklevel=3)
