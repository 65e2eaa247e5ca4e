"""``Action``, ``App``, ``Tag``, ``Trigger``: names as strings with attribute access.

``Action.GITHUB_CREATE_AN_ISSUE``, ``Action("github_create_an_issue")`` and ``"GITHUB_CREATE_AN_ISSUE"`` are the same thing.
Creating a name looks nothing up: it is resolved on use, so that importing never needs a catalog. v0.7's attributes
(``Action.X.app``, ``App.X.get_actions()``, ``for action in Action``) are looked up on access, with the program's most recent
client or toolset; unknown names raise the ``NotFoundError`` of the kind.
Source: documentation page "Fetching Tools".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Self

from composio.errors import NotAvailable, NotFoundError

if TYPE_CHECKING:
    from composio.model.action import ActionModel
    from composio.model.trigger import TriggerModel

__all__ = ["Action", "App", "Tag", "Trigger"]

# v0.7's, of the files in which it stored names.
_CACHED = frozenset({"cache", "cache_folder", "fetch_and_cache", "load_from_runtime", "storage"})


class _NameMeta(type):
    # Typed Any so that `Action.X` is an `Action` to the checker through the generated stubs, not an attribute error before them.
    def __getattr__(cls, name: str) -> Any:
        if name in _CACHED:
            _refuse(f"{cls.__name__}.{name}", "CACHE")
        # Dunders and lower case are probes by inspect, pickle, pydantic and friends, never names of ours.
        if name.startswith("_") or not name.isupper():
            raise AttributeError(f"{cls.__name__!r} names are upper case: {cls.__name__}.{name.upper()}")
        return cls(name)

    def __iter__(cls) -> Iterator[Any]:
        return iter(cls.all())


class _NameBase(str, metaclass=_NameMeta):
    __slots__ = ()

    @classmethod
    def all(cls) -> Iterator[Self]:
        """Return every known name."""
        return map(cls, cls.iter())

    @classmethod
    def iter(cls) -> Iterator[str]:
        """Return :meth:`all` as plain strings."""
        raise NotImplementedError

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

    @classmethod
    def iter(cls) -> Iterator[str]:
        """Return the slugs of all compiled actions, as plain strings."""
        return (action.slug for action in _client().actions.get(allow_all=True))

    def load(self) -> ActionModel:
        """Return its definition. Raises ``ActionNotFound`` with the closest names."""
        found: ActionModel = _client().actions.get(action=self)
        return found

    @property
    def app(self) -> str:
        """Its app's name, in upper case."""
        return self.load().app.upper()

    @property
    def tags(self) -> list[str]:
        """Its tags."""
        return list(self.load().tags)

    @property
    def no_auth(self) -> bool:
        """Whether calls need no credentials."""
        action = self.load()
        try:
            return action.no_auth or bool(_client().apps.get(action.app).no_auth)
        except NotFoundError:  # a function under @action without an app
            return action.no_auth

    @property
    def is_local(self) -> bool:
        """Whether it is a function under ``@action``."""
        return getattr(self.load().binding, "function", None) is not None

    @property
    def is_runtime(self) -> bool:
        """The same as :attr:`is_local`."""
        return self.is_local

    @property
    def version(self) -> str:
        """The version of its app's description."""
        return self.load().version

    @property
    def available_versions(self) -> list[str]:
        """The only version."""
        return self.load().available_versions

    @property
    def is_version_set(self) -> bool:
        """False: an action's version is that of the installed app."""
        return False

    def latest(self) -> Self:
        """Return the action itself."""
        return self

    def latest_base(self) -> Self:
        """Return the action itself."""
        return self

    def with_version(self, version: str) -> Self:
        """Return the action itself for ``latest``. Raises ``NotAvailable`` for any other version."""
        if version in ("latest", "latest:base"):
            return self
        return _refuse(f"Action.with_version({version!r})", "PINS")

    def __matmul__(self, version: str) -> Self:
        return self.with_version(version)


class App(_NameBase):
    """An app's name, such as ``App.GITHUB``."""

    __slots__ = ()

    @classmethod
    def iter(cls) -> Iterator[str]:
        """Return the keys of all known apps, in upper case."""
        return (app.key.upper() for app in _client().apps.get())

    @property
    def is_local(self) -> bool:
        """False for every known app: local tools are functions under ``@action``. Raises ``AppNotFound`` for others."""
        return _client().apps.get(self) is None

    def get_actions(self, tags: Iterable[str] | None = None) -> Iterator[Action]:
        """Return the names of all its actions, or of those with one of ``tags``."""
        wanted = list(tags or ())
        return (Action(action.slug) for action in _client().actions.get(apps=[self], tags=wanted or None, allow_all=not wanted))


class Trigger(_NameBase):
    """A trigger's name, such as ``Trigger.GITHUB_STAR_ADDED_EVENT``."""

    __slots__ = ()

    @classmethod
    def iter(cls) -> Iterator[str]:
        """Return the slugs of all apps' triggers, as plain strings."""
        return (trigger.slug for trigger in _client().triggers.get())

    def load(self) -> TriggerModel:
        """Return its definition. Raises ``TriggerNotFound`` with the closest names."""
        found: TriggerModel = _client().triggers.get(trigger_names=[self])[0]
        return found

    @property
    def app(self) -> str:
        """Its app's name, in upper case."""
        return self.load().app.upper()


class Tag(_NameBase):
    """A tag's name. ``Tag("Issues")`` keeps its case, as tags are case-sensitive; ``Tag.IMPORTANT`` is ``"important"``.

    An attribute has no case, so ``Tag.ISSUES`` matches any spelling of an app; see :attr:`any_case`.
    """

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        return str.__new__(cls, "important" if value == "IMPORTANT" else str(value))

    @property
    def any_case(self) -> bool:
        """Whether the name has no case of its own."""
        return self.isupper()

    @classmethod
    def iter(cls) -> Iterator[str]:
        """Return the tags of all compiled actions, as plain strings."""
        return iter(sorted({tag for action in _client().actions.get(allow_all=True) for tag in action.tags}))

    @property
    def app(self) -> str:
        """The key of the first app with this tag. Raises ``TagNotFound`` if there is none."""
        found: str = _client().actions.get(tags=[self], limit=1)[0].app
        return found


def _refuse(what: str, instead: str) -> NoReturn:
    from composio.former import names

    raise NotAvailable(f"{what} is v0.7's: {getattr(names, instead)}.")


def _client() -> Any:
    from composio.former.directory import newest_client

    return newest_client()
