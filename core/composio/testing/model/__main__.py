"""``python -m composio.testing.model --script FILE [--port N]``: the scripted model for any client, until interrupted."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path

from composio.errors import InvalidRequest
from composio.testing.model.server import ScriptedModel


def main(arguments: list[str] | None = None) -> int:
    """Serve a script: a JSON list of ``{"calls": [{"name", "arguments"}]}``, ``{"say": "..."}`` and ``{"fail": 500}``."""
    parser = argparse.ArgumentParser(prog="python -m composio.testing.model", description=main.__doc__)
    parser.add_argument("--script", type=Path, required=True, help="JSON file with the list of steps")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args(arguments)
    try:
        model = ScriptedModel(json.loads(options.script.read_text("utf-8")), port=options.port)
    except (OSError, ValueError, InvalidRequest) as error:
        sys.stderr.write(f"{options.script}: {error}\n")
        return 2
    with model:
        sys.stdout.write(f"OpenAI: {model.openai_url}\nAnthropic, Gemini: {model.url}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
