"""(pure) Is a delivery from who shares the secret with us? Over the raw body, as each kind of sender does it.

Every function takes ``(body, headers, secrets, now)``, with lower-case header names, and gives the place of the secret
that fits, or ``None``. Several secrets are valid at once, so that a rotation overlaps. Each is tried, in constant time:
how long it takes tells nothing but how many there are. An empty secret fits nothing.
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

Headers = Mapping[str, str]
Authenticate = Callable[[bytes, Headers, Sequence[str], datetime], int | None]

SHA256_HEX = 64  # digits
STALE_AFTER = timedelta(minutes=5)
MAX_SIGNATURES = 10  # that one delivery may bear
MAX_HEADER = 4_096


def hex_digest(header: str, *, before: str = "sha256=") -> Authenticate:
    """``header`` is the HMAC-SHA256 of the body in hexadecimal digits, with ``before`` before it."""

    def authenticate(body: bytes, headers: Headers, secrets: Sequence[str], now: datetime) -> int | None:
        told = headers.get(header, "").strip().lower()
        return _fitting(body, [told[len(before) :]] if told.startswith(before) else [], secrets)

    return authenticate


def pagerduty(body: bytes, headers: Headers, secrets: Sequence[str], now: datetime) -> int | None:
    """``X-PagerDuty-Signature``: ``v1=`` and the digest, several with commas while a secret is rotated there."""
    told = headers.get("x-pagerduty-signature", "")[:MAX_HEADER].lower().split(",")[:MAX_SIGNATURES]
    return _fitting(body, [one.strip()[3:] for one in told if one.strip().startswith("v1=")], secrets)


def _fitting(body: bytes, digests: Sequence[str], secrets: Sequence[str]) -> int | None:
    found = None
    wanted = [digest for digest in digests if len(digest) == SHA256_HEX and digest.isascii()]
    for place, secret in enumerate(secrets):
        right = hmac.new(secret.encode(), body, sha256).hexdigest()
        for digest in wanted:
            if hmac.compare_digest(right, digest) and secret and found is None:
                found = place
    return found


def token(*names: str) -> Authenticate:
    """One of the headers ``names`` holds the secret itself."""

    def authenticate(body: bytes, headers: Headers, secrets: Sequence[str], now: datetime) -> int | None:
        return next((place for name in names if (place := _equal(headers.get(name, ""), secrets)) is not None), None)

    return authenticate


def bearer_or_basic(body: bytes, headers: Headers, secrets: Sequence[str], now: datetime) -> int | None:
    """``Authorization``: ``Bearer`` and the secret, or ``Basic`` with the secret as the password and any user."""
    scheme, _, told = headers.get("authorization", "")[:MAX_HEADER].strip().partition(" ")
    if scheme.lower() == "bearer":
        return _equal(told.strip(), secrets)
    if scheme.lower() != "basic":
        return None
    try:
        told = b64decode(told.strip(), validate=True).decode()
    except (Base64Error, ValueError):
        return None
    return _equal(told.partition(":")[2], secrets)


def _equal(told: str, secrets: Sequence[str]) -> int | None:
    found = None
    for place, secret in enumerate(secrets):
        if hmac.compare_digest(told.encode("utf-8", "replace"), secret.encode()) and secret and found is None:
            found = place
    return found


def standard_webhooks(body: bytes, headers: Headers, secrets: Sequence[str], now: datetime) -> int | None:
    """The scheme of standardwebhooks.com: ``webhook-signature`` over id, time and body; five minutes from its time on
    it is stale."""
    key, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not key or not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) < 12):
        return None
    if abs(now.timestamp() - int(sent_at)) > STALE_AFTER.total_seconds():
        return None
    signed = b".".join((key.encode("utf-8", "replace"), sent_at.encode(), body))
    signatures = headers.get("webhook-signature", "")[:MAX_HEADER].split()[:MAX_SIGNATURES]
    told = [one[3:] for one in signatures if one.startswith("v1,")]
    found = None
    for place, secret in enumerate(secrets):
        right = b64encode(hmac.new(_key_of(secret), signed, sha256).digest()).decode()
        for one in told:
            if hmac.compare_digest(right, one.encode("ascii", "replace").decode()) and secret and found is None:
                found = place
    return found


def _key_of(secret: str) -> bytes:
    """A signing secret's bytes: base64 after ``whsec_``, else the text's own."""
    if secret.startswith("whsec_"):
        try:
            return b64decode(secret[6:], validate=True)
        except (Base64Error, ValueError):
            pass
    return secret.encode()


def first_told(*ways: tuple[str, Authenticate]) -> Authenticate:
    """The first way whose header is there decides: a bad signature is not made good by a weaker way beside it."""

    def authenticate(body: bytes, headers: Headers, secrets: Sequence[str], now: datetime) -> int | None:
        return next((way(body, headers, secrets, now) for name, way in ways if name in headers), None)

    return authenticate


# Senders that can't sign, and can be told a header or an address with user and password.
_PLAIN = first_told(("webhook-signature", standard_webhooks), ("authorization", bearer_or_basic))

AUTHENTICATE: dict[str, Authenticate] = {
    "github": hex_digest("x-hub-signature-256"),
    "gitlab": first_told(("webhook-signature", standard_webhooks), ("x-gitlab-token", token("x-gitlab-token"))),
    "bitbucket": hex_digest("x-hub-signature"),
    "bitbucket-server": hex_digest("x-hub-signature"),
    "gitea": first_told(
        ("x-forgejo-signature", hex_digest("x-forgejo-signature", before="")),
        ("x-gitea-signature", hex_digest("x-gitea-signature", before="")),
        ("x-hub-signature-256", hex_digest("x-hub-signature-256")),
    ),
    "azuredevops": bearer_or_basic,
    "jenkins": _PLAIN,
    "argocd": _PLAIN,
    "argo-rollouts": _PLAIN,
    "flux": first_told(("x-signature", hex_digest("x-signature")), ("authorization", bearer_or_basic)),
    "flagger": _PLAIN,
    "tekton": _PLAIN,
    "cdevents": _PLAIN,
    "alertmanager": _PLAIN,
    "pagerduty": pagerduty,
    "opsgenie": _PLAIN,
}
