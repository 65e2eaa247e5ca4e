"""Read providers' responses with care: every value is secret, hostile or both until it is checked."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx

from composio.auth.flow import FlowContext
from composio.auth.paths import every, text_of
from composio.auth.said import normal, read_error
from composio.auth.verdicts import Verdict, verdict
from composio.errors import GrantExpired, TokenRequestFailed
from composio.model.credentials import Credentials
from composio.model.secret import NO_VALUES, SecretValues

__all__ = ["Answer", "clean", "explain_failure", "own_request"]

_LIMIT: Final = 1_000_000  # bytes; the largest real responses, with an ID token and a photo inside, have a fiftieth
_FIELDS: Final = 100  # of a form
_CLIP: Final = 200
_DEPTH: Final = 6
_MOST_SECRETS: Final = 20
_FORM: Final = re.compile(rb"[\w.%~-]+=[^<>\r\n]*")
# QQ's callback( {"error": 100016} ); and prefixes that keep JSON from running as a script.
_WRAPPED: Final = re.compile(rb"\s*[^\s{}<=][^{}<=]{0,60}(\{.*\})[\s);]{0,20}", re.DOTALL)
_SENTENCE, _LONGEST = 300, 5000
_CHALLENGE: Final = re.compile(r'\b(error|error_description)\s*=\s*"([^"]{1,300})"')
_ELEMENT: Final = re.compile(r"<(\w{1,40})>([^<>]{1,300})</\1>")
_SECRET: Final = re.compile(r"token|secret|password|jwt|assertion", re.IGNORECASE)
# Stored values that are not secret; redacting them would remove ordinary words.
_PLAIN: Final = frozenset({"token_type", "scope", "interval"})
_HINTS: Final[Mapping[str, str]] = {
    "invalid_client": "Check the integration's client_id and client_secret, and token_request_auth_method in integration.yaml.",
    "incorrect_client_credentials": "Check the integration's client_id and client_secret.",
    "bad_client_secret": "Check the integration's client_secret.",
    "invalid_client_id": "Check the integration's client_id.",
    "redirect_uri_mismatch": "Register the redirect URI with the provider, letter for letter.",
    "bad_redirect_uri": "Register the redirect URI with the provider, letter for letter.",
    "invalid_scope": "Ask for scopes that the provider's app was given.",
    "invalid_grant": "The code was used before, is too old, or was given for another redirect URI: connect again.",
    "bad_verification_code": "The code was used before or is too old: connect again.",
    "unsupported_grant_type": "Look at grant_type in integration.yaml.",
}
_MEANS: Final[Mapping[str, str]] = {
    "client": "Check the integration's client_id and client_secret.",
    "later": "Try again later.",
}
# Codes with a hint about the client, which is more specific than the verdict's.
_ABOUT_CLIENT: Final = frozenset({"invalid_client", "incorrect_client_credentials", "bad_client_secret", "invalid_client_id"})


class Answer:
    """A response's JSON or form. Its repr shows the status only, as the rest may be secret.

    ``readable`` is false for what is neither. Source: RFC 6749, 5.1 and 5.2; a form is what GitHub and Facebook answer to who
    does not ask for JSON.
    """

    __slots__ = ("_data", "readable", "said", "status")

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self._data: Any = _read(response)
        self.readable = bool(self._data)
        self.said = read_error(self._data or _otherwise(response))

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    def at(self, path: str) -> Any:
        """Return the first value at a path such as ``data.access_token`` or ``accounts[0].token``, or None."""
        return next(every(self._data, path), None)

    def text(self, path: str) -> str | None:
        """Return the first string, number or boolean at ``path`` as a string; None if it is empty or there are several."""
        return next((text for found in every(self._data, path) if (text := text_of(found)) is not None), None)

    def verdict(self, context: FlowContext) -> Verdict:
        """Classify an unsuccessful response, by the app's file and by known patterns."""
        return verdict(context.scheme.extra, self.status, self._data, self.said)

    def has(self, *codes: str) -> bool:
        """Return whether one of its error codes is among ``codes``, in any spelling."""
        return not {normal(text) for _, text in self.said.codes}.isdisjoint(map(normal, codes))

    @property
    def code(self) -> str:
        """Return the error's code, such as ``invalid_grant``, or an empty string."""
        return self.said.code(self.status)

    @property
    def description(self) -> str:
        """Return the provider's own sentences, three at most."""
        return "; ".join(self.said.words[:3])

    @property
    def ok(self) -> bool:
        """Return False for an error status, and for an error inside a 200, as Slack's, GitHub's and WeChat's."""
        return self.status < 300 and not self.said.no and not self.said.numbered

    @property
    def hidden(self) -> SecretValues:
        """Return values under names of tokens and secrets, which never belong in a message."""
        return SecretValues(dict(islice(_secrets(self._data), _MOST_SECRETS)))


