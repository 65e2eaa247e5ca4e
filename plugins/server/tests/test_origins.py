"""Other sites' scripts, and what proxies say: nobody is believed unless the operator says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from litestar.testing import TestClient

from composio.errors import ConfigurationError
from composio_server.app import create_app
from composio_server.services.services import Services
from composio_server.settings import Settings

SITE, OTHER = "https://app.example.com", "https://evil.example"


def ask(services: Services, *origins: str) -> Iterator[TestClient]:  # type: ignore[type-arg]  # of whatever application
    object.__setattr__(services, "settings", replace(services.settings, cors_origins=origins))
    with TestClient(create_app(services, close=False)) as client:
        yield client


@pytest.fixture
def closed(services: Services) -> Iterator[TestClient]:  # type: ignore[type-arg]
    yield from ask(services)


@pytest.fixture
def opened(services: Services) -> Iterator[TestClient]:  # type: ignore[type-arg]
    yield from ask(services, SITE)


def preflight(client: TestClient, origin: str) -> httpx.Response:  # type: ignore[type-arg]
    asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    return client.options("/api/v1/integrations", headers=asked)


def test_no_other_sites_scripts_are_let_in_unless_they_are_named(closed: TestClient) -> None:  # type: ignore[type-arg]
    for answer in (preflight(closed, SITE), closed.get("/api/v1/apps", headers={"origin": SITE})):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_site_that_is_named_may_ask_with_a_key_and_without_cookies(opened: TestClient, key: str) -> None:  # type: ignore[type-arg]
    allowed = preflight(opened, SITE)
    assert allowed.status_code < 300
    assert allowed.headers["access-control-allow-origin"] == SITE
    assert "x-api-key" in allowed.headers["access-control-allow-headers"].lower()
    answer = opened.get("/api/v1/apps", headers={"origin": SITE, "x-api-key": key})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SITE
    assert "x-request-id" in answer.headers["access-control-expose-headers"]
    assert answer.headers.get("access-control-allow-credentials", "false") != "true"


def test_another_site_stays_out(opened: TestClient) -> None:  # type: ignore[type-arg]
    refused = preflight(opened, OTHER)
    assert refused.headers.get("access-control-allow-origin") not in {OTHER, "*"}
    assert "access-control-allow-origin" not in opened.get("/api/v1/apps", headers={"origin": OTHER}).headers


@pytest.mark.parametrize(
    "text",
    ["app.example.com", "https://app.example.com/", "https://*.example.com", "ftp://a.example", "https://u@a.example", "null"],
)
def test_an_origin_that_browsers_never_send_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_SERVER_CORS_ORIGINS has origins"):
        Settings.of({"COMPOSIO_SERVER_CORS_ORIGINS": text})


def test_origins_are_read_as_they_are_written() -> None:
    read = Settings.of({"COMPOSIO_SERVER_CORS_ORIGINS": f"{SITE}, http://localhost:3000,"})
    assert read.cors_origins == (SITE, "http://localhost:3000")
    assert Settings.of({}).cors_origins == ()
