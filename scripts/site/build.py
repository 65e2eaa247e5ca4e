"""Write the site: apps and actions in several processes, then the lists, the index and the documentation."""

from __future__ import annotations

import gzip
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from composio import __version__
from composio.backend import ActionQuery
from composio.embedded import EmbeddedBackend
from composio.errors import ConfigurationError
from composio.model.app import AppModel
from composio_server.pages.logos import read_logos
from scripts.site import manual, reference
from scripts.site.index import lines_of, write_index
from scripts.site.look import DASHBOARD, tokens
from scripts.site.prose import foreign_inline, plain
from scripts.site.views import MODES, POPULAR, AppView, Brief, brief, hue_of, view_action, view_app

__all__ = ["Built", "build"]

HERE = Path(__file__).parent
MARK = ".composio-site"
_SMALL_GROUP = 3
# Code may be wider than its place: keyboard users scroll the focused element. Others' text contains no tags.
_CODE = re.compile(r"<pre\b")


@dataclass(slots=True)
class Built:
    """The written files. ``unsure`` counts actions without valid example arguments; sizes are in bytes."""

    apps: int = 0
    actions: int = 0
    pages: int = 0
    unsure: int = 0
    bytes: int = 0
    index: int = 0
    index_packed: int = 0


@dataclass(frozen=True, slots=True)
class _Done:
    """One app: the data for the lists and the index."""

    key: str
    lines: str
    unsure: int


def build(out: Path, *, everything: bool = False, only: Sequence[str] = (), jobs: int = 1, home: Path | None = None) -> Built:
    """Write the site into ``out`` from the compiled apps.

    ``everything`` compiles all apps first, ``only`` limits the actions.

    A folder that this did not create is refused with an error.
    """
    _clear(out)
    with closing(EmbeddedBackend(home=home)) as backend:
        if everything:
            backend.operator.update_apps(everything=True)
        apps = sorted(backend.run(backend.apps), key=lambda a: a.name.casefold())
    chosen = [a for a in apps if a.compiled and (not only or a.key in only)]
    site = Site(out)
    built = Built(apps=len(apps), actions=sum(a.actions for a in chosen))
    chosen.sort(key=lambda a: -a.actions)
    done = {one.key: one for one in _write_apps(site, chosen, jobs, home)}
    for app in apps:
        if app.key not in done:
            site.app(replace(view_app(app), listed=False))
    pages = [*manual.write(site), *reference.write(site)]
    site.lists(apps)
    rows = [(a.key, a.name, done[a.key].lines if a.key in done else "") for a in apps]
    index = write_index(rows, pages)
    (out / "assets" / "index.js").write_text(index, "utf-8")
    built.unsure = sum(one.unsure for one in done.values())
    built.index, built.index_packed = len(index.encode()), len(gzip.compress(index.encode()))
    for file in out.rglob("*"):
        if file.is_file():
            built.pages += file.suffix == ".html"
            built.bytes += file.stat().st_size
    return built


def _clear(out: Path) -> None:
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise ConfigurationError(f"{out} holds other files; name a new or an empty folder.")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARK).write_text("Made by nox -s docs; the next run replaces this folder.\n", "utf-8")
    shutil.copytree(HERE / "assets", out / "assets")
    (out / "assets" / "logos").mkdir()
    for app, image in read_logos().items():
        (out / "assets" / "logos" / f"{app}.svg").write_text(image, "utf-8")
    (out / "assets" / "tokens.css").write_text(tokens(DASHBOARD.read_text("utf-8")), "utf-8")


def _write_apps(site: Site, apps: Sequence[AppModel], jobs: int, home: Path | None) -> Iterator[_Done]:
    if jobs == 1 or len(apps) < 2:
        with closing(EmbeddedBackend(home=home)) as backend:
            yield from (_write_app(site, backend, app) for app in apps)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(site.out, home)) as pool:
        yield from pool.map(_work, apps)


_STATE: list[Any] = []


def _begin(out: Path, home: Path | None) -> None:
    _STATE[:] = [Site(out), EmbeddedBackend(home=home)]


def _work(app: AppModel) -> _Done:
    return _write_app(_STATE[0], _STATE[1], app)


def _write_app(site: Site, backend: EmbeddedBackend, app: AppModel) -> _Done:
    actions = backend.run(lambda: backend.actions(ActionQuery(apps=(app.key,), everything=True)))
    view = view_app(app)
    briefs = [brief(one) for one in actions]
    unsure = 0
    folder = site.out / "apps" / app.key
    folder.mkdir(parents=True, exist_ok=True)
    for action in actions:
        shown = view_action(action, backend.catalog.responses(action.slug))
        unsure += not shown.valid
        site.write(f"apps/{app.key}/{action.slug}.html", "action.html", app=view, view=shown)
    site.app(replace(view, groups=_grouped(briefs)))
    return _Done(app.key, lines_of(app.key, briefs), unsure)


def _grouped(briefs: list[Brief]) -> dict[str, list[Brief]]:
    """Return the most used actions first, then by tag; tags with few actions together at the end."""
    first = [one for one in briefs if one.important]
    groups: dict[str, list[Brief]] = {"Most used": first} if first and len(first) < len(briefs) else {}
    by_tag = defaultdict(list)
    for one in briefs:
        if one not in groups.get("Most used", ()):
            by_tag[one.group].append(one)
    rest = by_tag.pop("", [])
    for tag in sorted(by_tag, key=str.casefold):
        if len(by_tag[tag]) < _SMALL_GROUP:
            rest += by_tag[tag]
        else:
            groups[tag] = by_tag[tag]
    if rest:
        groups["Other actions" if groups else "Actions"] = sorted(rest, key=lambda one: one.slug)
    return groups


class Site:
    """The folder and the templates."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(version=__version__, modes=MODES, inline=foreign_inline, plain=plain)
        self.template = cache(self.environment.get_template)

    def write(self, path: str, template: str, **values: Any) -> None:
        """Write one page; ``root`` leads from it to the top of the site."""
        file = self.out / path
        if not file.parent.is_dir():
            file.parent.mkdir(parents=True)
        page = self.template(template).render(root="../" * path.count("/"), **values)
        file.write_text(_CODE.sub(r'\g<0> tabindex="0"', page), "utf-8")

    def app(self, view: AppView) -> None:
        """An app's page."""
        self.write(f"apps/{view.app.key}.html", "app.html", view=view, app=view.app)

    def lists(self, apps: Sequence[AppModel]) -> None:
        """Write the first page, and the list of all apps."""
        views = [view_app(app) for app in apps]
        by_key = {view.app.key: view for view in views}
        popular = [by_key[key] for key in POPULAR if key in by_key] or views[:24]
        categories: dict[str, int] = defaultdict(int)
        for app in apps:
            for one in app.categories:
                categories[one] += 1
        facts = {"apps": len(apps), "actions": sum(a.actions for a in apps if a.compiled)}
        top = sorted(categories.items(), key=lambda item: (-item[1], item[0]))
        self.write("search.html", "search.html")
        self.write("index.html", "home.html", popular=popular, categories=top[:18], facts=facts)
        self.write("apps/index.html", "apps.html", views=views, categories=top, facts=facts, hue_of=hue_of)
