"""v0.7's model methods for dicts and JSON, for our frozen values and dicts."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, overload

__all__ = ["Dumps", "FormerName", "dump", "finite"]

T = TypeVar("T")

_Fields: TypeAlias = dict[str, Any]  # in a class with a method of that name


def dump(
    known: Mapping[str, Any],
    *,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    exclude_none: bool = False,
    **_options: Any,
) -> dict[str, Any]:
    """Return ``known``, by field, as new JSON-ready dicts and lists. Other options of pydantic's ``model_dump`` are ignored."""
    shown = {
        name: _plain(value, exclude_none)
        for name, value in known.items()
        if (include is None or name in include) and (exclude is None or name not in exclude)
    }
    return {name: value for name, value in shown.items() if value is not None} if exclude_none else shown


def _plain(value: Any, exclude_none: bool) -> Any:
    if isinstance(value, Dumps):
        return value.model_dump(exclude_none=exclude_none)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), exclude_none) for one in fields(value)}
    if isinstance(value, Mapping):
        # A None in it may have a meaning: a schema's `"default": null` does.
        return {name: _plain(inner, False) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, exclude_none) for inner in value]
    return deepcopy(value)


def finite(value: Any) -> Any:
    """Replace numbers that JSON cannot represent by null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: finite(inner) for name, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list | tuple) else value


class FormerName(Generic[T]):
    """Declare v0.7's name of an attribute: ``entityId = FormerName[str]("entity_id")``."""

    def __init__(self, attribute: str) -> None:
        self._attribute = attribute

    @overload
    def __get__(self, instance: None, owner: type[object]) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[object]) -> T: ...
    def __get__(self, instance: object, owner: type[object]) -> Self | T:
        if instance is None:
            return self
        value: T = getattr(instance, self._attribute)
        return value


class Dumps:
    """A value with ``model_dump``, ``model_dump_json``, ``dict`` and ``json``.

    :meth:`listing` is its JSON-ready form in listings. Dumps also have the attributes in ``FORMER``: v0.7's names of fields.
    """

    __slots__ = ()
    FORMER: ClassVar[tuple[str, ...]] = ()
    # v0.7's were pydantic models; these have no options.
    model_config: ClassVar[Mapping[str, object]] = MappingProxyType({})

    def listing(self) -> _Fields:
        """Return JSON-ready data for listings."""
        raise NotImplementedError

    def model_dump(self, **options: Any) -> _Fields:
        """Return all of it as new JSON-ready dicts and lists, with our names and v0.7's.

        Takes pydantic's ``include``, ``exclude`` and ``exclude_none``; other options are ignored.
        """
        return dump({**self.listing(), **{name: getattr(self, name) for name in self.FORMER}}, **options)

    def model_dump_json(self, *, indent: int | None = None, **options: Any) -> str:
        """Return the same as JSON text."""
        import json

        return json.dumps(self.model_dump(**options), indent=indent, ensure_ascii=False, default=str)

    def dict(self, **options: Any) -> _Fields:
        """Return the same as :meth:`model_dump`, under pydantic 1's name."""
        return self.model_dump(**options)

    def json(self, *, indent: int | None = None, **options: Any) -> str:
        """Return the same as :meth:`model_dump_json`, under pydantic 1's name."""
        return self.model_dump_json(indent=indent, **options)
