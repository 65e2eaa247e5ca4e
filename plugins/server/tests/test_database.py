"""One database for the server's tables and its projects' rows, with as many connections as its workers may share."""

from __future__ import annotations

import pytest

from composio.errors import ConfigurationError
from composio_server.services.services import Services
from composio_server.settings import Settings


def test_projects_rows_and_the_server_s_tables_share_connections(services: Services) -> None:
    services.projects.create("first")
    assert services.backends.shared.keeping.store._open() is services.database


@pytest.mark.parametrize(
    ("workers", "said", "expected"), [(1, "", 22), (2, "", 20), (4, "", 10), (40, "", 8), (2, "60", 22), (3, "30", 10)]
)
def test_workers_share_an_instance_s_connections(workers: int, said: str, expected: int) -> None:
    settings = Settings.of({"COMPOSIO_SERVER_DATABASE_CONNECTIONS": said}, workers=workers)
    assert settings.worker_connections == expected


@pytest.mark.parametrize("said", ["0", "many", "-1", "1e3"])
def test_a_number_of_connections_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_SERVER_DATABASE_CONNECTIONS"):
        Settings.of({"COMPOSIO_SERVER_DATABASE_CONNECTIONS": said})
