"""What every test of the workspace shares: async tests on asyncio, and the environment of nobody's machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from composio.functions.registry import REGISTRY

# Credentials and switches of whoever runs the tests must not decide what they prove.
_PREFIXES = ("COMPOSIO_", "OPENAI_", "GITHUB_", "GH_", "SLACK_", "STRIPE_", "NOTION_", "JIRA_", "GMAIL_", "GOOGLE")
_KEPT = {
    "COMPOSIO_BURSTS",
    "COMPOSIO_EVERY_APP",
    "COMPOSIO_FIGURES",
    "COMPOSIO_FORKS",
    "COMPOSIO_HOME",
    "COMPOSIO_KILLS",
    "COMPOSIO_LOSSES",
    "COMPOSIO_RECORD",
}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def own_functions() -> Iterator[None]:
    """Functions that a test decorates are forgotten afterwards, so that no order of the tests decides what a name means."""
    before = list(REGISTRY)
    yield
    for function in REGISTRY:
        if function not in before:
            REGISTRY.discard(function)


def pytest_configure() -> None:
    for name in list(os.environ):
        if name.startswith(_PREFIXES) and name not in _KEPT:
            del os.environ[name]
    # How long an example takes tells of the machine, which may have other things to do.
    with suppress(ImportError):  # where a plugin's tests do without
        from hypothesis import HealthCheck, settings

        settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
        settings.load_profile("untimed")
