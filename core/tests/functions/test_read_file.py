"""The injected ``read_file``: files that an argument names, from the upload folder and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet, action


def test_a_tool_reads_files_of_the_upload_folder_only(tmp_path: Path, own_functions: None) -> None:
    @action
    def measure(attachment: str, read_file: Callable[[str, str], Any]) -> dict[str, Any]:
        """Measure a file."""
        file = read_file("attachment", attachment)
        return {"name": file.name, "mimetype": file.mimetype, "size": len(file.read())}

    folder = tmp_path / "up"
    folder.mkdir()
    (folder / "notes.txt").write_text("hello")
    (tmp_path / "secret.txt").write_text("no")
    with ComposioToolSet(home=tmp_path / "home", upload_folder=folder) as toolset:
        (tool,) = toolset.get_tools(actions=[measure])
        assert set(tool["parameters"]["properties"]) == {"attachment"}
        done = toolset.execute_action(measure, {"attachment": "notes.txt"})
        assert done["data"] == {"name": "notes.txt", "mimetype": "text/plain", "size": 5}
        assert toolset.execute_action(measure, {"attachment": "data:text/plain,hi"})["data"]["size"] == 2
        for outside in ("../secret.txt", str(tmp_path / "secret.txt")):
            refused = toolset.execute_action(measure, {"attachment": outside})
            assert not refused["successful"]
            assert "attachment" in (refused["error"] or "")
    with ComposioToolSet(home=tmp_path / "home") as toolset:
        refused = toolset.execute_action(measure, {"attachment": "notes.txt"})
        assert "upload_folder" in (refused["error"] or "")


@pytest.mark.parametrize("data", [{"a": 1}, {}])
def test_data_answers_v0_7s_response_data(data: dict[str, Any]) -> None:
    from composio.model.call import Outcome

    result = Outcome(successful=True, data=data).result()
    assert result["data"]["response_data"] == data == result["data"]
    assert list(result["data"]) == list(data)
    assert "response_data" not in result.to_json()
    own = Outcome(successful=True, data={"response_data": 5}).result()
    assert own["data"]["response_data"] == 5
    assert Outcome(successful=True, data=[1]).result()["data"] == [1]
