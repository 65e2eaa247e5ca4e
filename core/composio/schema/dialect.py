"""What one framework or provider keeps, drops or rejects of a tool definition: declared, then used by the shaping step."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ANTHROPIC", "GEMINI", "IDENTIFIERS", "OPENAI", "OPENAI_STRICT", "PLAIN", "PORTABLE_KEY", "Dialect"]

# Anthropic rejects a whole request for one property key outside this; the others accept it.
PORTABLE_KEY = r"^[a-zA-Z0-9_.-]{1,64}$"


@dataclass(frozen=True, slots=True)
class Dialect:
    """Limits of a tool definition, in characters.

    ``name_limit`` and ``description_limit`` cut; ``key_pattern`` is what property names must match (others get an alias that
    comes back before validation); ``identifiers`` asks for names that are Python identifiers and no keywords.

    ``size_limit`` is how many bytes name, description and parameters may have together, as JSON: what is beyond is folded.
    ``understood`` are the keywords of JSON Schema that reach the model, None for all of them: what the others say is put into
    the description, so that no default and no bound is lost. ``strict`` asks for the strict form of every schema that has one.
    No dialect has a union beside the whole's properties: OpenAI and Anthropic both refuse it.
    """

    name_limit: int = 64
    description_limit: int = 1024
    key_pattern: str = PORTABLE_KEY
    identifiers: bool = False
    size_limit: int = 32 * 1024
    understood: frozenset[str] | None = None
    strict: bool = False


# What every provider takes: for frameworks that hand a schema on to whichever model the user chose.
PLAIN = Dialect()
# Source: OpenAI API reference, "Create chat completion", `tools`: names and descriptions have these very limits.
OPENAI = Dialect()
# Source: OpenAI's guide "Structured Outputs", section "Supported schemas".
OPENAI_STRICT = Dialect(strict=True)
# Source: Anthropic API reference, "Create a Message", `tools`.
ANTHROPIC = Dialect(name_limit=128)
# Source: Gemini API reference, "GenerationConfig", `responseJsonSchema`, whose subset `parametersJsonSchema` shares. It takes
# other keywords without a word, and the model never sees them.
GEMINI = Dialect(
    understood=frozenset(
        (
            *("type", "format", "description", "enum", "anyOf", "oneOf"),
            *("properties", "required", "additionalProperties"),
            *("items", "prefixItems", "minItems", "maxItems", "minimum", "maximum"),
        )
    )
)
# For frameworks that pass arguments as Python's keywords.
IDENTIFIERS = Dialect(identifiers=True)
