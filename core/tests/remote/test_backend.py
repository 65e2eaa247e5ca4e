"""What stays with the caller of a server: functions, processors, plugins, folders, credentials of other apps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from composio import RETRY, ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound, ConnectionNotFound, KeyRefused
from composio.remote.backend import RemoteBackend
from composio.testing import FakeTransport
from tests.peers.described import openapi, write_app
from tests.peers.served import Served

LONG = [{"id": number, "text": "x" * 50} for number in range(40)]


def _upload() -> dict[str, Any]:
    part = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}, "title": {"type": "string"}}}
    return {"operationId": "upload", "summary": "Upload", "requestBody": {"content": {"multipart/form-data": {"schema": part}}}}


PATHS: dict[str, Any] = {
    "/me": {"get": {"operationId": "get_me", "summary": "Get me"}},
    "/list": {"get": {"operationId": "list", "summary": "List"}},
    "/files": {"post": _upload()},
    "/report": {"get": {"operationId": "report", "summary": "Report"}},
}


class Api:
    """Answers as a small API; ``seen`` are the requests."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> Any:
        self.seen.append(request)
        if request.url.path == "/list":
            return 200, LONG
        if request.url.path == "/report":
            head = {"content-type": "application/pdf", "content-disposition": 'attachment; filename="../../re port.pdf"'}
            return httpx.Response(200, headers=head, content=b"%PDF" + bytes(3 * 1024 * 1024))
        sent = request.headers.get("authorization")
        return 200, {"who": sent, "body": request.content.decode("latin-1")[:2000]}


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def backend(tmp_path: Path, api: Api, served: Served) -> Iterator[RemoteBackend]:
    home = tmp_path / "server"
    for path in PATHS.values():
        for operation in path.values():
            operation["responses"] = {"200": {"description": "ok"}}
    scheme: dict[str, Any] = {"auth_mode": "BEARER_TOKEN", "fields": [{"name": "token"}]}
    scheme["proxy"] = {"headers": {"Authorization": "Bearer {{token}}"}}
    write_app(home, "acme", openapi("Acme", "https://api.acme.example", PATHS), auth_schemes=[scheme], important=["get_me"])
    below = EmbeddedBackend(home=home, transport=FakeTransport(api))
    served.on(below)
    made = RemoteBackend(served.address(), home=tmp_path / "caller")
    yield made
    made.close()
    below.close()


def connected(backend: RemoteBackend, **options: Any) -> ComposioToolSet[Any]:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, **options)
    toolset.initiate_connection(app="acme", connected_account_params={"token": "t-secret"})
    return toolset


def test_processors_run_here_around_a_call_of_the_server(backend: RemoteBackend) -> None:
    seen: list[Any] = []
    tries = [RETRY, None]

    def post(result: dict[str, Any]) -> Any:
        seen.append(result["data"]["who"])
        return tries.pop(0) or {**result, "data": "mine"}

    def note(inputs: dict[str, Any]) -> dict[str, Any]:
        seen.append("pre")
        return inputs

    toolset = connected(backend, processors={"pre": {"acme": note}, "post": {"ACME_GET_ME": post}})
    assert toolset.execute_action("ACME_GET_ME", {}) == {"successful": True, "data": "mine", "error": None}
    assert seen == ["pre", "Bearer t-secret", "pre", "Bearer t-secret"]


