"""The pages that people meet pass axe, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from composio.model.secret import Secret
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.axe import judge


def test_pages_pass_axe_and_fit_a_phone(
    url: str, services: Services, project: Project, link_to: Callable[..., tuple[Any, str]]
) -> None:
    services.projects.change_settings(project.id, {"branding": {"name": "Shop", "color": "#ffe9a8"}})
    client = {"client_id": "c", "client_secret": "s"}
    links = [link_to(app, **more)[1] for app, more in (("keyed", {}), ("chosen", {}), ("acme", {"config": client}))]
    person = services.people.set_password("admin", Secret("correct horse battery"))
    session = {"composio-session": services.web_sessions.begin(person).reveal()}
    device = services.cli_sessions.create(device=True)
    pages: list[tuple[str, dict[str, str]]] = [
        (f"{url}/sign-in", {}),
        (f"{url}/", session),
        (f"{url}/?cliKey={device.key}", session),
        (f"{url}/link/nothing", {}),
        *((f"{url}{link}", {}) for link in links),
    ]
    found = judge(pages)
    assert len(found) == 2 * len(pages)
    assert {one["title"]: one["violations"] for one in found if one["violations"]} == {}
    assert [one["title"] for one in found if one["wide"]] == []
    assert all(one["rules"] > 8 for one in found), [(one["title"], one["rules"]) for one in found]
