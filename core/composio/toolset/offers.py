"""Remember which tools were handed out with which processors, so that returning calls run the same way.

Offers are looked up in three places, in this order: the list from ``get_tools`` that the caller passes back; the current
context, so that threads, tasks and requests stay separate; the toolset, if all its offers of a name agree.
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
    """The entity and connection of an offer; both are None if unset. ``from_run`` takes the entity from the run."""

    entity_id: str | None = None
    connected_account_id: str | None = None
    from_run: bool = False


NOBODY = Whose()


def spelling(action: ActionModel, dialect: Dialect) -> Mapping[str, str]:
    """Shorter or safer argument names, shown to a model whose provider would reject the real ones."""
    names = action.parameters.get("properties") or ()
    return {name: alias for name, alias in property_aliases(names, dialect).items() if alias != name} if names else {}


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool as handed out. ``whose`` holds the arguments of ``get_tools``.

    ``spelling`` maps the argument names shown to the model if the provider rejects the real ones. ``selects`` is True if its
    definition has ``_select``.
    """

    name: str
    action: str | ActionModel
    processors: Processors = NO_PROCESSORS
    whose: Whose = NOBODY
    options: CallOptions = NO_OPTIONS
    spelling: Mapping[str, str] = field(default_factory=dict)
    selects: bool = False

    @property
    def slug(self) -> str:
        """The name of the action."""
        return self.action if isinstance(self.action, str) else self.action.slug

    @property
    def entity_id(self) -> str | None:
        """The entity passed to ``get_tools``."""
        return self.whose.entity_id


class Tools(list[ToolT]):
    """The list from ``get_tools``: it remembers its offers, for ``handle_tool_calls(response, tools=tools)``."""

    __slots__ = ("offers",)

    def __init__(self, tools: Iterable[ToolT] = (), offers: Mapping[str, Offer] | None = None) -> None:
        super().__init__(tools)
        self.offers: Mapping[str, Offer] = MappingProxyType(dict(offers or {}))

    @overload
    def __add__(self, other: list[ToolT]) -> Tools[ToolT]: ...
    @overload
    def __add__(self, other: list[Any]) -> list[Any]: ...
    def __add__(self, other: list[Any]) -> list[Any]:
        """Return the tools of both lists, with their offers if ``other`` came from ``get_tools`` too."""
        offers = {**self.offers, **(other.offers if isinstance(other, Tools) else {})}
        return Tools([*self, *other], offers)

    def __reduce__(self) -> tuple[type[list[Any]], tuple[list[ToolT]]]:
        return list, (list(self),)  # a copy in another process is a list of tools; processors are not pickled


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest offer of a name, and whether all earlier ones agreed. Its size is bounded."""

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
        """Return how the offers of a name differ, apart from what the call itself sets; empty if they are unambiguous."""
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
        """Remember ``offers`` for the toolset and the current context."""
        with self._lock:
            for name, offer in offers.items():
                known = self._known.get(name)
                self._known[name] = _Known(offer) if known is None else known.then(offer)
        everyone = _IN_CONTEXT.get()
        kept = {owner: theirs for owner, theirs in everyone.items() if owner() is not None}
        kept[ref(self)] = MappingProxyType({**everyone.get(ref(self), {}), **offers})
        _IN_CONTEXT.set(MappingProxyType(kept))

    def names(self) -> list[str]:
        """Return every name that was handed out, in any context."""
        with self._lock:
            return sorted(self._known)

    def find(self, name: str, *, given: Whose = NOBODY) -> Offer | None:
        """Return the offer that a call to ``name`` answers, or None.

        A context with its own offers, such as one user's web request, gets no offer of another entity: its model was not given
        that tool. Raises ``InvalidRequest`` if the context has no offers and the toolset's disagree: guessing could run the
        wrong processors or act for the wrong entity.
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
                f"The tool {name!r} was handed out with different {what}, but not in this context. Pass the list that"
                " get_tools returned, handle_tool_calls(response, tools=tools)."
            )
        return known.offer


def _may_use(entity_id: str | None, given: Whose, own: Mapping[str, Offer]) -> bool:
    """Return whether a context with the offers ``own`` may use an offer made elsewhere for an entity, or for nobody."""
    if given.entity_id is not None and entity_id in (None, given.entity_id):
        return True  # the call names its entity
    return entity_id in {one.entity_id for one in own.values()}


_NO_OFFERS: Mapping[ref[Offers], Mapping[str, Offer]] = MappingProxyType({})
_IN_CONTEXT: ContextVar[Mapping[ref[Offers], Mapping[str, Offer]]] = ContextVar("composio_offers", default=_NO_OFFERS)