def test_a_function_runs_here_and_its_requests_go_through_the_server(backend: RemoteBackend, api: Api) -> None:
    here: list[str] = []

    @action(toolname="acme")
    def greet(name: str, entity_id: str, execute_request: Any, auth: dict[str, Any]) -> dict[str, Any]:
        """Greets.

        :param name: Whom.
        """
        here.append(f"{name} of {entity_id}")
        return {"me": execute_request("/me")["who"], "signed": auth["headers"]["authorization"]}

    @action(toolname="acme")
    async def later(execute_request: Any) -> Any:
        """Greets later."""
        return (await execute_request("/me"))["who"]

    toolset = connected(backend)
    done = toolset.execute_action(greet, {"name": "Ada"})
    assert done["data"] == {"me": "Bearer t-secret", "signed": "Bearer t-secret"}
    assert toolset.execute_action("ACME_GREET", {"name": "Ada"})["data"]["me"] == "Bearer t-secret"
    assert here == ["Ada of default"] * 2
    assert toolset.execute_action(later, {})["data"] == "Bearer t-secret"
    assert [tool["name"] for tool in toolset.get_tools(actions=[greet, "ACME_GET_ME"])] == ["greet", "ACME_GET_ME"]


def test_a_server_learns_of_no_other_apps_credentials(backend: RemoteBackend, served: Served, monkeypatch: Any) -> None:
    sent: list[Any] = []
    ask = backend.wire.ask

    async def watch(method: str, path: str, body: Any = None, **more: Any) -> Any:
        sent.append(json.dumps(body, default=str))
        return await ask(method, path, body, **more)

    monkeypatch.setattr(backend.wire, "ask", watch)
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    toolset.add_auth("acme", [{"name": "Authorization", "value": "acme-secret", "in": "header"}])
    toolset.add_auth("other", [{"name": "Authorization", "value": "other-secret", "in": "header"}])
    assert toolset.execute_action("ACME_GET_ME", {})["data"]["who"].endswith("acme-secret")
    assert toolset.execute_request("/me", app="acme")["data"]["who"].endswith("acme-secret")
    assert toolset.get_tools(apps=["acme"])
    assert "acme-secret" in "".join(sent)
    assert "other-secret" not in "".join(sent)


def test_results_are_trimmed_to_what_the_caller_asks_for(backend: RemoteBackend) -> None:
    toolset = connected(backend, max_result_chars=600)
    plain = toolset.execute_action("ACME_LIST", {})
    assert len(plain.to_json()) <= 600
    assert (plain.more or {})["of"] == 40
    changed = toolset.execute_action(
        "ACME_LIST", {}, processors={"post": {"acme": lambda result: {**result, "data": LONG * 2}}}
    )
    assert len(changed.to_json()) <= 600
    assert (changed.more or {})["of"] == 80


def test_a_file_of_the_upload_folder_goes_along_and_no_other(backend: RemoteBackend, tmp_path: Path, api: Api) -> None:
    folder = tmp_path / "mine"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "notes.txt").write_text("from my disk")
    (tmp_path / "secret.txt").write_text("hush")
    toolset = connected(backend, upload_folder=folder)
    done = toolset.execute_action("ACME_UPLOAD", {"file": "docs/notes.txt", "title": "docs/notes.txt"})
    assert done["successful"], done
    assert "from my disk" in done["data"]["body"]
    assert 'filename="notes.txt"' in done["data"]["body"]
    for wrong in ("../secret.txt", str(tmp_path / "secret.txt"), "none.txt"):
        refused = toolset.execute_action("ACME_UPLOAD", {"file": wrong})
        assert not refused["successful"]
        assert str(folder) in refused["error"]
    inline = toolset.execute_action("ACME_UPLOAD", {"file": b"\x00\xff"})
    assert "\x00\xff" in inline["data"]["body"]
    without = connected(backend)
    refused = without.execute_action("ACME_UPLOAD", {"file": "docs/notes.txt"})
    assert "no local file may be sent" in refused["error"]


@pytest.mark.anyio
async def test_a_file_of_a_result_is_saved_in_the_callers_folder(backend: RemoteBackend, tmp_path: Path) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, output_folder=tmp_path / "out")
    await toolset.ainitiate_connection(app="acme", connected_account_params={"token": "t-secret"})
    done = await toolset.aexecute_action("ACME_REPORT", {})
    assert done["successful"], done
    file = Path(done["data"]["file"])
    assert file == tmp_path / "out" / "acme" / "ACME_REPORT" / "re port.pdf"
    size = 4 + 3 * 1024 * 1024
    about = {"file": str(file), "name": "re port.pdf", "mimetype": "application/pdf", "size": size}
    assert done["data"] == about
    assert await anyio.Path(file).read_bytes() == b"%PDF" + bytes(size - 4)
    again = await toolset.aexecute_request("/report", app="acme")
    assert Path(again["data"]["file"]).parent == tmp_path / "out" / "acme" / "request"


