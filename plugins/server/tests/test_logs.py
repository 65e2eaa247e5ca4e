"""What a server writes to its log: one line for each request, that says enough and gives nothing away."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from composio.errors import ConfigurationError
from composio_server import commands
from composio_server.logs import JsonFormatter, TextFormatter, describe_logging
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.settings import Settings


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the loggers of a server write while a test runs, as JSON lines."""
    handler, logger = logging.StreamHandler(io.StringIO()), logging.getLogger("composio")
    handler.setFormatter(JsonFormatter())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def lines(written: io.StringIO, count: int = 0) -> list[dict[str, Any]]:
    """What was written; a request's line may come a moment after its answer, so that ``count`` are waited for."""
    until = time.monotonic() + 30
    while len(found := written.getvalue().splitlines()) < count:
        assert time.monotonic() < until, found
        time.sleep(0.005)
    return [json.loads(line) for line in found]


def test_each_request_is_one_line_that_names_no_path_and_no_secret(
    client: httpx.Client, written: io.StringIO, key: str, project: Project
) -> None:
    secret = "t0ps3cret"
    client.get(
        f"/api/v3.1/connected_accounts/ca_{secret}", params={"user_id": f"alice-{secret}"}, headers={"x-request-id": "r-1"}
    )
    client.get(f"/link/{secret}{secret}{secret}")
    client.get(f"/nowhere/{secret}")
    client.post("/api/v1/apps", headers={"x-api-key": f"ck_{secret}"})
    known, page, unknown, wrong = lines(written, 4)
    assert known.pop("seconds") >= 0
    assert known.pop("time").endswith("+00:00")
    assert known == {
        "level": "info",
        "logger": "composio.server.requests",
        "message": "answered",
        "request_id": "r-1",
        "project_id": project.id,
        "key_id": key.split("_")[1],
        "method": "GET",
        "route": "/api/v3.1/connected_accounts/{nanoid}",
        "status": 404,
    }
    assert page["route"].startswith("/link/{")
    assert (unknown["route"], unknown["status"]) == ("unknown", 404)
    assert wrong["status"] in {401, 405}
    assert "key_id" not in wrong
    assert secret not in written.getvalue()
    assert "alice" not in written.getvalue()


def test_what_goes_wrong_in_a_request_is_logged_under_its_id(
    client: httpx.Client, services: Services, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("unexpected")

    monkeypatch.setattr(type(services.readiness), "check", fail)
    assert client.get("/readyz", headers={"x-request-id": "r-2"}).status_code == 500
    failed, answered = lines(written, 2)
    assert (failed["level"], failed["request_id"]) == ("error", "r-2")
    assert "RuntimeError: unexpected" in failed["exception"]
    assert (answered["status"], answered["request_id"]) == (500, "r-2")


def test_those_who_watch_a_server_fill_no_log(client: httpx.Client, written: io.StringIO) -> None:
    client.get("/healthz")
    client.get("/readyz")
    client.get("/metrics")
    assert lines(written) == []


def test_every_answer_has_an_id_also_one_that_no_route_gave(client: httpx.Client) -> None:
    assert client.get("/nowhere", headers={"x-request-id": "r-3"}).headers["x-request-id"] == "r-3"
    assert client.put("/healthz").headers["x-request-id"].startswith("req_")


def record(message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("composio.server").makeRecord(
        "composio.server", logging.INFO, "", 0, message, (), None, extra=extra
    )


def test_a_line_for_people_says_the_same() -> None:
    line = TextFormatter().format(
        record("answered", method="GET", route="/api/v1/apps", status=200, seconds=0.0123, project_id="pr_1", key_id="k1")
    )
    assert line[20:] == "info GET /api/v1/apps 200 12 ms project=pr_1 key=k1"


@pytest.mark.parametrize("text", ["one\ntwo", "a\r\nb", "\x1b[2J", "\u2028next", "\x85"])
def test_nothing_that_was_sent_begins_a_line_of_its_own(text: str) -> None:
    assert len(TextFormatter().format(record(text)).splitlines()) == 1
    assert "\x1b" not in TextFormatter().format(record(text))
    assert len(JsonFormatter().format(record(text)).splitlines()) == 1


def test_other_libraries_stay_at_warnings_though_the_server_says_everything(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("composio").level)
    try:
        logging.config.dictConfig(describe_logging("json", "debug"))
        logging.getLogger("httpx").info("GET https://api.example/?token=t0ps3cret")
        logging.getLogger("composio.server").debug("ours")
        (line,) = capsys.readouterr().err.splitlines()
        assert json.loads(line)["message"] == "ours"
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        logging.getLogger("composio").setLevel(before[2])


@pytest.mark.parametrize(("name", "text"), [("FORMAT", "xml"), ("LEVEL", "loud")])
def test_a_setting_that_is_none_is_refused(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"COMPOSIO_SERVER_LOG_{name} is one of"):
        Settings.of({f"COMPOSIO_SERVER_LOG_{name}": text})


def test_serve_has_uvicorn_log_through_the_same_lines_and_listens_where_v0_7_logs_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    closed: list[bool] = []

    class Listener:
        def close(self) -> None:
            closed.append(True)

    given = {"COMPOSIO_HOME": str(settings.home), "COMPOSIO_SERVER_LOG_FORMAT": "json"}
    monkeypatch.setattr(os, "environ", {**os.environ, **given})  # it writes there what worker processes read
    monkeypatch.setattr("uvicorn.run", lambda app, **options: asked.update(options))
    monkeypatch.setattr("composio_server.pages.login_listener.login_listener", lambda _: Listener())
    commands.serve()
    assert asked["log_config"] == describe_logging("json", "info")
    assert asked["access_log"] is False
    assert closed == [True]
