"""Values of a connection from the shell: from ``--field`` or prompts, never shown."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from composio.cli.output import note, prompt
from composio.errors import InvalidRequest, MissingFields, nearest
from composio.model.secret import SecretValues, is_secret

if TYPE_CHECKING:
    from composio.model.app import AuthField

__all__ = ["FIELD_HELP", "ask", "check_known", "interactive", "is_secret", "missing_fields", "read_fields"]

FIELD_HELP = "A value, repeatable: NAME=VALUE, NAME=@FILE, or NAME=- for standard input; the last two keep secrets out of the shell's history."
_FORM = "NAME=VALUE, NAME=@FILE, or NAME=- for standard input"


def interactive() -> bool:
    """Return whether a terminal is available for prompts."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def read_fields(given: Sequence[str]) -> SecretValues:
    """Parse ``--field``. No message quotes any part of a value, nor of a possible value without its name."""
    found: dict[str, str] = {}
    from_stdin = ""
    for number, text in enumerate(given, 1):
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not re.fullmatch(r"[A-Za-z_][\w.-]*", name):
            which = f"--field number {number}" if len(given) > 1 else "--field"
            raise InvalidRequest(f"{which}: expected {_FORM}.")
        if name in found:
            raise InvalidRequest(f"--field {name}: it was given twice.")
        if value == "-":
            if from_stdin:
                raise InvalidRequest(
                    f"--field {name}: standard input is already used for {from_stdin}; it can be read only once."
                )
            from_stdin = name
        found[name] = _value(name, value)
    return SecretValues(found)


def _value(name: str, value: str) -> str:
    if (name, value) == ("password", ""):
        return value  # explicitly empty: the user name is the key then
    if value == "-":
        value = _type(name, "") if sys.stdin.isatty() else sys.stdin.read()
    elif value.startswith("@@"):
        value = value[1:]
    elif value.startswith("@"):
        value = _file(name, value[1:])
    value = value.removesuffix("\n").removesuffix("\r")
    if not value.strip():
        raise InvalidRequest(f"--field {name}: the value is empty.")
    return value


def _file(name: str, path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not the name of a UTF-8 text file"
        # Not the path: it may be a password that begins with @.
        raise InvalidRequest(
            f"--field {name}: the file after @ can't be read: {reason}. A value that begins with @ is written @@."
        ) from None


def ask(fields: Iterable[AuthField]) -> SecretValues:
    """Prompt for each field in the terminal, without echo for secrets."""
    found: dict[str, str] = {}
    for field in fields:
        if what := field.about:
            note(f"{field.name}: {what}")
        value = ""
        while not value.strip() or (field.choices and value.strip() not in field.choices):
            value = _type(field.name, " (@FILE reads a file)" if _long(field.name) else "")
            if _long(field.name) and value.startswith("@"):
                value = _file(field.name, value[1:].strip())
        found[field.name] = value.strip() if field.choices else value
    return SecretValues(found)


def _long(name: str) -> bool:
    """Multi-line values can't be typed."""
    return bool(re.search(r"json|private_key|pem|cert|service_account", name, re.IGNORECASE))


def _type(name: str, how: str) -> str:
    return prompt(f"{name}{how}", hide=is_secret(name))


def check_known(given: Iterable[str], what: str, names: Collection[str]) -> None:
    """Raise ``InvalidRequest`` for a field that ``what`` lacks: it explains why another one is missing."""
    for name in given:
        if name not in names:
            guess = nearest(name, sorted(names), 1)
            hint = f" Did you mean {guess[0]!r}?" if guess else ""
            raise InvalidRequest(f"{what} has no field {name!r}.{hint} It has {', '.join(sorted(names)) or 'none'}.")


def missing_fields(app: str, auth_mode: str, fields: Sequence[AuthField]) -> InvalidRequest:
    """Return the error if no terminal is available."""
    listed = {field.name: field.about for field in fields}
    error = MissingFields(app, f"a connection with {auth_mode}", listed)
    example = " ".join(f"--field {name}={'@FILE' if is_secret(name) else '...'}" for name in listed)
    error.args = (f"{error} Give them as {_FORM}: composio add {app} {example}",)
    return error
