"""Find another company's packages that share import names with ours: ``composio``, ``composio-core`` and their plugins.

Both write ``composio/`` and ``composio_openai/``, so the one installed last has overwritten the other.
"""

from __future__ import annotations

import re
import sys
import warnings
from functools import cache
from importlib import metadata
from pathlib import Path

from composio.errors import ForeignPackagesWarning

__all__ = ["describe_foreign", "find_foreign", "warn_of_foreign"]

_ROOTS = frozenset({"composio", "composio-core"})
_FOLDER = re.compile(r"(?i)^(?P<name>composio(?:[-_.][a-z0-9._]+?)?)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info$")


def find_foreign() -> dict[str, str]:
    """Return names and versions of another company's installed distributions with our import names."""
    found: dict[str, str] = {}
    for folder in dict.fromkeys(sys.path):
        try:
            names = [entry.name for entry in Path(folder or ".").iterdir() if entry.name[:8].lower() == "composio"]
        except OSError:
            continue
        for match in filter(None, map(_FOLDER.match, names)):
            name = re.sub(r"[-_.]+", "-", match["name"]).lower()
            if name in _ROOTS or _needs_root(name):
                found.setdefault(name, match["version"])
    return dict(sorted(found.items()))


def _needs_root(name: str) -> bool:
    # A third party's plugin for this project requires opencomposio-core; theirs require their own core.
    try:
        stated = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return False
    return any(re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0].lower().replace("_", "-") in _ROOTS for text in stated)


def describe_foreign(found: dict[str, str]) -> str:
    """Return one line that names them and says what to do; empty if there are none."""
    if not found:
        return ""
    names = ", ".join(f"{name} {version}" for name, version in found.items())
    return (
        f"{names} {'is' if len(found) == 1 else 'are'} another company's and installed under the same import names as Composio's"
        f" own packages. Run: pip uninstall {' '.join(found)}; then install the opencomposio packages again."
    )


@cache  # warn once per process
def warn_of_foreign() -> None:
    """Warn with :class:`ForeignPackagesWarning` if there are any."""
    if said := describe_foreign(find_foreign()):
        warnings.warn(said, ForeignPackagesWarning, stacklevel=4)
