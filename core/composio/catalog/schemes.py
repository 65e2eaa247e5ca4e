"""The auth schemes of an added app: those that its description declares, in the form of ``integration.yaml``.

Each set of security schemes that an operation needs together becomes one scheme with the fields of all of them; alternative
sets become alternative schemes. Sources: OpenAPI 3.1 and 3.2, "Security Scheme Object", "OAuth Flows Object".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from composio.catalog.importers.document import Document
from composio.catalog.importers.login import login
from composio.catalog.importers.operations import operations
from composio.catalog.importers.prefix import prefix_of
from composio.catalog.importers.providers import Published, metadata_url, published
from composio.catalog.importers.security import Declared, Security
from composio.catalog.importers.servers import defaults_of, in_use, listed, to_fill
from composio.catalog.sources.modes import AUTHORIZATION, BROUGHT
from composio.errors import SpecError
from composio.model.app import AUTH_MODES
from composio.process.addresses import is_loopback
from composio.schema.names import slugify
from composio.schema.prose import shorten

__all__ = ["Address", "Discover", "Way", "address_of", "declared_schemes", "field_of", "written"]

_FLOWS: Final = {
    "authorizationCode": ("authorization_code", ("authorizationUrl", "tokenUrl"), ""),
    "deviceAuthorization": ("device_code", ("deviceAuthorizationUrl", "tokenUrl"), "device"),
    "clientCredentials": ("client_credentials", ("tokenUrl",), "client_credentials"),
}
_URLS: Final = {
    "authorizationUrl": "authorization_url",
    "deviceAuthorizationUrl": "device_authorization_url",
    "tokenUrl": "token_url",
    "refreshUrl": "refresh_url",
}
_PLACEHOLDER: Final = re.compile(r"\{\{?\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}?\}")
_ANY_PLACEHOLDER: Final = re.compile(r"\{\{?\s*([^{}]+?)\s*\}?\}")
_USABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILLED: Final = re.compile(r"(?:[\w-]+[ =])?\{\{ ([a-z_][a-z0-9_]*)(?:\.removeprefix\('[^']*'\))? \}\}")
# Names of values in other parts of a scheme.
_TAKEN: Final = frozenset(("username", "password", "token", *(name for names in BROUGHT.values() for name in names)))
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Way:
    """How one security scheme, or several together, are sent. ``suffix`` distinguishes the variants of one scheme."""

    mode: str
    suffix: str = ""
    fields: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def beside(self, other: Way) -> Way:
        """Combine both. At most one of them sets the ``Authorization`` header."""
        main, extra = (self, other) if other.mode == "API_KEY" else (other, self)
        headers = {**main.headers, **extra.headers}
        if "Cookie" in main.headers and "Cookie" in extra.headers:
            headers["Cookie"] = f"{main.headers['Cookie']}; {extra.headers['Cookie']}"
        if main.mode in AUTHORIZATION and not main.headers:
            headers = {"Authorization": AUTHORIZATION[main.mode], **headers}
        return Way(
            main.mode,
            main.suffix or extra.suffix,
            (*main.fields, *extra.fields),
            headers,
            {**main.query, **extra.query},
            {**main.more, **extra.more},
        )


Discover = Callable[[str], Any]
"""Fetches a provider's metadata at a URL. Raises ``SpecError`` with the reason if it is not available."""


