"""Our own documentation as pages: ``docs/``, the README, the changelog and what they link to."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scripts.site.prose import is_web, our_own

if TYPE_CHECKING:
    from scripts.site.build import Site

__all__ = ["guides", "write"]

ROOT = Path(__file__).resolve().parents[2]
# The order in which a reader meets them; other pages of docs/ follow by name.
_ORDER = (
    "tutorial",
    *("fetching", "discovery", "executing", "connecting", "custom-tools", "local-tools", "mcp", "typescript"),
    *("processors", "apps", "frameworks", "testing", "settings"),
)
_START = "Start here"
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n", re.MULTILINE)  # the site has none
_FIRST = {"README.md": "docs/index.html"}
_LAST = {
    "plugins/apps/README.md": "docs/shipped-apps.html",
    "CONTRIBUTING.md": "docs/contributing.html",
    "SECURITY.md": "docs/security.html",
    "CHANGELOG.md": "docs/changelog.html",
}


def guides() -> dict[str, str]:
    """Return each source file with its page."""
    names = [file.stem for file in sorted((ROOT / "docs").glob("*.md"))]
    ordered = [name for name in _ORDER if name in names] + [name for name in names if name not in _ORDER]
    pages = _FIRST | {f"docs/{name}.md": f"docs/{name}.html" for name in ordered} | _LAST
    return {source: page for source, page in pages.items() if (ROOT / source).is_file()}


def write(site: Site) -> list[tuple[str, str]]:
    """Write all pages; return their URLs and titles."""
    pages = guides()
    read = {}
    for source, page in pages.items():
        text = _PICTURE.sub("", (ROOT / source).read_text("utf-8"))
        read[page] = our_own(text, lambda href, source=source: _link(href, source, pages))  # type: ignore[misc]
    titles = [(page, title or Path(page).stem.capitalize()) for page, (title, _, _) in read.items()]
    titles = [(page, _START if page in _FIRST.values() else title) for page, title in titles]
    for page, (title, body, headings) in read.items():
        site.write(
            page,
            "guide.html",
            title=title or Path(page).stem.capitalize(),
            body=body,
            headings=[one for one in headings if one[0] in (2, 3)],
            guides=titles,
            here=page,
        )
    return titles


def _link(href: str, source: str, pages: dict[str, str]) -> str | None:
    """Return where a link of a source file leads on the site; None if there is no such page."""
    if is_web(href) or href.startswith("#"):
        return href
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), parts.path))
    page = "docs/index.html" if target == "docs" else pages.get(target)
    if page is None:
        return None
    return posixpath.relpath(page, "docs") + (f"#{parts.fragment}" if parts.fragment else "")
