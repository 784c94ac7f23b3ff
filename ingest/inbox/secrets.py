"""Webhook secrets at rest: encrypted with a key that is derived from SECRET_KEY."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ingest.errors import AccessDenied

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


def _box() -> Fernet:
    return _box_of(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _box_of(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(urlsafe_b64encode(derived))
