"""PyPI's JupyterHub on loopback ports: a whole application with an OAuth 2 provider, a scoped REST API and pages of its own.

``from tests.peers.jupyterhub import jupyterhub_server`` in a ``conftest.py`` makes the fixture known; :func:`served` is the same
without pytest. Any user name logs in with the password ``pw``.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata, util
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from conformance import _npm
from tests.peers.oidc import packages_folder

__all__ = ["CALLBACK", "CLIENT_ID", "CLIENT_SECRET", "JupyterHubPeer", "description", "jupyterhub_server", "served"]

PROXY, PROXY_VERSION = "configurable-http-proxy", "5.2.0"
CALLBACK = "http://127.0.0.1:9999/cb"
CLIENT_ID, CLIENT_SECRET = "service-tools", "tools-secret-0123456789abcdef"
_OPERATOR = "operator-token-0123456789abcdef"
_PASSWORD = "pw"
_PATIENCE = 60.0  # seconds until it must be up
# Where the API's own description lies in the source distribution; the wheel does not have it.
_DESCRIPTION = "docs/source/_static/rest-api.yml"

_CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = [{node!r}, {script!r}]
c.ConfigurableHTTPProxy.auth_token = {secret!r}
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.oauth_require_pkce = True
c.JupyterHub.log_level = "WARN"
c.JupyterHub.services = [
    {{
        "name": "tools",
        "oauth_client_id": {client_id!r},
        "api_token": {client_secret!r},
        "oauth_redirect_uri": {callback!r},
        "oauth_no_confirm": False,
        "oauth_client_allowed_scopes": ["self"],
    }},
    {{"name": "operator", "api_token": {operator!r}}},
]
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": ["self", "access:services!service=tools"]}},
    {{"name": "operator", "services": ["operator"], "scopes": ["admin:users", "tokens"]}},
]
"""


class JupyterHubPeer:
    """A running hub. ``url`` is its address without a slash at the end; the API is below ``/hub/api``."""

    def __init__(self, url: str) -> None:
        self.url = url

    def scheme(self, **more: Any) -> dict[str, Any]:
        """The OAUTH2 scheme of ``integration.yaml`` for this hub; ``more`` over it."""
        return {
            "auth_mode": "OAUTH2",
            "authorization_url": f"{self.url}/hub/api/oauth2/authorize",
            "token_url": f"{self.url}/hub/api/oauth2/token",
            "default_scopes": ["self"],
            "token_request_auth_method": "body",
            "proxy": {"base_url": f"{self.url}/hub/api", "headers": {"Authorization": "Bearer {{access_token}}"}},
            **more,
        }

    def drive_login(self, url: str, *, user: str, allow: bool = True) -> str:
        """Walk from ``url`` through login and consent as ``user``; the callback's URL, which is not asked for.

        There is no button to refuse: who does not want to stays on the page of consent, whose URL it is then.
        """
        with httpx.Client(trust_env=False, timeout=30) as browser:
            for _ in range(10):
                answer = browser.get(url)
                if not answer.has_redirect_location:
                    assert answer.status_code == 200, f"{answer.status_code}: {_text(answer.text)}"
                    if "username_input" not in answer.text and not allow:
                        return url
                    answer = self._submit(browser, answer.text, url, user)
                    assert answer.has_redirect_location, _text(answer.text)
                url = urljoin(url, answer.headers["location"])
                if not url.startswith(self.url):
                    return url
        raise AssertionError(f"no callback; the last page was {url}")

    def _submit(self, browser: httpx.Client, page: str, url: str, user: str) -> httpx.Response:
        """Fill in the form of login or of consent."""
        names = dict(re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', page))
        data: dict[str, Any] = {"_xsrf": html.unescape(names["_xsrf"])}
        if "username_input" in page:
            data |= {"username": user, "password": _PASSWORD}
        else:
            data["scopes"] = [html.unescape(one) for one in re.findall(r'name="scopes"[^>]*?value="([^"]+)"', page)]
        return browser.post(url, data=data, headers={"Referer": url})

    def tokens(self, user: str) -> list[dict[str, Any]]:
        """A user's tokens, as the operator sees them: ``id``, ``scopes``, ``oauth_client``; never the token itself."""
        found: list[dict[str, Any]] = self._ask("GET", f"/users/{user}/tokens").json()["api_tokens"]
        return found

    def revoke_all(self, user: str) -> None:
        """As the operator: every token of a user's ends now."""
        # One at a time: the hub ends others of the same session with it.
        while left := self.tokens(user):
            self._ask("DELETE", f"/users/{user}/tokens/{left[0]['id']}")

    def delete_user(self, user: str) -> None:
        """As the operator: a user leaves."""
        self._ask("DELETE", f"/users/{user}")

    def _ask(self, method: str, path: str) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=30) as client:
            headers = {"Authorization": f"token {_OPERATOR}"}
            return client.request(method, f"{self.url}/hub/api{path}", headers=headers).raise_for_status()


