from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from composio.cli.describe import example_command, type_in_words
from composio.model.action import ActionModel, HttpBinding, JsonSchema

Run = Callable[..., Any]


def test_the_listing_is_of_compiled_apps_and_of_everything_they_have(composio: Run, backend: Any) -> None:
    lines = composio("actions").stdout.splitlines()
    assert lines[0].split() == ["SLUG", "NAME", "TAGS"]
    assert [line.split()[0] for line in lines[1:]] == ["PETS_ADOPT_A_PET", "PETS_LIST_PETS"]
    assert (backend.queries[-1].apps, backend.queries[-1].everything) == (("pets",), True)


def test_filters_reach_the_backend(composio: Run, backend: Any) -> None:
    composio("actions", "--app", "pets", "--app", "plants", "--tag", "Pets", "--limit", "1")
    query = backend.queries[-1]
    assert (query.apps, query.tags, query.limit, query.everything) == (("pets", "plants"), ("Pets",), 1, False)
    composio("actions", "--app", "pets", "--important")
    assert backend.queries[-1].everything is False


def test_a_limit_below_one_is_a_usage_error(composio: Run) -> None:
    assert composio("actions", "--limit", "0").exit_code == 2


def test_json_is_the_actions_own_dump_without_the_schemas(composio: Run) -> None:
    shown = json.loads(composio("actions", "--json").stdout)
    whole = json.loads(composio("actions", "show", "PETS_ADOPT_A_PET", "--json").stdout)
    left_out = {"parameters", "response", "version", "scopes", "scope_alternatives"}
    assert shown[0] == {key: value for key, value in whole.items() if key not in left_out}
    assert shown[1]["name"] == "PETS_LIST_PETS"


def test_search_keeps_the_order_of_the_best_match(composio: Run) -> None:
    assert [a["name"] for a in json.loads(composio("actions", "--use-case", "list them", "--json").stdout)] == [
        "PETS_LIST_PETS"
    ]
    assert json.loads(composio("actions", "--search", "nothing", "--json").stdout) == []


def test_search_and_tags_contradict_each_other(composio: Run) -> None:
    done = composio("actions", "--use-case", "x", "--tag", "Pets")
    assert done.exit_code == 1
    assert "--use-case ranks" in done.stderr


def test_nothing_compiled_says_how_to_name_an_app(composio: Run, backend: Any) -> None:
    backend.known = []
    done = composio("actions")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "composio actions --app github" in done.stderr


def test_show_tells_what_an_action_takes_required_first(composio: Run) -> None:
    shown = composio("actions", "show", "pets_adopt").stdout
    assert shown.startswith("PETS_ADOPT_A_PET\nAdopt a pet\n")
    rows = [line.split()[0] for line in shown[shown.index("NAME ") :].splitlines()[1:5]]
    assert rows == ["pet_id", "terms", "note", "names"]
    assert "array of string" in shown
    assert "string | null" in shown
    assert "monthly | for life" in shown


def test_a_description_cant_drive_the_terminal(composio: Run) -> None:
    shown = composio("actions", "show", "PETS_ADOPT").stdout
    assert "\x1b" not in shown
    assert "red" in shown


def test_the_example_can_be_pasted_into_a_shell(composio: Run) -> None:
    line = composio("actions", "show", "PETS_ADOPT").stdout.splitlines()[-1]
    words = shlex.split(line)
    assert words[:4] == ["composio", "execute", "PETS_ADOPT_A_PET", "-p"]
    assert json.loads(words[4]) == {"pet_id": 42, "terms": "monthly"}


def test_show_json(composio: Run) -> None:
    shown = json.loads(composio("actions", "show", "PETS_ADOPT", "--json").stdout)
    assert shown["name"] == "PETS_ADOPT_A_PET"
    assert shown["parameters"]["required"] == ["pet_id", "terms"]


def test_an_action_without_parameters_says_so(composio: Run) -> None:
    shown = composio("actions", "show", "PETS_LIST_PETS").stdout
    assert "Takes no parameters." in shown
    assert shown.endswith("composio execute PETS_LIST_PETS\n")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string"),
        ({"type": ["integer", "null"]}, "integer | null"),
        ({"enum": [1, None]}, "1 | null"),
        ({"enum": list(range(9))}, "0 | 1 | 2 | 3 | 4 | 5 | …"),
        ({"anyOf": [{"type": "string"}, {"type": "string"}, {"type": "integer"}]}, "string | integer"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, "array of array of number"),
        ({"type": "array"}, "array"),
        ({"type": "array", "items": {"type": ["string", "object"]}}, "array of (string | object)"),
        ({}, "anything"),
        (True, "anything"),
    ],
)
def test_types_in_words(schema: Any, words: str) -> None:
    assert type_in_words(schema) == words


def test_an_example_fills_what_is_required_at_every_depth() -> None:
    inner = {"type": "object", "required": ["on"], "properties": {"on": {"type": "boolean"}, "off": {"type": "boolean"}}}
    schema = JsonSchema(
        required=["a", "b", "c", "d", "it's"],
        properties={"a": {"type": "array", "items": inner}, "b": {"default": 7}, "c": {"type": "number", "minimum": 3}},
    )
    words = shlex.split(example_command(ActionModel(slug="X_Y", app="x", parameters=schema, binding=HttpBinding("GET", "/"))))
    assert json.loads(words[-1]) == {"a": [{"on": True}], "b": 7, "c": 3, "d": "<d>", "it's": "<it's>"}
