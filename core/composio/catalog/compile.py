"""Compile an app's description into the catalog: fetch it, import it, and write it in one transaction."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from composio.catalog.database import Database
from composio.catalog.definition import AppDefinition, Progress, SpecSource
from composio.catalog.fingerprint import fingerprint
from composio.catalog.hosts import Seen
from composio.catalog.importers import Imported, ImportedWebhook
from composio.catalog.importers.unknown import unreadable
from composio.catalog.labels import Labels
from composio.catalog.record import Former, former_names, names_of_others, operation_of, write_former, write_lost
from composio.catalog.rows import Definitions, encode_webhook, measured_action, measured_responses, pack
from composio.catalog.search import Index
from composio.catalog.sources.bundle import Bundle, bundle
from composio.catalog.sources.overlay import actions_in, apply
from composio.catalog.sources.parse import parse
from composio.catalog.sources.readers import read
from composio.catalog.sources.references import References
from composio.catalog.tables import remove
from composio.errors import SpecError
from composio.model.action import ActionModel
from composio.model.app import Provenance
from composio.plugin.spec import Importer
from composio.process.collecting import collect_seldom

if TYPE_CHECKING:
    from composio.catalog.assigned import AssignedNames
    from composio.catalog.importers.operations import Operation

__all__ = ["Check", "Compiler", "Fetch", "FunctionActions", "Obtained", "Parsed", "importer_for"]

# Bytes of all schemas of one app as JSON, twice those of the largest known (Microsoft Graph's beta).
_LARGEST = 600_000_000

Check = Callable[[Seen, bool], Iterable[str]]
FunctionActions = Callable[[AppDefinition], Iterable[ActionModel]]


class Obtained(Protocol):
    """A description's bytes and origin."""

    @property
    def data(self) -> bytes: ...

    @property
    def provenance(self) -> Provenance: ...


class Fetch(Protocol):
    """Fetches a description's bytes: :func:`composio.catalog.sources.fetch.fetch`, or a test's own."""

    def __call__(self, source: SpecSource, *, folder: Path, cache: Path, progress: Progress | None) -> Obtained: ...


@dataclass(frozen=True, slots=True)
class _Obtained:
    """A parsed description, its origin, other local files that it includes, and its warnings."""

    document: Any
    provenance: Provenance
    files: list[str]
    warnings: list[str]


class Parsed(Protocol):
    """Recently parsed descriptions of packages, as several apps may be parts of one."""

    def get(self, source: SpecSource) -> tuple[Any, Provenance] | None:
        """Return a full copy of the document and its origin; None if it must be read."""
        ...

    def keep(self, source: SpecSource, document: Any, provenance: Provenance) -> None: ...


class _Row(NamedTuple):
    """An action before it becomes a row: its columns, without its schemas, which are large."""

    slug: str
    key: str
    names: frozenset[str]
    tags: tuple[str, ...]
    important: bool
    deprecated: bool
    operation: str
    request: str
    definition: bytes
    responses: bytes


