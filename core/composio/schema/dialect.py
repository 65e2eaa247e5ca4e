"""What one framework or provider keeps, drops or rejects of a tool definition, declared for :mod:`composio.schema.shape`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANTHROPIC", "GEMINI", "IDENTIFIERS", "OPENAI", "OPENAI_STRICT", "PLAIN", "PORTABLE_KEY", "Dialect"]

# Anthropic rejects a whole request for one property name outside this; the others accept it.
PORTABLE_KEY = r"^[a-zA-Z0-9_.-]{1,64}$"


@dataclass(frozen=True, slots=True)
class Dialect:
    """Limits of a tool definition, in characters.

    ``name_limit`` and ``description_limit`` truncate; ``key_pattern`` is what property names must match (others get an alias
    that is reversed before validation); ``identifiers`` requires names that are Python identifiers and not keywords.

    ``size_limit`` is the maximum number of bytes of name, description and parameters together, as JSON: the excess is folded.
    ``understood`` are the keywords of JSON Schema that reach the model, None for all: the others are put in words in
    the description, so that no default or bound is lost. ``strict`` requests the strict form of every schema that has one.
    No dialect has a union beside the root's properties: OpenAI and Anthropic both refuse it.
    """

    name_limit: int = 64
    description_limit: int = 1024
    key_pattern: str = PORTABLE_KEY
    identifiers: bool = False
    size_limit: int = 32 * 1024
    understood: frozenset[str] | None = None
    strict: bool = False


# What every provider accepts: for frameworks that pass a schema on to any model.
PLAIN = Dialect()
# Source: OpenAI API reference, "Create chat completion", `tools`: names and descriptions have these very limits.
OPENAI = Dialect()
# Source: OpenAI's guide "Structured Outputs", section "Supported schemas".
OPENAI_STRICT = Dialect(strict=True)
# Source: Anthropic API reference, "Create a Message", `tools`.
ANTHROPIC = Dialect(name_limit=128)
# Source: Gemini API reference, "GenerationConfig", `responseJsonSchema`, whose subset `parametersJsonSchema` shares. It ignores
# other keywords silently, and the model never sees them.
GEMINI = Dialect(
    understood=frozenset(
        (
            *("type", "format", "description", "enum", "anyOf", "oneOf"),
            *("properties", "required", "additionalProperties"),
            *("items", "prefixItems", "minItems", "maxItems", "minimum", "maximum"),
        )
    )
)
# For frameworks that pass arguments as Python keywords.
IDENTIFIERS = Dialect(identifiers=True)
