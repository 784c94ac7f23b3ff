"""How senders of each kind sign, written from their documentation and apart from the code under test."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

Sign = Callable[[bytes, str, datetime], dict[str, str]]


def digest(header: str, before: str = "sha256=") -> Sign:
    def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
        return {header: before + hmac.digest(secret.encode(), body, "sha256").hex()}

    return sign


def plain(header: str, before: str = "") -> Sign:
    def sign(body: bytes, secret: str, now: datetime) -> dict[str, str]:
        return {header: before + secret}

    return sign


def basic(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anybody:{secret}".encode()).decode()}


def standard(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """standardwebhooks.com: over id, time and body."""
    sent_at = str(int(now.timestamp()))
    signed = b"msg_1." + sent_at.encode() + b"." + body
    made = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": sent_at, "webhook-signature": f"v1,{made}"}


def stale(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    return standard(body, secret, now - timedelta(minutes=6))


BEARER = plain("Authorization", "Bearer ")
PLAIN = {"bearer": BEARER, "basic": basic, "standard": standard}

WAYS: dict[str, dict[str, Sign]] = {
    "github": {"digest": digest("X-Hub-Signature-256")},
    "gitlab": {"token": plain("X-Gitlab-Token"), "standard": standard},
    "bitbucket": {"digest": digest("X-Hub-Signature")},
    "bitbucket-server": {"digest": digest("X-Hub-Signature")},
    "gitea": {
        "gitea": digest("X-Gitea-Signature", ""),
        "forgejo": digest("X-Forgejo-Signature", ""),
        "hub": digest("X-Hub-Signature-256"),
    },
    "azuredevops": {"basic": basic, "bearer": BEARER},
    "jenkins": PLAIN,
    "argocd": PLAIN,
    "argo-rollouts": PLAIN,
    "flux": {"digest": digest("X-Signature"), "bearer": BEARER},
    "flagger": PLAIN,
    "tekton": PLAIN,
    "cdevents": PLAIN,
    "alertmanager": PLAIN,
    "pagerduty": {"digest": digest("X-PagerDuty-Signature", "v1=")},
    "opsgenie": PLAIN,
}
