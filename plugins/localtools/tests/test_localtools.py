"""Local tools: off until a folder is named, confined to it, and under v0.7's names."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import App, ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest
from composio_localtools import LocalTools

Call = Callable[..., Any]
BOXES = ["none", pytest.param("bubblewrap", marks=pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap here"))]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    made = EmbeddedBackend(home=tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``work`` beside a secret that nobody may reach."""
    (tmp_path / "secret.txt").write_text("hush")
    work = tmp_path / "work"
    (work / "src").mkdir(parents=True)
    (work / "src" / "main.py").write_text("def add(a, b):\n    return a + b\n")
    (work / "notes.txt").write_text("".join(f"line {n}\n" for n in range(1, 301)))
    (work / "link.txt").symlink_to(tmp_path / "secret.txt")
    (work / "out").symlink_to(tmp_path)
    return work


@pytest.fixture
def call(backend: EmbeddedBackend, folder: Path) -> Iterator[Call]:
    made: list[LocalTools] = []

    def run(action: str, *, entity_id: str = "default", switches: dict[str, Any] | None = None, **arguments: Any) -> Any:
        if switches is not None or not made:
            made.append(LocalTools(folder=folder, **(switches or {})))
        toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, local_tools=made[-1], entity_id=entity_id)
        return toolset.execute_action(action, arguments)

    yield run
    for one in made:
        one.close()


def good(result: Any) -> Any:
    assert result["successful"], result["error"]
    return result["data"]


def refused(result: Any) -> str:
    assert not result["successful"], result
    return str(result["error"])


# Off, and on


@pytest.mark.parametrize("action", ["FILETOOL_LIST_FILES", "SHELLTOOL_CREATE_SHELL", "FILETOOL_GIT_REPO_TREE"])
def test_without_a_folder_every_tool_is_off_and_says_how_to_switch_it_on(backend: EmbeddedBackend, action: str) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
    assert "local_tools=LocalTools(folder=" in refused(toolset.execute_action(action, {}))
    # What a model writes names no folder.
    written = {"composio_local": {"folder": "/"}}
    assert not toolset.execute_action(action, written)["successful"]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("SHELLTOOL_EXEC_COMMAND", {"cmd": "echo hello > made.txt"}),
        ("SHELLTOOL_SPAWN_PROCESS", {"cmd": "touch made.txt"}),
        ("FILETOOL_GIT_CUSTOM", {"cmd": "init"}),
        ("CODEINTERPRETER_EXECUTE_CODE", {"code_to_execute": "open('made.txt', 'w')"}),
        ("CODEINTERPRETER_RUN_TERMINAL_CMD", {"command": "touch made.txt"}),
    ],
)
def test_commands_and_code_are_off_unless_asked_for(call: Call, folder: Path, action: str, arguments: Any) -> None:
    assert "The developer has to ask for it" in refused(call(action, **arguments))
    assert not (folder / "made.txt").exists()


def test_tools_are_found_by_app_and_in_every_shape(backend: EmbeddedBackend, folder: Path) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, local_tools=LocalTools(folder=folder))
    tools = toolset.get_tools(apps=[App.FILETOOL, App.SQLTOOL])
    names = {tool["name"] for tool in tools}
    assert {"FILETOOL_OPEN_FILE", "FILETOOL_EDIT_FILE", "SQLTOOL_SQL_QUERY"} <= names
    assert not any("composio_local" in str(tool) or "entity_id" in str(tool) for tool in tools)
    (listed,) = toolset.handle_tool_calls({"name": "FILETOOL_LIST_FILES", "arguments": {}}, tools=tools)
    assert ["src", "folder"] in good(listed)["files"]


def test_discovery_tools_run_them_in_the_folder(backend: EmbeddedBackend, folder: Path) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, local_tools=LocalTools(folder=folder))
    tools = toolset.discovery_tools(apps=["filetool"])
    wanted = {"tools": [{"tool_slug": "FILETOOL_OPEN_FILE", "arguments": {"file_path": "src/main.py"}}]}
    (result,) = toolset.handle_tool_calls({"name": "COMPOSIO_MULTI_EXECUTE_TOOL", "arguments": wanted}, tools=tools)
    assert "def add" in result["data"]["results"][0]["response"]["data"]["lines"]


