"""What a function's signature and docstring say, as JSON Schema. pydantic and the docstring parser load on first use."""

from __future__ import annotations

import functools
import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from composio.errors import ToolDefinitionError
from composio.model.action import JsonSchema
from composio.model.call import CALLING, LOCAL_TOOLS

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema

__all__ = ["INJECTED", "Description", "describe"]

# Filled by Composio and never shown to a model. Source: documentation page "Creating Custom Tools".
INJECTED = ("execute_request", "auth", "entity_id", "read_file", CALLING, LOCAL_TOOLS)

_EMPTY = inspect.Parameter.empty
_NO_DEFAULT = object()  # of a parameter that may be left out all the same
_REFS = "#/$defs/{model}"


@dataclass(frozen=True, slots=True)
class Description:
    """A function, described.

    ``parameters`` is for models, ``validation`` the faithful schema behind it. ``adapters`` turn a JSON value into what a
    typed parameter wants; ``own_defaults`` names those whose default pydantic knows and Python does not.
    """

    text: str
    parameters: JsonSchema
    validation: Mapping[str, Any]
    response: JsonSchema
    injected: tuple[str, ...]
    adapters: Mapping[str, TypeAdapter[Any]] = field(repr=False)
    own_defaults: frozenset[str] = frozenset()
    # The name in `:return name: ...`, "" if there is none.
    returned: str = ""


def describe(function: Callable[..., Any], *, scope: Mapping[str, Any] | None = None) -> Description:
    """Read a function. ``scope`` has the names around its definition, for annotations that are text.

    Raises ``ToolDefinitionError`` naming the function, the parameter and the way out.
    """
    from composio.schema.inline import inline

    parameters = _unpack(function, list(inspect.signature(function).parameters.values()), scope or {})
    _check_kinds(function, parameters)
    named = [p for p in parameters if p.kind is not p.VAR_KEYWORD and p.name not in INJECTED]
    docs = _Docs(function)
    hints = {p.name: _hint(function, p, scope or {}) for p in named}
    adapters = {p.name: _adapter(function, p, hints[p.name]) for p in named if hints[p.name] is not _EMPTY}
    schemas, definitions = _schemas(adapters)
    own = frozenset(name for name, adapter in adapters.items() if _has_default(adapter))
    properties = {p.name: _property(p, schemas.get(p.name, {}), hints[p.name], docs) for p in named}
    rest = next((p for p in parameters if p.kind is p.VAR_KEYWORD), None)
    validation: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": [p.name for p in named if p.name not in own and (p.default is _EMPTY or _is_field(p.default))],
        "additionalProperties": rest is not None,
    }
    if definitions:
        validation["$defs"] = definitions
    return Description(
        text=docs.text or _sentence(function),
        parameters=inline(validation, text_limit=1024),
        validation=validation,
        response=_response(function, scope or {}),
        injected=tuple(p.name for p in parameters if p.name in INJECTED),
        adapters=adapters,
        own_defaults=own,
        returned=docs.returned,
    )


