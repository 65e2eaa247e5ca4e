"""Write an added app's folder: its ``integration.yaml``, the record of what was generated, and its description.

The folder replaces the previous one once it is complete and compiled; a failure before that leaves the app unchanged.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from composio.catalog.added import definition_text, generated, spec_text
from composio.catalog.aside import aside_of, put_back
from composio.catalog.definition import AppDefinition
from composio.catalog.edits import Generated, merged, read_record, rewritten, write_record
from composio.catalog.known import FILE_NAME
from composio.errors import IntegrationFileError, InvalidRequest, SpecError
from composio.model.app import ADDRESS
from composio.model.operating import Choices
from composio.model.peers import PeerServer
from composio.plugin.spec import Importer

__all__ = ["Asked", "install"]

FILE: Final = FILE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request to add an app: ``spec`` is the file or URL of the description, the rest as in ``composio apps add``.

    ``anew`` is False for an update: a file without a record of its generation then stays unchanged. ``server`` is the server of
    another protocol that the description was read from.
    """

    spec: str
    base_url: str | None = None
    auth: tuple[str, ...] = ()
    allow_refs: tuple[str, ...] = ()
    anew: bool = True
    server: PeerServer | None = None


def install(
    key: str,
    folder: Path,
    document: Any,
    importer: Importer,
    asked: Asked,
    choices: Choices,
    compile_: Callable[[AppDefinition, AppDefinition | None], None],
    discover: Callable[[str], Any] | None = None,
) -> None:
    """Write the app ``key`` into ``folder``. ``compile_`` gets its definition, and the previous one.

    ``discover`` fetches a provider's metadata at a URL.

    Raises ``InvalidRequest`` for edits that conflict with what is generated, and what ``compile_`` raises.
    """
    put_back(folder)
    there = (folder / FILE).exists()
    mine = _load(folder) if there and not choices.replace else None
    record = read_record(folder) if mine is not None else None
    with _stage(folder) as staged:
        if mine is None or asked.anew or record is not None:
            made = _make(key, document, importer, asked, choices, record, discover, is_new=not there)
            text = definition_text(key, made.definition, asked.spec)
            if mine is not None:
                text = _with_edits(key, folder / FILE, record, made, asked, choices)
            (staged / FILE).write_text(text, "utf-8")
            write_record(staged, made)
        definition = _load_staged(key, staged)
        if mine is not None and mine.spec.kind == "file" and mine.spec.path != definition.spec.path:
            (staged / mine.spec.path).unlink(missing_ok=True)
        (staged / definition.spec.path).write_text(spec_text(document), "utf-8")
        compile_(definition, mine)


def _make(
    key: str,
    document: Any,
    importer: Importer,
    asked: Asked,
    choices: Choices,
    record: Generated | None,
    discover: Callable[[str], Any] | None,
    *,
    is_new: bool,
) -> Generated:
    def make(auth: Sequence[str]) -> Generated:
        return generated(
            key,
            document,
            importer,
            spec=asked.spec,
            base_url=asked.base_url,
            auth=auth,
            allow_refs=asked.allow_refs,
            before=record,
            discover=discover,
            server=asked.server,
        )

    made = make(asked.auth)
    if (
        asked.server is None
        and is_new
        and _is_undeclared(made.definition)
        and choices.ask_auth is not None
        and (auth := choices.ask_auth())
    ):
        made = make(auth)
    return made


def _is_undeclared(definition: Mapping[str, Any]) -> bool:
    return all(scheme["name"] == ADDRESS for scheme in definition.get("auth_schemes", ()))


def _with_edits(key: str, file: Path, record: Generated | None, made: Generated, asked: Asked, choices: Choices) -> str:
    """Return the file's text with the newly generated content, and the edits since the last generation."""
    from composio.catalog.sources.yamlfile import read_yaml

    mine: Mapping[str, Any] = read_yaml(file)
    # The user decides where the description and the API are.
    settled = [
        "spec.file",
        "spec.url",
        *(["spec.mcp"] if asked.anew else []),
        *(["proxy.base_url"] if asked.base_url is not None else []),
    ]
    before = record.definition if record is not None else {}
    result, conflicts = merged(before, mine, made.definition, settled)
    if conflicts and not choices.keep:
        if choices.ask_edit is None:
            listed = ", ".join(one.path for one in conflicts)
            raise InvalidRequest(
                f"{file}: {listed}: edited, and the description says something else now. Nothing was changed: --keep keeps your"
                f" edits there, --replace takes what the description says and drops all edits of {key}."
            )
        taken = [one.path for one in conflicts if choices.ask_edit(one)]
        result, _ = merged(before, mine, made.definition, [*settled, *taken])
    return rewritten(file.read_text("utf-8-sig"), mine, result)


def _load(folder: Path) -> AppDefinition:
    from composio.catalog.sources.integration import load_integration

    return load_integration(folder)


def _load_staged(key: str, staged: Path) -> AppDefinition:
    try:
        return _load(staged)
    except IntegrationFileError as error:
        raise SpecError(
            f"{key}: with what was edited, the integration.yaml would be wrong: {error.field}: {error.problem}. Nothing was"
            " changed. Edit it so that both fit, or pass --replace to drop the edits."
        ) from None


@contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    """Yield a copy of ``folder``, or a new one, that replaces it unless an exception is raised."""
    staged, aside = folder.with_name(f".{folder.name}.new"), aside_of(folder)
    shutil.rmtree(staged, ignore_errors=True)
    try:
        if folder.exists():
            shutil.copytree(folder, staged)
        else:
            staged.mkdir()
        yield staged
        shutil.rmtree(aside, ignore_errors=True)
        if folder.exists():
            folder.rename(aside)
        staged.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        put_back(folder)
