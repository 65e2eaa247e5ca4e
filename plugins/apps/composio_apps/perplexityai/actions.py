"""A question to Perplexity in plain words, under the name and with the arguments that v0.7 had.

Source of the call: https://docs.perplexity.ai/api-reference. v0.7's arguments are from memory.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = ["perplexity_ai_search"]


@action(toolname="perplexityai", tags=["important"])
async def perplexity_ai_search(
    execute_request: Execute,
    userContent: Annotated[str, Field(description="The question", min_length=1)],  # noqa: N803 - v0.7 called it so
    systemContent: Annotated[str | None, Field(description="How to answer")] = None,  # noqa: N803 - as above
    model: Annotated[
        Literal["sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"], Field(description="Who answers")
    ] = "sonar",
    max_tokens: Annotated[int | None, Field(description="How long the answer may be", ge=1, le=128000)] = None,
    temperature: Annotated[float | None, Field(description="0 for the likeliest words", ge=0, lt=2)] = None,
    search_recency_filter: Annotated[
        Literal["hour", "day", "week", "month", "year"] | None, Field(description="Only pages of the last hour, day and so on")
    ] = None,
    search_domain_filter: Annotated[
        list[str] | None, Field(description="Only these domains; with - before it, without one", max_length=20)
    ] = None,
    return_images: Annotated[bool | None, Field(description="Whether to answer pictures as well")] = None,
) -> dict[str, Any]:
    """Ask Perplexity, which searches the web: choices[0].message.content is its answer, search_results are its sources."""
    asked = [{"role": "user", "content": userContent}]
    messages = [{"role": "system", "content": systemContent}, *asked] if systemContent else asked
    given = {
        "max_tokens": max_tokens,
        "temperature": temperature,
        "search_recency_filter": search_recency_filter,
        "search_domain_filter": search_domain_filter,
        "return_images": return_images,
    }
    body = {"model": model, "messages": messages, **{name: value for name, value in given.items() if value is not None}}
    return await execute_request("/v1/sonar", method="POST", body=body)