@pytest.mark.parametrize(
    "options",
    [
        {"folder": ""},
        {"folder": 7},
        {"folder": "/nowhere/at/all"},
        {"folder": __file__},
        {"folder": ".", "seconds": 0},
        {"folder": ".", "memory_mb": "much"},
        {"folder": ".", "sandbox": "docker"},
    ],
)
def test_wrong_settings_are_refused_at_once(options: Any) -> None:
    with pytest.raises(InvalidRequest, match="LocalTools"):
        LocalTools(**options)


# The folder


@pytest.mark.parametrize(
    "path", ["../secret.txt", "/etc/passwd", "src/../../secret.txt", "link.txt", "out/secret.txt", "out", "a\0b", "", "."]
)
def test_no_path_leaves_the_folder(call: Call, folder: Path, path: str) -> None:
    reads = [
        call("FILETOOL_OPEN_FILE", file_path=path),
        call("CODEINTERPRETER_GET_FILE_CMD", file_path=path),
        call("SQLTOOL_SQL_QUERY", query="select 1", connection_string=path),
    ]
    writes = [
        call("FILETOOL_WRITE", file_path=path, text="taken"),
        call("FILETOOL_RENAME_FILE", old_file_path="notes.txt", new_file_path=path),
        call("FILETOOL_EDIT_FILE", file_path=path, text="taken", start_line=1, end_line=1),
    ]
    for result in (*reads, *writes):
        assert not result["successful"]
        assert "hush" not in str(result)
    assert (folder.parent / "secret.txt").read_text() == "hush"
    assert sorted(one.name for one in folder.parent.iterdir()) == ["secret.txt", "work"]


def test_links_are_neither_listed_nor_searched(call: Call) -> None:
    names = [name for name, _ in good(call("FILETOOL_LIST_FILES"))["files"]]
    assert names == ["notes.txt", "src"]
    assert good(call("FILETOOL_SEARCH_WORD", word="hush"))["results"] == {}
    assert good(call("FILETOOL_FIND_FILE", pattern="secret*"))["results"] == []


def test_the_working_directory_can_t_leave_it_either(call: Call) -> None:
    good(call("FILETOOL_CHANGE_WORKING_DIRECTORY", path="src"))
    assert "def add" in good(call("FILETOOL_OPEN_FILE", file_path="main.py"))["lines"]
    good(call("FILETOOL_CHANGE_WORKING_DIRECTORY", path=".."))
    assert "outside" in refused(call("FILETOOL_CHANGE_WORKING_DIRECTORY", path=".."))
    assert "link" in refused(call("FILETOOL_CHANGE_WORKING_DIRECTORY", path="out"))


def test_one_entitys_open_file_is_not_anothers(call: Call) -> None:
    good(call("FILETOOL_OPEN_FILE", file_path="notes.txt", entity_id="alice"))
    assert "No file is open" in refused(call("FILETOOL_SCROLL", entity_id="bob"))


# Files


def test_a_file_is_opened_scrolled_and_edited(call: Call, folder: Path) -> None:
    opened = good(call("FILETOOL_OPEN_FILE", file_path="notes.txt"))
    assert opened["lines"].startswith("1: line 1\n")
    assert opened["total_lines"] == 300
    assert good(call("FILETOOL_SCROLL", direction="down", scroll_id=1))["lines"].startswith("101: line 101")
    assert good(call("FILETOOL_SCROLL", direction="up", lines=50))["lines"].startswith("51: ")
    edited = good(call("FILETOOL_EDIT_FILE", text="new", start_line=1, end_line=3))
    assert edited["old_text"] == "line 1\nline 2\n"
    assert (folder / "notes.txt").read_text().startswith("new\nline 3\n")
    good(call("FILETOOL_EDIT_FILE", text="first", start_line=1, end_line=1))
    assert (folder / "notes.txt").read_text().startswith("first\nnew\n")
    assert "300" in refused(call("FILETOOL_EDIT_FILE", text="x", start_line=400, end_line=401))


def test_an_edit_that_breaks_python_changes_nothing(call: Call, folder: Path) -> None:
    before = (folder / "src/main.py").read_text()
    why = refused(call("FILETOOL_EDIT_FILE", file_path="src/main.py", text="  return (", start_line=2, end_line=3))
    assert "not be valid Python" in why
    assert (folder / "src/main.py").read_text() == before


