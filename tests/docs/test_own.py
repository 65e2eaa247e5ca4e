"""The README's and our own documentation's Python blocks, run against the doubles."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.plugin.manager import plugins
from composio.plugin.metrics import METRICS
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel

ROOT = Path(__file__).resolve().parents[2]
# A framework's plugin has its README tested among its own tests, where the framework is installed.
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "plugins" / "apps" / "README.md"]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
USERNAME = "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.fixture(scope="module")
def github() -> Iterator[FakeUpstream]:
    with FakeUpstream.for_app("github") as api:
        yield api


@pytest.fixture(scope="module")
def stripe() -> Iterator[FakeUpstream]:
    with FakeUpstream.for_app("stripe") as api:
        yield api


@pytest.fixture
def surroundings(github: FakeUpstream, stripe: FakeUpstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    github.reset()
    # What is connected here is not kept beside the catalog of all tests.
    monkeypatch.setenv("COMPOSIO_DATABASE_URL", f"sqlite:///{tmp_path / 'accounts.sqlite3'}")
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "66" * 32)
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")
    monkeypatch.setenv("COMPOSIO_GITHUB_BASE_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_documentation")
    monkeypatch.setenv("COMPOSIO_STRIPE_BASE_URL", stripe.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-documentation")
    monkeypatch.setenv("COMPOSIO_LOG_CALLS", "off")  # what a page sets is undone with it
    with ScriptedModel([Calls([{"name": USERNAME, "arguments": {}}]), Say("Your GitHub username is octocat.")]) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.openai_url)
        yield
    if (observer := plugins().find(METRICS)) is not None:  # a page that measures calls does so for the whole process
        plugins().unregister(observer)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # examples leave closing the provider's client to the end of the program
@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_pages_examples_run(page: Path, github: FakeUpstream, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "example"}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        exec(compile("\n" * line + block.group(1), str(page), "exec", dont_inherit=True), namespace)
    assert github.violations == [] or page.name == "executing.md"
    if page.name == "README.md" and page.parent == ROOT:
        assert "Your GitHub username is octocat." in capsys.readouterr().out
    for value in namespace.values():
        if hasattr(value, "close") and not isinstance(value, type):
            value.close()
    # What an example replaced without closing goes here, where its warning is expected, and not in another test.
    namespace.clear()
    gc.collect()


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("limit", [None, 700])
def test_the_documented_loop_over_pages_gives_every_item_once(github: FakeUpstream, limit: int | None) -> None:
    repositories = [{"id": n, "name": f"repository-{n}", "description": "d" * (n * 37 % 200)} for n in range(45)]

    def page(received: Any) -> list[dict[str, Any]]:
        number, size = received.arguments.get("page", 1), received.arguments.get("per_page", 30)
        return repositories[(number - 1) * size : number * size]

    github.reply("GITHUB_LIST_REPOSITORIES_FOR_A_USER", json=page)
    [loop] = [
        block.group(1)
        for block in BLOCK.finditer((ROOT / "docs" / "executing.md").read_text(encoding="utf-8"))
        if "def every_item" in block.group(1)
    ]
    with ComposioToolSet(max_result_chars=limit) as toolset:
        namespace: dict[str, Any] = {"toolset": toolset}
        exec(loop.replace(", max_result_chars=1500", ""), namespace)
    assert [repository["id"] for repository in namespace["repositories"]] == list(range(45))
    assert github.violations == []


def test_the_readme_counts_the_apps_that_there_are() -> None:
    said = re.search(r"^\| Apps \| (\d+),", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    folders = list((ROOT / "plugins" / "apps" / "composio_apps").glob("*/integration.yaml"))
    assert said is not None
    assert int(said[1]) == len(folders)