@dataclass(slots=True)
class _Written:
    """Rows to insert, compressed as they are read to save memory.

    ``size`` is their uncompressed size: a few large schemas that many operations share can amount to gigabytes.
    """

    app: str
    index: Index

    actions: list[_Row] = field(default_factory=list)
    shared_names: dict[str, list[str]] = field(default_factory=dict)
    webhooks: list[tuple[str, bytes]] = field(default_factory=list)
    shared: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    size: int = 0
    definitions: Definitions = field(default_factory=Definitions)
    labels: Labels = field(default_factory=Labels)
    seen: Seen = field(default_factory=Seen)

    def add(self, imported: Imported) -> None:
        """Add an action. Raises ``SpecError`` where all of them together are more than any API's."""
        action = self.labels.label(imported.action, imported.key)
        self.seen.add(action)
        (blob, size), (responses, more) = measured_action(action, self.definitions), measured_responses(imported.responses)
        succeeded = (response.schema for response in imported.responses if 200 <= response.status < 300 and response.schema)
        self.index.add(action, succeeded, imported.shared)
        request = operation_of(action.binding)
        self.actions.append(
            _Row(
                action.slug,
                action.key,
                action.names,
                action.tags,
                action.important,
                action.deprecated,
                imported.key or request,
                request,
                blob,
                responses,
            )
        )
        for name in imported.ambiguous:
            self.shared_names.setdefault(name, []).append(action.slug)
        self.size += size + more
        if self.size > _LARGEST:
            raise SpecError(
                f"{self.app}: at {action.slug} the schemas of its operations already take more than {_LARGEST // 10**6} MB, as "
                "large ones are used by many operations. Give a description with smaller schemas, or one of a part of the API."
            )


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compile apps into ``database``. ``importers`` are tried in order."""

    database: Database
    importers: Callable[[], list[Importer]]
    fetch: Fetch
    function_actions: FunctionActions | None
    cache: Callable[[], Path]
    progress: Progress | None = None
    parsed: Parsed | None = None

    @collect_seldom()
    def compile(self, definition: AppDefinition, *, may_be_empty: bool = True, check: Check | None = None) -> None:
        """Read an app's description and replace all of its rows at once.

        An empty description causes a warning, and an error unless ``may_be_empty``. ``check`` is called before anything is
        replaced, with the servers and whether a URL was read; it may raise, and returns further warnings. Raises
        ``SourceUnavailable`` or ``SpecError``; the catalog is then unchanged.
        """
        app = definition.app.key
        written = _Written(app, Index(app, definition.app.name), labels=Labels(definition.flows))
        former = self.database.read(lambda connection: former_names(connection, app))
        functions = list(self._functions(definition))
        definition = replace(definition, handed_out=self._reserve_names(app, former, functions))
        if len(definition.specs) > 1:
            definition = replace(definition, together=self._together(definition))
            written.warnings += definition.together.warnings if definition.together is not None else ()
        found = []
        for part in _parts(definition):
            obtained = self._obtain(part)
            found.append(obtained.provenance)
            written.files += obtained.files
            written.warnings += obtained.warnings
            self._import(obtained.document, part, written)
            del obtained  # a description of many megabytes
        provenance = _as_one(found)
        if definition.specs and not written.actions and not written.webhooks:
            if not may_be_empty:
                raise SpecError(f"{app}: the API description has no operations.")
            written.warnings.append("the API description has no operations")
        for action in functions:
            written.add(Imported(action=_with_former(action, former)))
        unused = (
            [] if definition.actions_from else written.labels.find_unused()
        )  # a lender's file labels more than was borrowed
        written.warnings += [f"{definition.file.name}: flows: no action is called {one!r}" for one in unused]
        if check is not None:
            written.warnings += check(written.seen, any(one.source.startswith("url:") for one in found))
        with self.database.write() as connection:
            ids = _replace(connection, definition, written, provenance)
            write_former(connection, app, former, ids)
            write_lost(connection, app, former, written.shared_names, datetime.now(UTC).date().isoformat())

    def _obtain(self, definition: AppDefinition) -> _Obtained:
        """Return the definition's first description, parsed in full."""
        spec = definition.spec
        files: list[str] = []
        known = self.parsed.get(spec) if self.parsed is not None else None
        if known is not None:
            document, provenance = known
        else:
            fetched = self.fetch(spec, folder=definition.folder, cache=self.cache(), progress=self.progress)
            provenance = fetched.provenance
            if not provenance.sha256:
                provenance = replace(provenance, sha256=hashlib.sha256(fetched.data).hexdigest())
            found = self.bundle(spec, definition.folder, fetched.data, provenance.source or definition.app.key)
            files, document = [str(file) for file in found.files], found.document
            if self.parsed is not None and not files:
                self.parsed.keep(spec, document, provenance)
        warnings: list[str] = []
        if spec.reader:
            document, warnings = read(spec.reader, document, provenance.source)
        if spec.overlay:
            name = definition.file.name
            missed = apply(document, self._overlay(definition), f"{name}: spec.overlay")
            warnings += [f"{name}: spec.overlay: nothing in the description is {target}" for target in missed]
        return _Obtained(document, provenance, files, warnings)

    def _overlay(self, definition: AppDefinition) -> Iterable[Mapping[str, Any]]:
        """Return the corrections of the definition's first description."""
        overlay = definition.spec.overlay
        if not isinstance(overlay, str):
            return overlay
        source = SpecSource(kind="file", path=overlay)
        data = self.fetch(source, folder=definition.folder, cache=self.cache(), progress=self.progress).data
        return actions_in(parse(data, overlay), overlay)

    def _together(self, definition: AppDefinition) -> AssignedNames:
        """Return the names of the operations in all descriptions. Each is read again afterwards, as all may be large."""
        from composio.catalog.importers.together import name_together

        def operations() -> Iterator[tuple[str, Iterable[Operation]]]:
            for part in _parts(definition):
                document = self._obtain(part).document
                importer = importer_for(document, self.importers(), definition.app.key)
                if not importer.operations:
                    kind = importer.title or importer.name
                    raise SpecError(f"{definition.app.key}: {kind} can't be one of several descriptions; keep it alone.")
                yield part.spec.name, _resolve(importer.operations)(document, part)

        return name_together(operations(), definition)

    def _functions(self, definition: AppDefinition) -> Iterable[ActionModel]:
        return self.function_actions(definition) if definition.actions and self.function_actions is not None else ()

    def _reserve_names(self, app: str, former: Mapping[str, Former], functions: Iterable[ActionModel]) -> dict[str, str]:
        """Return names reserved for the app's own functions, which replace operations deliberately."""
        foreign = self.database.read(lambda connection: names_of_others(connection, app))
        replaced = {name for action in functions for name in action.names}
        known = {name: one.operation for name, one in former.items() if one.sure and name not in replaced}
        return dict.fromkeys(foreign, "") | known

    def bundle(self, source: SpecSource, folder: Path, data: bytes, name: str) -> Bundle:
        """Return the description in ``data`` from ``source``, with the parts of other files that it refers to."""

        def read(other: SpecSource) -> bytes:
            return self.fetch(other, folder=folder, cache=self.cache(), progress=self.progress).data

        return bundle(data, References(source, folder, read, name))

    def _import(self, document: Any, definition: AppDefinition, written: _Written) -> None:
        importer = importer_for(document, self.importers(), definition.app.key)
        load: Callable[[Any, AppDefinition, Progress | None], Iterable[Imported | ImportedWebhook]] = _resolve(importer.load)
        shared: Mapping[str, Any] = {}
        for imported in load(document, definition, self.progress):
            if isinstance(imported, ImportedWebhook):
                written.webhooks.append((imported.webhook.slug, encode_webhook(imported.webhook)))
            else:
                written.add(imported)
            shared = imported.shared
            written.warnings += imported.warnings
        written.shared |= shared  # complete only now


