"""What we sign in with at GitHub: a token, or an App that is installed there. Kept sealed with the source."""

from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from ingest.errors import AccessDenied, IngestError
from ingest.inbox.secrets import seal, unseal
from ingest.models import Source

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NONE = (
    "There is nothing to sign in with. Give the source a token or an App, or set GITHUB_TOKEN, or GITHUB_APP_ID and "
    "GITHUB_APP_PRIVATE_KEY."
)


class ConnectionRefused(IngestError):
    """What was given makes no sense; the message says what to give instead."""


class Token(NamedTuple):
    """A personal access token, fine-grained or classic."""

    token: str


class App(NamedTuple):
    """A GitHub App. ``private_key``: PEM. ``installation_id`` 0: it is asked for, by the owner's name."""

    app_id: str
    private_key: str
    installation_id: int = 0


Credentials = Token | App


def sealed(credentials: Credentials) -> dict[str, str]:
    """Credentials as they are stored in ``Source.credentials``."""
    fields = {name: str(value) for name, value in credentials._asdict().items()}
    return dict(zip(fields, seal(list(fields.values())), strict=True))


def credentials_of(source: Source | None, api_url: str) -> Credentials:
    """The source's own, else the environment's, which are for GITHUB_API_URL alone.

    Raises:
        AccessDenied: there are none, or they can't be read.
    """
    held = source.credentials if source is not None else {}
    told = dict(zip(held, unseal(list(held.values())), strict=True))
    if told.get("token"):
        return Token(told["token"])
    if told.get("app_id") and told.get("private_key"):
        return App(told["app_id"], told["private_key"], int(told.get("installation_id") or 0))
    if api_url != settings.GITHUB_API_URL:
        raise AccessDenied(f"The environment's token is for {settings.GITHUB_API_URL} alone. Give the source its own.")
    if settings.GITHUB_TOKEN:
        return Token(settings.GITHUB_TOKEN)
    if settings.GITHUB_APP_ID and settings.GITHUB_APP_PRIVATE_KEY:
        return App(settings.GITHUB_APP_ID, settings.GITHUB_APP_PRIVATE_KEY, settings.GITHUB_APP_INSTALLATION_ID)
    raise AccessDenied(NONE)


def fingerprint(credentials: Credentials) -> str:
    """A name of the credentials that tells nothing of them."""
    text = (
        credentials.token if isinstance(credentials, Token) else f"{credentials.app_id}/{credentials.installation_id}"
    )
    return sha256(f"{settings.SECRET_KEY}/github/{text}".encode()).hexdigest()[:16]


def checked_url(url: str) -> str:
    """The address of an API as it may be asked: https, or http on this machine. Raises ``ConnectionRefused``."""
    try:
        parts = urlsplit(url.strip().rstrip("/"))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    secure = host and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
    if not secure or parts.username or parts.password or parts.query or parts.fragment or port == 0:
        raise ConnectionRefused(f"{url[:100]!r} is no address of GitHub's API. Give one like https://host/api/v3.")
    return parts.geturl()


def checked_owner(owner: str) -> str:
    """An organisation's or a user's login. Raises ``ConnectionRefused``."""
    owner = owner.strip()
    if not owner or len(owner) > 100 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in owner):
        raise ConnectionRefused(f"{owner[:100]!r} is no owner at GitHub. Give the organisation's or user's login.")
    return owner


def checked_name(owner: str, name: str) -> str:
    """A repository as owner/name; its owner may be left out. Raises ``ConnectionRefused``."""
    own, _, rest = name.strip().rpartition("/")
    good = rest and len(rest) <= 100 and all(c.isascii() and (c.isalnum() or c in "-_.") for c in rest)
    if not good or own.lower() not in ("", owner.lower()) or rest in (".", ".."):
        raise ConnectionRefused(f"{name[:100]!r} is no repository of {owner}. Give it as {owner}/name.")
    return f"{owner}/{rest}"
