"""Size and number of packages of core and the OpenAI plugin, installed from wheels into an empty environment."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def rows() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder, "site")
        parts = [str(ROOT / part) for part in ("core", "plugins/apps", "plugins/openai")]
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(site), *parts]
        subprocess.run(command, check=True)
        size = sum(p.stat().st_size for p in site.rglob("*") if p.is_file() and not p.is_symlink())
        packages = len(list(site.glob("*.dist-info")))
    return [("core + openai plugin, installed", f"{size / 1e6:.1f} MB, {packages} packages", "<= 60 MB, <= 40 packages")]