def _parts(definition: AppDefinition) -> Iterator[AppDefinition]:
    """Yield the definition once for each description, as if it were the only one."""
    for spec in definition.specs:
        app = replace(definition.app, base_url=spec.base_url) if spec.base_url else definition.app
        yield replace(definition, app=app, spec=spec, further=())


def _as_one(found: Iterable[Provenance]) -> Provenance:
    """Return the origins of several descriptions as one."""
    several = list(found)
    if len(several) < 2:
        return several[0] if several else Provenance()
    source, version, licence = (
        ", ".join(dict.fromkeys(value for one in several if (value := getattr(one, name))))
        for name in ("source", "version", "license")
    )
    digest = hashlib.sha256("".join(one.sha256 for one in several).encode()).hexdigest()
    return Provenance(source=source, version=version, license=licence, sha256=digest)


def _resolve(name: str) -> Any:
    """Import what ``module:function`` names."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


def _with_former(action: ActionModel, former: Mapping[str, Former]) -> ActionModel:
    """Return a function's action with its former names."""
    own = operation_of(action.binding)
    names = sorted(name for name, one in former.items() if one.operation == own and name not in action.names)
    return replace(action, aliases=(*action.aliases, *names))


def importer_for(document: Any, importers: list[Importer], name: str) -> Importer:
    """Return the first importer that recognises ``document``."""
    for importer in importers:
        if importer.recognises(document):
            return importer
    raise SpecError(f"{name}: {unreadable(document, importers)}")


def _replace(
    connection: sqlite3.Connection, definition: AppDefinition, written: _Written, provenance: Provenance
) -> dict[str, list[int]]:
    """Replace an app's rows; return the ids of its actions by their requirement."""
    app = definition.app.key
    remove(connection, app)
    ids: dict[str, list[int]] = {}
    written_ids: dict[int, int] = {}  # by the action's position in the index
    numbers = {row.key: number for number, row in enumerate(written.actions)}
    rows = _unique(written)
    taken = {row.key for row in rows}  # an alias never shadows the slug of any action
    (used,) = connection.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'actions'").fetchone()
    actions: list[tuple[Any, ...]] = []
    names: list[tuple[str, str, bool, int]] = []
    for identity, row in enumerate(rows, used + 1):
        tags = json.dumps(row.tags)
        actions.append(
            (identity, app, row.slug, tags, row.important, row.deprecated, row.operation, row.definition, row.responses)
        )
        ids.setdefault(row.request, []).append(identity)
        aliases = sorted(row.names - taken)
        taken.update(aliases)
        names += ((row.key, app, False, identity), *((name, app, True, identity) for name in aliases))
        written_ids[numbers[row.key]] = identity
    connection.executemany(
        "INSERT INTO actions (id, app, slug, tags, important, deprecated, operation, definition, responses) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        actions,
    )
    connection.executemany("INSERT INTO names (name, app, alias, action) VALUES (?, ?, ?, ?)", names)
    written.index.write(connection, written_ids)
    connection.executemany(
        "INSERT INTO webhooks (app, slug, definition) VALUES (?, ?, ?)", ((app, *row) for row in written.webhooks)
    )
    connection.executemany(
        "INSERT INTO definitions (app, name, schema) VALUES (?, ?, ?)",
        ((app, name, pack(schema)) for name, schema in written.shared.items()),
    )
    connection.executemany(
        "INSERT INTO request_definitions (app, name, schema) VALUES (?, ?, ?)",
        ((app, name, blob) for name, blob in written.definitions.packed.items()),
    )
    important = sum(row.important for row in written.actions)
    connection.execute(
        "INSERT INTO apps (app, fingerprint, source, version, license, sha256, actions, important, warnings, files) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            app,
            fingerprint(definition, written.files),
            provenance.source,
            provenance.version,
            provenance.license,
            provenance.sha256,
            len(written.actions),
            important,
            json.dumps(written.warnings),
            json.dumps(written.files),
        ),
    )
    return ids


def _unique(written: _Written) -> list[_Row]:
    """Keep one row per slug: an app's own function replaces an operation with the same name."""
    by_slug = {row.key: row for row in written.actions}
    written.actions = list(by_slug.values())
    return written.actions
