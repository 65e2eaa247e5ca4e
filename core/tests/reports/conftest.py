"""APIs with the faults that others reported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from tests.peers.reported import Reported


@pytest.fixture
def reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reported]]:
    """``reported({"/path": {"get": operation()}}, answer, version="3.0.3", servers=[...], components={...})``.

    Paths may be the text of a whole description. ``answer`` is what the API answers, or a function of the request.
    """
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    with ExitStack() as opened:

        def make(
            paths: Mapping[str, Any] | str, answer: Any = (200, {"ok": True}), version: str = "3.0.3", **more: Any
        ) -> Reported:
            document = {
                "openapi": version,
                "info": {"title": "X", "version": "1"},
                "servers": [{"url": "https://api.x.example/v1"}],
                "paths": paths,
                **more,
            }
            file = tmp_path / "x.yaml"
            file.write_text(paths if isinstance(paths, str) else json.dumps(document))
            transport = FakeTransport(answer if callable(answer) else lambda _request: answer)
            backend = EmbeddedBackend(home=tmp_path / "home", transport=transport)
            opened.callback(backend.close)
            backend.catalog.add("x", str(file))
            return Reported(backend, opened.enter_context(ComposioToolSet(backend=backend)), transport)

        yield make
