"""The look of the site: colour, type and space are the dashboard's, as its pages have them."""

from __future__ import annotations

import re
from pathlib import Path

from composio.errors import ConfigurationError

__all__ = ["DASHBOARD", "tokens"]

DASHBOARD = Path(__file__).parents[2] / "plugins" / "server" / "composio_server" / "pages" / "static" / "pages.css"
_LIGHT = re.compile(r"^:root \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_DARK = re.compile(r"^@media \(prefers-color-scheme: dark\) \{\n  :root \{\n(.*?)^  \}", re.MULTILINE | re.DOTALL)


def tokens(css: str) -> str:
    """Return the tokens of a style sheet, for pages whose readers may choose light or dark themselves.

    ``data-theme`` on the root element is their choice. Raises ``ConfigurationError`` if the sheet has no tokens for both.
    """
    light, dark = _LIGHT.search(css), _DARK.search(css)
    if light is None or dark is None:
        raise ConfigurationError("The dashboard's style sheet has no :root with tokens for light and for dark.")
    own = f"  color-scheme: dark;\n{dark[1]}"
    return (
        f"/* Made of {DASHBOARD.name} by nox -s docs. */\n:root {{\n{light[1]}}}\n:root[data-theme=light] {{ color-scheme: light; }}\n"
        f"@media (prefers-color-scheme: dark) {{\n  :root:not([data-theme=light]) {{\n{own}  }}\n}}\n"
        f":root[data-theme=dark] {{\n{own}}}\n"
    )
