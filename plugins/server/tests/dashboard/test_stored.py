"""Two hundred payloads that somebody else stored: on every page they are text, and none of them is an element or attribute."""

from __future__ import annotations

import html
import json
import re
import time
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from composio.model.connection import Connection, NewConnection
from composio.model.trigger_instance import NewInstance
from composio.store.triggers import events
from composio_server.services.mcp import McpServerConfig
from composio_server.services.projects import Project
from composio_server.services.services import Services
from composio_server.services.session_config import EMPTY
from tests.peers.acme import write_app
from tests.peers.acme_api import Acme
from tests.peers.triggering import event
from tests.peers.visitor import Visitor

# What ends the place where text may stand, and what does harm from there on. Each element and attribute is marked "evil".
BREAKS = (
    *("", '"', "'", "`", '">', "'>", "-->", "]]>", '\\">', "</title>", "</textarea>", "</pre></code>", "</script>", "</style>"),
    *(
        "</noscript>",
        "</option></select>",
        "</summary></details>",
        "</time>",
        "\n\t",
        "{{ '\"' }}",
        "{% endraw %}",
        "&#34;&gt;",
    ),
    *("\u2028", "\u202e", "\ufeff"),
)
HARMS = (
    "<evil-{n} onclick=alert(1)>",
    " evil-{n}=x onfocus=alert(1) autofocus style=color:red ",
    "<script evil-{n}>alert({n})</script>",
    "<img/evil-{n}=x src=x onerror=alert(1)>",
    "<svg evil-{n}><style evil-{n}>@import '//evil.example'</style></svg>",
    '<a evil-{n} href="javascript:alert(1)" hx-get="//evil.example">x</a>',
    "<meta evil-{n} http-equiv=refresh content='0;url=//evil.example'>",
    "javascript:alert({n})//<!--evil-{n}",
)
PAYLOADS = [
    f"{ending}{harm.format(n=number * len(HARMS) + place)}"
    for number, ending in enumerate(BREAKS)
    for place, harm in enumerate(HARMS)
]
PLACES = (
    *("start", "search", "playground", "apps", "integrations", "connections", "triggers", "triggers/new", "mcp", "sessions"),
    *("calls", "events", "figures", "settings", "connections/new", "mcp/new"),
)
# Names of apps are in descriptions, each of which is compiled.
EVERY_APP = 20


