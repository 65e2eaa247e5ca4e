"""Google Docs actions that take and give Markdown: v0.7's names and arguments, and some more.

The API itself wants each character's position. Source of the calls:
https://developers.google.com/workspace/docs/api/reference/rest
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio.errors import UpstreamError
from composio_apps._errors import retell
from composio_apps._execute import Execute
from composio_apps._markdown import parse, render
from composio_apps.googledocs.document import blocks_of, written

__all__ = [
    "append_document_markdown",
    "create_document",
    "create_document_markdown",
    "get_document_by_id",
    "get_document_markdown",
    "replace_text_in_document",
    "update_document_markdown",
    "update_existing_document",
]

DocumentId = Annotated[
    str,
    Field(
        description="The document's id, which is the part of its address after /document/d/",
        min_length=1,
        examples=["1aBcD_efGhIjKlMnOpQrStUvWxYz0123456789"],
    ),
]
Title = Annotated[str, Field(description="The document's title", min_length=1, examples=["Meeting notes"])]
Markdown = Annotated[
    str,
    Field(
        description="The text in Markdown: headings, lists, tables, quotes, code, links, bold, italic",
        examples=["# Plan\n\n- **Monday**: write\n- Tuesday: [review](https://example.com)"],
    ),
]


def _path(document_id: str, rest: str = "") -> str:
    return f"/v1/documents/{quote(document_id, safe='')}{rest}"


async def _update(execute: Execute, document_id: str, requests: list[dict[str, Any]], revision: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"requests": requests}
    if revision:  # positions refer to what was read; a change in between is refused instead of overwritten
        body["writeControl"] = {"requiredRevisionId": revision}
    changed: dict[str, Any] = await execute(_path(document_id, ":batchUpdate"), method="POST", body=body)
    return changed


async def _create(execute: Execute, title: str, requests: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = await execute("/v1/documents", method="POST", body={"title": title})
    ident = str(made["documentId"])
    if requests:
        try:
            await _update(execute, ident, requests)
        except UpstreamError as error:
            raise retell(
                error,
                f"The document {ident} was created but is empty: {error}. Write into it instead of creating another one.",
            ) from error
    return {**made, "display_url": f"https://docs.google.com/document/d/{ident}/edit"}


async def _end(execute: Execute, document_id: str) -> tuple[int, str]:
    """Return where the document's last line ends, and the revision that was read."""
    fields = "revisionId,body(content(endIndex))"
    found = await execute(_path(document_id), query={"fields": fields})
    content = (found.get("body") or {}).get("content") or [{}]
    return int(content[-1].get("endIndex") or 2), str(found.get("revisionId") or "")


@action(toolname="googledocs", tags=["important"])
async def create_document(
    execute_request: Execute,
    title: Title,
    text: Annotated[str, Field(description="The text, as it is; its lines become paragraphs")] = "",
) -> dict[str, Any]:
    """Create a document of plain text. Returns it with documentId and address."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    requests = [{"insertText": {"location": {"index": 1}, "text": lines}}] if lines else []
    return await _create(execute_request, title, requests)


@action(toolname="googledocs", tags=["important"])
async def create_document_markdown(execute_request: Execute, title: Title, markdown_text: Markdown) -> dict[str, Any]:
    """Create a document from Markdown. Returns it with documentId and address."""
    return await _create(execute_request, title, written(parse(markdown_text), 1))


@action(toolname="googledocs", tags=["important"])
async def update_document_markdown(
    execute_request: Execute, document_id: DocumentId, new_markdown_text: Markdown
) -> dict[str, Any]:
    """Replace all of a document's text by Markdown; what was there is gone. Returns documentId and the replies."""
    requests = written(parse(new_markdown_text), 1)
    end, revision = await _end(execute_request, document_id)
    if end > 2:  # the end of the last line cannot be deleted
        requests.insert(0, {"deleteContentRange": {"range": {"startIndex": 1, "endIndex": end - 1}}})
    if not requests:
        return {"documentId": document_id, "replies": []}
    return await _update(execute_request, document_id, requests, revision)


@action(toolname="googledocs", tags=["important"])
async def append_document_markdown(
    execute_request: Execute, document_id: DocumentId, markdown_text: Markdown
) -> dict[str, Any]:
    """Add Markdown at the end of a document. Returns documentId and the replies."""
    blocks = parse(markdown_text)
    if not blocks:
        raise ValueError("markdown_text has nothing to add; give some text.")
    end, revision = await _end(execute_request, document_id)
    at = end - 1
    requests: list[dict[str, Any]] = []
    if end > 2:
        requests.append({"insertText": {"location": {"index": at}, "text": "\n"}})
        at += 1
    return await _update(execute_request, document_id, [*requests, *written(blocks, at)], revision)


@action(toolname="googledocs", tags=["important"])
async def replace_text_in_document(
    execute_request: Execute,
    document_id: DocumentId,
    find: Annotated[str, Field(description="The text to look for, as the document has it, without Markdown", min_length=1)],
    replace_with: Annotated[str, Field(description="What stands there instead, plain text; empty removes it")],
    match_case: Annotated[bool, Field(description="False finds upper and lower case alike")] = True,
) -> dict[str, Any]:
    """Replace every occurrence of a text in a document; its style stays. Returns how many were changed."""
    found = {"containsText": {"text": find, "matchCase": match_case}, "replaceText": replace_with}
    changed = await _update(execute_request, document_id, [{"replaceAllText": found}])
    replies = changed.get("replies") or [{}]
    count = (replies[0].get("replaceAllText") or {}).get("occurrencesChanged", 0)
    return {"documentId": document_id, "occurrences_changed": count}


@action(toolname="googledocs", tags=["important"])
async def get_document_markdown(execute_request: Execute, document_id: DocumentId) -> dict[str, Any]:
    """Read a document as Markdown, all its tabs. Returns documentId, title and markdown."""
    found = await execute_request(_path(document_id), query={"includeTabsContent": True})
    return {"documentId": document_id, "title": found.get("title"), "markdown": render(blocks_of(found))}


@action(toolname="googledocs", tags=["important"])
async def get_document_by_id(execute_request: Execute, id: DocumentId) -> dict[str, Any]:  # noqa: A002 - v0.7's name
    """Read a document as the API has it, each run of text with style and position. get_document_markdown is much shorter."""
    return await execute_request(_path(id))


@action(toolname="googledocs")
async def update_existing_document(
    execute_request: Execute,
    document_id: DocumentId,
    editDocs: Annotated[  # noqa: N803 - v0.7 called it so
        list[dict[str, Any]],
        Field(
            description="Requests of documents.batchUpdate, carried out in order, all or none",
            min_length=1,
            examples=[[{"insertText": {"location": {"index": 1}, "text": "Hello"}}]],
        ),
    ],
) -> dict[str, Any]:
    """Edit a document by requests with positions, as documents.batchUpdate takes them. Returns documentId and the replies."""
    return await _update(execute_request, document_id, editDocs)
