"""Every v0.7 method or attribute that is not here says so, and what to use instead."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from composio import Composio, ComposioToolSet
from composio.client.former import _FORMER
from composio.errors import ComposioError, NotAvailable

Little = Any  # the fixture's class lives in conftest.py, which tests can't import


@pytest.fixture
def owners(little: Little) -> dict[str, Any]:
    client = Composio(backend=little)
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=little)
    return {
        "ComposioToolSet": toolset,
        "Composio": client,
        "Entity": client.get_entity("ada"),
        "Actions": client.actions,
        "Apps": client.apps,
        "ConnectedAccounts": client.connected_accounts,
        "Integrations": client.integrations,
        "Triggers": client.triggers,
        "ActiveTriggers": client.active_triggers,
    }


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in _FORMER.items() for name in names])
def test_a_name_of_v0_7_says_what_to_use_instead(owners: dict[str, Any], kind: str, name: str) -> None:
    owner = owners[kind]
    with pytest.raises(NotAvailable, match=rf"{kind}\.{name} is v0.7's: ") as caught:
        getattr(owner, name)
    assert isinstance(caught.value, ComposioError)
    assert not hasattr(owner, name), "programs that ask first go another way"


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("ComposioToolSet", "get_toolz", "get_tools"),
        ("Composio", "integration", "integrations"),
        ("Entity", "excute", "execute"),
    ],
)
def test_a_misspelt_name_says_which_was_meant(owners: dict[str, Any], kind: str, name: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'\. Did you mean '{meant}'\?"):
        getattr(owners[kind], name)


def test_names_that_python_asks_for_are_simply_not_there(owners: dict[str, Any]) -> None:
    for owner in owners.values():
        with pytest.raises(AttributeError, match=r"no attribute '__len__'\.$"):
            owner.__len__()
        assert copy.copy(owner) is not owner