class Reader(HTMLParser):
    """What of a page's elements and attributes no template of ours has."""

    def __init__(self, content: str, host: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.text, self._host = "", host
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "evil" in tag:
            self.found.append(f"<{tag}>")
        if tag == "script" and not str(dict(attrs).get("src")).startswith("/pages/"):
            self.found.append("<script>")
        if tag in {"svg", "style", "iframe", "object", "embed", "base"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if "evil" in name or name.startswith("on") or name in {"style", "autofocus", "srcdoc"}:
                self.found.append(f"<{tag} {name}>")
            elif name in {"href", "src", "action", "formaction", "hx-get", "hx-post"} and not self._is_here(value or ""):
                self.found.append(f"<{tag} {name}={value}>")

    def _is_here(self, url: str) -> bool:
        """Whether it is an address of this server; a model's link may go to an app's own pages, over HTTPS."""
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc) in {("", ""), ("http", self._host)} or (
            parts.scheme == "https" and "evil" not in parts.netloc
        )

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def pages(owner: Visitor, services: Services, project: Project, acme: Acme) -> dict[str, str]:
    """The payload that has to stand on a page, by the page's path."""
    home, backend = services.backends.home, services.backends.of(project.id)
    pages = {}
    for number, payload in enumerate(PAYLOADS[:: len(PAYLOADS) // EVERY_APP]):
        field = {"name": "api_key", "display_name": payload, "description": payload, "default": payload}
        scheme = {"auth_mode": "API_KEY", "fields": [field], "proxy": {"base_url": "https://api.shop.example"}}
        write_app(home, f"hostile{number}", scheme, name=payload, description=payload)
        pages[f"apps/hostile{number}"] = payload
        pages[f"integrations/new?app=hostile{number}"] = payload
    part = services.backends.shared.keeping.store.for_project(project.id).part()
    for number, payload in enumerate(PAYLOADS):
        asked = NewConnection(app="acme", entity_id=payload, labels=(payload,), values={"api_key": f"k-{number}"})
        connection = backend.run(partial(backend.accounts.initiate, asked)).connection
        pages[f"connections/{connection.id}"] = payload
        schedule = NewInstance(trigger="SCHEDULE_TRIGGER", config={"cron": "0 9 * * *"}, entity_id=payload)
        instance = backend.run(partial(backend.triggers.enable, schedule)).instance
        pages[f"triggers/{instance.id}"] = payload
        came = event(f"ev_{number}", of=instance, payload={payload: payload}, entity_id=payload)
        events.record(part, [came], now=time.time())
        pages[f"events/{came.id}"] = payload
        config = McpServerConfig(toolkits=(payload,), allowed_tools=(payload,), auth_configs={"acme": payload})
        server = services.mcp_servers.create(project.id, payload, config)
        pages[f"mcp/{server.id}"] = payload
        session = services.sessions.create(project.id, payload, {**EMPTY, "custom": {payload: payload}, "toolkits": None})
        pages[f"sessions/{session.id}"] = payload
    return pages


def is_shown(payload: str, text: str) -> bool:
    """Whether a page's text has a payload, as it is or as JSON writes it."""
    return payload.strip() in text or json.dumps(payload, ensure_ascii=False)[1:-1] in text


def test_nothing_that_was_stored_is_markup_on_any_page(owner: Visitor, pages: dict[str, str]) -> None:
    assert len(set(PAYLOADS)) == 200
    host = urlsplit(owner.base).netloc
    wrong, missing = {}, []
    for path, payload in {**dict.fromkeys(PLACES, ""), **pages}.items():
        answer = owner.client.get(f"{owner.project}/{path}")
        assert answer.status_code == 200, (path, answer.text)
        read = Reader(answer.text, host)
        if read.found:
            wrong[path] = payload, read.found
        if not is_shown(payload, read.text):
            missing.append((path, payload))
    assert wrong == {}
    assert missing == []  # else the page was not tried


def test_no_answer_or_argument_of_a_call_is_markup(owner: Visitor, connection: Connection, acme: Acme) -> None:
    host, wrong = urlsplit(owner.base).netloc, {}
    form = owner.get("playground", action="ACME_GET_ME")
    for number, payload in enumerate(PAYLOADS):
        status = (200, 400, 500)[number % 3]
        acme.answer = lambda _, status=status, payload=payload: (status, {"error": payload, payload: [payload]})  # type: ignore[misc]  # the defaults bind the loop's values
        shown = owner.post(form, "/playground", entity="alice")
        read = Reader(shown.text, host)
        assert is_shown(payload, read.text), (status, payload, read.text)
        if read.found:
            wrong[payload] = read.found
        refused = Reader(owner.post(form, "/playground", entity=payload).text, host)
        if refused.found:
            wrong[f"entity {payload}"] = refused.found
    log, calls = owner.get("calls"), set[str]()
    while True:
        calls |= set(re.findall(r'/calls/([^"/?]+)"', log.text))
        older = re.search(r'href="([^"]*)" rel="next"', log.text)
        if older is None:
            break
        log = owner.client.get(owner.base + html.unescape(older[1]))
    assert len(calls) >= len(PAYLOADS)
    for call in sorted(calls):
        read = Reader(owner.get(f"calls/{call}").text, host)
        if read.found:
            wrong[call] = read.found
        again = Reader(owner.get("playground", call=call).text, host)
        if again.found:
            wrong[f"again {call}"] = again.found
    assert wrong == {}


@pytest.mark.parametrize(
    "place", ["search", "apps", "integrations", "connections", "triggers", "mcp", "sessions", "calls", "events"]
)
def test_no_filter_is_markup(owner: Visitor, place: str) -> None:
    host, wrong = urlsplit(owner.base).netloc, {}
    for payload in PAYLOADS:
        page = owner.get(place, q=payload, app=payload, entity=payload, trigger=payload, user=payload)
        if found := Reader(page.text, host).found:
            wrong[payload] = found
    assert wrong == {}