def test_files_and_folders_are_made_written_renamed_and_found(call: Call, folder: Path) -> None:
    good(call("FILETOOL_CREATE_FILE", path="docs/guide", is_directory=True))
    good(call("FILETOOL_CREATE_FILE", path="docs/guide/intro.md"))
    good(call("FILETOOL_WRITE", text="# Hello"))
    assert (folder / "docs/guide/intro.md").read_text() == "# Hello"
    assert "there" in refused(call("FILETOOL_RENAME_FILE", old_file_path="docs/guide/intro.md", new_file_path="notes.txt"))
    good(call("FILETOOL_RENAME_FILE", old_file_path="docs/guide/intro.md", new_file_path="docs/start.md"))
    assert good(call("FILETOOL_FIND_FILE", pattern="*.MD"))["results"] == ["docs/start.md"]
    assert good(call("FILETOOL_FIND_FILE", pattern="docs/**/*.md", exclude=["src"]))["results"] == ["docs/start.md"]
    assert good(call("FILETOOL_SEARCH_WORD", word="RETURN", pattern="*.py"))["results"] == {
        "src/main.py": [[2, "    return a + b"]]
    }
    assert "src/main.py" in good(call("FILETOOL_GIT_REPO_TREE"))["tree"]


# Commands


@pytest.mark.parametrize("sandbox", BOXES)
def test_a_command_runs_in_the_folder_without_this_programs_environment(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch, sandbox: str
) -> None:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "a-master-key")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    on = {"shell": True, "sandbox": sandbox}
    done = good(call("SHELLTOOL_EXEC_COMMAND", cmd="pwd; env; echo oops >&2; exit 3", switches=on))
    assert done["stdout"].splitlines()[0] == str(folder)
    assert "secret" not in done["stdout"]
    assert "a-master-key" not in done["stdout"]
    assert (done["stderr"], done["exit_code"]) == ("oops\n", 3)


@pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap here")
def test_in_bubblewrap_a_command_sees_nothing_but_the_folder(call: Call, folder: Path) -> None:
    on = {"shell": True, "sandbox": "bubblewrap"}
    outside = folder.parent / "secret.txt"
    done = good(
        call("SHELLTOOL_EXEC_COMMAND", cmd=f"cat {outside} link.txt; cat /etc/shadow /proc/{os.getpid()}/environ", switches=on)
    )
    assert (done["stdout"], done["exit_code"] != 0) == ("", True)
    assert good(call("SHELLTOOL_EXEC_COMMAND", cmd="echo kept > kept.txt"))["exit_code"] == 0
    assert (folder / "kept.txt").read_text() == "kept\n"


def test_a_shell_remembers_where_it_is_and_can_t_stay_outside(call: Call, folder: Path) -> None:
    good(call("SHELLTOOL_EXEC_COMMAND", cmd="cd src", switches={"shell": True}))
    assert good(call("SHELLTOOL_EXEC_COMMAND", cmd="ls"))["stdout"] == "main.py\n"
    shell = good(call("SHELLTOOL_CREATE_SHELL"))["shell_id"]
    assert "notes.txt" in good(call("SHELLTOOL_EXEC_COMMAND", cmd="ls", shell_id=shell))["stdout"]
    assert "had left the folder" in good(call("SHELLTOOL_EXEC_COMMAND", cmd="cd /", shell_id=shell))["message"]
    assert good(call("SHELLTOOL_EXEC_COMMAND", cmd="pwd", shell_id=shell))["stdout"].strip() == str(folder)
    assert "no shell" in refused(call("SHELLTOOL_EXEC_COMMAND", cmd="ls", shell_id="nobodys"))


@pytest.mark.parametrize("sandbox", BOXES)
def test_a_command_that_takes_too_long_is_stopped_with_all_that_it_started(call: Call, sandbox: str) -> None:
    on = {"shell": True, "seconds": 1, "sandbox": sandbox}
    started = time.monotonic()
    done = good(call("SHELLTOOL_EXEC_COMMAND", cmd="echo begun; sleep 600 & sleep 600", switches=on))
    assert time.monotonic() - started < 60
    assert (done["exit_code"], done["stdout"]) == (-1, "begun\n")
    assert "Stopped after 1 seconds" in done["message"]


