from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from composio.cli.output import print_json, print_record, print_table, say
from tests.peers.terminal import read_all

TABLE = """
from composio.cli.output import print_table
print_table(("KEY", "FROM", "SOURCE"), [("a_key_that_is_long", "FIRST_VARIABLE_NAME, SECOND_VARIABLE_NAME", "npm:" + "x" * 60)])
"""


def in_terminal(code: str, **environment: str) -> str:
    import pty

    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=terminal, env={**os.environ, "TERM": "xterm", "COLUMNS": "80", **environment}
    )
    os.close(terminal)
    shown = read_all(controller)
    assert process.wait(30) == 0
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_a_narrow_terminal_breaks_only_what_it_could_never_show(columns: int) -> None:
    shown = in_terminal(TABLE, COLUMNS=str(columns), NO_COLOR="1", TERM="dumb")
    for name in ("a_key_that_is_long", "FIRST_VARIABLE_NAME", "SECOND_VARIABLE_NAME"):
        assert name in shown
    assert shown.count("x") == 60
    assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_no_color_is_honoured() -> None:
    assert "\x1b[3" not in in_terminal(TABLE, NO_COLOR="1")


def test_outside_a_terminal_nothing_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A#", "B"), [(1, "x" * 5000), (22, None)])
    assert capsys.readouterr().out == f" A  B\n 1  {'x' * 5000}\n22\n"


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "Zoë"), ("ascii", "Zo\\u00eb")])
def test_json_is_valid_whatever_the_terminal_can_show(monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding=encoding))
    print_json({"name": "Zoë"})
    sys.stdout.flush()
    written = buffer.getvalue().decode(encoding)
    assert shown in written
    assert json.loads(written) == {"name": "Zoë"}


def test_whatever_is_printed_is_escaped_and_json_stays_the_same_value(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "a\x1b[31mb\x00\r\tc\r\nd\u202e e\u00a0ü 日本 🙂"
    shown = "a\\u001b[31mb\\u0000\\u000d\tc\nd\\u202e e\u00a0ü 日本 🙂\n"
    say(hostile)
    say(hostile, err=True)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (shown, shown)
    print_json({hostile: [hostile, "\x7f\x9b\ud800\U000e0041"]})
    printed = capsys.readouterr().out
    assert printed.isprintable() or set(filter(lambda c: not c.isprintable(), printed)) == {"\n", "\u00a0"}
    assert "\\u009b\\ud800\\udb40\\udc41" in printed
    assert json.loads(printed) == {hostile: [hostile, "\x7f\x9b\ud800\U000e0041"]}


def test_no_value_of_a_table_or_record_is_markup_or_another_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A", "B"), [("[red]x[/red]\nforged", "[link=https://e.test]y[/link]"), ("\x1b[2K\x9b1A", "\u2028z")])
    print_record({"name": "[bold]n[/bold]\x1b[31m"})
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 4
    for literal in (
        "[red]x[/red] forged",
        "[link=https://e.test]y[/link]",
        r"\u001b[2K\u009b1A",
        r"\u2028z",
        r"[bold]n[/bold]\u001b",
    ):
        assert literal in printed
    assert "\x1b" not in printed
