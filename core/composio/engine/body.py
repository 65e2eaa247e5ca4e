"""Build a request's body from arguments: JSON, forms, multipart, XML, text, bytes. Pure except for reading MIME types.

Source: OpenAPI 3.1, "Request Body Object", "Media Type Object", "Encoding Object".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from composio.engine import graphql
from composio.engine.files import Upload
from composio.engine.multipart import FileStream, Part, multipart
from composio.engine.serialise import encode_pairs, form_pairs, json_text, query_pairs, scalar, sequence_text
from composio.model.action import Body, HttpBinding, PartEncoding
from composio.model.media import base_type

__all__ = ["content"]

_OCTETS = "application/octet-stream"


def content(
    binding: HttpBinding, arguments: Mapping[str, Any], extra: Mapping[str, Any], headers: dict[str, Any]
) -> dict[str, Any]:
    """Return the ``httpx.Request`` keyword arguments for the body, and set its content type in ``headers``.

    ``extra`` are properties that the credentials add. Raises ``ValueError`` for values that the media type cannot represent.
    """
    body = binding.body
    if body is None:
        return {"json": dict(extra)} if extra else {}
    if body.graphql is not None:
        headers["content-type"] = body.media_type
        return {"content": json_text(graphql.payload(body, body.graphql, arguments)).encode()}
    value = _value(body, binding, arguments, extra)
    if value is None:
        return {}
    if body.kind == "related":
        headers["content-type"], stream = multipart(_relate(body, value), "related")
        return _send([*stream.pieces], headers)
    if body.kind == "multipart":
        headers["content-type"], stream = multipart(list(_parts(body, value)), _subtype(body))
        return _send([*stream.pieces], headers)
    headers["content-type"] = body.media_type
    if body.kind in {"json", "lines"}:
        text = json_text(value) if body.kind == "json" else sequence_text(value, base_type(body.media_type))
        return {"content": text.encode()}
    if body.kind == "form":
        return {"content": _form(body, value).encode()}
    if body.kind == "binary":
        upload = _upload(value)
        if "*" in body.media_type or "," in body.media_type:
            headers["content-type"] = _media_type(body.media_type, upload)
        return _send([upload], headers)
    if body.xml:
        from composio.engine import xml

        return {"content": xml.document(value, body.xml).encode()}
    text = value if isinstance(value, str) else json_text(value)
    if not text.isascii() and "charset" not in body.media_type:
        headers["content-type"] = f"{body.media_type}; charset=utf-8"
    return {"content": text.encode()}


def _value(body: Body, binding: HttpBinding, arguments: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
    if body.whole is not None:
        value = arguments.get(body.whole)
        return {**value, **extra} if extra and isinstance(value, Mapping) else value
    taken = {p.name for p in binding.parameters}
    named = {body.properties.get(k, k): v for k, v in arguments.items() if k in body.properties or k not in taken}
    if not named and not extra and not body.required:
        return None
    return {**named, **extra}


def _send(pieces: list[bytes | Upload], headers: dict[str, Any]) -> dict[str, Any]:
    """Return a body that reads files while they are sent; content in memory is sent directly."""
    stream = FileStream(pieces)
    if not any(isinstance(piece, Upload) and piece.path for piece in pieces):
        return {"content": b"".join(stream)}
    headers["content-length"] = str(stream.size)
    return {"stream": stream}


def _form(body: Body, value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    texts: list[str] = []
    for name, item in value.items():
        rule = body.encoding.get(name)
        if pairs := form_pairs(name, item, rule):
            texts.append(encode_pairs(pairs, reserved=bool(rule and rule.allow_reserved), space="+"))
    return "&".join(texts)


def _subtype(body: Body) -> str:
    return body.media_type.partition(";")[0].partition("/")[2].strip().lower() or "form-data"


def _parts(body: Body, value: Any) -> Iterator[Part]:
    # A description that says "a list of files" without naming the part; such APIs (for example Jira's) read "file".
    fields = value if isinstance(value, Mapping) else {"file": value}
    for name, item in fields.items():
        rule = body.encoding.get(name, PartEncoding())
        if item is None:
            continue
        if rule.style and not rule.content_type:
            explode = rule.style == "form" if rule.explode is None else rule.explode
            for key, text in query_pairs(name, item, style=rule.style, explode=explode):
                yield Part(key, text.encode(), "text/plain", headers=rule.headers)
        elif isinstance(item, list) and not (rule.content_type and "json" in rule.content_type):
            yield from (_part(name, one, rule) for one in item if one is not None)
        else:
            yield _part(name, item, rule)


def _relate(body: Body, fields: Mapping[str, Any]) -> list[Part]:
    """Return the known metadata of a file, then the file."""
    known = {name: value for name, value in fields.items() if name not in body.files}
    files = [_part(name, fields[name], body.encoding.get(name, PartEncoding())) for name in body.files if name in fields]
    return [Part("metadata", json_text(known).encode(), "application/json; charset=utf-8"), *files]


def _part(name: str, item: Any, rule: PartEncoding) -> Part:
    if isinstance(item, bytes):
        item = Upload(len(item), content=item)
    if isinstance(item, Upload):
        filename = item.name or name
        return Part(name, item, _media_type(rule.content_type or "*/*", item), filename, rule.headers)
    if isinstance(item, Mapping | list) or (rule.content_type and "json" in rule.content_type):
        kind = rule.content_type or "application/json"
        text = item if isinstance(item, str) and _is_json(item) else json_text(item)
        return Part(name, text.encode(), kind, headers=rule.headers)
    kind = (rule.content_type or "text/plain").partition(",")[0].strip()
    text = scalar(item)
    if kind.startswith("text/") and not text.isascii() and "charset" not in kind:
        kind += "; charset=utf-8"
    return Part(name, text.encode(), kind if "*" not in kind else "text/plain", headers=rule.headers)


def _is_json(text: str) -> bool:
    """Return whether a string for a JSON part is already JSON: an object or a list that was serialised."""
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _media_type(allowed: str, upload: Upload) -> str:
    """Return the file's media type if ``allowed`` (also with ``*``) includes it, else the first concrete one."""
    listed = [one.strip() for one in allowed.split(",")]
    own = upload.mimetype
    if own and any(fnmatchcase(own.lower(), one.partition(";")[0].strip().lower()) for one in listed):
        return own
    return next((one for one in listed if "*" not in one), own or _OCTETS)


def _upload(value: Any) -> Upload:
    if isinstance(value, Upload):
        return value
    data = value if isinstance(value, bytes) else scalar(value).encode()
    return Upload(len(data), content=data)
