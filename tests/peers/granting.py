"""What a program has once a person let it use an MCP server or a session."""

from __future__ import annotations

import base64
import hashlib

from composio.model.secret import Secret
from composio_server.services.oauth import Target
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services

__all__ = ["grant"]


def grant(services: Services, project: Project, target: Target, user_id: str) -> dict[str, str]:
    """A program's ``code`` (which was used), and its ``access`` and ``refresh`` token."""
    services.people.add_member(project.id, "owner@example.com", Role.OWNER)
    person = services.people.set_password("owner@example.com", Secret("correct horse battery"))
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    back = "http://127.0.0.1/callback"
    code = services.oauth_grants.begin(
        project_id=project.id,
        target=target,
        person_id=person.id,
        user_id=user_id,
        client_id="oc_aaaaaaaaaaaaaaaa",
        client_name="C",
        redirect_uri=back,
        challenge=challenge,
    ).reveal()
    found = services.oauth_grants.exchange(code, client_id="oc_aaaaaaaaaaaaaaaa", redirect_uri=back, verifier=verifier)
    return {"code": code, "access": found.access.reveal(), "refresh": found.refresh.reveal()}
