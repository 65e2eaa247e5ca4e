"""APIs that want a pause, or take few calls at once: what one instance learns, all keep to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from composio.errors import ConfigurationError
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import Outcome, ToolCall, Who
from composio.model.connection import NewConnection
from composio_server.services.services import Services
from composio_server.services.upstreams import Upstreams
from composio_server.settings import Settings
from tests.peers.acme_api import Acme


class Fleet:
    """Two instances on one database, an app, and a project with two users."""

    def __init__(self, environ: dict[str, str]) -> None:
        settings = replace(Settings.of(environ), app_calls={"acme": 2})
        self.instances = [Services.open(settings) for _ in range(2)]
        for one in self.instances:
            one.upstreams.fresh_seconds = 0.0  # what another one learned is known at once
        self.acme = Acme(self.instances[0].backends.home)
        self.projects = [self.instances[0].projects.create(name).id for name in ("one", "two")]
        for project in self.projects:
            backend = self.instances[0].backends.of(project)
            for user in ("alice", "bob"):
                new = NewConnection(app="acme", entity_id=user, values={"api_key": f"key of {user}"})
                backend.run(lambda new=new, backend=backend: backend.accounts.initiate(new))  # type: ignore[misc]  # their defaults

    def call(self, at: int, user: str = "alice", project: int = 0, auth: CustomAuth | None = None) -> Outcome:
        backend = self.instances[at].backends.of(self.projects[project])
        return backend.run(lambda: backend.execute(ToolCall(action="ACME_GET_ME", who=Who(entity_id=user, auth=auth))))

    def advance(self, seconds: float) -> None:
        for one in self.instances:
            one.clock._offset += seconds

    def close(self) -> None:
        for one in self.instances:
            one.upstreams.close()
            one.backends.shared.close()
            one.database.close()
        self.acme.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    environ = {"COMPOSIO_HOME": str(tmp_path_factory.mktemp("fleet") / "home")}
    if request.param == "postgresql":
        from tests.peers.postgresql import add_database

        environ["COMPOSIO_DATABASE_URL"] = add_database(request.getfixturevalue("postgresql"))
    made = Fleet(environ)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"retry-after": "60"}), (503, {"retry-after": "60"}), (429, {"x-ratelimit-reset": "60"})],
)
def test_an_api_that_asks_one_instance_for_a_pause_is_left_alone_by_all(
    fleet: Fleet, status: int, headers: dict[str, str]
) -> None:
    fleet.acme.answer, fleet.acme.headers = (lambda path: (status, {})), headers
    assert fleet.call(0).status == status
    fleet.acme.answer, fleet.acme.headers = (lambda path: (200, {"path": path})), {}
    sent = len(fleet.acme.seen)
    for at in (0, 1):
        refused = fleet.call(at)
        assert (refused.successful, refused.status) == (False, 429)
        assert "asked for a pause" in str(refused.error)
        assert "Try again" in str(refused.error)
    assert len(fleet.acme.seen) == sent
    # Whose limit it is, and nobody else's.
    assert fleet.call(1, "bob").successful
    assert fleet.call(1, project=1).successful
    own = CustomAuth(parameters=(CustomAuthParameter(name="x-api-key", in_="header", value="another key of alice"),))
    assert fleet.call(1, auth=own).successful
    fleet.advance(61)
    assert fleet.call(1).successful
    assert fleet.call(0).successful


def test_an_api_that_wants_a_pause_of_years_gets_an_hour(fleet: Fleet) -> None:
    fleet.acme.answer, fleet.acme.headers = (lambda path: (429, {})), {"retry-after": "999999999"}
    fleet.call(0)
    fleet.acme.answer, fleet.acme.headers = (lambda path: (200, {})), {}
    assert not fleet.call(1).successful
    fleet.advance(3601)
    assert fleet.call(1).successful
    assert fleet.instances[0].upstreams.sweep() >= 1


def test_no_more_calls_than_an_app_takes_are_under_way_over_all_instances(fleet: Fleet) -> None:
    under_way, most, lock = 0, 0, threading.Lock()

    def answer(path: str) -> tuple[int, object]:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1
        return 200, {}

    fleet.acme.answer = answer
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda at=at: outcomes.append(fleet.call(at % 2))) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most <= 2
    assert [one.error for one in outcomes] == [None] * 6


def test_a_place_is_one_projects_and_ends_with_its_process(fleet: Fleet) -> None:
    one, two = (Upstreams(each.database, {"acme": 1}, 60, each.clock) for each in fleet.instances)
    place = one.take("pr_1", "acme")
    assert place is not None
    assert two.take("pr_1", "acme") is None
    assert two.take("pr_2", "acme") is not None
    one.give(place)
    one.close()
    assert two.take("pr_1", "acme") is not None
    assert one.take("pr_1", "acme") is None
    fleet.advance(91)  # as long as a call may take, and a little
    assert one.take("pr_1", "acme") is not None


def test_apps_that_are_not_limited_ask_nothing(tmp_path: Path) -> None:
    services = Services.open(Settings.of({"COMPOSIO_HOME": str(tmp_path)}))
    assert services.upstreams.most("acme") is None
    assert Upstreams(services.database, {"*": 3, "github": 1}, 60).most("acme") == 3
    services.database.close()


@pytest.mark.parametrize("text", ["github", "github=", "github=0", "=3", "github=many", "github=-1"])
def test_a_number_of_calls_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_SERVER_APP_CALLS is like"):
        Settings.of({"COMPOSIO_SERVER_APP_CALLS": text})


def test_numbers_of_calls_are_read_as_they_are_written() -> None:
    assert Settings.of({"COMPOSIO_SERVER_APP_CALLS": "GitHub=20, *=50"}).app_calls == {"github": 20, "*": 50}
