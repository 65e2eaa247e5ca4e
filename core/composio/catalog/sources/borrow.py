"""Apps with the actions of others, under their own prefix and credentials: ``actions_from``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from composio.catalog.definition import AppDefinition, SpecSource
from composio.errors import IntegrationFileError, nearest
from composio.model.app import AppModel, Provenance

__all__ = ["with_actions"]


def with_actions(
    definitions: Mapping[str, AppDefinition],
) -> tuple[dict[str, AppDefinition], dict[str, IntegrationFileError]]:
    """Return ``definitions`` with what they borrow from others, and the errors of those that cannot."""
    found: dict[str, AppDefinition] = {}
    broken: dict[str, IntegrationFileError] = {}
    for key, definition in definitions.items():
        try:
            found[key] = _resolve(definition, definitions, (key,))
        except IntegrationFileError as error:
            broken[key] = error
    return found, broken


def _resolve(definition: AppDefinition, known: Mapping[str, AppDefinition], trail: tuple[str, ...]) -> AppDefinition:
    sources = []
    for name in definition.actions_from:
        key = name.lower()
        if key in trail:
            problem = f"leads back to {name!r}; name apps that have actions of their own"
            raise IntegrationFileError(str(definition.file), "actions_from", problem)
        if key not in known:
            guess = nearest(key, known, 1)
            hint = f" Did you mean {guess[0]!r}?" if guess else ""
            raise IntegrationFileError(str(definition.file), "actions_from", f"no app is called {name!r}.{hint}")
        sources.append(_resolve(known[key], known, (*trail, key)))
    return _join(definition, sources) if sources else definition


def _join(own: AppDefinition, sources: list[AppDefinition]) -> AppDefinition:
    """Merge: the app's own file wins over borrowed values, and earlier sources over later ones."""
    several = len(sources) > 1 or bool(own.specs)
    specs = _without_parts([*own.specs, *(spec for source in sources for spec in _specs(source, several=several))])
    aliases = dict(own.aliases)
    flows = dict(own.flows)
    defaults = dict(own.defaults)
    for source in sources:
        for name, reference in source.aliases.items():
            aliases.setdefault(_rename(name, source, own), _rename(reference, source, own))
        for name, tags in source.flows.items():
            renamed = _rename(name, source, own)
            flows[renamed] = tuple(dict.fromkeys((*flows.get(renamed, ()), *tags)))
        for name, value in source.defaults.items():
            defaults.setdefault(name, value)
    important = own.important or tuple(_rename(one, source, own) for source in sources for one in source.important)
    return replace(
        own,
        app=_app(own.app, [source.app for source in sources], specs, alone=not own.specs),
        spec=specs[0] if specs else own.spec,
        further=tuple(specs[1:]),
        aliases=aliases,
        flows=flows,
        important=tuple(dict.fromkeys(important)),
        hide=tuple(dict.fromkeys([*own.hide, *(name for source in sources for name in source.hide)])),
        defaults=defaults,
        always_authenticate=own.always_authenticate or any(source.always_authenticate for source in sources),
    )


def _specs(source: AppDefinition, *, several: bool) -> list[SpecSource]:
    """Return another app's descriptions in a form that is valid from any location."""
    found = []
    for spec in source.specs:
        path = str((source.folder / spec.path).resolve()) if spec.kind == "file" else spec.path
        base_url = spec.base_url or (source.app.base_url or "" if several else "")
        name = spec.name if not several else f"{source.app.key}.{spec.name}" if source.further else source.app.key
        found.append(replace(spec, path=path, base_url=base_url, name=name))
    return found


def _without_parts(specs: list[SpecSource]) -> list[SpecSource]:
    """Drop those that are part of another one: Gmail has four operations of the People API, Google Contacts all."""
    whole = {_document(spec) for spec in specs if not (spec.include or spec.exclude)}
    return [spec for spec in specs if not (spec.include or spec.exclude) or _document(spec) not in whole]


def _document(spec: SpecSource) -> tuple[str, ...]:
    return spec.kind, spec.package, spec.version, spec.path, spec.url


def _rename(name: str, source: AppDefinition, own: AppDefinition) -> str:
    """Convert an action name of ``source`` to one of ``own``; an operationId stays."""
    prefix = f"{source.app.key.upper()}_"
    return f"{own.app.key.upper()}_{name.removeprefix(prefix)}" if name.startswith(prefix) else name


def _app(own: AppModel, sources: list[AppModel], specs: list[SpecSource], *, alone: bool) -> AppModel:
    headers = {name: value for source in reversed(sources) for name, value in source.headers.items()} | dict(own.headers)
    errors = [*own.expired_token_errors, *(error for source in sources for error in source.expired_token_errors)]
    first = sources[0]
    is_same = alone and len(sources) == 1  # otherwise each description has its own base URL
    return replace(
        own,
        headers=headers,
        base_url=own.base_url or (first.base_url if is_same else None),
        envelope=own.envelope or (first.envelope if is_same else None),
        get_current_user_endpoint=own.get_current_user_endpoint or (first.get_current_user_endpoint if is_same else None),
        idempotency_header=own.idempotency_header or (first.idempotency_header if is_same else ""),
        idempotency_argument=own.idempotency_argument or (first.idempotency_argument if is_same else ""),
        expired_token_errors=tuple(one for index, one in enumerate(errors) if one not in errors[:index]),
        provenance=Provenance(
            source=", ".join(
                dict.fromkeys(f"{s.kind}:{s.package}@{s.version}" if s.package else s.path or s.url for s in specs)
            ),
            version=", ".join(dict.fromkeys(s.version for s in specs if s.version)),
            license=", ".join(dict.fromkeys(s.license for s in specs if s.license)),
        ),
    )
