"""v0.7's modules and names: each imports, and is the thing it was, or says what to use instead."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys

import pytest

from composio.errors import NotAvailable
from composio.former import finder
from composio.former.absent import Absent
from composio.former.names import GONE, MOVED, ROOMS


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in GONE.items() for name in names])
def test_a_name_without_a_counterpart_imports_and_says_so(module: str, name: str) -> None:
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Absent)
    assert getattr(importlib.import_module(module), name) is found
    with pytest.raises(NotAvailable, match=f"^{name} is v0"):
        found()


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in MOVED.items() for name in names])
def test_a_name_that_moved_is_the_one_at_its_new_place(module: str, name: str) -> None:
    home, _, attribute = MOVED[module][name].partition(":")
    assert getattr(importlib.import_module(module), name) is getattr(importlib.import_module(home), attribute)


@pytest.mark.parametrize("module", sorted({*GONE, *MOVED}))
def test_a_module_lists_its_names_and_refuses_others(module: str) -> None:
    found = importlib.import_module(module)
    assert {*GONE.get(module, {}), *MOVED.get(module, {})} <= set(dir(found))
    with pytest.raises(AttributeError, match="__nothing__"):
        _ = found.__nothing__
    if not any(f"{module}.".startswith(f"{room}.") for room in ROOMS):
        with pytest.raises(AttributeError, match=f"module '{module}' has no attribute 'nothing'"):
            _ = found.nothing


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_module_below_a_room_that_is_gone_imports(room: str) -> None:
    below = importlib.import_module(f"{room}.any.module")
    with pytest.raises(NotAvailable, match=r"is v0\.7's: "):
        below.AnyName()


def test_a_module_that_v0_7_never_had_is_not_found() -> None:
    for name in ("composio.nothing", "composio.tools.nothing", "composio.tools.envious", "composio_nothing"):
        with pytest.raises(ModuleNotFoundError, match=name):
            importlib.import_module(name)
        assert "." not in name or importlib.util.find_spec(name) is None


def test_the_finder_is_asked_last_and_once() -> None:
    finder.install()
    (found,) = [one for one in sys.meta_path if type(one).__module__ == finder.__name__]
    assert sys.meta_path[-1] is found or type(sys.meta_path[0]).__module__ != finder.__name__


def test_an_import_of_other_names_stays_cheap() -> None:
    code = "import sys, composio; print([m for m in sys.modules if m.startswith('composio.former.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['composio.former.finder']"