def test_output_memory_and_files_are_bounded(call: Call, folder: Path) -> None:
    on = {"shell": True, "code": True, "output_chars": 1000, "memory_mb": 512, "file_mb": 1}
    flood = good(call("SHELLTOOL_EXEC_COMMAND", cmd="yes | head -c 5000000", switches=on))
    assert len(flood["stdout"]) < 1100
    assert "[cut after 1000 characters]" in flood["stdout"]
    hungry = good(call("CODEINTERPRETER_EXECUTE_CODE", code_to_execute="bytearray(2 * 1024**3)"))
    assert "MemoryError" in hungry["stderr"]
    good(call("SHELLTOOL_EXEC_COMMAND", cmd="head -c 5000000 /dev/zero > big"))
    assert (folder / "big").stat().st_size <= 1024 * 1024


def test_a_spawned_process_goes_on_and_ends_with_its_tools(call: Call, folder: Path) -> None:
    files = good(call("SHELLTOOL_SPAWN_PROCESS", cmd="sh -c 'echo up; sleep 600'", switches={"shell": True, "sandbox": "none"}))
    until = time.monotonic() + 30
    while (folder / files["stdout"]).read_text() != "up\n":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert int((folder / files["pid"]).read_text()) > 1
    assert "can't be read" in refused(call("SHELLTOOL_SPAWN_PROCESS", cmd="sh -c 'echo"))


