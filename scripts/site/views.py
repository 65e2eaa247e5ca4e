"""What the pages of apps and actions show, drawn from their definitions."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from markupsafe import Markup

from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel, AuthScheme, unmistakable
from composio.model.response import DeclaredResponse
from composio.schema.inline import inline
from composio_server.pages.logos import read_logos
from scripts.site import examples
from scripts.site.prose import colour, colour_call, foreign, is_web, plain
from scripts.site.rows import Limits, table

__all__ = ["MODES", "POPULAR", "ActionView", "AppView", "Brief", "SchemeView", "view_action", "view_app"]

REDIRECT: Final = "http://127.0.0.1:8419/callback"
MODES: Final = {
    "OAUTH2": "OAuth 2",
    "OAUTH1": "OAuth 1.0a",
    "API_KEY": "API key",
    "BASIC": "User name and password",
    "BEARER_TOKEN": "Bearer token",
    "BASIC_WITH_JWT": "Login for a token",
    "GOOGLE_SERVICE_ACCOUNT": "Google service account",
    "AWS_SIGV4": "AWS signature",
    "NO_AUTH": "No credentials",
}
POPULAR: Final = (
    "github",
    "slack",
    "gmail",
    "googlecalendar",
    "googledrive",
    "googlesheets",
    "googledocs",
    "notion",
    "jira",
    "linear",
    "hubspot",
    "salesforce",
    "outlook",
    "microsoft_teams",
    "discord",
    "stripe",
    "shopify",
    "airtable",
    "asana",
    "trello",
    "zendesk",
    "gitlab",
    "figma",
    "dropbox",
    "youtube",
    "openai",
    "sentry",
    "posthog",
    "cloudflare",
    "supabase",
)
_PARAMETERS = Limits(depth=4, rows=160, text=700)
_ANSWER = Limits(depth=3, rows=40, text=140)
_ANSWER_BYTES = 6_000


@dataclass(frozen=True, slots=True)
class SchemeView:
    """One way to connect an app: what to do, and the facts of its definition."""

    name: str
    mode: str
    steps: tuple[Markup, ...]
    fields: tuple[Any, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    scopes: tuple[str, ...] = ()
    available: tuple[str, ...] = ()
    signs: tuple[tuple[str, str], ...] = ()
    shell: str = ""
    python: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """An action in a list."""

    slug: str
    title: str
    about: str
    method: str
    important: bool
    deprecated: bool
    group: str


@dataclass(frozen=True, slots=True)
class AppView:
    """An app's page."""

    app: AppModel
    schemes: tuple[SchemeView, ...]
    logo: str
    docs: str
    hue: int
    groups: dict[str, list[Brief]] = field(default_factory=dict)
    listed: bool = True


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action's page."""

    action: ActionModel
    title: str
    about: Markup
    method: str
    url: str
    parameters: Markup
    answer: Markup
    answers: bool
    python: Markup
    shell: Markup
    valid: bool


def hue_of(key: str) -> int:
    """Which of eight colours stands behind an initial; the same on every page."""
    return sum(key.encode()) % 8


def view_app(app: AppModel) -> AppView:
    """The app as its definition describes it; actions come in with their own pages."""
    schemes = tuple(_scheme(app, scheme) for scheme in app.auth_schemes)
    stated = app.logo if is_web(app.logo) and app.logo.startswith("https:") else ""
    logo = f"assets/logos/{app.key}.svg" if app.key in read_logos() else stated
    return AppView(app, schemes, logo, app.docs if is_web(app.docs) else "", hue_of(app.key))


