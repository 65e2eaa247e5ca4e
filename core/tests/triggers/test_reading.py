"""``triggers.yaml``: read as it is written, and every mistake told with what was expected."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.sources.yamlfile import write_yaml
from composio.errors import IntegrationFileError, TriggerNotFound
from composio.triggers import reading
from composio.triggers.known import KnownTriggers
from composio.triggers.reading import check_triggers, load_triggers

GOOD = """
webhook:
  verify: {kind: hmac, header: X-Sig, prefix: "sha256=", over: body}
  id: body.id
triggers:
  - slug: ACME_ORDER_ADDED
    name: Order added
    description: An order is added.
    kind: both
    aliases: [ACME_NEW_ORDER]
    config:
      properties: {shop: {type: string, description: The shop}}
      required: [shop]
    payload:
      properties: {number: {type: integer, description: Its number}}
    webhook:
      when: body.type == 'order'
      match: {shop: body.shop, connection.account: body.account}
      subscribe:
        create: {action: ACME_ADD_HOOK, arguments: {url: "{{ url }}", secret: "{{ secret }}"}}
        keep: {id: response.id}
      payload: {number: body.order.number}
    poll:
      request: {method: GET, path: "/orders/{{ config.shop }}", query: {since: "{{ since }}"}}
      items: response.orders
      id: item.id
      time: item.created
      overlap: 60
      payload: {number: item.number}
"""
BAD = """
app: acme
webhok: {}
triggers:
  - slug: acme_x
    name: X
    kind: push
    payload: {properties: {a: {type: string}}}
    poll: {request: {action: low}, overlap: many}
    webhook: {verify: {kind: hmacs, encoding: hexx}}
"""
INCONSISTENT = """
triggers:
  - slug: OTHER_X
    name: X
    description: X.
    kind: webhook
    config: {properties: {}, required: [shop]}
    payload: {properties: {a: {description: A}, b: {description: B}}}
    webhook:
      verify: {kind: token, header: X, digest: sha1}
      when: bdy.x
      match: {nothing: body.x, config.shop: body.shop}
      payload: {a: "body.x |", c: body.c}
  - slug: ACME_Y
    name: Y
    description: Y.
    kind: poll
    payload: {properties: {a: {description: A}}}
    poll:
      request: {action: ACME_LIST, path: /x, query: {a: "{{ b"}}
      token: response.next
      time: item.at
  - slug: ACME_Z
    name: Z
    description: Z.
    kind: webhook
    aliases: [ACME_Y]
    payload: {properties: {}}
    poll: {interval: 5}
  - slug: ACME_Q
    name: Q
    description: Q.
    kind: webhook
    payload: {properties: {a: {description: A}}}
    webhook:
      id: body.id
      console: ["Paste {{ adress }}"]
      verify: {kind: hmac, header: X, timestamp: {header: T}}
      payload: {a: body.a}