def _secrets(data: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(data, Mapping):
        for name, value in data.items():
            if isinstance(value, str):
                if _SECRET.search(str(name)) and str(name) not in _PLAIN and not re.search(r"\s", value):
                    yield f"{depth}.{name}", value
            elif depth < _DEPTH:
                yield from _secrets(value, depth + 1)
    elif isinstance(data, list) and depth < _DEPTH:
        for index, item in enumerate(data[:_FIELDS]):
            yield from ((f"{index}.{name}", value) for name, value in _secrets(item, depth + 1))


def _read(response: httpx.Response) -> Any:
    content = response.content
    if not content or len(content) > _LIMIT:
        return {}
    inside = None if content[:1] in b"{[" else _WRAPPED.fullmatch(content)
    try:
        found = json.loads(inside[1] if inside else content)
    except (ValueError, RecursionError):
        return _form(content)
    is_list = isinstance(found, list) and any(isinstance(item, Mapping) for item in found)
    return found if isinstance(found, Mapping) or is_list else {}


def _otherwise(response: httpx.Response) -> Mapping[str, str]:
    """Return the error of a response that is neither JSON nor a form.

    It comes from its challenge (RFC 6750, 3), XML, or a line of text.
    """
    challenge = dict(_CHALLENGE.findall(response.headers.get("www-authenticate", "")[:_LONGEST]))
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = response.text.strip() if len(response.content) <= _LONGEST else ""
    if kind.endswith(("/xml", "+xml")) and "html" not in kind:
        return challenge | dict(_ELEMENT.findall(text))
    if response.status_code >= 400 and (quoted := _quote(text)):
        kind, text = "text/plain", quoted
    is_sentence = kind == "text/plain" and len(text) <= _SENTENCE and "<" not in text and "=" not in text
    return challenge | ({"message": text} if text and is_sentence else {})


def _quote(text: str) -> str:
    """Return the sentence in a JSON string or a list of them, as ASP.NET refuses requests for JSON; empty if there is none."""
    if text[:1] not in ('"', "["):
        return ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    listed = found if isinstance(found, list) else [found]
    return "; ".join(listed) if all(isinstance(one, str) for one in listed) else ""


def _form(content: bytes) -> Mapping[str, Any]:
    """Parse regardless of the content type: X sends forms as text/html, Facebook has sent them as text/plain."""
    content = content.removeprefix(codecs.BOM_UTF8).strip()
    if not _FORM.fullmatch(content) or content.count(b"&") >= _FIELDS:
        return {}
    return dict(parse_qsl(content.decode("utf-8", "replace")))


class _OwnRequest(httpx.Request):
    """A URL that shows its server only, also in tracebacks that print local variables.

    Some providers take tokens in the query.
    """

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, '{self.url.scheme}://{self.url.host}/***')>"


def own_request(method: str, url: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Request:
    """Return a request to a provider's own endpoint. It asks for JSON, as GitHub answers with a form otherwise."""
    from composio import __version__

    return _OwnRequest(
        method, url, headers={"accept": "application/json", "user-agent": f"composio/{__version__}", **(headers or {})}, **more
    )


def clean(text: str, *secrets: Mapping[str, str]) -> str:
    """Return a provider's message for an error: one line, short, without the values in ``secrets``."""
    values = NO_VALUES
    for one in secrets:
        values = values | {name: value for name, value in one.items() if name not in _PLAIN}
    for secret in Credentials("flow", values=values).secrets():
        text = text.replace(secret, "***")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{text[:_CLIP]}..." if len(text) > _CLIP else text


def explain_failure(
    context: FlowContext, answer: Answer, what: str, *secrets: SecretValues, expires: bool = False, hint: str = ""
) -> TokenRequestFailed | GrantExpired:
    """Return the error for an unsuccessful response. ``what`` was requested, ``expires`` says that it was a renewal.

    ``hint`` says what helps, if the caller knows it better than the code does.

    A renewal ends a connection only if the provider says so. A wrong client secret would end every user's, and an HTML page
    comes from a proxy in front of the endpoint.
    """
    name, known = context.app.name, (context.client, context.values, answer.hidden, *secrets)
    code = clean(answer.code, *known)
    words = clean(answer.description, *known)
    told = ": ".join(part for part in (code, words) if part) or ("" if answer.readable else "not in JSON")
    means = answer.verdict(context)
    if expires and means == "gone":
        return GrantExpired(f"{name} no longer takes this connection's tokens ({told or answer.status}).", code=code)
    hint = hint or _hint(code, means, expires=expires)
    message = f"{name}: {what} failed with status {answer.status}" + (f", {told.removesuffix('.')}." if told else ".")
    return TokenRequestFailed(
        f"{message} {hint}".rstrip(),
        code=code,
        status=answer.status,
        later=means == "later",
        wrong_client=means == "client",
        hint=hint,
    )


def _hint(code: str, means: Verdict, *, expires: bool) -> str:
    """Return what helps. The app's file overrides the usual meaning of a code."""
    if means == "later" or (means == "client" and code not in _ABOUT_CLIENT):
        return _MEANS[means]
    return "" if expires and code == "invalid_grant" else _HINTS.get(code, "")