def _scheme(app: AppModel, scheme: AuthScheme) -> SchemeView:
    extra = scheme.extra
    known = (
        ("authorization_url", "Authorization URL"),
        ("request_url", "Request token URL"),
        ("token_url", "Token URL"),
        ("device_authorization_url", "Device authorization URL"),
        ("refresh_url", "Refresh URL"),
        ("revocation_url", "Revocation URL"),
    )
    facts = [(label, str(extra[key])) for key, label in known if extra.get(key)]
    if scheme.auth_mode in ("OAUTH2", "OAUTH1") and _has_browser(scheme):
        facts.append(("Redirect URI", REDIRECT))
    if extra.get("pkce"):
        facts.append(("PKCE", "S256" if extra["pkce"] is True else str(extra["pkce"])))
    signs = [(name, value) for name, value in scheme.proxy.headers.items()]
    signs += [(f"?{name}=", value) for name, value in scheme.proxy.query_params.items()]
    return SchemeView(
        name=scheme.name,
        mode=MODES.get(scheme.auth_mode, scheme.auth_mode),
        steps=tuple(_steps(app, scheme)),
        fields=scheme.fields,
        facts=tuple(facts),
        scopes=tuple(map(str, extra.get("default_scopes") or ())),
        available=tuple(map(str, extra.get("available_scopes") or ())),
        signs=tuple((str(n), str(v)) for n, v in signs),
        shell=colour(_shell(app, scheme), "bash"),
        python=colour(_python(app, scheme), "python"),
    )


def _say(text: str, *values: object) -> Markup:
    """A sentence of ours, with values of a definition in it, which are escaped."""
    return Markup(text).format(*values)  # noqa: S704 - the text is a literal of this file


def _has_browser(scheme: AuthScheme) -> bool:
    return scheme.auth_mode == "OAUTH1" or bool(scheme.authorization_url)


def _steps(app: AppModel, scheme: AuthScheme) -> list[Markup]:
    docs = (
        Markup(' See <a href="{0}" rel="noopener noreferrer nofollow">its documentation</a>.').format(app.docs)
        if is_web(app.docs)
        else Markup()
    )
    name = app.name
    prefix = f"COMPOSIO_OAUTH_{app.key.upper()}_CLIENT_"
    steps: list[Markup] = []
    match scheme.auth_mode:
        case "OAUTH2" | "OAUTH1":
            steps.append(_say("Register an OAuth client with {0}.", name) + docs)
            if _has_browser(scheme):
                line = "As redirect URI enter <code>{0}</code>, or your own application's callback."
                steps.append(_say(line, REDIRECT))
            if scheme.default_scopes:
                steps.append(_say("Allow the client the default scopes below, or those that your actions name."))
            line = "Put what you got into <code>{0}ID</code> and <code>{0}SECRET</code>."
            steps.append(_say(line, prefix))
            end = "Connect; the browser opens for consent." if _has_browser(scheme) else "Connect."
            steps.append(_say(end))
        case "NO_AUTH":
            steps.append(_say("Nothing to set up: calls go out without credentials."))
        case "GOOGLE_SERVICE_ACCOUNT":
            steps.append(Markup("Create a service account with a key in the Google Cloud console.") + docs)
            steps.append(_say("Give the account access to what your actions use, then connect with its key file."))
        case _:
            what = {"BASIC": "the user name and password", "BASIC_WITH_JWT": "the login", "API_KEY": "an API key"}
            steps.append(Markup("Get {0} from {1}.").format(what.get(scheme.auth_mode, "a token"), name) + docs)
            env = [one.env[0] for one in scheme.fields if one.env and one.required]
            if env:
                line = Markup(" and ").join(_say("<code>{0}</code>", one) for one in env)
                steps.append(_say("For yourself, set {0} in the environment: no connection is needed then.", line))
            steps.append(_say("For a user of yours, make a connection:"))
    return steps


def _find_wanted(scheme: AuthScheme) -> list[Any]:
    return [one for one in scheme.fields if one.required and one.default is None and one.expected_from_customer]


