"""Files on their way up: where they may come from, what is refused, and that they are never whole in memory."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import tracemalloc
from collections.abc import AsyncIterable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.engine.files import Upload, attach
from composio.engine.multipart import FileStream, Part, multipart
from composio.errors import InvalidArguments
from composio.model.action import Body
from composio.testing import FakeTransport
from composio.transport.limits import Limits
from tests.peers.described import add_app, openapi

BODY = Body("multipart/form-data", "multipart", {"f": "f"}, files=("f",))
LOOSE = Body("multipart/form-data", "multipart", {"f": "f"}, loose_files=("f",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "up"
    (inside / "deep").mkdir(parents=True)
    (inside / "a.txt").write_text("inside")
    (inside / "deep" / "b.png").write_bytes(b"PNG")
    (tmp_path / "secret.txt").write_text("outside")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / "out").symlink_to(tmp_path)
    (inside / "alias.txt").symlink_to(inside / "a.txt")
    return inside


def upload(value: Any, folder: Path | None = None, limit: int = 1000, body: Body = BODY) -> Any:
    return attach("X_DO", body, {"f": value}, folder, limit)["f"]


def content(found: Upload) -> bytes:
    return b"".join(found.chunks())


def test_a_path_in_the_folder_is_taken_relative_or_absolute(folder: Path) -> None:
    for path in ("a.txt", "./a.txt", str(folder / "a.txt")):
        found = upload(path, folder)
        assert (found.name, found.mimetype, found.size, content(found)) == ("a.txt", "text/plain", 6, b"inside")
    assert upload("deep/b.png", folder).mimetype == "image/png"
    assert [one.name for one in upload(["a.txt", "deep/b.png"], folder)] == ["a.txt", "b.png"]


def test_a_folder_that_is_a_link_itself_is_the_operators_choice(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "chosen").symlink_to(folder)
    assert content(upload("a.txt", tmp_path / "chosen")) == b"inside"
    assert content(upload(str(tmp_path / "chosen" / "a.txt"), tmp_path / "chosen")) == b"inside"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "deep/../../secret.txt",
        "deep/../a.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "link.txt",
        "alias.txt",
        "out/secret.txt",
        "missing.txt",
        "deep",
        "",
        ".",
        "a.txt\0.png",
        "~/a.txt",
        "file:///etc/passwd",
        "https://example.com/a.txt",
        "x" * 5000,
    ],
)
def test_what_is_not_in_the_folder_is_refused_and_the_error_says_what_is_allowed(folder: Path, path: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        upload(path, folder)
    assert f"f: expected the path of a file inside the upload folder {folder}, or a data: URL" in str(caught.value)
    assert len(str(caught.value)) < 700


def test_a_path_outside_says_the_same_whether_it_exists_or_not(folder: Path, tmp_path: Path) -> None:
    errors = []
    for path in (tmp_path / "secret.txt", tmp_path / "nothing.txt"):
        with pytest.raises(InvalidArguments) as caught:
            upload(str(path), folder)
        errors.append(str(caught.value).replace(path.name, "NAME"))
    assert errors[0] == errors[1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_file_and_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(InvalidArguments, match="no file that can be read"):
        upload("pipe", folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    st.lists(st.sampled_from(["..", ".", "", "out", "deep", "link.txt", "a.txt", "up", "secret.txt", "/", "\\"]), max_size=6)
)
def test_no_path_ever_leads_out(folder: Path, parts: list[str]) -> None:
    for text in ("/".join(parts), "/" + "/".join(parts), f"{folder}/{'/'.join(parts)}"):
        try:
            found = upload(text, folder)
        except InvalidArguments:
            continue
        assert content(found) in {b"inside", b"PNG"}


def test_without_a_folder_no_file_is_read(folder: Path) -> None:
    with pytest.raises(InvalidArguments, match=r"no local file may be sent.*upload_folder="):
        upload(str(folder / "a.txt"))


def test_a_file_that_is_replaced_before_it_is_sent_is_not_sent(folder: Path, tmp_path: Path) -> None:
    found = upload("a.txt", folder)
    (folder / "a.txt").unlink()
    os.link(tmp_path / "secret.txt", folder / "a.txt")
    with pytest.raises(OSError, match="was replaced"):
        content(found)
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(OSError, match=r"symbolic links|replaced"):
        content(found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"raw", (None, None, b"raw")),
        ("data:,plain%20text", (None, None, b"plain text")),
        ("data:text/plain;base64,aGk=", (None, "text/plain", b"hi")),
        ("DATA:image/png;name=a%20b.png;base64,aG k=", ("a b.png", "image/png", b"hi")),
        ("data:;base64,", (None, None, b"")),
    ],
)
def test_bytes_and_data_urls(value: Any, expected: Any) -> None:
    found = upload(value)
    assert (found.name, found.mimetype, content(found)) == expected


@pytest.mark.parametrize("value", ["data:x;base64,@@@", "data:text/plain", 5, {"a": 1}])
def test_what_is_no_file_is_said(value: Any) -> None:
    with pytest.raises(InvalidArguments, match=r"f: expected a (file|data: URL, data:TYPE;base64,DATA), got"):
        upload(value)


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(folder: Path) -> None:
    for value in ("a.txt", b"123456"):
        with pytest.raises(InvalidArguments, match="at most 5 bytes, got one of 6 bytes"):
            upload(value, folder, limit=5)


def test_a_text_that_names_no_file_may_be_an_id(folder: Path) -> None:
    assert upload("AgADBAAD", folder, body=LOOSE) == "AgADBAAD"
    assert content(upload("a.txt", folder, body=LOOSE)) == b"inside"
    assert content(upload("data:,x", None, body=LOOSE)) == b"x"


def test_in_json_a_file_is_base64_text(folder: Path) -> None:
    body = Body("application/json", "json", {"f": "f"}, loose_files=("f",))
    encoded = base64.b64encode(b"inside").decode()
    for value in (b"inside", "data:;base64," + encoded, "a.txt", encoded):
        assert upload(value, folder, body=body) == encoded
    with pytest.raises(InvalidArguments, match="at most 8388608 bytes"):
        upload(b"x" * (8 * 1024**2 + 1), limit=10**9, body=body)


def test_a_stream_reads_its_files_again_each_time(folder: Path) -> None:
    stream = FileStream([b"<", upload("a.txt", folder), b">"])
    assert [b"".join(stream) for _ in range(2)] == [b"<inside>"] * 2
    assert stream.size == 8

    async def read(chunks: AsyncIterable[bytes]) -> bytes:
        return b"".join([chunk async for chunk in chunks])

    assert asyncio.run(read(stream)) == b"<inside>"


def test_a_part_can_not_break_out_of_its_head() -> None:
    kind, stream = multipart([Part('a"\r\nX-Evil: 1', b"x", "text/plain", 'b"\n.txt')])
    sent = b"".join(stream)
    assert kind.startswith("multipart/form-data; boundary=")
    assert b"\r\nX-Evil" not in sent
    assert b'name="a%22%0D%0AX-Evil: 1"; filename="b%22%0A.txt"' in sent


DESCRIPTION = openapi(
    "Box",
    "https://box.example",
    {
        "/files": {
            "post": {
                "summary": "Upload",
                "requestBody": {
                    "required": True,
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "required": ["file"],
                                "properties": {
                                    "file": {"type": "string", "format": "binary"},
                                    "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
                                    "note": {"type": "string"},
                                },
                            }
                        }
                    },
                },
                "responses": {"200": {"description": "ok"}},
            }
        },
        "/raw": {
            "put": {
                "summary": "Put raw",
                "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {}}}},
                "responses": {"200": {"description": "ok"}},
            }
        },
    },
    openapi="3.1.0",
)


@pytest.fixture
def transport() -> FakeTransport:
    answers = [(503, {}, {"retry-after": "0"}), (200, {"ok": True})]
    return FakeTransport({"/files": {"ok": True}, "/raw": answers})


@pytest.fixture
def backend(tmp_path: Path, transport: FakeTransport) -> Iterator[EmbeddedBackend]:
    opened = EmbeddedBackend(home=tmp_path / "home", transport=transport)
    add_app(opened, tmp_path, "crate", DESCRIPTION)
    yield opened
    opened.close()


def execute(backend: EmbeddedBackend, mode: str, action: str, arguments: dict[str, Any], **options: Any) -> Any:
    toolset = ComposioToolSet[Any](backend=backend, **options)
    if mode == "sync":
        return toolset.execute_action(action, arguments, auth=[])
    return asyncio.run(toolset.aexecute_action(action, arguments, auth=[]))


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_files_of_every_kind_arrive(backend: EmbeddedBackend, transport: FakeTransport, folder: Path, mode: str) -> None:
    given = {"file": "a.txt", "more": [b"bytes", "data:image/gif;name=x.gif;base64,R0lG"], "note": "data:, is text here"}
    result = execute(backend, mode, "CRATE_UPLOAD", given, upload_folder=folder)
    assert result["successful"], result
    (sent,) = transport.requests
    assert int(sent.headers["content-length"]) == len(sent.content)
    for expected in (
        b'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ninside\r\n',
        b'name="more"; filename="more"\r\nContent-Type: application/octet-stream\r\n\r\nbytes\r\n',
        b'name="more"; filename="x.gif"\r\nContent-Type: image/gif\r\n\r\nGIF\r\n',
        b'name="note"\r\nContent-Type: text/plain\r\n\r\ndata:, is text here\r\n',
    ):
        assert expected in sent.content


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_retry_sends_the_file_again(backend: EmbeddedBackend, transport: FakeTransport, folder: Path, mode: str) -> None:
    result = execute(backend, mode, "CRATE_PUT_RAW", {"body": "a.txt"}, upload_folder=folder)
    assert result["successful"], result
    assert [request.content for request in transport.requests] == [b"inside", b"inside"]


def test_the_default_is_no_folder(backend: EmbeddedBackend, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"file": str(folder / "a.txt")}
    refused = execute(backend, "sync", "CRATE_UPLOAD", given)
    assert not refused["successful"]
    assert "no local file may be sent" in refused["error"]
    monkeypatch.setenv("COMPOSIO_UPLOAD_FOLDER", str(folder))
    with EmbeddedBackend_of(backend) as other:
        assert execute(other, "sync", "CRATE_UPLOAD", given)["successful"]


class EmbeddedBackend_of:
    """Another backend of the same home: the environment is read once."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self._backend = EmbeddedBackend(home=backend.home, transport=FakeTransport({"/files": {"ok": True}}))

    def __enter__(self) -> EmbeddedBackend:
        return self._backend

    def __exit__(self, *_: object) -> None:
        self._backend.close()


