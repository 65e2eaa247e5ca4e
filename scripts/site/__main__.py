"""Build the site: ``python -m scripts.site [FOLDER] [--all] [--app KEY ...] [--jobs N]``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from composio.errors import ComposioError
from scripts.site.build import build


def main(argv: list[str] | None = None) -> int:
    """Build the site, and print a summary."""
    parser = argparse.ArgumentParser(prog="nox -s docs --", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("dist/site"), help="where the pages go; dist/site")
    parser.add_argument("--all", action="store_true", help="compile every app first")
    parser.add_argument("--app", action="append", default=[], metavar="KEY", help="only this app's actions; repeatable")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes; one per core")
    given = parser.parse_args(argv)
    began = time.monotonic()
    try:
        done = build(given.folder, everything=given.all, only=tuple(given.app), jobs=max(1, given.jobs))
    except (ComposioError, OSError) as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    print(f"{done.apps} apps, {done.actions} actions, {done.pages} pages in {time.monotonic() - began:.0f} s")
    print(f"{done.bytes / 1e6:.0f} MB, search index {done.index / 1e6:.2f} MB ({done.index_packed / 1e6:.2f} MB compressed)")
    if done.unsure:
        print(f"{done.unsure} actions have no example: no valid arguments were found for them")
    print(f"Open {(given.folder / 'index.html').resolve()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