def _text(page: str) -> str:
    return " ".join(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL).split())[:300]


def description(folder: Path) -> Path:
    """JupyterHub's own description of its API, from its source distribution on PyPI; kept in ``folder``.

    Raises ``Unavailable``.
    """
    version = metadata.version("jupyterhub")
    kept = folder / f"jupyterhub-{version}-rest-api.yml"
    if kept.exists():
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip"] if util.find_spec("pip") else [shutil.which("pip") or "pip"]
    options = ("--no-deps", "--no-binary=jupyterhub", "--quiet", "--disable-pip-version-check")
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        command = [*pip, "download", *options, "-d", fresh, f"jupyterhub=={version}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _npm.Unavailable(f"pip download jupyterhub=={version}: {type(error).__name__}") from None
        archives = list(Path(fresh).glob("*.tar.gz"))
        if done.returncode or not archives:
            raise _npm.Unavailable(f"pip download jupyterhub=={version}: {done.stderr.strip()[-300:]}")
        with tarfile.open(archives[0]) as archive:
            member = archive.extractfile(f"jupyterhub-{version}/{_DESCRIPTION}")
            assert member is not None
            whole = Path(fresh) / "rest-api.yml"
            whole.write_bytes(member.read())
        whole.replace(kept)
    return kept


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


@contextmanager
def served(packages: Path, folder: Path) -> Iterator[JupyterHubPeer]:
    """A hub with its state in ``folder`` while the block runs; its proxy is installed into ``packages`` once.

    Raises ``Unavailable``.
    """
    if os.name == "nt":
        raise _npm.Unavailable("it does not run on Windows")
    if util.find_spec("jupyterhub") is None:
        raise _npm.Unavailable("jupyterhub is not installed; `pip install jupyterhub` brings it")
    script = _npm.install(packages, PROXY, PROXY_VERSION, "bin/configurable-http-proxy")
    public, hub, proxy = _free_ports(3)
    settings = {"public": public, "hub": hub, "proxy": proxy, "node": _npm.node(), "script": str(script)}
    settings |= {"secret": os.urandom(16).hex(), "password": _PASSWORD, "operator": _OPERATOR}
    settings |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "callback": CALLBACK}
    (folder / "config.py").write_text(_CONFIG.format(**settings), "utf-8")
    with (folder / "log").open("wb") as log:
        # A session of its own: the hub starts its proxy, and both end together.
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "config.py"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "JUPYTERHUB_CRYPT_KEY": os.urandom(32).hex()},
        )
    try:
        peer = JupyterHubPeer(f"http://127.0.0.1:{public}")
        _await(peer, process, folder / "log")
        yield peer
    finally:
        _end(process)


def _await(peer: JupyterHubPeer, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{peer.url}/hub/api/", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise _npm.Unavailable(f"JupyterHub did not start: {log.read_text('utf-8', 'replace')[-600:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


@pytest.fixture(scope="session")
def jupyterhub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterHubPeer]:
    """The hub, started once for all tests; skipped where it can't be installed."""
    try:
        with served(packages_folder(), tmp_path_factory.mktemp("jupyterhub")) as peer:
            yield peer
    except _npm.Unavailable as why:
        pytest.skip(f"JupyterHub: {why}")
