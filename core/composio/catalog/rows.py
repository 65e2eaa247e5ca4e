"""Convert actions, responses and webhooks to compressed JSON and back. Pure.

Definitions shared by the requests of several actions are stored once: an action names them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from composio.model.action import (
    ActionModel,
    Binding,
    Body,
    FunctionBinding,
    GraphqlOperation,
    HttpBinding,
    JsonSchema,
    MediaUpload,
    Parameter,
    PartEncoding,
    Server,
)
from composio.model.peers import Peer, PeerServer
from composio.model.response import DeclaredResponse
from composio.model.webhook import WebhookModel

__all__ = [
    "Definitions",
    "LazySchema",
    "decode_action",
    "decode_responses",
    "decode_server",
    "decode_webhook",
    "encode_action",
    "encode_responses",
    "encode_webhook",
    "measured",
    "measured_action",
    "measured_responses",
    "pack",
    "pack_text",
    "plain",
    "text_of",
    "unpack",
]

# Level 1 halves the time of a compile and costs a sixth more space.
_LEVEL = 1
_HTTP = tuple(one.name for one in fields(HttpBinding))
_PLAIN = frozenset((bool, float, int, str, type(None)))


def pack(value: Any) -> bytes:
    """Return compressed JSON. Types that JSON lacks (a date from YAML) become strings."""
    return measured(value)[0]


def measured(value: Any) -> tuple[bytes, int]:
    """Return the same, and its size in bytes before compression."""
    data = _encode(value)
    return zlib.compress(data, _LEVEL), len(data)


def _encode(value: Any) -> bytes:
    try:
        return _fast()(value, fallback=str)
    except ValueError:  # an unpaired surrogate, which only escapes can represent
        return json.dumps(value, separators=(",", ":"), default=str).encode()


@cache
def _fast() -> Callable[..., bytes]:
    """Pydantic's encoder, four times as fast as the standard library's. Readers do not import it."""
    from pydantic_core import to_json

    return to_json


def pack_text(text: str) -> bytes:
    """Compress JSON text."""
    return zlib.compress(text.encode(), _LEVEL)


def text_of(blob: bytes) -> str:
    """Return the JSON text."""
    return zlib.decompress(blob).decode()


def unpack(blob: bytes) -> Any:
    """Reverse :func:`pack`."""
    return json.loads(zlib.decompress(blob))


class LazySchema(JsonSchema):
    """A schema that is parsed on first access: response schemas are large, and most tools never show theirs."""

    __slots__ = ("_load",)

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        # Not empty even before parsing: C code such as json's reads a dict's size without calling us.
        super().__init__(type="object")
        self._load: Callable[[], Mapping[str, Any]] | None = load

    def _filled(self) -> dict[str, Any]:
        load = self._load
        if load is not None:
            # Filled before it is marked: a second thread may fill it again with the same content, but never sees a part.
            loaded = load()
            dict.update(self, loaded)
            if "type" not in loaded:
                dict.pop(self, "type", None)
            self._load = None
        return self

    def __getitem__(self, key: str) -> Any:
        return dict.__getitem__(self._filled(), key)

    def get(self, key: str, default: Any = None) -> Any:
        return dict.get(self._filled(), key, default)

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self._filled(), key)

    def __iter__(self) -> Iterator[str]:
        return dict.__iter__(self._filled())

    def __len__(self) -> int:
        return dict.__len__(self._filled())

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._filled(), other._filled() if isinstance(other, LazySchema) else other)

    __hash__ = None  # type: ignore[assignment]  # as dict; defining __eq__ would set it anyway, mypy wants it said

    def __repr__(self) -> str:
        return dict.__repr__(self._filled())

    def keys(self) -> Any:
        return dict.keys(self._filled())

    def values(self) -> Any:
        return dict.values(self._filled())

    def items(self) -> Any:
        return dict.items(self._filled())

    def copy(self) -> dict[str, Any]:
        return dict(dict.items(self._filled()))

    def __or__(self, other: Any) -> Any:
        return self.copy() | dict(other)

    def __reduce__(self) -> tuple[Any, ...]:
        return JsonSchema, (self.copy(),)


class Definitions:
    """Definitions of requests: each is stored once, however many actions need it."""

    def __init__(self) -> None:
        self.packed: dict[str, bytes] = {}
        """By name; further ones with one name have a number appended."""
        self._known: dict[str, tuple[Any, str, int]] = {}

    def add(self, definitions: Mapping[str, Any]) -> tuple[list[Any], int]:
        """Return an action's references to its ``definitions``, for :func:`decode_action`; and their total size in bytes."""
        said: list[Any] = []
        total = 0
        for name, schema in definitions.items():
            known = self._known.get(name)
            if known is None or known[0] is not schema:  # another document's, with the same name
                known = self._known[name] = schema, *self._store(name, schema)
            said.append(name if known[1] == name else [name, known[1]])
            total += known[2]
        return said, total

    def _store(self, name: str, schema: Any) -> tuple[str, int]:
        blob, size = measured(schema)
        stored, number = name, 1
        while self.packed.setdefault(stored, blob) != blob:
            number += 1
            stored = f"{name}#{number}"
        return stored, size


def encode_action(action: ActionModel, definitions: Definitions) -> bytes:
    """Encode an action without its response schema; missing ``definitions`` are added."""
    return measured_action(action, definitions)[0]


