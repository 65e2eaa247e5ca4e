"""Signatures that vendors publish, with the secrets they were made with: facts of their documentation and libraries' tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

GITHUB = {"kind": "hmac", "header": "X-Hub-Signature-256", "prefix": "sha256=", "over": "body"}
SLACK = {
    "kind": "hmac",
    "header": "X-Slack-Signature",
    "prefix": "v0=",
    "over": "v0:{timestamp}:{body}",
    "timestamp": {"header": "X-Slack-Request-Timestamp"},
}
STRIPE = {
    "kind": "hmac",
    "header": "Stripe-Signature",
    "separator": ",",
    "prefix": "v1=",
    "over": "{timestamp}.{body}",
    "timestamp": {"part": "t="},
}
TWILIO = {
    "kind": "hmac",
    "header": "X-Twilio-Signature",
    "digest": "sha1",
    "encoding": "base64",
    "over": "{url}{params}",
    "body_digest": "bodySHA256",
    "ports": True,
}
STANDARD = {
    "kind": "hmac",
    "header": "webhook-signature",
    "encoding": "base64",
    "separator": " ",
    "prefix": "v1,",
    "over": "{header.webhook-id}.{timestamp}.{body}",
    "key": "whsec",
    "timestamp": {"header": "webhook-timestamp"},
}
SENDGRID = {
    "kind": "ecdsa",
    "header": "X-Twilio-Email-Event-Webhook-Signature",
    "encoding": "base64",
    "over": "{timestamp}{body}",
    "timestamp": {"header": "X-Twilio-Email-Event-Webhook-Timestamp"},
}
BOX = {
    "kind": "hmac",
    "header": ["BOX-SIGNATURE-PRIMARY", "BOX-SIGNATURE-SECONDARY"],
    "encoding": "base64",
    "over": "{body}{timestamp}",
    "timestamp": {"header": "BOX-DELIVERY-TIMESTAMP", "unit": "iso", "tolerance": 600},
}
SQUARE = {"kind": "hmac", "header": "x-square-hmacsha256-signature", "encoding": "base64", "over": "{url}{body}"}
HUBSPOT_1 = {"kind": "hash", "header": "X-HubSpot-Signature", "over": "{secret}{body}"}
HUBSPOT_2 = {"kind": "hash", "header": "X-HubSpot-Signature", "over": "{secret}{method}{url}{body}"}
HUBSPOT_3 = {
    "kind": "hmac",
    "header": "X-HubSpot-Signature-v3",
    "encoding": "base64",
    "over": "{method}{decoded_url}{body}{timestamp}",
    "timestamp": {"header": "X-HubSpot-Request-Timestamp", "unit": "ms"},
}
DISCORD = {
    "kind": "ed25519",
    "header": "X-Signature-Ed25519",
    "over": "{timestamp}{body}",
    "timestamp": {"header": "X-Signature-Timestamp"},
}
ADYEN = {
    "kind": "hmac",
    "items": "notificationItems[].NotificationRequestItem",
    "field": "additionalData.hmacSignature",
    "encoding": "base64",
    "key": "hex",
    "over": "{field.pspReference}:{field.originalReference?}:{field.merchantAccountCode}:{field.merchantReference}"
    ":{field.amount.value}:{field.amount.currency}:{field.eventCode}:{field.success}",
}


@dataclass(frozen=True)
class Published:
    name: str
    rule: dict[str, Any]
    secret: str
    headers: dict[str, str]
    body: bytes
    now: float = 0.0
    url: str = ""


_SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
_TWILIO_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_TWILIO_BODY = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
_BOX_BODY = (
    b'{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED",'
    b'"source":{"id":"1234567890","type":"file","name":"Test.txt"}}'
)
_BOX = {
    "box-delivery-timestamp": "2020-01-01T00:00:00-07:00",
    "box-signature-primary": "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=",
    "box-signature-secondary": "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo=",
}
_BOX_TIME = 1577862000.0
_SENDGRID_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
_SENDGRID_BODY = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)
_SQUARE_BODY = (
    b'{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f",'
    b'"created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}'
)
_HUBSPOT = {"secret": "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "body": b"{'example_field':'example_value'}"}
_HUBSPOT_URL = "https://www.example.com/webhook_uri"
# Of stripe-dotnet's EventUtilityTest, whose event is in event_test_signature.json.
_STRIPE_EVENT = {
    "id": "evt_123",
    "object": "event",
    "account": "acct_123",
    "api_version": "2017-05-25",
    "created": 1533204620,
    "data": {
        "object": {
            "id": "cus_123",
            "object": "customer",
            "created": 123456789,
            "email": "test@stripe.com",
            "livemode": False,
            "metadata": {},
        }
    },
    "livemode": False,
    "pending_webhooks": 1,
    "request": {"id": "req_123", "idempotency_key": "idempotency-key-123"},
    "type": "customer.created",
}
_ADYEN_BODY = (
    b'{"notificationItems":[{"NotificationRequestItem":{"pspReference":"7914073381342284","merchantAccountCode":"TestMerchant",'
    b'"merchantReference":"TestPayment-1407325143704","amount":{"value":1130,"currency":"EUR"},"eventCode":"AUTHORISATION",'
    b'"success":"true","additionalData":{"hmacSignature":"%s"}}}]}'
)

PUBLISHED = [
    Published(
        "github",
        GITHUB,
        "It's a Secret to Everybody",
        {"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
    ),
    Published(
        "slack",
        SLACK,
        "8f742231b10e8888abcd99yyyzzz85a5",
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        _SLACK_BODY,
        1531420618,
    ),
    Published(
        "stripe",
        STRIPE,
        "webhook_secret",
        {
            "Stripe-Signature": "t=1533204620,v1=2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7,"
            "v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef"
        },
        (json.dumps(_STRIPE_EVENT, indent=2) + "\n").encode(),
        1533204620,
    ),
    # Discord's libraries make a key for each run of their tests, and its documentation shows none. QQ's bots sign in the same way,
    # under the same headers, and its documentation has two examples; the keys follow from their secrets.
    Published(
        "ed25519 as discord's, by QQ",
        DISCORD,
        "d7c362fe78aef81ff23287b493628b5db02a3c4fe30b215e4d19609b5d76673a",
        {
            "X-Signature-Timestamp": "1725442341",
            "X-Signature-Ed25519": "865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a"
            "8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002",
        },
        b'{\n  "op": 0,\n  "d": {},\n  "t": "GATEWAY_EVENT_NAME"\n}',
        1725442341,
    ),
    Published(
        "ed25519 as discord's, of a challenge by QQ",
        DISCORD,
        "8b28ded5630f9051c205dd04c6ec56ad0b08b8812b2fe30ee9aece0ab41926f3",
        {
            "X-Signature-Timestamp": "1725442341",
            "X-Signature-Ed25519": "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
            "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706",
        },
        b"Arq0D5A61EgUu4OxUvOp",
        1725442341,
    ),
    Published(
        "twilio",
        TWILIO,
        "12345",
        {**_FORM, "X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        _TWILIO_BODY,
        url=_TWILIO_URL,
    ),
    Published(
        "twilio with a port that a proxy added",
        TWILIO,
        "12345",
        {**_FORM, "X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        _TWILIO_BODY,
        url=_TWILIO_URL.replace(".com", ".com:1234"),
    ),
    Published(
        "twilio signed with the port",
        TWILIO,
        "12345",
        {**_FORM, "X-Twilio-Signature": "kvajT1Ptam85bY51eRf/AJRuM3w="},
        _TWILIO_BODY,
        url=_TWILIO_URL,
    ),
    Published(
        "twilio with a name twice",
        TWILIO,
        "12345",
        {**_FORM, "X-Twilio-Signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
        b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234",
        url=_TWILIO_URL,
    ),
    Published(
        "twilio with JSON",
        TWILIO,
        "12345",
        {"content-type": "application/json", "X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="},
        b'{"property": "value", "boolean": true}',
        url=f"{_TWILIO_URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
    ),
    Published(
        "standard webhooks",
        STANDARD,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
        1614265330,
    ),
    Published(
        "sendgrid",
        SENDGRID,
        _SENDGRID_KEY,
        {
            "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
            "X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAb"
            "PIqHh89M15TluLtEZtM=",
        },
        _SENDGRID_BODY,
        1600112502,
    ),
    Published("box, primary key", BOX, "SamplePrimaryKey", _BOX, _BOX_BODY, _BOX_TIME),
    Published("box, secondary key", BOX, "SampleSecondaryKey", _BOX, _BOX_BODY, _BOX_TIME),
    Published(
        "square",
        SQUARE,
        "Ibxx_5AKakO-3qeNVR61Dw",
        {"x-square-hmacsha256-signature": "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="},
        _SQUARE_BODY,
        url="https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
    ),
    Published(
        "hubspot v1",
        HUBSPOT_1,
        headers={"X-HubSpot-Signature": "69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750"},
        **_HUBSPOT,  # type: ignore[arg-type] # two of its fields
    ),
    Published(
        "hubspot v2",
        HUBSPOT_2,
        headers={"X-HubSpot-Signature": "4fe4e3a7d3cf09db53be39d0a58130e2aaba074ec123a9e355b876a689a1c383"},
        url=_HUBSPOT_URL,
        **_HUBSPOT,  # type: ignore[arg-type] # two of its fields
    ),
    Published(
        "hubspot v3",
        HUBSPOT_3,
        headers={
            "X-HubSpot-Request-Timestamp": "15000000",
            "X-HubSpot-Signature-v3": "HPW73RUtKmcYoEDADG0s6MmGFWUzWJKAW07r8RDgcQw=",
        },
        url=_HUBSPOT_URL,
        now=15000,
        **_HUBSPOT,  # type: ignore[arg-type] # two of its fields
    ),
    Published(
        "adyen",
        ADYEN,
        "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00",
        {"content-type": "application/json"},
        _ADYEN_BODY % b"Ny9gS2veKo5E4w8/OL6xz1/wvT/hYkAXy1xNc/QvO4I=",
    ),
]
