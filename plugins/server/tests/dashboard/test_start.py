"""The Start page, followed as it stands: from what it installs to a call that the log has, in ten steps at most."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.testing import FakeUpstream
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.own_address import door, settings, url
from tests.peers.visitor import Visitor
from tests.peers.walker import text_of

__all__ = ["door", "settings", "url"]

MOST_STEPS = 10


@pytest.fixture
def services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A server's, whose requests reach a Hacker News of ours under its real name."""
    with FakeUpstream.for_app("hackernews") as upstream:

        class Offline(EmbeddedBackend):
            def __init__(self, **options: Any) -> None:
                super().__init__(**{"transport": upstream.transport(), **options})

        monkeypatch.setattr("composio_server.services.backends.EmbeddedBackend", Offline)
        made = Services.open(settings)
        yield made
        made.backends.shared.close()
        made.database.close()
        assert upstream.violations == []


def samples_on(page: Any) -> list[str]:
    return [html.unescape(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code>", page.text, re.DOTALL)]


@pytest.mark.parametrize("framework", ["openai", "langchain"])
def test_the_page_leads_to_a_call_in_the_log(owner: Visitor, url: str, tmp_path: Path, framework: str) -> None:
    pytest.importorskip(f"composio_{framework}")
    steps = ["open the page"]
    start = owner.get("start", framework=framework)
    samples = samples_on(start)

    steps.append("install what it names")
    install = next(one for one in samples if one.startswith("pip install "))
    for name in install.split()[2:]:
        assert metadata(name)["Name"] == name, "it is one of ours, which this environment has"
        assert name.startswith("opencomposio-")

    steps.append("make a key in the settings")
    made = owner.post(owner.get("settings"), "/settings/keys", name="first", **{"scope.admin": "on"})
    key = next(word for word in text_of(made).split() if word.startswith("ck_"))

    steps.append("export what it says")
    exports = next(one for one in samples if "export COMPOSIO_BASE_URL=" in one)
    said = dict(part.partition("=")[::2] for part in exports.replace("export", "").split())
    assert said["COMPOSIO_BASE_URL"] == url
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSIO_")}
    environ |= {**said, "COMPOSIO_API_KEY": key, "COMPOSIO_HOME": str(tmp_path / "client"), "NO_PROXY": "127.0.0.1"}

    steps.append("run its program")
    program = next(one for one in samples if "execute_action" in one)
    (tmp_path / "first.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "first.py"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "'successful': True" in done.stdout

    steps.append("look at the log")
    assert "HACKERNEWS_GET_FRONTPAGE" in text_of(owner.get("calls"))
    assert owner.get("start", framework=framework).text.count('class="done"') >= 2
    assert len(steps) <= MOST_STEPS
