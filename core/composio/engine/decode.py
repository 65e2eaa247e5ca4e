"""Step 8: decode a response to data, or to the upstream's own error message with its status. Pure.

It also detects that an API no longer accepts a token, whatever the status. Sources: RFC 6750, 3.1 (``invalid_token``,
``insufficient_scope``); Slack, "Web API, errors"; WeChat, DingTalk and Lark, "global error codes"; Facebook, "Handling errors"
(code 190).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx

from composio.engine.content import Promise, begins_as_json, is_readable, read_declared, read_text, recognise_format
from composio.engine.heads import error_of_head, facts_of_head, leads_on
from composio.engine.hints import as_refused, for_connection, hint, insufficient_scope, invalid_token, missing_scopes
from composio.engine.markup import is_page, page_text, page_title, xml_data
from composio.engine.receive import Answer
from composio.model.app import AppModel, Envelope
from composio.model.call import Outcome
from composio.model.credentials import Credentials
from composio.model.error_text import error_text, plain
from composio.model.media import is_bytes, is_json, is_script, is_sequence, is_text
from composio.schema.json_text import NotJson, parse, parse_sequence
from composio.transport.waits import asked_to_wait

__all__ = ["decode", "is_refused", "read_outcome", "scrub", "scrubbed", "without"]

# Characters of an error: of a body that is the message itself, and of a page's text.
_BODY, _PAGE, _TITLE = 500, 200, 120
# Prefixes that keep JSON from running as a script in a browser, and JSONP.
_GUARD = re.compile(r"\s*(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);|throw [^;\n{\[]{0,80};|\{\}\s*&&|/\*\*/)\s*")
_CALL = re.compile(r"\s*(?:/\*\*/)?\s*(?:typeof [\w$.]{1,200} === 'function' && )?[\w$.\[\]]{1,200}\(")
_FORM = re.compile(r"[\w.\[\]%~-]{1,100}=[^<>\s&]*(?:&[\w.\[\]%~-]{1,100}=[^<>\s&]*)*")
_FORM_SIZE = 20_000
# Codes with a single meaning, without case and punctuation.
_CODES: Final = frozenset(
    {
        *("invalidtoken", "invalidaccesstoken", "accesstokeninvalid", "tokeninvalid", "tokenexpired", "expiredtoken"),
        *("accesstokenexpired", "expiredaccesstoken", "tokenrevoked", "accesstokenrevoked", "invalidauth", "accountinactive"),
        *("invalidsessionid", "badoauthtoken", "oauthtokenexpired"),
    }
)
# What GraphQL servers send with a status of 200; with another status the same word may mean a missing permission.
_IN_A_200: Final = _CODES | {"unauthenticated", "authentication"}
# Numeric codes have a meaning only under a particular name.
_NUMBERS: Final[Mapping[str, frozenset[str]]] = {
    "errcode": frozenset({"40001", "40014", "42001"}),  # WeChat, DingTalk
    "code": frozenset({"99991663", "99991668", "99991677"}),  # Lark
}
_FACEBOOK: Final = "190"


@dataclass(frozen=True, slots=True)
class _Body:
    """The decoded body. ``problem`` says what is wrong with it, ``note`` what may be wrong with the data; ``page`` is HTML."""

    data: Any = None
    problem: str = ""
    note: str = ""
    page: str = ""


def read_outcome(
    answer: Answer, app: AppModel, credentials: Credentials, accept: tuple[str, ...] = (), scopes: tuple[str, ...] = ()
) -> Outcome:
    """Return the outcome for a caller with ``credentials``; ``accept`` and ``scopes`` are as in :func:`decode`."""
    outcome = decode(answer, app.envelope, accept, scopes, credentials.secrets)
    if is_refused(app, answer.headers, outcome):
        outcome = _mark_refused(outcome)
    if outcome.error is not None:
        outcome = for_connection(outcome, credentials.connection)
    return outcome if outcome.successful else scrub(outcome, credentials.secrets())


def decode(
    answer: Answer,
    envelope: Envelope | None,
    accept: tuple[str, ...] = (),
    scopes: tuple[str, ...] = (),
    secrets: Callable[[], list[str]] = list,
) -> Outcome:
    """Decode a response to an outcome. Never raises, whatever the upstream sent.

    ``accept`` are the media types and ``scopes`` the scopes that the description declares. ``secrets``, longest first, are
    removed from all parts of an unsuccessful outcome.
    """
    status, succeeded = answer.status, 200 <= answer.status < 300
    if answer.saved is not None:
        return Outcome(successful=True, data=answer.saved.as_data(), status=status)
    body = _Body(problem=answer.problem) if answer.problem else _read(answer, Promise.of(accept))
    refused = envelope is not None and isinstance(body.data, Mapping) and body.data.get(envelope.success) is False
    if succeeded and not (refused or body.problem or body.page):
        return _success(answer, body, secrets)
    known = secrets()
    data = _clean(body.data, known)
    if not succeeded:
        said = _failure(answer, body, data, known)
    elif body.problem:
        said = f"HTTP {status}, but {body.problem}"
    elif body.page:
        title = plain(scrubbed(page_title(body.page), known), _TITLE)
        said = f"HTTP {status}, but the API sent an HTML page where JSON was promised{f' ({title!r})' if title else ''}."
    else:
        assert envelope is not None
        said = error_text({**data, envelope.error: None, "message": data.get(envelope.error)}) or _show(data)
    advice = hint(status, answer.headers, body.data, scopes) if refused or not succeeded else ""
    return Outcome(
        successful=False,
        data=data,
        error=scrubbed(_with(said, advice), known),
        status=status,
        more=_note(body),
        retry_after=asked_to_wait(status, answer.headers, body.data),
        missing_scopes=missing_scopes(status, answer.headers, body.data, scopes),
    )


def _success(answer: Answer, body: _Body, secrets: Callable[[], list[str]]) -> Outcome:
    """Return the data, with headers where the body says nothing; a link repeats the request's parameters."""
    data, more = body.data, _note(body) or {}
    if not answer.content.strip():
        data = _clean(data, secrets())
    elif not data or not isinstance(data, Mapping) or answer.status == 202:
        more |= _clean(leads_on(answer.status, answer.headers, answer.content), secrets())
    return Outcome(successful=True, data=data, status=answer.status, more=more or None)


