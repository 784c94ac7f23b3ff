"""Where a host's name leads, checked once: a fetch connects to what was checked, whatever the name says later."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from ingest.repository.refused import RepositoryRefused, RepositoryUnavailable

Address = IPv4Address | IPv6Address
# What answers there belongs to the machine or its provider, never to a host of repositories.
_NEVER = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("169.254.0.0/16"),
    IPv4Network("100.100.100.200/32"),
    IPv4Network("168.63.129.16/32"),
    IPv4Network("224.0.0.0/3"),
    IPv6Network("::/128"),
    IPv6Network("fe80::/10"),
    IPv6Network("fec0::/10"),
    IPv6Network("fd00:ec2::/32"),
    IPv6Network("ff00::/8"),
)
_NAT64 = IPv6Network("64:ff9b::/96")
_6TO4 = IPv6Network("2002::/16")


def resolved(
    host: str,
    port: int,
    look_up: Callable[..., list[tuple[object, ...]]] | None = None,
    *,
    private: bool = True,
) -> list[str]:
    """The addresses of a host, all checked. ``private``: those of a network of one's own are fine, since somebody who
    runs the site has put the host on a list.

    Raises:
        RepositoryRefused: one of them is not to be asked.
        RepositoryUnavailable: the name leads nowhere.
    """
    try:
        found = (look_up or socket.getaddrinfo)(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RepositoryUnavailable(f"The name {host} can't be resolved. It is tried again.") from error
    addresses = list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in found))  # type: ignore[index]
    for address in addresses:
        _check(host, ip_address(address), private)
    return addresses


def _check(host: str, address: Address, private: bool) -> None:
    inner = _inner(address)
    if not private and not inner.is_global:
        raise RepositoryRefused("address_not_allowed", f"{host} leads to {address}, which is no public address.")
    loopback = inner.is_loopback and not _names_loopback(host)
    if loopback or any(inner in network for network in _NEVER if network.version == inner.version):
        raise RepositoryRefused(
            "address_not_allowed", f"{host} leads to {address}, which is never asked. Check its entry in DNS."
        )


def _names_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return address
