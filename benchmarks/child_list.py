"""In a process of its own: the tools of an added app, all of them, several times. Prints figures as JSON.

``dump`` is a file for what a model gets of each, by ``METHOD /path``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.model.action import HttpBinding
from composio_openai import ComposioToolSet

LISTED = 6


def main(home: str, app: str, dump: str) -> None:
    backend = EmbeddedBackend(home=Path(home))
    with ComposioToolSet(backend=backend) as toolset:
        # Names alone, as a user has them: what reading them has left in memory is dropped with the backend's catalog.
        actions = backend.run(lambda: backend.actions(ActionQuery(apps=[app], everything=True)))
        names = [action.slug for action in actions]
        places = [f"{a.binding.method} {a.binding.path}" for a in actions if isinstance(a.binding, HttpBinding)]
    backend = EmbeddedBackend(home=Path(home))
    listed = []
    with ComposioToolSet(backend=backend) as toolset:
        for _ in range(LISTED):
            wall, cpu = time.perf_counter(), time.process_time()
            tools: list[Any] = toolset.get_tools(actions=names, check_connected_accounts=False)
            listed.append((time.perf_counter() - wall, time.process_time() - cpu))
    functions = [tool["function"] for tool in tools]
    Path(dump).write_text(json.dumps(dict(zip(places, functions, strict=True))))
    print(json.dumps({"tools": len(tools), "listed": listed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
