"""Name actions, so that a name never moves to another operation.

An operation is named after its summary, else its operationId, else its method and path. Operations that share a summary are all
named after their operationIds, so that no name depends on the order of a description. A former name stays with its operation
(:attr:`AppDefinition.handed_out`), and names nothing once the operation is gone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice

from composio.catalog.definition import AppDefinition
from composio.catalog.importers.document import Document
from composio.catalog.importers.operations import Named, Operation, by_reference, operations, referred
from composio.errors import SpecError
from composio.schema.fold import fold_identifier, fold_path, fold_summary, is_plain, lighten_summary
from composio.schema.names import SLUG_LIMIT, action_slug, app_slug, hash_name, slugify

__all__ = ["name_all"]

# Several times the number of the largest known API.
_MOST = 100_000
# Steps of naming: all candidates of one step are settled before the next.
_EXACT, _LIGHT, _SHORT, _IDENTIFIER, _PLACE, _FOLDED = range(6)
# Number of shorter forms to try per operation; if these all collide, no short form is unique.
_TRIES = 400

_PARAMETER = re.compile(r"\{[^{}]*\}")
_VERSION = re.compile(r"/v\d+(?:\.\d+)*(?:(?:alpha|beta|p)\d+)*(?=/|$)", re.IGNORECASE)


def name_all(document: Document, definition: AppDefinition) -> list[Named]:
    """Return slugs and aliases of all operations, independent of their order.

    Aliases, if unambiguous, are: the definition's own, former names, the long form of a shortened slug, the operationId's form.
    Raises ``SpecError`` for more operations than any real API has.
    """
    app = definition.app.key
    found: list[Named] = []
    for operation in operations(document):
        if len(found) == _MOST:
            raise SpecError(f"{app}: the API description has more than {_MOST} operations; give one of a part of the API.")
        found.append(Named(operation, ""))
    names = _Names(app, found, _owners(found, definition.handed_out))
    names.give_slugs()
    _declare(document, definition, found, names)
    names.give_former()
    names.give_others()
    return found


class _Names:
    """Assigned names. ``owners`` maps former names to operations, None for one that is gone."""

    def __init__(self, app: str, found: Sequence[Named], owners: Mapping[str, Named | None]) -> None:
        self._app, self._found, self._owners, self._head = app, found, owners, _head(found)
        self._identified: dict[str, Operation | None] = {}
        for named in found:
            for name in self._identifiers(named.operation):
                is_other = self._identified.setdefault(name, named.operation) is not named.operation
                self._identified[name] = None if is_other else named.operation
        self._taken: dict[str, Named] = {}
        self._contested: set[str] = set()

    def give_slugs(self) -> None:
        """Assign slugs: each operation gets its first candidate that no other one has or wants at the same step."""
        waiting = [
            (named, candidates := _candidates(self._app, named.operation, self._head), next(candidates))
            for named in self._found
        ]
        while waiting:
            step = min(at for _, _, (at, _) in waiting)
            wanted: defaultdict[str, list[Named]] = defaultdict(list)
            for named, _, (at, name) in waiting:
                if at == step:
                    wanted[name].append(named)
            self._settle(wanted, step)
            waiting = [
                (named, candidates, next(candidates) if proposal[0] == step else proposal)
                for named, candidates, proposal in waiting
                if not named.slug
            ]

    def _settle(self, wanted: Mapping[str, list[Named]], step: int) -> None:
        for name, group in wanted.items():
            if len(group) > 1:
                self._contest(name, group, told=step == _EXACT)
            elif name not in self._contested and self._is_free(name, group[0], step):
                group[0].slug = name
                self._taken[name] = group[0]

    def _contest(self, name: str, group: Iterable[Named], *, told: bool) -> None:
        self._contested.add(name)
        for named in group if told else ():
            named.shared.append(name)

    def _is_free(self, name: str, named: Named, step: int) -> bool:
        # Not even if it is free: it is the operationId of another operation.
        is_shortened = step not in (_EXACT, _IDENTIFIER, _PLACE)
        if is_shortened and self._identified.get(name, named.operation) is not named.operation:
            return False
        return self._taken.get(name, named) is named and self._owners.get(name, named) is named

    def give_alias(self, name: str, named: Named) -> bool:
        """Give ``named`` another name; return False if it is taken."""
        if self._taken.setdefault(name, named) is not named:
            return False
        if name != named.slug and name not in named.aliases:
            named.aliases.append(name)
        return True

    def give_former(self) -> None:
        """Restore the former names of all operations."""
        for name, owner in self._owners.items():
            if owner is not None:
                self.give_alias(name, owner)

    def give_others(self) -> None:
        """Add aliases from the long forms, then from the operationIds, if they are unique."""
        for forms in (self._summaries, self._identifiers, self._places):
            wanted: defaultdict[str, list[Named]] = defaultdict(list)
            for named in self._found:
                for name in dict.fromkeys(forms(named.operation)):
                    wanted[name].append(named)
            for name, group in wanted.items():
                if len(group) > 1 and name not in self._contested:
                    self._contest(name, group, told=True)
                elif name not in self._contested and self._is_free(name, group[0], _EXACT):
                    self.give_alias(name, group[0])

    def _summaries(self, operation: Operation) -> Iterable[str]:
        text = operation.text("summary")
        return action_slug(self._app, text) if slugify(text) else ()

    def _identifiers(self, operation: Operation) -> Iterable[str]:
        identifier = operation.text("operationId")
        texts = [text for text in (identifier, _without_app(self._app, identifier)) if slugify(text)]
        return chain.from_iterable(action_slug(self._app, text) for text in texts)

    def _places(self, operation: Operation) -> Iterable[str]:
        """Return names from method and path, if nothing else names the operation."""
        said = [action_slug(self._app, operation.text(key))[0] for key in ("summary", "operationId")]
        is_named = any(name in self._taken and self._taken[name].operation is operation for name in said)
        return () if is_named else action_slug(self._app, operation.place)


def _candidates(app_key: str, operation: Operation, head: str) -> Iterator[tuple[int, str]]:
    """Yield slugs to try, the best first, each with its step; infinite. Shorter forms of operationIds omit ``head``."""
    app = app_slug(app_key)
    words, room = app.split("_"), SLUG_LIMIT - len(app) - 1
    summary, identifier = operation.text("summary"), _without_app(app_key, operation.text("operationId"))
    # A summary in another script leaves nothing, and a placeholder would be meaningless.
    said, called, place = slugify(summary), slugify(identifier), slugify(operation.place)
    if 0 < len(said) <= room:
        yield _EXACT, f"{app}_{said}"
    elif said and (light := lighten_summary(summary, words, room)):
        yield _LIGHT, f"{app}_{light}"
    elif said and (short := _short(summary, identifier, words, room)):
        yield _SHORT, f"{app}_{short}"
    if 0 < len(called) <= room:
        yield _IDENTIFIER if said else _EXACT, f"{app}_{called}"
    plain = is_plain(identifier)
    if not plain and len(place) <= room:
        yield _PLACE if said or called else _EXACT, f"{app}_{place}"
    folded = fold_identifier(identifier.removeprefix(head), words, room)
    paths = fold_path(operation.method, operation.path, words, room)
    shorter = chain(folded, [place] if len(place) <= room else [], paths) if plain else chain(paths, folded)
    tried: set[str] = set()
    for name in islice(shorter, _TRIES):
        if name not in tried:
            yield _FOLDED + len(tried), f"{app}_{name}"
            tried.add(name)
    for attempt in count():
        yield _FOLDED + len(tried) + attempt, hash_name(f"{app}_{called or said or place}", operation.key + "*" * attempt)


def _short(summary: str, identifier: str, app: list[str], room: int) -> str | None:
    """Return a summary that is too long even without its articles, or the operationId if that is a shorter form of it."""
    folded = next(fold_summary(summary, app, room), None)
    called = slugify(identifier)
    if is_plain(identifier) and len(called) <= room and (folded is None or len(called) < len(folded)):
        return called
    return folded


def _without_app(app: str, identifier: str) -> str:
    """Drop the app's name from the front of ``gmail.users.messages.send``, as the slug begins with it anyway."""
    head, separator, rest = identifier.partition(".")
    return rest if separator and rest and slugify(head) == slugify(app) else identifier


