"""Extract the error from a provider's response in any known format: its codes and its messages. Pure.

Sources: RFC 6749, 5.2; RFC 9457; the error formats of Fitbit, WeChat, Lark, DingTalk, TikTok, Intuit, Facebook, Slack, HubSpot,
Strava, Alipay, Amazon and Microsoft, as their documentation shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from composio.auth.paths import every, text_of

__all__ = ["Said", "matches", "normal", "read_error"]

_DEPTH, _NODES, _LONGEST = 6, 300, 2000
# Names are compared without case and punctuation: errorType, error_type, ErrorType. The number is how much a code tells.
_CODES: Final[Mapping[str, int]] = {
    **dict.fromkeys(("error", "errorcode", "errcode", "errno", "errorid", "errorkey", "err", "ecode", "faultcode"), 0),
    **dict.fromkeys(("errortype", "errorname"), 1),
    **dict.fromkeys(("code", "retcode", "returncode", "resultcode", "tag"), 2),
    **dict.fromkeys(("type", "reason", "name", "status", "category", "title"), 3),
    **dict.fromkeys(("suberror", "errorsubtype", "subcode", "errorsubcode", "errorcodes"), 4),
}
_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("errordescription", "errormessage", "errormsg", "errmsg", "errorsummary", "faultstring", "submsg"), 0),
    **dict.fromkeys(("message", "msg", "messages", "localizedmessage", "defaultmessage", "developermessage", "usermessage"), 1),
    **dict.fromkeys(("detail", "errordetail", "errordetails", "details", "description", "statusmessage", "cause"), 2),
    **dict.fromkeys(("title", "explanation", "hint"), 3),
}
_INSIDE: Final = frozenset(
    {
        *("error", "errors", "err", "fault", "exception", "problem", "errordetail", "errordetails", "errorresponse"),
        *("errorinfo", "errordata", "detail", "details", "data", "meta", "response", "result", "results", "body"),
        *("baseresp", "extensions"),
    }
)
# What an item says of the part of the request that it is about.
_ABOUT: Final = ("resource", "field", "param", "parameter", "property", "loc", "path")
# Numbers that count as an error unless they are zero.
_NUMBERS: Final = frozenset({"errorcode", "errcode", "errno", "ecode", "retcode", "returncode"})
# What stands in these places where nothing went wrong, or says no more than that something did.
_EMPTY: Final = frozenset({"", "0", "none", "null", "ok", "success", "succeeded", "true", "false", "no error", "n/a"})
_VAGUE: Final = frozenset({"error", "fail", "failed", "failure"})
_NO: Final = frozenset({"false", "0", "no", "n"})


def normal(text: str) -> str:
    """A name or code without case and punctuation: ``InvalidGrantException`` and ``invalid_grant`` are the same."""
    plain = re.sub(r"[^a-z0-9]", "", text.rpartition("#")[2].lower())
    return re.sub(r"(?<=.)(?:exception|error)$", "", plain)


class Said:
    """The error in a response.

    ``codes`` are pairs of a normalised name and its value, the most telling first; ``words`` are sentences. ``no`` is true
    where it says that it is no success. Its repr shows none of it, as a provider may repeat secrets.
    """

    __slots__ = ("codes", "no", "numbered", "words")

    def __init__(self, data: Any) -> None:
        found = list(_find(data))
        found.sort(key=lambda one: one[:2])  # stable: within one rank in the answer's own order
        self.codes: Sequence[tuple[str, str]] = _unique((name, text) for _, _, name, text in found if name)
        self.words: Sequence[str] = _unique(text for _, _, name, text in found if not name and text.lower() not in _VAGUE)
        self.no: bool = _refuses(data)
        self.numbered: bool = any(name in _NUMBERS or _is_number_of_error(name, text) for name, text in self.codes)

    def __repr__(self) -> str:
        return f"Said({len(self.codes)} codes, {len(self.words)} sentences)"

    def __bool__(self) -> bool:
        return bool(self.codes or self.words or self.no)

    @property
    def texts(self) -> Iterator[str]:
        """Return codes and messages, as they are in the response."""
        yield from (text for _, text in self.codes)
        yield from self.words

    def code(self, status: int) -> str:
        """Return the code to show; a number that repeats the HTTP ``status`` is not a code."""
        shown = (text for _, text in self.codes if text != str(status) and text.lower() not in _VAGUE)
        return next(shown, "")


def read_error(data: Any) -> Said:
    """What parsed JSON or a form says of an error."""
    return Said(data)


def matches(declared: Any, data: Any, found: Said) -> bool:
    """Whether an entry of a list such as ``expired_grant_errors`` fits an answer.

    An entry is a value (any code or sentence of the answer), ``path: value`` as text, or a mapping of paths to a value or a
    list of values, which must all fit. Case does not count.
    """
    if isinstance(declared, Mapping):
        return bool(declared) and all(_stands(data, str(path), value) for path, value in declared.items())
    wanted = (text_of(declared) or "").strip()
    if path := re.fullmatch(r"([\w$.\[\]*'\"-]+):\s+(\S.*)", wanted):
        return _stands(data, path[1], path[2])
    return bool(wanted) and any(text.strip().casefold() == wanted.casefold() for text in found.texts)


def _stands(data: Any, path: str, value: Any) -> bool:
    wanted = {(text_of(one) or "").strip().casefold() for one in (value if isinstance(value, list) else [value])}
    return any((text_of(one) or "").strip().casefold() in wanted for one in every(data, path) if text_of(one) is not None)


def _unique(found: Iterator[Any]) -> Sequence[Any]:
    return tuple(dict.fromkeys(found))


def _find(data: Any) -> Iterator[tuple[int, int, str, str]]:
    """(depth, rank, name of a code or "" for a sentence, text), breadth first and bounded."""
    waiting: list[tuple[int, str, Any]] = [(0, "", data)]
    for count, (depth, within, here) in enumerate(waiting):
        if count >= _NODES:
            return
        if isinstance(here, Mapping) and (about := _about(here)):
            yield depth, 4, "", about
        members = (
            here.items() if isinstance(here, Mapping) else ((within, item) for item in here) if isinstance(here, list) else ()
        )
        for key, value in members:
            name = _plain_name(key)
            if not isinstance(value, Mapping | list):
                yield from ((depth, *placed) for placed in _place(str(key), name, within, value))
            elif depth < _DEPTH and (isinstance(here, list) or _holds_an_error(name)):
                waiting.append((depth + 1, name, value))
            elif within == "errors":  # by the name of a property: {"refresh_token": ["is invalid"]}
                yield from ((depth, 4, "", f"{key}: {text}") for one in value if (text := _text(one)))


def _holds_an_error(name: str) -> bool:
    """Alipay's ``alipay_system_oauth_token_response`` and Wix' ``applicationError`` are named for what they are about."""
    return name in _INSIDE or name in _CODES or name in _WORDS or name.endswith(("error", "errors", "response", "fault"))


def _plain_name(key: Any) -> str:
    return re.sub(r"[^a-z0-9]", "", str(key).lower())


def _place(key: str, name: str, within: str, value: Any) -> Iterator[tuple[int, str, str]]:
    """(rank, name of a code or "", text) of one member. A sentence in a code's place is a sentence."""
    text = _text(value)
    if text is None:
        return
    if (name in _CODES or name == "errors") and not re.search(r"\s", text):
        yield _CODES.get(name, 0), name, text
    elif name in _CODES or name in _WORDS or name == "errors":
        yield _WORDS.get(name, 0), "", text
    elif within == "errors" and name not in _ABOUT:
        yield 4, "", f"{key}: {text}"


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    text = text_of(value)
    return None if text is None or text.strip().lower() in _EMPTY else text.strip()[:_LONGEST]


