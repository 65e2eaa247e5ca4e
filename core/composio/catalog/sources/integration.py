"""Read ``integration.yaml``, the file that defines an app.

Source of the format: documentation page "Adding Your Own App". Our additions: ``spec`` (the location of API descriptions),
``important``, ``aliases``, ``hide_parameters``, ``defaults``, ``flows``, ``actions``, ``envelope`` and a field's ``env``.
``integration.schema.json`` beside this module is its published schema. A mistake raises ``IntegrationFileError``;
:func:`check_integration` finds them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.sources.explain import at, explain_all, first
from composio.catalog.sources.modes import AUTHORIZATION, BROUGHT, FILLED_BY_FLOW, needed
from composio.catalog.sources.yamlfile import mistakes, read_yaml
from composio.errors import IntegrationFileError, nearest
from composio.model.app import AppModel, AuthField, AuthScheme, Envelope, Provenance, Proxy
from composio.model.flows import make_labels
from composio.model.peers import PeerServer
from composio.process.forks import no_fork

__all__ = ["FILE_NAME", "check_integration", "keys_of_broken", "load_integration", "schema"]

FILE_NAME: Final = "integration.yaml"

# What the file may declare once for all its schemes with a flow.
_FOR_ALL: Final = ("callback_url", "token_response_metadata", "callback_parameters", "callback_signature")
_DOCUMENTED: Final = frozenset({"name", "auth_mode", "fields", "proxy", "security"})


def load_integration(path: Path) -> AppDefinition:
    """Return the app that ``path`` defines: an ``integration.yaml``, or its folder."""
    file = _file(path)
    data = read_yaml(file)
    reader = _Reader(file, data)
    if (error := first(_validator().iter_errors(data))) is not None:
        raise reader.error(*explain_all(error, schema())[0])
    found = reader.definition()
    if reader.found:
        raise reader.found[0]
    return found


def check_integration(path: Path) -> list[IntegrationFileError]:
    """Return all mistakes in the file, in its order as far as possible; empty if it can be loaded."""
    file = _file(path)
    if found := mistakes(file):
        return found
    data = read_yaml(file)
    if not isinstance(data, Mapping):
        return [_Reader(file, {}).error("file", _not_a_mapping(data))]
    reader = _Reader(file, data)
    wrong: set[tuple[str | int, ...]] = set()
    for error in _validator().iter_errors(data):
        wrong.add(tuple(error.instance_path)[:2])
        for field, problem in explain_all(error, schema()):
            reader.fail(field, problem)
    reader.check(wrong)
    return sorted({str(error): error for error in reader.found}.values(), key=lambda error: _line(data, error.field))


def keys_of_broken(path: Path) -> set[str]:
    """Return the keys under which a broken file may be requested: its folder's name, and its ``unique_key`` if readable."""
    file = _file(path)
    try:
        found = re.search(r"^unique_key\s*:\s*[\"']?([A-Za-z][A-Za-z0-9_]*)", file.read_text("utf-8", "replace"), re.MULTILINE)
    except OSError:
        found = None
    return {file.parent.name.lower(), *([found[1].lower()] if found else [])}


def _file(path: Path) -> Path:
    return path / FILE_NAME if path.is_dir() else path


def _line(data: Mapping[str, Any], field: str) -> int:
    """Return the position of a field's section; missing ones come last."""
    names = list(data)
    top = re.split(r"[.\[]", field)[0]
    return names.index(top) if top in names else len(names)


