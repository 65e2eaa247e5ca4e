"""Arguments that nest without an end are a mistake of the call, not of the process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.testing.contract_api import APP, openapi


@pytest.mark.parametrize("circular", [False, True])
def test_arguments_that_never_end_are_an_unsuccessful_result(tmp_path: Path, circular: bool) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(openapi()))
    value: list[Any] = []
    inner = value
    for _ in range(900):
        inner.append([])
        inner = inner[0]
    if circular:
        inner.append(value)
    with ComposioToolSet(home=tmp_path / "home") as toolset:
        toolset.backend.catalog.add(APP, str(spec))  # type: ignore[attr-defined]  # the embedded backend's
        result = toolset.execute_action("CONTRACT_GET_STATUS", {"value": value}, auth={"parameters": []})
    assert not result["successful"]
    assert "levels of objects and arrays" in str(result["error"])
