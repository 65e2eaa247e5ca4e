"""The consent page: a person allows or denies a program the use of one MCP server or session as one user.

Source: RFC 6749, 4.1; RFC 7636; RFC 8707; RFC 9207; RFC 9700, 2.1 and 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from litestar import Request, Response, get, post
from litestar.response import Redirect

from composio.errors import InvalidRequest, NotFoundError
from composio_server.access import get_services
from composio_server.pages.browser import SESSION, cookie_of, csrf_token, read_form, site_of
from composio_server.pages.render import headers_of, page, send_away
from composio_server.pages.signing_in import ask_to_sign_in, who_is_here
from composio_server.request_ids import request_id_of
from composio_server.services.branding import Branding
from composio_server.services.oauth import Target
from composio_server.services.oauth_clients import OAuthClient, is_loopback
from composio_server.services.people import Person, Role
from composio_server.services.services import Services, off_loop
from composio_server.wire.oauth import AUTHORIZE, issuer_of, project_of, target_of

__all__ = ["ask_for_consent", "decide"]

_PASSED_ON = ("response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "state", "resource")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_LONGEST, _LONGEST_USER = 2000, 200


class _Unfit(Exception):
    """An error to report to the program: its code, and a description for its developer."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A program's request, once it is known that its redirect URI is valid."""

    values: Mapping[str, str]
    client: OAuthClient

    @property
    def redirect_uri(self) -> str:
        return self.values["redirect_uri"]

    def answer(self, services: Services, **said: str) -> str:
        """Return the redirect URL with ``said``, the program's state and the issuer."""
        state = {"state": self.values["state"]} if "state" in self.values else {}
        together = "&" if urlsplit(self.redirect_uri).query else "?"
        return f"{self.redirect_uri}{together}{urlencode({**said, **state, 'iss': issuer_of(services)})}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a program requests access to. ``user_id`` is its user; None if the person chooses it."""

    target: Target
    project_id: str
    name: str
    toolkits: str
    user_id: str | None = None


