"""Copies into the package what pages load from others: htmx, and the logos of apps. PyPI packages bring them, which the build requires."""

from __future__ import annotations

import json
import re
from importlib import import_module
from importlib.metadata import files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HTMX = "composio_server/pages/static/htmx.js"
LOGOS = "composio_server/pages/static/logos.json"
NAMED = "composio_server/pages/logos.tsv"
# The data of an SVG path. Source: SVG 2, 9.3.
PATH = re.compile(r'\sd="([MmZzLlHhVvCcSsQqTtAa0-9eE\s,.+-]+)"')


class PagesHook(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs.

    htmx is from https://htmx.org, under the Zero-Clause BSD license; logos are from https://simpleicons.org, in the public domain
    (CC0), and the trademarks of their owners.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files that pages load; raises ``FileNotFoundError`` where a package has them elsewhere."""
        del version
        Path(self.root, HTMX).write_bytes(read_htmx())
        wanted = [line.split("\t")[1] for line in Path(self.root, NAMED).read_text("utf-8").splitlines()]
        logos = {icon: read_logo(icon) for icon in sorted(set(wanted))}
        Path(self.root, LOGOS).write_text(json.dumps(logos, separators=(",", ":")), "utf-8")
        build_data["artifacts"] += [HTMX, LOGOS]


def read_htmx() -> bytes:
    """The file that pages load."""
    found = next((one for one in files("django-htmx") or () if one.name == "htmx-2.min.js"), None)
    if found is None:
        raise FileNotFoundError("django-htmx has no htmx-2.min.js. Require a version of it that has.")
    return Path(str(found.locate())).read_bytes()


def read_logo(icon: str) -> list[str]:
    """A logo's colour, as six hexadecimal digits, and the data of its path, on 24 by 24 units."""
    try:
        module = import_module(f"simplepycons._{icon}")
        [kind] = [one for name, one in vars(module).items() if name.endswith("Icon") and name != "Icon"]
        color, svg = kind().primary_color, kind().raw_svg
    except ModuleNotFoundError:  # some brands left Simple Icons, and an older version has them
        former = import_module("simpleicons.all").icons.get(icon)
        if former is None:
            raise FileNotFoundError(f"No logo is called {icon}. Remove it from {NAMED}.") from None
        color, svg = former.hex, former.svg
    [path] = PATH.findall(svg)
    return [color.removeprefix("#").lower(), " ".join(path.split())]
