"""Results that are files: what is sent along, what is linked to, and what an API can't make us read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client

from composio.embedded import EmbeddedBackend
from composio.model.call import CallOptions, Outcome
from composio_mcp import Selected, Selection, make_server
from composio_mcp.content import attach
from composio_mcp.tools import answer

Save = Callable[..., dict[str, Any]]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Saves a file as the engine does, and gives the data of its result."""

    def make(name: str, mimetype: str, content: bytes) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content)
        return {"file": str(path), "name": name, "mimetype": mimetype, "size": len(content)}

    return make


def find(named: Any) -> Path | str | None:
    return named if str(named).startswith("https://") else Path(named)


@pytest.mark.parametrize(
    ("name", "mimetype", "content", "kind"),
    [
        ("a.png", "image/png", b"\x89PNG", "image"),
        ("a.wav", "audio/wav", b"RIFF", "audio"),
        ("a.txt", "text/plain", "häuser".encode(), "resource"),
        ("a.json", "application/json", b"{}", "resource"),
        ("a.svg", "image/svg+xml", b"<svg/>", "resource"),
        ("a.pdf", "application/pdf", b"%PDF", "resource"),
        ("latin.txt", "text/plain", b"h\xe4user", "resource"),
        ("long.txt", "text/plain", b"a" * (64 * 1024 + 1), "resource_link"),
        ("large.png", "image/png", b"a" * (1024 * 1024 + 1), "resource_link"),
        ("empty.bin", "", b"", "resource"),
    ],
)
def test_a_file_is_sent_if_it_is_small_and_linked_to_if_not(
    save: Save, name: str, mimetype: str, content: bytes, kind: str
) -> None:
    data = save(name, mimetype, content)
    (block,) = attach(data, find)
    assert block.type == kind
    if block.type == "resource_link":
        assert (block.uri, block.name, block.size) == (Path(data["file"]).as_uri(), name, len(content))
    if block.type == "resource":
        text = getattr(block.resource, "text", None)
        assert text is None if b"\xe4" in content or "pdf" in mimetype or not mimetype else text == content.decode()
        assert block.resource.mime_type == (mimetype or "application/octet-stream")


def test_a_file_elsewhere_is_linked_to() -> None:
    url = "https://tools.example/files/fi_1"
    (block,) = attach({"file": url, "name": "a.png", "mimetype": "image/png", "size": None}, find)
    assert block.type == "resource_link"
    assert (block.uri, block.mime_type, block.size) == (url, "image/png", None)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "file",
        {"file": "/etc/passwd"},
        {"file": "/a", "name": "a", "mimetype": "text/plain", "size": 1, "owner": "ann"},
    ],
)
def test_what_is_no_file_gets_nothing(data: Any) -> None:
    assert attach(data, find) == []


def test_a_failed_call_sends_no_file(save: Save) -> None:
    failed = Outcome(successful=False, data=save("a.txt", "text/plain", b"a"), error="no")
    assert [block.type for block in answer(failed.result(), find).content] == ["text"]


def test_a_file_that_went_away_is_linked_to(save: Save) -> None:
    data = save("a.txt", "text/plain", b"a")
    Path(data["file"]).unlink()
    assert [block.type for block in attach(data, find)] == ["resource_link"]


@pytest.mark.anyio
async def test_only_files_of_the_output_folder_are_read(backend: EmbeddedBackend, tmp_path: Path) -> None:
    """An API may answer with JSON that names a file: it must not be able to have one of this machine's read."""
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        (folder / "a.txt").write_text("secret")
    (own / "link").symlink_to(other / "a.txt")
    offer = Selected(backend, Selection(apps=("acme",)), options=CallOptions(output_folder=own))
    assert offer.find_file(str(own / "a.txt")) == (own / "a.txt").resolve()
    hostile = (str(other / "a.txt"), str(own / ".." / "other" / "a.txt"), str(own / "link"), str(own), "a\0b", 3, None)
    assert [offer.find_file(one) for one in hostile] == [None] * len(hostile)
    assert Selected(backend, Selection(apps=("acme",))).find_file(str(own / "a.txt")) is None


@pytest.mark.anyio
async def test_a_download_comes_along(backend: EmbeddedBackend, tmp_path: Path) -> None:
    offer = Selected(backend, Selection(actions=("ACME_DOWNLOAD",)), options=CallOptions(output_folder=tmp_path))
    async with Client(make_server(offer)) as client:
        done = await client.call_tool("ACME_DOWNLOAD", {})
    assert not done.is_error, done.content
    assert [block.type for block in done.content] == ["text", "image"]
    assert done.structured_content["data"]["mimetype"] == "image/png"
