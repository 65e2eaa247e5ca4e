"""Who acts, and what of a call can leave the process."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import ANYONE, CallOptions, Local, RawRequest, ToolCall, Who

MINE, ADDED = CustomAuth(base_url="https://mine.example"), CustomAuth(base_url="https://added.example")


def held(kind: Any) -> set[Any]:
    """Every type that a value of ``kind`` is made of."""
    if is_dataclass(kind) and kind is not CustomAuth:
        inner = [get_type_hints(kind)[one.name] for one in fields(kind)]
    else:
        inner = [one for one in get_args(kind) if one is not ...]
    return {part for one in inner for part in held(one)} if inner else {kind}


def test_a_call_holds_nothing_that_can_not_be_written_down() -> None:
    plain = {str, bool, int, float, Path, type(None), Any, CustomAuth}
    assert held(ToolCall) <= plain
    assert held(RawRequest) <= plain
    assert {one.name for one in fields(Local)} == {"action", "processors", "tools", "gate", "recording"}, (
        "what can't be written down is apart"
    )


def test_the_connection_of_the_call_wins_over_the_one_chosen_for_its_app() -> None:
    chosen = Who(app_connections={"github": "conn_app"})
    assert (chosen.connection_to("github"), chosen.connection_to("slack")) == ("conn_app", None)
    assert Who(connected_account_id="conn_call", app_connections={"github": "conn_app"}).connection_to("github") == "conn_call"


def test_auth_of_the_call_wins_over_add_auth() -> None:
    assert Who(auth=MINE, app_auth={"github": ADDED}).auth_for("github") is MINE
    assert Who(app_auth={"github": ADDED}).auth_for("github") is ADDED
    assert Who(app_auth={"github": ADDED}).auth_for("slack") is None


def test_nobody_named_is_the_default_entity_with_its_own_connections() -> None:
    assert (ANYONE.entity_id, ANYONE.any_entity, ANYONE.connected_account_id) == ("default", False, None)
    assert ToolCall(action="X").who is ANYONE


def test_who_acts_is_shown_without_a_credential() -> None:
    mine = CustomAuth((CustomAuthParameter("Authorization", "Bearer s3cret"),))
    call = ToolCall(action="X", who=Who(auth=mine, app_auth={"x": mine}), options=CallOptions.of(max_result_chars=900))
    assert "s3cret" not in repr(call)
