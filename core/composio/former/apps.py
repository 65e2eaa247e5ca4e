"""The apps of v0.7 that nothing here describes. An app that is known under one of these names is never asked about."""

from __future__ import annotations

__all__ = ["explain_missing"]

_NAMES = """
accelo acculynx active_campaign adobe aero_workflow altoviz amazon amcards appdrag appsflyer atlassian auth0 axonaut
bannerbear baserow battlenet beeminder bill bitwarden blackbaud blackboard boldsign bolna borneo botbaba braintree
brandfetch breezy_hr brex brex_staging brightpearl browseai browserhub bubble chatwork chmeetings coinmarketcal
d2lbrightspace dailybot datagma datarobot deel demio digicert docmosis dropbox_sign echtpost entelligence epic_games
exist factorial finage fitbit flutterwave fomo formcarry formsite freshbooks front go_to_webinar gumroad guru
hackerrank_work harvest helcim highlevel humanloop icims_talent_cloud idea_scale keap klipfolio lastpass lever
lever_sandbox lexoffice linkhut maintainx mboum metatextai microsoft_clarity mocean mopinion more_trees moxie moz
mural ncscale netsuite ngrok oncehub onepage open_sea pandadoc piggy placekey precoro printnode process_street
productboard qualaroo rafflys ravenseotools ring_central rippling rocket_reach sage screenshotone seismic servicem8
simplesat smartrecruiters smugmug tapform terminus textrazor text_to_pdf timecamp timekit timely tinypng
tinyurl toneden twitch venly vero visme waboxapp wakatime wave_accounting wiz workiom yandex yousearch zenrows
zenserp zoho_bigin zoho_desk zoho_inventory zoho_invoice zoho_mail
"""
_MISSING = frozenset(_NAMES.split())


def explain_missing(name: str) -> str:
    """How to add v0.7's app that ``name`` is, or whose action it is; empty if it is not one of those."""
    lower = f"{name.strip().lower()}_"
    found = max((app for app in _MISSING if lower.startswith(f"{app}_")), key=len, default="")
    if not found:
        return ""
    return (
        f"{found.upper()} was an app of v0.7 that is not among those here. Add it by its API's description: "
        f"`composio apps add {found} --spec FILE_OR_URL`."
    )
