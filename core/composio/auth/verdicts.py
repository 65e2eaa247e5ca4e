"""Classify a token endpoint's refusal: the grant is gone, the client is wrong, or a retry may help. Pure.

What the app's file declares comes first, then what providers are known to write. A wrong client or a busy endpoint must not end
every user's connection, so what could be either is never "gone".

Sources: RFC 6749, 5.2; RFC 8628, 3.5; OpenID Connect Core 1.0, 3.1.2.6; the providers' documentation of their error codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias

from composio.auth.said import Said, matches, normal

__all__ = ["DECLARED", "Verdict", "verdict"]

Verdict: TypeAlias = Literal["gone", "later", "client", ""]
# The lists of a scheme that declare each, in the order in which they are asked.
DECLARED: Final[Mapping[Verdict, str]] = {
    "later": "retry_later_errors",
    "client": "wrong_client_errors",
    "gone": "expired_grant_errors",
}
_BUSY: Final = frozenset({408, 420, 425, 429})

# Codes without case and punctuation. Whatever names a refresh token is found by the patterns further below.
_KNOWN: Final[Mapping[str, Verdict]] = {
    **dict.fromkeys(
        (
            *("invalidclient", "unauthorizedclient", "invalidclientid", "invalidclientsecret", "invalidclientcredentials"),
            *("invalidclientidorsecret", "badclientid", "badclientsecret", "incorrectclientcredentials", "clientnotfound"),
            *("unknownclient", "deletedclient", "disabledclient", "clientdisabled", "inactiveclient", "invalidclientassertion"),
            *("invalidapp", "invalidappid", "invalidappsecret", "appdisabled", "appnotfound", "applicationnotfound"),
            *("applicationcannotbefound", "invalidapikey", "orginternal", "koe010", "koe101"),
        ),
        "client",
    ),
    **dict.fromkeys(
        (
            *("slowdown", "temporarilyunavailable", "serviceunavailable", "unavailable", "server", "servererror", "internal"),
            *("internalserver", "internalfailure", "fatal", "fatalerror", "unknown", "backend", "system", "systembusy", "busy"),
            *("serverbusy", "overloaded", "maintenance", "ratelimit", "ratelimited", "ratelimitexceeded", "requesttimeout"),
            *("userratelimitexceeded", "dailylimitexceeded", "quotaexceeded", "requestlimitexceeded", "limitexceeded"),
            *("toomanyrequests", "toomanyattempts", "throttled", "throttling", "resourceexhausted", "overrequestratelimit"),
            *("gatewaytimeout", "tryagainlater", "authorizationpending", "apicalllimit", "koe237"),
        ),
        "later",
    ),
    **dict.fromkeys(
        (
            *("invalidgrant", "badgrant", "expiredgrant", "grantexpired", "grantrevoked", "grantnotfound", "invalidcode"),
            *("invalidtoken", "badtoken", "expiredtoken", "tokenexpired", "tokenrevoked", "revokedtoken", "tokeninvalid"),
            *("tokeninactive", "inactivetoken", "tokennotfound", "tokenalreadyused", "invalidauth", "authorizationrevoked"),
            *("accountinactive", "accountdisabled", "accountdeleted", "inactiveuser", "userdisabled", "usernotfound"),
            *("userbanned", "userdeleted", "userdeactivated", "sessionexpired", "sessionnotfound", "sessionrevoked"),
            *("interactionrequired", "loginrequired", "consentrequired", "accountselectionrequired", "mfarequired"),
            *("reauthenticationrequired", "reauthrequired", "reauthorizationrequired", "consentrevoked", "invalidrapt"),
            *("accountnotauthorized", "teamaccessnotgranted", "koe322"),
        ),
        "gone",
    ),
}
# Numbers mean something only together with the name that they stand under.
_NUMBERED: Final[Mapping[str, Mapping[Verdict, frozenset[str]]]] = {
    "errcode": {  # WeChat and DingTalk's older API
        "gone": frozenset({"42002", "40030", "40029", "42007", "42003"}),
        "client": frozenset({"40001", "40013", "40125", "40164", "41002", "41004"}),
        "later": frozenset({"-1", "45009", "45011", "45047", "90018", "88"}),
    },
    "code": {
        # Lark and Feishu; Zoom; Facebook; HTTP's own in an answer that has another status
        "gone": frozenset({"20026", "20037", "20064", "20066", "20073", "4711", "4735", "4741", "190"}),
        "client": frozenset({"20002", "20014", "20048", "20069", "10014", "4702", "4704", "4706", "4717"}),
        "later": frozenset({"20050", "20072", "99991400", "11232", "429"}),
    },
    "errorcode": {  # TikTok and Douyin; Weibo; Zoom
        "gone": frozenset(
            {"10010", "10020", "2190008", "21314", "21315", "21316", "21317", "21319", "21325", "21327", "4711", "4741"}
        ),
        "client": frozenset({"10003", "10013", "21324", "4702", "4704"}),
        "later": frozenset({"10022", "10023", "10024", "429"}),
    },
    "errorsubcode": {"gone": frozenset({"458", "459", "460", "463", "464", "467", "492"})},  # Facebook
    "status": {"later": frozenset({"429", "601"})},  # Withings
    "error": {"later": frozenset({"429"})},
}
_PASSES: Final = frozenset({"istransient", "transient", "isretryable", "retryable", "istemporary", "temporary"})
# Microsoft writes its number into the description.
_AADSTS: Final = re.compile(r"\bAADSTS(\d{5,7})\b")
_MICROSOFT: Final[Mapping[Verdict, frozenset[str]]] = {
    "client": frozenset(
        {"700016", "7000112", "7000114", "7000215", "7000218", "7000222", "7000229", "700022", "700023", "700024", "700025"}
        | {"700027", "700030", "700211", "700212", "700213", "90002", "500011", "650052", "650056"}
    ),
    "later": frozenset({"90033", "90006", "90012", "90024", "50196", "50002"}),
    "gone": frozenset(
        {"50020", "50034", "50055", "50057", "50072", "50074", "50076", "50078", "50079", "50089", "50132", "50133", "50135"}
        | {"50144", "50173", "53000", "53001", "53002", "53003", "53004", "65001", "65004", "70000", "70008", "700003"}
        | {"700081", "700082", "700084", "50105", "50158"}
    ),
}
_BAD: Final = (
    r"(?:invalid|expired?|expiry|revoked|unknown|bad|incorrect|illegal|inactive|wrong|stale|malformed|rejected|evicted|consumed"
    r"|blacklisted|replaced|superseded|rotated|cancell?ed|deleted|disabled|reused|re-used|no longer|time ?out|timed out"
    r"|not (?:valid|found|active|recogni[sz]ed|known|exist)|(?:does not|doesn't|did not) exist|(?:already|been|was) used"
    r"|无效|过期|失效|不存在|错误|撤销)"
)
_RENEWAL: Final = r"refresh ?tokens?"
_IS: Final = r"(?:(?:is|are|was|were|has|have|had|been|already|either|now|may be|可能|已|已经)\W+)*"
_OWN: Final = r"(?:(?:the|this|your|its|provided|supplied|given|o ?auth2?|access|user|bearer|security|session)\W+)*"
_WHO: Final = r"(?:user|account|member|org(?:ani[sz]ation)?|workspace|team|tenant|company|hub|portal|shop|store)"
_GONE: Final = re.compile(
    rf"{_RENEWAL}\W*(?:\w+\W+){{0,8}}?(?:已经|已|是)?{_BAD}"
    rf"|{_BAD}\W+(?:\w+\W+){{0,4}}?{_RENEWAL}"
    rf"|^{_OWN}token\W+{_IS}{_BAD}"
    rf"|^{_BAD}\W+(?:or {_BAD}\W+)?{_OWN}token\W*$"
    rf"|\b(?:grant|session|consent|authori[sz]ation)\W+{_IS}{_BAD}"
    rf"|{_BAD}\W+(?:or {_BAD}\W+)?(?:authori[sz]ation )?(?:grant|session)\b"
    rf"|\b{_WHO}\W+{_IS}(?:disabled|deleted|deactivated|suspended|inactive|banned|blocked|removed|revoked|not found|not accessible"
    r"|take ?n? ?down)"
    rf"|\b(?:inactive|disabled|deactivated|suspended|deleted|unknown) {_WHO}\b"
    rf"|\brequires an? (?:active|valid) {_RENEWAL}|\baccess token (?:\w+ )?{_IS}(?:{_BAD}|check failed)|(?<!\borg )\blogin required\b"
    r"|\bre ?(?:authenticat|authori[sz]|connect|consent)|\b(?:log|sign) ?in again|\b(?:connect|authori[sz]e|authenticate) again"
    r"|重新(?:授权|登录|登陆|认证)|\buser authori[sz]ation failed|\bpassed for the token was invalid"
)
_RENEWAL_ITSELF: Final = re.compile(rf"^(?:the |this |your )?{_RENEWAL}\W+{_IS}{_BAD}")
_NO_TOKEN: Final = re.compile(r"\bgrant ?types?\b")
_WRONG: Final = (
    r"(?:invalid|bad|incorrect|wrong|unknown|expired|unauthori[sz]ed|mismatch(?:ed)?|missing|required|failed|fails|disabled|error"
    r"|not (?:valid|found|allowed|authori[sz]ed|known|exist|match|registered)|suspended|blocked"
    r"|(?:does not|doesn't|do not|don't) (?:exist|match|have access)|无效|错误)"
)
_CREDENTIAL: Final = r"(?:(?:client|application|app|consumer|partner) ?(?:id|identifier|secret|keys?|credentials?|authentication|assertion)|api ?key)"
_CLIENT: Final = re.compile(
    rf"\b{_CREDENTIAL}\W+(?:\w+\W+){{0,4}}?{_WRONG}"
    rf"|{_WRONG}\W+(?:\w+\W+){{0,3}}?{_CREDENTIAL}\b"
    rf"|\b(?:client|application|app)\W+{_IS}{_WRONG}"
    rf"|{_WRONG} (?:oauth )?(?:client|application|app)\b(?! (?:token|session|grant))"
    r"|\bvalidating (?:client secret|application)|\bclient \S+ (?:does not exist|not found)"
    r"|\b(?:wrong|invalid|bad|incorrect) sign(?:ature)?\b"
)
_LATER: Final = re.compile(
    r"too many|\b(?:rate|request|call|calls|usage|quota|frequency|concurren\w+)\W*(?:limit|exceed)|limit (?:reached|exceeded|hit)"
    r"|\b(?:try again|retry) (?:later|in|after|shortly|soon|your|the)\b|temporar(?:y|ily)|unavailable|throttl|overload|maintenance"
    r"|already (?:being|in) (?:pro(?:cessed|gress)|used?\b)|another request is already|unknown error|unexpected error|retry your request|\bbusy\b|internal (?:server )?error|system error|server error|频率|频繁|繁忙|稍后"
)
_PATTERNS: Final[tuple[tuple[Verdict, re.Pattern[str]], ...]] = (("client", _CLIENT), ("later", _LATER), ("gone", _GONE))


def verdict(extra: Mapping[str, Any], status: int, data: Any, found: Said) -> Verdict:
    """What an answer that is no success means for a grant; empty where nobody can tell.

    ``extra`` is what the scheme declares, ``data`` the parsed answer and ``found`` what it says.
    """
    if declared := _declare(extra, data, found):
        return declared
    if status >= 500 or status in _BUSY:
        return "later"
    verdicts = set(_by_code(found))
    texts = [_plain(text) for text in found.texts]
    clients = {code for text in found.texts if _KNOWN.get(code := normal(text)) == "client"}
    if verdicts == {"client"} and clients == {"unauthorizedclient"} and any(map(_RENEWAL_ITSELF.search, texts)):
        return "gone"  # Atlassian's code for a refresh token that it says is invalid
    if verdicts == {"gone"} and _is_general(found):
        in_words = _read_words(map(_plain, found.words))
        return in_words[0] if in_words and "gone" not in in_words else "gone"
    for one in ("client", "later", "gone"):
        if one in verdicts:
            return one
    if said := _read_words(texts):
        return said[0]
    if _may_be_repeated(data):
        return "later"
    return "later" if any(name in {"code", "status"} and re.fullmatch(r"5\d\d", text) for name, text in found.codes) else ""


def _read_words(texts: Iterable[str]) -> list[Verdict]:
    """What the strings say, the most harmless first."""
    listed = list(texts)
    return [
        kind
        for kind, pattern in _PATTERNS
        if any(pattern.search(text) and not (kind == "gone" and _NO_TOKEN.search(text)) for text in listed)
    ]


def _is_general(found: Said) -> bool:
    """Whether the code alone speaks of a grant, and is the one for whatever is wrong with a request for tokens.

    Snowflake says invalid_grant of a client, Salesforce and Airtable of two requests at a time: then the sentence counts.
    """
    return {code for _, text in found.codes if _KNOWN.get(code := normal(text)) == "gone"} == {"invalidgrant"}


def _may_be_repeated(data: Any) -> bool:
    """Whether an answer says of itself that it will pass, as Facebook's ``is_transient`` does."""
    holders = (data, data.get("error")) if isinstance(data, Mapping) else ()
    return any(
        value is True and re.sub(r"[^a-z]", "", str(name).lower()) in _PASSES
        for holder in holders
        if isinstance(holder, Mapping)
        for name, value in holder.items()
    )


def _declare(extra: Mapping[str, Any], data: Any, found: Said) -> Verdict:
    """What the file says, an entry with a path before one without."""
    entries = [(kind, entry) for kind, name in DECLARED.items() for entry in extra.get(name, ())]
    entries.sort(key=lambda one: not (isinstance(one[1], Mapping) or ": " in str(one[1])))
    return next((kind for kind, entry in entries if matches(entry, data, found)), "")


def _by_code(found: Said) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for name, text in found.codes:
        for kind, numbers in _NUMBERED.get(name, {}).items():
            if text in numbers:
                verdicts.append(kind)
    numbers_of_microsoft = {text for name, text in found.codes if name == "errorcodes"}
    for text in found.texts:
        if known := _KNOWN.get(normal(text)):
            verdicts.append(known)
        numbers_of_microsoft.update(_AADSTS.findall(text))
    verdicts += [kind for kind, numbers in _MICROSOFT.items() if not numbers.isdisjoint(numbers_of_microsoft)]
    return verdicts


def _plain(text: str) -> str:
    """``BAD_REFRESH_TOKEN`` and ``invalidParameter.refreshToken.notFound`` as words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.sub(r"[_\-/]+|\.(?=\w)", " ", spaced).lower()
