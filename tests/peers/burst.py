"""Many calls at once on one expired token, in several processes: how often the token endpoint is asked.

``python tests/peers/burst.py HOME CALLS`` is one of the processes: it says that it is ready, waits for a line, makes its calls
and prints how many succeeded.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ENTITY", "Burst", "burst", "connected", "environment", "write_app"]

ENTITY = "alice"
GET_ME = {"operationId": "get_me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}


@dataclass(frozen=True, slots=True)
class Burst:
    """What one run gave: requests at the token endpoint, and how many of all calls succeeded."""

    token_requests: int
    successes: int


def write_app(home: Path, peer: Any, **scheme: Any) -> None:
    """The app ``peer``, whose ``PEER_GET_ME`` asks the provider's own API; ``scheme`` changes how it connects."""
    from tests.peers import described

    definition = {
        "auth_schemes": [peer.scheme(**scheme)],
        "get_current_user_endpoint": "/api/me",
        "important": ["get_me"],
    }
    described.write_app(home, "peer", described.openapi("Peer", peer.issuer, {"/api/me": {"get": GET_ME}}), **definition)


def environment(client: Any) -> dict[str, str]:
    """What the processes need to know."""
    return {
        "COMPOSIO_ENCRYPTION_KEY": "11" * 32,
        "COMPOSIO_OAUTH_PEER_CLIENT_ID": client.client_id,
        "COMPOSIO_OAUTH_PEER_CLIENT_SECRET": client.secret,
        "COMPOSIO_REDIRECT_URI": "http://127.0.0.1:9999/cb",
    }


@contextmanager
def connected(home: Path, peer: Any) -> Iterator[Any]:
    """A backend whose entity is connected to ``peer``, and the connection's id. The environment is as :func:`environment` says."""
    from composio.embedded import EmbeddedBackend
    from composio.model.connection import NewConnection

    backend = EmbeddedBackend(home=home)
    try:
        started = backend.run(lambda: backend.accounts.initiate(NewConnection(app="peer", entity_id=ENTITY)))
        back = peer.drive_login(started.redirect_url)
        yield backend, backend.run(lambda: backend.accounts.complete(back)).id
    finally:
        backend.close()


def burst(home: Path, peer: Any, backend: Any, connection_id: str, *, processes: int = 2, calls: int = 100) -> Burst:
    """Have the token expire, and everybody call at once."""
    # -P: modules beside this one have names of the standard library.
    command = [sys.executable, "-P", str(Path(__file__)), str(home), str(calls)]
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
            )
            for _ in range(processes)
        ]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        backend.accounts._book().store.update_connection(connection_id, now=0.0, expires_at=1.0, refresh_at=1.0)
        peer.clear_log()
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        done = [int(worker.stdout.readline() or 0) for worker in workers if worker.stdout]
    return Burst(peer.count("/token"), sum(done))


def main(home: str, calls: str) -> None:
    """One process."""
    import anyio

    from composio.embedded import EmbeddedBackend
    from composio.model.call import ToolCall, Who

    backend = EmbeddedBackend(home=home)
    call = ToolCall(action="PEER_GET_ME", who=Who(entity_id=ENTITY))
    backend.execute_sync(call)  # everything is loaded, opened and connected
    succeeded: list[bool] = []

    async def one() -> None:
        succeeded.append((await backend.execute(call)).successful)

    async def many() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(int(calls)):
                group.start_soon(one)

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    backend.run(many)
    sys.stdout.write(f"{sum(succeeded)}\n")
    sys.stdout.flush()
    backend.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
