"""Import OpenAPI 3.0, 3.1 and 3.2.

Sources: the OpenAPI Specification 3.0.3, 3.1.0 and 3.2.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from composio.catalog.definition import AppDefinition, Progress
from composio.catalog.importers import Imported, ImportedWebhook
from composio.catalog.importers.document import Document, Schemas
from composio.catalog.importers.mixed import requirements
from composio.catalog.importers.naming import name_all
from composio.catalog.importers.operations import Named, Operation, important, texts, warn_of_unused
from composio.catalog.importers.operations import operations as operations_in
from composio.catalog.importers.request import Request, RequestReader
from composio.catalog.importers.responses import accepts, responses
from composio.catalog.importers.security import Security
from composio.catalog.importers.select import Selection
from composio.catalog.importers.servers import defaults_of, filled, is_foreign, is_whole, listed, problem, whole
from composio.catalog.importers.text import clean, describe
from composio.catalog.importers.together import with_names
from composio.catalog.importers.webhooks import WebhookReader
from composio.errors import SpecError
from composio.model.action import ActionModel, HttpBinding, JsonSchema, MediaUpload, Server
from composio.model.webhook import WebhookModel
from composio.process.forks import cached
from composio.schema.compact import Memory, compact
from composio.schema.echoes import drop_echoes
from composio.schema.inline import inline
from composio.schema.nodes import Nodes
from composio.schema.prose import PROPERTY_LIMIT

__all__ = ["load", "operations"]

_REPORT_EVERY = 25
# At least one of these must be an object.
_PLACES = ("paths", "webhooks", "x-webhooks")


def load(
    document: Any,
    definition: AppDefinition,
    report: Progress | None = None,
    identities: Mapping[tuple[str, str], str] | None = None,
) -> Iterator[Imported | ImportedWebhook]:
    """Yield the actions of a parsed OpenAPI 3 document in its order, then its webhooks.

    ``identities`` is for importers of other formats: the identity of the operation at a method and path.

    Raises ``SpecError`` for a document with a place for neither. Other errors become warnings of the ``Imported`` that they
    concern: real descriptions have broken references, and their other operations still work. An empty ``paths`` is valid (3.1,
    "Paths Object").
    """
    reader = _Reader(Document(_check(document, definition), identities, Selection(definition.spec)), definition)
    total = len(reader.named)
    try:
        for done, named in enumerate(reader.named):
            if report is not None and done % _REPORT_EVERY == 0:
                report(f"Compiling {definition.app.name}", done, total)
            yield reader.read(named)
            yield from reader.callbacks(named)
        yield from reader.webhooks()
    finally:
        reader.release()
    if report is not None:
        report(f"Compiling {definition.app.name}", total, total)


def operations(document: Any, definition: AppDefinition) -> Iterator[Operation]:
    """Return the operations that :func:`load` reads, to name them together with those of other documents."""
    yield from operations_in(Document(_check(document, definition), selection=Selection(definition.spec)))


def _check(document: Any, definition: AppDefinition) -> Mapping[str, Any]:
    if not isinstance(document, dict) or not any(isinstance(document.get(key), dict) for key in _PLACES):
        raise SpecError(f"{definition.app.key}: the API description has no `paths`; expected an OpenAPI 3 document.")
    return document


class _Reader:
    def __init__(self, document: Document, definition: AppDefinition) -> None:
        self._document, self._definition = document, definition
        part, together = definition.spec.name, definition.together
        self._in = Schemas(document, "request")
        self._out = Schemas(document, "response", f"{part}." if together is not None else "")
        self._nodes = Nodes({"$defs": self._in.definitions}, PROPERTY_LIMIT)
        self._compact = Memory()
        self._webhooks = WebhookReader(document, self._out, definition.app.key)
        if together is None:
            self.named = name_all(document, definition)
        else:
            self.named = [with_names(together, part, operation) for operation in operations_in(document)]
        warn_of_unused(document, definition)
        self._security = Security(document, (named.operation for named in self.named), always=definition.always_authenticate)
        constant = {name.casefold() for name in definition.defaults}
        hidden = [name for name in definition.hide if name.casefold() not in constant]
        self._requests = RequestReader(document, self._in, tuple(hidden), self._security.hidden)
        self._important = together.important if together is not None else important(document, definition, self.named)
        if wrong := problem(document.root):
            document.warn(f"{wrong}; it is not used")
        info = document.root.get("info")
        self._version = str(info.get("version", "")) if isinstance(info, dict) else ""

    def release(self) -> None:
        """Release what was read. Its parts are cyclic, and collecting them takes twice as long as parsing the document."""
        self._nodes.clear()
        for one in (self._in, self._out, self._document):
            vars(one).clear()

    def read(self, named: Named) -> Imported:
        operation = named.operation
        self._document.place = f"{operation.method} {operation.path}"
        request = self._requests.read(operation)
        declared = responses(self._document, self._out, operation)
        self._out.complete()
        defaults = self._defaults(request)
        validation = request.validation(self._in)
        scopes = self._scopes(operation)
        shown = inline(request.shown(validation), nodes=self._nodes)
        action = ActionModel(
            slug=named.slug,
            app=self._definition.app.key,
            display_name=clean(operation.text("summary"))
            or operation.text("operationId")
            or " ".join(operation.references[-1:]),
            description=describe(operation.text("summary"), operation.text("description")),
            tags=operation.tags,
            important=named.slug in self._important,
            deprecated=operation.deprecated,
            parameters=JsonSchema(
                compact(drop_echoes(shown, operation.text("summary")), memory=self._compact, changeable=True)
            ),
            validation=validation,
            version=self._version,
            scopes=min(scopes, key=len, default=()),
            scope_alternatives=scopes,
            aliases=tuple(named.aliases),
            binding=self._binding(operation, request, defaults, accepts(declared)),
        )
        return Imported(
            action=action,
            key=operation.key,
            ambiguous=tuple(named.shared),
            responses=declared,
            shared=self._out.definitions,
            warnings=self._document.take_warnings(),
        )

    def _binding(
        self, operation: Operation, request: Request, defaults: Mapping[str, Any], accept: tuple[str, ...]
    ) -> HttpBinding:
        binding = HttpBinding(
            method=operation.method,
            path=operation.template,
            servers=self._servers(operation),
            parameters=tuple(request.parameters),
            body=request.body,
            accept=accept,
            defaults=defaults,
            public=self._security.is_public(operation),
            security=self._security.alternatives(operation),
        )
        if request.upload is None:
            return binding
        files = [*request.upload.files, *request.upload.loose_files]
        return replace(binding, upload=MediaUpload(files[0], replace(binding, body=request.upload)))

    def callbacks(self, named: Named) -> Iterator[ImportedWebhook]:
        """Yield the callbacks of this operation."""
        yield from map(self._import_webhook, self._webhooks.callbacks(named))

    def webhooks(self) -> Iterator[ImportedWebhook]:
        """Yield the webhooks of the API."""
        yield from map(self._import_webhook, self._webhooks.webhooks())

    def _import_webhook(self, webhook: WebhookModel) -> ImportedWebhook:
        self._out.complete()
        return ImportedWebhook(webhook=webhook, shared=self._out.definitions, warnings=self._document.take_warnings())

    def _defaults(self, request: Request) -> dict[str, Any]:
        """Fill in the app's own values for arguments of this request, which are no longer required and state their default.

        A hidden one is sent with every call, and no model sees it.
        """
        found = {name: value for name, value in self._definition.defaults.items() if name in request.schemas}
        hidden = {name.casefold() for name in self._definition.hide}
        for name, value in found.items():
            if name.casefold() in hidden:
                del request.schemas[name]
            else:
                request.schemas[name] = {**request.schemas[name], "default": value}
        request.required = [name for name in request.required if name not in found]
        return found

    def _servers(self, operation: Operation) -> tuple[Server, ...]:
        """Return the first server declared: the operation's, the path's, the app's base URL, the document's."""
        for holder in (operation.node, operation.item):
            if "servers" in holder and (found := self._list_servers(holder, self._find_fixed_server())):
                return found
        return self._servers_of_all

    @cached
    def _servers_of_all(self) -> tuple[Server, ...]:
        """Return the servers of operations that declare none."""
        if base := self._definition.app.base_url:
            return (Server(base),)
        if found := self._list_servers(self._document.root, ""):
            return found
        # Without servers OpenAPI means "/", relative to the description's URL.
        return (Server(urljoin(place, "/").rstrip("/")),) if (place := self._place()) else ()

    def _list_servers(self, holder: Mapping[str, Any], around: str) -> tuple[Server, ...]:
        found = [self._server(node, around) for node in listed(holder)]
        # For a local file, a relative server has no base: it is used only if there is no other.
        return tuple([server for server in found if is_whole(server.url)] or found)

    def _server(self, node: Mapping[str, Any], around: str) -> Server:
        url = whole(node["url"], self._place())
        named = is_whole(url)
        if not named:
            # Relative to the app's base URL, the description's URL, or else the server of the whole document.
            base = self._definition.app.base_url
            url = urljoin(base, url) if base else urljoin(self._place() or around, url.strip() or "/")
        given = node.get("variables")
        variables = {str(n): v for n, v in given.items() if isinstance(v, dict)} if isinstance(given, dict) else {}
        defaults = defaults_of(node)
        choices = {name: tuple(map(str, v["enum"])) for name, v in variables.items() if isinstance(v.get("enum"), list)}
        return Server(url, defaults, choices, foreign=named and is_foreign(filled(url, defaults), self._definition))

    def _place(self) -> str:
        """Return the description's own URL: declared (3.2, ``$self``), else its origin; "" for a local file."""
        own = self._document.root.get("$self")
        place = urljoin(self._definition.spec.url, own) if isinstance(own, str) else self._definition.spec.url
        parts = urlsplit(place)
        if parts.scheme not in {"http", "https"}:
            return ""
        # Possible credentials in the URL belong to the description, and calls go to the API.
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()

    def _find_fixed_server(self) -> str:
        """Return the document's first server with an absolute URL, "" if there is none."""
        urls = (whole(node["url"], self._place()) for node in listed(self._document.root))
        return next((url for url in urls if "://" in url and "{" not in url), "")

    def _scopes(self, operation: Operation) -> tuple[tuple[str, ...], ...]:
        """Return each sufficient set of scopes."""
        security = requirements(operation.node)
        security = requirements(self._document.root) if security is None else security
        alternatives = [texts(_all_scopes(a)) for a in security or () if isinstance(a, dict)]
        return tuple(dict.fromkeys(a for a in alternatives if a))


def _all_scopes(alternative: Mapping[str, Any]) -> Iterable[Any]:
    return [scope for scopes in alternative.values() if isinstance(scopes, list) for scope in scopes]
