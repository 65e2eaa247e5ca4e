"""Events over a server: heard by the project's own listeners alone, looked up, and sent on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.errors import InvalidRequest, KeyRefused, TriggerInstanceNotFound, TriggerNotFound, UpstreamRefused
from composio.model.trigger_instance import NewInstance
from composio.store.triggers import events
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from tests.peers.triggering import message


def emit(services: Services, project_id: str, id_: str, **changes: Any) -> None:
    part = services.backends.shared.keeping.store.for_project(project_id).part()
    events.record(part, [message(id_, **changes)], now=time.time())


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_a_listener_hears_its_own_projects_events_and_goes_on_where_it_was(
    services: Services, project: Any, url: str, key: str
) -> None:
    other = services.projects.create("other")
    toolset: ComposioToolSet[Any] = ComposioToolSet(base_url=url, api_key=key)
    with toolset:
        heard: list[str] = []
        with toolset.create_trigger_listener(timeout=60) as listener:
            listener.callback(filters={"trigger_name": "slack_receive_message"})(lambda event: heard.append(event.id))
            emit(services, other.id, "ev_of_another")
            emit(services, project.id, "ev_1")
            emit(services, project.id, "ev_star", trigger="GITHUB_STAR_ADDED_EVENT", app="github")
            until(lambda: heard)
            began = time.monotonic()
            listener.stop()
            assert time.monotonic() - began < 10  # though the server keeps its question open
            emit(services, project.id, "ev_2")
            listener.restart(timeout=60)
            until(lambda: len(heard) == 2)
            assert heard == ["ev_1", "ev_2"]
            with pytest.raises(TriggerNotFound):
                listener.callback(filters={"trigger_name": "SCHEDULE_NO_SUCH"})


def test_events_are_looked_up_and_callback_urls_are_a_projects_own(
    services: Services, project: Any, url: str, key: str, client: httpx.Client
) -> None:
    toolset: ComposioToolSet[Any] = ComposioToolSet(base_url=url, api_key=key)
    other = services.projects.create("other")
    theirs = services.keys.create(other.id, "admin", [Scope.ADMIN])[1].reveal()
    with toolset, ComposioToolSet(base_url=url, api_key=theirs) as strangers:
        mine, strange = toolset.backend, strangers.backend
        made = mine.run(lambda: mine.events.set_callback("https://hooks.example.com/x?token=hush", format="v3"))
        assert made["secret"].startswith("whsec_")
        [listed] = mine.run(mine.events.callbacks)
        assert (listed["url"], "secret" in listed) == ("https://hooks.example.com/x?token=hush", False)
        assert strange.run(strange.events.callbacks) == []
        rotated = mine.run(lambda: mine.events.rotate_callback(made["id"]))
        assert mine.run(lambda: mine.events.callback(made["id"], secret=True))["secret"] == rotated["secret"] != made["secret"]
        for work in (
            lambda: strange.events.callback(made["id"], secret=True),
            lambda: strange.events.remove_callback(made["id"]),
            lambda: mine.events.callback("cb_unknown"),
        ):
            with pytest.raises(InvalidRequest, match="There is no callback URL"):
                strange.run(work)
        emit(services, project.id, "ev_1")
        [event] = mine.run(lambda: mine.events.log(trigger_id="ti_1"))
        assert [one["status"] for one in event["deliveries"]] == ["pending"]
        assert mine.run(lambda: mine.events.event("ev_1"))["payload"] == {"text": "ev_1"}
        assert strange.run(strange.events.log) == []
        with pytest.raises(InvalidRequest, match="There is no event"):
            strange.run(lambda: strange.events.event("ev_1"))
        off = mine.run(lambda: mine.events.enable_callback(made["id"], enabled=False))
        assert (off["enabled"], off["reason"]) == (False, "switched off by hand")
        assert mine.run(lambda: mine.events.resend(["ev_1"])) in {0, 1}  # none while one is on its way
        with pytest.raises(UpstreamRefused, match="not on the public internet"):
            mine.run(lambda: mine.events.set_callback("http://169.254.169.254/latest"))
        mine.run(lambda: mine.events.remove_callback(made["id"]))
        assert mine.run(mine.events.callbacks) == []


def test_a_key_that_only_reads_hears_nothing(services: Services, project: Any, url: str) -> None:
    reader = services.keys.create(project.id, "reader", [Scope.READ])[1].reveal()
    with ComposioToolSet(base_url=url, api_key=reader) as toolset, pytest.raises(KeyRefused, match="execute"):
        toolset.create_trigger_listener(timeout=60)


def test_what_is_left_to_do_in_a_console_is_asked_for_an_instance(services: Services, url: str, key: str) -> None:
    with ComposioToolSet(base_url=url, api_key=key) as toolset:
        backend = toolset.backend
        made = backend.run(lambda: backend.triggers.enable(NewInstance(trigger="WEBHOOK_REQUEST_TRIGGER")))
        assert backend.run(lambda: backend.triggers.setup(made.instance.id)) is None  # no provider reaches this server
        services.backends.shared.inbound.url = "https://hooks.example"
        setup = backend.run(lambda: backend.triggers.setup(made.instance.id))
        assert setup is not None
        assert setup.url.startswith("https://hooks.example/webhooks/webhook/hook_")
        assert setup.url in setup.steps[0]
        assert setup.secret
        with pytest.raises(TriggerInstanceNotFound):
            backend.run(lambda: backend.triggers.setup("ti_0"))
