"""The example's web app, its users at a real provider, their calls at GitHub's own description."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import Action, ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.process.home import Home
from composio.testing import FakeUpstream
from tests.peers.oidc import NATIVE, OidcPeer

pytest.importorskip("fastapi", reason="the example's framework")

EXAMPLES = Path(__file__).parents[2] / "examples"
HERE = "http://127.0.0.1:9999"  # the app's own address; nothing listens there, as it is called in memory
pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def github() -> Iterator[FakeUpstream]:
    with FakeUpstream.for_app("github") as api:
        yield api


@pytest.fixture
def toolset(
    tmp_path: Path, oidc: OidcPeer, github: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ComposioToolSet[Any]]:
    github.reset()
    home = tmp_path / "home"
    home.mkdir()
    for file in Home().path.glob("catalog.sqlite3*"):
        shutil.copy(file, home / file.name)
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "55" * 32)
    monkeypatch.setenv("COMPOSIO_GITHUB_BASE_URL", github.url)
    monkeypatch.setenv("COMPOSIO_OAUTH_GITHUB_CLIENT_ID", NATIVE.client_id)
    monkeypatch.setenv("COMPOSIO_OAUTH_GITHUB_AUTHORIZATION_URL", f"{oidc.issuer}/auth")
    monkeypatch.setenv("COMPOSIO_OAUTH_GITHUB_TOKEN_URL", f"{oidc.issuer}/token")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    backend = EmbeddedBackend(home=home)
    yield ComposioToolSet(backend=backend)
    backend.close()
    sys.modules.pop("connect_users_with_fastapi", None)


@asynccontextmanager
async def browser(app: Any, user: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as client:
        assert (await client.post(f"/sign-in/{user}")).status_code == 303
        yield client


@pytest.fixture
def page(toolset: ComposioToolSet[Any]) -> dict[str, Any]:
    """What the web app of docs/connecting.md defines, on this test's toolset."""
    text = (EXAMPLES.parent / "docs" / "connecting.md").read_text("utf-8")
    (block,) = [block for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if "FastAPI()" in block]
    namespace: dict[str, Any] = {"toolset": toolset, "Action": Action, "__name__": "page"}
    exec(compile(block, "connecting.md", "exec", dont_inherit=True), namespace)
    return namespace


async def test_the_documentations_web_app_answers_what_users_do(page: dict[str, Any], oidc: OidcPeer) -> None:
    signed_in = "ada"
    page["app"].dependency_overrides[page["current_user"]] = lambda: signed_in
    async with httpx.AsyncClient(transport=httpx.ASGITransport(page["app"]), base_url=HERE) as client:
        unconnected = await client.post("/star/octocat/hello-world")
        assert (unconnected.status_code, 'href="/connect/github"' in unconnected.text) == (409, True)
        refused = await client.get(walked(oidc, await client.get("/connect/github"), "ada", deny=True))
        assert (refused.status_code, "Not connected" in refused.text) == (400, True)
        back = walked(oidc, await client.get("/connect/github"), "ada")
        signed_in = "bob"
        lured = await client.get(back)
        assert (lured.status_code, "another entity" in lured.text) == (400, True)
        signed_in = "ada"
        assert (await client.get(back)).status_code == 303
        reloaded = await client.get(back)
        assert (reloaded.status_code, "used before" in reloaded.text) == (400, True)
        assert (await client.post("/star/octocat/hello-world")).json()["successful"]


@pytest.fixture
def app(toolset: ComposioToolSet[Any]) -> Any:
    import connect_users_with_fastapi as example  # type: ignore[import-not-found]  # a script beside the workspace's packages

    return example.make_app(toolset)


def walked(oidc: OidcPeer, sent: httpx.Response, user: str, *, deny: bool = False) -> str:
    """What the provider sends the browser back to."""
    assert sent.status_code == 303
    return oidc.drive_login(sent.headers["location"], user=user, deny=deny)


async def test_users_connect_and_each_stars_as_themselves(
    app: Any, oidc: OidcPeer, github: FakeUpstream, toolset: ComposioToolSet[Any]
) -> None:
    async with browser(app, "ada") as ada, browser(app, "bob") as bob:
        for client, name in ((ada, "ada"), (bob, "bob")):
            back = walked(oidc, await client.get("/connect/github"), name)
            assert back.startswith(f"{HERE}/callback?")
            assert (await client.get(back)).headers["location"] == "/"
            assert "Connected: github" in (await client.get("/")).text
            assert (await client.post("/star/octocat/hello-world")).json()["successful"]
    tokens = [request.headers["authorization"].removeprefix("Bearer ") for request in github.requests]
    assert [oidc.introspect(token)["sub"] for token in tokens] == ["ada", "bob"]
    for name, token in zip(("ada", "bob"), tokens, strict=True):
        one = (await toolset.aget_connected_accounts(entity_id=name))[0]
        assert (await toolset.client.connected_accounts.ainfo(one.id)).values["access_token"] == token


async def test_a_callback_in_somebody_elses_browser_connects_nobody(app: Any, oidc: OidcPeer) -> None:
    async with browser(app, "mallory") as mallory, browser(app, "ada") as ada:
        back = walked(oidc, await mallory.get("/connect/github"), "mallory")
        lured = await ada.get(back)
        assert lured.status_code == 400
        assert "another entity" in lured.text
        assert "nothing yet" in (await ada.get("/")).text
        assert (await mallory.get(back)).status_code == 303
        replayed = await mallory.get(back)
        assert (replayed.status_code, "used before" in replayed.text) == (400, True)


async def test_who_says_no_is_told_so_and_may_connect_later(app: Any, oidc: OidcPeer) -> None:
    async with browser(app, "ada") as ada:
        refused = await ada.get(walked(oidc, await ada.get("/connect/github"), "ada", deny=True))
        assert (refused.status_code, "Not connected" in refused.text) == (400, True)
        unconnected = await ada.post("/star/octocat/hello-world")
        assert unconnected.status_code == 409
        again = re.search(r'href="([^"]+)"', unconnected.text)
        assert again is not None
        assert (await ada.get(walked(oidc, await ada.get(again[1]), "ada"))).status_code == 303
        assert (await ada.post("/star/octocat/hello-world")).json()["successful"]


async def test_nobody_connects_without_signing_in(app: Any) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as client:
        assert (await client.get("/connect/github")).status_code == 401
        assert (await client.get("/callback?state=x&code=y")).status_code == 401


async def test_it_runs_without_keys(github: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``main`` runs it, but for the server: against the provider of ``services.py``, whose one page is walked through."""
    import os

    monkeypatch.syspath_prepend(str(EXAMPLES))
    before = dict(os.environ)
    import connect_users_with_fastapi as example
    import services  # type: ignore[import-not-found]  # as above

    try:
        with services.github_accounts(), ComposioToolSet() as toolset:
            async with browser(example.make_app(toolset), "ada") as ada:
                sent = await ada.get("/connect/github")
                async with httpx.AsyncClient(trust_env=False) as outside:
                    page = await outside.get(sent.headers["location"])
                yes = re.search(r'href="([^"]+)"', page.text)
                assert yes is not None
                assert (await ada.get(yes[1].replace("&amp;", "&"))).status_code == 303
                assert (await ada.post("/star/octocat/hello-world")).json()["successful"]
    finally:
        os.environ.clear()
        os.environ.update(before)
        for name in ("services", "connect_users_with_fastapi"):
            sys.modules.pop(name, None)
