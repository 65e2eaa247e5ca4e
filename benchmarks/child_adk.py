"""In a process of its own: google-adk's tools out of a description. Prints figures as JSON; see ``child_compile``."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from google.adk.tools.openapi_tool.openapi_spec_parser.openapi_toolset import OpenAPIToolset


def main(file: str) -> None:
    started = time.process_time()
    toolset = OpenAPIToolset(spec_str=Path(file).read_text("utf-8"), spec_str_type="json")
    tools = asyncio.run(toolset.get_tools())
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "tools": len(tools)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