class _Docs:
    """A docstring, apart: its text and what it says of each parameter. Google, numpy, reST and epydoc styles."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.text = inspect.getdoc(function) or ""
        self.parameters: dict[str, str] = {}
        self.returned = ""
        if not self.text:
            return
        import docstring_parser

        try:
            parsed = docstring_parser.parse(self.text)
        except docstring_parser.ParseError:
            return  # free text that only looks like a style: all of it is the description
        self.parameters = {p.arg_name: " ".join(p.description.split()) for p in parsed.params if p.description}
        if parsed.style is docstring_parser.DocstringStyle.REST and parsed.returns is not None:
            name = parsed.returns.type_name or ""
            self.returned = name if name.isidentifier() else ""
        if parsed.params or parsed.returns or parsed.raises:
            self.text = "\n\n".join(part for part in (parsed.short_description, parsed.long_description) if part)


def _unpack(
    function: Callable[..., Any], parameters: list[inspect.Parameter], scope: Mapping[str, Any]
) -> list[inspect.Parameter]:
    """``parameters`` with ``**name: Unpack[SomeTypedDict]`` replaced by a parameter for each key. Source: PEP 692."""
    rest = parameters[-1] if parameters else None
    if rest is None or rest.kind is not rest.VAR_KEYWORD or rest.annotation is _EMPTY:
        return parameters
    import typing_extensions

    hint = _resolve(function, rest.name, rest.annotation, scope)
    if typing.get_origin(hint) not in (typing.Unpack, typing_extensions.Unpack):
        return parameters
    (fields,) = typing.get_args(hint)
    if not typing_extensions.is_typeddict(fields):
        raise _wrong(function, f"`**{rest.name}` unpacks {fields!r}, which is not a TypedDict.")
    named = {p.name for p in parameters}
    if twice := sorted(named & set(fields.__annotations__)):
        raise _wrong(function, f"`{twice[0]}` is both a parameter and a key of {fields.__name__}. Remove one of the two.")
    return [*parameters[:-1], *_keys(function, fields, scope)]


def _keys(function: Callable[..., Any], fields: Any, scope: Mapping[str, Any]) -> list[inspect.Parameter]:
    """The keys of a TypedDict as keyword parameters; one that is not required has no default."""
    try:
        hints = typing.get_type_hints(fields, None, {**_closure(inspect.unwrap(function)), **scope}, include_extras=True)
    except NameError as error:
        raise _wrong(function, f"{fields.__name__} names {error.name!r}, which is not defined there.") from None
    found = []
    for name, hint in hints.items():
        marked = typing.get_origin(hint)
        # Where annotations are text, `__required_keys__` does not know of NotRequired and Required.
        is_required = marked is typing.Required or (marked is not typing.NotRequired and name in fields.__required_keys__)
        plain = typing.get_args(hint)[0] if marked in (typing.Required, typing.NotRequired) else hint
        default = _EMPTY if is_required else _NO_DEFAULT
        found.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=plain))
    return found


def _check_kinds(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> None:
    in_class = "." in function.__qualname__.rpartition("<locals>.")[2]
    if in_class and parameters and parameters[0].name in {"self", "cls"} and parameters[0].annotation is _EMPTY:
        raise _wrong(function, f"it is a method, and nothing fills in `{parameters[0].name}`. Move it out of the class.")
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            raise _wrong(
                function, f"`*{parameter.name}` can't be filled by name. Take a list, as in `{parameter.name}: list[str]`."
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise _wrong(function, f"`{parameter.name}` is positional-only and can't be filled by name. Remove the `/`.")


def _wrong(function: Callable[..., Any], problem: str) -> ToolDefinitionError:
    code = getattr(inspect.unwrap(function), "__code__", None)
    where = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return ToolDefinitionError(f"@action on {function.__qualname__}{where}: {problem}")


def _hint(function: Callable[..., Any], parameter: inspect.Parameter, scope: Mapping[str, Any]) -> Any:
    """The parameter's type, with what pydantic needs to know of its default."""
    hint = _evaluate(function, parameter.name, parameter.annotation, scope)
    if _is_field(parameter.default):
        return typing.Annotated[Any if hint is _EMPTY else hint, parameter.default]
    if hint is not _EMPTY and parameter.default is None and not _takes_none(hint):
        return typing.Optional[hint]  # noqa: UP045 - `|` does not take every kind of hint
    return hint


def _takes_none(hint: Any) -> bool:
    """Whether a type allows None already: a second Optional around an Annotated one would double its schema."""
    if typing.get_origin(hint) is typing.Annotated:
        return _takes_none(typing.get_args(hint)[0])
    return hint is None or type(None) in typing.get_args(hint)


def _evaluate(function: Callable[..., Any], name: str, annotation: Any, scope: Mapping[str, Any]) -> Any:
    """An annotation as a type that pydantic takes."""
    return _support(_resolve(function, name, annotation, scope))


def _resolve(function: Callable[..., Any], name: str, annotation: Any, scope: Mapping[str, Any]) -> Any:
    """An annotation, perhaps text, as a type: names are looked up where the function stands, then around it."""
    if annotation is _EMPTY:
        return _EMPTY
    # Under another decorator's wrapper the text still means what it does where the function was written.
    written: Any = inspect.unwrap(function)
    names = {**_closure(written), **scope}
    holder = types.SimpleNamespace(__annotations__={name: annotation})
    try:
        return typing.get_type_hints(holder, getattr(written, "__globals__", {}), names, include_extras=True)[name]
    except NameError as error:
        raise _wrong(
            function, f"the annotation {annotation!r} of `{name}` names {error.name!r}, which is not defined there."
        ) from None
    except (TypeError, SyntaxError) as error:
        raise _wrong(function, f"the annotation {annotation!r} of `{name}` is not a type: {error}") from None


def _closure(function: Any) -> dict[str, Any]:
    code = getattr(function, "__code__", None)
    cells = zip(code.co_freevars, function.__closure__ or (), strict=True) if code else ()
    return {name: cell.cell_contents for name, cell in cells if _is_filled(cell)}


def _is_filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # a name that is assigned later
        return False