def _shell(app: AppModel, scheme: AuthScheme) -> str:
    if scheme.needs_nothing:
        return ""
    lines = []
    if scheme.auth_mode in ("OAUTH2", "OAUTH1"):
        prefix = f"COMPOSIO_OAUTH_{app.key.upper()}_CLIENT_"
        lines += [f"export {prefix}ID=...", f"export {prefix}SECRET=..."]
    values = "".join(
        f" \\\n  --field {shlex.quote(one.name)}={'@' + one.name + '.txt' if one.is_secret else '...'}"
        for one in _find_wanted(scheme)
    )
    lines.append(f"composio add {app.key} \\\n  --auth-mode {shlex.quote(unmistakable(scheme))}{values}")
    return "\n".join(lines) + "\n"


def _python(app: AppModel, scheme: AuthScheme) -> str:
    if scheme.needs_nothing:
        return ""
    wanted = ", ".join(f'"{one.name}": "..."' for one in _find_wanted(scheme))
    arguments = [f'app="{app.key}"', f'auth_scheme="{unmistakable(scheme)}"']
    if wanted:
        arguments.append(f"connected_account_params={{{wanted}}}")
    arguments.append('entity_id="alice"')
    lines = [
        "from composio import ComposioToolSet",
        "",
        "toolset = ComposioToolSet()",
        "request = toolset.initiate_connection(",
        *(f"    {one}," for one in arguments),
        ")",
    ]
    if scheme.auth_mode in ("OAUTH2", "OAUTH1") and _has_browser(scheme):
        lines.append("print(request.redirectUrl)  # send the user there")
    return "\n".join(lines) + "\n"


def brief(action: ActionModel) -> Brief:
    """The action as a list shows it."""
    method = action.binding.method if isinstance(action.binding, HttpBinding) else "PY"
    title = _title(action)
    about = plain(action.description, 150)
    if about.rstrip(".…").casefold() == title.rstrip(".").casefold():
        about = ""
    group = next((t for t in action.tags if t != "important"), "")
    return Brief(action.slug, title, about, method, action.important, action.deprecated, plain(group, 60))


def _title(action: ActionModel) -> str:
    words = plain(action.display_name, 120)
    return words or action.slug.removeprefix(f"{action.app.upper()}_").replace("_", " ").capitalize()


def _answer(responses: Sequence[DeclaredResponse]) -> Mapping[str, Any]:
    """What a call gives back, as far as a page shows it: a tenth of what a program is given takes a tenth of the time."""
    succeeded = [r for r in responses if 200 <= r.status < 300 and r.schema]
    best = min(succeeded, key=lambda r: "json" not in r.media_type.lower(), default=None)
    if best is None:
        return {}
    shown = inline(best.schema, response=True, max_depth=_ANSWER.depth + 2, limit=_ANSWER_BYTES, text_limit=_ANSWER.text)
    items = shown.get("items")
    return items if shown.get("type") == "array" and isinstance(items, dict) else shown


def view_action(action: ActionModel, responses: Sequence[DeclaredResponse]) -> ActionView:
    """The action with everything that its page shows; ``responses`` are those that its description declares."""
    binding = action.binding
    method, url = "", ""
    if isinstance(binding, HttpBinding):
        method = binding.method
        url = f"{binding.servers[0].url.rstrip('/') if binding.servers else ''}{binding.path}"
    title = _title(action)
    about = _without_title(action.description, title)
    values = examples.arguments(action)
    answer = _answer(responses) if responses else action.response
    return ActionView(
        action=action,
        title=title,
        about=foreign(about),
        method=method,
        url=url,
        parameters=table(action.parameters, _PARAMETERS),
        answer=table(answer, _ANSWER),
        answers=bool(answer),
        python=colour_call(examples.python(action.slug, values or {})),
        shell=colour_call(examples.command(action.slug, values or {})),
        valid=values is not None,
    )


def _without_title(text: str, title: str) -> str:
    """A description whose first line repeats the title, without that line."""
    first, _, rest = text.strip().partition("\n")
    return rest.strip() if first.strip().rstrip(".").casefold() == title.rstrip(".").casefold() else text.strip()
