"""Programs in the style of v0.7's examples end well, against the doubles: each prints what it saw, which is compared."""

from __future__ import annotations

import gc
import importlib.util
import runpy
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from composio.errors import NoCounterpartWarning
from composio.former import absent
from composio.testing import Calls, FakeUpstream, Say, ScriptedModel

PROGRAMS = Path(__file__).parent / "programs"
ME = "GITHUB_GET_THE_AUTHENTICATED_USER"
WHO = [Calls([{"name": ME, "arguments": {}}]), Say("You are octocat.")]
LUNCH = {
    "start_datetime": "2026-12-01T13:00:00",
    "event_duration_hour": 1,
    "event_duration_minutes": 0,
    "timezone": "Europe/Berlin",
    "summary": "Lunch",
    "attendees": ["ada@example.com"],
}
# What the model says, the packages that the program needs beside ours, and what it prints.
EXPECTED: dict[str, tuple[Sequence[Any], Sequence[str], Sequence[str]]] = {
    "openai_tool_call": (WHO, ("openai",), ["True True"]),
    "openai_loop": (WHO, ("openai",), ["You are octocat."]),
    "claude_tool_use": (WHO, ("anthropic",), ["True"]),
    "langchain_tools": (WHO, ("langchain_openai",), ["True"]),
    "langgraph_agent": (WHO, ("langchain_openai", "langgraph"), ["You are octocat."]),
    "gmail_assistant": ((), (), ["True True", "True None"]),
    "calendar_assistant": (
        [Calls([{"name": "GOOGLECALENDAR_CREATE_EVENT", "arguments": LUNCH}])],
        ("openai",),
        ["True True", "True None", "True"],
    ),
    "custom_tool": ((), (), ["First number", "42 42"]),
    "custom_app_tool": ((), (), ["True True", "True"]),
    "connect_with_a_key": (
        (),
        (),
        ["not connected: True", "['token'] BEARER_TOKEN", "ACTIVE github joe True", "True", "True"],
    ),
    "connect_with_oauth": (
        (),
        (),
        ["github True", "OAUTH2 github []", "INITIATED True", "['our github']"],
    ),
    "entities": ((), (), ["['ada', 'bob']", "1 True", "1 True"]),
    "processors": ((), (), ["['owner']", "True 2"]),
    "discover": (
        (),
        (),
        [
            "True HACKERNEWS True",
            "hackernews True ['username']",
            "HACKERNEWS_GET_USER important",
            "HACKERNEWS_GET_USER",
            "- hackernews: HACKERNEWS_GET_USER",
        ],
    ),
    "configured": (
        (),
        (),
        [
            "None",
            "unknown: True",
            "Shell is v0.7's",
            "ComposioToolSet.workspace is v0.7's",
        ],
    ),
}


@pytest.fixture(scope="module")
def doubles() -> Iterator[dict[str, FakeUpstream]]:
    apps = ("github", "gmail", "googlecalendar")
    made = {app: FakeUpstream.for_app(app) for app in apps}
    for one in made.values():
        one.__enter__()
    yield made
    for one in made.values():
        one.__exit__(None, None, None)


@pytest.fixture
def surroundings(doubles: dict[str, FakeUpstream], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for app, api in doubles.items():
        api.reset()
        monkeypatch.setenv(f"COMPOSIO_{app.upper()}_BASE_URL", api.url)
    monkeypatch.setenv("COMPOSIO_DATABASE_URL", f"sqlite:///{tmp_path / 'accounts.sqlite3'}")
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "66" * 32)
    monkeypatch.setenv("COMPOSIO_REDIRECT_PORT", "0")
    monkeypatch.setenv("GOOGLE_ACCESS_TOKEN", "ya29.test")
    monkeypatch.chdir(tmp_path)
    before = set(absent._warned)
    yield
    absent._warned.clear()
    absent._warned.update(before)


def test_every_program_is_expected_and_there_are_fifteen() -> None:
    assert sorted(EXPECTED) == sorted(file.stem for file in PROGRAMS.glob("*.py"))
    assert len(EXPECTED) >= 15


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # programs leave closing to their end
@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_program_of_v0_7_ends_well(
    name: str, doubles: dict[str, FakeUpstream], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps, needed, printed = EXPECTED[name]
    for package in needed:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed here")
    if not name.startswith("connect") and name != "entities":
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_test")
    with ScriptedModel(list(steps) or [Say("unasked")]) as model, warnings.catch_warnings():
        warnings.simplefilter("ignore", NoCounterpartWarning)
        warnings.simplefilter("ignore", DeprecationWarning)  # packages' former names say the new ones
        for variable, url in (("OPENAI_BASE_URL", model.openai_url), ("ANTHROPIC_BASE_URL", model.url)):
            monkeypatch.setenv(variable, url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
        program = runpy.run_path(str(PROGRAMS / f"{name}.py"), run_name="__main__")
    for value in program.values():
        if hasattr(value, "close") and not isinstance(value, type):
            value.close()
    # What a program left open goes here, where its warning is expected, and not in another test.
    program.clear()
    gc.collect()
    assert capsys.readouterr().out.splitlines() == list(printed)
    assert [said for api in doubles.values() for said in api.violations] == []


@pytest.mark.usefixtures("surroundings")
def test_the_calendar_gets_what_the_model_asked_for(
    doubles: dict[str, FakeUpstream], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    test_a_program_of_v0_7_ends_well("calendar_assistant", doubles, monkeypatch, capsys)
    created, _found = doubles["googlecalendar"].requests
    assert (created.method, created.path) == ("POST", "/calendars/primary/events")
    assert created.body["end"] == {"dateTime": "2026-12-01T14:00:00+01:00", "timeZone": "Europe/Berlin"}
    assert created.body["attendees"] == [{"email": "ada@example.com"}]
