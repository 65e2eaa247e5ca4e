"""Every operation of real descriptions: made-up arguments become a request, and the fake upstream reads them out of it again.

The request builder and the reader were written apart, so that what both get wrong in the same way is little. Skipped where
the descriptions can't be had.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.engine.build import Target, build
from composio.errors import SourceUnavailable
from composio.model.action import HttpBinding
from composio.testing import FakeUpstream
from composio.testing.upstream.generate import generate

# A catalog compiled once serves every later run.
HOME = Path(os.environ.get("COMPOSIO_HOME") or Path(__file__).parents[3] / ".tox" / "home")
# A form can't write the empty list that is made up for a list without items, but where the API reads an empty text so.
EMPTY_LISTS = {"STRIPE_POST_SUBSCRIPTION_SCHEDULES", "STRIPE_POST_SUBSCRIPTION_SCHEDULES_SCHEDULE"}


@pytest.fixture(scope="module")
def backend() -> Iterator[EmbeddedBackend]:
    opened = EmbeddedBackend(home=HOME)
    yield opened
    opened.close()


@pytest.mark.parametrize("app", ["github", "slack", "stripe", "notion", "hackernews"])
def test_every_operation_arrives_as_it_was_meant(app: str, backend: EmbeddedBackend) -> None:
    try:
        api = FakeUpstream.of(backend, app)
    except SourceUnavailable as error:
        pytest.skip(str(error))
    api.reply(status=204)  # what is answered is another test's matter
    wrong: list[str] = []
    with httpx.Client(transport=api.transport()) as client:
        for action in backend.catalog.select(apps=[app], everything=True):
            if not isinstance(action.binding, HttpBinding) or action.slug in EMPTY_LISTS:
                continue
            arguments = generate(action.validation, action.slug)
            client.send(build(action, action.binding, arguments, Target()))
            received = api.requests[-1]
            if received.slug != action.slug or received.violations:
                wrong.append(f"{action.slug}: arrived as {received.slug or received.path} {received.violations}")
    assert wrong == []
    assert api.requests
