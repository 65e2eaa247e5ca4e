"""The OpenAPI document, and whether the server does what it says: schemathesis makes requests from it, good ones and bad ones."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from litestar import Litestar


def test_every_route_of_v3_1_is_described(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    described = {path for path in document["paths"] if path.startswith("/api/v3.1/")}
    wanted = {
        *("/api/v3.1/auth_configs", "/api/v3.1/connected_accounts/link", "/api/v3.1/tools/execute/{tool_slug}"),
        *("/api/v3.1/tool_router/session/{session_id}/search", "/api/v3.1/toolkits/{slug}"),
    }
    assert wanted <= described
    assert not any(path.startswith("/api/v3/") for path in document["paths"])
    assert client.get("/openapi").status_code == 200


@pytest.fixture
def document(app: Litestar) -> dict[str, Any]:
    """Of v3.1's own routes."""
    whole: dict[str, Any] = app.openapi_schema.to_schema()
    own = (
        "/auth_configs",
        "/connected_accounts",
        "/toolkits",
        "/tools",
        "/tool_router",
        "/logs",
        "/internal",
        "/mcp",
        "/trigger_instances",
        "/triggers_types",
        "/project",
        "/cli/",
    )
    kept = {path: item for path, item in whole["paths"].items() if path.startswith(tuple(f"/api/v3.1{one}" for one in own))}
    return {**whole, "paths": kept}


def test_no_request_that_can_be_made_of_the_document_makes_it_fail(document: dict[str, Any], url: str, key: str) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    schema = schemathesis.openapi.from_dict(document)
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=3,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            answer = case.call(base_url=url, headers={"x-api-key": key}, timeout=30)
            assert answer.status_code < 500 or answer.status_code in {501, 502}, (case.as_curl_command(), answer.text)
            if answer.status_code >= 400:
                assert answer.json()["error"]["message"]
            elif answer.status_code < 300:
                case.validate_response(answer)

        run()
        tried += 1
    assert tried > 60