def _about(item: Mapping[Any, Any]) -> str:
    """``RefreshToken code: invalid``, of an item that names a part of the request and a code."""
    names = {_plain_name(key): value for key, value in item.items()}
    parts: list[str] = []
    for name in _ABOUT:
        value = names.get(name)
        parts += [
            text for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and (text := _text(one))
        ]
    reason = next((text for name in ("code", "error", "msg", "message") if (text := _text(names.get(name)))), "")
    return f"{' '.join(parts)}: {reason}" if parts and reason else ""


def _refuses(data: Any) -> bool:
    """Return whether a response reports a failure itself, whatever its status."""
    if not isinstance(data, Mapping):
        return False
    for key, value in data.items():
        name = _plain_name(key)
        if name in {"error", "errors", "fault", "exception", "errorresponse"}:
            if value not in (None, False, 0, "", [], {}) and (text_of(value) or "x").strip().lower() not in _EMPTY:
                return True
        elif name in {"ok", "success", "successful", "succeeded", "issuccess"}:
            if value is not None and (text_of(value) or "").strip().lower() in _NO:
                return True
        elif name in {"status", "message"} and isinstance(value, str) and value.strip().lower() in _VAGUE:
            return True
    return False


def _is_number_of_error(name: str, text: str) -> bool:
    """``code: 20026``, and not ``code: 200``."""
    return name == "code" and re.fullmatch(r"-?\d+", text) is not None and not 200 <= int(text[:12]) < 300
