"""npm's oidc-provider on a loopback port: a whole OpenID provider, and somebody who walks through its pages.

``from tests.peers.oidc import oidc`` in a ``conftest.py`` makes the fixture known; :func:`served` is the same without pytest.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from conformance import _npm

__all__ = [
    "CALLBACK",
    "DESKTOP",
    "DEVICE",
    "MACHINE",
    "NATIVE",
    "POST",
    "WEB",
    "WITHOUT_PKCE",
    "OidcPeer",
    "PeerClient",
    "oidc",
    "oidc_server",
    "packages_folder",
    "served",
]

PACKAGE, VERSION = "oidc-provider", "9.13.3"
CALLBACK = "http://127.0.0.1:9999/cb"
ROOT = Path(__file__).parents[2]
_STEPS = 20  # pages between the first and the callback
# Loopback redirects of native clients, on any port (RFC 8252, 7.3).
_LOOPBACK = [
    f"http://{host}/{path}"
    for host in ("127.0.0.1", "localhost")
    for path in ("", "callback", "cb", "oauth/callback", "api/v1/auth-apps/add", "sign-in/callback")
]
_USER = ["authorization_code", "refresh_token"]
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class PeerClient:
    """One registered client; ``secret`` is empty for public ones."""

    client_id: str
    secret: str = ""
    auth_method: str = "none"
    native: bool = False
    grants: tuple[str, ...] = tuple(_USER)

    def metadata(self) -> dict[str, Any]:
        redirects = _LOOPBACK if self.native else [CALLBACK, "https://app.example.com/callback"]
        user = "authorization_code" in self.grants
        return {
            "client_id": self.client_id,
            **({"client_secret": self.secret} if self.secret else {}),
            "application_type": "native" if self.native else "web",
            "token_endpoint_auth_method": self.auth_method,
            "grant_types": list(self.grants),
            "response_types": ["code"] if user else [],
            "redirect_uris": redirects if user else [],
            "scope": "openid offline_access repo read write",
        }


WEB = PeerClient("web", "web-secret-1234567890", "client_secret_basic", grants=(*_USER, "client_credentials"))
POST = PeerClient("post", "post-secret-1234567890", "client_secret_post", grants=(*_USER, "client_credentials"))
WITHOUT_PKCE = PeerClient("without-pkce", "without-secret-1234567890", "client_secret_basic")
NATIVE = PeerClient("native", native=True)
# As Google's: a native client that has a secret all the same.
DESKTOP = PeerClient("desktop", "desktop-secret-1234567890", "client_secret_post", native=True)
DEVICE = PeerClient("device", native=True, grants=(_DEVICE, "refresh_token"))
MACHINE = PeerClient("machine", "machine-secret-1234567890", "client_secret_basic", grants=("client_credentials",))
CLIENTS = (WEB, POST, WITHOUT_PKCE, NATIVE, DESKTOP, DEVICE, MACHINE)


class OidcPeer:
    """A running provider. Its endpoints are ``issuer`` plus ``/auth``, ``/token``, ``/token/revocation``,
    ``/token/introspection``, ``/device/auth``, ``/me``; ``/api/me`` is an API that takes its access tokens.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def scheme(self, client: PeerClient = WEB, **more: Any) -> dict[str, Any]:
        """An OAUTH2 scheme of ``integration.yaml`` for this provider and the way ``client`` authenticates; ``more`` over it."""
        return {
            "auth_mode": "OAUTH2",
            "token_request_auth_method": "basic" if client.auth_method == "client_secret_basic" else "body",
            "device_authorization_url": f"{self.issuer}/device/auth",
            "authorization_url": f"{self.issuer}/auth",
            "token_url": f"{self.issuer}/token",
            "revocation_url": f"{self.issuer}/token/revocation",
            "issuer": self.issuer,
            "default_scopes": ["openid", "offline_access", "read"],
            "authorization_params": {"prompt": "consent"},
            **more,
        }

    def settings(self, **settings: Any) -> None:
        """``ttl={"AccessToken": 5}``, ``rotate=False``, ``delay={"/token": 1.5}``, ``fail={"/token": {"times": 1, "status": 500}}``.

        Everything is seconds. ``hold`` is as ``delay``, but once the provider has done its work. They stay until they are set again.
        """
        self._ask("POST", "/_peer/settings", json=settings)

    def reset(self) -> None:
        """What it was in the beginning; tokens stay good."""
        ttl = {"AccessToken": 3600, "RefreshToken": 86400, "DeviceCode": 600, "ClientCredentials": 3600}
        self.settings(ttl=ttl, rotate=True, delay={}, hold={}, fail={})
        self.clear_log()

    def log(self) -> list[dict[str, Any]]:
        """Requests so far: ``method``, ``path``, ``grant_type``, ``status``."""
        found: list[dict[str, Any]] = self._ask("GET", "/_peer/log").json()
        return found

    def clear_log(self) -> None:
        self._ask("DELETE", "/_peer/log")

    def count(self, path: str = "/token", grant_type: str | None = None) -> int:
        """How many requests an endpoint got since :meth:`clear_log`."""
        return sum(one["path"] == path and grant_type in (None, one["grant_type"]) for one in self.log())

    def introspect(self, token: str) -> dict[str, Any]:
        """What the provider knows of a token: ``active`` and, where it is, ``sub``, ``scope``, ``client_id``."""
        answer = self._ask("POST", "/token/introspection", data={"token": token}, auth=(WEB.client_id, WEB.secret))
        found: dict[str, Any] = answer.json()
        return found

    def drive_login(self, url: str, *, user: str = "alice", deny: bool = False) -> str:
        """Walk from ``url`` through login and consent as ``user``; the callback's URL, which is not asked for.

        ``deny`` aborts instead. Raises ``AssertionError`` where the provider shows an error page.
        """
        with httpx.Client(trust_env=False, timeout=30) as browser:
            for _ in range(_STEPS):
                if not url.startswith(self.issuer):
                    return url
                answer = browser.get(url)
                if not answer.has_redirect_location:
                    assert answer.status_code == 200, f"{urlsplit(url).path}: {answer.status_code}: {_text(answer.text)}"
                    if deny:
                        answer = browser.get(self._abort(answer.text, url))
                    else:
                        answer = self._submit(browser, answer.text, url, user)
                url = urljoin(url, answer.headers["location"])
        raise AssertionError(f"no callback after {_STEPS} pages; the last was {url}")

    def drive_device(self, verification_url: str, user_code: str, *, user: str = "alice", deny: bool = False) -> None:
        """Enter a device's code as ``user`` and allow it, or not."""
        with httpx.Client(trust_env=False, timeout=30, follow_redirects=True) as browser:
            page = browser.get(verification_url)
            page = self._submit(browser, page.text, str(page.url), user, user_code=user_code)
            if deny:
                self._submit(browser, page.text, str(page.url), user, abort="yes")
                return
            for _ in range(_STEPS):
                if "<form" not in page.text:
                    assert page.status_code == 200, _text(page.text)
                    return
                page = self._submit(browser, page.text, str(page.url), user)
        raise AssertionError("the device's pages have no end")

    def _submit(self, browser: httpx.Client, page: str, url: str, user: str, **more: str) -> httpx.Response:
        action = re.search(r'<form[^>]*action="([^"]+)"', page)
        assert action, _text(page)
        data = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page.replace('name="abort"', "")))
        if 'name="login"' in page:
            data.update(login=user, password="x")
        return browser.post(urljoin(url, html.unescape(action.group(1))), data={**data, **more})

    def _abort(self, page: str, url: str) -> str:
        found = re.search(r'href="([^"]+/abort)"', page)
        assert found, _text(page)
        return urljoin(url, html.unescape(found.group(1)))

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=30) as client:
            return client.request(method, self.issuer + path, **more).raise_for_status()


