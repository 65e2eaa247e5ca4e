"""Where the examples that listen run: against fake apps in which something happens, or with your keys set against the real ones.

The doubles ship with Composio. They answer as the apps' own API descriptions say, and sign webhooks as the apps do.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial

import httpx
from services import report

from composio import ComposioToolSet
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel

SEND = "SLACK_SENDS_A_MESSAGE_TO_A_SLACK_CHANNEL"
MODEL = "gpt-4.1-mini"
_TOKEN = "token-of-nobody"  # noqa: S105 - the fake apps accept it and nothing else


@contextmanager
def stars() -> Iterator[None]:
    """A GitHub on which Ada stars the repository that is watched, and a Slack; with GITHUB_TOKEN and SLACK_BOT_TOKEN the real ones.

    The doubles reach the program as the real ones do behind a tunnel: by a webhook, which is signed.
    """
    if _has("GITHUB_TOKEN", "SLACK_BOT_TOKEN"):
        yield
        return
    with _fake(github="GITHUB_TOKEN", slack="SLACK_BOT_TOKEN") as apps:
        port = _free_port()
        os.environ |= {"COMPOSIO_WEBHOOK_URL": "https://tunnel.example", "COMPOSIO_WEBHOOK_PORT": str(port)}
        ada = threading.Thread(target=_star, args=[apps["github"], port], daemon=True)
        ada.start()
        yield


@contextmanager
def mail() -> Iterator[str]:
    """The model to ask for, a Gmail to which Ada writes, and a Slack; the real ones with all three keys set.

    The fake Gmail has the mail once it is polled, so that it arrives after the program began.
    """
    if _has("GMAIL_ACCESS_TOKEN", "SLACK_BOT_TOKEN", "OPENAI_API_KEY"):
        yield MODEL
        return
    summary = "Ada asks to move lunch on Friday to 1 pm."
    with _fake(gmail="GMAIL_ACCESS_TOKEN", slack="SLACK_BOT_TOKEN") as apps, _scripted("#mail", summary):
        arrived = cache(lambda: str(int(time.time() * 1000)))
        headers = {"From": "Ada <ada@example.com>", "To": "bob@example.com", "Subject": "Lunch"}
        text = "Hi Bob, can we move lunch on Friday to 1 pm?"
        listed = {"messages": [{"id": "m1", "threadId": "t1"}], "resultSizeEstimate": 1}
        parts = {
            "mimeType": "text/plain",
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "body": {"size": len(text), "data": urlsafe_b64encode(text.encode()).decode()},
        }
        apps["gmail"].reply("GMAIL_USERS_MESSAGES_LIST", json=lambda _: arrived() and listed)
        apps["gmail"].reply(
            "GMAIL_USERS_MESSAGES_GET",
            json=lambda _: {"id": "m1", "threadId": "t1", "internalDate": arrived(), "payload": parts},
        )
        yield MODEL


@contextmanager
def messages(channel: str) -> Iterator[str]:
    """The model to ask for, and a Slack in whose ``channel`` Ada writes; the real ones with both keys set."""
    if _has("SLACK_BOT_TOKEN", "OPENAI_API_KEY"):
        yield MODEL
        return
    roast = "> be ada\n> ship on a Friday\n> call it courage"
    with _fake(slack="SLACK_BOT_TOKEN") as apps, _scripted(channel, roast):
        written = cache(lambda: f"{time.time():.6f}")
        apps["slack"].reply(
            "SLACK_CONVERSATIONS_HISTORY",
            json=lambda _: {
                "ok": True,
                "messages": [{"type": "message", "user": "U0ADA", "text": "Shipping it now!", "ts": written()}],
                "has_more": False,
            },
        )
        yield MODEL


@contextmanager
def _fake(**keys: str) -> Iterator[dict[str, FakeUpstream]]:
    """Fake apps by name, each with the variable from which clients take its token. What is kept goes with them."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        os.environ |= {"COMPOSIO_DATABASE_URL": f"sqlite:///{home}/accounts.sqlite3", "COMPOSIO_ENCRYPTION_KEY": "5" * 64}
        # A local address is best reached without a proxy.
        os.environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        apps = {name: stack.enter_context(FakeUpstream.for_app(name)) for name in keys}
        for name, app in apps.items():
            app.require(header="Authorization", value=f"Bearer {_TOKEN}")
            os.environ |= {f"COMPOSIO_{name.upper()}_BASE_URL": app.url, keys[name]: _TOKEN}
        yield apps
        for request in apps["slack"].requests:
            if request.method == "POST":
                print(f"The fake Slack received {request.method} {request.path}.")


@contextmanager
def _scripted(channel: str, text: str) -> Iterator[None]:
    """A model that sends ``text`` to ``channel``, then says whether that worked."""
    send = Calls([{"name": SEND, "arguments": {"channel": channel, "text": text}}])
    with ScriptedModel([send, Say(partial(report, done="I told Slack."))]) as model:
        os.environ |= {"OPENAI_BASE_URL": model.openai_url, "OPENAI_API_BASE": model.openai_url, "OPENAI_API_KEY": "none"}
        yield


def _star(github: FakeUpstream, port: int) -> None:
    """Star the repository once a webhook for it was made, and the program listens."""
    while not (hooks := [one.body for one in github.requests if one.method == "POST" and one.path.endswith("/hooks")]):
        time.sleep(0.05)
    config: dict[str, str] = hooks[0]["config"]
    repository = {"id": 1, "name": "hello-world", "html_url": "https://github.com/octocat/hello-world"}
    event = {
        "action": "created",
        "starred_at": "2026-01-15T10:00:30Z",
        "repository": {**repository, "owner": {"login": "octocat"}},
        "sender": {"login": "ada"},
    }
    trigger = ComposioToolSet().get_trigger("GITHUB_STAR_ADDED_EVENT")
    here = config["url"].replace("https://tunnel.example", f"http://127.0.0.1:{port}")
    headers = {"X-GitHub-Event": "star", "X-GitHub-Delivery": "1"}
    while True:
        with suppress(httpx.ConnectError):  # nobody listens yet
            github.emit(trigger, to=here, secret=config["secret"], body=event, headers=headers)
            return
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _has(*names: str) -> bool:
    return all(os.environ.get(name) for name in names)
