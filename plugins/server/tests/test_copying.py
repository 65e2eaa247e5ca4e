"""Moving a server's database: everything arrives, numbers go on, and what is there is never overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from composio.errors import StoreError
from composio.model.connection import NewConnection
from composio.model.secret import Secret
from composio.store.database import Database
from composio_server.services.copying import copy_database
from composio_server.services.keys import Keys
from composio_server.services.limits import Limits, Rate
from composio_server.services.projects import Project, Projects
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.store.database import open_database
from composio_server.store.tables import projects
from tests.peers.acme import KEY, write_app


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return open_database(None, tmp_path / "other.sqlite3")
    return open_database(Secret(request.getfixturevalue("database_url")), tmp_path)


def test_everything_arrives_and_the_same_key_opens(services: Services, project: Project, key: str, target: Database) -> None:
    services.projects.change_settings(project.id, {"log_days": 3})
    copied = copy_database(services.database, target)
    assert copied["composio_projects"] == 1
    assert copied["composio_api_keys"] == 1
    assert Keys(target).verify(key).project_id == project.id
    assert Projects(target).settings(project.id) == {"log_days": 3}
    assert Projects(target).create("second").id != project.id
    target.close()


def test_a_copy_and_the_master_key_bring_a_server_back_in_another_home(
    services: Services, project: Project, key: str, tmp_path: Path
) -> None:
    write_app(services.backends.home, "keyed", KEY)
    backend = services.backends.of(project.id)
    new = NewConnection(app="keyed", entity_id="ada", values={"api_key": "k-secret-1"})
    made = backend.run(lambda: backend.accounts.initiate(new)).connection
    home = tmp_path / "restored"
    home.mkdir()
    copy = open_database(Secret(f"sqlite:///{home / 'accounts.sqlite3'}"), tmp_path)
    copy_database(services.database, copy)
    copy.close()
    shutil.copyfile(services.backends.home / "master.key", home / "master.key")
    restored = Services.open(Settings.of({"COMPOSIO_HOME": str(home)}))
    assert restored.keys.verify(key).project_id == project.id
    assert restored.projects.list_projects() == [project]
    shown = restored.backends.of(project.id)
    kept = shown.run(lambda: shown.accounts.connection(made.id, values=True))
    assert (kept.entity_id, kept.values["api_key"]) == ("ada", "k-secret-1")
    restored.backends.shared.close()
    restored.database.close()


def test_a_database_that_has_rows_is_left_as_it_is(services: Services, project: Project, target: Database) -> None:
    other = Projects(target).create("theirs")
    with pytest.raises(StoreError, match="nothing is overwritten"):
        copy_database(services.database, target)
    assert [one.id for one in Projects(target).list_projects()] == [other.id]
    target.close()


def test_housekeeping_takes_what_is_old_and_goes_on_where_one_part_fails(services: Services, project: Project) -> None:
    from composio_server.services.housekeeping import Housekeeping

    def fail() -> int:
        raise StoreError("away")

    swept = services.backends.shared.run(Housekeeping({"broken": fail, "rates": services.limits.sweep}).sweep)
    assert swept == {"rates": 0}
    assert isinstance(services.limits, Limits)
    assert Rate.of("1/s") == Rate(1.0, 1.0)


def test_a_newer_database_is_refused_and_not_changed(services: Services, project: Project) -> None:
    with services.database.write() as connection:
        connection.execute(sa.text("UPDATE composio_server_version SET version_num = '9999'"))
    services.database.close()
    with pytest.raises(StoreError, match="a newer one wrote them"):
        list(services.database.rows(sa.select(projects.c.id)))