def _not_a_mapping(data: Any) -> str:
    return f"expected a mapping (name: value) at the top, got {type(data).__name__}"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """Return the published JSON Schema of the file."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("integration.schema.json").read_text("utf-8"))
    return found


@lru_cache(maxsize=1)
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(dict(schema()))


@lru_cache(maxsize=1)
def _jinja() -> Any:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=False)
    environment.filters["b64encode"] = str
    return environment


@lru_cache(maxsize=1024)
def _names_in(template: str) -> frozenset[str]:
    """Return the variables of a template. Cached, as hundreds of apps share a few: ``Bearer {{access_token}}``."""
    from jinja2 import meta

    environment = _jinja()
    with no_fork:  # Jinja keeps its lexers under a lock of its own
        parsed = environment.parse(template)
    environment.compile(parsed)  # defines the filters and tests; parsing does not
    return frozenset(meta.find_undeclared_variables(parsed))


class _Reader:
    """Convert one file's data to an :class:`AppDefinition`; ``file`` is what errors name, ``found`` has the mistakes."""

    def __init__(self, file: Path, data: Any) -> None:
        self.file = file
        self.found: list[IntegrationFileError] = []
        if not isinstance(data, Mapping):
            raise self.error("file", _not_a_mapping(data))
        self.data: Mapping[str, Any] = data
        self.key = str(data.get("unique_key", "")).lower()

    def error(self, field: str, problem: str) -> IntegrationFileError:
        return IntegrationFileError(str(self.file), field, problem)

    def fail(self, field: str, problem: str) -> None:
        self.found.append(self.error(field, problem))

    def check(self, wrong: set[tuple[str | int, ...]]) -> None:
        """Find mistakes that a schema cannot, in the parts with the right form; ``wrong`` has the paths of the others."""
        sections = {path[0] for path in wrong if path}
        if not {"aliases", "unique_key"} & sections and self.key:
            self.check_aliases()
        if "spec" not in sections:
            for where, spec in self.specs():
                if isinstance(spec.overlay, str) and spec.overlay and not (self.file.parent / spec.overlay).is_file():
                    self.fail(at((*where, "overlay")), f"there is no file {spec.overlay!r} in {self.file.parent}")
                if spec.kind == "file" and not (self.file.parent / spec.path).is_file():
                    self.fail(at((*where, "file")), f"there is no file {spec.path!r} in {self.file.parent}")
        shared = Proxy() if "proxy" in sections else _proxy(self.data.get("proxy", {}))
        if ("auth_schemes",) not in wrong and sections.isdisjoint(_FOR_ALL):
            self.schemes(shared, {path[1] for path in wrong if path[:1] == ("auth_schemes",)})

    def definition(self) -> AppDefinition:
        data = self.data
        self.check_aliases()
        specs = [spec for _, spec in self.specs()] or [SpecSource(kind="none")]
        sources = [f"{s.kind}:{s.package}@{s.version}" if s.package else s.path or s.url for s in specs]
        shared = _proxy(data.get("proxy", {}))
        static = {name: value for name, value in shared.headers.items() if not _is_template(value)}
        base_url = shared.base_url if shared.base_url and not _is_template(shared.base_url) else None
        shared = replace(
            shared,
            base_url=None if base_url else shared.base_url,
            headers={name: value for name, value in shared.headers.items() if name not in static},
        )
        app = AppModel(
            key=self.key,
            name=data["name"],
            description=data.get("description", ""),
            logo=data.get("logo", ""),
            docs=data.get("docs", ""),
            categories=tuple(data.get("categories", ())),
            auth_schemes=self.schemes(shared),
            base_url=base_url,
            headers=static,
            envelope=Envelope(**data["envelope"]) if "envelope" in data else None,
            expired_token_errors=tuple(data.get("expired_token_errors", ())),
            get_current_user_endpoint=data.get("get_current_user_endpoint"),
            idempotency_header=data.get("idempotency", {}).get("header", ""),
            idempotency_argument=data.get("idempotency", {}).get("argument", ""),
            provenance=Provenance(
                source=_join(sources), version=_join(s.version for s in specs), license=_join(s.license for s in specs)
            ),
        )
        return AppDefinition(
            app=app,
            spec=specs[0],
            further=tuple(specs[1:]),
            actions_from=(borrowed,) if isinstance(borrowed := data.get("actions_from", ()), str) else tuple(borrowed),
            folder=self.file.parent,
            file=self.file,
            important=tuple(data.get("important", ())),
            aliases=dict(data.get("aliases", {})),
            hide=tuple(data.get("hide_parameters", ())),
            defaults=dict(data.get("defaults", {})),
            flows={name: make_labels(said) for name, said in data.get("flows", {}).items()},
            actions=data.get("actions"),
            always_authenticate=data.get("always_authenticate", False),
        )

    def check_aliases(self) -> None:
        prefix = f"{self.key.upper()}_"
        for alias in self.data.get("aliases", {}):
            if not alias.startswith(prefix) or alias == prefix:
                self.fail(f"aliases.{alias}", f"must begin with {prefix}, as other apps' actions have names too")

    def specs(self) -> list[tuple[tuple[str | int, ...], SpecSource]]:
        """Return every description with its place in the file. If there are several, each has a name."""
        listed = self.data.get("spec", [])
        entries = enumerate(listed) if isinstance(listed, list) else [(None, listed)]
        found: list[tuple[tuple[str | int, ...], SpecSource]] = []
        for index, raw in entries:
            where: tuple[str | int, ...] = ("spec",) if index is None else ("spec", index)
            found += [(where, spec) for spec in self.spec(raw, where)]
        names: set[str] = set()
        for place, spec in found if len(found) > 1 else ():
            if spec.name.lower() in names:
                problem = f"another description is called {spec.name!r}; give each a different `name`"
                self.fail(at((*place, "name")), problem)
            names.add(spec.name.lower())
        return found

    def spec(self, raw: Mapping[str, Any], where: tuple[str | int, ...]) -> list[SpecSource]:
        """Return the descriptions of one entry: a package may contain several."""
        kinds: tuple[Literal["file", "npm", "pip"], ...] = ("file", "npm", "pip")
        named = [kind for kind in kinds if kind in raw]
        if len(named) > 1:
            self.fail(at(where), f"names {' and '.join(named)}; keep one, with `url` as the way without it")
        url, kind = raw.get("url", ""), named[0] if named else None
        more: dict[str, Any] = {name: raw.get(name, "") for name in ("version", "license", "sha256", "base_url")}
        more |= {name: tuple(raw.get(name, ())) for name in ("allow_refs", "include", "exclude")}
        overlay = raw.get("overlay", ())
        more["overlay"] = overlay if isinstance(overlay, str) else tuple(overlay)
        if "path" in raw and kind in {None, "file"}:
            why = "a URL has no further path" if kind is None else "`file` already is the path"
            self.fail(at((*where, "path")), f"belongs to a spec with `npm` or `pip`; {why}")
        if "sha256" in raw and kind in {None, "file"}:
            self.fail(at((*where, "sha256")), "belongs to a spec with `npm` or `pip`; it is the hash of a package file")
        if "reader" in raw:
            return [self.package(raw, kind, where, more)]
        if "mcp" in raw:
            more["server"] = self.server(raw["mcp"], (*where, "mcp"))
            if kind != "file":
                self.fail(at((*where, "file")), "is missing: the file that the server's tools are kept in, such as mcp.json")
        if kind is None or kind == "file":
            path = raw.get("file", "")
            name = raw.get("name") or _stem(path or urlsplit(url).path)
            return [SpecSource(kind=kind or "url", path=path, url=url, name=name, **more)]
        paths = raw["path"] if isinstance(raw["path"], list) else [raw["path"]]
        if url and len(paths) > 1:
            self.fail(at((*where, "url")), "is one description; leave it out where `path` lists several")
        for path in paths:
            if path.startswith("/") or ".." in path.split("/") or "\\" in path:
                self.fail(at((*where, "path")), f"expected a path inside the package such as generated/api.json, got {path!r}")
        return [
            SpecSource(kind=kind, package=raw[kind], path=path, url=url, name=_name(raw.get("name"), path, len(paths)), **more)
            for path in paths
        ]

    def package(
        self, raw: Mapping[str, Any], kind: str | None, where: tuple[str | int, ...], more: Mapping[str, Any]
    ) -> SpecSource:
        """Return the description that a package's Python is."""
        if kind != "pip":
            self.fail(at((*where, "reader")), "belongs to a spec with `pip`; it reads a package's Python")
        elif "path" in raw:
            self.fail(at((*where, "path")), "is not used with `reader`, which reads all modules of the package")
        elif raw.get("url"):
            self.fail(at((*where, "url")), "is no way to a package's Python; leave it out with `reader`")
        name = raw.get("name") or raw.get("pip", "")
        return SpecSource(kind="pip", package=raw.get("pip", ""), reader=raw["reader"], name=name, **more)

    def server(self, raw: Mapping[str, Any], where: tuple[str | int, ...]) -> PeerServer:
        """Return the MCP server that a description was read from."""
        url, command = raw.get("url", ""), tuple(raw.get("command", ()))
        if bool(url) == bool(command):
            self.fail(at(where), "expected either `url`, where the server is, or `command`, which starts it")
        elif url and "@" in urlsplit(url).netloc:
            self.fail(at((*where, "url")), "has a user name or password in it; say with auth_schemes how calls authenticate")
        if command and raw.get("transport"):
            self.fail(at((*where, "transport")), "belongs to a server with `url`")
        return PeerServer("mcp", url, command, raw.get("transport", ""), raw.get("pin", False))

    def schemes(self, shared: Proxy, wrong: Container[str | int] = ()) -> tuple[AuthScheme, ...]:
        schemes: list[AuthScheme] = []
        for index, raw in enumerate(self.data.get("auth_schemes", ())):
            if index in wrong:
                continue
            scheme = self.scheme(raw, ("auth_schemes", index), shared)
            if any(scheme.name == other.name for other in schemes):
                self.fail(at(("auth_schemes", index, "name")), f"{scheme.name!r} is already the name of another scheme")
            schemes.append(scheme)
        if not schemes and shared != Proxy():
            return (self.scheme({"auth_mode": "NO_AUTH"}, (), shared),)
        return tuple(schemes)

    def scheme(self, raw: Mapping[str, Any], path: tuple[str | int, ...], shared: Proxy) -> AuthScheme:
        mode = raw["auth_mode"]
        if mode in FILLED_BY_FLOW:
            raw = {**{name: self.data[name] for name in _FOR_ALL if name in self.data}, **raw}
        own = _proxy(raw.get("proxy", {}))
        places = dict([*_places(shared, ("proxy",)), *_places(own, (*path, "proxy"))])
        extra = {name: value for name, value in raw.items() if name not in _DOCUMENTED}
        places |= dict(_more_places(extra, path))
        used = {name: where for where, template in places.items() for name in self.names_in(template, where)}
        fields = self.fields(raw, path, mode, used)
        names = [field.name for field in fields]
        known = [*names, *BROUGHT.get(mode, ()), *self.kept(raw, path, fields, places)]
        for name, where in used.items():
            if name not in known:
                guess = nearest(name, known, 1)
                hint = f" Did you mean {guess[0]!r}?" if guess else ""
                listed = ", ".join(known) or "none"
                self.fail(at(where), f"uses {{{{{name}}}}}, which is not a field of this scheme.{hint} Known: {listed}")
        nested = [name for name, value in raw.get("token_params", {}).items() if isinstance(value, Mapping)]
        if nested and (mode != "BASIC_WITH_JWT" or raw.get("token_request_body") == "form"):
            self.fail(at((*path, "token_params", nested[0])), "expected text; only a login with a JSON body may nest")
        proxy = _over(own, shared)
        if not any(_is_template(value) for value in (*proxy.headers.values(), *proxy.query_params.values())):
            proxy = replace(proxy, headers={**proxy.headers, **_authorization(mode, fields)})
        name = raw.get("name") or f"{self.key}_{mode.lower()}"
        return AuthScheme(name, mode, fields, proxy, extra, tuple(raw.get("security", ())))

    def kept(
        self,
        raw: Mapping[str, Any],
        path: tuple[str | int, ...],
        fields: tuple[AuthField, ...],
        places: Mapping[tuple[str | int, ...], str],
    ) -> tuple[str, ...]:
        """Return the template names of values stored from callbacks and token responses: ``team.id`` is ``team_id``."""
        if raw.keys().isdisjoint(_FOR_ALL):
            return ()
        from composio.catalog.sources.keeping import check

        shared = [name for name in _FOR_ALL if name in raw and raw[name] is self.data.get(name)]
        names, problems = check(raw, path, shared, fields, places, self.names_in)
        for field, problem in problems:
            self.fail(field, problem)
        return names

    def names_in(self, template: str, where: tuple[str | int, ...]) -> frozenset[str]:
        if not _is_template(template):
            return frozenset()
        from jinja2 import TemplateSyntaxError

        try:
            return _names_in(template)
        except TemplateSyntaxError as error:
            self.fail(at(where), f"{template!r} is not a valid template: {error.message}")
            return frozenset()

    def fields(
        self, raw: Mapping[str, Any], path: tuple[str | int, ...], mode: str, used: Mapping[str, Any]
    ) -> tuple[AuthField, ...]:
        fields: list[AuthField] = []
        for index, one in enumerate(raw.get("fields", ())):
            if any(one["name"] == other.name for other in fields):
                self.fail(at((*path, "fields", index, "name")), f"{one['name']!r} is already the name of another field")
            fields.append(self.field(one, mode))
        names = {field.name for field in fields}
        # A scheme that declares other fields (a `token` instead of an `api_key`) means those; those that templates use are
        # added.
        instead = mode in {"API_KEY", "BEARER_TOKEN"} and bool(names)
        more = [n for n in needed(raw) if n["name"] not in names and (n["name"] in used or not instead)]
        return (*fields, *(self.field(one, mode) for one in more))

    def field(self, one: Mapping[str, Any], mode: str) -> AuthField:
        name, default = one["name"], one.get("default")
        env = tuple(one["env"]) if "env" in one else () if mode in FILLED_BY_FLOW else (self.variable(name),)
        return AuthField(
            name=name,
            display_name=one.get("display_name", ""),
            description=one.get("description", ""),
            type=one.get("type", "string"),
            required=one.get("required", True),
            expected_from_customer=one.get("expected_from_customer", True),
            default=None if default is None else str(default).lower() if isinstance(default, bool) else str(default),
            env=env,
            choices=tuple(map(str, one.get("enum", ()))),
        )

    def variable(self, field: str) -> str:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field)
        return f"{self.key}_{snake}".upper()