def test_where_bubblewrap_is_asked_for_and_missing_nothing_runs(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    on = {"shell": True, "sandbox": "bubblewrap"}
    assert "bwrap is not installed" in refused(call("SHELLTOOL_EXEC_COMMAND", cmd="ls", switches=on))


@pytest.mark.parametrize("sandbox", BOXES)
def test_code_runs_in_an_interpreter_of_its_own(call: Call, folder: Path, sandbox: str) -> None:
    code = "import sys, os\nprint(6 * 7, sorted(os.listdir('.'))[:1])\nopen('made.txt', 'w').write('x')\nsys.exit(2)"
    done = good(call("CODEINTERPRETER_EXECUTE_CODE", code_to_execute=code, switches={"code": True, "sandbox": sandbox}))
    assert (done["stdout"].split()[0], done["exit_code"]) == ("42", 2)
    assert good(call("CODEINTERPRETER_GET_FILE_CMD", file_path="made.txt"))["content"] == "x"
    (folder / "image.png").write_bytes(b"\x89PNG\xff")
    assert good(call("CODEINTERPRETER_GET_FILE_CMD", file_path="image.png"))["content_base64"] == "iVBOR/8="
    assert sys.modules.get("made") is None


@pytest.mark.skipif(not shutil.which("git"), reason="no git here")
def test_git_gives_a_patch_of_what_changed(call: Call, folder: Path) -> None:
    on = {"shell": True}
    setup = (
        "git init -q && git add notes.txt && git -c user.name=a -c user.email=a@b commit -qm first && echo more >> notes.txt"
    )
    assert good(call("SHELLTOOL_EXEC_COMMAND", cmd=setup, switches=on))["exit_code"] == 0
    patch = good(call("FILETOOL_GIT_PATCH", new_file_paths=["src/main.py"]))["patch"]
    assert "+more" in patch
    assert "+def add(a, b):" in patch
    assert "notes.txt" in good(call("FILETOOL_GIT_CUSTOM", cmd="git status --short"))["stdout"]


@pytest.mark.skipif(not shutil.which("git"), reason="no git here")
def test_a_repository_is_cloned_where_network_is_allowed(call: Call, folder: Path, tmp_path: Path) -> None:
    assert "shell=True" in refused(call("FILETOOL_GIT_CLONE", repo_name="octocat/hello", switches={}))
    assert "network=True" in refused(call("FILETOOL_GIT_CLONE", repo_name="octocat/hello", switches={"shell": True}))
    # GitHub is a folder here: git reads whose from the home that commands get.
    there = tmp_path / "github" / "octocat" / "hello.git"
    (folder / ".gitconfig").write_text(f'[url "file://{tmp_path}/github/"]\n\tinsteadOf = https://github.com/\n')
    on = {"shell": True, "network": True, "sandbox": "none"}
    setup = (
        f"git init -q {there} && cd {there} && echo a > a.txt && git add . && git -c user.name=a -c user.email=a@b commit -qm a"
    )
    assert good(call("SHELLTOOL_EXEC_COMMAND", cmd=setup, switches=on))["exit_code"] == 0
    good(call("FILETOOL_GIT_CLONE", repo_name="octocat/hello"))
    good(call("FILETOOL_WRITE", file_path="a.txt", text="changed"))
    good(call("FILETOOL_CHANGE_WORKING_DIRECTORY", path=".."))
    good(call("FILETOOL_GIT_CLONE", repo_name="octocat/hello", just_reset=True))
    assert (folder / "hello" / "a.txt").read_text() == "a\n"
    for wrong in ("--upload-pack=touch x", "octocat", "../x", "a/b;c"):
        assert "owner/name" in refused(call("FILETOOL_GIT_CLONE", repo_name=wrong))


@pytest.mark.parametrize("path", [".git/config", ".GIT/hooks/post-commit", "src/.git/config"])
def test_git_s_own_files_are_not_written(call: Call, folder: Path, path: str) -> None:
    """Who writes them decides what the developer's next git command runs."""
    results = [
        call("FILETOOL_CREATE_FILE", path=path),
        call("FILETOOL_WRITE", file_path=path, text="[core]\n\tfsmonitor = touch x"),
        call("FILETOOL_RENAME_FILE", old_file_path="notes.txt", new_file_path=path),
    ]
    assert not any(result["successful"] for result in results)
    assert not [one for one in folder.rglob("*") if ".git" in one.name.casefold()]


# SQL


@pytest.fixture
def database(folder: Path) -> Path:
    path = folder / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table items (name text, price int)")
        connection.executemany("insert into items values (?, ?)", [("lamp", 5), ("chair", 20)])
    connection.close()
    return path


@pytest.mark.parametrize("spelled", ["shop.db", "sqlite:///shop.db", "{path}", "sqlite:///{path}"])
def test_a_database_is_read(call: Call, database: Path, spelled: str) -> None:
    where = spelled.format(path=database)
    found = good(call("SQLTOOL_SQL_QUERY", query="select name from items order by price desc", connection_string=where))
    assert found["rows"] == [["chair"], ["lamp"]]
    assert found["execution_details"]["columns"] == ["name"]


@pytest.mark.parametrize(
    "query",
    [
        "delete from items",
        "drop table items",
        "insert into items values ('x', 1)",
        "attach database '{outside}' as other",
        "vacuum into '{outside}'",
        "pragma journal_mode = off",
        "select load_extension('x')",
        "create table more (a int)",
        "nonsense",
        "",
    ],
)
def test_a_database_is_not_changed_unless_that_is_asked_for(call: Call, database: Path, query: str) -> None:
    outside = database.parent.parent / "outside.db"
    call("SQLTOOL_SQL_QUERY", query=query.format(outside=outside), connection_string="shop.db")
    with sqlite3.connect(database) as connection:
        assert connection.execute("select count(*) from items").fetchone() == (2,)
        assert connection.execute("select count(*) from sqlite_master").fetchone() == (1,)
    connection.close()
    assert not outside.exists()


def test_with_writing_on_it_is_changed_and_no_other_file_is_reached(call: Call, database: Path) -> None:
    on = {"sql_write": True}
    done = good(call("SQLTOOL_SQL_QUERY", query="delete from items where price < 10", connection_string="shop.db", switches=on))
    assert done["execution_details"]["rows_changed"] == 1
    for query in ("attach database '/tmp/x.db' as other", "vacuum into '/tmp/x.db'"):
        refused(call("SQLTOOL_SQL_QUERY", query=query, connection_string="shop.db"))


def test_other_databases_and_endless_statements_are_refused(call: Call, database: Path) -> None:
    why = refused(call("SQLTOOL_SQL_QUERY", query="select 1", connection_string="postgresql://localhost/x"))
    assert "not among local tools" in why
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    why = refused(call("SQLTOOL_SQL_QUERY", query=endless, connection_string="shop.db", switches={"seconds": 0.5}))
    assert "too long" in why
