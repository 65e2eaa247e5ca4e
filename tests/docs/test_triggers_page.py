"""The ten Python blocks of the documentation's Triggers page, run as written: Slack, GitHub and the model are doubles."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from composio import ComposioToolSet
from composio.model.trigger_event import TriggerEvent
from composio.store.triggers import events
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from tests.docs.pages import REFERENCE, pages
from tests.docs.running import leave

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the documentation's reference is not part of a user's clone")

SEND = "SLACK_SENDS_A_MESSAGE_TO_A_SLACK_CHANNEL"
ROAST = ">be you\n>ask for a roast"


class Page:
    """The page's blocks, each run once, in one namespace."""

    def __init__(self) -> None:
        self.blocks = [block.code for block in pages()["Triggers"]]
        # The first block uses App, which the page imports only later.
        self.namespace: dict[str, Any] = {"__name__": "page"}
        exec("from composio_openai import App", self.namespace)

    def run(self, *numbers: int) -> None:
        """Blocks by number, from 0; where there are two, the second continues the first one's function."""
        first, *more = (self.blocks[number] for number in numbers)
        text = first + "".join("\n" + textwrap.indent(one, "    ") for one in more)
        exec(compile(text, f"{REFERENCE.name}, block {numbers}", "exec", dont_inherit=True), self.namespace)

    def emit(self, trigger_id: str, **payload: str) -> None:
        """Something happens in Slack: stored as a receiver stores it."""
        part = self.namespace["toolset"].backend.keeping.store.for_project("").part()
        happened = TriggerEvent(
            id=f"ev_{payload['ts']}".replace(".", "_"),
            key=payload["ts"],
            instance_id=trigger_id,
            trigger="SLACK_RECEIVE_MESSAGE",
            app="slack",
            entity_id="default",
            connection_id="",
            payload=payload,
            received_at=time.time(),
        )
        events.record(part, [happened], now=time.time())


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeUpstream]:
    script = [Calls([{"name": SEND, "arguments": {"channel": "C0", "text": ROAST}}]), Say("Sent.")]
    with FakeUpstream.for_app("slack") as slack, FakeUpstream.for_app("github") as github, ScriptedModel(script) as model:
        monkeypatch.setenv("COMPOSIO_DATABASE_URL", f"sqlite:///{tmp_path / 'accounts.sqlite3'}")
        monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "66" * 32)
        monkeypatch.setenv("COMPOSIO_SLACK_BASE_URL", slack.url)
        monkeypatch.setenv("COMPOSIO_GITHUB_BASE_URL", github.url)
        monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-documentation")
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_documentation")
        monkeypatch.setenv("OPENAI_BASE_URL", model.openai_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-documentation")
        yield slack


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def serve(app: Any) -> tuple[uvicorn.Server, threading.Thread, str]:
    """The page's server, on loopback alone and a port that is free."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    return server, thread, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the page's own clients are never closed
def test_the_pages_blocks_run_as_written_and_the_bot_answers_in_the_thread(
    surroundings: FakeUpstream, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page()
    assert len(page.blocks) == 10
    page.run(0)
    assert capsys.readouterr().out == "success\n"
    trigger_id = page.namespace["res"]["triggerId"]
    page.run(1)
    scheme = capsys.readouterr().out
    assert '"owner"' in scheme
    assert '"required"' in scheme
    page.run(2)
    assert page.namespace["response"]["status"] == "success"

    shown: list[str] = []
    helper = threading.Thread(target=_listen_meanwhile, args=(page, trigger_id, shown, capsys))
    helper.start()
    page.run(3)  # which waits for ever, until the helper stops the listener
    helper.join()
    assert "'text': 'for the listener'" in "".join(shown)
    page.namespace["toolset"].close()

    ran: list[Any] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **_options: ran.append(app))
    page.run(4)
    for numbers in ((5,), (6,), (7, 8), (9,)):
        page.run(*numbers)
    server, thread, url = serve(ran[-1])
    try:
        toolset: ComposioToolSet[Any] = page.namespace["toolset"]
        toolset.backend.run(lambda: toolset.backend.events.set_callback(f"{url}/webhook"))
        with toolset.create_trigger_listener(timeout=60):
            page.emit(trigger_id, ts="1719.5", channel="YOUR_CHANNEL_ID", text="roast me", user="U1")
            until(lambda: any(one.path.endswith("/chat.postMessage") for one in surroundings.requests))
            until(lambda: _is_delivered(toolset))
    finally:
        server.should_exit = True
        thread.join()
    [sent] = [one for one in surroundings.requests if one.path.endswith("/chat.postMessage")]
    assert sent.headers["authorization"] == "Bearer xoxb-documentation"
    assert sent.body == {"channel": "YOUR_CHANNEL_ID", "text": ROAST, "thread_ts": "1719.5", "mrkdwn": False}
    assert page.namespace["responded_threads"] == {"1719.5"}
    leave(page.namespace)


def _listen_meanwhile(page: Page, trigger_id: str, shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    until(lambda: "handle_slack_message" in page.namespace)
    page.emit(trigger_id, ts="1719.1", channel="C1", text="for the listener")
    while "for the listener" not in "".join(shown):
        time.sleep(0.01)
        shown.append(capsys.readouterr().out)
    page.namespace["listener"].stop()


def _is_delivered(toolset: ComposioToolSet[Any]) -> bool:
    listed = toolset.backend.run(toolset.backend.events.log)
    return any(one["status"] == "delivered" for event in listed for one in event["deliveries"])
