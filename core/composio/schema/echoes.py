"""Remove from properties' descriptions what their name, format and keywords already say. Pure.

Every request pays for each definition it offers. ``hook_id`` needs no "The unique identifier of the hook."; a ``date-time``
needs no sentence about ISO 8601; an enum needs no sentence that lists it again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from composio.schema.keywords import subschemas
from composio.schema.prose import sentences

__all__ = ["drop_echoes"]

# Widths of numbers, for code generators.
_WIDTHS = frozenset(("double", "float", "int32", "int64"))
_NAME_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WORD = re.compile(r"[^\W_]+")
# Abbreviations in names. Prefixes alone are not enough: a name is no namespace.
_SHORT = {
    "app": "application",
    "config": "configuration",
    "desc": "description",
    "doc": "document",
    "env": "environment",
    "identifier": "id",
    "ids": "id",
    "info": "information",
    "msg": "message",
    "num": "number",
    "org": "organization",
    "param": "parameter",
    "ref": "reference",
    "repo": "repository",
}


def _stem(word: str) -> str:
    word = word.casefold()
    word = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return _SHORT.get(word, word)


# Words without a meaning of their own.
_EMPTY = frozenset(
    map(
        _stem,
        (
            *("a", "an", "the", "of", "for", "to", "in", "and", "or", "by", "on", "with", "from", "is", "this", "that", "its"),
            *("unique", "given", "specified", "result", "fetch", "return", "retrieve", "identifies"),
        ),
    )
)
# Words implied by a value's type.
_KINDS = {
    "array": frozenset(("list", "array")),
    "boolean": frozenset(("boolean", "flag", "if", "indicate", "whether")),
    "integer": frozenset(("number", "integer")),
    "string": frozenset(("string",)),
}
# Words implied by a list of its values.
_LISTS = frozenset(("choice", "field", "kind", "option", "property", "value"))
# Words for a property of the thing that the name refers to.
_AS = frozenset(("handle", "id", "key", "name", "number", "slug", "title", "url"))
# A sentence only about the format of a date and time.
_WRITTEN = re.compile(
    r"(?:this is a |an? |the |in |use |must be |should be |a valid )*(?:timestamp|date(?:[ -]?time)?)?(?: in| as| formatted as)*"
    r"(?: an?| the)? ?(?:iso[ -]?8601|rfc[ -]?3339)(?: (?:date[ -]?time|timestamp|string|format))*"
    r"(?::? [`(]*yyyy-mm-ddthh:mm:ssz[`)]*)?\.?",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"(?:(?:this )?(?:can|must|may|should) be(?: one of| either)?|(?:is )?(?:one of|either)|(?:the )?(?:allowed|possible|supported|valid|available) "
    r"(?:values|options)(?: are| include)?(?: one of)?):?(?: the following(?: values)?:?)? ([^\n]{1,400}?)\.?",
    re.IGNORECASE,
)
_DEFAULT = re.compile(r"(?:the )?defaults?(?: value)?(?: is| to|:| =)+ ([^\n]{1,80}?)\.?", re.IGNORECASE)
_OPTION = re.compile(r"`([^`]+)`|\"([^\"]+)\"|'([^']+)'|([\w.-]+)")
_NEEDED = re.compile(r"(?:this (?:field|parameter|property|value) is )?(required|mandatory|optional)\.?", re.IGNORECASE)
_ARTICLE = re.compile(
    r"(?:The|An?) (?=[a-z]{2,}[ ,.-]|[A-Z]\w)(?!(?:following|same|first|last|only|more|less|or|and|is|to|as)\b)"
)
_WHETHER = re.compile(r"(?:Indicates|Determines|Specifies|Defines|Controls|Sets) (?:whether|if)(?: or not)? ")
_LIST_OF = re.compile(r"(?:(?:An?|The) )?(?:list|array) of (?=[a-z])", re.IGNORECASE)
_UNIQUE = re.compile(r"(?:The |A )?unique (?:id|identifier)(?= (?:of|for)\b)", re.IGNORECASE)
# A sentence with more about it in parentheses at its end.
_ASIDE = re.compile(r"([^()]+) \(([^()]+)\)\.?")
# What a summary says about the tool itself: "(Legacy)".
_NOTE = re.compile(r" ?\([^()]*\)")
_PLAIN_WORD = re.compile(r"[a-z]{3,}\.?(?: |$)")
_Ways = tuple[frozenset[str], str, str]
_OF_IT = re.compile(r" of (?:the|an?|this) ([\w -]{1,40}?)(?=[.,(]| without\b|$)")


def drop_echoes(parameters: dict[str, Any], about: str = "") -> dict[str, Any]:
    """Shorten descriptions in ``parameters``, in place, without losing a word about a value's meaning or limits.

    ``about`` is the tool's summary: if it is about a single thing, "the name of the" thing says no more than "name".
    """
    subject = frozenset(map(_stem, _WORD.findall(_NOTE.sub("", about))[1:])) - _EMPTY
    waiting: list[tuple[Any, str, bool]] = [(parameters, "", False)]
    while waiting:
        here, name, needed = waiting.pop()
        if not isinstance(here, dict):
            continue
        if here.get("format") in _WIDTHS:
            del here["format"]
        if name and isinstance(here.get("description"), str):
            _trim(here, name, needed, subject)
        required = here.get("required") or ()
        for keyword, key, child in subschemas(here):
            if keyword == "properties":
                waiting.append((child, str(key), key in required))
            else:
                waiting.append((child, name if keyword == "items" else "", False))
    return parameters


def _trim(here: dict[str, Any], name: str, needed: bool, subject: frozenset[str]) -> None:
    kind = str(here.get("type"))
    if "enum" in here or "default" in here:
        parts = tuple(part for part in sentences(here["description"]) if not _is_said(part.strip(), here, needed))
        ways = _write(parts, name, kind, "enum" in here)
    else:
        ways = _write_plain(here["description"], name, kind, needed, here.get("format") == "date-time")
    rest, shorter, longer = ways
    if text := shorter if not rest or rest == subject else longer:
        here["description"] = text
    else:
        del here["description"]


@lru_cache(maxsize=8192)  # operations share their properties
def _write_plain(text: str, name: str, kind: str, needed: bool, is_time: bool) -> _Ways:
    """See :func:`_write`; for a value without an enum or a default."""
    return _write(_unsaid(text, needed, is_time), name, kind, False)


def _write(parts: tuple[str, ...], name: str, kind: str, has_enum: bool) -> _Ways:
    """Return the first sentence's words beyond name and type; the text without that sentence, and with it."""
    if not parts:
        return frozenset(), "", ""
    first = parts[0].strip()
    aside = _ASIDE.fullmatch(first)
    unknown = _unknown_words(name, aside[1] if aside else first)
    shorter = [*([_as_sentence(aside[2])] if aside else []), *parts[1:]]
    longer = list(parts)
    if not aside and len(unknown) == 1 and unknown <= _AS:
        (what,) = unknown
        longer[0] = f"{what.upper() if len(what) < 4 and what != 'key' else what.capitalize()}. "
    rest = unknown - _KINDS.get(kind, frozenset()) - (_LISTS if has_enum else frozenset())
    is_list = kind == "array"
    return rest, _plain(name, "".join(shorter).strip(), is_list), _plain(name, "".join(longer).strip(), is_list)


