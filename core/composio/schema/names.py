"""Build names: of actions from summaries, of properties for a provider, of tools within a limit.

Everything here is deterministic: the same name results in every process, whatever the order of the input.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from composio.schema.dialect import PLAIN, Dialect

__all__ = ["SLUG_LIMIT", "action_slug", "app_slug", "hash_name", "property_aliases", "slugify", "tool_name"]

SLUG_LIMIT = 64
_HASH_LENGTH = 8
_KEY_LIMIT = 64
# Names that a method cannot take as a keyword argument, besides Python's keywords.
_RESERVED = frozenset({"self", "cls"})

_NOT_ALNUM = re.compile(r"[^A-Za-z0-9]+")
_NOT_PORTABLE = re.compile(r"[^A-Za-z0-9_.-]+")
# createIssue, v2List, HTTPServer; but not the plural in getIDs.
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))")


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """Return ``text`` in upper snake case, ASCII only; "" if nothing is left.

    A sentence keeps its words whole (``Get GitHub's API`` is ``GET_GITHUB_S_API``, as in v0.7); a single word is an
    operation id and is split at its capitals (``PostCustomersCustomer`` is ``POST_CUSTOMERS_CUSTOMER``).
    """
    folded = _fold(text.strip())
    if len(folded.split(maxsplit=1)) < 2:
        folded = _CAMEL.sub("_", folded)
    return _NOT_ALNUM.sub("_", folded).strip("_").upper()


def app_slug(app_key: str) -> str:
    """Return the prefix of an app's action names, before the ``_``.

    It is the app's key, after ``APP_`` unless it begins with a letter.
    """
    app = slugify(app_key)
    return app if app[:1].isalpha() else f"APP_{app}".rstrip("_")


def action_slug(app_key: str, text: str) -> tuple[str, str]:
    """Return a slug for ``text`` and its long form, which differ only if the long form exceeds 64 characters.

    Both match ``^[A-Z][A-Z0-9_]*$``. ``text`` is the operation's summary or else its id; one without any ASCII letter or digit
    is named by its hash.
    """
    long = f"{app_slug(app_key)}_{slugify(text) or _hash(text)}"
    return tool_name(long, SLUG_LIMIT), long


def tool_name(slug: str, limit: int) -> str:
    """Truncate ``slug`` to ``limit`` characters, with a hash of the whole at the cut, so that long names stay distinct."""
    if len(slug) <= limit:
        return slug
    if limit <= _HASH_LENGTH + 1:
        return _hash(slug)[: max(limit, 0)]
    return hash_name(slug, slug, limit)


def hash_name(slug: str, of: str, limit: int = SLUG_LIMIT) -> str:
    """Return the beginning of ``slug`` and a hash of the full value, in ``limit`` characters."""
    return f"{slug[: limit - _HASH_LENGTH - 1].rstrip('_')}_{_hash(of)}"


def property_aliases(names: Iterable[str], dialect: Dialect = PLAIN) -> dict[str, str]:
    """Map each of ``names`` to a name that ``dialect`` allows; a valid name stays unchanged.

    The result is unique and independent of the order of ``names``: ``$top`` is ``top`` unless there is a real ``top``, then it
    is ``top_`` and a hash.
    """
    return dict(_aliases(tuple(sorted(set(names))), dialect))


@lru_cache(maxsize=4096)
def _aliases(names: tuple[str, ...], dialect: Dialect) -> tuple[tuple[str, str], ...]:
    fits = re.compile(dialect.key_pattern)
    found = {name: name for name in names if _is_allowed(name, fits, dialect)}
    taken = set(found)
    for name in names:
        if name not in found:
            found[name] = next(c for c in _candidates(name, dialect) if c not in taken and _is_allowed(c, fits, dialect))
            taken.add(found[name])
    return tuple(found.items())


def _is_allowed(name: str, fits: re.Pattern[str], dialect: Dialect) -> bool:
    if not fits.fullmatch(name):
        return False
    if not dialect.identifiers:
        return True
    # A leading underscore makes a private attribute of a pydantic field, which several frameworks build.
    return name.isascii() and name.isidentifier() and name[0] != "_" and not keyword.iskeyword(name) and name not in _RESERVED


def _candidates(name: str, dialect: Dialect) -> Iterable[str]:
    """Yield names for ``name``, the most readable first; infinite, so that some candidate is always free."""
    separators = _NOT_ALNUM if dialect.identifiers else _NOT_PORTABLE
    base = separators.sub("_", _fold(name)).strip("_.-") or "field"
    if dialect.identifiers:
        if keyword.iskeyword(base) or base in _RESERVED:
            yield f"{base}_"
        if not base[0].isalpha():
            base = f"n{base}"
    yield base
    for limit in (_KEY_LIMIT, 48, 32, 24, 16):  # a dialect's pattern may allow less than the portable 64
        yield tool_name(base, limit)
        yield f"{base[: limit - _HASH_LENGTH - 1].rstrip('_.-')}_{_hash(name)}"
    # Nothing above is free, or the pattern allows none of it.
    for count in range(1_000):
        yield f"p{_hash(f'{name}#{count}').lower()}"
    raise ValueError(f"Dialect.key_pattern {dialect.key_pattern!r} allows no name for the property {name!r}.")


def _fold(text: str) -> str:
    """Return ``text`` without accents; any other non-ASCII character becomes ``_``."""
    if text.isascii():
        return text
    plain = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if c.isascii() else "_" for c in plain)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH].upper()
