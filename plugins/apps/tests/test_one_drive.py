"""OneDrive's own actions: files and folders by their paths, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

DRIVE, REPORTS, ID = "b!abc", "01AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA22", "01BYE5RZ6QN3ZWBTUFOFD3GSPGOHDJD36K"
LIST, DRIVES = "ONE_DRIVE_LIST_CHILDREN_OF_A_FOLDER", "ONE_DRIVE_GET_MY_DRIVE"


def item(name: str, ident: str = ID, kind: str = "file") -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.driveItem",
        "id": ident,
        "name": name,
        kind: {"@odata.type": f"#microsoft.graph.{kind}"},
    }


@pytest.fixture
def api(described: Callable[[str], Any]) -> Any:
    """A drive whose uppermost folder has Documents, which has Reports."""
    drive = described("one_drive")
    drive.upstream.reply(DRIVES, json={"@odata.type": "#microsoft.graph.drive", "id": DRIVE})

    def children(request: Any) -> Any:
        inside = {
            "root": [item("Documents", "01D", "folder"), item("a.txt")],
            "01D": [item("Reports", REPORTS, "folder"), item("Q4 report.pdf"), item("q4")],
        }
        return {"value": inside.get(request.path.split("/")[5], [])}

    drive.upstream.reply(LIST, json=children)
    return drive


def test_a_text_becomes_a_file_in_a_folder_by_its_path(api: Any) -> None:
    api.run("ONE_DRIVE_ONEDRIVE_CREATE_TEXT_FILE", name="Notes & more.md", content="# Hällo", folder="/documents/Reports/")
    request = api.upstream.requests[-1]
    assert request.method == "PUT"
    assert request.raw.path == f"/v1.0/drives/b%21abc/items/{REPORTS}:/Notes%20%26%20more.md:/content"
    assert request.query == {"@microsoft.graph.conflictBehavior": ["fail"]}
    assert request.raw.body == "# Hällo".encode()


def test_a_file_is_uploaded_under_its_own_name_or_another(api: Any) -> None:
    api.run("ONE_DRIVE_ONEDRIVE_UPLOAD_FILE", file="data:text/csv;base64,YSxi", name="a.csv", folder=REPORTS)
    request = api.upstream.requests[-1]
    assert request.raw.path.endswith(f"/items/{REPORTS}:/a.csv:/content")
    assert (request.raw.body, request.raw.headers["content-type"]) == (b"a,b", "text/csv")
    assert "takes no file called 'a/b'" in api.refused("ONE_DRIVE_ONEDRIVE_UPLOAD_FILE", file="data:,x", name="a/b")


def test_a_folder_that_is_not_there_is_told_with_those_that_are(api: Any) -> None:
    error = api.refused("ONE_DRIVE_ONEDRIVE_LIST_ITEMS", folder="/Documents/Invoices")
    assert "no folder 'Invoices' in /Documents; there are: 'Reports'" in error


def test_a_folder_is_created(api: Any) -> None:
    api.run("ONE_DRIVE_ONEDRIVE_CREATE_FOLDER", name="2026", parent_folder="Documents")
    request = api.upstream.requests[-1]
    assert (request.method, request.path) == ("POST", f"/v1.0/drives/{DRIVE}/items/01D/children")
    assert request.body["name"] == "2026"
    assert request.body["@microsoft.graph.conflictBehavior"] == "fail"


def test_files_are_found_in_a_folder_those_called_exactly_so_first(api: Any) -> None:
    found = api.run("ONE_DRIVE_ONEDRIVE_FIND_FILE", name="Q4", folder="/Documents")
    assert [one["name"] for one in found["items"]] == ["q4", "Q4 report.pdf"]
    assert api.run("ONE_DRIVE_ONEDRIVE_FIND_FOLDER", name="Q4", folder="/Documents") == {"items": []}


def test_files_are_found_in_the_whole_drive(api: Any) -> None:
    api.upstream.reply("ONE_DRIVE_SEARCH_A_DRIVE", json={"value": [item("Ada's plan.docx"), item("Ada's", "01F", "folder")]})
    found = api.run("ONE_DRIVE_ONEDRIVE_FIND_FILE", name="Ada's")
    assert [one["name"] for one in found["items"]] == ["Ada's plan.docx"]
    assert api.upstream.requests[-1].raw.path.endswith("/microsoft.graph.search(q='Ada%27%27s')")


def test_a_long_folder_is_listed_page_by_page(api: Any) -> None:
    def page(request: Any) -> Any:
        if request.query.get("$skiptoken") == ["t 2"]:
            return {"value": [item("b")]}
        return {"value": [item("a")], "@odata.nextLink": "https://graph.microsoft.com/v1.0/x?$skiptoken=t%202"}

    api.upstream.reply(LIST, json=page)
    first = api.run("ONE_DRIVE_ONEDRIVE_LIST_ITEMS", top=1)
    assert first["next_token"] == "t 2"
    second = api.run("ONE_DRIVE_ONEDRIVE_LIST_ITEMS", top=1, skip_token=first["next_token"])
    assert [one["name"] for one in second["items"]] == ["b"]
    assert "next_token" not in second
    assert [one["name"] for one in api.run("ONE_DRIVE_ONEDRIVE_FIND_FILE", name="b", folder="/")["items"]] == ["b"]


def test_a_file_of_another_user_is_downloaded(api: Any) -> None:
    api.upstream.reply("ONE_DRIVE_GET_A_USER_S_DRIVE", json={"@odata.type": "#microsoft.graph.drive", "id": "other"})
    api.upstream.reply("ONE_DRIVE_DOWNLOAD_A_FILE", text=b"%PDF", headers={"content-type": "application/pdf"})
    api.run("ONE_DRIVE_DOWNLOAD_FILE", item_id=ID, user_id="ada@example.com")
    owner, content = api.upstream.requests
    assert owner.path == "/v1.0/users/ada@example.com/drive"
    assert content.path == f"/v1.0/drives/other/items/{ID}/content"
