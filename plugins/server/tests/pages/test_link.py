"""The hosted connect page, over real HTTP, and against a real provider where users log in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa

from composio.model.connection import Connection, NewIntegration
from composio_server.services.links import Link, Links
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.store.tables import links as table
from composio_server.store.tables import projects
from tests.peers.oidc import NATIVE, OidcPeer
from tests.peers.walker import Walker, goal_of, text_of

LinkTo = Callable[..., tuple[Link, str]]
Connections = Callable[[], list[Connection]]
NATIVE_CLIENT = {"client_id": NATIVE.client_id}


def back(walker: Walker, provider_url: str) -> str:
    """A provider's callback, at the test server's own address."""
    return walker.url + provider_url.removeprefix("http://localhost:9899")


def test_a_user_types_a_key_and_is_connected(walker: Walker, link_to: LinkTo, connections: Connections) -> None:
    link, page = link_to("keyed", callback_url="https://shop.example/done?tab=2")
    form = walker.get(page)
    assert form.status_code == 200
    assert "API key" in form.text
    assert 'type="password"' in form.text
    assert "From your account" in text_of(form)
    assert 'value="eu"' in form.text
    answer = walker.submit(form, {"f.api_key": " k-123 \r\n", "f.region": "us"})
    (one,) = connections()
    assert (str(one.status), one.entity_id, one.integration_id) == ("ACTIVE", "alice", link.integration_id)
    assert dict(one.values) == {"api_key": "k-123", "region": "us"}
    assert parse_qs(urlsplit(goal_of(answer)).query) == {
        "tab": ["2"],
        "status": ["success"],
        "connectedAccountId": [one.id],
        "connected_account_id": [one.id],
        "appName": ["keyed"],
    }


def test_without_a_callback_the_page_says_that_it_is_done(walker: Walker, link_to: LinkTo) -> None:
    answer = walker.submit(walker.get(link_to("keyed")[1]), {"f.api_key": "k"})
    assert answer.status_code == 200
    assert "keyed is connected" in text_of(answer).lower()


def test_a_user_logs_in_at_a_provider_and_comes_back(
    walker: Walker, peer: OidcPeer, link_to: LinkTo, connections: Connections
) -> None:
    _, page = link_to("peer", config=NATIVE_CLIENT, callback_url="https://shop.example/done")
    leave = walker.submit(walker.get(page))
    asked = goal_of(leave)
    assert asked.startswith(f"{peer.issuer}/auth?")
    assert parse_qs(urlsplit(asked).query)["redirect_uri"] == ["http://localhost:9899/api/v1/auth-apps/add"]
    answer = walker.get(back(walker, peer.drive_login(asked, user="bob")))
    (one,) = connections()
    assert str(one.status) == "ACTIVE"
    assert one.values["access_token"]
    query = parse_qs(urlsplit(goal_of(answer)).query)
    assert (query["status"], query["connected_account_id"]) == (["success"], [one.id])
    assert one.values["access_token"] not in "".join(one.text for one in walker.seen)


def test_a_user_who_says_no_goes_back_with_that_and_may_try_again(
    walker: Walker, peer: OidcPeer, link_to: LinkTo, connections: Connections
) -> None:
    _, page = link_to("peer", config=NATIVE_CLIENT)
    leave = walker.submit(walker.get(page))
    answer = walker.get(back(walker, peer.drive_login(goal_of(leave), deny=True)))
    assert answer.status_code == 400
    assert "The user declined" in text_of(answer)
    assert [str(one.status) for one in connections()] == ["FAILED"]
    assert f'href="{page}"' in answer.text
    again = walker.submit(walker.get(page))
    walker.get(back(walker, peer.drive_login(goal_of(again))))
    assert [str(one.status) for one in connections()] == ["ACTIVE"]


def test_a_user_who_says_no_is_sent_to_the_developers_page(walker: Walker, peer: OidcPeer, link_to: LinkTo) -> None:
    _, page = link_to("peer", config=NATIVE_CLIENT, callback_url="https://shop.example/done")
    answer = walker.get(back(walker, peer.drive_login(goal_of(walker.submit(walker.get(page))), deny=True)))
    query = parse_qs(urlsplit(goal_of(answer)).query)
    assert query["status"] == ["failed"]
    assert query["appName"] == ["peer"]


def test_a_device_shows_its_code_and_goes_on_once_it_was_entered(
    walker: Walker, peer: OidcPeer, link_to: LinkTo, connections: Connections, services: Services
) -> None:
    _, page = link_to("device", config={"client_id": "device"}, callback_url="https://shop.example/done")
    shown = walker.submit(walker.get(page))
    code = re.search(r'<output class="code"[^>]*>([^<]+)</output>', shown.text)
    assert code
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown.text
    assert code[1] in walker.get(page).text  # the same after a reload, or on another instance
    waiting = walker.get(f"{page}/status")
    assert waiting.json() == {"status": "waiting"}
    assert "hx-refresh" not in waiting.headers
    peer.drive_device(f"{peer.issuer}/device", code[1])
    services.database.change(sa.text("UPDATE composio_authorizations SET next_poll_at = 0"))  # type: ignore[arg-type]
    over = walker.get(f"{page}/status")
    assert over.json() == {"status": "over"}
    assert over.headers["hx-refresh"] == "true"  # the page loads again
    answer = walker.get(page)
    assert "status=success" in goal_of(answer)
    assert [str(one.status) for one in connections()] == ["ACTIVE"]


def test_a_link_connects_once(walker: Walker, link_to: LinkTo, connections: Connections, stranger: Walker) -> None:
    _, page = link_to("keyed")
    form = walker.get(page)
    walker.submit(form, {"f.api_key": "first"})
    again = walker.submit(form, {"f.api_key": "second"})
    assert "keyed is connected" in text_of(again).lower()  # whoever did it sees that it worked
    assert [one.values["api_key"] for one in connections()] == ["first"]
    late = stranger.get(page)
    assert (late.status_code, "was already used" in text_of(late)) == (410, True)


def test_an_expired_link_says_so(walker: Walker, link_to: LinkTo, services: Services) -> None:
    link, page = link_to("keyed")
    form = walker.get(page)
    services.database.change(sa.update(table).where(table.c.id == link.id).values(expires_at=1.0))
    for answer in (walker.get(page), walker.submit(form, {"f.api_key": "k"})):
        assert answer.status_code == 410
        assert "has expired" in text_of(answer)


@pytest.mark.parametrize("token", ["x", "lk_" + "A" * 43, "lk_" + "A" * 42, "lk_%00", "..%2f..", "é", "a" * 5000])
def test_a_link_that_nobody_made_is_not_known(walker: Walker, token: str) -> None:
    assert walker.get(f"/link/{token}").status_code == 404


def test_a_second_browser_is_refused(walker: Walker, link_to: LinkTo, stranger: Walker, connections: Connections) -> None:
    _, page = link_to("keyed")
    form = walker.get(page)
    refused = stranger.get(page)
    assert (refused.status_code, "another browser" in text_of(refused)) == (403, True)
    assert stranger.submit(form, {"f.api_key": "theirs"}).status_code == 403
    walker.submit(form, {"f.api_key": "mine"})
    assert [one.values["api_key"] for one in connections()] == ["mine"]


def test_what_unfolds_links_in_chats_does_not_open_them(walker: Walker, link_to: LinkTo, stranger: Walker) -> None:
    _, page = link_to("keyed")
    stranger.jar = False
    assert stranger.get(page).status_code == 400
    assert stranger.get(page, headers={"sec-purpose": "prefetch;prerender"}).status_code == 204
    assert walker.get(page).status_code == 200


def test_another_browser_can_t_finish_what_a_link_began(
    walker: Walker, peer: OidcPeer, link_to: LinkTo, connections: Connections, stranger: Walker
) -> None:
    _, page = link_to("peer", config=NATIVE_CLIENT)
    came_back = back(walker, peer.drive_login(goal_of(walker.submit(walker.get(page)))))
    refused = stranger.get(came_back)
    assert (refused.status_code, "another browser" in text_of(refused)) == (403, True)
    assert [str(one.status) for one in connections()] == ["INITIATED"]
    assert walker.get(came_back).status_code == 200
    assert [str(one.status) for one in connections()] == ["ACTIVE"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"csrf": "0" * 64}, 403),
        ({"csrf": ""}, 403),
        ({"csrf": "é"}, 403),
    ],
)
def test_a_form_without_its_token_is_refused(
    walker: Walker, link_to: LinkTo, connections: Connections, change: dict[str, str], status: int
) -> None:
    answer = walker.submit(walker.get(link_to("keyed")[1]), {"f.api_key": "k", **change})
    assert answer.status_code == status
    assert connections() == []


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}]
)
def test_another_sites_form_is_refused(
    walker: Walker, link_to: LinkTo, connections: Connections, headers: dict[str, str]
) -> None:
    answer = walker.submit(walker.get(link_to("keyed")[1]), {"f.api_key": "k"}, headers=headers)
    assert answer.status_code == 403
    assert connections() == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"f.api_key": "k"}', "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"f.api_key=%ff%fe", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(500)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 300_000, "application/x-www-form-urlencoded"),
        (b"a=1&a=2", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_is_refused(walker: Walker, link_to: LinkTo, connections: Connections, body: bytes, kind: str) -> None:
    _, page = link_to("keyed")
    walker.get(page)
    answer = walker.client.post(walker.url + page, content=body, headers={"content-type": kind})
    assert answer.status_code == 403
    assert "<h1>" in answer.text
    assert connections() == []


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays_but_secrets(
    walker: Walker, link_to: LinkTo, connections: Connections
) -> None:
    answer = walker.submit(walker.get(link_to("chosen")[1]), {"f.private_key": "s3cret\r\nlines", "f.port": "443"})
    assert answer.status_code == 400
    assert "Choose one." in text_of(answer)
    assert 'aria-invalid="true"' in answer.text
    assert 'value="443"' in answer.text
    assert "s3cret" not in answer.text
    assert connections() == []


def test_a_value_that_can_t_be_meant_is_said_at_its_field(walker: Walker, link_to: LinkTo, connections: Connections) -> None:
    form = walker.get(link_to("chosen")[1])
    given = {"f.region": "eu", "f.private_key": "k", "f.port": "many"}
    answer = walker.submit(form, given)
    assert "Takes a whole number" in text_of(answer)
    answer = walker.submit(form, {**given, "f.port": "", "f.region": "mars"})
    assert "Takes one of eu, us" in text_of(answer)
    assert connections() == []
    walker.submit(form, {"f.region": "eu", "f.private_key": "-----BEGIN\r\nx\r\n", "f.csrf": "own"})
    assert dict(connections()[0].values) == {"region": "eu", "private_key": "-----BEGIN\nx", "csrf": "own"}


def test_a_user_name_may_be_the_whole_key(walker: Walker, link_to: LinkTo, connections: Connections) -> None:
    form = walker.get(link_to("basic")[1])
    assert "Leave it empty if there is none" in text_of(form)
    walker.submit(form, {"f.username": "sk_1", "f.password": ""})
    assert dict(connections()[0].values) == {"username": "sk_1", "password": ""}


def test_a_connection_that_waits_already_is_the_one_that_is_finished(
    walker: Walker, services: Services, project: Project, integrate: Callable[..., Any], connections: Connections
) -> None:
    from composio.model.connection import NewConnection

    one = integrate("keyed")
    backend = services.backends.of(project.id)
    begun = backend.run(lambda: backend.accounts.initiate(NewConnection(entity_id="alice", integration_id=one.id)))
    _, token = services.links.create(project.id, integration_id=one.id, user_id="alice", connection_id=begun.connection.id)
    walker.submit(walker.get(f"/link/{token.reveal()}"), {"f.api_key": "k"})
    assert [(found.id, str(found.status)) for found in connections()] == [(begun.connection.id, "ACTIVE")]


def test_an_integration_that_is_not_set_up_is_not_the_user_s_business(
    walker: Walker, link_to: LinkTo, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    link, page = link_to("acme", config={"client_id": "c"})
    form = walker.get(page)
    services.database.change(sa.text("UPDATE composio_integrations SET scheme = 'gone', auth_mode = 'API_KEY'"))  # type: ignore[arg-type]
    answer = walker.submit(form)
    assert answer.status_code == 500
    assert "Tell the person who sent you the link" in text_of(answer)
    assert link.integration_id not in answer.text
    assert link.integration_id in caplog.text


def test_a_provider_that_fails_is_told_without_its_secrets(
    walker: Walker, peer: OidcPeer, link_to: LinkTo, connections: Connections
) -> None:
    _, page = link_to("peer", config=NATIVE_CLIENT)
    came_back = peer.drive_login(goal_of(walker.submit(walker.get(page))))
    peer.settings(
        fail={
            "/token": {"times": 1, "status": 400, "body": '{"error":"<script>alert(1)</script>"}', "type": "application/json"}
        }
    )
    answer = walker.get(back(walker, came_back))
    assert answer.status_code == 400
    assert "<script>" not in answer.text
    assert parse_qs(urlsplit(came_back).query)["code"][0] not in answer.text


def test_a_project_s_own_name_logo_colour_and_domain_are_what_its_users_see(
    walker: Walker, services: Services, project: Project, link_to: LinkTo
) -> None:
    branding = {"name": "Shop & Co", "logo_url": "https://cdn.shop.example/logo.svg", "color": "#1A7F37"}
    services.database.change(sa.update(projects).where(projects.c.id == project.id).values(settings={"branding": branding}))
    form = walker.get(link_to("keyed")[1])
    assert "Shop & Co asks to use your" in text_of(form)
    assert 'src="https://cdn.shop.example/logo.svg"' in form.text
    assert "img-src 'self' https://cdn.shop.example;" in form.headers["content-security-policy"]
    accent = walker.get("/pages/accent/1a7f37.css")
    assert accent.headers["content-type"].startswith("text/css")
    assert "--accent:#1a7f37" in accent.text


def test_tokens_and_browsers_are_stored_as_hashes(walker: Walker, link_to: LinkTo, services: Services) -> None:
    _, page = link_to("keyed")
    walker.get(page)
    stored = str(list(services.database.rows(sa.select(table))))
    assert page.removeprefix("/link/lk_") not in stored
    assert walker.client.cookies["composio-browser"] not in stored


def test_a_token_is_used_by_one_caller_only(services: Services, project: Project) -> None:
    now = 1000.0
    links = Links(services.database, lambda: now)
    _, token = links.create(project.id, integration_id="i", user_id="e")
    assert links.open(token.reveal()) is not None
    assert [links.use(token.reveal()) for _ in range(2)] == [True, False]
    assert links.open(token.reveal()) is None
    _, late = links.create(project.id, integration_id="i", user_id="e")
    now = 1600.0
    assert links.open(late.reveal()) is None
    assert not links.use(late.reveal())


PAGES: list[tuple[str, int]] = [("/link/unknown", 404), ("/api/v1/auth-apps/add", 400)]


@pytest.mark.parametrize(("path", "status"), PAGES)
def test_every_page_keeps_to_itself(walker: Walker, path: str, status: int) -> None:
    _check_headers(walker.get(path), status)


def test_a_form_keeps_to_itself_too(walker: Walker, link_to: LinkTo) -> None:
    answer = walker.get(link_to("keyed")[1])
    _check_headers(answer, 200)
    for one in walker.seen:
        assert one.headers["referrer-policy"] == "no-referrer"
    (cookie,) = [one.headers["set-cookie"] for one in walker.seen if "set-cookie" in one.headers]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    style = re.search(r'href="(/pages/pages-[0-9a-f]{16}\.css)"', answer.text)
    assert style
    assert "immutable" in walker.get(style[1]).headers["cache-control"]
    assert walker.get("/pages/../app.py").status_code == 404


def _check_headers(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "style=" not in answer.text
    assert "<style" not in answer.text


def test_a_project_s_domain_is_where_its_users_come_back_to(
    walker: Walker, peer: OidcPeer, link_to: LinkTo, services: Services, project: Project
) -> None:
    services.projects.change_settings(project.id, {"branding": {"domain": "connect.shop.example"}})
    leave = walker.submit(walker.get(link_to("peer", config=NATIVE_CLIENT)[1]))
    asked = parse_qs(urlsplit(goal_of(leave)).query)["redirect_uri"]
    assert asked == ["https://connect.shop.example/api/v1/auth-apps/add"]
    assert services.backends.of(services.projects.create("other").id).settings.redirect_uri == (
        "http://localhost:9899/api/v1/auth-apps/add"
    )


def test_a_callback_finishes_its_own_project_s_connection(
    walker: Walker, stranger: Walker, peer: OidcPeer, link_to: LinkTo, services: Services, connections: Connections
) -> None:
    other = services.projects.create("other")
    accounts = services.backends.of(other.id).accounts
    theirs = services.backends.of(other.id).run(
        lambda: accounts.create_integration(NewIntegration(app="peer", config=NATIVE_CLIENT))
    )
    _, token = services.links.create(other.id, integration_id=theirs.id, user_id="alice")
    stranger.submit(stranger.get(f"/link/{token.reveal()}"))
    leave = walker.submit(walker.get(link_to("peer", config=NATIVE_CLIENT)[1]))
    walker.get(back(walker, peer.drive_login(goal_of(leave))))
    assert [str(one.status) for one in connections()] == ["ACTIVE"]
    found = services.backends.of(other.id).run(accounts.connections)
    assert [str(one.status) for one in found] == ["INITIATED"]


def test_a_link_to_another_project_s_integration_connects_nobody(
    walker: Walker, services: Services, integrate: Callable[..., Any]
) -> None:
    one, other = integrate("keyed"), services.projects.create("other")
    _, token = services.links.create(other.id, integration_id=one.id, user_id="alice")
    answer = walker.get(f"/link/{token.reveal()}")
    assert (answer.status_code, "was removed" in text_of(answer)) == (404, True)
    assert one.id not in answer.text
