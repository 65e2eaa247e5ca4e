"""Compares what apps' files say of a login with what published packages know of it: ``nox -s catalog -- --audit``.

Nothing is decided here: each line is a difference that somebody has to look at, with what both sides say. Facts are taken from
@nangohq/providers and grant (npm) and from social-auth-core (PyPI); the packages are pinned, and only their data is read.

    python scripts/audit_auth.py           # the differences
    python scripts/audit_auth.py --json    # every comparison, the agreements too
    python scripts/audit_auth.py slack     # some apps only
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from rich.console import Console
from rich.table import Table

import composio_apps
from composio.catalog.definition import AppDefinition
from composio.catalog.sources.integration import load_integration
from composio.catalog.sources.packages import npm, pip_archive
from composio.process.home import Home

NANGO: Final = ("@nangohq/providers", "0.71.10")
GRANT: Final = ("grant", "5.4.24")
SOCIAL: Final = ("social-auth-core", "7.0.0")
_LIMIT: Final = 20_000_000  # bytes of one file
# Placeholders for a part from the account: ${connectionConfig.x}, {{x}}, {x}, [x].
_VARIABLE: Final = re.compile(r"\$\{[^}]*\}|\{\{[^}]*\}\}|\{[^}]*\}|\[[^\]]*\]")
_URLS: Final = ("authorization_url", "token_url")
# Suffixes of a provider's name in sources with several of its logins.
_WHICH: Final = re.compile(r"(-(oauth2?|api-?key|pat|basic|v\d|cc|app))+$")


@dataclass(frozen=True, slots=True)
class Login:
    """A source's data about an app's login. ``headers`` are the names of those with a key."""

    source: str
    mode: str
    authorization_url: str = ""
    token_url: str = ""
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact: the app file's value, ``ours``, and a source's."""

    app: str
    source: str
    fact: str
    theirs: str
    ours: tuple[str, ...] = field(default=())
    agrees: bool = False


def read_nango(text: str) -> Iterator[tuple[str, Login]]:
    """Return logins by provider. A provider may be an ``alias`` with only the differences."""
    providers: Mapping[str, dict[str, Any]] = yaml.safe_load(text)
    for name, own in providers.items():
        node = {**providers.get(str(own.get("alias")), {}), **own}
        headers = (node.get("proxy") or {}).get("headers") or {}
        carrying = tuple(str(header).lower() for header, value in headers.items() if "${" in str(value))
        urls = {key: str(node[key]) for key in _URLS if isinstance(node.get(key), str)}
        yield _WHICH.sub("", name), Login("@nangohq/providers", str(node.get("auth_mode")), headers=carrying, **urls)


def read_grant(text: str) -> Iterator[tuple[str, Login]]:
    """Return logins by provider."""
    for name, node in json.loads(text).items():
        mode = "OAUTH1" if str(node.get("oauth")) == "1" else "OAUTH2"
        yield name, Login("grant", mode, str(node.get("authorize_url", "")), str(node.get("access_url", "")))


def read_social(archive: Path) -> Iterator[tuple[str, Login]]:
    """Return logins by backend: classes whose constants are a name and two URLs. The code is parsed and never run."""
    with zipfile.ZipFile(archive) as wheel:
        for member in wheel.namelist():
            if member.startswith("social_core/backends/") and member.endswith(".py"):
                yield from _read_backends(wheel.read(member))


def _read_backends(source: bytes) -> Iterator[tuple[str, Login]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            said = dict(_constants(node.body))
            if {"name", "AUTHORIZATION_URL", "ACCESS_TOKEN_URL"} <= said.keys():
                mode = "OAUTH1" if any("OAuth1" in ast.unparse(base) for base in node.bases) else "OAUTH2"
                name = re.sub(r"-?oauth\d?$", "", said["name"])
                yield name, Login("social-auth-core", mode, said["AUTHORIZATION_URL"], said["ACCESS_TOKEN_URL"])


def _constants(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))):
                yield name, value


