"""Calls with uploaded files as arguments and files as results, in the form of v0.7's and v3's clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from composio.model.call import Outcome, ToolCall
from composio_server.services.executions import Executed, Executions
from composio_server.services.files import Files
from composio_server.services.keys import Caller
from composio_server.services.turns import Turn

__all__ = ["execute_with_files", "find_link"]

_URL = "s3url"


async def execute_with_files(
    files: Files, executions: Executions, caller: Caller, call: ToolCall, request_id: str | None
) -> Executed:
    """Run a call whose arguments may name uploaded files, and return downloads as links."""
    return await executions.run(partial(_execute, files, executions, caller, call, request_id))


def _execute(
    files: Files, executions: Executions, caller: Caller, call: ToolCall, request_id: str | None, turn: Turn
) -> Executed:
    project = caller.project_id
    # The engine parses or refuses arguments that are not an object.
    with files.lend(project, call.arguments if isinstance(call.arguments, Mapping) else {}) as (arguments, folder):
        options = replace(call.options, upload_folder=folder, output_folder=files.output_folder(project))
        call = replace(call, arguments=arguments or call.arguments, options=options)
        done = executions.execute_here(caller, call, request_id, turn)
    return replace(done, outcome=_with_link(files, project, done.outcome))


def _with_link(files: Files, project_id: str, outcome: Outcome) -> Outcome:
    """Return a file result in v0.7's form: a path on the server is useless to its client."""
    data = outcome.data
    if not isinstance(data, Mapping) or data.keys() != {"file", "name", "mimetype", "size"}:
        return outcome
    file = files.take(project_id, str(data["file"]), str(data["mimetype"]))
    if file is None:
        return outcome
    shown = {"name": file.name, "mimetype": file.mimetype, _URL: files.sign("GET", file.id)}
    return replace(outcome, data={**data, "file": shown})


def find_link(files: Files, named: Any) -> str | None:
    """Return the URL in a result's ``file`` from :func:`execute_with_files`; None for an API's own value."""
    url = named.get(_URL) if isinstance(named, Mapping) else None
    return url if isinstance(url, str) and files.is_own(url) else None
