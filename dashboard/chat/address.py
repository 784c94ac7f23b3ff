"""(pure) Addresses of incoming webhooks, which are secrets: what is taken, and what of them may be shown."""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

MAX_ADDRESS = 2_000
LIKE = "https://hooks.slack.com/services/\u2026"


class BadAddress(ValueError):
    """It is no address of a webhook that may be asked; the text says what to do."""


def checked(address: str, hosts: Collection[str]) -> str:
    """The address as it may be asked. ``hosts``: those that may be asked over plain http.

    Raises:
        BadAddress: it can't be read, or must not be asked.
    """
    address = address.strip()
    parts = _split(address)
    if parts is None or len(address) > MAX_ADDRESS or not address.isascii() or not address.isprintable():
        raise BadAddress(f"That is no address of a webhook. Copy all of it: it looks like {LIKE}")
    if "@" in parts.netloc or " " in address:
        raise BadAddress("The address holds a user, a password or a blank. Copy it again.")
    if parts.scheme == "http" and not is_listed(address, hosts):
        raise BadAddress(
            f"Over plain http everybody on the way reads the address. Use https, or let who runs the site add"
            f" {parts.netloc} to CHAT_HOSTS."
        )
    return address


def is_listed(address: str, hosts: Collection[str]) -> bool:
    """Whether its host is on the list, as ``host`` or ``host:port``."""
    parts = _split(address)
    return parts is not None and bool({parts.hostname, parts.netloc.lower()} & {host.lower() for host in hosts})


def host_of(address: str) -> str:
    """What may be shown of it."""
    parts = _split(address)
    return parts.netloc.rpartition("@")[2].lower() if parts is not None else ""


def hidden(text: str, address: str) -> str:
    """A text without the address and the parts of it that open it."""
    parts = _split(address)
    secrets = [address, parts.path, parts.query, *parts.path.split("/")] if parts is not None else [address]
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) > 5:
            text = text.replace(secret, "\u2026")
    return text


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if known else None
