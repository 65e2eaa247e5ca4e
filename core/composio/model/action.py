"""An action: its definition for models, and how to run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from composio.model.dump import Dumps, FormerName, dump
from composio.model.peers import Peer

__all__ = [
    "ActionModel",
    "Binding",
    "Body",
    "FunctionBinding",
    "GraphqlOperation",
    "HttpBinding",
    "JsonSchema",
    "MediaUpload",
    "Parameter",
    "PartEncoding",
    "Server",
]

Place = Literal["path", "query", "header", "cookie"]
BodyKind = Literal["json", "form", "multipart", "text", "binary", "xml", "related", "graphql", "lines"]


class JsonSchema(Dumps, dict[str, Any]):
    """A JSON Schema of an object: a dict with the attributes of v0.7's models (``.properties``)."""

    @property
    def properties(self) -> dict[str, Any]:
        return dict(self.get("properties") or {})

    @property
    def required(self) -> list[str]:
        return list(self.get("required") or [])

    @property
    def title(self) -> str | None:
        return self.get("title")

    @property
    def type(self) -> Any:
        return self.get("type")

    @property
    def examples(self) -> list[Any] | None:
        return self.get("examples")

    def listing(self) -> dict[str, Any]:
        """Return a copy as a plain dict."""
        return dict(self)

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return a deep copy as plain dicts and lists."""
        return dump(self, **options)


@dataclass(frozen=True, slots=True)
class Parameter:
    """Where one argument goes in the request. Source: OpenAPI 3.1, "Parameter Object".

    ``name`` is the property a caller fills, ``wire`` the name on the wire. ``content_type`` is set if the description has
    ``content`` instead of ``schema``: the value is then serialised as that media type. ``allow_empty`` is set if ``name=`` is a
    distinct value for the API.
    """

    name: str
    wire: str
    place: Place
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    content_type: str | None = None
    required: bool = False
    allow_empty: bool = False


@dataclass(frozen=True, slots=True)
class PartEncoding:
    """How one property of a form or multipart body is serialised. Source: OpenAPI 3.1, "Encoding Object".

    ``headers`` are constant ones of a multipart body's part. ``clears`` are the paths below a ``deepObject`` property, such
    as ``.items.*.tags``, at which the API reads an empty string as an empty list.
    """

    content_type: str | None = None
    style: str | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    clears: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class GraphqlOperation:
    """One operation of a GraphQL API.

    ``head`` is its text up to the selection, as in ``query user($id: ID!) { user(id: $id)``, and ``selection`` the default
    selection; ``choice`` names the argument for another one, "" if there is none.
    """

    name: str
    head: str
    selection: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """The request body.

    Either ``properties`` maps each argument to its property on the wire, or ``whole`` names the one argument that is the entire
    body (arrays, strings, free objects). Of kind ``related`` all properties but the files are one JSON part before them.
    ``files`` are the arguments that are files, or lists of them; a string in one of ``loose_files`` that names no file is sent
    unchanged; in JSON a file is base64. ``xml`` are the rules of an XML document, see :mod:`composio.engine.xml`. Of kind
    ``lines`` the value is a list that is sent as consecutive JSON texts. Of kind ``graphql`` the properties are variables of
    the operation in ``graphql``.
    """

    media_type: str
    kind: BodyKind
    properties: Mapping[str, str] = field(default_factory=dict)
    whole: str | None = None
    required: bool = False
    encoding: Mapping[str, PartEncoding] = field(default_factory=dict)
    files: Sequence[str] = ()
    loose_files: Sequence[str] = ()
    xml: Mapping[str, Any] = field(default_factory=dict)
    graphql: GraphqlOperation | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A base URL, perhaps a template: ``variables`` maps each ``{name}`` to its default, ``choices`` to its allowed values.

    ``foreign`` says that only a description named the host: then it must be on the public internet.
    """

    url: str
    variables: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    foreign: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class HttpBinding:
    """How to run an action over HTTP.

    ``path`` is a template such as ``/repos/{owner}/{repo}``. ``defaults`` are values for unfilled arguments, from the app's
    definition, as with Gmail's ``userId: me``. ``public`` is set if the description requires no credentials. ``security`` has
    the names of the accepted security schemes: those of one entry together, the entries as alternatives, an empty one for
    public access; ``()`` if none is required, None if nothing is declared. ``beside`` is the last part of the base URL if
    ``path`` replaces it, as with ``/upload/drive/v3/files`` for ``drive/v3``. ``upload`` is used instead for calls with a file.
    ``peer`` is set if the request is not HTTP: its JSON body then has the arguments of the peer's operation.
    """

    method: str
    path: str
    servers: tuple[Server, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    accept: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    public: bool = False
    security: tuple[tuple[str, ...], ...] | None = None
    beside: str = ""
    upload: MediaUpload | None = None
    peer: Peer | None = None


@dataclass(frozen=True, slots=True)
class MediaUpload:
    """How to run a call with a file. Source: Google API Discovery, "mediaUpload"."""

    argument: str
    binding: HttpBinding


@dataclass(frozen=True, slots=True)
class FunctionBinding:
    """How to run an action in Python.

    ``reference`` is ``package.module:name`` for a function of an app; ``function`` is the object itself, if available.
    ``injected`` lists the parameters that Composio fills (``execute_request``, ``auth``, ``entity_id``, ``read_file``).
    """

    reference: str
    function: Callable[..., Any] | None = field(default=None, compare=False)
    injected: tuple[str, ...] = ()


Binding = HttpBinding | FunctionBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionModel(Dumps):
    """One action, complete.

    ``parameters`` is what a model sees: references inlined, recursion cut, at most 32 KB. ``validation`` is the full schema
    against which arguments are checked; its references point into its own ``$defs``. Both use the API's property names;
    :mod:`composio.schema` adapts them to a provider. ``response`` is stored separately and not sent by default. ``app`` is the
    app's key in lower case, ``aliases`` are further names of this action. ``version`` is the version of the app's description.
    ``scopes`` are the minimum for a token, ``scope_alternatives`` all sufficient sets.
    """

    FORMER = ("appName", "appId", "available_versions", "logo", "enabled")

    slug: str
    app: str
    display_name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    important: bool = False
    deprecated: bool = False
    parameters: JsonSchema = field(default_factory=JsonSchema)
    validation: Mapping[str, Any] = field(default_factory=dict, repr=False)
    response: JsonSchema = field(default_factory=JsonSchema, repr=False)
    version: str = ""
    scopes: tuple[str, ...] = ()
    scope_alternatives: tuple[tuple[str, ...], ...] = ()
    aliases: tuple[str, ...] = ()
    binding: Binding = field(repr=False)

    @property
    def name(self) -> str:
        """The slug, under the documentation's name."""
        return self.slug

    appName = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appId = FormerName[str]("app")  # noqa: N815 - v0.7's; apps have no other id here

    @property
    def available_versions(self) -> list[str]:
        """The only version of the app's description."""
        return [self.version] if self.version else []

    @property
    def logo(self) -> str | None:
        """v0.7's; ``toolset.get_app(app).logo`` has it."""
        return None

    @property
    def enabled(self) -> bool:
        """v0.7's; every known action is enabled."""
        return True

    @property
    def no_auth(self) -> bool:
        """Whether the API accepts calls from anyone, or the function needs no credentials."""
        if isinstance(self.binding, HttpBinding):
            return self.binding.public
        return not {"execute_request", "auth"} & set(self.binding.injected)

    @property
    def key(self) -> str:
        """Return the part shared by all spellings of an action."""
        return self.slug.upper()

    @property
    def names(self) -> frozenset[str]:
        """All names of this action, in upper case."""
        return frozenset((self.key, *(a.upper() for a in self.aliases)))

    def listing(self) -> dict[str, Any]:
        """Return all but the binding as new, JSON-ready dicts and lists, as users of ``get_action_schemas`` print it."""
        return {
            "name": self.slug,
            "display_name": self.display_name,
            "description": self.description,
            "parameters": deepcopy(dict(self.parameters)),
            "response": deepcopy(dict(self.response)),
            "appName": self.app,
            "tags": list(self.tags),
            "important": self.important,
            "deprecated": self.deprecated,
            "version": self.version,
            "scopes": list(self.scopes),
            "scope_alternatives": [list(scopes) for scopes in self.scope_alternatives],
            "aliases": list(self.aliases),
        }
