"""Files that tools take."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import httpx

Api = Callable[..., Any]


def announce(api: Api, **more: Any) -> Any:
    body = {"toolkit_slug": "keyed", "tool_slug": "KEYED_GET_ME", "filename": "a.txt", "mimetype": "text/plain"}
    return api("POST", "/files/upload/request", {**body, "md5": hashlib.md5(b"abc").hexdigest(), **more})


def test_a_file_is_announced_sent_and_listed(api: Api, client: httpx.Client, url: str, public_url: str) -> None:
    told = announce(api)
    assert told["new_presigned_url"] == told["newPresignedUrl"]
    assert api("GET", "/files/list")["items"] == []
    sent = client.put(
        told["new_presigned_url"].replace(public_url, url), content=b"abc", headers={"content-type": "text/plain"}
    )
    assert sent.status_code == 200
    (one,) = api("GET", "/files/list")["items"]
    assert (one["filename"], one["mimetype"], one["md5"]) == ("a.txt", "text/plain", hashlib.md5(b"abc").hexdigest())


def test_a_file_of_another_project_is_no_argument(api: Api, client: httpx.Client) -> None:
    reference = {"name": "a.txt", "mimetype": "text/plain", "s3key": "fi_0000000000000000"}
    body = {"user_id": "ada", "arguments": {"file": reference}}
    told = api("POST", "/tools/execute/OPEN_GET_ME", body, status=400)
    assert "No file" in told["error"]["message"]


def test_an_md5_that_is_none_is_refused(api: Api) -> None:
    body = {"toolkit_slug": "keyed", "tool_slug": "X", "filename": "a", "mimetype": "text/plain", "md5": "x"}
    assert "md5" in api("POST", "/files/upload/request", body, status=400)["error"]["message"]
