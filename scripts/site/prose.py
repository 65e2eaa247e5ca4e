"""Convert Markdown to HTML: untrusted text, and our own pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight  # type: ignore[import-untyped]  # has no types of its own
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]  # has no types of its own
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # has no types of its own
from pygments.util import ClassNotFound  # type: ignore[import-untyped]  # has no types of its own

__all__ = ["colour", "colour_call", "foreign", "foreign_inline", "is_web", "our_own", "plain", "slug_of"]

_MARKED = re.compile(r"[*_`\[\]<>&\\#|~!]|https?://|^\s*(?:[-+]|\d+[.)])\s|\n\s*\n", re.MULTILINE)
_TAGS = re.compile(r"</?(?!https?://)[a-zA-Z][^<>]*>")
# A bare URL; not within code, a link, or its own brackets.
_BARE = re.compile(r"(?<![<(\[\"'=\w/])https?://[^\s<>()\[\]\"'|*]*[^\s<>()\[\]\"'|*.,;:!?]")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FORMAT = HtmlFormatter(nowrap=True, classprefix="k-")
Linker = Callable[[str], str | None]


def is_web(url: object) -> bool:
    """Return whether a link may lead there: an absolute http or https URL."""
    if not isinstance(url, str) or any(ord(c) <= 32 for c in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _only_web(url: str) -> str | None:
    return url if is_web(url) else None


def _tidy(tokens: list[Token], link: Linker, *, outside: bool) -> None:
    """Remove links for which ``link`` returns no URL, and replace the others' URLs."""
    for token in tokens:
        if token.children:
            hidden = False
            for child in token.children:
                if child.type == "link_open":
                    href = link(str(child.attrs.get("href", "")))
                    hidden = href is None
                    child.attrs = {} if href is None else {"href": href}
                    if href is not None and (outside or is_web(href)):
                        child.attrs["rel"] = "nofollow noopener noreferrer"
                if child.type in ("link_open", "link_close") and hidden:
                    child.type, child.tag, child.nesting, child.content = "text", "", 0, ""


def _rendered(kind: str) -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "highlight": _highlight}).enable("table").disable("image")
    # Every URL is checked in _tidy; a refusal here would leave the brackets.
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 - called with its name
    if kind == "foreign":
        md.disable(["heading", "lheading", "hr", "reference"])
    return md


def _highlight(code: str, language: str, _: str) -> str:
    return str(colour(code, language))


@cache
def _lexer(language: str) -> Any:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None


def colour(code: str, language: str) -> Markup:
    """Return code as HTML with a class for each kind of token."""
    lexer = _lexer(language) if language else None
    return Markup(escape(code) if lexer is None else highlight(code, lexer, _FORMAT))  # noqa: S704 - both escape


# A hundred thousand example calls are highlighted, each in a tenth of a lexer's time.
_CALL = re.compile(
    r"""(?P<s>"(?:[^"\\\n]|\\.)*"|'[^']*'(?:"'"'[^']*')*)|(?P<k>\b(?:from|import|print|True|False|None|export)\b)|(?P<mi>(?<![\w-])-?\d[\d.]*\b)"""
)


def colour_call(code: str) -> Markup:
    """Highlight an example call, in Python or for a shell: strings, numbers and keywords."""
    parts, end = [], 0
    for found in _CALL.finditer(code):
        parts.append(f'{escape(code[end : found.start()])}<span class="k-{found.lastgroup}">{escape(found[0])}</span>')
        end = found.end()
    return Markup("".join(parts) + escape(code[end:]))  # noqa: S704 - all of it is escaped


_FOREIGN = _rendered("foreign")
_OURS = _rendered("ours")


@lru_cache(maxsize=20_000)
def foreign(text: str) -> Markup:
    """Return blocks of Markdown from an untrusted description. Raw HTML is escaped or dropped; links lead to the web only."""
    text = _prepare(text)
    if not _MARKED.search(text):
        return Markup(f"<p>{escape(text.strip())}</p>" if text.strip() else "")  # noqa: S704
    tokens = _FOREIGN.parse(text)
    _tidy(tokens, _only_web, outside=True)
    return Markup(_FOREIGN.renderer.render(tokens, _FOREIGN.options, {}))  # noqa: S704


@lru_cache(maxsize=50_000)
def foreign_inline(text: str) -> Markup:
    """Return the same for one run of text, such as a table cell."""
    text = " ".join(_prepare(text).split())
    if not _MARKED.search(text):
        return Markup(escape(text))  # noqa: S704
    tokens = _FOREIGN.parseInline(text)
    _tidy(tokens, _only_web, outside=True)
    return Markup(_FOREIGN.renderer.render(tokens, _FOREIGN.options, {}))  # noqa: S704


def plain(text: str, most: int = 0) -> str:
    """Return Markdown as one line of plain text, cut at a word if it is longer than ``most``."""
    text = _prepare(text)
    if _MARKED.search(text):
        parts: list[str] = []
        for token in _FOREIGN.parse(text):
            if token.type in ("fence", "code_block"):
                continue
            for child in token.children or ():
                parts.append(child.content if child.type in ("text", "code_inline") else "")
                if child.type in ("softbreak", "hardbreak"):
                    parts.append(" ")
            parts.append(" ")
        text = "".join(parts)
    text = " ".join(text.split())
    if not most or len(text) <= most:
        return text
    return f"{text[: most - 1].rsplit(' ', 1)[0].rstrip(' ,;:.')}…"


def _prepare(text: str) -> str:
    """Drop layout tags of descriptions, which mean nothing here; a bare URL becomes a link."""
    text = _TAGS.sub(" ", text) if "<" in text else text
    return text if "://" not in text or "`" in text else _BARE.sub(r"<\g<0>>", text)


def slug_of(title: str) -> str:
    """Return the anchor of a heading, as code hosts generate it."""
    kept = re.sub(r"[^\w\- ]", "", title.strip().lower())
    return kept.replace(" ", "-")


def our_own(text: str, link: Linker) -> tuple[str, Markup, list[tuple[int, str, str]]]:
    """A page of ours: its title, its HTML without that title, and its headings (level, anchor, text)."""
    tokens = _OURS.parse(_COMMENT.sub("", text))
    _tidy(tokens, link, outside=False)
    title, headings, taken = "", [], set[str]()
    for index, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        words = plain(tokens[index + 1].content)
        level = int(token.tag[1])
        if level == 1 and not title:
            title = words
            for one in tokens[index : index + 3]:
                one.hidden, one.children, one.content, one.tag, one.type = True, None, "", "", "text"
            continue
        anchor, number = slug_of(words), 1
        while anchor in taken:
            anchor, number = f"{slug_of(words)}-{number}", number + 1
        taken.add(anchor)
        token.attrs["id"] = anchor
        headings.append((level, anchor, words))
    html = _OURS.renderer.render(tokens, _OURS.options, {})
    html = re.sub(r"<table>.*?</table>", lambda m: f'<div class="wide" tabindex="0">{m[0]}</div>', html, flags=re.DOTALL)
    return title, Markup(html), headings  # noqa: S704 - our own pages, rendered without raw HTML
