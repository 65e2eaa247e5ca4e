"""The first search of a process, in milliseconds with all imports, and its memory in MiB: ``child_search.py [words]``, then JSON.

With ``words`` no model is used, as where none is installed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

started, used = time.perf_counter(), time.process_time()

if "words" in sys.argv:
    sys.modules |= dict.fromkeys(("onnxruntime", "tokenizers"))  # type: ignore[arg-type]  # what is None there can't be imported

from composio import ComposioToolSet  # noqa: E402 - the clock starts before

toolset = ComposioToolSet()
toolset.find_actions_by_use_case(use_case="send a message to the releases channel on Slack")
first, cpu = time.perf_counter() - started, time.process_time() - used
for task in ("who contributed most to this repository", "create an invoice for a customer", "pause the music"):
    toolset.find_actions_by_use_case(use_case=task)
# Not getrusage's: that begins with what the parent had.
peak = next((line for line in Path("/proc/self/status").read_text("utf-8").splitlines() if line.startswith("VmHWM")), "VmHWM 0")
memory = int(peak.split()[1]) / 1024
print(json.dumps({"first": 1000 * first, "cpu": 1000 * cpu, "memory": memory}))
