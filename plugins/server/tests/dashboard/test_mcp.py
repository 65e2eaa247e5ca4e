"""The pages of MCP servers and sessions: made, told to clients, signed for a user, changed, ended and removed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from composio_server.services.mcp import Signed
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme_api import Acme
from tests.peers.axe import judge
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of


def path_of(visitor: Visitor, page: httpx.Response) -> str:
    """Where a page of the project is, below it."""
    return str(page.url).partition(f"{visitor.project}/")[2].partition("?")[0]


def samples(page: httpx.Response) -> dict[str, str]:
    """What can be copied from a page, by its label."""
    found = re.findall(r'<p class="label">(.*?)</p>\s*<pre tabindex="0"><code>(.*?)</code>', page.text, re.DOTALL)
    return {html.unescape(label): html.unescape(text) for label, text in found}


@pytest.fixture
def made(owner: Visitor, acme: Acme) -> httpx.Response:
    """The page of an MCP server that was just made."""
    return owner.post(owner.get("mcp/new"), "/mcp/new", name="Mail", toolkits="acme", managed="on")


def test_a_server_is_made_and_found(owner: Visitor, made: httpx.Response) -> None:
    assert "Added." in text_of(made)
    assert "ACME_GET_ME" in text_of(made)
    assert samples(made)["URL"].startswith("http")
    assert "Mail" in text_of(owner.get("mcp", q="mai", app="acme"))
    assert "No MCP server matches" in text_of(owner.get("mcp", q="calendar"))


def test_what_was_typed_stays_when_it_is_refused(owner: Visitor, acme: Acme) -> None:
    page = owner.get("mcp/new")
    refused = owner.post(page, "/mcp/new", name="Mail", toolkits="acme", tools="ACME_GET_MEE", managed="on")
    assert refused.status_code == 422
    assert "ACME_GET_ME" in text_of(refused)
    assert 'value="Mail"' in refused.text
    assert 'name="managed" checked' in refused.text
    assert "ACME_GET_MEE</textarea>" in refused.text
    assert owner.post(page, "/mcp/new", name="Mail").status_code == 422


def test_a_url_is_signed_for_a_user_until_it_is_ended(owner: Visitor, made: httpx.Response, services: Services) -> None:
    path = path_of(owner, made)
    assert owner.post(made, f"{path}/sign", user=" ", life="").status_code == 422
    assert owner.post(made, f"{path}/sign", user="alice", life="2").status_code == 422
    url = samples(owner.post(made, f"{path}/sign", user="alice & co", life="7"))["Signed URL"]
    query = parse_qs(urlsplit(url).query)
    expires = int(query["expires"][0])
    assert expires > services.clock()
    assert "signature=" not in owner.get(path).text
    signed = Signed(user_id="alice & co", expires=expires)
    server = path.rpartition("/")[2]
    assert services.mcp_servers.open(server, signed, query["signature"][0]) is not None
    assert "no longer work" in text_of(owner.post(made, f"{path}/rotate"))
    assert services.mcp_servers.open(server, signed, query["signature"][0]) is None


def test_a_server_is_changed_and_removed(owner: Visitor, made: httpx.Response) -> None:
    path = path_of(owner, made)
    wrong = owner.post(made, path, name="Post", toolkits="acmee")
    assert wrong.status_code == 422
    assert 'value="Post"' in wrong.text
    saved = owner.post(made, path, name="Post", toolkits="acme", tools="ACME_GET_ME")
    assert "Saved." in text_of(saved)
    assert "Post" in text_of(owner.get("mcp"))
    assert "Removed." in text_of(owner.post(saved, f"{path}/delete"))
    assert owner.get(path).status_code == 404


def test_a_session_is_made_listed_by_user_and_removed(owner: Visitor, acme: Acme) -> None:
    page = owner.get("sessions")
    assert owner.post(page, "/sessions", user="", toolkits="acme").status_code == 422
    wrong = owner.post(page, "/sessions", user="alice", toolkits="acmee")
    assert wrong.status_code == 422
    assert 'value="alice"' in wrong.text
    made = owner.post(page, "/sessions", user="alice", toolkits="acme")
    path = path_of(owner, made)
    assert "COMPOSIO_SEARCH_TOOLS" in text_of(made)
    assert f"/composio/{path.replace('sessions', 'session')}" in samples(made)["URL"]
    assert "acme" in text_of(owner.get("sessions", user="alice"))
    assert "no session" in text_of(owner.get("sessions", user="bob"))
    assert "Removed." in text_of(owner.post(made, f"{path}/delete"))
    assert owner.get(path).status_code == 404


def test_sessions_are_paged_by_the_last_one_seen(services: Services, project: Project, client: httpx.Client) -> None:
    for number in range(5):
        services.sessions.create(project.id, f"user-{number}", {})
    seen: list[str] = []
    after: str | None = None
    while page := services.sessions.list_sessions(project.id, after=after, limit=2):
        seen += [one.user_id for one in page]
        after = page[-1].id
    assert sorted(seen) == [f"user-{number}" for number in range(5)]
    assert services.sessions.list_sessions(services.projects.create("x").id) == []


def test_the_api_lists_sessions(client: httpx.Client, other: httpx.Client) -> None:
    ids = [client.post("/api/v3/tool_router/session", json={"user_id": "u"}).json()["session_id"] for _ in range(3)]
    first = client.get("/api/v3/tool_router/session", params={"limit": 2}).json()
    rest = client.get("/api/v3/tool_router/session", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert {one["session_id"] for one in first["items"] + rest["items"]} == set(ids)
    assert rest["next_cursor"] is None
    assert client.get("/api/v3/tool_router/session", params={"user_id": "v"}).json()["items"] == []
    assert other.get("/api/v3/tool_router/session").json()["items"] == []
    assert other.get("/api/v3/tool_router/session", params={"cursor": ids[0]}).status_code == 404


def test_others_projects_and_viewers_change_none(
    visitor: Callable[..., Visitor], owner: Visitor, made: httpx.Response, services: Services
) -> None:
    path = path_of(owner, made)
    viewer = visitor(Role.VIEWER)
    page = viewer.get(path)
    assert page.status_code == 200
    assert "/delete" not in page.text
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    for deed in (path, f"{path}/sign", f"{path}/rotate", f"{path}/delete", "mcp/new", "sessions", "sessions/x/delete"):
        assert viewer.client.post(f"{viewer.project}/{deed}", data={"csrf": csrf}).status_code == 403, deed
    away = services.projects.create("away")
    there = visitor(Role.OWNER, away.id)
    assert there.get(path).status_code == 404
    csrf = there.get("start").text.partition('name="csrf" value="')[2].partition('"')[0]
    assert there.client.post(f"{there.project}/{path}/rotate", data={"csrf": csrf}).status_code == 404


def test_the_pages_pass_axe_and_fit_a_phone(owner: Visitor, made: httpx.Response) -> None:
    session = {"composio-session": owner.client.cookies["composio-session"]}
    of_alice = owner.post(owner.get("sessions"), "/sessions", user="alice")
    paths = ["mcp", "mcp/new", "sessions", path_of(owner, made), path_of(owner, of_alice)]
    found = judge([(f"{owner.project}/{path}", session) for path in paths])
    assert {one["title"]: one["violations"] for one in found if one["violations"]} == {}
    assert [one["title"] for one in found if one["wide"]] == []
