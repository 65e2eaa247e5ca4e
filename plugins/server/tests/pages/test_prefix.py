"""A server below a path of another site's: every address on its pages begins with that path, whatever the proxy passes on."""

from __future__ import annotations

import html
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from composio.errors import ConfigurationError
from composio.model.secret import Secret
from composio_server.services.openid import OpenId
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import OpenIdSettings, Settings
from tests.peers.acme import KEY, write_app
from tests.peers.oidc import NATIVE, OidcPeer
from tests.peers.proxying import proxying
from tests.peers.walker import Walker, goal_of, text_of

PREFIX, PASSWORD = "/tools/composio", "correct horse battery"
ADDRESSES = re.compile(r'<(?:a|link|script|img|form)\b[^>]* (?:href|src|action)="([^"#]+)"')
# Their pages are made of compiled descriptions, which nothing here needs.
OTHER_APPS = re.compile(r"/apps/(?!keyed\b)|[?&](?:app|trigger)=(?!keyed\b)")
MOST = 60  # pages that are walked through


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """Where the proxy listens."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, door: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    write_app(tmp_path / "home", "keyed", KEY)
    url = f"http://127.0.0.1:{door.getsockname()[1]}{PREFIX}/"
    return Settings.of({"COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_SERVER_URL": url})


@pytest.fixture(params=["dropped", "passed on"])
def walker(request: pytest.FixtureRequest, url: str, door: socket.socket, services: Services) -> Iterator[Walker]:
    """Somebody on the other side of the proxy."""
    services.people.set_password("admin", Secret(PASSWORD))
    with proxying(url, PREFIX, drops=request.param == "dropped", on=door) as outside:
        made = Walker(f"{outside}/")
        yield made
        made.client.close()


def addresses_on(page: Any) -> set[str]:
    """What a page leads to or loads, on this host."""
    found = {urljoin(str(page.url), html.unescape(one)) for one in ADDRESSES.findall(page.text)}
    here = {one for one in found if urlsplit(one).netloc == urlsplit(str(page.url)).netloc}
    return {one for one in here if not OTHER_APPS.search(one)}


def test_everything_that_pages_name_is_below_the_prefix(walker: Walker, project: Project) -> None:
    asked = walker.get("")
    assert str(asked.url).endswith(f"{PREFIX}/sign-in?next=%2Ftools%2Fcomposio%2F")
    first = walker.submit(asked, {"name": "admin", "password": PASSWORD})
    assert str(first.url) == f"{walker.url}projects/{project.id}/start"
    seen, ahead = {str(first.url)}, sorted(addresses_on(first))
    while ahead and len(seen) < MOST:
        url = ahead.pop(0)
        seen.add(url)
        page = walker.get(url)
        posts = page.status_code == 405 or url.endswith(("/sign-out", "/new"))  # forms' own addresses
        assert posts or page.status_code == 200, (url, page.status_code)
        if "text/html" in page.headers.get("content-type", ""):
            ahead += sorted(addresses_on(page) - seen - set(ahead))
    assert {one for one in seen if not one.startswith(walker.url)} == set()
    assert len(seen) > 20, seen
    gone = walker.client.post(
        f"{walker.url}sign-out", data={"csrf": first.text.partition('name="csrf" value="')[2].partition('"')[0]}
    )
    assert gone.headers["location"] == f"{PREFIX}/sign-in"


def test_a_user_connects_below_the_prefix(walker: Walker, link_to: Callable[..., tuple[Any, str]]) -> None:
    _, path = link_to("keyed")
    page = walker.get(f"{walker.url}{path.removeprefix('/')}")
    assert page.status_code == 200
    assert all(one.startswith(walker.url) for one in addresses_on(page))
    done = walker.submit(page, {"f.api_key": "k-1"})
    assert "is connected" in text_of(done)


def test_the_provider_s_answer_and_a_program_s_sign_in_come_below_the_prefix(
    walker: Walker, services: Services, settings: Settings, oidc: OidcPeer
) -> None:
    known = OpenIdSettings(issuer=oidc.issuer, client_id=NATIVE.client_id)
    object.__setattr__(services, "openid", OpenId(known, f"{settings.public_url}/sign-in/callback", services.database))
    leave = walker.submit(walker.get("sign-in"))
    assert f"{PREFIX}/sign-in/callback".replace("/", "%2F") in goal_of(leave)
    asked = walker.get("oauth/authorize?client_id=x")
    assert str(asked.url).startswith(f"{walker.url}sign-in?next=%2Ftools%2Fcomposio%2Foauth%2Fauthorize")


@pytest.mark.parametrize("goal", ["/", "/elsewhere", "/tools", "/tools/composio.evil/", "//evil.example/tools/composio/"])
def test_nobody_is_sent_out_of_the_prefix_after_signing_in(walker: Walker, goal: str) -> None:
    page = walker.get("sign-in")
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    form = {"name": "admin", "password": PASSWORD, "next": goal, "csrf": csrf}
    answer = walker.client.post(f"{walker.url}sign-in", data=form)
    assert answer.headers["location"] == f"{PREFIX}/"


def test_a_prefix_that_routes_begin_with_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="without /api"):
        Settings.of({"COMPOSIO_SERVER_URL": "https://tools.example.com/api"})
