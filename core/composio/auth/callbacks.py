"""Callbacks that a provider signs: what the app's file declares of the signature, and whether a callback has it. Pure.

Sources: Shopify, "Authorization code grant", step 3 (verify the ``hmac``), and its libraries, which escape what would join two
parameters; RFC 2104.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

from composio.auth.flow import FlowContext
from composio.errors import AuthorizationError, ConfigurationError
from composio.model.kept import SIGNATURE

__all__ = ["check_signature"]

_HASHES: Final[Mapping[str, Callable[..., Any]]] = {
    "HMAC-SHA1": hashlib.sha1,
    "HMAC-SHA256": hashlib.sha256,
    "HMAC-SHA384": hashlib.sha384,
    "HMAC-SHA512": hashlib.sha512,
}


def check_signature(context: FlowContext, callback: Mapping[str, str]) -> None:
    """Nothing if ``callback`` is signed as the app's file declares, or the file declares no signature.

    A refusal (``error``) connects nobody and needs none. Raises ``AuthorizationError`` for a signature that is missing or wrong,
    and ``ConfigurationError`` if the integration has no secret to check it with.
    """
    declared = context.scheme.extra.get(SIGNATURE)
    if not isinstance(declared, Mapping) or callback.get("error"):
        return
    name, parameter = context.app.name, str(declared["parameter"])
    secret_name = str(declared.get("secret", "client_secret"))
    if not context.all_values.get(secret_name):
        raise ConfigurationError(
            f"{context.app.key}: {name} signs its callbacks, which takes the integration's {secret_name} to check. Give it one."
        )
    given = callback.get(parameter, "")
    if not given:
        message = (
            f"{name}: the callback is not signed: it has no {parameter!r}. Pass the whole URL that {name} sent the user to."
        )
        raise AuthorizationError(message, code="unsigned_callback")
    wanted = hmac.new(
        context.all_values[secret_name].encode(),
        _message(callback, {parameter, *map(str, declared.get("exclude", ()))}),
        _HASHES[declared.get("algorithm", "HMAC-SHA256")],
    ).digest()
    if not hmac.compare_digest(wanted, _decode(given, str(declared.get("encoding", "hex")))):
        message = (
            f"{name}: the callback's {parameter!r} is wrong, so it was modified on its way, or the integration's {secret_name}"
            f" is another app's. Nothing was connected. Check the {secret_name} and begin again."
        )
        raise AuthorizationError(message, code="invalid_signature")


def _message(callback: Mapping[str, str], without: set[str]) -> bytes:
    """What is signed: the other parameters by name, ``k=v`` joined with ``&``. A ``&`` inside of one can't make it two."""
    pairs = sorted((key, value) for key, value in callback.items() if key not in without)
    return "&".join(f"{_escape(key).replace('=', '%3D')}={_escape(value)}" for key, value in pairs).encode()


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26")


def _decode(text: str, encoding: str) -> bytes:
    """The signature's bytes; nothing if it is not a string of that kind."""
    try:
        if encoding == "hex":
            return bytes.fromhex(text)
        # A `+` arrives as a space in a query that was not encoded.
        plain = text.replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""