def _name(given: str | None, path: str, of: int) -> str:
    """Return a description's name: the file's, else from the member's file name."""
    return ".".join(part for part in (given, _stem(path) if of > 1 or not given else "") if part)


def _stem(path: str) -> str:
    name = path.rstrip("/").rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name.rpartition(".")[0] or name)


def _join(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(value for value in values if value))


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def _proxy(raw: Mapping[str, Any]) -> Proxy:
    return Proxy(
        base_url=raw.get("base_url"),
        headers=dict(raw.get("headers", {})),
        query_params=dict(raw.get("query_params", {})),
        path_params=dict(raw.get("path_params", {})),
    )


def _over(own: Proxy, shared: Proxy) -> Proxy:
    """Merge a scheme with the file's defaults for all schemes; header names ignore case."""
    mine = {name.lower() for name in own.headers}
    return Proxy(
        base_url=own.base_url or shared.base_url,
        headers={**{n: v for n, v in shared.headers.items() if n.lower() not in mine}, **own.headers},
        query_params={**shared.query_params, **own.query_params},
        path_params={**shared.path_params, **own.path_params},
    )


def _places(proxy: Proxy, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if proxy.base_url:
        yield (*path, "base_url"), proxy.base_url
    for part in ("headers", "query_params", "path_params"):
        for name, value in getattr(proxy, part).items():
            yield (*path, part, name), value


def _more_places(extra: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Return the other parts of a scheme with templates: URLs and the parameters of its requests."""
    for name, value in extra.items():
        if name.endswith("_url") or name == "issuer":
            yield (*path, name), value
        elif name.endswith("_params"):
            yield from _texts(value, (*path, name))


def _texts(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, (*path, name))
    else:
        yield path, value


def _authorization(mode: str, fields: tuple[AuthField, ...]) -> dict[str, str]:
    """Return the mode's default header, for schemes without one."""
    if mode == "BEARER_TOKEN":
        return {"Authorization": f"Bearer {{{{ {fields[0].name} }}}}"}
    return {"Authorization": AUTHORIZATION[mode]} if mode in AUTHORIZATION else {}
