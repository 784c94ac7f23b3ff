"""Webhook secrets at rest: encrypted with a key that is derived from SECRET_KEY."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ingest.errors import AccessDenied
from ingest.models import Source

NOTED_EVERY = timedelta(minutes=5)
PURPOSE = b"plumbline webhook secrets"  # keeps this key apart from Django's own uses of SECRET_KEY


def seal(secrets: Sequence[str]) -> list[str]:
    """Secrets as they are stored in ``Source.secrets``."""
    box = _box()
    return [box.encrypt(secret.encode()).decode() for secret in secrets]


def unseal(sealed: Sequence[str]) -> list[str]:
    """The secrets in plain, in their order.

    Raises:
        AccessDenied: SECRET_KEY is not the one that they were sealed with.
    """
    box = _box()
    try:
        return [box.decrypt(token.encode()).decode() for token in sealed]
    except InvalidToken as error:
        raise AccessDenied(
            "The source's secrets can't be read: SECRET_KEY has changed since they were stored. "
            "Bring the old key back, or make the source anew with add_source."
        ) from error


def fingerprint(secret: str) -> str:
    """A secret's name in ``Source.secret_uses``: it tells nothing of the secret without the key."""
    return sha256(f"{settings.SECRET_KEY}/{secret}".encode()).hexdigest()[:16]


def note_use(source: Source, secret: str, now: datetime) -> None:
    """Remember that ``secret`` fitted, at most every five minutes: a row is written for it."""
    name = fingerprint(secret)
    held = source.secret_uses.get(name)
    if held is not None and now - datetime.fromisoformat(held) < NOTED_EVERY:
        return
    source.secret_uses = {**source.secret_uses, name: now.isoformat(timespec="seconds")}
    source.save(update_fields=["secret_uses"])


def _box() -> Fernet:
    return _box_of(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _box_of(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(urlsafe_b64encode(derived))
