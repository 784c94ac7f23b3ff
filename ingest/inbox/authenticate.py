"""(pure) Is a delivery from who shares the secret with us? Signatures over the raw body, one function per kind."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

Authenticate = Callable[[bytes, Mapping[str, str], Sequence[str]], bool]
SHA256_HEX = 64  # digits


def github(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether ``X-Hub-Signature-256`` is the HMAC-SHA256 of ``body`` under any of ``secrets``.

    ``headers`` have lower-case keys. Several secrets are valid at once, so that a rotation overlaps. An empty secret
    fits nothing, and the older SHA-1 header is not looked at.
    """
    scheme, _, digest = headers.get("x-hub-signature-256", "").strip().partition("=")
    if scheme.lower() != "sha256" or len(digest) != SHA256_HEX or not digest.isascii():
        return False
    return _any_fits(body, digest.lower(), secrets)


def _any_fits(body: bytes, digest: str, secrets: Sequence[str]) -> bool:
    """Every secret is tried, in constant time each: how long it takes tells nothing but how many there are."""
    fits = False
    for secret in secrets:
        if secret:
            fits |= hmac.compare_digest(hmac.new(secret.encode(), body, sha256).hexdigest(), digest)
    return fits


AUTHENTICATE: dict[str, Authenticate] = {"github": github}
