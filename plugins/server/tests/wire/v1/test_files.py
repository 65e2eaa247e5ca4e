"""Files on the wire of v0.7: sent up for arguments, and come down as results."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio_server.services.services import Services
from tests.peers.upstreams import PDF, Upstream

CONTENT = b"what I wrote\n" * 100


@pytest.fixture
def lent(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the folder that the environment of the server's process names for programs that run there."""
    folder = tmp_path / "lent"
    folder.mkdir()
    (folder / "own.txt").write_text("the operator's own")
    monkeypatch.setenv("COMPOSIO_UPLOAD_FOLDER", str(folder))
    assert services.backends.shared._options().upload_folder == folder
    return folder / "own.txt"


def begin(client: httpx.Client, content: bytes = CONTENT, name: str = "notes.txt") -> dict[str, Any]:
    body = {"md5": hashlib.md5(content).hexdigest(), "app": "KEYED", "action": "X", "filename": name, "mimetype": "text/plain"}
    answer = client.post("/api/v2/actions/files/upload/request", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def send(url: str, signed: str, content: bytes = CONTENT) -> httpx.Response:
    there = httpx.URL(signed).raw_path.decode()
    return httpx.put(f"{url}{there}", content=content, trust_env=False)


def upload(client: httpx.Client, url: str, name: str = "notes.txt") -> dict[str, str]:
    begun = begin(client, name=name)
    assert send(url, begun["url"]).status_code == 200
    return {"name": name, "mimetype": "text/plain", "s3key": begun["key"]}


def execute(client: httpx.Client, account: str, slug: str, **arguments: Any) -> dict[str, Any]:
    body = {"connectedAccountId": account, "input": arguments}
    answer = client.post(f"/api/v2/actions/{slug}/execute", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_argument_that_is_a_file_says_so(client: httpx.Client) -> None:
    properties = client.get("/api/v2/actions/KEYED_SEND_A_FILE").json()["parameters"]["properties"]
    assert (properties["attachment"]["file_uploadable"], properties["attachment"]["type"]) == (True, "object")
    assert "file_uploadable" not in properties["note"]


def test_an_uploaded_file_is_sent_as_it_is(client: httpx.Client, url: str, keyed: str, upstream: Upstream) -> None:
    found = execute(client, keyed, "KEYED_SEND_A_FILE", attachment=upload(client, url), note="x")
    assert found["successful"], found
    (sent,) = [one for one in upstream.seen if one.path == "/upload"]
    assert CONTENT in sent.body
    assert b'filename="notes.txt"' in sent.body


@pytest.mark.parametrize("way", ["execute", "several"])
def test_a_session_of_v3_takes_uploaded_files(client: httpx.Client, url: str, keyed: str, upstream: Upstream, way: str) -> None:
    session = client.post("/api/v3.1/tool_router/session", json={"user_id": "ada"}).json()["session_id"]
    tool = {"tool_slug": "KEYED_SEND_A_FILE", "arguments": {"attachment": upload(client, url), "note": "x"}}
    path = f"/api/v3.1/tool_router/session/{session}/execute"
    if way == "several":
        tool = {"tool_slug": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": {"tools": [tool]}}
    done = client.post(path, json=tool).json()
    assert done["result_type"] == "completed", done
    (sent,) = [one for one in upstream.seen if one.path == "/upload"]
    assert CONTENT in sent.body
    strange = {**tool, "arguments": {"attachment": {"name": "a", "mimetype": "text/plain", "s3key": "fi_" + "0" * 16}}}
    if way == "execute":
        refused = client.post(path, json=strange)
        assert (refused.status_code, "No file" in refused.text) == (400, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v2/actions/KEYED_SEND_A_FILE/execute", {"connectedAccountId": "ID", "input": "ARGUMENTS"}),
        ("/api/v3.1/tools/execute/KEYED_SEND_A_FILE", {"user_id": "ada", "arguments": "ARGUMENTS"}),
        ("/api/v3.1/calls", {"action": "KEYED_SEND_A_FILE", "arguments": "ARGUMENTS", "who": {"entity_id": "ada"}}),
        ("SESSION/execute", {"tool_slug": "KEYED_SEND_A_FILE", "arguments": "ARGUMENTS"}),
        (
            "SESSION/execute_meta",
            {
                "slug": "COMPOSIO_MULTI_EXECUTE_TOOL",
                "arguments": {"tools": [{"tool_slug": "KEYED_SEND_A_FILE", "arguments": "ARGUMENTS"}]},
            },
        ),
    ],
)
@pytest.mark.parametrize("named", ["own.txt", "ABSOLUTE"])
def test_the_operators_upload_folder_is_not_for_callers(
    lent: Path, client: httpx.Client, keyed: str, upstream: Upstream, path: str, body: dict[str, Any], named: str
) -> None:
    if path.startswith("SESSION"):
        session = client.post("/api/v3.1/tool_router/session", json={"user_id": "ada"}).json()["session_id"]
        path = path.replace("SESSION", f"/api/v3.1/tool_router/session/{session}")
    arguments = json.dumps({"attachment": named.replace("ABSOLUTE", str(lent)), "note": "x"})
    filled = json.dumps(body).replace('"ARGUMENTS"', arguments).replace('"ID"', f'"{keyed}"')
    answer = client.post(path, content=filled, headers={"content-type": "application/json"})
    assert answer.status_code in {200, 400}, answer.text
    assert b"the operator's own" not in b"".join(one.body for one in upstream.seen)
    assert "the operator's own" not in answer.text


def test_the_same_request_again_is_not_another_one(client: httpx.Client, url: str, keyed: str, upstream: Upstream) -> None:
    body = {"connectedAccountId": keyed, "input": {"attachment": upload(client, url)}}
    head = {"x-request-id": "once-1"}
    both = [client.post("/api/v2/actions/KEYED_SEND_A_FILE/execute", json=body, headers=head).json() for _ in range(2)]
    assert both[0] == both[1]
    assert len([one for one in upstream.seen if one.path == "/upload"]) == 1


def test_bytes_that_are_here_are_not_asked_for_again(client: httpx.Client, url: str) -> None:
    first = begin(client)
    assert first["exists"] is False
    assert begin(client)["exists"] is False  # nothing was sent yet
    assert send(url, first["url"]).status_code == 200
    again = begin(client)
    assert (again["exists"], again["key"]) == (True, first["key"])
    assert send(url, again["url"]).status_code == 200  # the TypeScript client sends them all the same


def test_other_bytes_than_announced_are_refused(client: httpx.Client, url: str, keyed: str) -> None:
    begun = begin(client)
    assert send(url, begun["url"], b"other").status_code == 400
    body = {"connectedAccountId": keyed, "input": {"attachment": {"name": "a", "mimetype": "b", "s3key": begun["key"]}}}
    answer = client.post("/api/v2/actions/KEYED_SEND_A_FILE/execute", json=body)
    assert (answer.status_code, begun["key"] in answer.json()["message"]) == (400, True)


def test_a_changed_or_expired_url_takes_and_gives_nothing(client: httpx.Client, url: str, services: Services) -> None:
    signed = begin(client)["url"]
    for wrong in (signed[:-1] + ("A" if signed[-1] != "A" else "B"), signed.replace("expires=", "expires=9"), signed[:-43]):
        assert send(url, wrong).status_code == 401  # not 403, which the clients take for a file that is there
    assert httpx.get(f"{url}{httpx.URL(signed).raw_path.decode()}", trust_env=False).status_code == 401
    services.files._now = lambda: 1e10
    assert send(url, signed).status_code == 401


def test_another_project_s_file_is_unknown(client: httpx.Client, stranger: httpx.Client, url: str, keyed: str) -> None:
    reference = upload(client, url)
    made = stranger.post("/api/v1/integrations", json={"appId": "keyed"}).json()["id"]
    wanted = {"integrationId": made, "userUuid": "eve", "data": {"api_key": "k"}, "labels": []}
    theirs = stranger.post("/api/v1/connectedAccounts", json=wanted).json()["connectedAccountId"]
    answer = stranger.post(
        "/api/v2/actions/KEYED_SEND_A_FILE/execute",
        json={"connectedAccountId": theirs, "input": {"attachment": reference}},
    )
    assert (answer.status_code, "uploaded to this project" in answer.json()["message"]) == (400, True)
    assert begin(stranger)["exists"] is False
    assert stranger.get("/api/v2/actions/files/list").json()["items"] == []
    assert stranger.get(f"/api/v1/connectedAccounts/{keyed}").status_code == 404


@pytest.mark.parametrize("named", ["../../accounts.sqlite3", "/etc/passwd", "fi_0000000000000000", "", "\x00", "x" * 10_000])
def test_a_key_that_could_be_anything_names_no_file(client: httpx.Client, keyed: str, named: str) -> None:
    body = {"connectedAccountId": keyed, "input": {"attachment": {"name": "a", "mimetype": "b", "s3key": named}}}
    assert client.post("/api/v2/actions/KEYED_SEND_A_FILE/execute", json=body).status_code == 400


@pytest.mark.parametrize("path", ["/etc/passwd", "uploads", "../master.key", "fi_x/notes.txt"])
def test_a_path_is_never_read(client: httpx.Client, url: str, keyed: str, path: str, upstream: Upstream) -> None:
    upload(client, url)
    upstream.seen.clear()
    found = execute(client, keyed, "KEYED_SEND_A_FILE", attachment=path)
    assert found["successful"] is False
    assert upstream.seen == []


@pytest.mark.parametrize("name", ["../../x", "a/b\\c.txt", "", "\u202e.txt", "n" * 500 + ".pdf", "CON"])
def test_any_name_does_no_harm(client: httpx.Client, url: str, keyed: str, name: str) -> None:
    reference = {**upload(client, url), "name": name}
    assert execute(client, keyed, "KEYED_SEND_A_FILE", attachment=reference)["successful"]


@pytest.mark.parametrize(
    "body", [{}, {"md5": "x", "filename": "a"}, {"md5": "g" * 32, "filename": "a"}, {"md5": 1, "filename": 2}]
)
def test_an_upload_that_can_not_be_meant_is_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    assert client.post("/api/v2/actions/files/upload/request", json=body).status_code == 400


def test_a_file_beyond_the_limit_is_refused(client: httpx.Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio_server.services.files.FILE_BYTES", 10)
    assert send(url, begin(client)["url"]).status_code == 400
    assert begin(client)["exists"] is False


def test_a_result_that_is_a_file_comes_as_a_link(client: httpx.Client, url: str, keyed: str) -> None:
    response = client.get("/api/v2/actions/KEYED_GET_THE_REPORT").json()["response"]
    assert response["properties"]["data"]["properties"]["file"]["file_downloadable"] is True
    file = execute(client, keyed, "KEYED_GET_THE_REPORT")["data"]["file"]
    assert (file["name"], file["mimetype"]) == ("report.pdf", "application/pdf")
    answer = httpx.get(f"{url}{httpx.URL(file['s3url']).raw_path.decode()}", trust_env=False)
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_files_go_when_their_time_is_over(client: httpx.Client, url: str, services: Services) -> None:
    key = upload(client, url)["s3key"]
    assert [one["key"] for one in client.get("/api/v2/actions/files/list").json()["items"]] == [key]
    assert services.files.sweep() == 0
    services.files._now = lambda: 1e10
    assert services.files.sweep() == 1
    assert client.get("/api/v2/actions/files/list").json()["items"] == []
