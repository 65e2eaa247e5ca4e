"""A web app whose users connect their GitHub accounts and star a repository: ``python examples/connect_users_with_fastapi.py``.

    pip install opencomposio fastapi uvicorn

Needs no key: without COMPOSIO_OAUTH_GITHUB_CLIENT_ID it runs against a fake GitHub. With your own OAuth app's client id and secret
set, and http://127.0.0.1:8000/callback entered there as its callback URL, users connect their real accounts.
"""

from __future__ import annotations

import html
import secrets
from typing import Annotated, Any

from fastapi import Cookie, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from composio import ComposioToolSet
from composio.errors import AuthorizationError, ConnectionNotFound

STAR = "GITHUB_STAR_A_REPOSITORY_FOR_THE_AUTHENTICATED_USER"


def make_app(toolset: ComposioToolSet[Any]) -> FastAPI:
    """The app. Its users are your users: whoever is signed in is the entity, and nothing else says who that is."""
    app = FastAPI()
    sessions: dict[str, str] = {}  # yours: however your users sign in

    def current_user(session: Annotated[str, Cookie()] = "") -> str:
        if session not in sessions:
            raise HTTPException(401, "Sign in first: POST /sign-in/NAME")
        return sessions[session]

    @app.post("/sign-in/{name}")
    async def sign_in(name: str) -> Response:
        session = secrets.token_urlsafe()
        sessions[session] = name
        response = RedirectResponse("/", 303)
        response.set_cookie("session", session, httponly=True, samesite="lax")
        return response

    @app.get("/")
    async def home(session: Annotated[str, Cookie()] = "") -> HTMLResponse:
        if session not in sessions:
            return HTMLResponse('<form method="post" action="/sign-in/ada"><button>Sign in as Ada</button></form>')
        connected = await toolset.aget_connected_accounts(entity_id=sessions[session])
        names = ", ".join(one.appName for one in connected) or "nothing yet"
        star = '<form method="post" action="/star/octocat/hello-world"><button>Star octocat/hello-world</button></form>'
        return HTMLResponse(f'<p>Connected: {names}</p><a href="/connect/github">Connect GitHub</a>{star}')

    @app.get("/connect/{name}")
    async def connect(name: str, request: Request, user: str = Depends(current_user)) -> RedirectResponse:
        back = str(request.url_for("callback"))  # what is registered with the provider
        begun = await toolset.ainitiate_connection(app=name, entity_id=user, redirect_uri=back)
        return RedirectResponse(begun.redirect_url or "/", 303)

    @app.get("/callback")
    async def callback(request: Request, user: str = Depends(current_user)) -> RedirectResponse:
        # With the entity, nobody can be made to finish a connection that somebody else began.
        await toolset.acomplete_connection(str(request.url), entity_id=user)
        return RedirectResponse("/", 303)

    @app.post("/star/{owner}/{repo}")
    async def star(owner: str, repo: str, user: str = Depends(current_user)) -> dict[str, Any]:
        return await toolset.aexecute_action(STAR, {"owner": owner, "repo": repo}, entity_id=user)

    @app.exception_handler(AuthorizationError)
    async def not_connected(_request: Request, error: AuthorizationError) -> HTMLResponse:
        return HTMLResponse(f"<p>Not connected: {html.escape(str(error))}</p>", 400)

    @app.exception_handler(ConnectionNotFound)
    async def connect_first(_request: Request, error: ConnectionNotFound) -> HTMLResponse:
        name = html.escape(error.app)
        return HTMLResponse(f'<p>Your {name} account is not connected: <a href="/connect/{name}">connect it</a>.</p>', 409)

    return app


def main() -> None:
    import uvicorn
    from services import github_accounts

    with github_accounts(), ComposioToolSet() as toolset:
        uvicorn.run(make_app(toolset), host="127.0.0.1", port=8000)


if __name__ == "__main__":
    main()