@lru_cache(maxsize=8192)
def _unsaid(text: str, needed: bool, is_time: bool) -> tuple[str, ...]:
    """Return the sentences about a value without an enum or a default that no other keyword says."""
    said = {"format": "date-time"} if is_time else {}
    return tuple(part for part in sentences(text) if not _is_said(part.strip(), said, needed))


def _as_sentence(aside: str) -> str:
    """Return the content of parentheses, capitalised unless it begins with a name."""
    return f"{aside[:1].upper()}{aside[1:]}. " if _PLAIN_WORD.match(aside) else f"{aside}. "


def _is_said(sentence: str, here: Mapping[str, Any], needed: bool) -> bool:
    """Return whether the value's keywords say the same as ``sentence``."""
    if found := _NEEDED.fullmatch(sentence):
        return (found[1].casefold() != "optional") is needed
    if here.get("format") == "date-time" and _WRITTEN.fullmatch(sentence):
        return True
    if (values := here.get("enum")) and (listed := _LISTED.fullmatch(sentence)):
        return _options(listed[1]) == {_spell(value) for value in values}
    if "default" in here and (found := _DEFAULT.fullmatch(sentence)):
        return found[1].strip("`'\" ").casefold() == _spell(here["default"]).casefold()
    return False


def _options(text: str) -> set[str]:
    return {next(filter(None, found)) for found in _OPTION.findall(text)} - {"or", "and"}


def _spell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@lru_cache(maxsize=8192)
def _unknown_words(name: str, sentence: str) -> frozenset[str]:
    """Return the words of a sentence that are not in its property's name."""
    known = {_stem(word) for word in _NAME_WORD.findall(name)}
    said = frozenset(map(_stem, _WORD.findall(sentence)))
    # Text in parentheses, quotes or code, and a number, is a fact even if the name has the word.
    if len(sentence) > 90 or said.isdisjoint(known) or re.search(r"[`\"(:;?/…]|\d", sentence):
        return frozenset(("",))
    return said - known - _EMPTY


@lru_cache(maxsize=8192)
def _plain(name: str, text: str, is_list: bool) -> str:
    """Rewrite ``text`` to follow the name: no article before the first noun, "Whether" for "Indicates whether"."""
    if found := _WHETHER.match(text):
        return f"Whether {text[found.end() :]}"
    if found := _UNIQUE.match(text):
        return f"ID{text[found.end() :]}"
    if is_list and (found := _LIST_OF.match(text)):
        return text[found.end()].upper() + text[found.end() + 1 :]
    if found := _ARTICLE.match(text):
        text = text[found.end()].upper() + text[found.end() + 1 :]
        end = text.find(".")
        if (of := _OF_IT.search(text, 0, end if end > 0 else len(text))) and not _unknown_words(name, of[1]):
            text = text[: of.start()] + text[of.end() :]
    return text
