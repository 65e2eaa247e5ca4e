"""Authenticate and authorize visitors of a project's pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from litestar import Request, Response
from litestar.response import Redirect

from composio_server.access import get_services
from composio_server.pages.browser import SESSION, cookie_of, csrf_token, read_form, site_of
from composio_server.pages.render import headers_of
from composio_server.pages.signing_in import ask_to_sign_in, who_is_here
from composio_server.request_ids import request_id_of
from composio_server.services.branding import Branding
from composio_server.services.people import Member, Person, Role
from composio_server.services.projects import LOCAL
from composio_server.services.services import Services, off_loop

if TYPE_CHECKING:
    from composio.accounts.service import Accounts
    from composio.embedded.projects import ProjectBackend

__all__ = ["Asked", "NotAllowed", "NotHere", "NotSignedIn", "Visit", "act", "visit"]

Asked = Request[Any, Any, Any]


class NotSignedIn(Exception):
    """Nobody is signed in: the sign-in page is shown, then the requested page."""

    def answer(self, request: Asked) -> Response[Any]:
        return ask_to_sign_in(request)


class NotHere(Exception):
    """A project that the person is not a member of, or an unknown object. The message is for the person."""


class NotAllowed(Exception):
    """The person's role is not sufficient. The message is for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A person on a page of one of their projects. ``projects`` are all of theirs."""

    request: Asked
    services: Services
    person: Person
    here: Member
    projects: tuple[Member, ...]

    @property
    def project_id(self) -> str:
        return self.here.project_id

    @property
    def is_local(self) -> bool:
        """Whether this is an embedded home's own dashboard, without keys and other people."""
        return self.services.is_local

    @property
    def backend(self) -> ProjectBackend:
        """The project's backend, as for its API keys."""
        return self.services.backends.of(self.project_id)

    @property
    def accounts(self) -> Accounts:
        """Its integrations and connections."""
        return self.backend.accounts

    @property
    def csrf(self) -> str:
        """The token for this browser's forms."""
        return csrf_token(str(cookie_of(self.request, SESSION)))

    def may(self, role: Role) -> bool:
        """Return whether their role includes ``role``."""
        return self.here.role.includes(role)

    def require(self, role: Role) -> None:
        """Raise ``NotAllowed`` unless their role includes ``role``."""
        if not self.may(role):
            raise NotAllowed(
                f"You are a {self.here.role} of {self.here.project_name}; this takes a {role}. An owner can change your role."
            )

    @property
    def base(self) -> str:
        """The prefix of this server's URLs: the path that a proxy adds."""
        return site_of(self.request).base

    def url(self, *path: str, **query: object) -> str:
        """Return the URL of a page of the project. Empty values of ``query`` are omitted."""
        where = "/".join(quote(one, safe="") for one in ("projects", self.project_id or LOCAL, *path))
        given = {name: value for name, value in query.items() if value not in (None, "", False)}
        return f"{self.base}/{where}" + (f"?{urlencode(given)}" if given else "")

    def url_of(self, other: Member) -> str:
        """Return the URL of another project's first page."""
        return f"{self.base}/projects/{quote(other.project_id or LOCAL, safe='')}/start"

    @property
    def toolset(self) -> str:
        """Return code that creates a toolset for the project."""
        if self.is_local:
            return "toolset = ComposioToolSet()"
        return f"toolset = ComposioToolSet(api_key=..., base_url={self.services.settings.public_url!r})"

    @property
    def sign_out_url(self) -> str:
        return f"{self.base}/sign-out"

    def go(self, *path: str, **query: object) -> Response[Any]:
        """Redirect to a page of the project, after a form."""
        headers = headers_of(Branding(), site=site_of(self.request))
        return Redirect(self.url(*path, **query), status_code=303, headers=headers)

    def go_to(self, project_id: str, *path: str) -> Response[Any]:
        """Redirect to a page of another project."""
        where = "/".join(quote(one, safe="") for one in ("projects", project_id, *path))
        headers = headers_of(Branding(), site=site_of(self.request))
        return Redirect(f"{self.base}/{where}", status_code=303, headers=headers)

    def note(self, action: str, target: Mapping[str, Any], *, status: int = 200) -> None:
        """Record this person's change in the audit log."""
        self.services.audit.note(
            self.project_id,
            f"person:{self.person.id}",
            action,
            target,
            status=status,
            request_id=request_id_of(self.request),
        )


async def visit(request: Asked, project: str, role: Role = Role.VIEWER) -> Visit:
    """Return who visits a page of ``project``.

    Raises ``NotSignedIn``, ``NotHere`` for a project of others, and ``NotAllowed``.
    """
    person = await who_is_here(request)
    if person is None:
        raise NotSignedIn
    services = get_services(request)
    mine = tuple(await off_loop(services.people.projects_of, person))
    here = next((one for one in mine if (one.project_id or LOCAL) == project), None)
    if here is None:
        raise NotHere("There is no such project, or you are not in it.")
    found = Visit(request=request, services=services, person=person, here=here, projects=mine)
    found.require(role)
    if not services.is_local and services.projects.known_settings(project) is None:
        # They contain the project's own apps, as for API keys.
        await off_loop(lambda: services.project_apps.follow(project, services.projects.settings(project)))
    return found


async def act(request: Asked, project: str, role: Role = Role.DEVELOPER) -> tuple[Visit, dict[str, str]]:
    """Return who sends a form on a page of ``project``, and its fields. Raises as :func:`visit`, and ``FormRefused``."""
    found = await visit(request, project, role)
    return found, await read_form(request, cookie_of(request, SESSION))
