"""What somebody gets who installs opencomposio-apps: ``try_wheel.py DIST`` installs its wheel into an empty environment and uses it.

Without network and in an empty home: tools are listed, and one is called through the fake upstream of its own description.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MOST = 60_000_000  # bytes of the wheel
USE = """
import socket, sys

connect = socket.socket.connect

def refuse(self, address):
    if address[0] != "127.0.0.1":
        raise OSError(f"no network here for {address}")
    return connect(self, address)

socket.socket.connect = refuse
from composio import ComposioToolSet

toolset = ComposioToolSet()
tools = toolset.get_tools(apps=["github"])
assert len(tools) > 10, len(tools)
assert not {"yaml", "httpx", "composio.catalog.compile"} & sys.modules.keys()

from composio import CustomAuthParameter
from composio.testing import FakeUpstream

with FakeUpstream.for_app("github") as api:
    token = CustomAuthParameter(name="Authorization", value="Bearer x", in_="header")
    toolset.add_auth("github", parameters=[token], base_url=api.url)
    result = toolset.execute_action("GITHUB_GET_THE_AUTHENTICATED_USER", {})
assert result["successful"], result
print(len(tools), "tools of github, and a call that its description's own double takes")
"""


def run(*command: str, **options: Any) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options)  # noqa: S603 - ours
    return done.stdout


def main(dist: Path) -> int:
    """Exit code 1 where the wheel is too large or can't be used as it is."""
    [apps], [core] = list(dist.glob("opencomposio_apps-*.whl")), list(dist.glob("opencomposio_core-*.whl"))
    if (size := apps.stat().st_size) > MOST:
        print(f"{apps.name} has {size / 1e6:.1f} MB; {MOST / 1e6:.0f} are the most that it may have", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("uv", "venv", "--quiet", "--python", sys.executable, str(folder / "env"))
        python = str(folder / "env" / "bin" / "python")
        run("uv", "pip", "install", "--quiet", "--python", python, str(core), str(apps))
        dead = "http://127.0.0.1:9"
        environ = {
            "COMPOSIO_HOME": str(folder / "home"),
            "GITHUB_TOKEN": "x",
            "PATH": str(folder / "env" / "bin"),
            "NO_PROXY": "127.0.0.1",
        }
        environ |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "http_proxy"), dead)
        command = (str(folder / "env" / "bin" / "composio"), "actions", "--app", "github")
        listed = run(*command, cwd=folder, env=environ)
        assert "GITHUB_CREATE_AN_ISSUE" in listed, listed[:500]
        print(run(python, "-c", USE, cwd=folder, env=environ).strip())
        assert not (folder / "home" / "cache").exists(), "something was downloaded"
    print(f"{apps.name}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
