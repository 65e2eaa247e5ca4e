"""Detect parameters that are clearly the caller's credential, by name and description. Pure.

Descriptions that declare no security scheme often have the credential as a parameter. A model must neither see nor fill it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from composio.schema.names import slugify

__all__ = ["companions", "is_credential"]

# Nouns for a credential whatever precedes them.
_PLAIN: Final = re.compile(
    r"(?:api|app|access|auth|oauth|session|user|dev|developer|private|sdk|subscription|secret|client|bearer|security|admin|master)"
    r"(?:key|token|secret)$|^(?:api)?(?:secret|token|jwt|bearer)$|(?:authorization|authentication|jwt)$"
)
_LAST: Final = frozenset(("token", "key", "secret", "auth", "authorization", "authentication", "credential", "credentials"))
# Words before "token" or "key" that make it the caller's own.
_OWN: Final = frozenset(
    re.findall(
        r"\S+",
        "access account admin api apim app application auth authentication bearer bot client consumer dev developer functions jwt"
        " license listen master oauth partner private rapid rapidapi sdk secret security server service session subscription user",
    )
)
# Words with which "token" or "key" means something else: a page, an idempotency key, a form's CSRF token.
_OTHER: Final = frozenset(
    re.findall(
        r"\S+",
        "cache captcha change confirmation continuation copy csrf cursor delta device encryption etag foreign hash idempotency"
        " invitation invite lease lock next nonce page pagination partition primary public push range recaptcha registration request"
        " reset resume routing share sort source sse surrogate sync tracking transaction upload usage verification watermark"
        " websocket xsrf",
    )
)
_SESSIONS: Final = frozenset(("connectsid", "jsessionid", "phpsessid", "session", "sessionid", "sid"))
_SAID: Final = re.compile(
    r"\b(?:api|app|access|auth\w*|oauth(?: ?2(?:\.0)?)?|bearer|developer|subscription)[ _-]*(?:key|token|secret)s?\b"
    r"|\bcredential|\bauthentic|\bauthoriz|\bjwt\b|\bbearer\b",
    re.IGNORECASE,
)
# A query parameter with such a name may be the operation's subject.
_ABOUT: Final = re.compile(
    r"pagina|next page|continu|\bfilter|\bflag\b|whether|\bto (?:be )?(?:revoke|verif|validat|inspect|introspect|check|refresh"
    r"|delet|invalidat|exchang|rotat|renew)|\breset|\binvit|\bconfirm|webhook",
    re.IGNORECASE,
)
_FIRST_PAIR: Final = frozenset(("access", "account", "api", "app", "application", "auth", "client", "key"))
_WHO: Final = frozenset(("id", "username", "email"))


def is_credential(place: str, name: str, node: Mapping[str, Any]) -> bool:
    """Return whether the parameter ``name`` of a header, the query or a cookie is clearly a credential.

    ``node`` is its object.
    """
    words = _words(name)
    if not words or not _is_text(node):
        return False
    return _is_credential(place, words, _description(node))


@lru_cache(maxsize=4096)  # most parameters belong to many operations, in the same words
def _is_credential(place: str, words: tuple[str, ...], said: str) -> bool:
    told = bool(_SAID.search(said))
    if place == "query":
        return _in_query(words, said, told=told)
    if place == "cookie" and "".join(words) in _SESSIONS:
        return True
    return place in {"header", "cookie"} and _in_header(words, told=told)


def companions(place: str, names: Iterable[str], credentials: Sequence[str]) -> list[str]:
    """Return those of ``names`` that belong to one of ``credentials``: the ``App-Id`` with an ``App-Key``."""
    if place == "cookie" or not credentials:
        return []
    pairs = [words for one in credentials if len(words := _words(one)) > 1 and _FIRST_PAIR & set(words)]
    stems = {_stem(words) for words in pairs}
    found = []
    for name in names:
        words = _words(name)
        if len(words) > 1 and words[-1] in _WHO and _FIRST_PAIR & set(words[:-1]) and _stem(words) in stems:
            found.append(name)
    return found


def _stem(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words[:-1] if word not in _FIRST_PAIR)


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    words = slugify(name).lower().split("_")
    return tuple(word for word in words if word and word != "x")


def _description(node: Mapping[str, Any]) -> str:
    schema = node.get("schema")
    texts = (node.get("description"), schema.get("description") if isinstance(schema, dict) else None)
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def _is_text(node: Mapping[str, Any]) -> bool:
    schema = node.get("schema")
    kind = schema.get("type", "string") if isinstance(schema, dict) else "string"
    return kind == "string" or (isinstance(kind, list) and "string" in kind)


def _in_header(words: Sequence[str], *, told: bool) -> bool:
    compact = "".join(words)
    if _OTHER & set(words):
        return False
    if _PLAIN.search(compact):
        return True
    if words[-1] not in _LAST:
        return False
    if words[-1] in {"token", "secret", "auth", "authorization", "authentication"}:
        # X-Figma-Token, X-Vault-Token: only a vendor's name.
        return told or len([word for word in words[:-1] if word not in _OWN]) <= 1
    return told or bool(_OWN & set(words[:-1]))


def _in_query(words: Sequence[str], said: str, *, told: bool) -> bool:
    compact = "".join(words)
    if _OTHER & set(words) or _ABOUT.search(said):
        return False
    if slugify(said).replace("_", "").lower() in {"", compact}:
        return bool(re.fullmatch(r"(?:api|access)(?:key|token)|o?authtoken|(?:api|client)secret|secretkey|jwt", compact))
    return told and (bool(_PLAIN.search(compact)) or words[-1] in _LAST or compact == "appid")
