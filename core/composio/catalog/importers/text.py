"""Descriptions for a model: plain text out of the Markdown and HTML that API descriptions carry. Pure."""

from __future__ import annotations

import html
import re

__all__ = ["DESCRIPTION_LIMIT", "clean", "describe"]

DESCRIPTION_LIMIT = 1024

_TAGS = "a|b|blockquote|br|code|dd|div|dl|dt|em|h[1-6]|hr|i|img|li|ol|p|pre|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul"
# Known tags only: `<owner>` is a placeholder that a reader needs.
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|table|h[1-6]|hr|pre|blockquote)\b[^<>]*>", re.IGNORECASE)
_INLINE = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_CALLOUT = re.compile(r"^\s*>\s*\[!(\w+)\]\s*$", re.MULTILINE)
_QUOTE = re.compile(r"^\s*>\s?", re.MULTILINE)
_HEADING = re.compile(r"^\s*#{1,6}\s+", re.MULTILINE)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_LINES = re.compile(r" *\n\s*\n\s*")


def clean(text: str) -> str:
    """``text`` without HTML tags, link targets, headings and emphasis; paragraphs stay apart by one empty line."""
    if "<" in text:
        text = _INLINE.sub("", _BLOCK.sub("\n", _COMMENT.sub("", text)))
    if "&" in text:
        text = html.unescape(text)
    text = _LINK.sub(r"\1", text)
    text = _HEADING.sub("", _QUOTE.sub("", _CALLOUT.sub("", text)))
    text = _STRONG.sub(r"\2", text)
    return _LINES.sub("\n\n", _BLANKS.sub(" ", text)).strip()


def describe(summary: str, description: str, limit: int = DESCRIPTION_LIMIT) -> str:
    """Summary and description as one text of at most ``limit`` characters, cut at a sentence or word."""
    summary, description = clean(summary), clean(description)
    if not summary or description.casefold().startswith(summary.casefold()):
        whole = description or summary
    elif not description:
        whole = summary
    else:
        whole = f"{summary}{'' if summary[-1] in '.!?:' else '.'} {description}"
    if len(whole) <= limit:
        return whole
    cut = whole[: limit - 1]
    sentence = max(cut.rfind(". "), cut.rfind(".\n"), cut.rfind("\n\n"))
    if sentence > limit // 2:
        return cut[: sentence + 1].rstrip()
    return cut[: cut.rfind(" ")].rstrip() + "…" if " " in cut else cut + "…"
