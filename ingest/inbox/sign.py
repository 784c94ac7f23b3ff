"""(pure) How a sender of each kind shows that it knows the secret: the counterpart of ``authenticate``."""

import hmac
from base64 import b64encode
from enum import Enum
from hashlib import sha256
from typing import NamedTuple


class Way(Enum):
    """What the header holds: the body's digest with the secret, the secret itself, or user and secret of Basic."""

    DIGEST = "digest"
    SECRET = "secret"  # noqa: S105
    BASIC = "basic"


class Scheme(NamedTuple):
    """``before`` stands in the header before the digest or the secret."""

    header: str
    way: Way
    before: str = ""


USER = "plumbline"  # of Basic; any will do
_BEARER = Scheme("Authorization", Way.SECRET, "Bearer ")

SCHEMES: dict[str, Scheme] = {
    "github": Scheme("X-Hub-Signature-256", Way.DIGEST, "sha256="),
    "gitlab": Scheme("X-Gitlab-Token", Way.SECRET),
    "bitbucket": Scheme("X-Hub-Signature", Way.DIGEST, "sha256="),
    "bitbucket-server": Scheme("X-Hub-Signature", Way.DIGEST, "sha256="),
    "gitea": Scheme("X-Gitea-Signature", Way.DIGEST),
    "azuredevops": Scheme("Authorization", Way.BASIC, "Basic "),
    "jenkins": _BEARER,
    "argocd": _BEARER,
    "argo-rollouts": _BEARER,
    "flux": Scheme("X-Signature", Way.DIGEST, "sha256="),
    "flagger": Scheme("Authorization", Way.BASIC, "Basic "),
    "tekton": Scheme("Authorization", Way.BASIC, "Basic "),
    "cdevents": _BEARER,
    "alertmanager": _BEARER,
    "pagerduty": Scheme("X-PagerDuty-Signature", Way.DIGEST, "v1="),
    "opsgenie": _BEARER,
}


def signed(kind: str, body: bytes, secret: str) -> dict[str, str]:
    """The header that a sender of ``kind`` adds to ``body``, by its name."""
    header, way, before = SCHEMES[kind]
    if way is Way.DIGEST:
        told = hmac.new(secret.encode(), body, sha256).hexdigest()
    elif way is Way.BASIC:
        told = b64encode(f"{USER}:{secret}".encode()).decode()
    else:
        told = secret
    return {header: before + told}
