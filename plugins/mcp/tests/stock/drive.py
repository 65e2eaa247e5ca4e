"""What each agent does: one run to its end, and one that is cancelled while a call hangs."""

import asyncio
import os
import sys


async def drive(run):
    """``run(url)`` runs the agent on the model at that address. The test says on stdin when the second one hangs."""
    await run(os.environ["MODEL_URL"])
    print("called", flush=True)
    running = asyncio.create_task(run(os.environ["HANGING_URL"]))
    await asyncio.to_thread(sys.stdin.readline)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
