"""The authorization server for MCP servers and sessions: metadata, registration, tokens.

The page is in ``pages.consent``. Source: RFC 6749, 5; RFC 7009; RFC 7591; RFC 8414; RFC 9728; MCP's specification,
"Authorization".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlsplit

from litestar import Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from composio.errors import InvalidRequest
from composio_server.access import Here, bearer_of, check_key, get_services, here
from composio_server.services.keys import Caller, KeyRefused, Scope
from composio_server.services.mcp import PATH
from composio_server.services.oauth import Grant, GrantRefused, Target, Tokens
from composio_server.services.people import Role
from composio_server.services.services import Services, off_loop
from composio_server.services.sessions import PATH as SESSIONS

__all__ = [
    "AUTHORIZE",
    "SCOPE",
    "challenge_of",
    "issuer_of",
    "open_granted",
    "open_with_key",
    "project_of",
    "resource_of",
    "router",
    "target_of",
]

AUTHORIZE = "/oauth/authorize"
SCOPE = "tools"
"""The only scope: run the tools of an MCP server. Programs that request others get this one."""
_PATHS: Mapping[Literal["server", "session"], str] = {"server": PATH, "session": SESSIONS}
_TOKEN, _REGISTER, _REVOKE = "/oauth/token", "/oauth/register", "/oauth/revoke"
_RESOURCE = "/.well-known/oauth-protected-resource"
_SERVER = "/.well-known/oauth-authorization-server"
_BODY_BYTES = 64 * 1024
_MOST_FIELDS = 50
_NOT_KEPT = {"cache-control": "no-store", "pragma": "no-cache"}


def issuer_of(services: Services) -> str:
    """Return the issuer of tokens: this server, by its public URL."""
    return services.settings.public_url


def resource_of(services: Services, target: Target) -> str:
    """Return a token's audience: the URL of an MCP server or a session, without its query."""
    return f"{services.settings.public_url}{_PATHS[target.kind]}/{target.id}"


def target_of(services: Services, resource: str) -> Target | None:
    """Return what ``resource`` names, if it exists here. The part after ``?`` is ignored."""
    found = resource.partition("?")[0].removesuffix("/")
    for kind, path in _PATHS.items():
        before = f"{services.settings.public_url}{path}/"
        if found.startswith(before) and "#" not in resource:
            return Target(kind, found.removeprefix(before))
    return None


def project_of(services: Services, target: Target) -> str | None:
    """Return the project of an MCP server or a session; None if there is none. Blocking."""
    if target.kind == "session":
        return services.sessions.project_of(target.id)
    server = services.mcp_servers.find(target.id)
    return None if server is None else server.project_id


def challenge_of(connection: ASGIConnection[Any, Any, Any, Any], target: Target, *, wrong: bool) -> str:
    """Return ``WWW-Authenticate`` for a request without credentials, or with ``wrong`` ones: where to learn how to get some."""
    services = get_services(connection)
    known = f"{_PATHS[target.kind]}/{quote(target.id[:100], safe='')}"
    says = [f'resource_metadata="{services.settings.public_url}{_RESOURCE}{known}"', f'scope="{SCOPE}"']
    return "Bearer " + ", ".join(['error="invalid_token"', *says] if wrong else says)


async def open_granted(connection: ASGIConnection[Any, Any, Any, Any], target: Target, token: str) -> tuple[Here, Grant]:
    """Return who acts with an access token for ``target``. Raises ``KeyRefused``."""
    services = get_services(connection)
    try:
        grant = await off_loop(_find_granted, services, target, token)
    except GrantRefused as refused:
        raise KeyRefused(str(refused), challenge_of(connection, target, wrong=True)) from None
    scopes = frozenset({Scope.EXECUTE, Scope.CONNECT})  # of its one user
    caller = Caller(project_id=grant.project_id, key_id=f"grant:{grant.id}", scopes=scopes)
    return Here(services, caller), grant


def _find_granted(services: Services, target: Target, token: str) -> Grant:
    grant = services.oauth_grants.verify(token)
    if grant.target != target:
        raise GrantRefused(f"This access token is for another MCP server than {target.id[:100]}.")
    person = services.people.get(grant.person_id)
    if person is None or not services.people.may(person, grant.project_id, Role.DEVELOPER):
        raise GrantRefused("The person who gave this access may no longer use the server.")
    services.projects.settings(grant.project_id)  # which contain the redirect URI
    return grant


async def open_with_key(connection: ASGIConnection[Any, Any, Any, Any], target: Target) -> Here:
    """Return who acts with an API key. Raises ``KeyRefused``, which says how to authenticate without one."""
    try:
        await check_key(connection, Scope.EXECUTE)
    except KeyRefused as refused:
        raise KeyRefused(str(refused), challenge_of(connection, target, wrong=bool(bearer_of(connection)))) from None
    return here(connection)


@get([f"{_RESOURCE}{PATH}/{{server_id:str}}"], include_in_schema=False)
async def describe_resource(request: Request[Any, Any, Any], server_id: FromPath[str]) -> dict[str, Any]:
    """Describe the issuer of tokens for an MCP server."""
    server = await off_loop(get_services(request).mcp_servers.find, server_id)
    return _describe(request, Target("server", server_id), None if server is None else server.name)


@get([f"{_RESOURCE}{SESSIONS}/{{session_id:str}}"], include_in_schema=False)
async def describe_session(request: Request[Any, Any, Any], session_id: FromPath[str]) -> dict[str, Any]:
    """Describe the issuer of tokens for a session."""
    known = await off_loop(get_services(request).sessions.project_of, session_id)
    return _describe(request, Target("session", session_id), None if known is None else "A session of the tool router")


