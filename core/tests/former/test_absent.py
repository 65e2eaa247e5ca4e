"""Stand-ins import, annotate and compare; whatever else is done with one says what to use instead."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from composio.errors import ComposioError, NoCounterpartWarning, NotAvailable
from composio.former import absent as module
from composio.former.absent import absent

GONE: Any = absent("composio.somewhere", "Gone", "use the other thing")


@pytest.fixture
def unwarned() -> Iterator[None]:
    before = set(module._warned)
    module._warned.clear()
    yield
    module._warned.clear()
    module._warned.update(before)


@pytest.mark.parametrize(
    "use",
    [
        lambda: GONE(),
        lambda: GONE("x", option=1),
        lambda: GONE.method,
        lambda: GONE[int, str](),
        lambda: type("Mine", (GONE,), {}),
        lambda: type("Mine", (GONE[int],), {}),
        lambda: f"{GONE}/path",
        lambda: GONE / "path",
        lambda: os.fspath(GONE),
        lambda: list(GONE),
    ],
)
def test_using_a_stand_in_says_what_to_use_instead(use: Callable[[], object]) -> None:
    with pytest.raises(NotAvailable, match=r"^Gone is v0\.7's: use the other thing\.$") as caught:
        use()
    assert isinstance(caught.value, ComposioError)


def test_what_only_names_a_stand_in_goes_on() -> None:
    def callback(event: GONE, other: GONE | None = None) -> None: ...

    assert callback.__annotations__
    assert not isinstance(3, GONE)
    assert not hasattr(GONE, "anything")
    assert GONE == GONE
    assert absent("composio.somewhere", "Gone", "use the other thing") != GONE
    assert "Gone" in repr(GONE)
    assert GONE.__doc__ == "v0.7's: use the other thing."


def test_a_workspace_is_accepted_and_said_once_for_each_kind(unwarned: None) -> None:
    from composio import WorkspaceType

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            WorkspaceType.Docker(image="x", ports={80: 80})
            WorkspaceType.Host()
    assert [one.category for one in caught] == [NoCounterpartWarning] * 2
    assert str(caught[0].message) == (
        "WorkspaceType.Docker() is v0.7's and changes nothing: there are no workspaces: tools run in this process; run your agent"
        " in a container to confine it."
    )
    assert caught[0].filename == __file__


def test_a_workspace_survives_pickling(unwarned: None) -> None:
    from composio import WorkspaceType

    with pytest.warns(NoCounterpartWarning):
        made = WorkspaceType.E2B()
    assert isinstance(pickle.loads(pickle.dumps(made)), WorkspaceType.E2B)