def measured_action(action: ActionModel, definitions: Definitions) -> tuple[bytes, int]:
    """Return the same, and its size in bytes with its definitions before compression."""
    # Mostly the two schemas differ only in keywords beside their properties; the common part is stored once.
    own = {k: v for k, v in action.validation.items() if k not in action.parameters or v != action.parameters[k]}
    value: dict[str, Any] = {
        "slug": action.slug,
        "app": action.app,
        "display_name": action.display_name,
        "description": action.description,
        "tags": action.tags,
        "important": action.important,
        "deprecated": action.deprecated,
        "version": action.version,
        "scopes": action.scopes,
        "scope_alternatives": action.scope_alternatives,
        "aliases": action.aliases,
        "parameters": action.parameters,
        "validation": own,
        "only_shown": [k for k in action.parameters if k not in action.validation],
    }
    more = 0
    if isinstance(shared := own.get("$defs"), dict):
        del own["$defs"]
        value["definitions"], more = definitions.add(shared)
    binding = action.binding
    if isinstance(binding, HttpBinding):
        every = ((one, getattr(binding, one)) for one in _HTTP)
        value["http"] = {name: one for name, one in every if one or (name == "security" and one is not None)}
    else:
        value["function"] = {"reference": binding.reference, "injected": binding.injected}
    blob, size = measured(value)
    return blob, size + more


def plain(value: Any) -> Any:
    """Do the same as ``dataclasses.asdict``, which also copies every value: a tenth of the time of a compile."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    names = getattr(value, "__dataclass_fields__", None)
    return value if names is None else {name: plain(getattr(value, name)) for name in names}


def decode_action(
    blob: bytes, response: Callable[[], Mapping[str, Any]], definitions: Callable[[Sequence[str]], Mapping[str, Any]]
) -> ActionModel:
    """Decode an action; ``response`` returns the response schema on access.

    ``definitions`` returns those with the stored names.
    """
    value = unpack(blob)
    parameters = JsonSchema(value["parameters"])
    validation = {**parameters, **value["validation"]}
    if (said := value.get("definitions")) is not None:
        names = [(one, one) if isinstance(one, str) else one for one in said]
        found = definitions([stored for _, stored in names]) if names else {}
        validation["$defs"] = {name: found[stored] for name, stored in names}
    for name in value["only_shown"]:
        del validation[name]
    return ActionModel(
        slug=value["slug"],
        app=value["app"],
        display_name=value["display_name"],
        description=value["description"],
        tags=tuple(value["tags"]),
        important=value["important"],
        deprecated=value["deprecated"],
        version=value["version"],
        scopes=tuple(value["scopes"]),
        scope_alternatives=tuple(map(tuple, value["scope_alternatives"])),
        aliases=tuple(value["aliases"]),
        parameters=parameters,
        validation=validation,
        response=LazySchema(response),
        binding=_binding(value),
    )


def _binding(value: Mapping[str, Any]) -> Binding:
    if "function" in value:
        function = value["function"]
        return FunctionBinding(reference=function["reference"], injected=tuple(function["injected"]))
    return _http(value["http"])


def _http(http: Mapping[str, Any]) -> HttpBinding:
    body, upload = http.get("body"), http.get("upload")
    return HttpBinding(
        method=http["method"],
        path=http.get("path", ""),
        servers=tuple(Server(**s) for s in http.get("servers", ())),
        parameters=tuple(Parameter(**p) for p in http.get("parameters", ())),
        body=_body(body) if body else None,
        accept=tuple(http.get("accept", ())),
        defaults=http.get("defaults", {}),
        public=http.get("public", False),
        security=None if http.get("security") is None else tuple(map(tuple, http["security"])),
        beside=http.get("beside", ""),
        upload=MediaUpload(upload["argument"], _http(upload["binding"])) if upload else None,
        peer=Peer(decode_server(peer["server"]), peer["operation"]) if (peer := http.get("peer")) else None,
    )


def decode_server(value: Mapping[str, Any]) -> PeerServer:
    """Decode a peer's server from :func:`plain`."""
    return PeerServer(**{**value, "command": tuple(value["command"])})


def _body(value: Mapping[str, Any]) -> Body:
    lists = {key: tuple(value[key]) for key in ("files", "loose_files") if key in value}
    encoding = {k: PartEncoding(**v) for k, v in value["encoding"].items()}
    operation = GraphqlOperation(**value["graphql"]) if value.get("graphql") else None
    return Body(**{**value, **lists, "encoding": encoding, "graphql": operation})


def encode_responses(responses: tuple[DeclaredResponse, ...]) -> bytes:
    """Encode declared responses; their references stay unchanged."""
    return measured_responses(responses)[0]


def measured_responses(responses: tuple[DeclaredResponse, ...]) -> tuple[bytes, int]:
    """Return the same, and its size in bytes before compression."""
    value = [
        {
            "status": r.status,
            "media_type": r.media_type,
            "schema": r.schema,
            **({"example": r.example} if r.has_example else {}),
        }
        for r in responses
    ]
    return measured(value)


def decode_responses(blob: bytes, with_definitions: Callable[[Any], Mapping[str, Any]]) -> list[DeclaredResponse]:
    """Decode responses; ``with_definitions`` adds the definitions that a schema refers to."""
    return [
        DeclaredResponse(
            status=r["status"],
            media_type=r["media_type"],
            schema=with_definitions(r["schema"]),
            example=r.get("example"),
            has_example="example" in r,
        )
        for r in unpack(blob)
    ]


def encode_webhook(webhook: WebhookModel) -> bytes:
    """Encode a webhook; its payload's references stay unchanged."""
    return pack({f.name: value for f in fields(webhook) if (value := getattr(webhook, f.name))})


def decode_webhook(blob: bytes, with_definitions: Callable[[Any], Mapping[str, Any]]) -> WebhookModel:
    """Decode a webhook; ``with_definitions`` adds the definitions that a schema refers to."""
    value = unpack(blob)
    texts = {key: tuple(value.get(key, ())) for key in ("tags", "headers")}
    return WebhookModel(**{**value, **texts, "payload": with_definitions(value.get("payload", {}))})