def _note(body: _Body) -> dict[str, Any] | None:
    return {"note": body.note} if body.note else None


def _read(answer: Answer, promise: Promise) -> _Body:
    """Return the body as data, whatever its content type."""
    content, kind = answer.content, answer.media_type
    if not content.strip():
        return _Body(facts_of_head(answer.headers, answer.method) if answer.status < 400 else {})
    content_type = answer.headers.get("content-type", "")
    labelled = is_json(kind) or is_sequence(kind)
    is_labelled = labelled or is_text(kind) or read_declared(content_type)
    if recognise_format(content[:4096], content_type) or not (is_labelled or is_readable(content[:4096])):
        return _Body({"content_type": kind or "application/octet-stream", "size": len(content)})
    text, note = read_text(content, content_type)
    if is_sequence(kind):
        return _sequence(text, note)
    if labelled or is_script(kind) or _may_be_json(kind, text, promise):
        try:
            return _Body(_json(text, is_script(kind), guarded=labelled or is_script(kind) or promise.json), note=note)
        except NotJson as error:
            if error.deep:
                return _Body(problem=f"the API sent JSON that {error}.")
            if labelled and error.cut and _begins_as_json(text):
                return _Body(text, f"the API sent JSON that {error}.", note)
    if is_page(text) and (labelled or promise.all_json or answer.status >= 300):
        return _Body(page=text)
    return _Body(text, note=note)


def _may_be_json(kind: str, text: str, promise: Promise) -> bool:
    """Return whether to try JSON.

    True for a possible object or list unless other text was declared, and for any value if JSON was declared.
    """
    if promise.is_otherwise(kind):
        return False
    says_little = not kind or is_bytes(kind) or kind in {"text/plain", "text/html"}
    return _begins_as_json(text) or (promise.all_json and says_little and not is_page(text))


def _begins_as_json(text: str) -> bool:
    return begins_as_json(text[:4096].encode("utf-8", "replace"))


def _json(text: str, script: bool, *, guarded: bool) -> Any:
    """Parse a string as JSON, without its guard prefix or JSONP call, or as several values in sequence."""
    try:
        return parse(text)
    except NotJson as error:
        if error.deep:
            raise
        problem = error
    if guarded and (guard := _GUARD.match(text)):
        with contextlib.suppress(NotJson):
            return parse(text[guard.end() :])
    ending = text.rstrip().removesuffix(";").rstrip()
    if (script or guarded) and ending.endswith(")") and (call := _CALL.match(text)):
        inner = ending[call.end() : -1]
        if script or _begins_as_json(inner):
            return parse(inner)
    if "Extra data" in str(problem) and text.lstrip()[:1] in ("{", "["):
        values, cut = parse_sequence(text)
        if not cut:
            return values
    raise problem


def _sequence(text: str, note: str) -> _Body:
    try:
        values, cut = parse_sequence(text)
    except NotJson as error:
        return _Body(problem=f"the API sent JSON that {error}.") if error.deep else _Body(text, note=note)
    return _Body(values, note=" ".join(filter(None, (note, cut))))


def _failure(answer: Answer, body: _Body, data: Any, secrets: list[str]) -> str:
    """Return the status and the error: from the body, else from the headers, else the body itself."""
    status = answer.status
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    said = _find_words(data) or body.problem or plain(scrubbed(page_text(body.page), secrets), _PAGE)
    said = said or plain(scrubbed(error_of_head(answer.headers), secrets)) or _own_reason(answer, phrase)
    said = said or ("" if _is_bare(data) else _show(data))
    return " ".join(filter(None, ("HTTP", str(status), phrase))) + (f": {said}" if said else "")


