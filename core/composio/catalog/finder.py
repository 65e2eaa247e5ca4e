"""Find actions by name, by app and tag, or by a sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from composio.catalog.apps import prefix_of
from composio.catalog.compiled import CompiledApps
from composio.catalog.definition import AppDefinition
from composio.catalog.read import ActionRow
from composio.errors import ActionNotFound, InvalidRequest, TagNotFound, nearest
from composio.former.apps import explain_missing
from composio.former.names import explain_gone
from composio.model.names import Tag
from composio.process.forks import cached
from composio.schema.names import slugify

if TYPE_CHECKING:
    from composio.catalog.search import Hit, Searcher

__all__ = ["ActionFinder"]

_log = logging.getLogger("composio")
# Up to this many apps are all compiled for a search that names none; of more, as many as match the query.
_FEW, _LIKELY = 30, 8
_LOOKS = 3  # if the catalog changes while it is searched
_IMPORTANT = "important"
_SUGGESTED = 3
_SLIP = 0.92  # similarity of a mistyped name
_MOST_SHARING = 5  # operations with one name that an error lists


class ActionFinder:
    """Thread-safe. Compiles what is requested first."""

    def __init__(self, compiled: CompiledApps) -> None:
        self._compiled = compiled
        self._database, self._read, self._known = compiled.database, compiled.read, compiled.known

    @cached
    def _searcher(self) -> Searcher:
        from composio.catalog.search import Searcher

        return Searcher()

    def find(self, name: str) -> int:
        """Return the id of the action with a slug, alias or long form, in any case. Raises ``ActionNotFound``."""
        wanted = str(name).strip().upper()
        if (app := wanted.lower()) in self._known.definitions():
            raise ActionNotFound(str(name), hint=f"{app!r} is an app: apps=[{app!r}] asks for its tools.")
        candidates = self._known.owners_of(wanted)
        for key in candidates:
            found = self._read.find(wanted, [self._compiled.ensure(key)])
            if found is not None:
                return found
        compiled = [key for key in self._read.compiled() if key in self._known.definitions()]
        found = self._read.find(wanted, [self._compiled.ensure(key) for key in compiled])
        if found is not None:
            return found
        for key, error in sorted(self._known.broken().items(), key=lambda one: -len(one[0])):
            if wanted.startswith(prefix_of(key)):
                raise error
        lost = self._read.why_lost(wanted, candidates or compiled)
        if lost is not None and lost.slugs:
            raise ActionNotFound(str(name), lost.slugs[:_MOST_SHARING], why=str(lost))
        gone = "" if candidates else explain_gone(wanted) or explain_missing(wanted)
        similar = [] if gone else self._similar(wanted, candidates or compiled)
        raise ActionNotFound(str(name), similar, why=str(lost or ""), hint=gone)

    def _similar(self, name: str, apps: Iterable[str]) -> list[str]:
        """Return known names like ``name``: typos first, then by meaning, then by spelling.

        The app's own name is left out of the comparison, as all actions of the app share it.
        """
        own = {key: prefix_of(key) for key in apps}
        prefix = next((p for p in own.values() if name.startswith(p)), "")
        version = self._database.version()
        words = name.removeprefix(prefix).replace("_", " ").lower()
        meant = self._database.read(lambda c: self._searcher.search_name(c, version, words, own, _SUGGESTED))
        known = {n.removeprefix(prefix): n for n in self._read.names(own)}
        typed = get_close_matches(name.removeprefix(prefix), known, _SUGGESTED, _SLIP)
        found = list(dict.fromkeys((*(known[n] for n in typed), *meant)))
        if len(found) < _SUGGESTED:
            found += [known[n] for n in nearest(name.removeprefix(prefix), known) if known[n] not in found]
        return found[:_SUGGESTED]

    def select(self, apps: Sequence[str], tags: Sequence[str], everything: bool) -> list[int]:
        """Return the ids of the actions of ``apps`` with one of ``tags``.

        Without tags the important ones, or ``everything``.
        """
        if not apps and not tags:
            return []
        named = " ".join(str(tag) for tag in tags if str(tag).isupper())
        keys = list(dict.fromkeys(self._known.definition(app).app.key for app in apps)) or self._apps_to_search(named)
        rows = {key: self._compiled.rows(self._compiled.ensure(key)) for key in keys}
        if tags:
            fits = _tag_filter(tags, rows)
            return [row.id for key in keys for row in rows[key] if fits(key, row)]
        return [row.id for key in keys for row in rows[key] if everything or row.important]

    def search(self, use_case: str, apps: Sequence[str], limit: int, *, in_steps: bool = False) -> list[str]:
        """Return the slugs of the actions that match a sentence, best first; ``in_steps`` those of a task, in call order."""
        from composio.catalog.search import check

        check(use_case)
        keys = [self._compiled.ensure(self._known.definition(app).app.key) for app in apps] or self._apps_to_search(use_case)
        names = {key: self._known.name_of(key) for key in keys}
        for _ in range(_LOOKS):
            version = self._database.version()
            found = self._database.read(
                partial(_ask, self._searcher.chain if in_steps else self._searcher.search, version, use_case, names, limit)
            )
            # Checking whether hundreds of apps are current takes longer than a search: only the apps in the result are checked.
            for app in dict.fromkeys(one.app for one in found):
                self._compiled.ensure(app)
            if self._database.version() == version:
                break
        return [one.slug for one in found]

    def _apps_to_search(self, text: str) -> list[str]:
        """Return where to search if no app was named: what is compiled or named in ``text``; else apps whose files match it."""
        known = self._known.definitions()
        said = f"_{slugify(f'{text} ')}_"
        compiled = set(self._read.compiled())
        # Users edit what they added, so it is checked each time.
        keys = [
            key if key in compiled and self._known.is_brought(key) else self._compiled.ensure(key)
            for key in known
            if key in compiled or _pad(key) in said or _pad(self._known.name_of(key)) in said
        ]
        return keys or [self._compiled.ensure(key) for key in self._likely(text, known)]

    def _likely(self, text: str, known: Mapping[str, AppDefinition]) -> list[str]:
        """Return the apps to compile if none is: all if they are few, as compiling hundreds takes minutes."""
        if len(known) <= _FEW:
            return list(known)
        from composio.catalog.search.words import asked, stems

        wanted = set(asked(text))
        told = {k: f"{one.app.name} {one.app.description} {' '.join(one.app.categories)}" for k, one in known.items()}
        fit = {key: len(wanted.intersection(stems(words))) for key, words in told.items()}
        likely = sorted((key for key, count in fit.items() if count), key=lambda key: (-fit[key], key))[:_LIKELY]
        if not likely:
            raise InvalidRequest(
                "No app is compiled yet, and none of them sounds like it. Name some (apps=[...]; `composio apps` lists them), or"
                " compile all of them once: `composio apps update --all`."
            )
        _log.info("Searching %s: no other app is compiled yet; `composio apps update --all` compiles them", ", ".join(likely))
        return likely


def _ask(look: Callable[..., list[Hit]], *asked: object) -> list[Hit]:
    """Call the searcher, whose first argument is the connection, last here."""
    *more, connection = asked
    return look(connection, *more)


@lru_cache(maxsize=4096)
def _pad(name: str) -> str:
    """Return a name as it appears between other words of a slug."""
    return f"_{slugify(name)}_"


def _tag_filter(tags: Sequence[str], rows: Mapping[str, Sequence[ActionRow]]) -> Callable[[str, ActionRow], bool]:
    """Return whether an app's action has one of ``tags``.

    A tag matches exactly; in any case if the caller's has none; or in v0.7's form, in upper case after its app's name:
    ``GITHUB_ISSUES``. Raises ``TagNotFound`` for a tag that none of ``rows`` has.
    """
    known = {key: {tag for row in rows[key] for tag in row.tags} for key in rows}
    wanted: set[tuple[str, str]] = set()
    for tag in tags:
        text = str(tag)
        found = {(key, text) for key in known if text in known[key] or text == _IMPORTANT}
        if isinstance(tag, Tag) and tag.any_case:
            found = {(key, one) for key in known for one in known[key] if _alike(one) == _alike(text)}
        if not found and text.isupper():
            found = _of_an_app(text, known)
        if not found and text != _IMPORTANT:
            raise TagNotFound(text, nearest(text, [*set().union(*known.values()), _IMPORTANT]))
        wanted |= found
    return lambda key, row: (row.important and (key, _IMPORTANT) in wanted) or any((key, one) in wanted for one in row.tags)


def _of_an_app(text: str, known: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """v0.7's ``APP_TAG``; its ``DEFAULT`` was every app's ``important``."""
    if text == "DEFAULT":
        return {(key, _IMPORTANT) for key in known}
    own = {key: text.removeprefix(prefix_of(key)) for key in known if text.startswith(prefix_of(key))}
    return {(key, one) for key, rest in own.items() for one in {*known[key], _IMPORTANT} if _alike(one) == _alike(rest)}


def _alike(tag: str) -> str:
    return slugify(tag.casefold())
