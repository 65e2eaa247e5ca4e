"""Files in an object store: every instance has those that another took, and the home's folder stays what is used without one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composio.errors import ConfigurationError, InvalidRequest, StoreError
from composio_server.services.blobs import Objects, open_objects
from composio_server.services.files import Files, LinkRefused, StoredFile
from composio_server.services.services import Services
from composio_server.settings import Settings
from tests.peers.moto import MotoPeer

pytest.importorskip("obstore", reason="the extra `objects` is not installed")
BUCKET = "composio-files"
URL = "http://localhost:9899"


@pytest.fixture(scope="module")
def amazon(moto_server: MotoPeer) -> MotoPeer:
    """S3 in memory, which refuses what is not signed right, with a bucket."""
    boto3 = pytest.importorskip("boto3")
    client = boto3.client(
        "s3",
        endpoint_url=moto_server.url,
        region_name="us-east-1",
        aws_access_key_id=moto_server.access_key_id,
        aws_secret_access_key=moto_server.secret_access_key,
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    return moto_server


def objects(peer: MotoPeer, folder: Path, **more: str) -> Objects:
    options = {
        "endpoint": peer.url,
        "region": "us-east-1",
        "access_key_id": peer.access_key_id,
        "secret_access_key": peer.secret_access_key,
        **more,
    }
    return open_objects(f"s3://{BUCKET}/files", lambda: folder, config=options, client_options={"allow_http": True})


@pytest.fixture
def instances(services: Services, amazon: MotoPeer, tmp_path: Path) -> list[Files]:
    """Two machines: a database and an object store that they share, and a disk of its own for each."""
    made = []
    for name in ("one", "two"):
        home = tmp_path / name
        (home / "copies").mkdir(parents=True)
        made.append(
            Files(services.database, lambda home=home: home, URL, services.clock, objects(amazon, home / "copies"))  # type: ignore[misc]  # its default
        )
    return made


def send(files: Files, project: str, content: bytes, name: str = "a.txt") -> StoredFile:
    file, exists = files.begin(project, name=name, mimetype="text/plain", md5=hashlib.md5(content).hexdigest())
    assert not exists
    incoming = files.receive(file)
    try:
        incoming.write(content)
        incoming.finish()
    finally:
        incoming.close()
    return file


def test_a_file_that_one_instance_took_is_lent_to_a_call_by_another(instances: list[Files], services: Services) -> None:
    project = services.projects.create("first").id
    one, two = instances
    file = send(one, project, b"hello")
    assert two.begin(project, name="a.txt", mimetype="text/plain", md5=hashlib.md5(b"hello").hexdigest())[1]
    reference = {"name": "a.txt", "mimetype": "text/plain", "s3key": file.id}
    with two.lend(project, {"file": reference}) as (arguments, folder):
        assert folder is not None
        assert (folder / arguments["file"]).read_bytes() == b"hello"
    found = two.open("GET", file.id, *_query(one.sign("GET", file.id)))
    assert two.path_of(found).read_bytes() == b"hello"


def test_what_a_call_brought_is_given_by_every_instance(instances: list[Files], services: Services) -> None:
    project = services.projects.create("first").id
    one, two = instances
    folder = one.output_folder(project)
    folder.mkdir(parents=True)
    (folder / "report.pdf").write_bytes(b"%PDF" * 3_000_000)  # more than goes at once
    taken = one.take(project, str(folder / "report.pdf"), "application/pdf")
    assert taken is not None
    assert one.take(project, str(folder / "report.pdf"), "application/pdf") == taken
    assert not (folder / "report.pdf").exists()
    assert two.path_of(taken).stat().st_size == taken.size == 12_000_000


def test_another_projects_files_are_not_lent(instances: list[Files], services: Services) -> None:
    mine, theirs = (services.projects.create(name).id for name in ("mine", "theirs"))
    file = send(instances[0], theirs, b"theirs")
    reference = {"name": "a.txt", "mimetype": "text/plain", "s3key": file.id}
    with pytest.raises(InvalidRequest, match="was uploaded to this project"), instances[0].lend(mine, {"file": reference}):
        pass


def test_files_whose_time_is_over_and_those_of_deleted_projects_are_gone_for_all(
    instances: list[Files], services: Services
) -> None:
    project, other = (services.projects.create(name).id for name in ("first", "other"))
    one, two = instances
    file, kept = send(one, project, b"hello"), send(one, other, b"other")
    assert two.path_of(known(two, file)).read_bytes() == b"hello"
    one.forget_project(project)
    two._blobs.delete_all(f"projects/{project}/")  # what it had copied ends in an hour
    with pytest.raises(LinkRefused):
        one.path_of(known(one, file))
    assert one.path_of(known(one, kept)).read_bytes() == b"other"
    services.clock._offset = 40 * 86_400.0
    assert one.sweep() == 2
    assert not one._blobs.has(kept.path)


def test_bytes_that_were_not_announced_are_not_kept(instances: list[Files], services: Services) -> None:
    project = services.projects.create("first").id
    file, _ = instances[0].begin(project, name="a", mimetype="text/plain", md5="0" * 32)
    incoming = instances[0].receive(file)
    incoming.write(b"other")
    with pytest.raises(InvalidRequest, match="MD5"):
        incoming.finish()
    incoming.close()
    assert not instances[0]._blobs.has(file.path)


def test_a_store_that_refuses_the_server_is_an_error_without_its_secrets(amazon: MotoPeer, tmp_path: Path) -> None:
    refused = objects(amazon, tmp_path, secret_access_key="wrong-t0ps3cret")
    (tmp_path / "part").write_bytes(b"x")
    with pytest.raises(StoreError, match="object store can't be used") as caught:
        refused.keep(tmp_path / "part", "projects/pr_1/uploads/a")
    assert "t0ps3cret" not in str(caught.value)
    assert caught.value.reason == "away"


@pytest.mark.parametrize("url", ["memory:///", "file:///etc", "http://169.254.169.254/", "bucket", "s3:/bucket"])
def test_what_is_no_object_store_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="COMPOSIO_SERVER_FILES_URL begins with"):
        open_objects(url, lambda: tmp_path)


def test_a_server_reads_the_setting_and_the_stores_own_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"COMPOSIO_HOME": str(tmp_path / "home"), "COMPOSIO_SERVER_FILES_URL": "s3://bucket/prefix"}
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    services = Services.open(Settings.of(environ))
    assert isinstance(services.files._blobs, Objects)
    services.database.close()


def known(files: Files, file: StoredFile) -> StoredFile:
    """As it stands now that its bytes are here."""
    return next(one for one in files.list_files(file.project_id) if one.id == file.id)


def _query(url: str) -> tuple[str, str]:
    from urllib.parse import parse_qs, urlsplit

    query = parse_qs(urlsplit(url).query)
    return query["expires"][0], query["signature"][0]
