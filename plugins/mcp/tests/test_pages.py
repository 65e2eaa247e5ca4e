"""The server's pages tell clients of its MCP servers, which then open them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from composio_mcp.clients import CLIENTS
from composio_server.services.people import Role
from composio_server.services.services import Services
from tests.peers.acme_server import acme, app, compiled_home, home, listening, provider, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.visitor import Visitor

__all__ = ["acme", "app", "compiled_home", "home", "listening", "provider", "public_url", "services", "settings", "url"]


@pytest.fixture
def owner(services: Services, url: str) -> Iterator[Visitor]:
    project = services.projects.create("first")
    member = services.people.add_member(project.id, f"{project.id}@shop.example", Role.OWNER)
    person = services.people.get(member.person_id)
    assert person is not None
    visitor = Visitor(url, services.web_sessions.begin(person).reveal(), project.id)
    yield visitor
    visitor.client.close()


def samples(text: str) -> dict[str, str]:
    """What can be copied from a page, by its label."""
    found = re.findall(r'<p class="label">(.*?)</p>\s*<pre tabindex="0"><code>(.*?)</code>', text, re.DOTALL)
    return {html.unescape(label): html.unescape(code) for label, code in found}


@pytest.mark.anyio
async def test_each_client_is_told_of_a_signed_url_that_opens_until_it_is_ended(owner: Visitor) -> None:
    made = owner.post(owner.get("mcp/new"), "/mcp/new", name="Mine", toolkits="open")
    path = str(made.url).partition(f"{owner.project}/")[2].partition("?")[0]
    told = samples(owner.post(made, f"{path}/sign", user="alice", life="").text)
    signed = told["Signed URL"]
    for known in CLIENTS.values():
        text = next(text for label, text in told.items() if label.startswith(known.title))
        entry = json.loads(text)[known.key]["Mine"]
        assert signed in (entry["args"] if known.url_key is None else [entry[known.url_key]])
    assert urlsplit(signed).path.startswith("/composio/server/")
    async with Client(streamable_http_client(signed)) as client:
        assert [one.name for one in (await client.list_tools()).tools]
    assert "no longer work" in owner.post(made, f"{path}/rotate").text
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the client raises for a 401
        async with Client(streamable_http_client(signed)):
            pass
    session = owner.post(owner.get("sessions"), "/sessions", user="alice", toolkits="open")
    assert any(label.startswith("Cursor") for label in samples(session.text))
