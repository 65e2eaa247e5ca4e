"""Answers within bounds, and files that come down."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.receive import Answer, Receiver
from composio.engine.save import safe_name
from composio.errors import ConfigurationError
from composio.transport.limits import Limits

MIB = 1024 * 1024
JSON = {"content-type": "application/json"}
REQUEST = httpx.Request("GET", "https://api.example.com/files/report.pdf")


def receive(
    *chunks: bytes, status: int = 200, headers: dict[str, str] | None = None, folder: Path | None = None, **more: Any
) -> Answer:
    response = httpx.Response(status, headers=headers or JSON, stream=httpx.ByteStream(b""), request=REQUEST)
    limits = more.pop("limits", Limits(response=MIB, error=1000, download=4 * MIB))
    receiver = Receiver(response, limits, folder=(lambda: folder) if folder else None, **more)
    try:
        for chunk in chunks:
            if not receiver.feed(chunk):
                break
        return receiver.finish()
    except BaseException:
        receiver.abort()
        raise


def test_plain_content_is_put_together() -> None:
    assert receive(b'{"a":', b" 1}").content == b'{"a": 1}'


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("x-gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")[2:-4]),
        ("gzip, deflate", zlib.compress(gzip.compress(b"hello", mtime=0))),
        ("identity", b"hello"),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"\0" * 8),
        ("gzip", b""),
        ("gzip", b"hello"),  # a proxy undid it and left the label
        ("gzip, gzip", gzip.compress(b"hello", mtime=0)),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"garbage"),
        ("utf-8", b"hello"),  # what is no coding
        ("none", b"hello"),
        ("aws-chunked, gzip", gzip.compress(b"hello", mtime=0)),
    ],
)
def test_codings_are_undone_however_the_chunks_fall(coding: str, sent: bytes) -> None:
    headers = {"content-type": "text/plain", "content-encoding": coding}
    expected = b"hello" if sent else b""
    assert receive(sent, headers=headers).content == expected
    assert receive(*[sent[i : i + 1] for i in range(len(sent))], headers=headers).content == expected


@pytest.mark.parametrize(("headers", "accept"), [(JSON, ()), ({"x": "y"}, ("application/json",))])
def test_gzip_that_nobody_declared_is_undone_where_json_was_promised(
    tmp_path: Path, headers: dict[str, str], accept: tuple[str, ...]
) -> None:
    sent = gzip.compress(b'{"a": 1}', mtime=0)
    assert receive(sent[:5], sent[5:], headers=headers, accept=accept, folder=tmp_path).content == b'{"a": 1}'
    assert receive(sent, headers={"content-type": "text/csv"}, folder=tmp_path).saved is not None


@pytest.mark.parametrize("sent", [b'{"a": [1]}', b'[{"a": 1}]', b"[1, 2]"])
def test_json_that_only_claims_to_be_deflated_is_read(sent: bytes) -> None:
    assert receive(sent, headers={**JSON, "content-encoding": "deflate"}).content == sent


@given(st.binary(max_size=3000), st.integers(1, 999))
def test_any_content_comes_through_raw_deflate(content: bytes, size: int) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    sent = packer.compress(content) + packer.flush()
    headers = {"content-type": "text/plain", "content-encoding": "deflate"}
    assert receive(*[sent[i : i + size] for i in range(0, len(sent), size)], headers=headers).content == content


def test_spaces_in_front_are_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def judged(_headers: httpx.Headers, _accept: tuple[str, ...], start: bytes) -> str:
        seen.append(len(start))
        return "data"

    monkeypatch.setattr("composio.engine.receive.judge", judged)
    chunks = [b" " * 1024] * 500
    assert receive(*chunks, b"[1]", b", 2", headers=JSON, folder=tmp_path).content.strip() == b"[1], 2"
    assert seen == [3]


@given(st.binary(max_size=3000), st.integers(1, 999))
def test_any_content_comes_through_gzip(content: bytes, size: int) -> None:
    sent = gzip.compress(content, mtime=0)
    headers = {"content-type": "text/plain", "content-encoding": "gzip"}
    assert receive(*[sent[i : i + size] for i in range(0, len(sent), size)], headers=headers).content == content


@pytest.mark.parametrize(
    ("coding", "sent", "problem"),
    [
        ("gzip", b"\x1f\x8b no gzip at all", "compression is broken"),
        ("gzip", gzip.compress(b"hello" * 100, mtime=0)[:-12], "breaks off inside its compression"),
        ("br", b"x", "in the content coding 'br', which the request did not accept"),
        ("gzip, gzip, gzip", b"x", "compressed over and over"),
    ],
)
def test_a_broken_coding_is_said(coding: str, sent: bytes, problem: str) -> None:
    answer = receive(sent, headers={**JSON, "content-encoding": coding})
    assert problem in answer.problem
    assert answer.content == b""


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join(packer.compress(b"0" * MIB) for _ in range(size // MIB)) + packer.flush()


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip"])
def test_a_decompression_bomb_costs_no_more_than_the_limit(coding: str) -> None:
    sent = bomb(300 * MIB)
    sent = gzip.compress(sent, mtime=0) if "," in coding else sent
    tracemalloc.start()
    try:
        answer = receive(sent, headers={**JSON, "content-encoding": coding})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "more than 1 MiB" in answer.problem
    assert peak < 4 * MIB


def test_too_much_is_a_problem_and_of_an_error_enough_is_kept() -> None:
    assert "more than 1 MiB, which is the limit. Ask for less" in receive(b"1" * (MIB + 1)).problem
    failed = receive(b"x" * 600, b"y" * 600, status=500)
    assert (failed.problem, failed.content) == ("", b"x" * 600 + b"y" * 400)


def test_a_file_is_saved_and_named(tmp_path: Path) -> None:
    headers = {"content-type": "application/pdf", "content-disposition": 'attachment; filename="../../etc/pass wd.pdf"'}
    answer = receive(b"%PDF", b"-1", headers=headers, folder=tmp_path)
    assert answer.saved is not None
    assert answer.saved.path == tmp_path / "pass wd.pdf"
    assert answer.saved.path.read_bytes() == b"%PDF-1"
    assert answer.saved.path.stat().st_mode & 0o077 == 0
    again = receive(b"2", headers=headers, folder=tmp_path)
    assert again.saved is not None
    assert again.saved.as_data() == {
        "file": str(tmp_path / "pass wd-1.pdf"),
        "name": "pass wd-1.pdf",
        "mimetype": "application/pdf",
        "size": 1,
    }
    assert (tmp_path / "pass wd.pdf").read_bytes() == b"%PDF-1"


@pytest.mark.parametrize(
    ("headers", "start", "accept", "is_file"),
    [
        ({"content-type": "image/png"}, b"x", (), True),
        ({"content-type": "text/csv"}, b"x", (), False),
        ({"content-type": "text/csv", "content-disposition": "attachment"}, b"x", (), True),
        ({"content-type": "application/json", "content-disposition": "attachment"}, b"{}", (), False),
        ({"content-type": "application/octet-stream"}, b" {}", ("application/json",), False),
        ({"content-type": "application/octet-stream"}, b" {}", (), True),
        ({"x": "y"}, b"[1]", (), False),
        ({"x": "y"}, b"\x89PNG", (), True),
        ({"x": "y"}, b"hello", (), False),
        ({"x": "y"}, "grüße".encode("latin-1"), (), False),
        ({"x": "y"}, b"%PDF-1.7", (), True),
        ({"x": "y"}, b"ab\0", (), True),
        ({"x": "y"}, b"{\\rtf1 x}", (), False),
        ({"x": "y"}, b'{"a": 1} and so on', (), True),
        ({"content-type": "application/octet-stream"}, b"OK", ("application/json",), False),
        ({"content-type": "application/octet-stream"}, b'{"a": 1}', ("application/json", "image/png"), False),
        ({"content-type": "binary/octet-stream"}, b'{"a": 1}', ("application/zip",), True),
        ({"content-type": "*/*"}, b'{"a": 1}', ("application/json",), False),
        ({"content-type": "application/"}, b'{"a": 1}', ("application/json",), False),
        ({"content-type": "application/vnd.kafka.v2"}, b'{"a": 1}', ("application/json",), False),
        ({"content-type": "application/vnd.kafka.v2"}, b'{"a": 1}', (), True),
        ({"content-type": "application/vnd.kafka.v2"}, b"plain", ("application/json",), True),
        ({"content-type": "image/png"}, b"[1, 2]", ("application/json", "image/png"), True),
        ({"content-type": "image/png"}, b"[1, 2]", ("application/json",), False),
        (
            {"content-type": "application/vnd.x", "content-disposition": "attachment"},
            b"[1]",
            ("application/json",),
            True,
        ),
        ({"content-type": "application/x-amz-json-1.1"}, b"{}", (), False),
        ({"content-type": "application/json-seq"}, b"\x1e{}", (), False),
        ({"content-type": "image/svg+xml"}, b"<svg", (), False),
        ({"content-type": "application/vnd.github.v3.diff; charset=utf-8"}, b"diff", (), False),
        ({"content-type": "application/json"}, b"\x89PNG\r\n\x1a\n\0", ("application/json",), True),
        ({"content-type": "text/html; charset=utf-8"}, b"%PDF-1.7", (), True),
        ({"content-type": "text/csv"}, b"\x1f\x8b\x08\0", (), True),
        ({"content-type": "text/plain"}, b"\x08\x96\0\x12", (), True),
        ({"content-type": "text/plain"}, b"ends in a zero\0", (), False),
        ({"content-type": "application/json"}, '{"a": "ü"}'.encode("utf-16-le"), (), False),
        ({"content-type": "text/plain; charset=utf-16le"}, "漢a字".encode("utf-16-le"), (), False),
    ],
)
def test_what_is_a_file(tmp_path: Path, headers: dict[str, str], start: bytes, accept: Any, is_file: bool) -> None:
    assert (receive(start, headers=headers, folder=tmp_path, accept=accept).saved is not None) is is_file


def test_a_file_under_a_label_of_text_is_called_what_it_is(tmp_path: Path) -> None:
    saved = receive(b"\x89PNG\r\n\x1a\n" + b"x" * 600, headers=JSON, folder=tmp_path).saved
    assert saved is not None
    assert saved.mimetype == "image/png"


def test_json_without_a_type_becomes_a_file_where_it_is_too_long_for_data(tmp_path: Path) -> None:
    answer = receive(b'[{"a": 1}', *[b', {"a": 1}' * 10_000] * 12, b"]", headers={"x": "y"}, folder=tmp_path)
    assert answer.saved is not None
    assert answer.saved.path.read_bytes().startswith(b'[{"a": 1}, {"a"')
    assert answer.saved.size > MIB


def test_what_is_a_file_is_seen_in_the_smallest_pieces(tmp_path: Path) -> None:
    pieces = [bytes([byte]) for byte in b"  plain text"]
    assert receive(*pieces, headers={"x": "y"}, folder=tmp_path).content == b"  plain text"
    assert receive(*pieces, b"\0", headers={"x": "y"}, folder=tmp_path).saved is not None


def test_an_error_and_an_empty_answer_are_never_saved(tmp_path: Path) -> None:
    headers = {"content-type": "application/octet-stream"}
    assert receive(b"x", status=404, headers=headers, folder=tmp_path).saved is None
    assert receive(headers=headers, folder=tmp_path).saved is None
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_is_too_large_or_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    headers = {"content-type": "application/zip"}
    answer = receive(*[b"x" * MIB] * 5, headers=headers, folder=tmp_path)
    assert "a file of more than 4 MiB" in answer.problem
    with pytest.raises(TypeError):
        receive(b"x", None, headers=headers, folder=tmp_path)  # type: ignore[arg-type]  # whatever breaks in the middle
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="output_folder="):
        receive(b"x", headers={"content-type": "image/png"}, folder=tmp_path / "file" / "below")


@pytest.mark.parametrize(
    ("disposition", "path", "expected"),
    [
        ('attachment; filename="a.txt"', "/x", "a.txt"),
        ("attachment; filename*=UTF-8''na%C3%AFve%20file.txt", "/x", "naïve file.txt"),
        ('attachment; filename="..\\\\..\\\\evil.exe"', "/x", "evil.exe"),
        ('attachment; filename="/etc/passwd"', "/x", "passwd"),
        ('attachment; filename=".bashrc"', "/x", "bashrc"),
        ('attachment; filename=".."', "/files/r.pdf", "r.pdf"),
        ('attachment; filename="con.txt"', "/x", "_con.txt"),
        ('attachment; filename="a\u202egnp.exe"', "/x", "a_gnp.exe"),
        ("attachment; filename*=x; filename*1=b; filename*0=q", "/x", "default.png"),
        ("attachment; filename=\"plain.txt\"; filename*=UTF-8''%e2%82%ac%20rates.txt", "/x", "€ rates.txt"),
        ("attachment; filename*=UTF-8''%e2%82%ac%20rates.txt; filename=plain.txt", "/x", "€ rates.txt"),
        ("inline;FILENAME*=utf-8'de'%c3%bc.txt;filename=u.txt", "/x", "ü.txt"),
        ("attachment; filename=u.txt; filename*=iso-8859-1''%fc.txt", "/x", "ü.txt"),
        ("attachment; filename=u.txt; filename*=\"UTF-8''%c3%bc.txt\"", "/x", "ü.txt"),
        ("attachment; filename=plain.txt; filename*=UTF-8''%ff%fe", "/x", "plain.txt"),
        ("attachment; filename=plain.txt; filename*=utf-9''x.txt", "/x", "plain.txt"),
        ("attachment; filename=\"a; filename*=UTF-8''evil.exe\"", "/x", "a; filename_=UTF-8''evil.exe"),
        ("attachment; filename=plain.txt; filename*=UTF-8''..%2f..%2fetc%2fpasswd", "/x", "passwd"),
        ("", "/files/%2e%2e%2fr.pdf", "r.pdf"),
        ("", "/files/1", "default.png"),
        ("garbage; filename*=nothing''%zz", "/x", "%zz"),
        ('attachment; filename="' + "é" * 300 + '.pdf"', "/x", "é" * 58 + ".pdf"),
    ],
)
def test_names_are_safe(disposition: str, path: str, expected: str) -> None:
    assert safe_name(disposition, path, "image/png", "default") == expected


@given(st.text(), st.text())
def test_no_name_leaves_its_folder(disposition: str, path: str) -> None:
    for header in (disposition, f'attachment; filename="{disposition}"', f"attachment; filename*=utf-8''{disposition}"):
        name = safe_name(header, path, "image/png", "default")
        assert name
        assert Path(name).name == name
        assert name not in {".", ".."}
        assert not name.startswith(".")
        assert not set(name) & set("/\\\0\r\n:")
        assert len(name.encode()) <= 130
