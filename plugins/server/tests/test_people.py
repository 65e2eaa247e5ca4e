"""People: passwords, throttling, OpenID identities and roles."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from typer.testing import CliRunner

from composio.errors import InvalidRequest
from composio.model.secret import Secret
from composio_server.commands import _introduce as introduce
from composio_server.commands import server
from composio_server.services.people import NotAnOwner, People, Role, SignInRefused
from composio_server.services.people import _hasher as real_hasher
from composio_server.services.projects import Project, Projects
from composio_server.services.services import Services
from composio_server.services.web_sessions import IDLE_SECONDS, SESSION_SECONDS, WebSessions
from composio_server.settings import Settings
from composio_server.store.database import open_database
from composio_server.store.tables import people as table
from composio_server.store.tables import web_sessions

PASSWORD = Secret("correct horse battery")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def people(services: Services, clock: Clock) -> People:
    return People(services.database, clock)


def test_the_first_person_is_an_admin_and_made_once(people: People) -> None:
    made = people.create_first()
    assert made is not None
    person, password = made
    assert person.is_admin
    assert people.sign_in(person.name, password, "here") == person
    assert people.create_first() is None


def test_a_password_is_stored_as_argon2id_in_full_strength(
    services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio_server.services.people._hasher", real_hasher)
    people.set_password("Ann@Example.com", PASSWORD)
    (row,) = services.database.rows(sa.select(table.c.name, table.c.password))
    assert row[0] == "ann@example.com"
    assert row[1].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.parametrize("password", ["", "short", "x" * 1001])
def test_a_password_that_is_too_short_or_long_is_refused(people: People, password: str) -> None:
    with pytest.raises(InvalidRequest, match="12 to 1000"):
        people.set_password("ann", Secret(password))


@pytest.mark.parametrize("name", ["", " ", "a b", "<script>", "x" * 201, "a\x00b", "a\nb"])
def test_a_name_that_nobody_could_type_is_refused(people: People, name: str) -> None:
    with pytest.raises(InvalidRequest):
        people.set_password(name, PASSWORD)


def test_whoever_tries_many_passwords_waits_and_the_right_one_waits_too(people: People, clock: Clock) -> None:
    people.set_password("ann", PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInRefused, match="Wrong name or password"):
            people.sign_in("ann", Secret("wrong"), "here")
    with pytest.raises(SignInRefused, match="too many") as caught:
        people.sign_in("ann", PASSWORD, "elsewhere")
    clock.now += caught.value.wait
    assert people.sign_in("ann", PASSWORD, "elsewhere").name == "ann"
    with pytest.raises(SignInRefused, match="Wrong name or password"):
        people.sign_in("ann", Secret("wrong"), "here")


def test_many_names_tried_from_one_address_have_to_wait(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio_server.services.people._fits", lambda *_: False)  # 50 times 50 ms
    for number in range(50):
        with pytest.raises(SignInRefused, match="Wrong name or password"):
            people.sign_in(f"name{number}", PASSWORD, "10.0.0.1")
    with pytest.raises(SignInRefused, match="too many"):
        people.sign_in("another", PASSWORD, "10.0.0.1")
    with pytest.raises(SignInRefused, match="Wrong name or password"):
        people.sign_in("another", PASSWORD, "10.0.0.2")


def test_waits_grow_to_a_minute_and_are_forgotten(people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio_server.services.people._fits", lambda *_: False)
    waits = []
    for _ in range(20):
        try:
            people.sign_in("ann", PASSWORD, str(clock.now))
        except SignInRefused as refused:
            if refused.wait:
                waits.append(refused.wait)
                clock.now += refused.wait
    assert waits == sorted(waits)
    assert waits[-1] == 60.0
    clock.now += 3601
    with pytest.raises(SignInRefused, match="Wrong name or password"):
        people.sign_in("ann", PASSWORD, "here")
    clock.now += 3601
    assert people.sweep() > 0


@run_with(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(max_size=300), password=st.text(max_size=50))
def test_nobody_gets_in_with_whatever_they_type(services: Services, name: str, password: str) -> None:
    with pytest.raises(SignInRefused):
        People(services.database).sign_in(name, Secret(password), name)


def test_an_openid_person_is_one_who_was_added_or_an_admin_by_name(people: People, project: Project) -> None:
    with pytest.raises(SignInRefused, match="you are not a member"):
        people.sign_in_as("https://id.example", "s1", "ann@example.com")
    people.add_member(project.id, "Ann@example.com", Role.DEVELOPER)
    ann = people.sign_in_as("https://id.example", "s1", "ann@example.com")
    assert [one.role for one in people.projects_of(ann)] == [Role.DEVELOPER]
    # The name is hers from now on, whoever else says it is theirs.
    for issuer, subject in (("https://id.example", "s2"), ("https://evil.example", "s1")):
        with pytest.raises(SignInRefused):
            people.sign_in_as(issuer, subject, "ann@example.com")
    assert people.sign_in_as("https://id.example", "s1", None) == ann
    boss = people.sign_in_as("https://id.example", "b", "boss@example.com", admins={"BOSS@example.com"})
    assert boss.is_admin


def test_a_provider_takes_over_no_name_that_has_a_password(people: People) -> None:
    people.set_password("admin", PASSWORD)
    with pytest.raises(SignInRefused):
        people.sign_in_as("https://id.example", "x", "admin")
    with pytest.raises(SignInRefused, match="Somebody else"):
        people.sign_in_as("https://id.example", "x", "admin", admins={"admin"})


def test_an_address_that_the_provider_does_not_vouch_for_counts_for_nothing(people: People, project: Project) -> None:
    people.add_member(project.id, "ann@example.com", Role.OWNER)
    with pytest.raises(SignInRefused):
        people.sign_in_as("https://id.example", "x", None)


def test_roles_are_of_one_project_and_include_lesser_ones(services: Services, people: People, project: Project) -> None:
    other = services.projects.create("other")
    people.add_member(project.id, "ann@example.com", Role.DEVELOPER)
    ann = people.sign_in_as("https://id.example", "s", "ann@example.com")
    assert people.may(ann, project.id, Role.VIEWER)
    assert people.may(ann, project.id, Role.DEVELOPER)
    assert not people.may(ann, project.id, Role.OWNER)
    assert not people.may(ann, other.id, Role.VIEWER)
    people.add_member(project.id, "ann@example.com", Role.OWNER)
    assert people.may(ann, project.id, Role.OWNER)
    assert people.remove_member(project.id, ann.id)
    assert not people.may(ann, project.id, Role.VIEWER)
    assert not people.remove_member(project.id, ann.id)


def test_whoever_is_no_owner_any_more_changes_no_member(people: People, project: Project) -> None:
    ann = people.add_member(project.id, "ann", Role.OWNER).person_id
    bob = people.add_member(project.id, "bob", Role.OWNER).person_id
    assert people.add_member(project.id, "bob", Role.VIEWER, by=ann).role is Role.VIEWER
    with pytest.raises(NotAnOwner, match="no longer an owner"):
        people.add_member(project.id, "ann", Role.VIEWER, by=bob)
    with pytest.raises(NotAnOwner, match="no longer an owner"):
        people.remove_member(project.id, ann, by=bob)
    with pytest.raises(NotAnOwner, match="your own role"):
        people.remove_member(project.id, ann, by=ann)
    assert {one.name: one.role for one in people.members(project.id)} == {"ann": Role.OWNER, "bob": Role.VIEWER}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("deeds", [("remove", "remove"), ("demote", "demote"), ("remove", "demote")])
def test_owners_who_end_each_other_at_once_leave_one_owner(
    kind: str, deeds: tuple[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = Secret(request.getfixturevalue("database_url")) if kind == "postgresql" else None
    database = open_database(url, tmp_path / "people.db")
    people, project = People(database), Projects(database).create("first").id
    try:
        for _ in range(10):
            ids = {name: people.add_member(project, name, Role.OWNER).person_id for name in ("ann", "bob")}
            start = threading.Barrier(2, timeout=60)

            def end(deed: str, by: str, other: str, ids: dict[str, str] = ids, start: threading.Barrier = start) -> bool:
                start.wait()
                try:
                    if deed == "remove":
                        return people.remove_member(project, ids[other], by=ids[by])
                    return people.add_member(project, other, Role.VIEWER, by=ids[by]).role is Role.VIEWER
                except NotAnOwner:
                    return False

            with ThreadPoolExecutor(2) as pool:
                done = list(pool.map(end, deeds, ("ann", "bob"), ("bob", "ann")))
            assert sorted(done) == [False, True]
            assert [one.role for one in people.members(project)].count(Role.OWNER) == 1
    finally:
        database.close()


def test_an_admin_owns_every_project(services: Services, people: People, project: Project) -> None:
    admin = people.set_password("admin", PASSWORD)
    other = services.projects.create("other")
    assert [one.project_id for one in people.projects_of(admin)] == [project.id, other.id]


def test_a_session_ends_when_idle_after_days_and_with_a_new_password(services: Services, people: People, clock: Clock) -> None:
    sessions = WebSessions(services.database, people, clock)
    ann = people.set_password("ann", PASSWORD)
    idle = sessions.begin(ann).reveal()
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(idle) == ann
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(idle) == ann  # it was used meanwhile
    clock.now += IDLE_SECONDS
    assert sessions.find(idle) is None
    begun, busy = clock.now, sessions.begin(ann).reveal()
    while clock.now < begun + SESSION_SECONDS:
        assert sessions.find(busy) == ann
        clock.now += 3600
    assert sessions.find(busy) is None
    assert sessions.sweep() == 2
    last = sessions.begin(ann).reveal()
    people.set_password("ann", Secret("another password"))
    assert sessions.find(last) is None


def test_a_session_is_stored_as_a_hash_and_replaces_the_one_before(services: Services, people: People, clock: Clock) -> None:
    sessions = WebSessions(services.database, people, clock)
    ann = people.set_password("ann", PASSWORD)
    first = sessions.begin(ann).reveal()
    second = sessions.begin(ann, instead_of=first).reveal()
    assert sessions.find(first) is None
    assert sessions.find(second) == ann
    rows = list(services.database.rows(sa.select(web_sessions)))
    assert len(rows) == 1
    assert second not in str(rows)


def test_an_operator_sets_a_password(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSIO_HOME", str(settings.home))
    run = CliRunner().invoke(server, ["password", "Ann@example.com", "--stdin"], input="a long enough password\n")
    assert (run.exit_code, run.output) == (0, "ann@example.com signs in with it now.\n")
    services = Services.open(settings)
    assert services.people.sign_in("ann@example.com", Secret("a long enough password"), "here").is_admin
    services.database.close()


def test_the_first_start_shows_a_password_once(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    introduce(services)
    shown = re.search(r"as 'admin'.*\n\n    ([A-Za-z0-9]{24})\n", capsys.readouterr().out)
    assert shown
    assert services.people.sign_in("admin", Secret(shown[1]), "here").is_admin
    introduce(services)
    assert "admin" not in capsys.readouterr().out
