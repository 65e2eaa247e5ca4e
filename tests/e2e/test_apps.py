"""``composio apps add`` and ``update`` in a terminal: what they ask where they can't decide alone."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.model.connection import NewConnection
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from tests.peers.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")


def terminal(home: Path, *arguments: str) -> Terminal:
    env = {**os.environ, "COMPOSIO_HOME": str(home), "COMPOSIO_ENCRYPTION_KEY": "11" * 32}
    return Terminal(sys.executable, "-m", "composio.cli", "apps", *arguments, env=env)


def description(url: str, **components: Any) -> dict[str, Any]:
    paths = {"/things": {"get": {"summary": "List things", "responses": {}}}}
    return {"openapi": "3.0.3", "info": {"title": "Pets"}, "servers": [{"url": url}], "paths": paths, "components": components}


def test_how_an_api_authenticates_is_asked_where_its_description_does_not_say(tmp_path: Path) -> None:
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(description("https://pets.test")))
    with terminal(tmp_path / "home", "add", "pets", "--spec", str(file)) as asked:
        asked.expect("does not say how calls authenticate")
        asked.expect("How")
        asked.enter("heder:X-Key")
        asked.expect("expected bearer, basic, header:NAME")
        asked.expect("How")
        asked.enter("header:X-Key")
        asked.expect("Added pets")
        assert asked.ended() == 0
    assert "X-Key: '{{ api_key }}'" in (tmp_path / "home" / "apps" / "pets" / "integration.yaml").read_text()


def test_a_moved_server_and_a_contradicted_edit_are_asked_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    home = tmp_path / "home"
    documents: dict[str, Any] = {}

    def respond(request: Request) -> Response:
        return Response.of_json(documents.get(request.path, {}))

    with Loopback(respond) as server, Loopback(respond) as other:
        key = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
        documents["/pets.json"] = description(server.url, securitySchemes=key)
        backend = EmbeddedBackend(home=home)
        backend.catalog.add("pets", f"{server.url}/pets.json")
        request = NewConnection(app="pets", entity_id="alice", values={"api_key": "k"})
        backend.run(lambda: backend.accounts.initiate(request))
        backend.close()
        file = home / "apps" / "pets" / "integration.yaml"
        file.write_text(file.read_text().replace("'{{ api_key }}'", "'Token {{ api_key }}'"))
        documents["/pets.json"] = description(other.url, securitySchemes={"key": {**key["key"], "name": "X-New"}})
        for answer, code in (("n", 1), ("y", 0)):
            with terminal(home, "update", "pets") as asked:
                asked.expect(r"auth_schemes\.key was edited")
                asked.expect("Use the description's value")
                asked.enter("n")
                asked.expect(rf"names {other.url} now; 1 connection was made for {server.url}")
                asked.expect("Send their credentials to the new server")
                asked.enter(answer)
                assert asked.ended() == code
    assert "X-Key: 'Token {{ api_key }}'" in file.read_text()