@get(AUTHORIZE, include_in_schema=False)
async def ask_for_consent(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show which program requests what."""
    given = {name: request.query_params.getall(name) for name in request.query_params}
    if any(len(found) > 1 for found in given.values()):
        return _refuse(request, "The address has a parameter twice.")
    values = {name: str(given[name][0]) for name in _PASSED_ON if name in given}
    if any(len(value) > _LONGEST for value in values.values()):
        return _refuse(request, "The address is too long.")
    # Before anything else: for strangers no URL of theirs is fetched, and nobody is redirected.
    person = await who_is_here(request)
    if person is None:
        return ask_to_sign_in(request, urlencode(values))
    asked = await _read(request, values)
    if isinstance(asked, Response):
        return asked
    try:
        wanted = await _check(request, asked, person)
    except _Unfit as wrong:
        goal = asked.answer(get_services(request), error=wrong.kind, error_description=str(wrong))
        return Redirect(goal, status_code=303, headers=headers_of(Branding(), site=site_of(request)))
    return wanted if isinstance(wanted, Response) else _show(request, asked, wanted, person)


@post(AUTHORIZE, include_in_schema=False, status_code=200)
async def decide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send the person's decision to the program."""
    services = get_services(request)
    form = await read_form(request, cookie_of(request, SESSION))
    values = {name: form[name] for name in _PASSED_ON if name in form}
    person = await who_is_here(request)
    if person is None:
        return ask_to_sign_in(request, urlencode(values))
    asked = await _read(request, values)
    if isinstance(asked, Response):
        return asked
    try:
        wanted = await _check(request, asked, person)
        if isinstance(wanted, Response):
            return wanted
        if form.get("decision") != "allow":
            _deny()
        # A session is for one user, whatever a form says.
        user_id = form.get("user_id", "").strip() if wanted.user_id is None else wanted.user_id
        if not 0 < len(user_id) <= _LONGEST_USER or not user_id.isprintable():
            problem = f"Name the user: 1 to {_LONGEST_USER} characters."
            return _show(request, asked, wanted, person, problem=problem, user_id=user_id[:_LONGEST_USER])
        goal = asked.answer(services, code=await _allow(request, asked, wanted, person, user_id))
    except _Unfit as wrong:
        goal = asked.answer(services, error=wrong.kind, error_description=str(wrong))
    return send_away(goal, title="Back to the program", message="One moment.", site=site_of(request))


def _deny() -> NoReturn:
    raise _Unfit("access_denied", "The person did not allow it.")


async def _read(request: Request[Any, Any, Any], values: Mapping[str, str]) -> _Asked | Response[Any]:
    """Return the program and its redirect URI, or an error page without a redirect."""
    try:
        client = await get_services(request).oauth_clients.find(values.get("client_id", ""))
    except InvalidRequest as error:
        return _refuse(request, str(error))
    if client is None:
        return _refuse(request, "The program that sent you is not known here. Have it connect again from the beginning.")
    if "redirect_uri" not in values or not client.accepts(values["redirect_uri"]):
        return _refuse(request, "The program wants the answer at an address that is not its own. Do not go on.")
    return _Asked(values=values, client=client)


async def _check(request: Request[Any, Any, Any], asked: _Asked, person: Person) -> _Wanted | Response[Any]:
    """Return what is requested, or an error page if this person cannot grant it. Raises ``_Unfit``."""
    values, services = asked.values, get_services(request)
    if values.get("response_type") != "code":
        raise _Unfit("unsupported_response_type", "response_type is code.")
    if values.get("code_challenge_method") != "S256" or not _CHALLENGE.match(values.get("code_challenge", "")):
        raise _Unfit("invalid_request", "code_challenge, with the code_challenge_method S256, is needed.")
    wanted = await off_loop(_find, services, target_of(services, values.get("resource", "")))
    if wanted is None:
        raise _Unfit("invalid_target", "resource is the URL of an MCP server on this server.")
    if not await off_loop(services.people.may, person, wanted.project_id, Role.DEVELOPER):
        message = "You are not in the project of this MCP server, or may only look. An owner of the project can change that."
        return _refuse(request, message, status=403)
    return wanted


def _find(services: Services, target: Target | None) -> _Wanted | None:
    project_id = None if target is None else project_of(services, target)
    if target is None or project_id is None:
        return None
    try:
        if target.kind == "server":
            server = services.mcp_servers.get(project_id, target.id)
            return _Wanted(target, project_id, server.name, ", ".join(server.config.toolkits))
        session = services.sessions.get(project_id, target.id)
    except NotFoundError:  # just removed
        return None
    named = session.config["toolkits"] or {}
    left_out = f"all apps but {', '.join(named['disabled'])}" if named.get("disabled") else "all apps"
    toolkits = ", ".join(named["enabled"]) if named.get("enabled") else left_out
    return _Wanted(target, project_id, f"a session of {session.user_id}", toolkits, session.user_id)


async def _allow(request: Request[Any, Any, Any], asked: _Asked, wanted: _Wanted, person: Person, user_id: str) -> str:
    services, client = get_services(request), asked.client

    def begin() -> str:
        services.oauth_clients.note_use(client)
        code = services.oauth_grants.begin(
            project_id=wanted.project_id,
            target=wanted.target,
            person_id=person.id,
            user_id=user_id,
            client_id=client.id,
            client_name=client.name,
            redirect_uri=asked.redirect_uri,
            challenge=asked.values["code_challenge"],
        )
        return code.reveal()

    code = await off_loop(begin)
    what = {f"mcp_{wanted.target.kind}_id": wanted.target.id, "client_id": client.id, "user_id": user_id}
    services.audit.note(
        wanted.project_id, f"person:{person.id}", f"POST {AUTHORIZE}", what, status=200, request_id=request_id_of(request)
    )
    return code


def _show(
    request: Request[Any, Any, Any],
    asked: _Asked,
    wanted: _Wanted,
    person: Person,
    *,
    problem: str = "",
    user_id: str | None = None,
) -> Response[Any]:
    parts = urlsplit(asked.redirect_uri)
    back = "a program on this computer" if is_loopback(asked.redirect_uri) else parts.netloc
    if parts.scheme not in {"http", "https"}:
        back = f"the app for {parts.scheme}: addresses"
    return page(
        "consent",
        status=400 if problem else 200,
        site=site_of(request),
        title="Let a program use your tools?",
        problem=problem,
        csrf=csrf_token(str(cookie_of(request, SESSION))),
        values=asked.values,
        client=asked.client.name,
        host=asked.client.host,
        back=back,
        server=wanted.name,
        toolkits=wanted.toolkits,
        fixed_user=wanted.user_id,
        user_id=person.name if user_id is None else user_id,
        name=person.name,
    )


def _refuse(request: Request[Any, Any, Any], message: str, status: int = 400) -> Response[Any]:
    site = site_of(request)
    return page("message", status=status, site=site, title="Something went wrong", message=message, ok=False, again=None)
