"""Descriptions for a model: plain text out of the Markdown and HTML that API descriptions carry. Pure."""

from __future__ import annotations

import re

from composio.schema.inline import clean as without_html

__all__ = ["DESCRIPTION_LIMIT", "clean", "describe"]

DESCRIPTION_LIMIT = 1024

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_CALLOUT = re.compile(r"^\s*>\s*\[!\w+\]\s*$", re.MULTILINE)
_QUOTE = re.compile(r"^\s*>\s?", re.MULTILINE)
_HEADING = re.compile(r"^\s*#{1,6}\s+", re.MULTILINE)
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_LINES = re.compile(r"\s*\n\s*")


def clean(text: str) -> str:
    """``text`` without HTML, link targets, headings and emphasis; one line per paragraph or item."""
    text = _LINK.sub(r"\1", _COMMENT.sub("", text) if "<!--" in text else text)
    text = _HEADING.sub("", _QUOTE.sub("", _CALLOUT.sub("", text)))
    return _LINES.sub("\n", without_html(_STRONG.sub(r"\1", text)))


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
