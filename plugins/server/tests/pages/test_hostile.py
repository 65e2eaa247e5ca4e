"""Names, descriptions and errors that somebody else wrote: on every page they are text, and text only."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composio.errors import InvalidRequest
from composio.model.app import AuthField
from composio_server.pages.colors import PAPER, accents_of, contrast
from composio_server.pages.ending import find_goal, show_connected, show_failed
from composio_server.pages.fields import view_fields
from composio_server.pages.render import Site, page, send_away
from composio_server.services.branding import Branding
from composio_server.services.links import Link
from composio_server.services.people import Member, Role
from tests.peers.acme import write_app
from tests.peers.oidc import NATIVE, OidcPeer
from tests.peers.walker import Walker, goal_of, text_of

KNOWN = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "<!-- -->",
    "<![CDATA[<script>]]>",
    "<svg/onload=alert(1)>",
    "a\x00<b>",
    "\u202e\u2066<script>",
    "\ud800<script>",
    "`${alert(1)}`",
    "0; url=javascript:alert(1)",
]
HOSTILE = st.one_of(
    st.sampled_from(KNOWN),
    st.lists(
        st.sampled_from([*"<>\"'&=/;:`{}%#!-[]() \n\t\x00", "script", "onerror", "javascript:", "é", "\u2028"]), max_size=30
    ).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
)
ALLOWED = {
    *("html", "head", "meta", "title", "link", "body", "header", "span", "img", "main", "h1", "p", "a", "form", "input"),
    *("div", "label", "select", "option", "textarea", "button", "footer", "output", "noscript", "dl", "dt", "dd", "code"),
}
SCRIPT = "/pages/htmx-"


class Reader(HTMLParser):
    """What a browser would make of a page: its elements, and its text."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")


def check(content: bytes, *, scripts: int = 0) -> Reader:
    read = Reader(content.decode())
    found = [one for tag, one in read.elements if tag == "script"]
    assert len(found) == scripts
    assert all(str(one.get("src")).startswith(SCRIPT) for one in found)
    for tag, attributes in read.elements:
        assert tag in ALLOWED or tag == "script", tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            assert name != "style"
            if name in {"href", "src", "action"} and value:
                assert value.startswith(("/", "https://", "http://")), value
    return read


def shape(read: Reader) -> list[tuple[str, list[str]]]:
    return [(tag, sorted(attributes)) for tag, attributes in read.elements]


@settings(max_examples=200, deadline=None)
@given(text=HOSTILE)
def test_no_text_becomes_markup_on_any_page(text: str) -> None:
    brand = Branding(name=text[:100])
    member = Member(project_id=text, project_name=text, person_id=text, name=text, role=Role.OWNER)
    fields = [
        AuthField(text or "x", display_name=text, description=text, default=text, choices=(text, "b")),
        AuthField("private_key", text, text),
        AuthField("plain", text, text, required=False, default=text),
    ]
    common: dict[str, Any] = {"branding": brand, "site": Site(secure=True), "title": text}
    link: dict[str, Any] = {"about": text, "problem": text, "action": "/link/x", "csrf": text, "button": text, "note": text}
    typed = {one.name: text for one in fields}
    pages = [
        page("message", **common, message=text, ok=False, again=None),
        page("link", **common, **link, fields=view_fields(fields, typed, typed)),
        page("sign_in", **common, problem=text, csrf=text, next=text, openid=True),
        page("home", **common, name=text, projects=[member], base="", csrf=text),
        page("cli", **common, csrf=text, key=text, projects=[member], name=text, asks_for_code=False),
        page("cli", **common, csrf=text, key=text, projects=[member], name=text, asks_for_code=True),
        page("code", **common, code=text, project=text),
        send_away("https://x.example/?a=1&b=2", title=text, message=text, site=Site(secure=True)),
        show_connected(None, text, brand, site=Site(secure=True)),
        show_failed(None, text, brand, site=Site(secure=True)),
    ]
    for one in pages:
        check(one.content)
    device = page("device", **common, script=True, app=text, code=text, url="https://x.example/", status_url="/link/x/status")
    check(device.content, scripts=1)


@settings(max_examples=100, deadline=None)
@given(text=HOSTILE)
def test_what_was_typed_never_changes_a_form_s_shape(text: str) -> None:
    fields = [AuthField("plain", "Plain", "What."), AuthField("config_json", "Lines", "What.")]

    def form(value: str) -> Reader:
        shown = view_fields(fields, {one.name: value for one in fields})
        made = page(
            "link",
            site=Site(secure=True),
            title="t",
            about="",
            problem=value or "p",
            action="/link/x",
            csrf="c",
            fields=shown,
            button="b",
            note=value,
        )
        return check(made.content)

    assert shape(form(text)) == shape(form("harmless"))


