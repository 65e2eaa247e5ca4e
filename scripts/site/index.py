"""The index that the browser searches: every action's name and what it does, in one script that works from a file too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from scripts.site.views import Brief

__all__ = ["lines_of", "write_index"]

_ABOUT = 70


def lines_of(app: str, briefs: Iterable[Brief]) -> str:
    """Return an app's actions, one per line.

    A line is ``!`` if important, the name without the app's, and after a tab the omitted part.
    """
    prefix = f"{app.upper()}_"
    return "\n".join(_line(prefix, one) for one in briefs)


def _line(prefix: str, one: Brief) -> str:
    # A name in another app's form is written in full, after a slash.
    name = one.slug.removeprefix(prefix) if one.slug.startswith(prefix) else f"/{one.slug}"
    said = set(name.lower().split("_"))
    text = next((t for t in (one.title, one.about) if not {w.strip(".,;:()").lower() for w in t.split()} <= said), "")
    if len(text) > _ABOUT:
        text = f"{text[:_ABOUT].rsplit(' ', 1)[0].rstrip(' ,;:.')}…"
    about = " ".join(text.replace("\t", " ").split())
    return f"{'!' if one.important else ''}{name}" + (f"\t{about}" if about else "")


def write_index(apps: Sequence[tuple[str, str, str]], pages: Sequence[tuple[str, str]]) -> str:
    """Return the script: ``apps`` are key, name and lines; ``pages`` URL and title of the documentation."""
    value = json.dumps({"apps": apps, "pages": pages}, ensure_ascii=False, separators=(",", ":"))
    # Characters that end a script or a line in older engines are escaped.
    for raw in "<>\u2028\u2029":
        value = value.replace(raw, f"\\u{ord(raw):04x}")
    return f"window.directoryIndex={value};\n"
