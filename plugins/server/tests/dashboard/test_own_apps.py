"""Apps that an owner adds on a page: from a file or a URL, held to what the API holds them to, and theirs alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.model.connection import NewConnection
from composio.testing import FakeTransport
from composio_server.services.people import Role
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.described import openapi, secured
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of

WHERE = "https://docs.mine.example/openapi.json"
SIGNED = f"{WHERE}?token=s-secret-7"


def description(summary: str = "Get me", server: str = "https://api.mine.example") -> dict[str, Any]:
    get = {"operationId": summary.lower().replace(" ", "_"), "summary": summary, "responses": {"200": {"description": "ok"}}}
    key = secured({"type": "apiKey", "in": "header", "name": "X-Api-Key"})
    return openapi("Mine", server, {"/me": {"get": get}}, **key)


class Published:
    """A site that publishes the description of its API."""

    def __init__(self) -> None:
        self.document: Any = description()

    def __call__(self, request: httpx.Request) -> Any:
        if request.url.path == "/moved":
            return httpx.Response(302, headers={"location": "http://127.0.0.1:9/openapi.json"})
        return (200, self.document) if request.url.path == "/openapi.json" else (404, {})


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def services(tmp_path: Path, published: Published, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    class Offline(EmbeddedBackend):
        def __init__(self, **options: Any) -> None:
            super().__init__(**{"transport": FakeTransport(published), **options})

    monkeypatch.setattr("composio_server.services.backends.EmbeddedBackend", Offline)
    made = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_EGRESS_ALLOW": "*.example"}))
    yield made
    made.backends.shared.close()
    made.database.close()


def send(owner: Visitor, document: Any = None, **values: str) -> httpx.Response:
    file = (
        None if document is None else ("mine.json", document if isinstance(document, bytes) else json.dumps(document).encode())
    )
    return owner.upload(owner.get("own-apps"), "/own-apps", file, **values)


def test_a_file_becomes_an_app_that_is_changed_and_removed(owner: Visitor, services: Services, project: Project) -> None:
    assert "Add an app" in text_of(owner.get("apps"))
    added = send(owner, description(), key="mine")
    assert "Added." in text_of(added)
    assert "MINE_GET_ME" in text_of(added)
    assert "a file" in text_of(added)
    assert "Mine" in text_of(owner.get("apps", q="mine"))
    changed = owner.get("own-apps", app="mine")
    assert 'value="mine"' in changed.text
    again = owner.upload(changed, "/own-apps", ("mine.json", json.dumps(description("List all")).encode()), key="mine")
    assert "MINE_LIST_ALL" in text_of(again)
    assert "MINE_GET_ME" not in text_of(again)
    assert "Removed." in text_of(owner.post(again, "/own-apps/mine/delete"))
    assert owner.get("apps/mine").status_code == 404
    noted, deadline = [""], time.monotonic() + 30
    while len(noted) != 3 and time.monotonic() < deadline:
        time.sleep(0.02)  # they are written a moment later
        noted = [one.action for one in services.audit.list_entries(project.id)]
    assert noted == ["delete app", "add app", "add app"]


def test_a_key_is_spelled_plainly(owner: Visitor) -> None:
    added = send(owner, description(), key="My App")
    assert added.status_code == 200
    assert "MY_APP_GET_ME" in text_of(added)


def test_a_url_is_fetched_again_by_an_update(owner: Visitor, published: Published) -> None:
    added = send(owner, key="mine", url=SIGNED)
    assert WHERE in text_of(added)
    assert "s-secret-7" not in added.text
    published.document = description("List all")
    updated = owner.post(added, "/own-apps/mine/update")
    assert "Updated from its description." in text_of(updated)
    assert "MINE_LIST_ALL" in text_of(updated)


def test_a_description_that_names_another_server_waits_for_a_word(
    owner: Visitor, published: Published, services: Services, project: Project
) -> None:
    added = send(owner, key="mine", url=WHERE)
    backend = services.backends.of(project.id)
    asked = NewConnection(app="mine", entity_id="alice", values={"api_key": "k-secret-1"})
    backend.run(lambda: backend.accounts.initiate(asked))
    published.document = description(server="https://evil.example")
    asks = owner.post(added, "/own-apps/mine/update")
    assert asks.status_code == 422
    assert "https://evil.example" in text_of(asks)
    assert "--accept-server" not in asks.text
    refused = owner.upload(asks, "/own-apps", None, key="mine", url=WHERE)
    assert refused.status_code == 422
    taken = owner.upload(refused, "/own-apps", None, key="mine", url=WHERE, accept_server="on")
    assert "Added." in text_of(taken)


@pytest.mark.parametrize(
    ("document", "values", "says"),
    [
        (None, {"key": "mine"}, "Choose a file"),
        (None, {"key": "mine", "url": "https://docs.mine.example/none"}, "answered 404"),
        (None, {"key": "mine", "url": "https://docs.mine.example/moved"}, "not available"),
        (None, {"key": "mine", "url": "file:///etc/passwd"}, "not an http or https URL"),
        (b"\xff\xfe\x00", {"key": "mine"}, "description"),
        ({"openapi": "3.0.3"}, {"key": "mine"}, "description"),
        (description(), {"key": "No key!"}, "No key!"),
        (description(), {"key": "mine", "auth": "by magic"}, "bearer, basic"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(owner: Visitor, document: Any, values: dict[str, str], says: str) -> None:
    refused = send(owner, document, **values)
    assert refused.status_code == 422
    assert says in text_of(refused).partition("API that has a description")[0]
    assert f'value="{values["key"]}"' in refused.text
    assert owner.get("apps/mine").status_code == 404


def test_what_a_description_says_is_text(owner: Visitor) -> None:
    hostile = description()
    hostile["info"] = {"title": "<script>alert(1)</script>", "version": "1", "description": "<img src=x onerror=alert(1)>"}
    hostile["externalDocs"] = {"url": "javascript:alert(1)"}
    page = send(owner, hostile, key="mine")
    assert "Added." in text_of(page)
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert 'href="javascript' not in page.text


def test_only_an_owner_adds_apps_and_other_projects_see_none(owner: Visitor, visitor: Callable[..., Visitor]) -> None:
    send(owner, description(), key="mine")
    developer = visitor(Role.DEVELOPER)
    assert developer.get("own-apps").status_code == 403
    seen = developer.get("apps/mine")
    assert "own app" in text_of(seen)
    assert "/own-apps" not in seen.text
    stranger = visitor(None)
    assert stranger.get("apps/mine").status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n\xff\r\n--x--\r\n', b"--y--"],
)
def test_a_form_that_no_browser_makes_is_refused(owner: Visitor, content: bytes) -> None:
    answer = owner.client.post(
        f"{owner.project}/own-apps", content=content, headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code == 403
    none = owner.client.post(f"{owner.project}/own-apps", content=content, headers={"content-type": "multipart/form-data"})
    assert none.status_code == 403
