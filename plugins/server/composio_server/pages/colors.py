"""Adjust a chosen colour so that it is readable on both backgrounds. Source: WCAG 2.2, 1.4.3 and 1.4.11."""

from __future__ import annotations

import colorsys
from typing import Final, TypeAlias

__all__ = ["PAPER", "accents_of", "contrast"]

Rgb: TypeAlias = tuple[float, float, float]
PAPER: Final = {"light": "ffffff", "dark": "171c24"}
"""The background of text in the colour, as in ``static/pages.css``."""
_READABLE = 4.5
_STEPS = 100


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, each like ``1a7f37``: from 1 to 21."""
    light, dark = sorted((_luminance(_parse(one)), _luminance(_parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def accents_of(color: str) -> str:
    """Return the style sheet with ``color``, like ``1a7f37``, as the accent: darker or lighter if necessary."""
    light, dark = (_readable(color, paper) for paper in PAPER.values())
    return (
        f":root{{--accent:#{light};--on-accent:#{_ink_on(light)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:#{dark};--on-accent:#{_ink_on(dark)}}}}}\n"
    )


def _readable(color: str, paper: str) -> str:
    """Return the readable colour on ``paper`` with the hue of ``color`` that is nearest to it."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parse(color))
    end = 0.0 if _luminance(_parse(paper)) > 0.5 else 1.0
    for step in range(_STEPS + 1):
        part = step / _STEPS
        found = _format(colorsys.hls_to_rgb(hue, lightness + (end - lightness) * part, saturation))
        if contrast(found, paper) >= _READABLE:
            return found
    return "000000" if end == 0.0 else "ffffff"


def _ink_on(color: str) -> str:
    return max("ffffff", "000000", key=lambda ink: contrast(ink, color))


def _parse(color: str) -> Rgb:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _format(rgb: Rgb) -> str:
    return "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in rgb)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
