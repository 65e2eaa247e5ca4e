"""Google Drive's own actions: queries, downloads, exports and uploads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from composio_apps.googledrive.actions import (
    create_file_from_text,
    create_folder,
    download_file,
    edit_file,
    find_file,
    find_folder,
    literal,
    parse_file,
    related,
    upload_file,
)


class Api:
    """Stands in for the injected ``execute_request``: answers by path and records the requests."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", **more: Any) -> Any:
        self.asked.append({"endpoint": endpoint, "method": method, **more})
        return self.answers.get(endpoint, {"id": "f1"})


@dataclass
class Content:
    name: str
    mimetype: str
    data: bytes

    def read(self) -> bytes:
        return self.data


@pytest.mark.parametrize(
    ("query", "q"),
    [
        ("budget", "(name contains 'budget') and (trashed = false)"),
        ("Ada's name", "(name contains 'Ada\\'s name') and (trashed = false)"),
        ("fullText contains 'budget'", "(fullText contains 'budget') and (trashed = false)"),
        ("name = 'a' or name = 'b'", "(name = 'a' or name = 'b') and (trashed = false)"),
        ("'f1' in parents", "('f1' in parents) and (trashed = false)"),
        ("trashed = true", "(trashed = true)"),
        ("modifiedTime > '2026-01-01'", "(modifiedTime > '2026-01-01') and (trashed = false)"),
        ("what is in the report", "(name contains 'what is in the report') and (trashed = false)"),
    ],
)
def test_a_file_is_found_by_words_or_by_drive_s_own_language(query: str, q: str) -> None:
    api = Api({"/files": {"files": []}})
    assert asyncio.run(find_file(api, query, page_token="t")) == {"files": []}
    assert api.asked[0]["query"]["q"] == q
    assert api.asked[0]["query"]["pageToken"] == "t"


def test_a_folder_is_found_by_all_that_is_given() -> None:
    api = Api({"/files": {"files": [{"id": "d1"}]}})
    asyncio.run(find_folder(api, name_exact="A'B", name_not_contains="old", starred=True, modified_after="2026-01-01T00:00:00"))
    assert api.asked[0]["query"]["q"] == (
        "(mimeType = 'application/vnd.google-apps.folder') and (trashed = false) and (name = 'A\\'B') "
        "and (not name contains 'old') and (modifiedTime > '2026-01-01T00:00:00') and (starred = true)"
    )


@given(st.text())
def test_a_value_never_ends_its_own_quotes(value: str) -> None:
    inner = literal(value)[1:-1]
    unescaped = inner.replace("\\\\", "").replace("\\'", "")
    assert "'" not in unescaped
    assert "\\" not in unescaped


def test_a_file_s_bytes_are_downloaded() -> None:
    api = Api({"/files/f%2F1": {"mimeType": "image/png", "name": "a.png"}})
    asyncio.run(download_file(api, "f/1"))
    assert [one["endpoint"] for one in api.asked] == ["/files/f%2F1", "/files/f%2F1"]
    assert api.asked[1]["query"]["alt"] == "media"


