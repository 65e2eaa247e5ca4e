"""Errors that come as pages and as XML documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.markup import is_page, page_text, page_title, xml_data
from composio.model.error_text import error_text

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>", "The key does not exist."),
        (
            '<?xml version="1.0"?><ErrorResponse xmlns="x"><Error><Code>A</Code><Message>The user is gone</Message></Error></ErrorResponse>',
            "The user is gone",
        ),
        (
            "<Response><Errors><Error><Code>A</Code><Message>The ID is bad</Message></Error></Errors></Response>",
            "The ID is bad",
        ),
        (
            f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultstring xml:lang="en">Bad login</faultstring></s:Fault></s:Body></s:Envelope>',
            "Bad login",
        ),
        (
            '<e:Envelope xmlns:e="x"><e:Body><e:Fault><e:Reason><e:Text xml:lang="en">Not so</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>',
            "Not so",
        ),
        ("<errors><error>Name can't be blank</error><error>Too short</error></errors>", "Name can't be blank, Too short"),
        ('<rsp stat="fail"><err code="1" msg="Photo not found"/></rsp>', "Photo not found"),
        ('<m:error xmlns:m="x"><m:code/><m:message xml:lang="en">Not found here</m:message></m:error>', "Not found here"),
        ("<Map><status>400</status><error>Bad Request</error><message>name is needed</message></Map>", "name is needed"),
        ('<R><Errors><Error Number="10">Parameter is missing</Error></Errors></R>', "Parameter is missing"),
    ],
)
def test_an_xml_error_says_what_it_says(document: str, said: str) -> None:
    assert error_text(xml_data(document)) == said


@pytest.mark.parametrize(
    "document",
    ['<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "<a>" * 100, "<a>" + "<b/>" * 6000 + "</a>", "<a", "plain", ""],
)
def test_what_is_no_harmless_xml_is_not_read(document: str) -> None:
    assert xml_data(document) is None


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        (
            "<html><title>404 Not Found</title><center><h1>404 Not Found</h1></center>nginx",
            "404 Not Found",
            "404 Not Found nginx",
        ),
        (
            "<!DOCTYPE html>\n<html><head><title>Error</title></head><pre>Cannot GET /foo</pre>",
            "Error",
            "Error: Cannot GET /foo",
        ),
        (
            "<!-- x --><html><script>'<title>x</title>'</script><title>Please &amp; log in</title>",
            "Please & log in",
            "Please & log in",
        ),
        ("<h1>It is\n down</h1>", "It is down", "It is down"),
    ],
)
def test_a_page_is_told_by_its_title_and_text(page: str, title: str, text: str) -> None:
    assert is_page(page)
    assert (page_title(page), page_text(page)) == (title, text)


@given(st.text(alphabet="<>/!-abhtml \"'=", max_size=400))
def test_no_markup_raises(text: str) -> None:
    is_page(text)
    page_text(text)
    xml_data(text)