def declared_schemes(
    key: str,
    document: Mapping[str, Any],
    base: str | None,
    previous: Iterable[Mapping[str, Any]] = (),
    discover: Discover | None = None,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the schemes that ``document``, in OpenAPI's form, declares, and what is unsupported in it.

    The most used one comes first.

    ``base`` is the API's base URL, to which OAuth flows' relative URLs are relative. ``previous`` are the schemes of an earlier
    run: fields keep their names. Without ``discover`` no provider's metadata is fetched.
    """
    maker = _Maker(key, document, base, list(previous), discover)
    return maker.schemes(), maker.notes


def written(name: str, way: Way, security: Sequence[str]) -> dict[str, Any]:
    """Return a scheme in the form of ``integration.yaml``."""
    proxy = {part: dict(value) for part, value in (("headers", way.headers), ("query_params", way.query)) if value}
    return {
        "name": name,
        "auth_mode": way.mode,
        **({"security": list(security)} if security else {}),
        **({"fields": [dict(one) for one in way.fields]} if way.fields else {}),
        **way.more,
        **({"proxy": proxy} if proxy else {}),
    }


def field_of(name: str, shown: str, variable: str, about: str = "") -> dict[str, Any]:
    """Return a field with its environment variable."""
    return {"name": name, "display_name": shown, **({"description": about} if about else {}), "env": [variable]}


class _Maker:
    def __init__(
        self,
        key: str,
        document: Mapping[str, Any],
        base: str | None,
        previous: Sequence[Mapping[str, Any]],
        discover: Discover | None,
    ) -> None:
        self._key, self._prefix, self._base = key, key.upper(), base
        self._variables = _variables(document)
        self._read = Document(document)
        self._operations = list(operations(self._read))
        self._security = Security(self._read, self._operations)
        self._taken = [self._security.alternatives(one) or () for one in self._operations]
        self._previous = _place(previous)
        self._names = self._field_names()
        self.notes = [
            f"securitySchemes.{name}: nothing here signs with {what}; its calls go out without"
            for name, what in self._security.unusable.items()
        ]
        self._before = previous
        self._lost: set[str] = set()
        """Schemes whose provider could not be reached."""
        self._published: dict[str, Published] = {}
        for one in self._security.schemes.values():
            self._ask(one, discover)

    def schemes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        names: set[str] = set()
        for together in self._sets():
            if known := self._known_before(together):
                names.update(scheme["name"] for scheme in known)
                found += known
                continue
            for way in self._ways(together):
                name = _unique(_name(together, way), names)
                names.add(name)
                found.append(written(name, way, together))
        return found

    # What providers publish

    def _ask(self, one: Declared, discover: Discover | None) -> None:
        """Fetch the provider's metadata for a scheme that only gives its URL."""
        url, openid = metadata_url(one.node), one.kind == "openIdConnect"
        if not url and not openid:
            return
        member = "openIdConnectUrl" if openid else "its metadata"
        why = f"{member} is missing" if not url else "" if discover is None else self._fetch_metadata(one, url, discover)
        if one.name in self._published:
            return
        self._lost.add(one.name)
        because = f", as {why}" if why else ""
        what = "OpenID Connect" if openid else "OAuth 2"
        self._note(
            f"securitySchemes.{one.name}: {what} is offered as a token to paste{because}; for logins say where they are:"
            " --auth oauth2:AUTHORIZATION_URL,TOKEN_URL"
        )

    def _fetch_metadata(self, one: Declared, url: str, discover: Discover) -> str:
        """Return why nothing was learned; empty if something was."""
        filled = _ANY_PLACEHOLDER.sub(lambda found: self._variables.get(found[1], found[0]), url)
        address = self._url(filled)
        if address is None or "{" in address:
            return f"{url!r:.200} is {'no address with https://' if address is None else 'an address with a part to fill in'}"
        try:
            metadata = discover(address)
        except SpecError as error:
            return f"what {address} publishes can't be loaded ({str(error).rstrip('.')})"
        found = published(metadata, openid=one.kind == "openIdConnect")
        if isinstance(found, str):
            return f"what {address} publishes {found}"
        notes = len(self.notes)
        self._published[one.name] = found
        if any(True for _ in self._flows(one)):
            del self.notes[notes:]
            return ""
        del self._published[one.name], self.notes[notes:]
        return f"what {address} publishes has no endpoints with https://"

    def _known_before(self, together: tuple[str, ...]) -> list[dict[str, Any]]:
        """Keep the earlier schemes if the provider could not be reached, with their logins: connections depend on them."""
        known = [dict(one) for one in self._before if tuple(one.get("security", ())) == together]
        has_login = any(one["auth_mode"] == "OAUTH2" for one in known)
        return known if has_login and not self._lost.isdisjoint(together) else []

    # Which go together

    def _sets(self) -> list[tuple[str, ...]]:
        """Return the sets of schemes that operations need, the most frequent first, then declared but unused ones."""
        count = Counter(names for taken in self._taken for names in taken if names)
        sets = sorted(count, key=lambda names: -count[names])
        used = {name for names in sets for name in names}
        return [*sets, *((one.name,) for one in self._security.schemes.values() if not one.implied and one.name not in used)]

    def _users(self, name: str) -> frozenset[int]:
        """Return the operations that accept a scheme alone."""
        return frozenset(index for index, taken in enumerate(self._taken) if (name,) in taken)

    def _ways(self, together: tuple[str, ...]) -> Iterator[Way]:
        parts = [list(self._single(self._security.schemes[name])) for name in together]
        if len(together) == 1 and len(parts[0]) > 1 and self._has_token(together[0]):
            parts[0] = [way for way in parts[0] if way.mode != "BEARER_TOKEN"]
        for chosen in product(*parts):
            way, *others = chosen
            for other in others:
                way = way.beside(other)
            yield way

    def _has_token(self, name: str) -> bool:
        """Return whether a scheme declared for tokens is an alternative wherever ``name`` is accepted."""
        users = self._users(name)
        return any(one.kind == "bearer" and self._users(one.name) == users for one in self._security.schemes.values())

    # How each is sent

    def _single(self, one: Declared) -> Iterator[Way]:
        if one.kind == "apiKey":
            yield self._api_key(one)
        elif one.kind == "basic":
            pair = (("username", "User name"), ("password", "Password"))
            yield Way("BASIC", fields=tuple(field_of(name, shown, self._variable(one, name)) for name, shown in pair))
        elif one.kind == "oauth2":
            flows = list(self._flows(one)) or self._borrow(one)
            yield from flows
            yield from self._login(one)
            yield self._token(one, "token" if flows else "")
        elif one.kind == "openIdConnect":
            yield from self._flows(one)
            yield self._token(one, "token" if one.name in self._published else "")
        elif one.kind == "bearer":
            yield self._token(one)
        else:  # a scheme's name and a value: RFC 9110, 11.4
            token = field_of("token", "Token", self._variable(one, "token"), _about(one))
            yield Way("API_KEY", "", (token,), {"Authorization": f"{one.node['scheme']} {{{{ token }}}}"})

    def _token(self, one: Declared, suffix: str = "") -> Way:
        token = field_of("token", "Token", self._variable(one, "token"))
        header = _credential("token", prefix_of(one.node.get("description")) or "Bearer ")
        return Way("BEARER_TOKEN", suffix, (token,), {"Authorization": header})

    def _login(self, one: Declared) -> Iterator[Way]:
        """Return the password flow of a scheme, if it has one."""
        found = login(one.node, self._base)
        if found is not None:
            mode, fields, proxy = found.pop("auth_mode"), found.pop("fields"), found.pop("proxy")
            yield Way(mode, "login", tuple(fields), proxy["headers"], more=found)

    def _api_key(self, one: Declared) -> Way:
        name = self._names[one.name]
        shown = "API key" if name == "api_key" else one.wire
        is_authorization = "authorization" in one.wire.lower()
        template = _credential(name, prefix_of(one.node.get("description")) if is_authorization else "")
        about = _about(one)
        if one.slot == ("header", "authorization") and not about:
            about = "The whole value of the header Authorization, with Bearer or what else goes in front."
        fields = (field_of(name, shown, f"{self._prefix}_{name}".upper(), about),)
        place = one.node["in"]
        if place == "query":
            return Way("API_KEY", fields=fields, query={one.wire: template})
        headers = {"Cookie": f"{one.wire}={template}"} if place == "cookie" else {one.wire: template}
        return Way("API_KEY", fields=fields, headers=headers)

    def _variable(self, one: Declared, name: str) -> str:
        """Return the environment variable for a token or a password, a separate one if another scheme's token differs.

        Two schemes that are alternatives for an operation share a token; two schemes of different operations do not.
        """
        alike = [other for other in self._security.schemes.values() if (other.kind == "basic") == (one.kind == "basic")]
        alike = [other for other in alike if other.kind != "apiKey"]
        first = min(alike, key=lambda other: (-len(self._users(other.name)), alike.index(other)))
        if self._users(first.name) == self._users(one.name):
            return f"{self._prefix}_{name}".upper()
        return f"{self._prefix}_{_snake(one.name)}_{name}".upper()

    def _borrow(self, one: Declared) -> list[Way]:
        """Return another scheme's code flow for a scheme with only an implicit flow, whose token cannot be renewed.

        It must be the same provider's.
        """
        implicit = _flow(one, "implicit").get("authorizationUrl")
        for other in self._security.schemes.values():
            code = _flow(other, "authorizationCode").get("authorizationUrl")
            if self._users(other.name) == self._users(one.name):
                continue  # operations that accept either have it already
            if implicit and code and self._host(implicit) == self._host(code) is not None:
                return [way for way in self._flows(one, other.node) if not way.suffix]
        return []

    def _host(self, url: Any) -> str | None:
        found = self._url(url)
        return urlsplit(found).netloc.lower() if found else None

    def _flows(self, one: Declared, node: Mapping[str, Any] | None = None) -> Iterator[Way]:
        """Return the variants of a scheme's flows, or of another ``node``'s, with the scopes that the scheme requests."""
        known = self._published.get(one.name)
        flows = known.flows if known else (one.node if node is None else node).get("flows")
        for kind, (grant, needed, suffix) in _FLOWS.items():
            flow = flows.get(kind) if isinstance(flows, Mapping) else None
            if not isinstance(flow, Mapping):
                continue
            urls = {ours: self._url(flow.get(theirs)) for theirs, ours in _URLS.items() if flow.get(theirs)}
            if wrong := [name for name in needed if urls.get(_URLS[name]) is None]:
                self._note(
                    f"securitySchemes.{one.name}.{kind}.{wrong[0]}: expected an address with https://; it is not offered"
                )
                continue
            used = {ours: url for ours, url in urls.items() if url is not None}
            for name in ("authorization_url", "device_authorization_url"):
                if name not in {_URLS[one] for one in needed}:
                    used.pop(name, None)
            if used.get("refresh_url") == used["token_url"]:
                del used["refresh_url"]
            more: dict[str, Any] = {} if grant == "authorization_code" else {"grant_type": grant}
            more |= used
            scopes = flow.get("scopes")
            declared = [str(scope) for scope in scopes] if isinstance(scopes, Mapping) else []
            asked = self._scopes(one.name, [] if known else declared)  # a provider need not publish every scope
            if known:
                more |= self._settings(known, grant)
                always = known.always if grant != "client_credentials" else ()
                asked = list(dict.fromkeys((*always, *asked)))
                declared = list(dict.fromkeys((*declared, *(asked if declared else ()))))
            if asked:
                more["default_scopes"] = asked
            if declared:
                more["available_scopes"] = declared
            yield Way("OAUTH2", suffix, tuple(self._url_fields(used)), more=more)

    def _settings(self, known: Published, grant: str) -> dict[str, Any]:
        """Return the settings that a provider's endpoints require of a flow."""
        found = dict(known.settings)
        if "revocation_url" in found and (url := self._url(found.pop("revocation_url"))) is not None:
            found["revocation_url"] = url
        if grant != "authorization_code":
            found = {name: value for name, value in found.items() if name not in {"pkce", "issuer", "authorization_params"}}
        return found

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _scopes(self, name: str, declared: list[str]) -> list[str]:
        """Return the operations' scopes, each with the minimum; the flow's only one if it has a single one."""
        found: dict[str, None] = {}
        for operation in self._operations:
            ways = [way[name] for way in self._security.scopes(operation) if name in way]
            found.update(dict.fromkeys(min(ways, key=len, default=())))
        asked = [scope for scope in found if not declared or scope in declared]
        return asked or (declared if len(declared) == 1 else [])

    def _url(self, given: Any) -> str | None:
        """Return a flow's URL, absolute; None if it is invalid, or would send secrets in the clear."""
        if not isinstance(given, str) or not (text := given.strip()):
            return None
        try:
            if text.startswith("//"):
                text = f"https:{text}"
            elif "://" not in text and self._base is not None:
                # A URL without a leading slash is below the base URL, as the API's paths are.
                text = urljoin(f"{self._base.rstrip('/')}/", text)
            parts = urlsplit(_ANY_PLACEHOLDER.sub("x", text))
            host = parts.hostname
            _ = parts.port
        except ValueError:
            return None
        if not host or parts.username is not None or any(ord(c) <= 32 for c in text):
            return None
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            return None
        text = _ANY_PLACEHOLDER.sub(lambda found: f"{{{{ {_field(found[1])} }}}}", text)
        return None if set("{}") & set(_PLACEHOLDER.sub("", text)) else text

    def _url_fields(self, urls: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Return a field for each customer-specific part of a URL."""
        for name in dict.fromkeys(name for url in urls.values() for name in _PLACEHOLDER.findall(url)):
            default = self._variables.get(name)
            yield {"name": name, **({"default": default} if default else {})}

    # What keys are called

    def _field_names(self) -> dict[str, str]:
        """Return the field of each API key: ``api_key`` if there is one, else its name on the wire.

        Keys with one name in two locations are the same, unless an operation needs both.
        """
        keys = {name: one for name, one in self._security.schemes.items() if one.kind == "apiKey"}
        plain = {name: self._canonical(one) for name, one in keys.items()}
        groups: dict[str, list[str]] = {}
        for name in sorted(keys, key=lambda name: keys[name].slot not in self._previous):
            groups.setdefault(plain[name].replace("_", ""), []).append(name)
        together = {frozenset((a, b)) for names in self._sets() for a in names for b in names if a != b}
        found: dict[str, str] = {}
        for names in groups.values():
            taken = set(found.values())
            apart = any(frozenset((a, b)) in together for a in names for b in names)
            for name in names:
                known = self._previous.get(keys[name].slot)
                new = "api_key" if len(groups) == 1 and not apart else self._new_name(keys[name], plain[names[0]], apart=apart)
                found[name] = known or _unique(new, {*taken, *found.values()} if apart else taken)
        return found

    def _new_name(self, one: Declared, plain: str, *, apart: bool) -> str:
        name = (_snake(one.name) if apart else plain) or plain
        return f"{name}_key" if name in _TAKEN and self._beside_others(one.name) else name

    def _beside_others(self, name: str) -> bool:
        """Return whether a key is combined with a scheme that has values of its own."""
        kinds = {self._security.schemes[other].kind for names in self._sets() if name in names for other in names}
        return kinds != {"apiKey"}

    def _canonical(self, one: Declared) -> str:
        text = _snake(one.wire).removeprefix("x_").removeprefix(f"{self._key}_")
        usable = re.fullmatch(r"[a-z][a-z0-9_]*", text) and text != "authorization"
        return text if usable else _snake(one.name) or "api_key"


def _flow(one: Declared, kind: str) -> Mapping[str, Any]:
    flows = one.node.get("flows")
    found = flows.get(kind) if isinstance(flows, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _name(together: Sequence[str], way: Way) -> str:
    name = "_and_".join(together)
    name = f"{name}_{way.suffix}" if way.suffix else name
    # A request for a mode must not get another scheme with that name.
    return f"{name}_{way.mode.lower()}" if name.upper() in AUTH_MODES and name.upper() != way.mode else name


def _unique(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _about(one: Declared) -> str:
    """Return the first line of a key's description."""
    said = one.node.get("description")
    lines = said.strip().splitlines() if isinstance(said, str) else []
    text = " ".join(lines[0].split()) if lines else ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rpartition(' ')[0]} ..."


def _credential(field: str, prefix: str) -> str:
    """Return a value after its prefix, which people often copy along."""
    if not prefix or prefix == "Bearer ":
        return f"{prefix}{{{{ {field} }}}}"
    return f"{prefix}{{{{ {field}.removeprefix('{prefix}') }}}}"


def _snake(text: str) -> str:
    found = slugify(text).lower()
    return found if not found or found[0].isalpha() else f"_{found}"


def _variables(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the defaults of the servers' variables that are values and not placeholders in braces."""
    found: dict[str, str] = {}
    for server in listed(document):
        for name, default in defaults_of(server).items():
            if default:
                found.setdefault(name, default)
    return found


@dataclass(frozen=True, slots=True)
class Address:
    """A connection's parts of the API's URL: the ``fields`` to fill in, and the renamed variables."""

    fields: tuple[Mapping[str, Any], ...] = ()
    path_params: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields)


def address_of(document: Mapping[str, Any]) -> Address:
    """Return a field for each server variable without a value, with its enum as the only values.

    The first server of the document, path or operation is used, as for calls. Another server without variables can be selected
    with ``--base-url``.
    """
    found: dict[str, Mapping[str, Any]] = {}
    renamed: dict[str, str] = {}
    for server in in_use(document):
        for variable in to_fill(server):
            name = _field(variable)
            if name != variable:
                renamed[variable] = f"{{{{ {name} }}}}"
            found.setdefault(name, _server_field(name, variable, server))
    return Address(tuple(found.values()), renamed)


def _field(variable: str) -> str:
    """Return the field name of a URL's variable."""
    return variable if _USABLE.fullmatch(variable) else _snake(variable) or "address"


def _server_field(name: str, variable: str, server: Mapping[str, Any]) -> Mapping[str, Any]:
    variables = server.get("variables")
    node = variables.get(variable) if isinstance(variables, Mapping) else None
    node = node if isinstance(node, Mapping) else {}
    about = node.get("description")
    text = shorten(" ".join(about.split()), _LONGEST) if isinstance(about, str) else ""
    choices = [str(one) for one in node["enum"]] if isinstance(node.get("enum"), list) else []
    text = text or f"The {variable!r} of the API's address, {server['url']}"
    return {"name": name, "description": text, **({"enum": choices} if choices else {})}


def _place(schemes: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Return the field for each placeholder in existing schemes."""
    found: dict[tuple[str, str], str] = {}
    for scheme in schemes:
        proxy = scheme.get("proxy")
        for part, place in (("headers", "header"), ("query_params", "query")):
            values = proxy.get(part) if isinstance(proxy, Mapping) else None
            for wire, template in values.items() if isinstance(values, Mapping) else ():
                pairs = [(place, str(wire), str(template))]
                if wire == "Cookie":
                    pairs = [("cookie", *pair.partition("=")[::2]) for pair in str(template).split("; ")]
                for where, name, text in pairs:
                    if filled := _FILLED.fullmatch(text):
                        found[where, name.casefold()] = filled[1]
    return found
