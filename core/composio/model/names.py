"""``Action``, ``App``, ``Tag``, ``Trigger``: names as strings with attribute access.

``Action.GITHUB_CREATE_AN_ISSUE``, ``Action("github_create_an_issue")`` and ``"GITHUB_CREATE_AN_ISSUE"`` are the same thing.
Nothing is looked up here: a name is resolved where it is used, so that importing never needs a catalog.
Source: documentation page "Fetching Tools".
"""

from __future__ import annotations

from typing import Any, Self

__all__ = ["Action", "App", "Tag", "Trigger"]


class _NameMeta(type):
    # Typed Any so that `Action.X` is an `Action` to the checker through the generated stubs, not an attribute error before them.
    def __getattr__(cls, name: str) -> Any:
        # Dunders and lower case are probes by inspect, pickle, pydantic and friends, never names of ours.
        if name.startswith("_") or not name.isupper():
            raise AttributeError(f"{cls.__name__!r} names are upper case: {cls.__name__}.{name.upper()}")
        return cls(name)


class _NameBase(str, metaclass=_NameMeta):
    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        return str.__new__(cls, str(value).upper())

    @property
    def value(self) -> str:
        """The plain string."""
        return str(self)

    @property
    def name(self) -> str:
        """The same as :attr:`value`; names and values never differ here."""
        return str(self)

    @property
    def slug(self) -> str:
        """The same as :attr:`value`, under the name that the v0.7 SDK used."""
        return str(self)

    def __str__(self) -> str:
        return str.__str__(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self}"


class Action(_NameBase):
    """An action's name, such as ``Action.GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER``."""

    __slots__ = ()


class App(_NameBase):
    """An app's name, such as ``App.GITHUB``."""

    __slots__ = ()


class Trigger(_NameBase):
    """A trigger's name, such as ``Trigger.GITHUB_STAR_ADDED_EVENT``."""

    __slots__ = ()


class Tag(_NameBase):
    """A tag's name. ``Tag("Issues")`` keeps its case, as tags are case-sensitive; ``Tag.IMPORTANT`` is ``"important"``.

    An attribute can't carry case, so ``Tag.ISSUES`` matches whichever spelling an app uses; see :attr:`any_case`.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        return str.__new__(cls, "important" if value == "IMPORTANT" else str(value))

    @property
    def any_case(self) -> bool:
        """True where the name came without a case of its own."""
        return self.isupper()