"""


def folder(tmp_path: Path, text: str, app: str = "acme") -> Path:
    made = tmp_path / app
    made.mkdir(exist_ok=True)
    (made / "triggers.yaml").write_text(text, "utf-8")
    return made


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    (trigger,) = load_triggers(folder(tmp_path, GOOD))
    assert (trigger.slug, trigger.name, trigger.app, trigger.kind) == ("ACME_ORDER_ADDED", "ACME_ORDER_ADDED", "acme", "both")
    assert trigger.names == {"ACME_ORDER_ADDED", "ACME_NEW_ORDER"}
    assert trigger.config == {
        "type": "object",
        "title": "Order added",
        "properties": {"shop": {"title": "Shop", "type": "string", "description": "The shop"}},
        "required": ["shop"],
    }
    assert trigger.webhook is not None
    assert trigger.webhook.id == "body.id"
    assert trigger.webhook.verify[0]["prefix"] == "sha256="
    assert trigger.poll is not None
    assert trigger.poll.request is not None
    assert trigger.poll.request.path == "/orders/{{ config.shop }}"
    assert json.loads(trigger.config.model_dump_json())["required"] == ["shop"]
    assert trigger.listing()["name"] == "ACME_ORDER_ADDED"


def test_every_mistake_is_told_with_what_was_expected(tmp_path: Path) -> None:
    found = {error.field: error.problem for error in check_triggers(folder(tmp_path, BAD))}
    expected = {
        "webhok": "unknown field. Did you mean 'webhook'?",
        "triggers[0].slug": "expected a name in upper case that begins with the app's key, got 'acme_x'",
        "triggers[0].description": "is missing; expected when it fires",
        "triggers[0].kind": "'push' is not one of webhook, poll, both",
        "triggers[0].payload.properties.a.description": "is missing; expected what the field holds",
        "triggers[0].poll.request.action": "expected an action's name, got 'low'",
        "triggers[0].poll.overlap": "expected a number, got 'many'",
        "triggers[0].webhook.verify.kind": "'hmacs' is not one of hmac",
        "triggers[0].webhook.verify.encoding": "did you mean hex?",
    }
    assert set(found) == set(expected)
    for field, problem in expected.items():
        assert problem in found[field], field


def test_what_contradicts_itself_is_told_too(tmp_path: Path) -> None:
    found = {error.field: error.problem for error in check_triggers(folder(tmp_path, INCONSISTENT))}
    expected = {
        "triggers[0].slug": "begins with ACME_",
        "triggers[0].config.required": "'shop' is not among the properties",
        "triggers[0].webhook": "needs one of subscribe, console",
        "triggers[0].webhook.id": "is missing",
        "triggers[0].webhook.verify.digest": "is not known for kind token",
        "triggers[0].webhook.when": "uses bdy, which is not known here",
        "triggers[0].webhook.match.nothing": "is not a field of config",
        "triggers[0].webhook.match.config.shop": "is not a field of config",
        "triggers[0].webhook.payload.a": "is not an expression",
        "triggers[0].webhook.payload.b": "is missing",
        "triggers[0].webhook.payload.c": "is not a field of the trigger's payload",
        "triggers[1].poll.id": "items and id are needed",
        "triggers[1].poll.token": "can't be combined with time",
        "triggers[1].poll.payload": "is missing",
        "triggers[1].poll.request": "without its other half",
        "triggers[1].poll.request.method": "is missing",
        "triggers[1].poll.request.query": "belongs to the other form",
        "triggers[2].aliases": "is already a name of ACME_Y",
        "triggers[2].webhook": "is missing",
        "triggers[2].poll": "does not belong to a trigger of kind webhook",
        "triggers[3].webhook.console[0]": "uses adress",
        "triggers[3].webhook.verify.over": "lacks {timestamp}",
    }
    assert {field for field in expected if field not in found} == set()
    for field, problem in expected.items():
        assert any(problem in error.problem for error in check_triggers(tmp_path / "acme") if error.field == field), field


@pytest.mark.parametrize("text", ["", "[]", "just text", "triggers: &a [*a]", "triggers: [", "\x00", "triggers: []"])
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    made = folder(tmp_path, text)
    assert check_triggers(made)
    with pytest.raises(IntegrationFileError) as error:
        load_triggers(made)
    assert str(made / "triggers.yaml") in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda x: st.lists(x, max_size=2) | st.dictionaries(st.text(max_size=8), x, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["slug", "kind", "payload", "webhook", "poll", "config", "aliases"]), JSON)
def test_whatever_stands_in_a_file_is_told_and_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: object
) -> None:
    from composio.catalog.sources.yamlfile import read_yaml

    made = folder(tmp_path_factory.mktemp("any"), GOOD)
    data = read_yaml(made / "triggers.yaml")
    data["triggers"][0][name] = value
    (made / "triggers.yaml").write_text(write_yaml(data), "utf-8")
    try:
        load_triggers(made)
    except IntegrationFileError:
        assert check_triggers(made)
    else:
        assert not check_triggers(made)


def test_the_published_schema_is_one() -> None:
    jsonschema_rs.meta.validate(reading.schema())


def test_a_broken_file_costs_its_own_app_only(tmp_path: Path) -> None:
    known = KnownTriggers([folder(tmp_path, GOOD), folder(tmp_path, BAD, "bad"), tmp_path / "none"])
    assert known.find("acme_new_order").slug == "ACME_ORDER_ADDED"
    assert known.of("none") == ()
    assert [trigger.slug for trigger in known.all() if trigger.app == "acme"] == ["ACME_ORDER_ADDED"]
    assert set(known.broken) == {"bad"}
    with pytest.raises(IntegrationFileError):
        known.find("BAD_X")
    with pytest.raises(TriggerNotFound, match="Did you mean ACME_ORDER_ADDED"):
        known.find("ACME_ORDER_ADED")
    for name in ("", "X", "ACME_", "NOBODY_KNOWS"):
        with pytest.raises(TriggerNotFound):
            known.find(name)


def test_a_file_is_read_once_and_when_it_is_asked_for(tmp_path: Path) -> None:
    made = folder(tmp_path, GOOD)
    known = KnownTriggers([made])
    first = known.of("acme")
    (made / "triggers.yaml").write_text(BAD)
    assert known.of("acme") is first
    assert not KnownTriggers([made]).of("acme")
