"""Read from a response's headers what its body does not say. Pure.

Source: RFC 9110, 8.8 (validators), 10.2.2 (Location) and 15.3.2 (Created); OData 4.01, 8.3.4 (OData-EntityId).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import httpx

__all__ = ["error_of_head", "facts_of_head", "leads_on"]

# Location, identity, count and version of a resource, under any header name.
_TELLS = re.compile(
    r"(?:.*-)?(?:location|asyncoperation|(?:entity|job|object|operation|resource|task|upload)?-?(?:id|ids|uuid|guid)|uri|url|href|count|total)"
    r"|etag|last-modified|content-range|range|upload-(?:offset|length|expires)|retry-after"
)
# Headers about transfer, access and browsers, which say nothing about the resource.
_OF_THE_WAY = re.compile(
    r"connection|date|server|via|vary|age|pragma|expires|cache-control|keep-alive|transfer-encoding|trailer|upgrade|alt-svc|nel"
    r"|report-to|reporting-endpoints|expect-ct|p3p|referrer-policy|timing-allow-origin|x-(?:powered|served)-by|x-runtime|x-timer"
    r"|x-frame-options|x-xss-protection|x-content-type-options|x-robots-tag|x-ua-compatible"
    r"|(?:access-control|content-security|cross-origin|permissions|feature|proxy|strict-transport|server-timing|sec|cf|x-amz-cf"
    r"|x-cache|x-envoy|x-b3|x-dns|x-download|x-permitted|origin-agent)\b.*"
)
_TRACES = re.compile(
    r"request|trace|correlation|transaction|span|session|client|conversation|activity|diagnostic|ray|amz-id|served"
)
_SECRETS = re.compile(r"auth|cookie|csrf|credential|key|password|secret|signature|token|xsrf")
_SAYS_ERROR = re.compile(
    r"(?:x-)?(?:.*-)?(?:error|fault)(?:-?(?:message|description|detail|details|reason|text|msg))?|grpc-message|x-reason|x-message"
)
_CODES = re.compile(r"(?:.*-)?error-?(?:code|type)")
_CHALLENGE = re.compile(r'\berror(_description)?="([^"]{1,500})"', re.IGNORECASE)
_LONGEST = 2000
# Statuses of created or accepted resources: their location matters more than the rest of the response.
_MADE = frozenset({201, 202})
_WHERE = ("location", "operation-location", "azure-asyncoperation", "content-location")


def facts_of_head(headers: httpx.Headers, method: str = "") -> dict[str, str]:
    """Return the headers that describe a response without a body; for HEAD, all that are about the resource."""
    everything = method.upper() == "HEAD"
    return {
        name: value
        for name, value in headers.items()
        if (_OF_THE_WAY.fullmatch(name) is None if everything else _TELLS.fullmatch(name) is not None)
        and value
        and len(value) <= _LONGEST
        and not _TRACES.search(name)
        and not _SECRETS.search(name)
    }


def leads_on(status: int, headers: httpx.Headers, content: bytes) -> dict[str, str]:
    """Return the location of a created resource, unless the body has it."""
    found = {name: headers[name] for name in _WHERE if name in headers} if status in _MADE else {}
    last = next(iter(found.values()), "").partition("?")[0].rstrip("/").rpartition("/")[2]
    told = bool(last) and (last.encode() in content or unquote(last).encode() in content)
    return {} if told else {name: value for name, value in found.items() if len(value) <= _LONGEST}


def error_of_head(headers: httpx.Headers) -> str:
    """Return the error in the headers; empty if there is none."""
    said = [unquote(headers[name]) for name in headers if _SAYS_ERROR.fullmatch(name) and not _SECRETS.search(name)]
    challenges = dict(_CHALLENGE.findall(headers.get("www-authenticate", "")))
    said += [challenges.get("_description") or challenges.get("", "")]
    said = [one for one in said if one and one.lower() not in {"true", "1"}]
    return next(iter(said), next((headers[name] for name in headers if _CODES.fullmatch(name)), ""))
