"""Receive providers' events at ``/webhooks/APP/ID``, for every project. Signatures authenticate them, not keys."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, route
from litestar.enums import HttpMethod
from litestar.params import FromPath

from composio_server.access import get_services

__all__ = ["router"]

_TOO_LARGE, _UNKNOWN = "The request is too large.", "Unknown address."


@route(
    "/{app_key:str}/{subscription_id:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST],
    include_in_schema=False,
    request_max_body_size=None,  # each app has its own limit
    status_code=200,
)
async def receive_event(
    request: Request[Any, Any, Any], app_key: FromPath[str], subscription_id: FromPath[str]
) -> Response[bytes]:
    """Store the event and answer. The app's limit applies to the body."""
    services = get_services(request)
    inbound = services.backends.shared.inbound
    limit = inbound.limit(app_key)
    if not limit:
        return _say(404, _UNKNOWN)
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) > limit:
        return _say(413, _TOO_LARGE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return _say(413, _TOO_LARGE)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]]
    query = request.scope["query_string"].decode("latin-1")
    # The provider's view of the URL: signatures cover it, and a proxy may use another one.
    url = f"{services.settings.public_url}{request.scope['path']}{'?' if query else ''}{query}"
    reply = await inbound.receive(app_key, subscription_id, method=request.method, url=url, headers=headers, body=bytes(body))
    return Response(reply.body, status_code=reply.status, headers=dict(reply.headers), media_type=_media_type(reply.headers))


def _media_type(headers: tuple[tuple[str, str], ...]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "text/plain; charset=utf-8")


def _say(status: int, text: str) -> Response[bytes]:
    return Response(text.encode(), status_code=status, media_type="text/plain; charset=utf-8")


router = Router("/webhooks", route_handlers=[receive_event])
