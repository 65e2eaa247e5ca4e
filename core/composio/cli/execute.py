"""``composio execute``: one action, from the shell."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from composio.cli.output import print_json
from composio.cli.session import Session
from composio.errors import InvalidRequest, nearest
from composio.model.auth import CustomAuth, CustomAuthParameter, ParamPlacement

__all__ = ["SETTINGS", "execute", "read_auth", "read_parameters"]

# Surplus arguments reach the function, because the parser would quote them.
SETTINGS = {"allow_extra_args": True}
_AUTH_FORM = "PLACE:NAME=VALUE, such as 'header:Authorization=Bearer ...'"


def execute(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The action's name or one of its aliases, in any case.")],
    parameters: Annotated[
        str, typer.Option("--params", "-p", help="Its arguments: JSON, @FILE, or - for standard input.", show_default=False)
    ] = "{}",
    auth: Annotated[
        list[str] | None,
        typer.Option(
            "--auth", help=f"A credential, repeatable: PLACE:NAME=VALUE; PLACE is {', '.join(sorted({*ParamPlacement}))}."
        ),
    ] = None,
    entity_id: Annotated[
        str | None, typer.Option("--entity-id", "-e", help="The entity to act as. Default: the default entity.")
    ] = None,
    upload_folder: Annotated[
        str | None,
        typer.Option("--upload-folder", metavar="FOLDER", help="The only folder from which arguments may name files."),
    ] = None,
    output_folder: Annotated[
        str | None, typer.Option("--output-folder", metavar="FOLDER", help="The folder for files that the API returns.")
    ] = None,
    max_result_chars: Annotated[
        int | None, typer.Option("--max-result-chars", metavar="N", help="Trim the result to N characters of JSON.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print errors as JSON too; results always are.")] = False,  # noqa: ARG001 - the group looks for it
) -> None:
    """Run an action and print its result as JSON; exit 1 if it was not successful.

    Example: composio execute GITHUB_GET_A_USER -p '{"username": "octocat"}'
    """
    from composio.model.call import DEFAULT_ENTITY, CallOptions, ToolCall, Who

    session = Session.of(ctx)
    if ctx.args:
        # Quote neither these nor the name: most often one of them is the end of an unquoted credential.
        ctx.fail(f"Got {len(ctx.args)} unexpected arguments after SLUG; quote values that contain spaces.")
    try:
        credentials = read_auth(auth or ())
        arguments = read_parameters(parameters)
        options = CallOptions.of(upload_folder=upload_folder, output_folder=output_folder, max_result_chars=max_result_chars)
    except InvalidRequest as error:
        ctx.fail(str(error))
    if credentials:
        # The last word too: the part after "Bearer" may be quoted alone.
        session.hide(*(secret for p in credentials.parameters for secret in (p.value, *p.value.split()[-1:])))
    who = Who(entity_id=entity_id or DEFAULT_ENTITY, auth=credentials)
    call = ToolCall(action=slug, arguments=arguments, who=who, options=options)
    outcome = session.backend.execute_sync(call)
    print_json(json.loads(outcome.result(tool=slug).to_json()))
    if not outcome.successful:
        raise typer.Exit(1)


def read_parameters(text: str) -> dict[str, Any]:
    """Parse the arguments of ``-p``; ``InvalidRequest`` gives the position of a mistake, without quoting the text."""
    where = "-p"
    if text == "-":
        where, text = "standard input", sys.stdin.read()
    elif text.startswith("@"):
        where = text[1:]
        try:
            text = Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise InvalidRequest(f"-p: can't read {where}: {reason}.") from None
    try:
        value = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"{where} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}. "
            "Put single quotes around it in a shell, double quotes inside."
        ) from None
    except RecursionError:
        raise InvalidRequest(f"{where} is nested too deeply.") from None
    if not isinstance(value, dict):
        raise InvalidRequest(f'{where} must be a JSON object such as \'{{"owner": "octocat"}}\', not {_kind(value)}.')
    return value


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
    return names.get(type(value), "something else")


def read_auth(given: Sequence[str]) -> CustomAuth | None:
    """Parse the credentials of ``--auth``. No message quotes any part of them: a typo may put a token anywhere."""
    found = []
    for number, text in enumerate(given, 1):
        head, equals, value = text.partition("=")
        place, colon, name = head.partition(":")
        which = f"--auth number {number}" if len(given) > 1 else "--auth"
        if not (equals and colon and name.strip()):
            raise InvalidRequest(f"{which}: expected {_AUTH_FORM}.")
        allowed = sorted({*map(str, ParamPlacement)})
        if place.strip().lower() not in allowed:
            close = [p for p in nearest(place, allowed, 1) if p[0] == place[:1].lower()]
            hint = f" Did you mean {close[0]}?" if close else ""
            raise InvalidRequest(
                f"{which}: the place before the colon is one of {', '.join(allowed)}.{hint} Expected {_AUTH_FORM}."
            )
        found.append(CustomAuthParameter(name=name.strip(), value=value, in_=place.strip()))
    return CustomAuth(tuple(found)) if found else None
