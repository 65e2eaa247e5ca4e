"""Check that a callback is from the expected provider (RFC 9207), as far as that is known. Pure.

Where the file declares an ``issuer``, every callback must name it. Elsewhere a callback that names one is held to what is
known: it is no other provider's site, and no other issuer than the one in the ID token that comes with the tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import httpx

from composio.auth import places
from composio.auth.answers import Answer, clean
from composio.auth.claims import claims_of
from composio.auth.flow import FlowContext
from composio.errors import AuthorizationError, ConfigurationError, InvalidRequest
from composio.model.secret import SecretValues
from composio.process.addresses import is_this_machine

__all__ = ["check_callback", "check_id_token"]

# Second levels below a country's domain under which whoever likes registers a name, as in example.co.uk.
_OPEN: Final = frozenset({"ac", "co", "com", "edu", "gob", "gov", "go", "ne", "net", "or", "org"})


def check_callback(context: FlowContext, callback: Mapping[str, str]) -> None:
    """Refuse another provider's answer before anything of it is used. Raises ``AuthorizationError`` (RFC 9207, 2.4)."""
    issuer, given = places.optional_url(context, "issuer"), callback.get("iss")
    if issuer is not None:
        if given != issuer:
            raise _refusal(context, f"the answer is from {clean(given or '') or 'nobody'} and not from {issuer}.")
        return
    if not given:
        return
    own = {parts.netloc.lower() for parts in map(urlsplit, _addresses(context))}
    hosts = [urlsplit(f"//{netloc}").hostname or "" for netloc in own]
    if any(map(is_this_machine, hosts)):  # a provider that somebody develops with, whatever it calls itself
        return
    if not _is_issuer(given):
        raise _refusal(context, f"the answer is from {clean(given)!r}, which is no provider's address.")
    if any(_site(urlsplit(given).hostname or "") == _site(one) for one in hosts):
        return
    raise _refusal(
        context,
        f"the answer is from {clean(given)}, and users were sent to {', '.join(sorted(own))}. If that is its provider's own name,"
        f" put `issuer: {clean(given)}` into the scheme in integration.yaml.",
    )


def check_id_token(context: FlowContext, callback: Mapping[str, str], response: httpx.Response) -> None:
    """Refuse tokens of another issuer than the callback named. Raises ``AuthorizationError``."""
    given = callback.get("iss")
    token = SecretValues.of({"id_token": Answer(response).text("id_token") if given else None})
    issuer = claims_of(token, "id_token").get("iss")
    if given and isinstance(issuer, str) and _plain(issuer) != _plain(given):
        raise _refusal(context, f"the answer is from {clean(given)}, and its tokens are from {clean(issuer)}.")


def _refusal(context: FlowContext, what: str) -> AuthorizationError:
    head, _, more = what.partition(". ")
    sentence = f"{context.app.name}: {head.removesuffix('.')}. Nothing was connected."
    return AuthorizationError(f"{sentence} {more}".rstrip(), code="invalid_issuer")


def _addresses(context: FlowContext) -> list[str]:
    """Where the user was sent, and where tokens come from as far as that is known before the callback is read."""
    found = []
    for name in ("authorization_url", "token_url"):
        with suppress(ConfigurationError, InvalidRequest):
            found.append(places.optional_url(context, name))
    return [url for url in found if url is not None]


def _is_issuer(text: str) -> bool:
    """An https URL without query or fragment: RFC 9207, 2."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and parts.scheme == "https" and text.isprintable() and not (parts.query or parts.fragment)


def _site(host: str) -> str:
    """What of a host's name one owner has, roughly: its last two labels, or three below ``co.uk`` and its like."""
    labels = host.lower().rstrip(".").split(".")
    if labels[-1].isdecimal() or ":" in host:
        return host
    is_open = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _OPEN
    return ".".join(labels[-3 if is_open else -2 :])


def _plain(issuer: str) -> str:
    """Google has named itself without https:// in its tokens."""
    return issuer.removeprefix("https://").rstrip("/")
