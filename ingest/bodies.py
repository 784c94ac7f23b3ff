"""The bodies of deliveries as they are stored: small ones as they came, others packed."""

import zlib

from ingest.models import Delivery

PACK_FROM = 2_000  # bytes; smaller bodies are not worth the time


def pack(body: bytes) -> tuple[bytes, bool]:
    """A body as it is stored, and whether it is packed."""
    return (zlib.compress(body, 1), True) if len(body) > PACK_FROM else (body, False)


def body_of(delivery: Delivery) -> bytes:
    """A delivery's body as it was sent."""
    body = bytes(delivery.body)
    return zlib.decompress(body) if delivery.packed else body
