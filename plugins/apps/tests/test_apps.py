"""Every app's file, and the API descriptions that they name, downloaded once and compiled: those of the apps that people use most.

With ``COMPOSIO_EVERY_APP=1`` those of all apps, as ``nox -s catalog`` has it.
"""

from __future__ import annotations

import functools
import os
import re
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import composio_apps
from composio.catalog.hosts import Hosts, Seen
from composio.catalog.sources.integration import load_integration
from composio.catalog.sources.modes import FILLED_BY_FLOW
from composio.embedded import EmbeddedBackend
from composio.errors import ComposioError
from composio.model.action import HttpBinding
from composio.triggers.known import KnownTriggers

FOLDERS = sorted(file.parent for file in Path(composio_apps.__path__[0]).glob("*/integration.yaml"))
APPS = [folder.name for folder in FOLDERS]
TRIGGERS = KnownTriggers(FOLDERS)
MOST_USED = [
    "airtable",
    "asana",
    "calendly",
    "discord",
    "discordbot",
    "figma",
    "github",
    "gmail",
    "googlecalendar",
    "googledocs",
    "googledrive",
    "googlesheets",
    "googlesuper",
    "hackernews",
    "intercom",
    "jira",
    "linear",
    "notion",
    "outlook",
    "salesforce",
    "sendgrid",
    "shopify",
    "slack",
    "slackbot",
    "spotify",
    "stripe",
    "trello",
    "youtube",
    "zendesk",
    "zoom",
]
COMPILED = APPS if os.environ.get("COMPOSIO_EVERY_APP") else [app for app in APPS if app in MOST_USED]
# A file is read once for all that is asked of it.
load = functools.cache(load_integration)

# Written before files said who else knows the app's login.
FORMER = {"github", "gmail", "googlecalendar", "hackernews", "jira", "notion", "slack", "stripe"}

# What the documentation's pages, and people's code from v0.7, call by name.
DOCUMENTED = [
    "GITHUB_CREATE_ISSUE",
    "GITHUB_CREATE_AN_ISSUE",
    "GITHUB_GET_THE_AUTHENTICATED_USER",
    "GITHUB_LIST_REPOSITORIES_FOR_THE_AUTHENTICATED_USER",
    "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER",
    "GITHUB_ISSUES_CREATE",
    "GITHUB_REPO_S_LIST_FOR_AUTHENTICATED_USER",
    "GITHUB_USERS_GET_AUTHENTICATED",
    "SLACK_SENDS_A_MESSAGE_TO_A_SLACK_CHANNEL",
    "SLACK_CHAT_POST_MESSAGE",
    "SLACK_CONVERSATIONS_HISTORY",
    "GMAIL_SEND_EMAIL",
    "GMAIL_FETCH_EMAILS",
    "GMAIL_CREATE_EMAIL_DRAFT",
    "GMAIL_REPLY_TO_THREAD",
    "GOOGLECALENDAR_LIST_CALENDARS",
    "GOOGLEDRIVE_DOWNLOAD_FILE",
    "GOOGLEDRIVE_FIND_FILE",
    "GOOGLEDRIVE_FIND_FOLDER",
    "GOOGLECALENDAR_CREATE_EVENT",
    "GOOGLECALENDAR_FIND_EVENT",
    "GOOGLECALENDAR_GET_CURRENT_DATE_TIME",
    "HACKERNEWS_GET_FRONTPAGE",
    "HACKERNEWS_GET_ITEM_WITH_ID",
    "HACKERNEWS_GET_LATEST_POSTS",
    "HACKERNEWS_GET_TODAYS_POSTS",
    "HACKERNEWS_GET_USER",
    "HACKERNEWS_SEARCH_POSTS",
    "JIRA_CREATE_ISSUE",
    "NOTION_CREATE_NOTION_PAGE",
    "STRIPE_CREATE_CUSTOMER",
]

# The parameters that the documentation's examples pass, or processors set.
SHOWN = {
    "GITHUB_CREATE_AN_ISSUE": {"owner", "repo", "title", "body", "assignees", "labels"},
    "GITHUB_CREATE_ISSUE": {"owner", "repo", "title", "body"},
    "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER": {"owner", "repo"},
    "GMAIL_SEND_EMAIL": {"recipient_email", "subject", "body", "attachment"},
    "SLACK_SENDS_A_MESSAGE_TO_A_SLACK_CHANNEL": {"channel", "text", "thread_ts", "mrkdwn"},
}


@pytest.fixture(scope="session")
def backend(home: Path) -> Iterator[EmbeddedBackend]:
    """Compiles all at once, in two processes; what is there from another run is not compiled again."""
    made = EmbeddedBackend(home=home)
    with suppress(ComposioError):  # an app that can't be compiled fails where it is asked for
        made.catalog.update(COMPILED, only_changed=True)
    yield made
    made.close()


