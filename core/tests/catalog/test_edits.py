"""What was generated and what people made of it: merged three ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.edits import Generated, merged, read_record, rewritten, write_record

KEY = {"name": "key", "auth_mode": "API_KEY", "fields": [{"name": "api_key"}], "proxy": {"headers": {"X-Key": "{{ api_key }}"}}}
OWN = {"name": "own", "auth_mode": "BASIC"}
BEFORE: dict[str, Any] = {"name": "Pets", "unique_key": "pets", "auth_schemes": [KEY], "spec": {"file": "openapi.json"}}


def changed(**changes: Any) -> dict[str, Any]:
    return {**BEFORE, **changes}


def scheme(**changes: Any) -> dict[str, Any]:
    return {**KEY, **changes}


def paths(conflicts: Any) -> list[str]:
    return [one.path for one in conflicts]


def test_what_nobody_edited_follows_what_is_generated() -> None:
    now = changed(name="Pets 2", auth_schemes=[scheme(proxy={"headers": {"X-New": "{{ api_key }}"}}), OWN])
    assert merged(BEFORE, BEFORE, now) == (now, [])


def test_what_was_edited_stays_where_the_rest_changes() -> None:
    mine = changed(name="Mine", auth_schemes=[KEY, OWN], important=["listPets"])
    now = changed(description="New", auth_schemes=[scheme(security=["key"])])
    result, conflicts = merged(BEFORE, mine, now)
    assert conflicts == []
    assert result == changed(
        name="Mine", auth_schemes=[scheme(security=["key"]), OWN], important=["listPets"], description="New"
    )


def test_what_was_taken_out_stays_out() -> None:
    mine = {name: value for name, value in BEFORE.items() if name != "auth_schemes"}
    assert merged(BEFORE, mine, BEFORE) == (mine, [])
    assert merged(BEFORE, mine, changed(auth_schemes=[scheme(security=["key"])]))[0] == mine


def test_an_edit_of_what_is_no_more_generated_stays() -> None:
    mine = changed(auth_schemes=[scheme(proxy={"headers": {"X-Mine": "{{ api_key }}"}})])
    now = {name: value for name, value in BEFORE.items() if name != "auth_schemes"}
    assert merged(BEFORE, mine, now) == (mine, [])


def test_how_a_scheme_signs_is_one_thing_and_a_conflict_where_both_changed_it() -> None:
    mine = changed(auth_schemes=[scheme(fields=[{"name": "mine"}], proxy={"headers": {"X-Key": "{{ mine }}"}})])
    now = changed(auth_schemes=[scheme(proxy={"headers": {"X-New": "{{ api_key }}"}})])
    result, conflicts = merged(BEFORE, mine, now)
    assert (result, paths(conflicts)) == (mine, ["auth_schemes.key"])
    assert merged(BEFORE, mine, now, ["auth_schemes.key"]) == (now, [])


def test_a_name_that_both_changed_is_the_edited_one_and_worth_no_question() -> None:
    assert merged(BEFORE, changed(name="Mine"), changed(name="Theirs")) == (changed(name="Mine"), [])
    base = {"proxy": {"base_url": "https://a.test"}}
    _, conflicts = merged(base, {"proxy": {"base_url": "https://b.test"}}, {"proxy": {"base_url": "https://c.test"}})
    assert paths(conflicts) == ["proxy.base_url"]


def test_where_nobody_knows_what_was_generated_every_difference_counts_as_edited() -> None:
    _, conflicts = merged({}, BEFORE, changed(auth_schemes=[scheme(auth_mode="BEARER_TOKEN"), OWN]))
    assert paths(conflicts) == ["auth_schemes.key"]
    assert merged({}, BEFORE, BEFORE) == (BEFORE, [])


def test_what_is_named_anew_counts() -> None:
    mine = changed(spec={"file": "openapi.json", "url": "https://mine.test", "license": "MIT"})
    now = changed(spec={"file": "swagger.json"})
    result, _ = merged(BEFORE, mine, now, ["spec.file", "spec.url"])
    assert result["spec"] == {"file": "swagger.json", "license": "MIT"}


_VALUES = st.recursive(
    st.integers(0, 2) | st.sampled_from(["a", "b"]),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=6,
)
_FILES = st.dictionaries(st.sampled_from(["name", "auth_schemes", "proxy", "spec"]), _VALUES, max_size=4)


@given(_FILES, _FILES)
def test_one_side_alone_is_never_a_conflict_and_wins_whole(before: Any, other: Any) -> None:
    assert merged(before, before, other) == (other, [])
    assert merged(before, other, before) == (other, [])
    assert merged(before, other, other) == (other, [])


# The file's text

TEXT = """\
# Added from pets.json.

# What people call it
name: Pets   # as on the box
unique_key: pets

# One of ours
auth_schemes:
  - name: key
    auth_mode: API_KEY  # not a token
proxy:
  base_url: https://a.test
# the end
"""


def test_sections_that_stay_keep_their_form_and_comments() -> None:
    mine = yaml.safe_load(TEXT)
    made = rewritten(TEXT, mine, {**mine, "proxy": {"base_url": "https://b.test"}, "spec": {"file": "x.json"}})
    assert made == TEXT.replace("a.test", "b.test").replace("# the end", "spec:\n  file: x.json\n# the end")
    assert rewritten(TEXT, mine, mine) is TEXT


def test_a_section_that_changes_keeps_the_comments_in_front_of_it() -> None:
    mine = yaml.safe_load(TEXT)
    made = rewritten(TEXT, mine, {**mine, "auth_schemes": [OWN]})
    assert "# One of ours\nauth_schemes:\n- name: own" in made
    assert "# as on the box" in made


@pytest.mark.parametrize(
    "text",
    [
        "{name: Pets, unique_key: pets}",
        '"name": Pets\n"unique_key": pets',
        "name: >\n  Pets\nunique_key: pets",
        "? name\n: Pets\n",
    ],
)
def test_any_form_of_yaml_is_read_as_what_it_is(text: str) -> None:
    mine = yaml.safe_load(text)
    result = {**mine, "description": "new: yes"}
    assert yaml.safe_load(rewritten(text, mine, result)) == result


def test_the_record_comes_back_and_a_broken_one_is_none(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    made = Generated(definition=BEFORE, base_url="https://a.test", auth=("bearer",), notes=("x",))
    write_record(tmp_path, made)
    assert read_record(tmp_path) == made
    for broken in ("", "[]", '{"definition": 7}', '{"definition": {}, "auth": 7}'):
        (tmp_path / ".generated.json").write_text(broken)
        assert read_record(tmp_path) in (None, Generated(definition={}))
