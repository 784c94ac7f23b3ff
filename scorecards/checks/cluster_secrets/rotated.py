"""(pure) Rotation and scope of encrypted secrets, and how stores are opened. Definition: DOP-7.1-06."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from ingest.repository.node import Node, Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading import kinds
from scorecards.reading.environments import is_production
from scorecards.reading.kubernetes import Manifest, manifests
from scorecards.reading.quantities import seconds
from scorecards.reading.secret_stores import access

DAY = 86_400.0
STORES = ("SecretStore", "ClusterSecretStore")
EXTERNAL = ("ExternalSecret", "ClusterExternalSecret")
SYNCED = ("VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret")
_SCOPE = "sealedsecrets.bitnami.com/"
_RECIPIENTS = ("age", "pgp", "kms", "gcp_kms", "azure_keyvault", "hc_vault_transit_uri", "key_groups")


class Age(NamedTuple):
    """How many days ago a value was changed; ``None``: unknown. ``over``: longer than allowed."""

    days: int | None
    over: bool


@check("secrets-rotated-and-scoped")
def secrets_rotated_and_scoped(subject: Subject) -> Iterator[Finding]:
    """Sealed values are bound to one target and renewed, stores are opened by identity and asked again and again."""
    for manifest in manifests(subject.tree, "SealedSecret", "SecretProviderClass", *STORES, *EXTERNAL, *SYNCED):
        if manifest.kind == "SealedSecret":
            yield _sealed(subject, manifest)
        elif manifest.kind in STORES:
            yield _store(manifest)
        elif manifest.kind in EXTERNAL:
            yield _external(manifest)
        elif manifest.kind in SYNCED:
            yield _refreshed(manifest, manifest.text_at("spec", "refreshAfter"), ("spec", "refreshAfter"))
        else:
            yield _provider(manifest)
    yield from _by_sops(subject)


# ---------------------------------------------------------------- age


def _age(subject: Subject, path: str) -> Age:
    """Of a file, from git. Unchanged since the first visible commit, it may be older, but not younger."""
    if subject.history.unchanged_since_first(path):
        first = subject.history.first_commit_at
        at_least = _days(subject.as_of, first) if first is not None else 0
        return Age(at_least, True) if at_least > subject.options.secret_age_days else Age(None, False)
    return _aged(subject, subject.history.last_changed(path))


def _aged(subject: Subject, changed: datetime | date | None) -> Age:
    if changed is None:
        return Age(None, False)
    days = _days(subject.as_of, changed)
    return Age(days, days > subject.options.secret_age_days)


def _days(as_of: date, then: datetime | date) -> int:
    return (as_of - (then.date() if isinstance(then, datetime) else then)).days


def _by_age(subject: Subject, unit: str, age: Age, place: Place) -> Finding:
    limit = subject.options.secret_age_days
    if age.over:
        message = f"The encrypted value is {age.days} days old; it is to be renewed within {limit}."
        return partial(unit, message, place, value="old")
    if age.days is None:
        return unknown(unit, "When the encrypted value was last renewed can't be told from git.", place)
    return passed(unit, f"It was renewed {age.days} days ago, and is bound to its target.", place)


# ---------------------------------------------------------------- sealed


def _sealed(subject: Subject, manifest: Manifest) -> Finding:
    where = manifest.place_of("metadata", "annotations")
    if _annotated(manifest, "cluster-wide"):
        message = "Its scope is the whole cluster: whoever copies it can open it anywhere."
        return failed(manifest.unit, message, where, value="cluster-wide")
    if _annotated(manifest, "namespace-wide"):
        message = "Its scope is the whole namespace: bind it to its name."
        return partial(manifest.unit, message, where, value="namespace-wide")
    data = manifest.get("spec", "encryptedData")
    path = data.path if data is not None else manifest.path
    return _by_age(subject, manifest.unit, _age(subject, path), manifest.place)


def _annotated(manifest: Manifest, scope: str) -> bool:
    ways = (("metadata",), ("spec", "template", "metadata"))
    return any(manifest.text_at(*way, "annotations", _SCOPE + scope).lower() == "true" for way in ways)


# ---------------------------------------------------------------- stores


def _store(manifest: Manifest) -> Finding:
    found = access(manifest)
    if manifest.look("spec", "provider").undecided or found.way == "unknown":
        return unknown(manifest.unit, "How the store knows its reader can't be told.", found.place)
    if found.way == "token":
        message = f"It is opened by a kept token ({found.what[:40]}): use the workload's identity."
        return failed(manifest.unit, message, found.place, value=found.what)
    return passed(manifest.unit, "It is opened by the workload's identity.", found.place, value=found.what)


def _external(manifest: Manifest) -> Finding:
    way = ("spec", "externalSecretSpec") if manifest.kind == "ClusterExternalSecret" else ("spec",)
    policy = manifest.text_at(*way, "refreshPolicy")
    if policy in ("CreatedOnce", "OnChange"):
        message = f"refreshPolicy {policy} does not follow the store: use Periodic."
        return partial(manifest.unit, message, manifest.place_of(*way, "refreshPolicy"), value=policy)
    looked = manifest.look(*way, "refreshInterval")
    if looked.undecided:
        return unknown(manifest.unit, "refreshInterval is only known when the template is rendered.", manifest.place)
    return _refreshed(manifest, looked.node.text if looked.node is not None else "", (*way, "refreshInterval"))


def _refreshed(manifest: Manifest, text: str, way: tuple[str, ...]) -> Finding:
    """A synchronised secret. Without an interval its controller asks every hour."""
    where = manifest.place_of(*way)
    if not text:
        return passed(
            manifest.unit, "It is refreshed at its controller's own interval.", where, notes=("Default used.",)
        )
    interval = seconds(text)
    if interval is None:
        return partial(manifest.unit, f"The interval {text[:20]!r} is no duration.", where, value=text[:20])
    if interval == 0:
        return partial(manifest.unit, "It is never refreshed: set an interval of a day or less.", where, value="0")
    if interval > DAY:
        message = f"It is refreshed every {interval / DAY:g} days: set an interval of a day or less."
        return partial(manifest.unit, message, where, value=text[:20])
    return passed(manifest.unit, f"It is refreshed every {text[:20]}.", where, value=text[:20])


def _provider(manifest: Manifest) -> Finding:
    """A SecretProviderClass: only Azure's may be opened by a kept credential, which the pod then names."""
    parameters = manifest.get("spec", "parameters")
    where = manifest.place_of("spec", "provider")
    names = ("clientID", "usePodIdentity", "useVMManagedIdentity", "userAssignedIdentityID")
    told = [parameters.text_at(name).lower() for name in names] if parameters is not None else []
    if manifest.text_at("spec", "provider") == "azure" and not any(text not in ("", "false") for text in told):
        return unknown(manifest.unit, "Which identity opens the vault is told by the pods.", where)
    return passed(manifest.unit, "Secrets are mounted by the workload's identity.", where)


