"""Extract the prefix of a credential from a security scheme's description: ``Token abc123``, ``prefix "JWT "``. Pure.

Sources: RFC 9110, 11.4; the strings that drf-spectacular, drf-yasg, Swashbuckle, NestJS and hand-written descriptions have
there.
"""

from __future__ import annotations

import html
import re
from typing import Final

__all__ = ["prefix_of"]

_WORD: Final = r"[A-Za-z][A-Za-z0-9_-]{1,40}"
# A placeholder for a credential: <token>, {api_key}, [key], $TOKEN, YOUR_KEY, your-key, xxxx.yyyy, abc123, ...
_NAMED: Final = r"(?i:token|key|jwt|secret|credential|auth|value|hash|password|your|xxx|string|encoded)"
_BRACKETED: Final = (
    rf"<(?=[^<>\n]{{0,60}}{_NAMED})[^<>\n]{{1,60}}>|\{{(?=[^{{}}\n]{{0,60}}{_NAMED})\{{?[^{{}}\n]{{1,60}}\}}\}}?"
    rf"|\{{\{{(?=[^{{}}\n]{{0,60}}{_NAMED})[^{{}}\n]{{1,60}}\}}\}}|\[(?=[^\[\]\n]{{0,60}}{_NAMED})[^\[\]\n]{{1,60}}\](?!\()"
    rf"|\$\{{?\w{{0,40}}{_NAMED}\w{{0,40}}\}}?|%\w{{0,40}}{_NAMED}\w{{0,40}}%|\.\.\.|…"
)
_WRITTEN: Final = (
    r"(?:your|my|the)[-_][\w-]{2,40}|(?:your|my|the) (?:[\w-]{2,20} )?(?:token|key|jwt)|YOUR[\w-]{2,40}|[xX*]{3,}[\w.*-]*"
    r"|(?=[\w.+/=-]*\d)[\w.+/=-]{6,2000}"
)
_VALUE: Final = rf"(?:{_BRACKETED}|{_WRITTEN})"
_QUOTE: Final = "[\"'`*“”‘’]"
_FILLER: Final = r"(?:(?i:it|its|value|key|token|word|literal|is|of|by|with|the|a|an|must|should|be|string|text|keyword|required)\W{1,3}){0,7}"
# Words before a credential in a sentence that are not a scheme.
_NO_SCHEME: Final = frozenset(
    {
        *(
            "a",
            "an",
            "and",
            "any",
            "api",
            "as",
            "authorization",
            "auth",
            "be",
            "by",
            "enter",
            "example",
            "for",
            "format",
            "from",
        ),
        *("post", "option", "options"),
        *("header", "in", "input", "is", "key", "like", "my", "named", "of", "or", "paste", "pass", "put", "please", "provide"),
        *(
            "required",
            "secret",
            "send",
            "set",
            "that",
            "the",
            "this",
            "to",
            "type",
            "use",
            "using",
            "value",
            "via",
            "with",
            "your",
        ),
        *("access", "add", "copy", "generated", "get", "only", "personal", "service", "session", "valid", "where", "x-api-key"),
        *("bearerformat", "field", "include", "obtain", "optional", "private", "public", "raw", "request", "specify", "user"),
        *(
            "literal",
            "string",
            "word",
            "characters",
            "e",
            "g",
            "bearer-token",
            "http",
            "https",
            "then",
            "delete",
            "patch",
            "head",
        ),
        *("see", "read", "call", "run", "curl", "visit", "open", "click"),
    }
)
_NEGATED: Final = re.compile(
    r"\b(?:without|no|not|omit(?:ting)?|don'?t|never|remove|strip|leave out|instead of)\b[^.;:\n]{0,40}$", re.IGNORECASE
)
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # with the prefix "JWT ", prefixed by the string `Token`, required prefix: 'Token', must start with "Token "
        rf"(?i:prefix(?:ed|ing)?|(?:start|begin)s?(?: with)?)\W{{1,3}}{_FILLER}(?<={_QUOTE})({_WORD}) ?{_QUOTE}",
        rf"{_QUOTE}({_WORD}) ?{_QUOTE}\W{{1,3}}(?i:(?:as )?(?:a |the )?prefix|before\b|in front\b|followed by\b|\(?(?:a |and )?(?:\[?space))",
        rf"(?i:the word|prefixed (?:it |them )?(?:with|by)) ({_WORD})\b",
        # Authorization: Token abc123
        rf"(?i:authorization){_QUOTE}?\s*[:=]\s*{_QUOTE}?({_WORD}(?: token=| )) ?{_QUOTE}?(?:{_VALUE}|\w*(?i:token|key|jwt)\b)",
        # "Token abc123", `Token token=<key>`
        rf"{_QUOTE}({_WORD}(?: token=| )){_QUOTE}{{0,2}}{_VALUE}{_QUOTE}?",
        # on a line of its own, or after a colon
        rf"(?:^|[\n:])[ \t]*({_WORD}) +{_VALUE}[ \t.]*(?=$|\n)",
        # Token <key> anywhere
        rf"\b({_WORD}) (?:{_BRACKETED})",
    )
)
_BEARER: Final = re.compile(r"\bbearer\b", re.IGNORECASE)
_LONGEST: Final = 5000


def prefix_of(description: object) -> str:
    """Return the prefix of the credential, for example ``"Token "``, from the scheme's description; empty if it has none."""
    if not isinstance(description, str):
        return ""
    text = html.unescape(description[:_LONGEST])
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            word = found[1].strip()
            if word.lower().split(" ")[0] in _NO_SCHEME or _NEGATED.search(text[: found.start(1)]):
                continue
            return word if word.endswith("=") else f"{word} "
    for found in _BEARER.finditer(text):
        if not _NEGATED.search(text[: found.start()]):
            return f"{found[0].capitalize()} "
    return ""