def test_files_come_to_synchronous_callers_too_and_nothing_stays_on_the_server(
    backend: RemoteBackend, tmp_path: Path, served: Served
) -> None:
    toolset = connected(backend, upload_folder=tmp_path)
    (tmp_path / "a.txt").write_text("a")
    done = toolset.execute_action("ACME_REPORT", {})
    assert Path(done["data"]["file"]).is_relative_to(tmp_path / "caller" / "output")
    assert toolset.execute_action("ACME_UPLOAD", {"file": "a.txt"})["successful"]
    assert served.transfers() == []


def test_discovery_tools_run_here_over_the_server(backend: RemoteBackend) -> None:
    toolset = connected(backend)
    search, describe, execute, _ = toolset.discovery_tools(apps=["acme"])
    calls = [
        {"name": search["name"], "arguments": {"queries": [{"use_case": "get me"}]}},
        {"name": describe["name"], "arguments": {"tool_slugs": ["ACME_GET_ME"]}},
        {"name": execute["name"], "arguments": {"tools": [{"tool_slug": "ACME_GET_ME", "arguments": {}}]}},
    ]
    found, shown, done = toolset.handle_tool_calls(calls)
    assert "ACME_GET_ME" in found["data"]["results"][0]["primary_tool_slugs"]
    assert shown["successful"]
    assert done["data"]["results"][0]["response"]["data"]["who"] == "Bearer t-secret"


def test_names_that_are_not_known_suggest_functions_too(backend: RemoteBackend) -> None:
    @action
    def plant_a_tree(kind: str) -> str:
        """Plants."""
        return kind

    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    with pytest.raises(ActionNotFound, match="plant_a_tree"):
        toolset.get_tools(actions=["plant_a_treee"])
    with pytest.raises(ActionNotFound, match="ACME_GET_ME"):
        toolset.execute_action("ACME_GET_MEE", {})
    with pytest.raises(ConnectionNotFound, match="acme"):
        toolset.get_tools(apps=["acme"])


def test_a_key_may_do_what_its_scopes_say(backend: RemoteBackend, served: Served, tmp_path: Path) -> None:
    toolset = connected(backend)
    (connection,) = toolset.get_connected_accounts("acme")
    reader: ComposioToolSet[Any] = ComposioToolSet(backend=RemoteBackend(served.address("read"), home=tmp_path / "reader"))
    assert [one.id for one in reader.get_connected_accounts("acme")] == [connection.id]
    for forbidden in (
        lambda: reader.execute_action("ACME_GET_ME", {}),
        lambda: reader.delete_connection(connection.id),
        lambda: reader.create_integration("acme"),
        lambda: reader.get_auth_params("acme"),
        lambda: reader.client.connected_accounts.info(connection.id),
    ):
        with pytest.raises(KeyRefused, match="scope"):
            forbidden()
    runner: ComposioToolSet[Any] = ComposioToolSet(
        backend=RemoteBackend(served.address("read", "execute"), home=tmp_path / "r")
    )
    assert runner.execute_action("ACME_GET_ME", {})["successful"]
    with pytest.raises(KeyRefused, match="admin"):
        runner.get_auth_params("acme")
    reader.backend.close()
    runner.backend.close()


def test_whoami_names_the_project_and_what_the_key_may(backend: RemoteBackend, served: Served) -> None:
    found = backend.run(backend.whoami)
    assert found["project"] == {"id": served.project, "name": "tests"}
    assert found["key"]["scopes"] == ["admin"]