# ---------------------------------------------------------------- SOPS


def _by_sops(subject: Subject) -> Iterator[Finding]:
    files = [found for found in kinds.found(subject.tree, "sops") if found.root is not None]
    encrypted = sorted({found.path for found in files if found.root is not None and found.root.has("sops", "mac")})
    for found in files:
        if found.root is not None and found.root.has("sops", "mac"):
            unit = f"SOPS file {found.path}" + (f" document {found.index + 1}" if found.index else "")
            stamp = found.root.get("sops", "lastmodified")
            age = _aged(subject, _stamped(stamp)) if stamp is not None else _age(subject, found.path)
            yield _by_age(subject, unit, age, stamp.place if stamp is not None else Place(found.path))
        elif found.root is not None:
            yield _rules(found.path, found.root, encrypted, subject.options.production_names)


def _stamped(stamp: Node) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp.text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _rules(path: str, root: Node, encrypted: list[str], production: tuple[str, ...]) -> Finding:
    """Rules of .sops.yaml: where production is encrypted beside something else, it has recipients of its own."""
    unit, rules = f"SOPS rules {path}", [rule for rule in root.items_at("creation_rules") if rule.is_mapping]
    if not rules:
        return partial(unit, "It has no creation rules, so nothing says who can open which file.", Place(path))
    live = [rule for rule in rules if is_production(rule.text_at("path_regex"), production)]
    others = {_recipients(rule) for rule in rules if rule not in live}
    shared = [rule for rule in live if _recipients(rule) in others]
    if shared:
        message = "The rule of production has the same recipients as another one: give it its own."
        return partial(unit, message, shared[0].place, value="shared")
    mixed = {is_production(name, production) for name in encrypted} == {True, False}
    if mixed and not live:
        message = "Production and other environments are encrypted for the same recipients."
        return partial(unit, message, rules[0].place, value="shared")
    return passed(unit, "Each file is encrypted for the recipients of its own rule.", *(rule.place for rule in rules))


def _recipients(rule: Node) -> tuple[tuple[str, ...], ...]:
    """The keys and services that a rule encrypts for."""
    named = [(name, node) for name in _RECIPIENTS if (node := rule.get(name)) is not None]
    return tuple((name, *(one.text for _, one in node.walk(lambda one: one.is_scalar))) for name, node in named)
