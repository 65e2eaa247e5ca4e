"""Strings of API descriptions as a model should read them: what helps to fill a tool in, without markup and within a length.

Every pattern here takes time linear in the text, as descriptions come from anyone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

__all__ = ["PROPERTY_LIMIT", "TOOL_LIMIT", "clean", "concise", "join_once", "sentences", "shorten"]

# Characters that the catalog gives the text of one value, and of a whole tool: two to four sentences. A definition is paid for
# with every request that offers it, and most of what descriptions say beyond that is for people who read the documentation.
PROPERTY_LIMIT, TOOL_LIMIT = 240, 400

# Nobody writes more about one value; what is cut off here would not be shown anyway.
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
# What underlines a heading, or the head of a table.
_LINE = re.compile(r"^[ \t|:]*--[ \t:|-]*$", re.MULTILINE)
_BLANK = " \t\r\f\v"
_BLANKS = re.compile(r"[ \t\r\f\v]{2,}")

# A sentence with what ends it; a line that is no sentence; the break between two lines.
_SENTENCE = re.compile(
    r"\n|[^\n.!?]+(?:[.!?]+(?![\s\"')\]]|$)[^\n.!?]*)*[.!?]*[\"')\]]*[ \t]*|[.!?]+[\"')\]]*[ \t]*", re.MULTILINE
)
# The end of a sentence inside of a string; that of an abbreviation is none.
_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)[.!?](?=\s)|[。！？]")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(("a", "an", "the", "of", "for", "to", "in", "and", "or", "by", "on", "with", "from", "is"))

# Where to read on: nothing that a model could open.
_ELSEWHERE = re.compile(
    r"(?:- )?(?:for (?:more|further|additional|detailed|full) (?:information|info|details?|context)\b|for details,? (?:see|refer)\b"
    r"|(?:to |you can )?(?:learn|read|find) (?:out )?more\b|(?:please )?(?:see|refer to) [^.]{0,120} for (?:more|further) (?:information|details)\b|(?:please )?(?:see|refer to)(?: also)?(?: the| our| this)? [^.]{0,80}"
    r"(?:documentation|docs|guide|article|page)\b|see:? https?://\S+$|https?://\S+$|more (?:info|information|details)\b)",
    re.IGNORECASE,
)
# Which credentials, or whose plan, may call: those there are decide that, and the answer says it where they don't do.
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
_ACCESS_WORDS = ("scope", "available", " must ", " this ", "token")  # one of which each of these has
_PREVIEW = re.compile(
    r"(?:note: )?this (?:endpoint|operation|api|method) is (?:currently )?in [\w ]{0,20}(?:preview|beta)\b", re.IGNORECASE
)
# Which representation comes back: the request asks for the one that is read here.
_MEDIA = re.compile(
    r"(?:- )?`?application/[\w.+-]+`?:|this endpoint supports the following custom media types"
    r"|this is the default if you do not pass any specific media type|response will include (?:`|\w+_\w+[\w, ]*\.?$)",
    re.IGNORECASE,
)
# Nothing to heed: such a name may be written either way. That case does matter is another thing, and stays.
_ANY_CASE = re.compile(r"[\w ]{1,40} (?:is|are) (?:not case[- ]sensitive|case[- ]insensitive)\.?$", re.IGNORECASE)
# An identifier in backticks is one without them, too.
_MARKED = re.compile(r"`([A-Za-z0-9]+(?:_[A-Za-z0-9]+)+)`")
# That a tool is for use; what it is for follows.
_USE = re.compile(
    r"(?:(?:you can )?use (?:the (?:rest )?api|this (?:endpoint|api|method|operation)) to"
    r"|this (?:endpoint|api|method|operation) (?:allows|lets|enables) you to) (?=[a-z])",
    re.IGNORECASE,
)
# A line that goes on in the next one, as text does that was wrapped by hand; behind an address it ends.
_WRAPPED = re.compile(r"(https?://\S+\n)|(?<![:.!?\n])\n(?=[a-z(])")


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """``text`` without HTML, entities, link targets, headings, emphasis and runs of blanks; placeholders (``<owner>``) stay."""
    text = text[:_LONGEST]
    if "<" in text:
        end = text.rfind("-->") + 3 if "-->" in text else 0  # behind it no comment is one, however often one begins
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
    """``text`` cleaned, without what points elsewhere, in at most ``limit`` characters.

    Of a ``tool``'s text, what it says of tokens and their scopes goes as well; in the text of a value that may be its point.
    Where nothing would be left, all of it stays.
    """
    told = _WRAPPED.sub(lambda found: found[1] or " ", _MARKED.sub(r"\1", clean(text)))
    if tool and (use := _USE.match(told)):
        told = told[use.end()].upper() + told[use.end() + 1 :]
    kept = "".join(part for part in _SENTENCE.findall(told) if not _is_aside(part.strip(), tool))
    return shorten(_tidy(kept) or told, limit)


@lru_cache(maxsize=8192)  # operations say the same of tokens, previews and media types
def _is_aside(sentence: str, tool: bool) -> bool:
    if _ELSEWHERE.match(sentence):
        return True
    folded = sentence.casefold()  # a word is found much faster than what may stand around it
    if "case" in folded and _ANY_CASE.fullmatch(sentence):
        return True
    if not tool:
        return False
    is_access = any(word in folded for word in _ACCESS_WORDS) and _ACCESS.search(sentence)
    return bool(is_access or _MEDIA.match(sentence) or _PREVIEW.match(sentence))


def join_once(summary: str, description: str) -> str:
    """Both strings as one, without the summary where the description begins with the same in other words."""
    if not summary or not description:
        return description or summary
    said, first = _stems(summary), _stems(re.split(r"[.\n]", description, maxsplit=1)[0])
    if description.casefold().startswith(summary.casefold()) or (said and len(said & first) >= 0.6 * len(said)):
        return description
    return f"{summary}{'' if summary[-1] in '.!?:' else '.'} {description}"


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences and lines of a clean text, each with the blanks behind it; together they are the text."""
    return tuple(_SENTENCE.findall(text))


def _stems(text: str) -> frozenset[str]:
    """The words that carry a meaning, by their beginnings: ``Lists`` and ``List`` are one."""
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
    """``text`` within ``limit`` characters: cut after a sentence, else between words and marked where it was cut."""
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
        # Scripts that put no blanks between words are cut anywhere, as is one word that is longer than the text may be.
        if space > limit // 2 or (space > 0 and words and words[-1].isascii()):
            cut = cut[:space]
    return cut.rstrip() + "…"
