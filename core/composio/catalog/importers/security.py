"""Read a description's security schemes, and which of them each operation accepts.

Schemes in one requirement are needed together, several requirements are alternatives, and an empty one means public. A
parameter that is clearly a credential counts as a scheme, too. Source: OpenAPI 3.1, "Security Requirement Object".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from composio.catalog.importers.credentials import companions, is_credential
from composio.catalog.importers.document import Document
from composio.catalog.importers.mixed import declared_in, flows_of, requirements
from composio.catalog.importers.operations import Operation

__all__ = ["ARGUMENT", "Alternatives", "Declared", "Security"]

ARGUMENT: Final = "x-argument"
"""Set in a parameter by importers that know that it is no credential, whatever its name."""

# Names of schemes needed together, for each alternative; one without names means public.
Alternatives = tuple[tuple[str, ...], ...]
Slot = tuple[str, str]

_AUTHORIZATION: Final[Slot] = ("header", "authorization")
_PLACES: Final = frozenset(("header", "query", "cookie"))
# HTTP schemes beyond a prefix and a value: RFC 7616, 7486, 4559, 8120, 7804, 8292, and signing schemes.
_INVOLVED: Final = frozenset(
    re.findall(
        r"\S+",
        "digest hoba negotiate kerberos ntlm mutual scram-sha-1 scram-sha-256 vapid hawk oauth signature aws4-hmac-sha256",
    )
)
# RFC 9110, 5.6.2: header names and HTTP schemes. Braces would be templates.
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ABSENT: Final = object()
_KINDS: Final = {kind.lower(): kind for kind in ("apiKey", "http", "oauth2", "openIdConnect")}


@dataclass(frozen=True, slots=True)
class Declared:
    """One scheme that a request can carry. Two with one ``slot`` exclude each other.

    ``implied`` says that no security scheme declares it, only a parameter that is clearly a credential.
    """

    name: str
    node: Mapping[str, Any]
    slot: Slot
    implied: bool = False

    @property
    def kind(self) -> str:
        """``apiKey``, ``oauth2``, ``openIdConnect``, ``basic``, ``bearer``, or the name of another HTTP scheme."""
        found = str(self.node.get("type"))
        return str(self.node.get("scheme", "")).lower() if found == "http" else found

    @property
    def wire(self) -> str:
        """The name of an API key in its location."""
        return str(self.node.get("name"))


class Security:
    """The schemes of ``document``, and what its ``operations`` require.

    ``always`` is set if the app requires credentials even though the description declares operations public.
    """

    def __init__(self, document: Document, operations: Iterable[Operation], *, always: bool = False) -> None:
        self._document, self._always = document, always
        root = requirements(document.root)
        self._root = root or _ABSENT
        self.unusable: dict[str, str] = {}
        """Return names and kinds of schemes that cannot be put into a request here."""
        self.schemes: dict[str, Declared] = {}
        self._read_declared()
        self.declares = bool(self.schemes or self.unusable)
        self._by_slot: dict[Slot, list[str]] = {}
        for one in self.schemes.values():
            self._by_slot.setdefault(one.slot, []).append(one.name)
        self._carried: dict[tuple[str, str], list[tuple[str, str, Mapping[str, Any]]]] = {}
        for operation in operations:
            for place, wire, node in self._credentials(operation):
                self._imply(place, wire, node)

    def alternatives(self, operation: Operation) -> Alternatives | None:
        """Return what an operation accepts; ``()`` if it needs no credentials, None if nothing is declared."""
        found = self._usable(self._read_said(operation))
        carried = self._credentials(operation)
        required = [(place, wire.casefold()) for place, wire, node in carried if node.get("required") is True]
        if found is None and required:
            return self._settle(self._together((), required))
        if found is None:
            single = [(name,) for place, wire, _ in carried for name in self._at((place, wire.casefold()))]
            return self._settle([*single, ()]) if single else None
        # OpenAPI ignores a parameter named Authorization if security is declared.
        beside = [slot for slot in required if slot != _AUTHORIZATION]
        if not found:
            return self._settle(self._together((), beside)) if beside else ()
        return self._settle(one for names in found for one in (self._together(names, beside) if names else [names]))

    def is_public(self, operation: Operation) -> bool:
        """Return whether a call works without credentials in a description that declares some."""
        found = self.alternatives(operation)
        if self._always:
            return False
        if found is None:
            return bool(self.declares or self._by_slot) and self._read_said(operation) is _ABSENT
        return not found or () in found

    def hidden(self, operation: Operation) -> frozenset[Slot]:
        """Return locations and names, in lower case, of the parameters that are credentials."""
        return frozenset((place, wire.casefold()) for place, wire, _ in self._credentials(operation))

    def scopes(self, operation: Operation) -> list[Mapping[str, list[str]]]:
        """Return the scopes by scheme, for each alternative."""
        listed = self._read_said(operation)
        alternatives = listed if isinstance(listed, list) else []
        return [
            {
                self._find_known(str(name)) or str(name): [s for s in scopes if isinstance(s, str)]
                if isinstance(scopes, list)
                else []
                for name, scopes in one.items()
            }
            for one in alternatives
            if isinstance(one, dict)
        ]

    # -- inside

    def _read_declared(self) -> None:
        for name, given in declared_in(self._document.root).items():
            node = _spell(self._document.follow(given))
            slot = _slot_of(node)
            if slot is None:
                self.unusable[str(name)] = " ".join(filter(None, (str(node.get("type") or "?"), str(node.get("scheme") or ""))))
            else:
                self.schemes[str(name)] = Declared(str(name), node, slot)

    def _read_said(self, operation: Operation) -> Any:
        said = requirements(operation.node)
        return self._root if said is None or (self._always and not said) else said

    def _usable(self, listed: Any) -> list[tuple[str, ...]] | None:
        """Return the alternatives with only supported known schemes; None if nothing is declared or known."""
        if not isinstance(listed, list):
            return None
        found: list[tuple[str, ...]] = []
        for one in listed:
            if not isinstance(one, dict):
                continue
            names = [known for name in one if (known := self._find_known(str(name))) is not None]
            if names:
                found += self._split(names)
            elif not one:
                found.append(())
        return found if found or not listed else None

    def _find_known(self, name: str) -> str | None:
        """Return the scheme that a requirement names, also in a different case."""
        if name in self.schemes:
            return name
        return next((one for one in self.schemes if one.casefold() == name.casefold()), None)

    def _split(self, names: Sequence[str]) -> Iterable[tuple[str, ...]]:
        """Split schemes that exclude each other, as they use the same place: they were meant as alternatives."""
        by_slot: dict[Slot, list[str]] = {}
        for name in names:
            one = self.schemes[name]
            same = by_slot.setdefault(one.slot, [])
            if not any(self.schemes[other].kind == one.kind == "apiKey" for other in same):
                same.append(name)
        return product(*by_slot.values())

    def _together(self, names: tuple[str, ...], slots: Sequence[Slot]) -> list[tuple[str, ...]]:
        """Add the requirements of further parameters to ``names``."""
        present = {self.schemes[name].slot for name in names}
        more = [self._at(slot) for slot in slots if slot not in present]
        return [(*names, *rest) for rest in product(*more)]

    def _settle(self, alternatives: Iterable[tuple[str, ...]]) -> Alternatives:
        order = {name: index for index, name in enumerate(self.schemes)}
        return tuple(dict.fromkeys(tuple(sorted(set(names), key=order.__getitem__)) for names in alternatives))

    def _at(self, slot: Slot) -> list[str]:
        return self._by_slot.get(slot, [])

    def _imply(self, place: str, wire: str, node: Mapping[str, Any]) -> None:
        slot = (place, wire.casefold())
        if slot in self._by_slot:
            return
        name = wire if wire not in self.schemes and wire not in self.unusable else f"{wire} ({place})"
        made = {"type": "apiKey", "in": place, "name": wire}
        if slot == _AUTHORIZATION:
            made = _authorization(node)
        about = {"description": node["description"]} if isinstance(node.get("description"), str) else {}
        self.schemes[name] = Declared(name, {**made, **about}, slot, implied=True)
        self._by_slot[slot] = [name]

    def _credentials(self, operation: Operation) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return location, name and object of the parameters that are credentials."""
        key = operation.method, operation.path
        if key not in self._carried:
            self._carried[key] = self._find(operation)
        return self._carried[key]

    def _find(self, operation: Operation) -> list[tuple[str, str, Mapping[str, Any]]]:
        found: dict[Slot, tuple[str, str, Mapping[str, Any]]] = {}
        others: dict[str, dict[str, Mapping[str, Any]]] = {}
        for node in self._parameters(operation):
            place, wire = str(node.get("in")), node.get("name")
            if place not in _PLACES or not isinstance(wire, str) or not wire or ARGUMENT in node:
                continue
            slot = (place, wire.casefold())
            if slot in self._by_slot or is_credential(place, wire, node):
                found[slot] = (place, wire, node)
            else:
                others.setdefault(place, {})[wire] = node
        for place, named in others.items():
            known = [wire for where, wire, _ in found.values() if where == place]
            for wire in companions(place, named, known):
                found[place, wire.casefold()] = (place, wire, named[wire])
        return list(found.values())

    def _parameters(self, operation: Operation) -> Iterable[Mapping[str, Any]]:
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for holder in (operation.item, operation.node):
            listed = holder.get("parameters")
            for given in listed if isinstance(listed, list) else ():
                node = given
                if isinstance(given, dict) and "$ref" in given:
                    tokens = self._document.tokens(given["$ref"])
                    node = self._document.at(tokens) if tokens else None
                if isinstance(node, dict):
                    found[str(node.get("in")), str(node.get("name"))] = node
        return found.values()


