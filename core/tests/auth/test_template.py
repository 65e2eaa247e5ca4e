"""Templates that are nothing but fields are filled as Jinja fills them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composio.auth import template
from composio.errors import ConfigurationError
from composio.model.secret import SecretValues

VALUES = {"api_key": "s3cr3t {{x}} {% y %}", "x": "<&>\r\n", "self": "s", "true": "t", "range": "r", "empty": "", "A1_b": "ü"}
PIECES = st.sampled_from(
    [
        *(
            "{{api_key}}",
            "{{ x }}",
            "{{  A1_b}}",
            "{{empty}}",
            "{{self}}",
            "{{true}}",
            "{{range}}",
            "{{missing}}",
            "{{ x|upper }}",
        ),
        *(
            "Bearer ",
            "{",
            "}",
            "{{",
            "}}",
            "{# a #}",
            "{% if x %}y{% endif %}",
            "\n",
            "\r\n",
            "{{-x}}",
            "{{x.y}}",
            "{{ '{{x}}' }}",
        ),
        *("a=b&", "  ", "é", "{{_x}}", "{{\nx\n}}"),
    ]
)


def by_jinja(text: str) -> str | None:
    try:
        return str(template._template(text).render(SecretValues(VALUES)))
    except Exception:
        return None


@given(st.lists(PIECES, max_size=5).map("".join))
@example("Bearer {{ api_key }}")
@example("{{api_key}}{{x}}\n")
@example("{{ self }}")
@example("{{ true }}")
def test_every_template_gives_what_jinja_gives(text: str) -> None:
    expected = by_jinja(text) if "{" in text else text
    if expected is None:
        with pytest.raises(ConfigurationError, match="can't be filled"):
            template.render(text, SecretValues(VALUES), "acme")
    else:
        assert template.render(text, SecretValues(VALUES), "acme") == expected


def test_a_usual_template_needs_no_jinja(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(template, "_template")
    assert template.render("Key {{api_key}}", {"api_key": "k"}, "acme") == "Key k"


def test_a_field_without_a_value_is_the_definitions_mistake() -> None:
    with pytest.raises(ConfigurationError, match=r"acme: .*'missing' is undefined"):
        template.render("Bearer {{missing}}", SecretValues(VALUES), "acme")
