"""The form fields for connecting, built from a scheme's fields."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from composio.model.app import AuthField

__all__ = ["FieldView", "find_missing", "name_wrong", "read_values", "view_fields"]

_PREFIX = "f."  # a scheme's names are arbitrary, and may equal those of the form's own fields
# Keys and documents of several lines, which a password input would lose.
_LINES = re.compile(r"private_?key|certificate|service_?account|credentials?_json|_json\Z|\Ajson|\bpem\b", re.IGNORECASE)
_MODES = {"integer": "numeric", "number": "decimal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """One field for a template. ``kind`` is ``select``, ``lines`` or an input's type."""

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    mode: str = ""
    value: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    wrong: str = ""


def view_fields(
    fields: Sequence[AuthField], values: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> list[FieldView]:
    """Return ``fields`` with the entered values except secrets, and the errors in ``wrong``."""
    typed, problems = values or {}, wrong or {}
    return [_view(one, typed.get(one.name), problems.get(one.name, ""), fields) for one in fields]


def _view(field: AuthField, typed: str | None, wrong: str, fields: Sequence[AuthField]) -> FieldView:
    choices = field.choices or (("true", "false") if field.type == "boolean" else ())
    is_json = field.type in {"object", "json", "array"}
    kind = (
        "select" if choices else "lines" if is_json or _LINES.search(field.name) else "password" if field.is_secret else "text"
    )
    shown = "" if field.is_secret or typed is None else typed
    return FieldView(
        name=_PREFIX + field.name,
        label=_label(field),
        hint=_hint(field, fields),
        kind=kind,
        mode=_MODES.get(field.type, ""),
        value=shown if typed is not None else field.default or "" if not field.is_secret else "",
        required=field.required and field.default is None and not _may_be_empty(field, fields),
        choices=choices,
        wrong=wrong,
    )


def _label(field: AuthField) -> str:
    if field.display_name:
        return field.display_name
    words = re.sub(r"[_\-.\s]+", " ", field.name).strip()
    return words[:1].upper() + words[1:] if words else field.name


def _hint(field: AuthField, fields: Sequence[AuthField]) -> str:
    hint = field.description if field.description != field.display_name else ""
    if _may_be_empty(field, fields):
        hint = f"{hint.rstrip('.')}. Leave it empty if there is none." if hint else "Leave it empty if there is none."
    return hint


def _may_be_empty(field: AuthField, fields: Sequence[AuthField]) -> bool:
    """Some APIs' keys are user names without a password."""
    return field.name == "password" and any(one.name == "username" for one in fields)


def read_values(fields: Sequence[AuthField], form: Mapping[str, str]) -> dict[str, str]:
    """Return the entered values, by the scheme's names. Empty fields are omitted, except optional passwords."""
    found = {}
    for one in fields:
        typed = form.get(_PREFIX + one.name)
        if typed is None:
            continue
        # Browsers use CRLF; pasted text often has surrounding white space.
        text = typed.replace("\r\n", "\n").strip() if one.name != "password" else typed
        if text or _may_be_empty(one, fields):
            found[one.name] = text
    return found


def find_missing(fields: Sequence[AuthField], values: Mapping[str, str]) -> dict[str, str]:
    """Return the errors of required fields that are empty."""
    return {
        one.name: "Choose one." if one.choices else "Fill this in."
        for one in fields
        if one.required and one.default is None and not values.get(one.name, "").strip() and not _may_be_empty(one, fields)
    }


def name_wrong(names: Collection[str], message: str) -> dict[str, str]:
    """Return the field named in an error's ``message``, with the message; empty if there is none."""
    for name in names:
        _, found, said = message.partition(f"the field {name!r} ")
        if found:
            text = said.strip()
            return {name: text[:1].upper() + text[1:]}
    return {}