def _describe(request: Request[Any, Any, Any], target: Target, name: str | None) -> dict[str, Any]:
    services = get_services(request)
    if name is None or request.app.state.mcp is None:
        raise NotFoundException(detail=f"There is no such MCP {target.kind}.")
    return {
        "resource": resource_of(services, target),
        "authorization_servers": [issuer_of(services)],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
        "resource_name": name,
    }


# RFC 8414 puts an issuer's path after the well-known part; a proxy may forward it or not.
@get([_SERVER, f"{_SERVER}/{{rest:path}}"], include_in_schema=False, sync_to_thread=False)
def describe_server(request: Request[Any, Any, Any], rest: FromPath[str | None] = None) -> dict[str, Any]:
    """Describe the authorization server."""
    services = get_services(request)
    url, before = services.settings.public_url, urlsplit(services.settings.public_url).path
    if (rest or "").rstrip("/") not in ("", before):
        raise NotFoundException(detail="There is one authorization server here.")
    return {
        "issuer": issuer_of(services),
        "authorization_endpoint": url + AUTHORIZE,
        "token_endpoint": url + _TOKEN,
        "registration_endpoint": url + _REGISTER,
        "revocation_endpoint": url + _REVOKE,
        "scopes_supported": [SCOPE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


@post(_REGISTER, include_in_schema=False, status_code=201)
async def register(request: Request[Any, Any, Any]) -> Response[Any]:
    """Register a program. It gets an id and no secret, whatever it requested; RFC 7591 leaves that to the server."""
    services = get_services(request)
    try:
        said = _read_object(await _read_body(request, "application/json"))
        client = await off_loop(services.oauth_clients.register, said.get("client_name"), said.get("redirect_uris"))
    except InvalidRequest as error:
        wrong = "invalid_redirect_uri" if str(error).startswith("redirect_uris") else "invalid_client_metadata"
        return _refuse(wrong, str(error))
    answer = {
        "client_id": client.id,
        "client_id_issued_at": int(services.clock()),
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": SCOPE,
    }
    return Response(answer, status_code=201, headers=_NOT_KEPT)


@post(_TOKEN, include_in_schema=False, status_code=200)
async def give_tokens(request: Request[Any, Any, Any]) -> Response[Any]:
    """Trade a code, or a refresh token, for tokens."""
    services = get_services(request)
    try:
        form = await _read_form(request)
        kind = form.get("grant_type", "")
        if kind not in ("authorization_code", "refresh_token"):
            return _refuse("unsupported_grant_type", "grant_type is authorization_code or refresh_token.")
        target = target_of(services, form["resource"]) if "resource" in form else None
        if "resource" in form and target is None:
            return _refuse("invalid_target", "resource is the URL of an MCP server on this server.")
        tokens = await off_loop(_trade, services, kind, form, target)
    except InvalidRequest as error:
        return _refuse("invalid_request", str(error))
    except GrantRefused as error:
        return _refuse("invalid_grant", str(error))
    answer = {
        "access_token": tokens.access.reveal(),
        "token_type": "Bearer",
        "expires_in": int(tokens.seconds),
        "refresh_token": tokens.refresh.reveal(),
        "scope": SCOPE,
    }
    return Response(answer, headers=_NOT_KEPT)


@post(_REVOKE, include_in_schema=False, status_code=200)
async def revoke(request: Request[Any, Any, Any]) -> Response[Any]:
    """Revoke a token. Source: RFC 7009: an unknown token is not an error."""
    services = get_services(request)
    try:
        form = await _read_form(request)
        token, client_id = _need(form, "token"), _need(form, "client_id")
    except InvalidRequest as error:
        return _refuse("invalid_request", str(error))
    await off_loop(lambda: services.oauth_grants.revoke(token, client_id=client_id))
    return Response(None, headers=_NOT_KEPT)


def _trade(services: Services, kind: str, form: Mapping[str, str], target: Target | None) -> Tokens:
    client_id = _need(form, "client_id")
    if kind == "refresh_token":
        return services.oauth_grants.refresh(_need(form, "refresh_token"), client_id=client_id, target=target)
    return services.oauth_grants.exchange(
        _need(form, "code"),
        client_id=client_id,
        redirect_uri=_need(form, "redirect_uri"),
        verifier=_need(form, "code_verifier"),
        target=target,
    )


def _need(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise InvalidRequest(f"{name} is missing.")
    return form[name]


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is not JSON.") from None
    if not isinstance(said, dict):
        raise InvalidRequest("The body is a JSON object.")
    return said


async def _read_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    body = await _read_body(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidRequest("The body can't be read as a form.") from None
    if len(dict(pairs)) != len(pairs):
        raise InvalidRequest("The body has a field twice.")
    return dict(pairs)


async def _read_body(request: Request[Any, Any, Any], wanted: str) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind != wanted:
        raise InvalidRequest(f"The body is of the type {wanted}.")
    if len(body) > _BODY_BYTES:
        raise InvalidRequest("The body is too large.")
    return body


def _refuse(error: str, message: str) -> Response[Any]:
    return Response({"error": error, "error_description": message}, status_code=400, headers=_NOT_KEPT)


router = Router("/", route_handlers=[describe_resource, describe_session, describe_server, register, give_tokens, revoke])
