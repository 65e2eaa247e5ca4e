"""Find the apps that a sentence names: ``monday.com``, ``Google Calendar``, ``my calendar`` if one app's name fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from composio.catalog.search.meaning import is_verb

__all__ = ["apps_named"]

_WORD = re.compile(r"[^\W_]+")
# ``facebook/react`` is a repository, whatever its owner's name.
_PATH = re.compile(r"(?<![\w/:.])[\w.-]*[a-z0-9][\w.-]*/[\w-]*[a-z0-9][\w.-]*(?![\w/])")
_LONGEST = 4  # words of a name
_TEXT = 2_000  # characters examined
# Makers of several apps, which people call by the rest of their names.
_MAKERS = frozenset({"amazon", "google", "microsoft", "zoho"})
_ENDINGS = frozenset({"app", "com", "dev", "io", "ai", "net", "org"})
# Names that are mostly words for a time.
_TIMES = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "may", "march", "august"})
# Words before a noun, and before the name of an app.
_DETERMINERS = frozenset(
    "a all an any each every her his its my our that the their these this those your".split()  # noqa: SIM905 - a list to read
)
_PLACES = frozenset({"at", "by", "from", "in", "into", "of", "on", "to", "using", "via", "with"})


def apps_named(text: str, apps: Mapping[str, str]) -> dict[str, str]:
    """Return the apps that ``text`` names, of those given by key with their names.

    Each comes with the word that names it, which may have another meaning; "" if the name has several words, which is hardly
    ambiguous.
    """
    known = _by_form(tuple(apps.items()))
    words = [(word, word.lower()) for word in _WORD.findall(_PATH.sub(" ", text[:_TEXT]))]
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            own = [lower for _, lower in words[at : at + length]]
            if length > 1 and own[0] in _TIMES and own[1] not in _ENDINGS:
                continue
            named = known.get("".join(own))
            if named:
                alone = own[0] if length == 1 else ""
                if not (alone in _TIMES and words[at][0].islower()) and not _is_verb_here(words, at, length):
                    found |= {app: alone for app in named if app not in found}
                at += length - 1
                break
        at += 1
    return found


def _is_verb_here(words: Sequence[tuple[str, str]], at: int, length: int) -> bool:
    """Return whether an app's one-word name is a verb here: ``close the issue``, but not ``a lead in Close``."""
    if length > 1 or at + 1 >= len(words) or not is_verb(words[at][1]):
        return False
    is_name = at > 0 and (words[at][0][:1].isupper() or words[at - 1][1] in _PLACES)
    return not is_name and words[at + 1][1] in _DETERMINERS


@lru_cache(maxsize=8)
def _by_form(apps: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, name in apps:
        for form in _forms(key, name):
            own = found.setdefault(form, [])
            if key not in own:
                own.append(key)
    return found


def _forms(key: str, name: str) -> Iterable[str]:
    """Return the possible names of an app, in lower case without separators."""
    words = [word.lower() for word in _WORD.findall(name)]
    yield "".join(key.split("_"))
    yield "".join(words)
    if len(words) > 1 and words[-1].endswith("s"):  # an item that the app is named after: "a Google Sheet"
        yield "".join(words)[:-1]
    if len(words) > 1 and words[0] in _MAKERS:
        yield "".join(words[1:])
    if len(words) > 1 and words[-1] in _ENDINGS:
        yield "".join(words[:-1])
