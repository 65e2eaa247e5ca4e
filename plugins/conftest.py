"""What the plugins' end-to-end tests share: GitHub as its own description tells it, on loopback, behind a bearer token."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from composio.testing import FakeUpstream

TOKEN = "Bearer a-token-for-tests"  # noqa: S105 - guards nothing but a double
# A catalog compiled once serves every later run; next to tox's environments it goes when they go.
HOME = Path(os.environ.get("COMPOSIO_HOME") or Path(__file__).parent.parent / ".tox" / "home")


@pytest.fixture(scope="session")
def home() -> Path:
    """Where the catalog lives."""
    return HOME


@pytest.fixture(scope="session")
def _github(home: Path) -> Iterator[FakeUpstream]:
    with FakeUpstream.for_app("github", home=home) as api:
        yield api


@pytest.fixture
def github(_github: FakeUpstream) -> Iterator[FakeUpstream]:
    """GitHub's API; refuses who lacks the token, and a request that does not fit the description fails the test."""
    _github.reset()
    _github.require(header="Authorization", value=TOKEN)
    yield _github
    assert not _github.violations


@pytest.fixture
def token() -> str:
    """The ``Authorization`` header that :func:`github` asks for."""
    return TOKEN


@pytest.fixture
def readme_examples(request: pytest.FixtureRequest) -> list[str]:
    """The Python blocks of the README of the plugin whose test asks."""
    text = (request.path.parent.parent / "README.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def as_users_have_it(github: FakeUpstream, home: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set what a user's shell sets, pointed at the doubles; called with the model's address."""

    def set_up(model_url: str) -> None:
        values = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": model_url, "OPENAI_API_BASE": model_url}
        values |= {"COMPOSIO_HOME": str(home), "GITHUB_TOKEN": token.removeprefix("Bearer ")}
        for name, value in (values | {"COMPOSIO_GITHUB_BASE_URL": github.url}).items():
            monkeypatch.setenv(name, value)

    return set_up
