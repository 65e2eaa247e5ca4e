"""Requests out of arguments."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import Message
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composio.engine.build import Target, base_url, build, named_by_others
from composio.engine.files import Upload
from composio.errors import ConfigurationError, InvalidArguments, InvalidRequest
from composio.model.action import ActionModel, Body, HttpBinding, Parameter, PartEncoding, Server

SERVER = (Server("https://api.example.com/v1"),)


def action(binding: HttpBinding) -> ActionModel:
    return ActionModel(slug="X_DO", app="x", binding=binding)


def request(binding: HttpBinding, arguments: dict[str, Any], target: Target = Target()) -> Any:  # noqa: B008
    return build(action(binding), binding, arguments, target)


def test_every_place_of_a_parameter() -> None:
    binding = HttpBinding(
        method="GET",
        path="/repos/{owner}",
        servers=SERVER,
        parameters=(
            Parameter("owner", "owner", "path", "simple", False, required=True),
            Parameter("page_size", "page[size]", "query"),
            Parameter("trace", "X-Trace", "header", "simple", False),
            Parameter("session", "sid", "cookie"),
        ),
        accept=("application/json",),
    )
    sent = request(binding, {"owner": "a/b", "page_size": 5, "trace": "t", "session": "s", "absent": None})
    assert str(sent.url) == "https://api.example.com/v1/repos/a%2Fb?page[size]=5"
    assert sent.headers["x-trace"] == "t"
    assert sent.headers["cookie"] == "sid=s"
    assert sent.headers["accept"] == "application/json"


@pytest.mark.parametrize(("path", "sent"), [("/a?kind=x", "/v1/a?kind=x&page=2"), ("/a#Action=List", "/v1/a?page=2")])
def test_a_path_with_a_query_or_a_fragment_of_its_own_keeps_its_parameters(path: str, sent: str) -> None:
    binding = HttpBinding(method="GET", path=path, servers=SERVER, parameters=(Parameter("page", "page", "query"),))
    assert request(binding, {"page": 2}).url.raw_path.decode() == sent


def test_a_cookies_value_cannot_become_another_cookie() -> None:
    binding = HttpBinding(method="GET", path="/a", servers=SERVER, parameters=(Parameter("lang", "lang", "cookie"),))
    assert request(binding, {"lang": "en; sid=evil"}).headers["cookie"] == "lang=en%3B%20sid=evil"


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_path_value_that_would_leave_its_segment_is_the_models_mistake(value: str) -> None:
    binding = HttpBinding(
        method="GET", path="/a/{id}", servers=SERVER, parameters=(Parameter("id", "id", "path", "simple", False),)
    )
    with pytest.raises(InvalidArguments, match=r"id: expected a value (that fits|without)"):
        request(binding, {"id": value})


@pytest.mark.parametrize("value", ["../admin", "a/../../b", "%2e%2e/x", "x?y#z", "//evil.example"])
def test_hostile_path_values_stay_inside(value: str) -> None:
    binding = HttpBinding(
        method="GET", path="/a/{id}/b", servers=SERVER, parameters=(Parameter("id", "id", "path", "simple", False),)
    )
    if ".." in value or "%2e" in value:  # encoded it would stay, but not behind a proxy that decodes before it routes
        with pytest.raises(InvalidArguments, match=r"a value without '\.\.'"):
            request(binding, {"id": value})
        return
    raw = request(binding, {"id": value}).url.raw_path
    assert raw.startswith(b"/v1/a/")
    assert raw.endswith(b"/b")
    assert raw.count(b"/") == 4


def test_a_missing_path_parameter_is_named() -> None:
    with pytest.raises(InvalidArguments, match="id: expected a required path parameter"):
        request(HttpBinding(method="GET", path="/a/{id}", servers=SERVER), {})


def test_the_apps_own_values_are_sent_where_nobody_filled_them() -> None:
    binding = HttpBinding(
        method="GET",
        path="/users/{user}/mail",
        servers=SERVER,
        parameters=(Parameter("user", "user", "path", "simple", False, required=True),),
        defaults={"user": "me"},
    )
    assert request(binding, {}).url.path == "/v1/users/me/mail"
    assert request(binding, {"user": "ann"}).url.path == "/v1/users/ann/mail"


def test_a_json_body_takes_its_properties_under_their_wire_names() -> None:
    binding = HttpBinding(
        method="POST",
        path="/x",
        servers=SERVER,
        parameters=(Parameter("id", "id", "query"),),
        body=Body("application/vnd.api+json", "json", {"title": "title", "body_id": "id"}, required=True),
    )
    sent = request(binding, {"id": 1, "title": "é", "body_id": 2})
    assert json.loads(sent.content) == {"title": "é", "id": 2}
    assert sent.headers["content-type"] == "application/vnd.api+json"
    assert sent.url.query == b"id=1"


def test_an_optional_body_without_properties_is_not_sent() -> None:
    binding = HttpBinding(method="POST", path="/x", servers=SERVER, body=Body("application/json", "json", {"a": "a"}))
    assert request(binding, {}).content == b""


def test_a_whole_body_is_one_argument() -> None:
    binding = HttpBinding(method="PUT", path="/x", servers=SERVER, body=Body("application/json", "json", whole="body"))
    assert json.loads(request(binding, {"body": ["a", "b"]}).content) == ["a", "b"]


def test_stripes_form_writes_brackets() -> None:
    body = Body(
        "application/x-www-form-urlencoded",
        "form",
        {"email": "email", "metadata": "metadata", "items": "items"},
        encoding={
            "metadata": PartEncoding(style="deepObject", explode=True),
            "items": PartEncoding(style="deepObject", explode=True),
        },
    )
    sent = request(
        HttpBinding(method="POST", path="/c", servers=SERVER, body=body),
        {"email": "a b@c", "metadata": {"k": "v"}, "items": [{"price": "p1", "quantity": 2}]},
    )
    assert parse_qsl(sent.content.decode()) == [
        ("email", "a b@c"),
        ("metadata[k]", "v"),
        ("items[0][price]", "p1"),
        ("items[0][quantity]", "2"),
    ]
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"


def test_multipart_mixes_files_json_and_text() -> None:
    body = Body("multipart/form-data", "multipart", {"file": "file", "meta": "meta", "note": "note"}, files=("file",))
    sent = request(
        HttpBinding(method="POST", path="/f", servers=SERVER, body=body),
        {"file": b"hi", "meta": {"a": 1}, "note": "n"},
    )
    content = sent.read()
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b"\r\n\r\nhi\r\n" in content
    assert b'application/json\r\n\r\n{"a":1}' in content


def test_a_multipart_body_that_is_a_list_becomes_file_parts() -> None:
    body = Body("multipart/form-data", "multipart", whole="body")
    content = request(HttpBinding(method="POST", path="/f", servers=SERVER, body=body), {"body": [b"one", b"two"]}).read()
    assert content.count(b'; name="file"') == 2


def test_control_characters_in_a_header_are_refused() -> None:
    binding = HttpBinding(method="GET", path="/", servers=SERVER, parameters=(Parameter("h", "X-H", "header"),))
    with pytest.raises(InvalidArguments, match="line breaks"):
        request(binding, {"h": "a\r\nEvil: yes"})


def test_unicode_in_a_header_travels_as_utf8() -> None:
    binding = HttpBinding(method="GET", path="/", servers=SERVER, parameters=(Parameter("h", "X-H", "header"),))
    assert (b"x-h", "é".encode()) in request(binding, {"h": "é"}).headers.raw


@pytest.mark.parametrize(
    ("server", "target", "expected"),
    [
        (Server("https://{region}.x.com", {"region": "eu"}), Target(), "https://eu.x.com"),
        (Server("https://{region}.x.com", {"region": "eu"}), Target(subdomain={"region": "us"}), "https://us.x.com"),
        (Server("https://your-domain.x.com"), Target(base_url="http://127.0.0.1:9/api"), "http://127.0.0.1:9/api"),
        (Server("https://x.com/api"), Target(subdomain={"s": "acme"}), "https://acme.x.com/api"),
    ],
)
def test_the_server_and_its_variables(server: Server, target: Target, expected: str) -> None:
    assert str(base_url((server,), target, "x")).rstrip("/") == expected


@pytest.mark.parametrize("label", ["evil.com/", "a@b", "a:80", "-a", "", "a b"])
def test_a_subdomain_can_only_be_a_host_label(label: str) -> None:
    with pytest.raises(InvalidRequest, match="host label"):
        base_url((Server("https://{s}.x.com"),), Target(subdomain={"s": label}), "x")


def test_no_server_says_how_to_give_one() -> None:
    with pytest.raises(ConfigurationError, match="--base-url"):
        base_url((), Target(), "x")


@pytest.mark.parametrize(
    ("values", "refused"),
    [({"a": ".", "b": "."}, True), ({"a": ".", "b": "x"}, False), ({"a": "..x", "b": "x"}, False), ({"a": "", "b": "x"}, True)],
)
def test_values_side_by_side_do_not_climb_together(values: dict[str, str], refused: bool) -> None:
    parameters = tuple(Parameter(n, n, "path", "simple", False) for n in ("a", "b"))
    binding = HttpBinding(method="GET", path="/x/{a}{b}/y", servers=SERVER, parameters=parameters)
    if refused:
        with pytest.raises(InvalidArguments, match=r"fits into a path segment|a value without"):
            request(binding, values)
    else:
        assert request(binding, values).url.path == f"/v1/x/{values['a']}{values['b']}/y"


HOSTILE = st.one_of(
    st.text(),
    st.text(alphabet="./\\%2eE?#;=,&\r\n\0 é"),
    st.sampled_from(["..", "%2e%2e", "..%2f", "..\\", ";/../", ".%2e", "\u2025", "\uff0e\uff0e/", "a/../../b"]),
)


@given(
    value=st.one_of(HOSTILE, st.lists(HOSTILE, max_size=3), st.dictionaries(HOSTILE, HOSTILE, max_size=3)),
    style=st.sampled_from(["simple", "label", "matrix"]),
    explode=st.booleans(),
)
def test_no_value_leaves_its_path_segment(value: Any, style: str, explode: bool) -> None:
    parameter = Parameter("id", "id", "path", style, explode, required=True)
    binding = HttpBinding(method="GET", path="/a/{id}/b", servers=SERVER, parameters=(parameter,))
    try:
        sent = request(binding, {"id": value})
    except InvalidArguments:
        return
    raw = sent.url.raw_path.decode("ascii")
    assert raw.startswith("/v1/a/")
    assert raw.endswith("/b")
    assert raw.count("/") == 4
    assert not set(raw) & set("?#\\ \r\n\0")
    assert raw.split("/")[3] not in {"", ".", ".."}
    assert (sent.url.host, sent.url.query, sent.url.fragment) == ("api.example.com", b"", "")


@given(st.text(), st.text())
def test_no_cookie_or_header_value_becomes_another(first: str, second: str) -> None:
    parameters = (
        Parameter("a", "a", "cookie"),
        Parameter("b", "b", "cookie"),
        Parameter("h", "X-H", "header", "simple", False),
    )
    binding = HttpBinding(method="GET", path="/", servers=SERVER, parameters=parameters)
    try:
        sent = request(binding, {"a": first, "b": second, "h": first})
    except InvalidArguments:
        return
    pairs = [pair.partition("=")[::2] for pair in sent.headers["cookie"].split("; ")]
    assert [name for name, _ in pairs] == ["a", "b"]
    assert not set(sent.headers["cookie"]) & set('\r\n\0"\\,')
    assert all(b"\r" not in v and b"\n" not in v and b"\0" not in v for _, v in sent.headers.raw)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"body": {"a": float("nan")}}, "can carry"),
        ({"body": {"a": "\ud800"}}, "valid Unicode"),
        ({"q": "\udfff"}, "valid Unicode"),
        ({"q": "x" * 70_000}, "can carry"),
    ],
)
def test_what_no_request_can_carry_is_the_models_mistake(arguments: dict[str, Any], expected: str) -> None:
    body = Body("application/json", "json", whole="body")
    binding = HttpBinding(method="POST", path="/x", servers=SERVER, parameters=(Parameter("q", "q", "query"),), body=body)
    with pytest.raises(InvalidArguments, match=expected):
        request(binding, arguments)


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD"])
def test_any_method_may_have_a_body(method: str) -> None:
    binding = HttpBinding(method=method, path="/x", servers=SERVER, body=Body("application/json", "json", {"a": "a"}))
    sent = request(binding, {"a": 1})
    assert (sent.method, sent.content, sent.headers["content-length"]) == (method, b'{"a":1}', "7")


def test_a_merge_patch_keeps_its_nulls() -> None:
    body = Body("application/merge-patch+json", "json", {"a": "a", "b": "b"})
    sent = request(HttpBinding(method="PATCH", path="/x", servers=SERVER, body=body), {"a": None, "b": {"c": None}})
    assert sent.content == b'{"a":null,"b":{"c":null}}'
    assert sent.headers["content-type"] == "application/merge-patch+json"


@pytest.mark.parametrize(
    ("parameter", "value", "query"),
    [
        (Parameter("f", "f", "query", content_type="application/json"), {"a": ["é"]}, b"f=%7B%22a%22%3A%5B%22%C3%A9%22%5D%7D"),
        (Parameter("f", "f", "query", content_type="application/json"), "x", b"f=%22x%22"),
        (Parameter("f", "f", "query", content_type="text/plain"), "x", b"f=x"),
        (Parameter("f", "f", "query", allow_empty=True), [], b"f="),
        (Parameter("f", "f", "query"), [], b""),
        (Parameter("f", "f", "query"), "", b"f="),
        (Parameter("f", "f", "query", explode=False), {}, b""),
        (Parameter("f", "f", "query"), ["a", None, "b"], b"f=a&f=b"),
        (Parameter("f", "f", "query", allow_reserved=True), {"k": "a/b"}, b"k=a/b"),
        (Parameter("f", "f", "query", "deepObject"), {"a": {"b": None, "c": ["x"]}}, b"f[a][c][0]=x"),
    ],
)
def test_query_parameters_of_every_kind(parameter: Parameter, value: Any, query: bytes) -> None:
    binding = HttpBinding(method="GET", path="/x", servers=SERVER, parameters=(parameter,))
    assert request(binding, {"f": value}).url.query == query


@pytest.mark.parametrize(
    ("explode", "value", "cookie"),
    [
        (True, ["a b", "c"], "f=a%20b; f=c"),
        (False, ["a,b", "c"], "f=a%2Cb,c"),
        (True, {"k": "1", "l=m": "2"}, "k=1; l%3Dm=2"),
        (False, {"k": "1"}, "f=k,1"),
        (True, "s%3Aabc==", "f=s%3Aabc=="),
    ],
)
def test_cookie_parameters_of_every_kind(explode: bool, value: Any, cookie: str) -> None:
    binding = HttpBinding(method="GET", path="/", servers=SERVER, parameters=(Parameter("f", "f", "cookie", "form", explode),))
    assert request(binding, {"f": value}).headers["cookie"] == cookie


def test_an_empty_list_clears_where_the_api_reads_an_empty_text_so() -> None:
    rule = PartEncoding(style="deepObject", clears=("", ".*.taxes"))
    body = Body("application/x-www-form-urlencoded", "form", {"items": "items", "expand": "expand"}, encoding={"items": rule})
    binding = HttpBinding(method="POST", path="/x", servers=SERVER, body=body)
    assert request(binding, {"items": [], "expand": []}).content == b"items="
    assert request(binding, {"items": [{"taxes": [], "other": []}]}).content == b"items[0][taxes]="


def test_parts_have_their_own_headers_types_and_styles() -> None:
    body = Body(
        "multipart/form-data",
        "multipart",
        {n: n for n in ("meta", "tags", "deep", "photo", "text")},
        encoding={
            "meta": PartEncoding(content_type="application/vnd.meta+json", headers={"X-Kind": "meta"}),
            "tags": PartEncoding(content_type="application/json"),
            "deep": PartEncoding(style="deepObject"),
            "photo": PartEncoding(content_type="image/png, image/jpeg"),
        },
        files=("photo",),
    )
    photos = [Upload(2, "a.jpg", "image/jpeg", b"JJ"), Upload(2, 'b"\r\n.gif', "image/gif", b"GG")]
    given = {"meta": {"a": 1}, "tags": ["x"], "deep": {"a": {"b": 1}}, "photo": photos, "text": "é"}
    sent = request(HttpBinding(method="POST", path="/f", servers=SERVER, body=body), given)
    form = message_from_bytes(b"content-type: " + sent.headers["content-type"].encode() + b"\r\n\r\n" + sent.read())
    parts = [
        (p.get_param("name", header="content-disposition"), p.get_content_type(), p.get_payload(decode=True))
        for p in cast("list[Message]", form.get_payload())
    ]
    assert parts == [
        ("meta", "application/vnd.meta+json", b'{"a":1}'),
        ("tags", "application/json", b'["x"]'),
        ("deep[a][b]", "text/plain", b"1"),
        ("photo", "image/jpeg", b"JJ"),
        ("photo", "image/png", b"GG"),
        ("text", "text/plain", "é".encode()),
    ]
    assert b"X-Kind: meta\r\n" in sent.content
    assert b'filename="b%22%0D%0A.gif"' in sent.content
    assert sent.headers["content-length"] == str(len(sent.content))


@pytest.mark.parametrize("subtype", ["mixed", "related"])
def test_other_multiparts_carry_their_parts_without_names(subtype: str) -> None:
    body = Body(f"multipart/{subtype}", "multipart", {"meta": "meta", "media": "media"}, files=("media",))
    sent = request(HttpBinding(method="POST", path="/f", servers=SERVER, body=body), {"meta": {"a": 1}, "media": b"M"})
    assert sent.headers["content-type"].startswith(f"multipart/{subtype}; boundary=")
    assert b"Content-Disposition" not in sent.content


@pytest.mark.parametrize(
    ("server", "target", "expected"),
    [
        (Server("https://{r}.x.com", {"r": "eu"}, {"r": ("eu", "us")}), Target(path={"r": "us"}), "https://us.x.com"),
        (
            Server("https://x.com:{port}/{base}", {"port": "1", "base": "v1"}),
            Target(path={"base": "a/b"}),
            "https://x.com:1/a/b",
        ),
        (Server("{scheme}://x.com", {"scheme": "https"}), Target(path={"scheme": "http"}), "http://x.com"),
        (Server("{instance}/api"), Target(path={"instance": "https://me.x.com"}), "https://me.x.com/api"),
    ],
)
def test_server_variables_are_chosen_by_the_credentials(server: Server, target: Target, expected: str) -> None:
    assert str(base_url((server,), target, "x")).rstrip("/") == expected


@pytest.mark.parametrize(
    ("server", "value", "error"),
    [
        (Server("https://{v}.x.com", {}, {"v": ("eu", "us")}), "cn", "one of eu, us"),
        (Server("https://{v}.x.com"), "evil.com/", "host name"),
        (Server("https://{v}.x.com"), "evil.com#", "host name"),
        (Server("https://u@{v}"), "a@evil.com", "host name"),
        (Server("https://x.com/{v}"), "../admin", "a path"),
        (Server("https://x.com/{v}"), "a/..", "a path"),
        (Server("https://x.com/{v}"), "a?b=c", "a path"),
        (Server("{v}://x.com"), "https://evil.com/?", "http or https"),
    ],
)
def test_a_server_variable_stays_in_its_part_of_the_url(server: Server, value: str, error: str) -> None:
    with pytest.raises(InvalidRequest, match=error):
        base_url((server,), Target(path={"v": value}), "x")


def test_requests_say_what_sends_them_unless_the_app_does() -> None:
    binding = HttpBinding(method="GET", path="/", servers=SERVER)
    assert request(binding, {}).headers["user-agent"].startswith("composio/")
    assert request(binding, {}, Target(headers={"User-Agent": "mine"})).headers["user-agent"] == "mine"


@given(st.text(min_size=1, max_size=40))
@example("a/../b")
@example("..")
@example("/etc")
def test_no_value_that_may_hold_slashes_leaves_the_path_below_which_it_stands(value: str) -> None:
    parameters = (Parameter("name", "name", "path", "reserved", False),)
    binding = HttpBinding(method="GET", path="/a/{name}/b", servers=SERVER, parameters=parameters)
    try:
        sent = request(binding, {"name": value})
    except InvalidArguments:
        return
    raw = sent.url.raw_path.decode()
    assert raw.startswith("/v1/a/")
    assert raw.endswith("/b")
    assert not {"", ".", ".."} & set(raw.split("/")[1:])
    assert not set("?#\\") & set(raw)
    assert sent.url.host == "api.example.com"


EBAY = Server("https://api.ebay.com{basePath}", {"basePath": "/sell/inventory/v1"})


@pytest.mark.parametrize(
    ("server", "given", "expected"),
    [
        (EBAY, {}, "https://api.ebay.com/sell/inventory/v1"),  # D56
        (EBAY, {"basePath": "/sell/feed/v1"}, "https://api.ebay.com/sell/feed/v1"),
        (EBAY, {"basePath": ""}, "https://api.ebay.com"),
        (Server("https://api.test/{base}", {"base": "/v1/"}), {}, "https://api.test/v1"),
        (Server("https://api.test/{base}", {"base": "v1"}), {"base": "/v2"}, "https://api.test/v2"),
        (Server("https://{host}{base}", {"host": "a.test", "base": "/v1"}), {"base": "/v2"}, "https://a.test/v2"),
        (Server("https://api.test{port}{base}", {"port": ":8443", "base": "/v1"}), {}, "https://api.test:8443/v1"),
        (Server("https://api{tld}/v1", {"tld": ".test"}), {}, "https://api.test/v1"),
        (Server("{base}/x", {"base": "https://api.test/v1"}), {}, "https://api.test/v1/x"),
        (Server("https://api.test{base}/x", {}), {"base": "/v1"}, "https://api.test/v1/x"),
    ],
)
def test_a_server_variable_may_hold_a_path(server: Server, given: dict[str, str], expected: str) -> None:
    target = Target(path=given, foreign=frozenset(given))
    assert str(base_url((server,), target, "x")).rstrip("/") == expected
    assert not named_by_others((server,), target)


@pytest.mark.parametrize(
    "value",
    [".evil.test", "x.evil.test", "@evil.test", "//evil.test", "/../x", "/a//b", "/a?b", "/a#b", ":80", "/%2e%2e", "\\x"],
)
@pytest.mark.parametrize("server", [EBAY, Server("https://api.ebay.com{basePath}")])
def test_a_tenants_path_does_not_leave_the_host(server: Server, value: str) -> None:
    with pytest.raises(InvalidRequest, match="begins with '/'"):
        base_url((server,), Target(path={"basePath": value}), "x")


@given(st.text(max_size=12) | st.text(alphabet="/.@:?#%\\ab-", max_size=12))
def test_whatever_a_tenant_says_the_host_is_the_descriptions(value: str) -> None:
    for server in (
        EBAY,
        Server("https://api.ebay.com{basePath}/x"),
        Server("https://api.ebay.com/{basePath}", {"basePath": "v1"}),
    ):
        try:
            url = base_url((server,), Target(path={"basePath": value}), "x")
        except (InvalidRequest, ConfigurationError):
            continue
        assert (url.scheme, url.host, url.port, url.userinfo) == ("https", "api.ebay.com", None, b"")
        assert not {".", ".."} & set(url.path.split("/"))


def test_a_description_can_put_no_user_into_its_server() -> None:
    with pytest.raises(ConfigurationError, match="no base URL"):
        base_url((Server("https://api.test{rest}", {"rest": "@evil.test"}),), Target(), "x")


@pytest.mark.parametrize(
    ("method", "path", "is_sent"),
    [
        ("GET", "/repos/{owner}/contents/{path}", True),
        ("HEAD", "/files/{folder_path}", True),
        ("GET", "/files/{directory}", True),
        ("GET", "/users/{id}", False),
        ("GET", "/contents/{path}/info", False),
        ("DELETE", "/repos/{owner}/contents/{path}", False),
        ("PUT", "/repos/{owner}/contents/{path}", False),
    ],
)
def test_an_empty_last_segment_is_the_root_folder_of_an_api_that_has_one(method: str, path: str, is_sent: bool) -> None:
    names = [piece.partition("}")[0] for piece in path.split("{")[1:]]
    parameters = tuple(Parameter(name, name, "path", "simple", False, required=True) for name in names)
    binding = HttpBinding(method=method, path=path, servers=SERVER, parameters=parameters)
    arguments = {name: "o" if name == "owner" else "" for name in names}
    if is_sent:
        sent = request(binding, arguments).url.raw_path.decode()
        assert sent == "/v1" + path.replace("{owner}", "o").rpartition("{")[0]
    else:
        with pytest.raises(InvalidArguments, match="an empty one"):
            request(binding, arguments)


def test_an_empty_value_before_the_last_segment_is_never_sent() -> None:
    parameters = tuple(Parameter(name, name, "path", "simple", False, required=True) for name in ("owner", "path"))
    binding = HttpBinding(method="GET", path="/repos/{owner}/contents/{path}", servers=SERVER, parameters=parameters)
    with pytest.raises(InvalidArguments, match="owner"):
        request(binding, {"owner": "", "path": ""})
