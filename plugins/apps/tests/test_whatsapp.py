"""WhatsApp's own actions: each kind of message as the Cloud API takes it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from composio_apps.whatsapp.actions import send_contacts, send_location, send_media, send_message, send_template_message


class Api:
    """Stands in for the injected ``execute_request`` and records the requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", *, body: Any = None, query: Any = None) -> Any:
        self.asked.append((method, endpoint, body))
        return {"messages": [{"id": "wamid.1"}]}


def sent(function: Any, **arguments: Any) -> dict[str, Any]:
    api = Api()
    assert asyncio.run(function(api, "5", "+49151", **arguments)) == {"messages": [{"id": "wamid.1"}]}
    ((method, endpoint, body),) = api.asked
    assert (method, endpoint) == ("POST", "/5/messages")
    assert (body["messaging_product"], body["to"]) == ("whatsapp", "+49151")
    content: dict[str, Any] = body[body["type"]]
    return {"type": body["type"], "content": content, "context": body.get("context")}


def test_a_text_is_sent_and_may_answer_another() -> None:
    content = {"body": "Hello", "preview_url": False}
    assert sent(send_message, text="Hello", reply_to="m") == {
        "type": "text",
        "content": content,
        "context": {"message_id": "m"},
    }


def test_a_template_names_its_language() -> None:
    template = sent(send_template_message, template_name="hello_world", language_code="de")["content"]
    assert template == {"name": "hello_world", "language": {"code": "de"}}


def test_a_file_is_given_by_link_or_by_id_and_not_by_both() -> None:
    document = sent(send_media, media_type="document", media_id="9", filename="a.pdf", caption="A")
    assert document["content"] == {"id": "9", "filename": "a.pdf", "caption": "A"}
    for given in ({}, {"link": "https://example.com/a.png", "media_id": "9"}):
        with pytest.raises(ValueError, match="either link or media_id"):
            sent(send_media, media_type="image", **given)


@pytest.mark.parametrize("given", [{"media_type": "audio", "caption": "A"}, {"media_type": "image", "filename": "a.png"}])
def test_what_a_kind_of_file_does_not_have_is_refused_before_anything_is_sent(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"caption|filename"):
        sent(send_media, link="https://example.com/a", **given)


def test_a_place_and_contacts_are_sent_as_they_are() -> None:
    assert sent(send_location, latitude=0, longitude=1.5, name="Here")["content"] == {
        "latitude": 0,
        "longitude": 1.5,
        "name": "Here",
    }
    contacts = [{"name": {"formatted_name": "Ada", "first_name": "Ada"}}]
    assert sent(send_contacts, contacts=contacts)["content"] == contacts
    with pytest.raises(ValueError, match=r"contacts\[0\] needs a name"):
        sent(send_contacts, contacts=[{"phones": []}])


def test_an_id_stays_in_its_place_of_the_path() -> None:
    api = Api()
    asyncio.run(send_message(api, "5/../6?x", "1", "Hello"))
    assert api.asked[0][1] == "/5%2F..%2F6%3Fx/messages"
