"""What a page of another site can't do: send a form of ours, show a page of ours in a frame, choose a session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from composio.model.connection import Connection
from composio.model.trigger_instance import TriggerInstance
from composio_server.dashboard.routes import DASHBOARD
from composio_server.pages.routes import PAGES
from composio_server.services.people import Role
from composio_server.services.services import Services
from tests.peers.chromium import chromium
from tests.peers.listening import listening
from tests.peers.visitor import Visitor

PARAMETER = re.compile(r"\{[a-z_]+:[a-z]+\}")


def paths_of(method: str) -> list[str]:
    """Where pages are got or forms sent, as their routes have it."""
    routers: list[Any] = [DASHBOARD, *PAGES]
    return sorted({route.path for router in routers for route in router.routes if method in route.methods})


def csrf_of(visitor: Visitor) -> str:
    return visitor.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]


def fill(path: str, project: str) -> str:
    return PARAMETER.sub("x", path.replace("{project:str}", project))


def test_there_are_as_many_forms_as_pages_need() -> None:
    assert len(paths_of("POST")) >= 20
    assert len(paths_of("GET")) >= 25


@pytest.mark.parametrize("path", paths_of("POST"))
def test_every_form_is_refused_that_no_page_of_this_browser_s_sends(
    path: str, owner: Visitor, visitor: Callable[..., Visitor]
) -> None:
    url = owner.base + fill(path, owner.project.rpartition("/")[2])
    mine, theirs = csrf_of(owner), csrf_of(visitor(Role.DEVELOPER))
    tries: list[dict[str, Any]] = [
        {},
        {"data": {"csrf": ""}},
        {"data": {"csrf": "0" * 64}},
        {"data": {"csrf": theirs}},
        {"params": {"csrf": mine}},
        {"json": {"csrf": mine}},
        {"content": f"csrf={mine}", "headers": {"content-type": "text/plain"}},
        {"files": {"csrf": (None, theirs if path.endswith("/own-apps") else mine)}},  # which is a form that takes a file
        {"data": {"csrf": mine}, "headers": {"sec-fetch-site": "cross-site"}},
        {"data": {"csrf": mine}, "headers": {"sec-fetch-site": "same-site"}},
        {"data": {"csrf": mine}, "headers": {"origin": "https://evil.example"}},
        {"data": {"csrf": mine}, "headers": {"origin": owner.base.replace("127.0.0.1", "127.0.0.2")}},
    ]
    # A link that is not known is said before its form is read.
    refused = {403, 404} if path.startswith("/link/") else {403}
    answers = [owner.client.post(url, **one).status_code for one in tries]
    assert set(answers) <= refused, answers
    assert owner.get("start").status_code == 200  # and nobody was signed out


@pytest.mark.parametrize("path", [one for one in paths_of("POST") if one.startswith("/projects/")])
def test_no_form_works_for_whoever_is_not_signed_in(path: str, owner: Visitor, url: str) -> None:
    with httpx.Client(trust_env=False, timeout=60) as stranger:
        answer = stranger.post(url + fill(path, owner.project.rpartition("/")[2]), data={"csrf": csrf_of(owner)})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("path", [one for one in paths_of("GET") if not one.startswith("/pages/")])
def test_every_page_forbids_frames_caches_and_referrers(path: str, owner: Visitor) -> None:
    answer = owner.client.get(owner.base + fill(path, owner.project.rpartition("/")[2]))
    assert answer.status_code < 500
    policy = dict(one.strip().partition(" ")[::2] for one in answer.headers["content-security-policy"].split(";"))
    assert policy["frame-ancestors"] == policy["default-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<[^>]* (?:on[a-z]+|style|hx-on[^=]*)=", answer.text)
    assert not re.search(r"<script(?! src=)", answer.text)


@pytest.fixture
def elsewhere(owner: Visitor) -> Iterator[str]:
    """Another site, whose page has ours in a frame and sends a form of ours by itself."""
    page = f"""<!doctype html><title>Win a prize</title>
<iframe src="{owner.project}/settings"></iframe>
<form method="post" action="{owner.project}/settings/keys" target="_blank"><input name="name" value="stolen">
<input name="scope.admin" value="on"><button>Claim it</button></form>""".encode()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": page})

    with listening(answer, lifespan="off") as address:
        yield address.replace("127.0.0.1", "localhost")


def test_another_site_neither_frames_a_page_nor_sends_its_form(
    owner: Visitor, elsewhere: str, url: str, services: Services, connection: Connection, trigger: TriggerInstance
) -> None:
    project = owner.project.rpartition("/")[2]
    session = {"composio-session": owner.client.cookies["composio-session"]}
    with chromium() as person, person.at(cookies=session, url=url) as watched:
        page = watched.page
        page.goto(elsewhere)
        [framed] = [one for one in page.frames if one != page.main_frame]
        assert framed.get_by_text("API keys").count() == 0
        assert framed.url.startswith("chrome-error:")
        with page.context.expect_page() as opened:
            page.get_by_role("button", name="Claim it").click()
        opened.value.wait_for_load_state()
        assert "ck_" not in opened.value.content()
    assert services.keys.list_keys(project) == []