@pytest.mark.parametrize("folder", FOLDERS, ids=APPS)
def test_a_file_says_what_whoever_installs_needs_to_know(folder: Path) -> None:
    definition = load(folder)
    assert definition.app.key == folder.name
    assert definition.app.description
    assert definition.app.docs.startswith("https://")
    assert definition.app.logo.startswith("https://")
    assert definition.app.categories
    assert definition.specs or definition.actions_from
    for spec in definition.specs:
        assert spec.version
        assert spec.license
        assert spec.sha256 or not spec.package, "a package is pinned by its hash"
    assert len(definition.important) <= 30 or folder.name in {"slack", "github", "stripe"}
    assert definition.important or definition.actions_from
    for scheme in definition.app.auth_schemes:
        assert all(field.display_name and field.description for field in scheme.fields)
        if scheme.auth_mode not in FILLED_BY_FLOW:
            assert all(field.env for field in scheme.fields)


@pytest.mark.parametrize("app", COMPILED)
def test_every_alias_and_important_operation_is_in_the_description(backend: EmbeddedBackend, app: str) -> None:
    assert [action.app for action in backend.catalog.select(apps=[app], everything=True, limit=1)] == [app]
    definition = backend.catalog.definitions()[app]
    assert [w for w in backend.catalog.warnings(app) if w.startswith("integration.yaml")] == []
    for alias in definition.aliases:
        assert backend.catalog.action(alias).app == app
    assert backend.catalog.app(app).provenance.sha256


# Not Jira: there an operation's id reads like another one's summary, which has that name.
@pytest.mark.parametrize("app", [app for app in COMPILED if app != "jira"])
def test_an_alias_means_the_operation_that_the_file_says(backend: EmbeddedBackend, app: str) -> None:
    for alias, reference in backend.catalog.definitions()[app].aliases.items():
        if " /" in reference:
            binding = backend.catalog.action(alias).binding
            assert isinstance(binding, HttpBinding)
            assert f"{binding.method} {binding.path}" == reference.partition("#")[0], alias
            continue
        prefix = f"{app.upper()}_"
        by_reference = "".join(c if c.isalnum() else "_" for c in reference).upper()
        names = {name.replace("_", "") for name in backend.catalog.action(alias).names}
        assert (prefix + by_reference).replace("_", "") in names, (alias, reference)


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder.name not in FORMER], ids=lambda folder: folder.name)
def test_a_file_says_which_two_sources_know_its_login(folder: Path) -> None:
    head = "".join(line for line in (folder / "integration.yaml").read_text("utf-8").splitlines() if line.startswith("#"))
    assert re.search(r"# (Login|Credentials): .+(, | and ).+ 20\d\d-\d\d-\d\d|\(20\d\d-\d\d-\d\d\)", head)


# Several operations share each of these summaries. Source: the operations that v0.7's actions of these names called.
SHARED = {
    "GITHUB_COMPARE_TWO_COMMITS": "GET /repos/{owner}/{repo}/compare/{basehead}",
    "GITHUB_CREATE_OR_UPDATE_A_REPOSITORY_SECRET": "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}",
    "GITHUB_DELETE_AN_ORGANIZATION_SECRET": "DELETE /orgs/{org}/actions/secrets/{secret_name}",
    "GITHUB_LIST_REPOSITORY_VARIABLES": "GET /repos/{owner}/{repo}/actions/variables",
    "JIRA_GET_ISSUE_SECURITY_LEVEL_MEMBERS": "GET /rest/api/3/issuesecurityschemes/level/member",
    "JIRA_GET_WORKFLOW_TRANSITION_RULE_CONFIGURATIONS": "GET /rest/api/3/workflow/rule/config",
    "JIRA_SET_ISSUE_TYPES_FOR_WORKFLOW_IN_WORKFLOW_SCHEME": "PUT /rest/api/3/workflowscheme/{id}/draft/workflow",
}


@pytest.mark.parametrize("name", SHARED)
def test_a_name_that_operations_share_means_what_v07_meant(backend: EmbeddedBackend, name: str) -> None:
    binding = backend.catalog.action(name).binding
    assert isinstance(binding, HttpBinding)
    assert f"{binding.method} {binding.path}" == SHARED[name]


@pytest.mark.parametrize("app", COMPILED)
def test_no_name_of_an_app_ends_with_a_hash(backend: EmbeddedBackend, app: str) -> None:
    slugs = [action.slug for action in backend.catalog.select(apps=[app], everything=True)]
    assert [slug for slug in slugs if re.search(r"_(?=[A-F]*\d)[0-9A-F]{8}$", slug)] == []