def _find_words(data: Any) -> str:
    """Return the error in a body, in any known format."""
    if not isinstance(data, str):
        return error_text(data)
    text = data.strip()
    if text.startswith("<"):
        return error_text(xml_data(text)) or plain(page_text(text), _PAGE)
    if len(text) < _FORM_SIZE and _FORM.fullmatch(text):
        return error_text(dict(parse_qsl(text))) or plain(text)
    return plain(text, _BODY)


def _own_reason(answer: Answer, phrase: str) -> str:
    """Return the reason phrase if it is not the standard one for the status."""
    reason = plain(answer.reason)
    usual = {phrase.casefold(), "", "unknown", "status", "ok", "error"}
    return "" if reason.casefold() in usual or reason.casefold().replace("-", " ") in _PHRASES else reason


_PHRASES = frozenset(
    {status.phrase.casefold().replace("-", " ") for status in HTTPStatus}
    | {
        "unprocessable content",
        "content too large",
        "uri too long",
        "range not satisfiable",
        "request time out",
        "moved temporarily",
    }
)


def _is_bare(data: Any) -> bool:
    """Return whether a body has nothing to show: it is empty, or bytes that are not text."""
    return not data or (isinstance(data, Mapping) and data.keys() == {"content_type", "size"})


def _show(data: Any) -> str:
    """Return a body that is the message itself."""
    import json

    return plain(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)[: 8 * _BODY], _BODY)


def _with(said: str, advice: str) -> str:
    """Return the upstream's own message, then a hint on what to do."""
    if not advice:
        return said
    return f"{said} {advice}" if said.endswith((".", "!", "?")) else f"{said}. {advice}"


def scrubbed(text: str, secrets: list[str]) -> str:
    """Remove each of ``secrets`` from ``text``; they come longest first."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _clean(value: Any, secrets: list[str]) -> Any:
    if not secrets:
        return value
    if isinstance(value, str):
        return scrubbed(value, secrets)
    if isinstance(value, Mapping):
        return {_clean(key, secrets): _clean(item, secrets) for key, item in value.items()}
    return [_clean(item, secrets) for item in value] if isinstance(value, list) else value


def scrub(outcome: Outcome, secrets: list[str]) -> Outcome:
    """Remove credentials that the upstream may have echoed from an unsuccessful outcome."""
    return outcome if outcome.successful else without(outcome, secrets)


def without(outcome: Outcome, secrets: list[str]) -> Outcome:
    """Remove each of ``secrets`` from ``outcome``; they come longest first."""
    # Searching the serialised whole takes a tenth of the time, and there is hardly ever a match.
    text = json.dumps([outcome.data, outcome.error], ensure_ascii=False, default=str)
    if not any(json.dumps(secret, ensure_ascii=False)[1:-1] in text for secret in secrets):
        return outcome
    error = None if outcome.error is None else scrubbed(outcome.error, secrets)
    return replace(outcome, data=_clean(outcome.data, secrets), error=error)


def is_refused(app: AppModel, headers: httpx.Headers, outcome: Outcome) -> bool:
    """Return whether a response says that the token is expired, revoked or invalid. A missing scope does not count."""
    data, status = outcome.data, outcome.status
    if app.expired_token_errors and isinstance(data, Mapping | list) and _is_declared(app, data):
        return True
    if status is None or status < 400:
        says_no = isinstance(data, Mapping) and _says_no(data, outcome)
        return says_no and not insufficient_scope(headers, data) and _is_known(data, _IN_A_200)
    if insufficient_scope(headers, data):
        return False
    known = status < 500 and (invalid_token(headers) or (isinstance(data, Mapping) and _is_known(data, _CODES)))
    return status == 401 or known


def _mark_refused(outcome: Outcome) -> Outcome:
    """Make ``outcome`` unsuccessful with a hint, whatever its status was."""
    said = outcome.error or error_text(outcome.data) or "The API did not take the credentials."
    return replace(outcome, successful=False, error=as_refused(said))


def _is_declared(app: AppModel, data: Any) -> bool:
    from composio.auth.said import matches, read_error

    found = read_error(data)
    return any(matches(entry, data, found) for entry in app.expired_token_errors)


def _says_no(data: Mapping[str, Any], outcome: Outcome) -> bool:
    """Return whether a 2xx body reports a failure: most are data, and need no more than this check."""
    if not outcome.successful or data.get("ok") is False or data.get("success") is False:
        return True
    number = data.get("errcode", data.get("code") if "msg" in data else None)
    if isinstance(number, int | str) and re.fullmatch(r"-?[1-9]\d*", str(number)):
        return True
    return bool(data.get("errors")) and not data.get("data")


def _is_known(data: Mapping[str, Any], known: frozenset[str]) -> bool:
    from composio.auth.said import normal, read_error

    found = read_error(data)
    codes = {normal(text) for _, text in found.codes}
    if any("scope" in code or "permission" in code for code in codes):
        return False
    by_number = any(text in _NUMBERS.get(name, ()) for name, text in found.codes)
    return by_number or not codes.isdisjoint(known) or ("oauth" in codes and ("code", _FACEBOOK) in found.codes)
