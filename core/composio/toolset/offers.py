"""Which tools were handed out with which processors, so that the calls that come back are run the same way.

Three places, the surest first: the list that ``get_tools`` returned and that the caller passes back; the current context, so
that threads, tasks and requests never see each other's; the toolset, where all its offers of a name agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar, overload
from weakref import ref

from composio.errors import InvalidRequest
from composio.model.action import ActionModel
from composio.model.call import NO_OPTIONS, CallOptions
from composio.model.processors import NO_PROCESSORS, Processors
from composio.process.forks import lock
from composio.schema.dialect import Dialect
from composio.schema.names import property_aliases

__all__ = ["NOBODY", "Offer", "Offers", "Tools", "Whose", "spelling"]

ToolT = TypeVar("ToolT")


@dataclass(frozen=True, slots=True)
class Whose:
    """For whom: an entity, one of its connections, or neither where nothing was said. ``from_run`` leaves the entity to the run."""

    entity_id: str | None = None
    connected_account_id: str | None = None
    from_run: bool = False


NOBODY = Whose()


def spelling(action: ActionModel, dialect: Dialect) -> Mapping[str, str]:
    """The names that a model is shown for arguments that its provider would reject."""
    names = action.parameters.get("properties") or ()
    return {name: alias for name, alias in property_aliases(names, dialect).items() if alias != name} if names else {}


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool as it was handed out. ``whose`` is what ``get_tools`` was given.

    ``spelling`` has the names that a model was shown for arguments whose own a provider rejects.
    """

    name: str
    action: str | ActionModel
    processors: Processors = NO_PROCESSORS
    whose: Whose = NOBODY
    options: CallOptions = NO_OPTIONS
    spelling: Mapping[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The name of its action."""
        return self.action if isinstance(self.action, str) else self.action.slug

    @property
    def entity_id(self) -> str | None:
        """The entity that ``get_tools`` was given."""
        return self.whose.entity_id


class Tools(list[ToolT]):
    """What ``get_tools`` returns: a plain list that remembers its offers, for ``handle_tool_calls(response, tools=tools)``."""

    __slots__ = ("offers",)

    def __init__(self, tools: Iterable[ToolT] = (), offers: Mapping[str, Offer] | None = None) -> None:
        super().__init__(tools)
        self.offers: Mapping[str, Offer] = MappingProxyType(dict(offers or {}))

    @overload
    def __add__(self, other: list[ToolT]) -> Tools[ToolT]: ...
    @overload
    def __add__(self, other: list[Any]) -> list[Any]: ...
    def __add__(self, other: list[Any]) -> list[Any]:
        """Both lists' tools, and their offers where ``other`` came from ``get_tools`` too."""
        offers = {**self.offers, **(other.offers if isinstance(other, Tools) else {})}
        return Tools([*self, *other], offers)

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[ToolT]]]:
        return list, (list(self),)  # a copy elsewhere is a list of tools; processors don't travel


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest offer of a name, and whether all before it agreed. Bounded, however many offers there were."""

    offer: Offer
    same_processors: bool = True
    same_entity: bool = True
    same_connection: bool = True

    def then(self, offer: Offer) -> _Known:
        return _Known(
            offer,
            self.same_processors and self.offer.processors == offer.processors,
            self.same_entity and self._entity(self.offer) == self._entity(offer),
            self.same_connection and self.offer.whose.connected_account_id == offer.whose.connected_account_id,
        )

    @staticmethod
    def _entity(offer: Offer) -> tuple[str | None, bool]:
        return offer.entity_id, offer.whose.from_run

    def unclear(self, given: Whose) -> str:
        """In what the offers of a name differ that the call itself does not say; empty where nothing is left to guess."""
        if not self.same_processors:
            return "processors"
        if not self.same_entity and given.entity_id is None:
            return "entity_id"
        return "" if self.same_connection or given != NOBODY else "connected_account_id"


class Offers:
    """The offers of one toolset."""

    def __init__(self) -> None:
        self._lock = lock()
        self._known: dict[str, _Known] = {}

    def add(self, offers: Mapping[str, Offer]) -> None:
        """Remember ``offers`` for the toolset and for the current context."""
        with self._lock:
            for name, offer in offers.items():
                known = self._known.get(name)
                self._known[name] = _Known(offer) if known is None else known.then(offer)
        everyone = _IN_CONTEXT.get()
        kept = {owner: theirs for owner, theirs in everyone.items() if owner() is not None}
        kept[ref(self)] = MappingProxyType({**everyone.get(ref(self), {}), **offers})
        _IN_CONTEXT.set(MappingProxyType(kept))

    def names(self) -> list[str]:
        """Every name that was handed out, here or elsewhere."""
        with self._lock:
            return sorted(self._known)

    def find(self, name: str, *, given: Whose = NOBODY) -> Offer | None:
        """The offer that a call to ``name`` answers; None where there was none.

        A context with offers of its own, such as a web request of one user, gets none of another entity's: the model that it
        asked was not given that tool. Raises ``InvalidRequest`` where the context made none and the toolset's differ: guessing would run somebody else's
        processors, or act as somebody else.
        """
        own = _IN_CONTEXT.get().get(ref(self), {})
        if name in own:
            return own[name]
        with self._lock:
            known = self._known.get(name)
        if known is None:
            return None
        if own and known.same_entity and not _may_use(known.offer.entity_id, given, own):
            return None
        what = known.unclear(given)
        if what:
            raise InvalidRequest(
                f"The tool {name!r} was handed out with different {what}, and not here. Say which was meant: pass the list that"
                " get_tools returned, handle_tool_calls(response, tools=tools)."
            )
        return known.offer


def _may_use(entity_id: str | None, given: Whose, own: Mapping[str, Offer]) -> bool:
    """Whether a context whose offers are ``own`` may use one that was made elsewhere for an entity, or for nobody."""
    if given.entity_id is not None and entity_id in (None, given.entity_id):
        return True  # it acts as whom the call names
    return entity_id in {one.entity_id for one in own.values()}


_NO_OFFERS: Mapping[ref[Offers], Mapping[str, Offer]] = MappingProxyType({})
_IN_CONTEXT: ContextVar[Mapping[ref[Offers], Mapping[str, Offer]]] = ContextVar("composio_offers", default=_NO_OFFERS)