@pytest.mark.parametrize("task", ["Get my GitHub username", "show my GitHub profile", "who am I on GitHub"])
def test_who_asks_is_found_first(backend: EmbeddedBackend, task: str) -> None:
    assert backend.catalog.search(task, apps=["github"])[0] == "GITHUB_GET_THE_AUTHENTICATED_USER"


@pytest.mark.parametrize("app", COMPILED)
def test_every_variable_of_a_path_is_filled_by_somebody(backend: EmbeddedBackend, app: str) -> None:
    known = [set(scheme.proxy.path_params) for scheme in backend.catalog.app(app).auth_schemes]
    by_credentials = set.intersection(*known) if known else set()
    for action in backend.catalog.select(apps=[app], everything=True):
        if isinstance(binding := action.binding, HttpBinding):
            filled = (
                {p.wire for p in binding.parameters}
                | {p.name for p in binding.parameters}
                | {*binding.defaults}
                | by_credentials
            )
            assert set(re.findall(r"\{\+?([^{}]+?)\*?\}", binding.path.partition("#")[0])) <= filled, action.slug


@pytest.mark.parametrize("app", COMPILED)
def test_no_call_of_an_app_is_refused_for_where_it_goes(backend: EmbeddedBackend, app: str) -> None:
    """A description may name a server of its authors' own network, which the guard refuses; `apps check` reads the file alone."""
    seen = Seen()
    for action in backend.catalog.select(apps=[app], everything=True):
        seen.add(action)
    assert Hosts(Path, lambda _: 0, backend.judge).judge(backend.catalog.known.definition(app), seen) == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_name_resolves(backend: EmbeddedBackend, name: str) -> None:
    action = backend.catalog.action(name)
    assert name in action.names


@pytest.mark.parametrize(
    ("app", "least", "most"), [("github", 15, 30), ("gmail", 10, 20), ("hackernews", 5, 10), ("slack", 15, 30)]
)
def test_an_app_alone_gives_what_an_agent_needs(backend: EmbeddedBackend, app: str, least: int, most: int) -> None:
    assert least <= len(backend.catalog.select(apps=[app])) <= most


def test_an_apps_own_functions_are_among_them(backend: EmbeddedBackend) -> None:
    slugs = {action.slug for action in backend.catalog.select(apps=["gmail"])}
    assert {"GMAIL_SEND_EMAIL", "GMAIL_FETCH_EMAILS"} <= slugs


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("SLACK_CHAT_POST_MESSAGE", "token"),
        ("GMAIL_LIST_LABELS", "access_token"),
        ("GOOGLECALENDAR_LIST_CALENDARS", "key"),
        ("NOTION_SEARCH_NOTION_PAGE", "Notion-Version"),
    ],
)
def test_credentials_are_no_parameters(backend: EmbeddedBackend, name: str, hidden: str) -> None:
    assert hidden not in backend.catalog.action(name).parameters["properties"]


def test_an_operation_keeps_the_server_that_its_description_gives_it(backend: EmbeddedBackend) -> None:
    binding = backend.catalog.action("GITHUB_UPLOAD_A_RELEASE_ASSET").binding
    assert isinstance(binding, HttpBinding)
    assert [server.url for server in binding.servers] == ["https://uploads.github.com"]
    assert backend.catalog.app("github").base_url is None  # it would be used instead


def test_the_readme_s_examples_are_valid_files(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    example, errors, zoho = (textwrap.dedent(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    (tmp_path / "integration.yaml").write_text(example, "utf-8")
    assert load_integration(tmp_path).aliases == {"EXAMPLE_FIND_THINGS": "listThings"}
    # The others are parts of one: a scheme, and what it may say besides.
    (tmp_path / "integration.yaml").write_text(
        f"name: Zoho\nunique_key: zoho\n{zoho}{textwrap.indent(errors, '    ')}", "utf-8"
    )
    [scheme] = load_integration(tmp_path).app.auth_schemes
    assert len(scheme.extra["expired_grant_errors"]) == 4


@pytest.mark.parametrize("name", SHOWN)
def test_a_documented_action_takes_the_parameters_that_are_shown(backend: EmbeddedBackend, name: str) -> None:
    parameters = backend.catalog.action(name).parameters
    assert set(parameters.properties) >= SHOWN[name]
    assert set(parameters.required) <= SHOWN[name]


@pytest.mark.parametrize("app", [app for app in COMPILED if TRIGGERS.of(app)])
def test_what_a_trigger_asks_for_is_in_the_apps_description(backend: EmbeddedBackend, app: str) -> None:
    for trigger in TRIGGERS.of(app):
        for request in (request for request in trigger.requests if request.action):
            action = backend.catalog.action(request.action)
            assert action.app == app
            properties = action.validation.get("properties", {})
            assert set(request.arguments) <= set(properties), f"{trigger.slug}: {request.action}"
            assert set(action.validation.get("required", ())) <= set(request.arguments), f"{trigger.slug}: {request.action}"
