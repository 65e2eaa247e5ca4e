"""Where the examples run: against a fake GitHub and a scripted model, or with your keys set against the real ones.

The doubles ship with Composio. They speak the real services' protocols: GitHub's own API description, and the wire formats of
OpenAI, Anthropic and Gemini.
"""

from __future__ import annotations

import hashlib
import html
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode

from composio.testing import Calls, FakeUpstream, Say, ScriptedModel
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback

TASK = "Star the repository octocat/hello-world on GitHub, then tell me that it is done."
STAR = "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER"
_DONE = "I starred octocat/hello-world for you."
_TOKEN = "token-of-nobody"  # noqa: S105 - the fake GitHub accepts it and nothing else


@contextmanager
def services(
    real_model: str, *, key: str = "OPENAI_API_KEY", last_tool: str | None = None, turns: Sequence[str] = ()
) -> Iterator[str]:
    """Set the environment that clients read, and give the name of the model to ask for.

    With ``key`` and GITHUB_TOKEN set nothing is changed. ``last_tool`` is for frameworks whose runs end with a tool's call;
    ``turns`` is what the scripted model writes instead, request by request, to a framework that makes no native calls.
    """
    if os.environ.get(key) and os.environ.get("GITHUB_TOKEN"):
        yield real_model
        return
    left = iter(turns)
    star = Calls([{"name": STAR, "arguments": {"owner": "octocat", "repo": "hello-world"}}])
    last = Calls([{"name": last_tool, "arguments": {"answer": _DONE}}]) if last_tool else Say(report)
    script = [Say(lambda _: next(left))] if turns else [star, last]
    with FakeUpstream.for_app("github") as github, ScriptedModel(script) as model:
        github.require(header="Authorization", value=f"Bearer {_TOKEN}")
        os.environ |= {"GITHUB_TOKEN": _TOKEN, "COMPOSIO_GITHUB_BASE_URL": github.url, key: "none"}
        # A local address is best reached without a proxy.
        os.environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        os.environ |= {"OPENAI_BASE_URL": model.openai_url, "OPENAI_API_BASE": model.openai_url}
        os.environ |= {"ANTHROPIC_BASE_URL": model.url, "GOOGLE_GEMINI_BASE_URL": model.url}
        yield real_model
        for request in github.requests:
            print(f"The fake GitHub received {request.method} {request.path}.")


def report(results: list[str], done: str = _DONE) -> str:
    """What a model would say to the result of its call, whichever way the framework shows it."""
    failed = not results or '"successful": true' not in results[-1].replace('\\"', '"').casefold()
    return f"It failed: {results[-1:]}" if failed else done


@contextmanager
def github_accounts() -> Iterator[None]:
    """A GitHub whose users say yes on a page of its own, unless COMPOSIO_OAUTH_GITHUB_CLIENT_ID names a real one's client.

    What is connected here lies in a home of its own and goes with it.
    """
    if os.environ.get("COMPOSIO_OAUTH_GITHUB_CLIENT_ID"):
        yield
        return
    with (
        FakeUpstream.for_app("github") as github,
        Loopback(_Consent(github)) as provider,
        tempfile.TemporaryDirectory() as home,
    ):
        os.environ |= {"COMPOSIO_HOME": home, "COMPOSIO_ENCRYPTION_KEY": secrets.token_hex(32)}
        os.environ |= {"COMPOSIO_GITHUB_BASE_URL": github.url, "COMPOSIO_OAUTH_GITHUB_CLIENT_ID": "example"}
        os.environ |= {f"COMPOSIO_OAUTH_GITHUB_{name}_URL": f"{provider.url}/{name}" for name in ("AUTHORIZATION", "TOKEN")}
        os.environ |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        yield


class _Consent:
    """An OAuth 2 provider in one page: it asks, gives a code, and a token for the code and its PKCE verifier."""

    def __init__(self, github: FakeUpstream) -> None:
        self._github = github
        self._codes: dict[str, dict[str, str]] = {}

    def __call__(self, request: Request) -> Response:
        asked = dict(parse_qsl(request.query))
        if request.path == "/AUTHORIZATION":
            code = secrets.token_urlsafe()
            self._codes[code] = asked
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            page = f'<p>May the example star repositories for you?</p><a href="{html.escape(back)}">Yes</a>'
            return Response(200, {"content-type": "text/html"}, page.encode())
        form = dict(parse_qsl(request.body.decode()))
        known = self._codes.pop(form.get("code", ""), {})
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if known.get("code_challenge") != urlsafe_b64encode(proof).rstrip(b"=").decode():
            return Response.of_json({"error": "invalid_grant"}, 400)
        token = secrets.token_urlsafe()
        self._github.require(header="Authorization", value=f"Bearer {token}")
        return Response.of_json({"access_token": token, "token_type": "bearer", "scope": "repo"})