def _support(hint: Any) -> Any:
    """``hint`` with ``typing.TypedDict`` replaced where this Python's does not carry all that pydantic asks for."""
    if sys.version_info >= (3, 12):
        return hint
    if typing.is_typeddict(hint) and type(hint).__module__ == "typing":
        import typing_extensions

        fields = {n: _support(h) for n, h in typing.get_type_hints(hint, include_extras=True).items()}
        fields = {n: h if n in hint.__required_keys__ else typing_extensions.NotRequired[h] for n, h in fields.items()}
        made: Any = typing_extensions.TypedDict(hint.__name__, fields)  # type: ignore[misc]  # its fields are known at run time
        made.__doc__ = hint.__doc__
        return made
    arguments = typing.get_args(hint)
    changed = tuple(_support(a) for a in arguments)
    if changed == arguments or typing.get_origin(hint) is typing.Literal:
        return hint
    if typing.get_origin(hint) is types.UnionType:
        return typing.Union[changed]  # noqa: UP007 - made at run time
    if typing.get_origin(hint) is typing.Annotated:
        return typing.Annotated[(changed[0], *hint.__metadata__)]
    return hint.copy_with(changed) if hasattr(hint, "copy_with") else typing.get_origin(hint)[changed]


def _is_field(value: object) -> bool:
    """Whether a default is pydantic's ``Field(...)``; where pydantic was never imported there is none."""
    fields = sys.modules.get("pydantic.fields")
    return fields is not None and isinstance(value, fields.FieldInfo)


def _adapter(function: Callable[..., Any], parameter: inspect.Parameter, hint: Any) -> TypeAdapter[Any]:
    from pydantic import PydanticUserError, TypeAdapter

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        adapter.json_schema()
    except (PydanticUserError, NameError) as error:
        why = str(error).split("\n")[0].split(". Set ")[0]
        raise _wrong(
            function,
            f"`{parameter.name}` has the type {parameter.annotation!r}, which JSON can't express ({why}). Take a pydantic model,"
            " a dataclass or plain types instead.",
        ) from None
    return adapter


def _has_default(adapter: TypeAdapter[Any]) -> bool:
    return adapter.get_default_value() is not None


def _schemas(adapters: Mapping[str, TypeAdapter[Any]]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Each parameter's schema, and the definitions that they share."""
    from pydantic import TypeAdapter

    if not adapters:
        return {}, {}
    found, shared = TypeAdapter.json_schemas(
        [(name, "validation", adapter) for name, adapter in adapters.items()],
        ref_template=_REFS,
        schema_generator=_generator(),
    )
    return {name: schema for (name, _), schema in found.items()}, shared.get("$defs", {})


@functools.cache
def _generator() -> type[GenerateJsonSchema]:
    from pydantic.json_schema import GenerateJsonSchema

    class Generator(GenerateJsonSchema):
        """Plain JSON Schema: no OpenAPI ``discriminator``, which points at definitions that models are not shown."""

        # A default left out is what is meant; nothing is wrong with the author's code.
        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as the base declares it

        def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
            return {k: v for k, v in super().tagged_union_schema(schema).items() if k != "discriminator"}

        def encode_default(self, dft: Any) -> Any:
            return _json_default(super().encode_default(dft))

    return Generator


def _json_default(value: Any) -> Any:
    """``value`` as JSON; raises ``PydanticSerializationError``, also for infinity, which no client would send."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    plain = to_jsonable_python(value)
    try:
        json.dumps(plain, allow_nan=False)
    except ValueError as error:
        raise PydanticSerializationError(str(error)) from None
    return plain


def _property(parameter: inspect.Parameter, schema: dict[str, Any], hint: Any, docs: _Docs) -> dict[str, Any]:
    shown = {key: value for key, value in schema.items() if key != "title"}
    said = next((text for text in getattr(hint, "__metadata__", ()) if isinstance(text, str)), None)
    description = said or shown.get("description") or docs.parameters.get(parameter.name)
    if description:
        shown["description"] = description
    if parameter.default is not _EMPTY and parameter.default is not _NO_DEFAULT and not _is_field(parameter.default):
        from pydantic_core import PydanticSerializationError

        # A default that only Python can express is left out; the parameter is optional all the same.
        with suppress(PydanticSerializationError):
            shown["default"] = _json_default(parameter.default)
    return shown


def _response(function: Callable[..., Any], scope: Mapping[str, Any]) -> JsonSchema:
    """The schema of the return hint; nothing if there is none that JSON can express."""
    from pydantic import PydanticUserError, TypeAdapter

    annotation = inspect.signature(function).return_annotation
    if annotation is _EMPTY:
        return JsonSchema()
    try:
        hint = _evaluate(function, "return", annotation, scope)
        return JsonSchema(TypeAdapter(hint).json_schema(mode="serialization", ref_template=_REFS))
    except (PydanticUserError, ToolDefinitionError, NameError):
        return JsonSchema()  # the hint is of interest to readers only: no reason to refuse the tool


def _sentence(function: Callable[..., Any]) -> str:
    return f"{function.__name__.replace('_', ' ').strip().capitalize()}."
