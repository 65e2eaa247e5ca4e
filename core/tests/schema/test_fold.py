"""Shorter forms of summaries, operationIds and paths: readable, within their room, the verb kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema.fold import fold_identifier, fold_path, fold_summary, is_plain, is_verb, lighten_summary

NAME = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*")


@pytest.mark.parametrize(
    ("summary", "form"),
    [
        (
            "Delete a stored chat completion. Only those that were created with `store` can be deleted.",
            "DELETE_A_STORED_CHAT_COMPLETION",
        ),
        ("Adds a [Part](/docs/part) to an [Upload](/docs/upload)\nA part is a chunk of bytes.", "ADDS_A_PART_TO_AN_UPLOAD"),
        ("Delete an Acme caches list for a repository (using a cache key)", "DELETE_AN_ACME_CACHES_LIST_FOR_A_REPOSITORY"),
        ("Get the fork contributor approval permissions of the team", "GET_FORK_CONTRIBUTOR_APPROVAL_PERMISSIONS_OF_TEAM"),
        (
            "Get Acme's hosted runners of the larger kind for an organization",
            "GET_HOSTED_RUNNERS_OF_LARGER_KIND_FOR_ORGANIZATION",
        ),
    ],
)
def test_a_summary_loses_what_nobody_misses(summary: str, form: str) -> None:
    assert lighten_summary(summary, ["ACME"], 50) == form


@pytest.mark.parametrize("summary", ["**NOTE:** This endpoint requires a key.\n\nUse it to delete.", "", "...", "列出所有"])
def test_what_is_no_headline_names_nothing(summary: str) -> None:
    assert lighten_summary(summary, ["ACME"], 50) is None


def test_a_summary_is_shortened_step_by_step() -> None:
    summary = "Get information about the specified repository of the given organization with all of its environments"
    assert list(fold_summary(summary, ["ACME"], 60)) == [
        "GET_INFO_ABOUT_REPO_OF_ORG_WITH_ALL_OF_ENVS",
        "GET_INFO_ABOUT_REPO_ORG_ALL_ENVS",
    ]
    assert list(fold_summary(summary, ["ACME"], 20)) == []


@pytest.mark.parametrize(
    ("identifier", "plain"),
    [
        ("deleteVectorStoreFile", True),
        ("actions/get-custom-oidc-sub-claim-for-repo", True),
        ("projects.locations.datasets.list", True),
        ("list", False),
        ("usage-code-interpreter-sessions", False),
        ("Get.Count.ownedDevices-e76d", False),
        ("post-/crm/v3/objects/{objectType}", False),
        ("getUser\x1b[31m", False),
        ("getUser" * 1000, False),
        ("", False),
    ],
)
def test_an_operation_id_is_plain_where_a_person_would_write_it(identifier: str, plain: bool) -> None:
    assert is_plain(identifier) is plain


@pytest.mark.parametrize(
    ("word", "verb"), [("CREATE", True), ("LISTS", True), ("FETCHES", True), ("USER", False), ("S", False)]
)
def test_verbs_are_known_in_both_forms(word: str, verb: bool) -> None:
    assert is_verb(word) is verb


@pytest.mark.parametrize(
    ("identifier", "room", "first"),
    [
        ("createCustomerConfiguration", 22, "CREATE_CUSTOMER_CONFIG"),
        ("GetCustomersCustomerCards", 20, "GET_CUSTOMERS_CARDS"),
        ("readApiV1Pods", 13, "READ_API_PODS"),
        ("projects.locations.datasets.items.list", 25, "DATASETS_ITEMS_LIST"),
        ("watchCoreV1NamespacedPodTemplateList", 30, "WATCH_POD_TEMPLATE_LIST"),
        ("createAuthorizationLocalSubjectAccessReview", 36, "CREATE_LOCAL_SUBJECT_ACCESS_REVIEW"),
    ],
)
def test_an_operation_id_loses_what_repeats_and_then_its_outer_parts(identifier: str, room: int, first: str) -> None:
    assert next(fold_identifier(identifier, ["ACME"], room)) == first


def test_a_path_is_told_without_what_its_parameters_repeat() -> None:
    path = "/crm/v3/objects/feedback_submissions/{feedbackSubmissionId}"
    assert next(fold_path("GET", path, ["ACME"], 60)) == "GET_CRM_V3_OBJECTS_FEEDBACK_SUBMISSIONS_ID"
    assert next(fold_path("GET", "/users/{user}", ["ACME"], 60)) == "GET_USERS_USER"
    with_and_without = [
        next(fold_path("GET", path, ["ACME"], 60)) for path in ("/sets/{set}/terms", "/sets/{set}/terms/{term}")
    ]
    assert with_and_without == ["GET_SETS_TERMS", "GET_SETS_TERMS_TERM"]
    assert "GET_SETS_SET_TERMS" in list(fold_path("GET", "/sets/{set}/terms", ["ACME"], 60))


TEXT = st.text(alphabet=st.sampled_from("aB Z{}/.-_:é0列\n("), max_size=120) | st.text(max_size=120)


@given(TEXT, st.integers(min_value=-5, max_value=60))
def test_every_form_is_a_name_within_its_room(text: str, room: int) -> None:
    forms = [lighten_summary(text, ["A"], room), *fold_summary(text, ["A"], room), *fold_identifier(text, ["A"], room)]
    for form in [form for form in (*forms, *fold_path("GET", text, ["A"], room)) if form is not None]:
        assert NAME.fullmatch(form)
        assert len(form) <= room


@pytest.mark.parametrize(
    "text", ["a." * 200_000, "{" * 200_000, "(" * 200_000, "A" * 200_000, "get " * 100_000, "/a" * 200_000]
)
def test_of_long_texts_few_forms_are_tried(text: str) -> None:
    assert len([*fold_identifier(text, ["A"], 50), *fold_path("GET", text, ["A"], 50)]) < 10_000
    assert not is_plain(text)
