"""What providers' endpoints answer, read with care: whatever stands there is secret, hostile or both until it was checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx

from composio.auth.flow import FlowContext
from composio.errors import GrantExpired, TokenRequestFailed
from composio.model.credentials import Credentials
from composio.model.secret import NO_VALUES, SecretValues

__all__ = ["Answer", "cleaned", "failed", "is_expired", "own_request"]

_LIMIT: Final = 1_000_000  # bytes; the largest real answers, with an id token and a photo inside, have a fiftieth
_FIELDS: Final = 100  # of a form
_CLIP: Final = 200
_FORM: Final = re.compile(rb"[\w.%~-]+=[^<>\s]*")
# What connections keep that is no secret; scrubbed, it would eat ordinary words.
_PLAIN: Final = frozenset({"token_type", "scope", "interval"})
_DESCRIPTIONS: Final = ("error_description", "error_message", "message", "detail", "error.message", "error.description")
# Codes that say of a refresh token that it is not taken any more. Beside RFC 6749's: GitHub's, Slack's, Atlassian's
# (``unauthorized_client``), and OpenID's for a user who must be asked again.
_EXPIRED: Final = frozenset(
    {
        *("invalid_grant", "bad_refresh_token", "invalid_refresh_token", "token_revoked", "token_expired", "account_inactive"),
        *("unauthorized_client", "interaction_required", "login_required", "consent_required"),
    }
)
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


class Answer:
    """A response's JSON or form as a mapping. Its repr shows the status only, as the rest may be secret.

    Source: RFC 6749, 5.1 and 5.2; a form is what GitHub and Facebook answer to who does not ask for JSON.
    """

    __slots__ = ("_data", "readable", "status")

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self._data: Mapping[str, Any] = _read(response)
        self.readable = bool(self._data)

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    def at(self, path: str) -> Any:
        """The value at a dotted path; a name that has dots itself is found first. None where there is none."""
        if path in self._data:
            return self._data[path]
        here: Any = self._data
        for part in path.split("."):
            here = here.get(part) if isinstance(here, Mapping) else None
        return here

    def text(self, path: str) -> str | None:
        """A text, number or boolean at ``path`` as text; None for what is empty or is more than one value."""
        found = self.at(path)
        if isinstance(found, bool):
            return str(found).lower()
        return str(found) if isinstance(found, str | int | float) and found != "" else None

    @property
    def code(self) -> str:
        """The error's code, such as ``invalid_grant``; empty where there is none."""
        failed = ("code", "status") if self.status >= 400 else ()
        found = (self.at(path) for path in ("error", "error.code", "error.type", *failed))
        return next((code for code in found if isinstance(code, str) and code), "")

    @property
    def ok(self) -> bool:
        """False for a status that says so, and for an error inside a 200, as Slack's and GitHub's."""
        return self.status < 300 and not self.at("error") and self.at("ok") is not False

    @property
    def description(self) -> str:
        return next((text for path in _DESCRIPTIONS if (text := self.text(path))), "")


def _read(response: httpx.Response) -> Mapping[str, Any]:
    content = response.content
    if not content or len(content) > _LIMIT:
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return _form(content)
    return found if isinstance(found, Mapping) else {}


def _form(content: bytes) -> Mapping[str, Any]:
    """Whatever its type says: X sends forms as text/html, Facebook has sent them as text/plain."""
    if not _FORM.fullmatch(content) or content.count(b"&") >= _FIELDS:
        return {}
    return dict(parse_qsl(content.decode("utf-8", "replace")))


class _OwnRequest(httpx.Request):
    """Shows its server only, in tracebacks that print local variables too: some providers take tokens in the query."""

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, '{self.url.scheme}://{self.url.host}/***')>"


def own_request(method: str, url: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Request:
    """A request to a provider's own endpoint. JSON is asked for, as GitHub answers with a form otherwise."""
    from composio import __version__

    return _OwnRequest(
        method, url, headers={"accept": "application/json", "user-agent": f"composio/{__version__}", **(headers or {})}, **more
    )


def cleaned(text: str, *secrets: Mapping[str, str]) -> str:
    """A provider's words for an error message: one line, short, without any of ``secrets``' values."""
    values = NO_VALUES
    for one in secrets:
        values = values | {name: value for name, value in one.items() if name not in _PLAIN}
    for secret in Credentials("flow", values=values).secrets():
        text = text.replace(secret, "***")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{text[:_CLIP]}..." if len(text) > _CLIP else text


def is_expired(context: FlowContext, answer: Answer) -> bool:
    """Whether a refused renewal means that only connecting again helps.

    Not so for a wrong client secret, which would end every user's connection, nor for a page from whatever stands in front.
    """
    declared: Sequence[str] = context.scheme.extra.get("expired_grant_errors", ())
    if answer.code.lower() in _EXPIRED or answer.code in declared:
        return True
    return answer.status == 401 and answer.readable and not answer.code


def failed(
    context: FlowContext, answer: Answer, what: str, *secrets: SecretValues, expires: bool = False
) -> TokenRequestFailed | GrantExpired:
    """The error for an answer that is no success. ``what`` was asked, ``expires`` says that it was a renewal."""
    new = SecretValues.of({name: answer.text(name) for name in ("access_token", "refresh_token", "id_token", "token")})
    name, known = context.app.name, (context.client, context.values, new, *secrets)
    code = cleaned(answer.code, *known)
    said = cleaned(answer.description, *known)
    told = ": ".join(part for part in (code, said) if part) or ("" if answer.readable else "not in JSON")
    if expires and is_expired(context, answer):
        return GrantExpired(f"{name} no longer takes this connection's tokens ({told or answer.status}).", code=code)
    hint = "" if expires and code == "invalid_grant" else _HINTS.get(code, "")
    if answer.status == 429 or answer.status >= 500:
        hint = "Try again later."
    message = f"{name}: {what} failed with status {answer.status}" + (f", {told}." if told else ".")
    return TokenRequestFailed(f"{message} {hint}".rstrip(), code=code, status=answer.status)
