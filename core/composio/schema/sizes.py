"""Bytes of values as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any

__all__ = ["encode", "encode_sorted", "size_of"]


def _encoder(*, sort_keys: bool = False) -> Callable[[Any], Any]:
    """What writes a value as parts of JSON.

    ``json.dumps`` makes its encoder in C anew with each call, which takes longer than most schemas; one serves all of them.
    """
    make = getattr(encoder, "c_make_encoder", None)  # CPython's
    if make is None:
        return json.JSONEncoder(check_circular=False, sort_keys=sort_keys).iterencode
    plain = json.JSONEncoder(sort_keys=sort_keys)
    encode = make(
        None,
        plain.default,
        encoder.encode_basestring_ascii,
        None,
        plain.key_separator,
        plain.item_separator,
        plain.sort_keys,
        plain.skipkeys,
        plain.allow_nan,
    )
    return lambda value: encode(value, 0)


_encode, _encode_sorted = _encoder(), _encoder(sort_keys=True)


def encode(value: Any) -> str:
    """The JSON of a value without circles, as ``json.dumps`` writes it."""
    return "".join(_encode(value))


def encode_sorted(value: Any) -> str:
    """The same, with the keys of objects in order."""
    return "".join(_encode_sorted(value))


def size_of(value: Any) -> int:
    """Bytes of JSON, of a value without circles; escapes and blanks counted, so that no way of writing it takes more."""
    return len("".join(_encode(value)))