def _head(found: Iterable[Named]) -> str:
    """Return ``aiplatform.`` if every operationId begins with it, as in Google's APIs."""
    heads = {named.operation.text("operationId").partition(".")[:2] for named in found}
    return "".join(heads.pop()) if len(heads) == 1 and all(dot for _, dot in heads) else ""


def _owners(found: Iterable[Named], handed_out: Mapping[str, str]) -> dict[str, Named | None]:
    """Return the operation of each former name, None if it is gone.

    It is still the same if its parameters have other names, or its path another version.
    """
    exact = {named.operation.key: named for named in found}
    known = set(handed_out.values())
    moved: dict[str, Named] = {}
    for form in (_nameless, _versionless):
        before, now = defaultdict(list), defaultdict(list)
        for key in known - exact.keys():
            before[form(key)].append(key)
        for key in exact.keys() - known:
            now[form(key)].append(key)
        moved |= {
            keys[0]: exact[now[same][0]]
            for same, keys in before.items()
            if len(keys) == len(now.get(same, ())) == 1 and keys[0] not in moved
        }
    return {name: exact.get(key) or moved.get(key) for name, key in handed_out.items()}


def _nameless(key: str) -> str:
    return _PARAMETER.sub("{}", key)


def _versionless(key: str) -> str:
    return _VERSION.sub("", _nameless(key))


def _declare(document: Document, definition: AppDefinition, found: list[Named], names: _Names) -> None:
    table = by_reference(found)
    for name, reference in definition.aliases.items():
        target = referred(table, reference)
        if target is None:
            document.warn(f"{definition.file.name}: aliases: {name}: no operation is called {reference!r}")
        elif not names.give_alias(name.upper(), target):
            document.warn(f"{definition.file.name}: aliases: {name} is another action's slug; the slug keeps it")