def _text(page: str) -> str:
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())[:300]


def packages_folder() -> Path:
    """Where npm's packages are installed once: beside the rest of these sessions' state."""
    return Path(os.environ.get("COMPOSIO_HOME") or ROOT / ".nox" / "home") / "npm"


@contextmanager
def served(
    folder: Path, clients: tuple[PeerClient, ...] = CLIENTS, more: Mapping[str, Any] | None = None
) -> Iterator[OidcPeer]:
    """A provider while the block runs; the package is installed into ``folder`` once. Raises ``Unavailable``."""
    entry = _npm.install(folder, PACKAGE, VERSION, "lib/index.js")
    metadata = json.dumps([{**one.metadata(), **(more or {})} for one in clients])
    script = Path(__file__).with_name("oidc_server.mjs")
    command = [_npm.node(), str(script), str(entry), metadata]
    # Its end of the pipe closes when this process ends, however it does: no server is left behind.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise _npm.Unavailable(f"oidc-provider ended with code {process.wait()}")
            yield OidcPeer(json.loads(line)["issuer"])
        finally:
            process.kill()


@pytest.fixture(scope="session")
def oidc_server() -> Iterator[OidcPeer]:
    """The provider, started once for all tests."""
    with served(packages_folder()) as peer:
        yield peer


@pytest.fixture
def oidc(oidc_server: OidcPeer) -> OidcPeer:
    """The provider with the settings that it began with and an empty log. Users need no registration: any name will do."""
    oidc_server.reset()
    return oidc_server
