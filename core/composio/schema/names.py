"""Names: of actions out of summaries, of properties that a provider would reject, of tools within a limit.

Everything here is deterministic: the same name comes out in every process, whatever the order of the input.
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
# Names that a method can't take as a keyword argument, besides Python's keywords.
_RESERVED = frozenset({"self", "cls"})

_NOT_ALNUM = re.compile(r"[^A-Za-z0-9]+")
_NOT_PORTABLE = re.compile(r"[^A-Za-z0-9_.-]+")
# createIssue, v2List, HTTPServer; but not the plural in getIDs.
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))")


@lru_cache(maxsize=4096)
def slugify(text: str) -> str:
    """``text`` in upper snake case, ASCII only; "" where nothing of it is left.

    A sentence keeps its words whole (``Get GitHub's API`` is ``GET_GITHUB_S_API``, as v0.7 named it); a single word is an
    operation id and is split at its capitals (``PostCustomersCustomer`` is ``POST_CUSTOMERS_CUSTOMER``).
    """
    folded = _fold(text.strip())
    if len(folded.split(maxsplit=1)) < 2:
        folded = _CAMEL.sub("_", folded)
    return _NOT_ALNUM.sub("_", folded).strip("_").upper()


def app_slug(app_key: str) -> str:
    """What the names of an app's actions begin with, before the ``_``: the app's key, behind ``APP_`` unless a letter begins it."""
    app = slugify(app_key)
    return app if app[:1].isalpha() else f"APP_{app}".rstrip("_")


def action_slug(app_key: str, text: str) -> tuple[str, str]:
    """A slug out of ``text`` and its long form, which are the same unless the long form exceeds 64 characters.

    Both match ``^[A-Z][A-Z0-9_]*$``. ``text`` is the operation's summary or else its id; one without any ASCII letter or digit
    is named by its hash.
    """
    long = f"{app_slug(app_key)}_{slugify(text) or _hash(text)}"
    return tool_name(long, SLUG_LIMIT), long


def tool_name(slug: str, limit: int) -> str:
    """``slug`` within ``limit`` characters: cut, with a hash of the whole at the cut, so that two long names stay two."""
    if len(slug) <= limit:
        return slug
    if limit <= _HASH_LENGTH + 1:
        return _hash(slug)[: max(limit, 0)]
    return hash_name(slug, slug, limit)


def hash_name(slug: str, of: str, limit: int = SLUG_LIMIT) -> str:
    """The beginning of ``slug`` and a hash of what it stands for, in ``limit`` characters."""
    return f"{slug[: limit - _HASH_LENGTH - 1].rstrip('_')}_{_hash(of)}"


def property_aliases(names: Iterable[str], dialect: Dialect = PLAIN) -> dict[str, str]:
    """Each of ``names`` to the name that ``dialect`` lets a model see; a name that fits stays as it is.

    No two share one, and the order of ``names`` does not matter: ``$top`` is ``top`` unless there is a real ``top``, then it
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
    """Names for ``name``, the most readable first; never ends, so that some candidate is always free."""
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
    # Nothing above is free, or the pattern knows none of it.
    for count in range(1_000):
        yield f"p{_hash(f'{name}#{count}').lower()}"
    raise ValueError(f"Dialect.key_pattern {dialect.key_pattern!r} allows no name for the property {name!r}.")


def _fold(text: str) -> str:
    """``text`` without accents; any other character that ASCII lacks becomes ``_``."""
    if text.isascii():
        return text
    plain = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if c.isascii() else "_" for c in plain)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH].upper()
