"""Prepare strings of API descriptions for a model: keep what helps to fill in a tool, without markup and within a length.

Every pattern here takes time linear in the text, as descriptions are untrusted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

__all__ = ["PROPERTY_LIMIT", "TOOL_LIMIT", "clean", "concise", "join_once", "sentences", "shorten"]

# Characters that the catalog allows for a value, and for a whole tool: two to four sentences. Every request pays for its
# definitions, and most of the rest of a description is for people who read the documentation.
PROPERTY_LIMIT, TOOL_LIMIT = 240, 400

# Longer texts about one value do not occur; the rest would not be shown anyway.
_LONGEST = 16 * 1024

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:[ \t]\"[^\"\n]*\")?\)")
_CALLOUT = re.compile(r"^[ \t]*>[ \t]*\[!\w+\][ \t]*$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+", re.MULTILINE)
_STRONG = re.compile(r"\*\*([^*\n]+)\*\*")
_TAGS = (
    "a|abbr|b|blockquote|br|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|s|samp|small|span|strike|"
    "strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
# Underlines of a heading, or of a table's head.
_LINE = re.compile(r"^[ \t|:]*--[ \t:|-]*$", re.MULTILINE)
_BLANK = " \t\r\f\v"
_BLANKS = re.compile(r"[ \t\r\f\v]{2,}")

# A sentence with its end; a line that is not a sentence; the break between two lines.
_SENTENCE = re.compile(
    r"\n|[^\n.!?]+(?:[.!?]+(?![\s\"')\]]|$)[^\n.!?]*)*[.!?]*[\"')\]]*[ \t]*|[.!?]+[\"')\]]*[ \t]*", re.MULTILINE
)
# The end of a sentence inside a string, but not of an abbreviation.
_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)[.!?](?=\s)|[。！？]")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(("a", "an", "the", "of", "for", "to", "in", "and", "or", "by", "on", "with", "from", "is"))

# References to further reading, which a model cannot open.
_ELSEWHERE = re.compile(
    r"(?:- )?(?:for (?:more|further|additional|detailed|full) (?:information|info|details?|context)\b|for details,? (?:see|refer)\b"
    r"|(?:to |you can )?(?:learn|read|find) (?:out )?more\b|(?:please )?(?:see|refer to) [^.]{0,120} for (?:more|further) (?:information|details)\b|(?:please )?(?:see|refer to)(?: also)?(?: the| our| this)? [^.]{0,80}"
    r"(?:documentation|docs|guide|article|page)\b|see:? https?://\S+$|https?://\S+$|more (?:info|information|details)\b)",
    re.IGNORECASE,
)
# Required credentials or plans: the actual credentials decide, and the response reports a refusal.
_ACCESS = re.compile(
    r"\btokens?\b[^\n]*\bscopes?\b|\bscopes? (?:is|are) (?:also )?required\b"
    r"|^[^\n]{1,80}\b(?:is|are) (?:only )?available [^\n]*\b(?:plans?|free|pro|enterprise)\b"
    r"|^(?:only |the )?(?:anyone|(?:authenticated |any |oauth |github )*(?:apps?|users?|administrators?|owners?|members?))\b[^\n]{0,120}"
    r"\b(?:to|can|may) (?:use|access|call) this (?:endpoint|api|operation|method|resource)\b"
    r"|^you must (?:be an?|have [^\n]{0,60}\b(?:access|permissions?|role)|authenticate|use an? [\w ]{1,30})\b[^\n]{0,60}"
    r" to (?:use|access|call) this (?:endpoint|api|operation|method|resource)\b"
    r"|^(?:the |an? )?authenticated users? must (?:either |also )?(?:be|have) [^\n]{0,80}\b(?:access|owner|admin\w*|maintainer|member|permissions?|role)\b"
    r"|\btokens? (?:need|require|must have) [^\n]{0,80}\bpermissions?\b",
    re.IGNORECASE,
)
_ACCESS_WORDS = ("scope", "available", " must ", " this ", "token")  # each of these contains one
_PREVIEW = re.compile(
    r"(?:note: )?this (?:endpoint|operation|api|method) is (?:currently )?in [\w ]{0,20}(?:preview|beta)\b", re.IGNORECASE
)
# Media types of the response: the request asks for the one that is read here.
_MEDIA = re.compile(
    r"(?:- )?`?application/[\w.+-]+`?:|this endpoint supports the following custom media types"
    r"|this is the default if you do not pass any specific media type|response will include (?:`|\w+_\w+[\w, ]*\.?$)",
    re.IGNORECASE,
)
# That a name is case-insensitive, which a model can ignore. That case matters is kept.
_ANY_CASE = re.compile(r"[\w ]{1,40} (?:is|are) (?:not case[- ]sensitive|case[- ]insensitive)\.?$", re.IGNORECASE)
# An identifier in backticks is clear without them, too.
_MARKED = re.compile(r"`([A-Za-z0-9]+(?:_[A-Za-z0-9]+)+)`")
# That a tool is for use; its purpose follows.
_USE = re.compile(
    r"(?:(?:you can )?use (?:the (?:rest )?api|this (?:endpoint|api|method|operation)) to"
    r"|this (?:endpoint|api|method|operation) (?:allows|lets|enables) you to) (?=[a-z])",
    re.IGNORECASE,
)
# A hard-wrapped line that continues in the next one; after a URL it ends.
_WRAPPED = re.compile(r"(https?://\S+\n)|(?<![:.!?\n])\n(?=[a-z(])")


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """Remove HTML, entities, link targets, headings, emphasis and runs of spaces; placeholders (``<owner>``) stay."""
    text = text[:_LONGEST]
    if "<" in text:
        end = text.rfind("-->") + 3 if "-->" in text else 0  # nothing after it is a comment, however often one begins
        text = _TAG.sub(" ", _COMMENT.sub("", text[:end]) + text[end:])
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if ">" in text:
        text = _QUOTE.sub("", _CALLOUT.sub("", text))
    if "#" in text:
        text = _HEADING.sub("", text)
    if "**" in text:
        text = _STRONG.sub(r"\1", text)
    if "--" in text:
        text = _LINE.sub("", text)
    if "&" in text:
        text = unescape(text)
    return _tidy(text)


@lru_cache(maxsize=8192)
def concise(text: str, limit: int = PROPERTY_LIMIT, *, tool: bool = False) -> str:
    """Return ``text`` cleaned, without references to elsewhere, in at most ``limit`` characters.

    A ``tool``'s text also loses sentences about tokens and scopes; in the text of a value they may be the point. If nothing
    would be left, everything stays.
    """
    told = _WRAPPED.sub(lambda found: found[1] or " ", _MARKED.sub(r"\1", clean(text)))
    if tool and (use := _USE.match(told)):
        told = told[use.end()].upper() + told[use.end() + 1 :]
    kept = "".join(part for part in _SENTENCE.findall(told) if not _is_aside(part.strip(), tool))
    return shorten(_tidy(kept) or told, limit)


@lru_cache(maxsize=8192)  # operations share their sentences about tokens, previews and media types
def _is_aside(sentence: str, tool: bool) -> bool:
    if _ELSEWHERE.match(sentence):
        return True
    folded = sentence.casefold()  # searching for a word is much faster than matching its context
    if "case" in folded and _ANY_CASE.fullmatch(sentence):
        return True
    if not tool:
        return False
    is_access = any(word in folded for word in _ACCESS_WORDS) and _ACCESS.search(sentence)
    return bool(is_access or _MEDIA.match(sentence) or _PREVIEW.match(sentence))


def join_once(summary: str, description: str) -> str:
    """Join both strings, without the summary if the description begins with the same in other words."""
    if not summary or not description:
        return description or summary
    said, first = _stems(summary), _stems(re.split(r"[.\n]", description, maxsplit=1)[0])
    if description.casefold().startswith(summary.casefold()) or (said and len(said & first) >= 0.6 * len(said)):
        return description
    return f"{summary}{'' if summary[-1] in '.!?:' else '.'} {description}"


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[str, ...]:
    """Split a clean text into sentences and lines, each with its trailing spaces; joined they are the text."""
    return tuple(_SENTENCE.findall(text))


def _stems(text: str) -> frozenset[str]:
    """Return the stems of meaningful words: ``Lists`` and ``List`` are the same."""
    return frozenset(word.rstrip("s")[:5] for word in _WORD.findall(text.casefold()) if word not in _SMALL)


def _tidy(text: str) -> str:
    if "\n" in text:
        first, *lines = text.split("\n")
        rest = (line.lstrip().rstrip(_BLANK) for line in lines)
        text = "\n".join((first.rstrip(_BLANK), *filter(None, rest)))
    if "  " in text or "\t" in text or "\r" in text or "\f" in text or "\v" in text:
        text = _BLANKS.sub(" ", text)
    return text.strip()


def shorten(text: str, limit: int) -> str:
    """Return ``text`` within ``limit`` characters: cut after a sentence, else between words with a mark."""
    if len(text) <= limit:
        return text
    if limit < 2:
        return text[: max(limit, 0)]
    cut = text[: limit - 1]
    sentence = max((found.end() for found in _END.finditer(text, 0, limit)), default=0)
    if limit // 2 < sentence < limit:
        return cut[:sentence]
    if not text[limit - 1].isspace():
        words = cut.split()
        space = len(cut) - len(words[-1]) if words and not cut[-1].isspace() else len(cut)
        # Scripts without spaces are cut anywhere, as is a single word that is too long.
        if space > limit // 2 or (space > 0 and words and words[-1].isascii()):
            cut = cut[:space]
    return cut.rstrip() + "…"