class Counting(httpx.BaseTransport):
    """Reads a request's body as a network would: chunk by chunk, keeping none."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sizes.append(sum(len(chunk) for chunk in cast("Iterator[bytes]", request.stream)))
        return httpx.Response(200, json={"ok": True})


def test_a_large_file_is_never_in_memory(backend: EmbeddedBackend, folder: Path) -> None:
    with (folder / "large.bin").open("wb") as file:
        file.truncate(200 * 1024**2)
    counting = Counting()
    other = EmbeddedBackend(home=backend.home, transport=counting, limits=Limits(upload=300 * 1024**2))
    execute(other, "sync", "CRATE_PUT_RAW", {"body": "a.txt"}, upload_folder=folder)
    tracemalloc.start()
    try:
        for action, given in (("CRATE_UPLOAD", {"file": "large.bin"}), ("CRATE_PUT_RAW", {"body": "large.bin"})):
            assert execute(other, "sync", action, given, upload_folder=folder)["successful"]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        other.close()
    assert min(counting.sizes[1:]) >= 200 * 1024**2
    assert peak < 8 * 1024**2


def test_a_data_url_in_the_arguments_of_a_model(backend: EmbeddedBackend, transport: FakeTransport) -> None:
    given = json.dumps({"file": f"data:text/plain;base64,{base64.b64encode(b'hello').decode()}"})
    toolset = ComposioToolSet[Any](backend=backend)
    (tool,) = toolset.get_tools(actions=["CRATE_UPLOAD"])
    assert "upload folder" in json.dumps(tool)
    toolset.add_auth("crate", parameters=[])
    response = [{"id": "1", "name": "CRATE_UPLOAD", "arguments": given}]
    (result,) = toolset.handle_tool_calls(response)
    assert result["successful"], result
    assert b"\r\n\r\nhello\r\n" in transport.requests[0].content
