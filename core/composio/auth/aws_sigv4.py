"""Amazon's Signature Version 4. The signer is botocore's, which is Amazon's own.

Source: "AWS Signature Version 4 for API requests" of the IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

import httpx

from composio.auth import template
from composio.auth.quiet import quiet
from composio.errors import ConfigurationError
from composio.model.app import AuthScheme

__all__ = ["sign"]

_UNRESERVED: Final = "-_.~"
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_CARRIED: Final = ("content-type", "content-md5")
_SET: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-SHA256")


def sign(request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
    """Sign ``request`` with the fields ``access_key_id``, ``secret_access_key``, ``session_token``, ``region``, ``service``.

    Region and service that are left out are read from the host's name. Path and query are rewritten into the one form that
    both sides compute the signature from. Raises ``ConfigurationError`` where botocore or a field is missing.
    """
    yield from template.sign(request, scheme, values)
    for name in ("access_key_id", "secret_access_key"):
        if not values.get(name):
            raise ConfigurationError(f"{scheme.name}: needs a value for {name!r}.")
    service = values.get("service") or _service(request.url.host)
    region = values.get("region") or _region(request.url.host)
    request.url = _canonical(request.url, keeps_slashes=service == "s3")
    signed = _sign(request, values, service, region)
    for name in _SET:
        if name in signed:
            request.headers[name] = signed[name]
            yield name


def _sign(request: httpx.Request, values: Mapping[str, str], service: str, region: str) -> Mapping[str, str]:
    try:
        from botocore.auth import UNSIGNED_PAYLOAD, S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        raise ConfigurationError(
            "Signing requests to Amazon's services needs botocore: pip install 'opencomposio-core[aws]'"
        ) from None

    class Unsigned(S3SigV4Auth):  # type: ignore[misc]  # botocore ships no types
        def payload(self, request: Any) -> Any:  # noqa: ARG002 - as its base
            return UNSIGNED_PAYLOAD

    # What proxies and clients change on the way is not signed; the host always is.
    carried = {n: v for n, v in request.headers.items() if n in _CARRIED or (n.startswith("x-amz-") and n != "x-amz-date")}
    key = Credentials(values["access_key_id"], values["secret_access_key"], values.get("session_token") or None)
    # A file on its way to S3 need not be read for its hash where TLS protects it.
    streams = service == "s3" and request.url.scheme == "https" and not isinstance(request.stream, httpx.ByteStream)
    made = AWSRequest(request.method, str(request.url), headers=carried, data=b"" if streams else request.read())
    kind = Unsigned if streams else S3SigV4Auth if service == "s3" else SigV4Auth
    with quiet():
        kind(key, service, region).add_auth(made)
    headers: Mapping[str, str] = made.headers
    return headers


def _canonical(url: httpx.URL, *, keeps_slashes: bool) -> httpx.URL:
    """``url`` with everything percent-encoded but the unreserved characters (RFC 3986, 2.3), as AWS computes it.

    S3 sees no difference between a slash and an encoded one in a key, other services do.
    """
    raw, _, query = url.raw_path.partition(b"?")
    if keeps_slashes:
        path = quote(unquote_to_bytes(raw), safe="/" + _UNRESERVED)
    else:
        path = "/".join(quote(unquote_to_bytes(part), safe=_UNRESERVED) for part in raw.split(b"/"))
    pairs = [part.partition(b"=") for part in query.split(b"&") if part]
    made = "&".join(f"{_requote(name)}={_requote(value)}" for name, _, value in pairs)
    return url.copy_with(raw_path=f"{path}?{made}".encode() if made else path.encode())


def _requote(text: bytes) -> str:
    return quote(unquote_to_bytes(text.replace(b"+", b"%20")), safe=_UNRESERVED)


def _service(host: str) -> str:
    """``sqs`` of sqs.eu-west-1.amazonaws.com; a bucket's name may stand before s3."""
    parts = host.split(".")
    return "s3" if any(part == "s3" or part.startswith("s3-") for part in parts) else parts[0]


def _region(host: str) -> str:
    return next((part for part in host.split(".") if _REGION.fullmatch(part)), "us-east-1")