@pytest.mark.parametrize(
    ("kind", "mime_type", "sent"),
    [
        ("document", None, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("document", "text/plain", "text/plain"),
        ("form", None, "application/pdf"),
    ],
)
def test_a_google_document_is_exported(kind: str, mime_type: str | None, sent: str) -> None:
    api = Api({"/files/f1": {"mimeType": f"application/vnd.google-apps.{kind}", "name": "a"}})
    asyncio.run(download_file(api, "f1", mime_type))
    assert (api.asked[1]["endpoint"], api.asked[1]["query"]) == ("/files/f1/export", {"mimeType": sent})


def test_a_google_document_is_parsed_as_text() -> None:
    api = Api({"/files/f1": {"mimeType": "application/vnd.google-apps.spreadsheet", "name": "a"}})
    asyncio.run(parse_file(api, "f1"))
    assert api.asked[1]["query"] == {"mimeType": "text/csv"}


def test_a_folder_is_no_download() -> None:
    api = Api({"/files/f1": {"mimeType": "application/vnd.google-apps.folder", "name": "Reports"}})
    with pytest.raises(ValueError, match=r"Reports is a folder; find its files with 'f1' in parents\."):
        asyncio.run(download_file(api, "f1"))
    assert len(api.asked) == 1


def test_an_upload_carries_name_folder_and_bytes() -> None:
    api = Api()
    content = Content("a.bin", "application/x-thing", b"\x00--\r\n\xff")
    asyncio.run(upload_file(api, lambda argument, value: content, "a.bin", folder_to_upload_to="d1"))
    (asked,) = api.asked
    assert (asked["method"], asked["endpoint"]) == ("POST", "https://www.googleapis.com/upload/drive/v3/files")
    parts = message_from_bytes(b"Content-Type: " + asked["headers"]["content-type"].encode() + b"\r\n\r\n" + asked["body"])
    payload: Any = parts.get_payload()
    metadata, file = payload
    assert metadata.get_payload(decode=True) == b'{"name": "a.bin", "parents": ["d1"]}'
    assert file.get_content_type() == "application/x-thing"
    assert content.data in asked["body"]


def test_a_kind_of_file_can_add_no_header_to_its_part() -> None:
    body, _ = related({}, "text/plain\r\nX-Evil: 1", b"")
    assert b"X-Evil" not in body


def test_a_text_becomes_a_file_or_a_google_document() -> None:
    api = Api()
    asyncio.run(create_file_from_text(api, "a.md", "# A", mime_type="text/markdown"))
    asyncio.run(create_file_from_text(api, "A", "A", mime_type="application/vnd.google-apps.document", parent_id="d1"))
    assert b'"mimeType": "text/markdown"' in api.asked[0]["body"]
    assert b"Content-Type: text/markdown\r\n\r\n# A" in api.asked[0]["body"]
    assert b"Content-Type: text/plain\r\n\r\nA" in api.asked[1]["body"]


def test_a_folder_is_created_and_a_file_replaced() -> None:
    api = Api()
    asyncio.run(create_folder(api, "New", parent_id="d1"))
    asyncio.run(edit_file(api, "f1", "ü", mime_type="text/html"))
    assert api.asked[0]["body"] == {"name": "New", "mimeType": "application/vnd.google-apps.folder", "parents": ["d1"]}
    assert (api.asked[1]["method"], api.asked[1]["body"]) == ("PATCH", "ü".encode())
    assert api.asked[1]["headers"] == {"content-type": "text/html"}


def test_a_download_is_saved_and_an_upload_reads_a_file(home: Path, tmp_path: Path) -> None:
    sent: list[httpx.Request] = []

    def drive(request: httpx.Request) -> Any:
        sent.append(request)
        if request.url.params.get("alt") == "media":
            return httpx.Response(200, headers={"content-type": "application/pdf"}, content=b"%PDF")
        return 200, {"id": "f1", "name": "a.pdf", "mimeType": "application/pdf"}

    backend = EmbeddedBackend(home=home, transport=FakeTransport(drive))
    toolset = ComposioToolSet(backend=backend)
    toolset.initiate_connection(app="googledrive", connected_account_params={"token": "T"})
    found = toolset.execute_action("GOOGLEDRIVE_DOWNLOAD_FILE", {"file_id": "f1"})
    assert found["successful"], found
    assert Path(found["data"]["file"]).read_bytes() == b"%PDF"
    made = toolset.execute_action("GOOGLEDRIVE_UPLOAD_FILE", {"file_to_upload": "data:text/plain;name=a.txt,hello"})
    assert made["successful"], made
    assert sent[-1].url.path == "/upload/drive/v3/files"
    assert sent[-1].headers["authorization"] == "Bearer T"
    assert b"hello" in sent[-1].content
    backend.close()
