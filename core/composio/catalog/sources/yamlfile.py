"""Read a YAML file as plain JSON values, without other YAML features.

Aliases (a few lines of them can expand to gigabytes), tags, dates, duplicate keys and keys that are not strings are refused
with their line: in a hand-written file each is a mistake, or worse.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from composio.errors import IntegrationFileError

__all__ = ["LIMIT", "mistakes", "read_yaml", "write_yaml"]

# Bytes. The largest of our own, with a thousand aliases, is a tenth of this.
LIMIT: Final = 2_000_000

_PLAIN = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map"))
_SCALARS = {"tag:yaml.org,2002:timestamp": "put dates in quotes", "tag:yaml.org,2002:merge": "write the fields out"}


def mistakes(file: Path) -> list[IntegrationFileError]:
    """Return all YAML errors in the file; empty if :func:`read_yaml` can read it."""
    found: list[IntegrationFileError] = []
    try:
        read_yaml(file, found)
    except IntegrationFileError as error:
        found.append(error)
    return found


def read_yaml(file: Path, found: list[IntegrationFileError] | None = None) -> Any:
    """Return the file's one document.

    Raises ``IntegrationFileError`` with line and column, or adds recoverable ones to ``found``.
    """
    import yaml

    text = _text(file)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise IntegrationFileError(str(file), "file", "is empty; `name` and `unique_key` are the least it needs")
        for error in _check(file, node, set()):
            if found is None:
                raise error
            found.append(error)
        return None if found else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        where = _at(error.problem_mark or error.context_mark)
        raise IntegrationFileError(str(file), where, f"is not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise IntegrationFileError(str(file), "file", f"is not valid YAML: {error}") from None
    except (ValueError, RecursionError) as error:
        raise IntegrationFileError(str(file), "file", f"holds a value that can't be read: {error}") from None
    finally:
        loader.dispose()


def write_yaml(value: Any) -> str:
    """Dump ``value`` in the form that :func:`read_yaml` accepts: repeated objects are written out, without aliases."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library calls it so
            return True

    text: str = yaml.dump(value, Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)
    return text


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise IntegrationFileError(str(file), "file", f"can't be read: {error.strerror or error}") from None
    if len(data) > LIMIT:
        raise IntegrationFileError(
            str(file), "file", f"has {len(data)} bytes; {LIMIT} are the most an integration.yaml may have"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IntegrationFileError(str(file), f"byte {error.start}", "is not UTF-8; save the file as UTF-8") from None


def _at(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else "file"


def _check(file: Path, node: Any, seen: set[int]) -> Iterator[IntegrationFileError]:
    """Check the composed nodes, where an alias is still one shared object and costs nothing."""
    where = _at(node.start_mark)
    if id(node) in seen:
        yield IntegrationFileError(
            str(file), where, "is used again by an alias (*name); write the value out where it is needed"
        )
        return
    seen.add(id(node))
    if node.tag not in _PLAIN:
        hint = _SCALARS.get(node.tag, "leave the tag out; text, numbers, true/false, lists and mappings are all that is read")
        yield IntegrationFileError(str(file), where, f"is a {node.tag.rpartition(':')[2]!r}: {hint}")
    if node.id == "sequence":
        for item in node.value:
            yield from _check(file, item, seen)
    elif node.id == "mapping":
        yield from _check_mapping(file, node, seen)


def _check_mapping(file: Path, node: Any, seen: set[int]) -> Iterator[IntegrationFileError]:
    first: dict[str, int] = {}
    for key, value in node.value:
        yield from _check(file, key, seen)
        if key.tag != "tag:yaml.org,2002:str":
            yield IntegrationFileError(str(file), _at(key.start_mark), f"the key {key.value!r} is not text; put it in quotes")
        elif key.value in first:
            problem = f"the key {key.value!r} is repeated here; it is already on line {first[key.value]}"
            yield IntegrationFileError(str(file), _at(key.start_mark), problem)
        else:
            first[key.value] = key.start_mark.line + 1
        yield from _check(file, value, seen)
