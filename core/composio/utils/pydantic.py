"""v0.7's home of the explanation of what pydantic rejects."""

from __future__ import annotations

from pydantic import ValidationError

__all__ = ["parse_pydantic_error"]


def parse_pydantic_error(e: ValidationError) -> str:
    """One readable message: the fields that are missing, then each other problem with the field that it is about."""
    problems = [(".".join(str(part) for part in error["loc"]), error["type"], error["msg"]) for error in e.errors()]
    missing = [field for field, kind, _ in problems if kind == "missing"]
    lines = ["The values do not fit"]
    if missing:
        lines.append(f"missing: {', '.join(missing)}")
    lines += [f"{field}: {message}" for field, kind, message in problems if kind != "missing"]
    return "\n- ".join(lines)
