"""Apps of a project's own, added to a server from the caller's side."""

from __future__ import annotations

from pathlib import Path

import pytest

from composio.errors import InvalidRequest
from composio.remote.apps import RemoteApps


class Recorder:
    """In the place of the wire; what a file that can't be read is never sent over."""

    async def ask(self, *_: object, **__: object) -> object:
        raise AssertionError("nothing is sent")


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["none.json", ".", "binary", "a\0b"])
async def test_a_description_that_can_not_be_read_is_said_before_anything_is_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidRequest, match="can't be read"):
        await RemoteApps(Recorder()).add("pets", f"{tmp_path}/{name}")  # type: ignore[arg-type]
