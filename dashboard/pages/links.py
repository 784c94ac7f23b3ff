"""Addresses that came with a delivery: only plain web addresses become links."""

from urllib.parse import urlsplit


def outward(url: str) -> str:
    """``url`` when it is http or https with a host, else nothing: a sender must not choose another scheme."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""
