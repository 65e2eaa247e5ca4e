"""``policy.toml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio.errors import PolicyFileError
from composio.policy import Policy, allow, arg, confirm, deny, read_policy, reads
from composio.policy.file import parse_policy

WHOLE = """
otherwise = {verdict = "confirm", by = "ops", expires = "2h"}

[[deny]]
actions = ["GITHUB_DELETE_*"]
outside = "mon-fri 09:00-17:00 Europe/Berlin"

[[allow]]
effect = "read"
app = ["github", "stripe"]

[[confirm]]
actions = ["STRIPE_POST_REFUNDS"]
when = "amount > 5000"
by = "finance"
expires = "1h"
total_per = "day"
limit = 50_000
"""


def test_a_file_says_what_python_says(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(WHOLE, "utf-8")
    refund = confirm(
        "STRIPE_POST_REFUNDS", when=arg("amount") > 5000, by="finance", expires=3600, total_per="day", limit=50_000
    )
    assert read_policy(file) == Policy(
        refund,
        allow(reads, app=["stripe", "github"]),
        deny("GITHUB_DELETE_*", outside="mon-fri 09:00-17:00 Europe/Berlin"),
        otherwise=confirm(by="ops", expires="2h"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "otherwise"),
        ("otherwise = 5", "otherwise"),
        ('otherwise = "perhaps"', "perhaps"),
        ('otherwise = {verdict = "deny", by = "x"}', "otherwise, by"),
        ('otherwise = {verdict = "confirm", expires = "soon"}', "expires="),
        ("otherwise = ", "TOML"),
        ('otherwise = "deny"\n[[denny]]', "did you mean deny"),
        ('otherwise = {verdict = ["deny"]}', "otherwise"),
        ('otherwise = "deny"\n[[allow]]\nactions = []', r"allow 1 \(line 2\), actions: an empty list"),
        ('otherwise = "deny"\n[[allow]]\neffect = []', r"allow 1 \(line 2\), effect: an empty list"),
        ('otherwise = "deny"\n[[allow]]\n\n[[ allow ]]\nby = "x"', r"allow 2 \(line 4\), by"),
        ('otherwise = "deny"\ndeny = [{by = "x"}]', "deny 1, by"),
        ('otherwise = "deny"\n[[deny]]\nlimit = ' + "9" * 5000, "too long"),
        ("otherwise = " + "[" * 5000, "too deep"),
        ('otherwise = "deny"\n[deny]', "table of its own"),
        ('otherwise = "deny"\n[[deny]]\nacions = ["A"]', "deny 1.*acions.*did you mean actions"),
        ('otherwise = "deny"\n[[allow]]\n[[allow]]\neffect = "reed"', "allow 2.*effect.*reed"),
        ('otherwise = "deny"\n[[deny]]\nactions = [5]', "deny 1.*actions"),
        ('otherwise = "deny"\n[[deny]]\nwhen = "amount >"', "deny 1.*condition"),
        ('otherwise = "deny"\n[[deny]]\nby = "x"', r"deny 1 \(line 2\), by"),
        ('otherwise = "deny"\n[[confirm]]\nexpires = "x"', "confirm 1.*expires="),
    ],
)
def test_a_mistake_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(PolicyFileError, match=said):
        parse_policy(text)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyFileError, match="UTF-8"):
        read_policy(file)
    for wrong in (tmp_path, "policy\0.toml"):
        with pytest.raises(PolicyFileError, match="can't be read"):
            read_policy(wrong)
    file.write_bytes(b'\xef\xbb\xbfotherwise = "deny"')
    assert read_policy(file) == Policy(otherwise=deny())
