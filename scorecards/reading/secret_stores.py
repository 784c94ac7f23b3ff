"""(pure) How a store of secrets knows its reader: by the workload's identity, or by a token that is kept somewhere."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Node, Place
from scorecards.reading.kubernetes import Manifest

Way = Literal["identity", "token", "unknown"]

_IDENTITY = frozenset(
    {"workloadidentity", "jwt", "kubernetes", "iam", "serviceaccount", "serviceaccountref", "kubernetesauth"}
)
_TOKEN = frozenset(
    {"secretref", "tokensecretref", "authsecretref", "approle", "userpass", "ldap", "accesskeyidsecretref",
     "secretaccesskeysecretref", "accesstoken", "bearertoken", "apikey", "apitoken", "personalaccesstoken",
     "connecttokensecretref", "dopplertoken", "clientsecret", "universalauthcredentials", "apikeyref"}
)  # fmt: skip
_AUTH = ("auth", "authSecretRef", "authRef", "credentials", "config")
_BY_ENVIRONMENT = ("aws", "gcpsm", "oracle", "alibaba")  # without auth the pod's own identity counts
_AZURE = {"WorkloadIdentity": "identity", "ManagedIdentity": "identity", "ServicePrincipal": "token"}


class Access(NamedTuple):
    """By what a store lets its reader in, and where it says so."""

    way: Way
    place: Place
    what: str = ""


def access(store: Manifest) -> Access:
    """Of a SecretStore or a ClusterSecretStore."""
    place = store.place_of("spec", "provider")
    for name, _, provider in _members(store.get("spec", "provider")):
        if name == "azurekv":
            return _azure(provider)
        found = list(_signs(provider))
        tokens = [sign for sign in found if sign.way == "token"]
        by_identity = [sign for sign in found if sign.way == "identity"]
        if by_identity or tokens:
            return (by_identity or tokens)[0]
        has_auth = any(provider.has(auth) for auth in _AUTH)
        return Access("identity" if name in _BY_ENVIRONMENT and not has_auth else "unknown", place, name)
    return Access("unknown", place)


def _members(node: Node | None) -> "Iterator[tuple[str, Node, Node]]":
    return node.members() if node is not None else iter(())


def _azure(provider: Node) -> Access:
    kind = provider.text_at("authType") or "ServicePrincipal"
    way = _AZURE.get(kind, "unknown")
    place = provider.place_of("authType") if provider.has("authType") else provider.place_of("authSecretRef")
    return Access("identity" if way == "identity" else "token" if way == "token" else "unknown", place, kind)


def _signs(provider: Node) -> Iterator[Access]:
    """What below the settings for authentication tells how."""
    for part in _AUTH:
        node = provider.get(part)
        if node is None:
            continue
        if part.lower() in _TOKEN:
            yield Access("token", provider.place_of(part), part)
        yield from _below(node)


def _below(node: Node) -> Iterator[Access]:
    for _, inner in node.walk(lambda one: one.is_mapping):
        for name, key, _ in inner.members():
            folded = name.lower()
            if folded in _IDENTITY:
                yield Access("identity", Place(key.path, key.line), name)
            elif folded in _TOKEN:
                yield Access("token", Place(key.path, key.line), name)