def _spell(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Normalise a scheme's type and location to OpenAPI's spelling.

    Swagger 2.0's ``basic`` and ``bearer`` become HTTP schemes.
    """
    kind, place = str(node.get("type", "")).lower(), node.get("in")
    found = {**node, "in": place.lower()} if isinstance(place, str) else dict(node)
    if kind == "oauth2" and "flows" not in node:
        found |= flows_of(node)
    if kind in ("basic", "bearer"):
        return {**found, "type": "http", "scheme": kind}
    return {**found, "type": _KINDS[kind]} if kind in _KINDS else node


def _slot_of(node: Mapping[str, Any]) -> Slot | None:
    """Return where a scheme's credential goes; None if it is unsupported."""
    kind = node.get("type")
    if kind == "apiKey":
        place, wire = node.get("in"), node.get("name")
        if not isinstance(place, str) or place not in _PLACES or not isinstance(wire, str) or not wire.strip():
            return None
        return (place, wire.casefold()) if place == "query" or _TOKEN.fullmatch(wire) else None
    if kind == "http":
        scheme = node.get("scheme")
        known = isinstance(scheme, str) and _TOKEN.fullmatch(scheme) and not _is_involved(scheme)
        return _AUTHORIZATION if known else None
    return _AUTHORIZATION if kind in ("oauth2", "openIdConnect") else None


def _is_involved(scheme: str) -> bool:
    return scheme.lower() in _INVOLVED or "hmac" in scheme.lower()


def _authorization(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scheme of a parameter named Authorization, from its description."""
    schema = node.get("schema")
    texts: list[Any] = [node.get("description"), node.get("example")]
    if isinstance(schema, dict):
        texts += [schema.get(key) for key in ("description", "default", "example", "pattern")]
        texts += schema["enum"] if isinstance(schema.get("enum"), list) else []
    said = " ".join(text for text in texts if isinstance(text, str)).lower()
    for scheme in ("bearer", "basic"):
        if scheme in said:
            return {"type": "http", "scheme": scheme}
    return {"type": "apiKey", "in": "header", "name": "Authorization"}