def spell(name: str) -> str:
    """Normalise a name for comparison: without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def reduce(url: str) -> str:
    """Return host and path of a URL with ``*`` for parts from the account."""
    parts = urlsplit(_VARIABLE.sub("*", url.strip()))
    return f"{parts.netloc.removeprefix('www.')}{parts.path.rstrip('/')}".lower()


def agree(theirs: str, ours: str) -> bool:
    """Return whether two URLs may be the same: a ``*`` of either matches any part between slashes."""
    left, right = reduce(theirs), reduce(ours)
    return left == right or any(
        re.fullmatch(re.escape(one).replace(r"\*", "[^/]+"), other) is not None for one, other in ((left, right), (right, left))
    )


def compare(definition: AppDefinition, login: Login) -> Iterator[Compared]:
    """Return a file's facts one by one, each with a source's."""
    app, schemes = definition.app.key, definition.app.auth_schemes
    modes = tuple(dict.fromkeys(scheme.auth_mode for scheme in schemes))
    if login.mode in ("OAUTH1", "OAUTH2"):
        flows = [scheme for scheme in schemes if scheme.auth_mode in ("OAUTH1", "OAUTH2")]
        yield Compared(app, login.source, "has a login by OAuth", login.mode, modes, bool(flows))
        for fact in _URLS if flows else ():
            ours = tuple(dict.fromkeys(str(scheme.extra.get(fact, "")) for scheme in flows))
            # Several, of which the first that can be filled counts.
            if theirs := [one.strip() for one in str(getattr(login, fact)).split("||") if "://" in one]:
                is_same = any(agree(one, our) for one in theirs for our in ours)
                yield Compared(app, login.source, fact, " or ".join(theirs), ours, is_same)
    elif login.mode == "API_KEY" and login.headers:
        bearer = ["authorization"] if "BEARER_TOKEN" in modes or "BASIC" in modes else []
        ours = (*bearer, *dict.fromkeys(name.lower() for scheme in schemes for name in scheme.proxy.headers))
        yield Compared(app, login.source, "header", login.headers[0], ours, login.headers[0] in ours)


def collect(cache: Path) -> Iterator[tuple[str, Login]]:
    """Return each source's data, by the spelling of the provider's name."""

    def report(_what: str, _done: int, _total: int) -> None: ...

    nango = npm(*NANGO, "providers.yaml", _LIMIT, cache, report)
    grant = npm(*GRANT, "config/oauth.json", _LIMIT, cache, report)
    yield from read_nango(nango.decode())
    yield from read_grant(grant.decode())
    yield from read_social(pip_archive(*SOCIAL, cache, report))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("apps", nargs="*")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    known: dict[str, list[Login]] = {}
    for name, login in collect(Home().folder("cache")):
        known.setdefault(spell(name), []).append(login)
    found: list[Compared] = []
    apps = with_source = 0
    for file in sorted(Path(composio_apps.__path__[0]).glob("*/integration.yaml")):
        if asked.apps and file.parent.name not in asked.apps:
            continue
        definition = load_integration(file)
        logins = {one for name in (definition.app.key, definition.app.name) for one in known.get(spell(name), ())}
        apps, with_source = apps + 1, with_source + bool(logins)
        found += [one for login in sorted(logins, key=lambda one: one.source) for one in compare(definition, login)]
    if asked.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return 0
    _show(found, apps, with_source)
    return 0


def _show(found: list[Compared], apps: int, with_source: int) -> None:
    table = Table("app", "fact", "source", "it says", "the file says", title="Differences")
    differ = [one for one in found if not one.agrees]
    for one in differ:
        table.add_row(one.app, one.fact, one.source, one.theirs, "\n".join(one.ours))
    console = Console(width=160)
    console.print(table)
    console.print(
        f"{apps} apps, of which {with_source} are known to a source; {len(found) - len(differ)} facts agree, {len(differ)} differ."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