@settings(max_examples=200, deadline=None)
@given(text=HOSTILE)
def test_no_branding_breaks_out_of_the_policy(text: str) -> None:
    for given_ in (
        {"logo_url": text},
        {"logo_url": f"https://x.example/{text}"},
        {"color": text},
        {"domain": text},
        {"name": text},
    ):
        try:
            brand = Branding.check(given_)
        except InvalidRequest:
            continue
        made = page("message", branding=brand, site=Site(secure=True), title="t", message="m", ok=True, again=None)
        check(made.content)
        policy = made.headers["content-security-policy"]
        assert policy.isascii()
        assert policy.count(";") == 5
        assert "unsafe" not in policy
        assert "\n" not in policy


@pytest.mark.parametrize(
    "branding",
    [
        [],
        "x",
        {"colour": "#123456"},
        {"color": "red"},
        {"color": "#12345g"},
        {"logo_url": "http://x.example/l.png"},
        {"logo_url": "javascript:alert(1)"},
        {"logo_url": "https://user@x.example/l.png"},
        {"logo_url": "https://x.example;script-src *"},
        {"domain": "https://x.example"},
        {"domain": "x.example/path"},
        {"domain": "x example"},
        {"redirect_uri": "http://x.example/cb"},
        {"redirect_uri": "https://x.example/cb#x"},
        {"name": "x" * 101},
        {"name": 1},
    ],
)
def test_branding_that_no_page_could_show_is_refused(branding: object) -> None:
    with pytest.raises(InvalidRequest, match="branding"):
        Branding.check(branding)
    assert Branding.of({"branding": branding}) == Branding()


def test_a_project_s_domain_begins_its_links_and_its_redirect_uri() -> None:
    brand = Branding.check({"domain": "Connect.Shop.example"})
    assert brand.base_url("https://tools.example") == "https://connect.shop.example"
    assert brand.callback("https://tools.example") == "https://connect.shop.example/api/v1/auth-apps/add"
    assert Branding().callback("https://tools.example") == "https://tools.example/api/v1/auth-apps/add"
    own = Branding.check({"redirect_uri": "https://shop.example/oauth/back"})
    assert own.callback("https://tools.example") == "https://shop.example/oauth/back"


@given(st.integers(0, 0xFFFFFF).map("{:06x}".format))
def test_every_colour_can_be_read_on_both_backgrounds(color: str) -> None:
    sheet = accents_of(color)
    light, dark = (line.partition("--accent:#")[2] for line in sheet.strip().splitlines())
    for line, paper in ((light, PAPER["light"]), (dark, PAPER["dark"])):
        accent, ink = line[:6], line.partition("--on-accent:#")[2][:6]
        assert contrast(accent, paper) >= 4.5
        assert contrast(ink, accent) >= 4.5


@settings(deadline=None)
@given(text=HOSTILE, base=st.sampled_from(["https://shop.example/done", "https://shop.example/?a=1#x", ""]))
def test_nobody_is_sent_to_a_script(text: str, base: str) -> None:
    for url in (text, base + text, f"https://shop.example/?{text}"):
        goal = find_goal(url, ok=True, connection_id=text, app=text)
        if goal is not None:
            assert goal.partition(":")[0].lower() not in {"javascript", "data", "vbscript", "file"}
            assert goal.isascii()
            assert not any(c <= " " for c in goal)


def test_a_hostile_app_and_user_are_text_on_the_connect_page(
    walker: Walker, tmp_path: Path, services: Any, link_to: Callable[..., tuple[Link, str]]
) -> None:
    payload = KNOWN[1]
    field = {"name": "api_key", "display_name": payload, "description": payload, "default": payload}
    write_app(
        tmp_path / "home",
        "evil",
        {"auth_mode": "API_KEY", "fields": [field], "proxy": {"headers": {"X-Key": "{{api_key}}"}}},
        name=payload,
        description=payload,
    )
    _, where = link_to("evil", entity=payload)
    form = walker.get(where)
    read = check(form.content)
    assert payload in read.text
    check(walker.submit(form, {"f.api_key": "k"}).content)


def test_a_provider_s_hostile_error_is_text(walker: Walker, peer: OidcPeer, link_to: Callable[..., tuple[Link, str]]) -> None:
    _, where = link_to("peer", config={"client_id": NATIVE.client_id})
    asked = goal_of(walker.submit(walker.get(where)))
    state = asked.partition("state=")[2].partition("&")[0]
    said = {"state": state, "error": "access_denied", "error_description": KNOWN[0], "iss": peer.issuer}
    answer = walker.get("/api/v1/auth-apps/add", params=said)
    assert answer.status_code == 400
    check(answer.content)
    assert "Not connected" in text_of(answer)
    assert base64.b64encode(KNOWN[0].encode()).decode() not in answer.text
