"""The page that a browser shows when a user comes back from a provider, and the URL to which it redirects instead.

The page loads nothing, runs nothing and sends nothing: its URL holds a code. Source: OAuth 2.0 Security Best Current Practice,
RFC 9700 section 4.2.4 (Referrer-Policy) and RFC 6749 section 10.3.
"""

from __future__ import annotations

import base64
import hashlib
import html
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

__all__ = ["HEADERS", "destination", "is_web_address", "page"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --mark: #0a7d33; }
.bad { --mark: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9aa4ae; --mark: #4ac26b; }
  .bad { --mark: #ff8a80; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 1.05rem/1.55 system-ui, sans-serif; }
main { max-width: 34rem; padding: 2rem; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
h1 span { color: var(--mark); }
p { margin: 0; color: var(--soft); overflow-wrap: anywhere; white-space: pre-line; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# For every response of the listener, pages and redirects.
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page(title: str, message: str, *, ok: bool) -> bytes:
    """Return an HTML document in UTF-8. ``title`` and ``message`` are plain strings; markup in them is escaped."""
    heading, text = html.escape(title), html.escape(message)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>{_STYLE}</style>
</head>
<body>
<main role="{"status" if ok else "alert"}" class="{"good" if ok else "bad"}">
<h1><span aria-hidden="true">{"✔" if ok else "✖"}</span> {heading}</h1>
<p>{text}</p>
</main>
</body>
</html>
""".encode("utf-8", "replace")


def destination(redirect_url: str, *, ok: bool, connection_id: str, app: str) -> str:
    """Return the developer's URL with ``status``, ``connectedAccountId`` and ``appName`` added to its query.

    The rest of its query and its fragment stay; existing parameters of these names are replaced.
    Source: documentation page "Connecting to OAuth Apps", ``redirect_url``.
    """
    ours = {"status": "success" if ok else "failed", "connectedAccountId": connection_id, "appName": app}
    parts = urlsplit(redirect_url)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in ours]
    whole = urlunsplit(parts._replace(query="&".join([*kept, urlencode(ours)])))
    # URLs that people type are not always encoded; escapes that exist are kept.
    return quote(whole, safe="%/:?#[]@!$&'()*+,;=~")


def is_web_address(url: str) -> bool:
    """Return whether a ``Location`` header may hold the URL: absolute http(s) or an app's own scheme, printable ASCII only."""
    if not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        return False
    try:
        scheme, _, rest = url.partition(":")
        return bool(urlsplit(url).netloc) and bool(rest) and scheme.lower() not in {"javascript", "data", "vbscript", "file"}
    except ValueError:  # brackets without a valid address
        return False
