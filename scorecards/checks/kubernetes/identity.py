"""(pure) Service accounts, secrets in the environment, and metrics of workloads. Definition: DOP-3.1-08."""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.repository.node import Node, Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.kubernetes.marks import Mark, count, false, is_set, lacks, places, unjudged
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Manifest, Workload, look
from scorecards.reading.kubernetes.manifest import OPAQUE
from scorecards.reading.neighbours import bound_namespaces, may_share_namespace, monitors_of, named_in_set, services_of
from scorecards.reading.running import workloads
from scorecards.reading.secret_names import is_expression, is_placeholder, is_secret_name
from scorecards.reading.selectors import own_labels, pod_labels

SHORT_LIVED = ("Job", "CronJob")
SCRAPE = "prometheus.io/scrape"
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off", "0", "1"})


class Exposed(NamedTuple):
    """A secret-like entry of the environment that holds a text."""

    name: str
    place: Place
    placeholder: bool


@check("workload-identity-and-metrics-set")
def workload_identity_and_metrics_set(subject: Subject) -> Iterator[Finding]:
    """Workloads have an account of their own, read secrets by reference, and are scraped."""
    yield from unjudged(subject.tree)
    for workload in workloads(subject.tree):
        exposed = list(_exposed(workload))
        if literal := next((entry for entry in exposed if not entry.placeholder), None):
            message = f"{literal.name[:60]} holds a secret as plain text: read it by secretKeyRef."
            yield failed(workload.unit, message, literal.place, value=literal.name)
        else:
            yield _judged(workload, [
                _account(subject.tree, workload),
                _references(workload, exposed),
                _scraped(subject.tree, workload),
            ])  # fmt: skip


def _judged(workload: Workload, marks: list[Mark]) -> Finding:
    low, high = count(marks)
    where, value = places(marks), f"{low} of {len(marks)}"
    if low == len(marks):
        message = "An account of its own, secrets by reference, and scraped metrics."
        return passed(workload.unit, message, *where, value=value, notes=_notes(workload))
    message = f"{low} of 3 marks: {lacks(marks)}."
    if high < 2:
        return failed(workload.unit, message, *where, value=value)
    if low == 2 and high == 2:
        return partial(workload.unit, message, *where, value=value, notes=_notes(workload))
    return unknown(workload.unit, f"Only known when rendered: {lacks(marks)}.", *where, value=value)


def _notes(workload: Workload) -> tuple[str, ...]:
    return ("It ends by itself, so scraping is not asked of it.",) if workload.kind in SHORT_LIVED else ()


# ---------------------------------------------------------------- secrets in the environment


def _exposed(workload: Workload) -> Iterator[Exposed]:
    for container in workload.all_containers:
        for item in container.node.items_at("env"):
            value, name = item.get("value"), item.text_at("name")
            if value is not None and _is_secret_text(name, value):
                yield Exposed(name, item.place_of("value"), is_placeholder(value.text))


def _is_secret_text(name: str, value: Node) -> bool:
    text = value.text.strip()
    if value.tag == OPAQUE or not text or text.lower() in _SWITCHES or text.startswith(("/", "<path:")):
        return False
    return len(name) <= 500 and is_secret_name(name) and not is_expression(text)


def _references(workload: Workload, exposed: list[Exposed]) -> Mark:
    place = exposed[0].place if exposed else workload.pod.place
    lack = f"{exposed[0].name[:60]} holds a placeholder instead of a reference" if exposed else ""
    return Mark(not exposed, lack, place)


# ---------------------------------------------------------------- account


def _account(tree: RepositoryTree, workload: Workload) -> Mark:
    looked = look(workload.pod, "serviceAccountName")
    node = looked.node
    place = workload.pod.place_of("serviceAccountName") if node is not None else workload.pod.place
    if looked.undecided and node is None:
        return Mark(None, "the service account", place)
    if node is None or node.text in ("", "default"):
        return Mark(False, "no service account of its own", place)
    mounted = _mounts_token(tree, workload, node.text)
    return Mark(
        None if mounted is None else not mounted, "the account's token is mounted though nothing needs it", place
    )


def _mounts_token(tree: RepositoryTree, workload: Workload, account: str) -> bool | None:
    """Whether a token is mounted that no binding needs."""
    off = false(look(workload.pod, "automountServiceAccountToken"))
    if off or _is_bound(tree, workload, account):
        return False
    if off is False and workload.pod.has("automountServiceAccountToken"):
        return True
    accounts = named_in_set(tree, workload.manifest.rendered, "ServiceAccount", account)
    answers: list[bool | None] = [
        off,
        *(_off_by_account(one) for one in accounts if may_share_namespace(one, workload.manifest)),
    ]
    return None if None in answers and True not in answers else True not in answers


def _off_by_account(account: Manifest) -> bool | None:
    return false(account.look("automountServiceAccountToken"))


def _is_bound(tree: RepositoryTree, workload: Workload, account: str) -> bool:
    """Whether a binding of the set gives the account rights in the cluster's API."""
    namespaces = bound_namespaces(tree, workload.manifest.rendered, account)
    return bool(namespaces) and (not workload.namespace or not namespaces.isdisjoint(("", workload.namespace)))


# ---------------------------------------------------------------- metrics


def _scraped(tree: RepositoryTree, workload: Workload) -> Mark:
    if workload.kind in SHORT_LIVED:
        return Mark(True, "", workload.place)
    annotations = look(workload.pod_metadata, "annotations", SCRAPE)
    if annotations.node is not None and annotations.node.text.lower() == "true":
        return Mark(True, "", annotations.node.place)
    services = services_of(tree, workload)
    annotated = next((one for one in services if one.annotations.get(SCRAPE, "").lower() == "true"), None)
    monitor = annotated or _monitor(tree, workload, services)
    if monitor is not None:
        return Mark(True, "", monitor.place)
    return Mark(None if annotations.undecided else False, "nothing scrapes its metrics", workload.place)


def _monitor(tree: RepositoryTree, workload: Workload, services: list[Manifest]) -> Manifest | None:
    """The monitor whose selector means the workload's pods or one of its Services."""
    rendered = workload.manifest.rendered
    for monitor in monitors_of(tree, rendered, "PodMonitor", pod_labels(workload)):
        if _looks_at(monitor, workload.manifest):
            return monitor
    for service in services:
        for monitor in monitors_of(tree, rendered, "ServiceMonitor", own_labels(service)):
            if _looks_at(monitor, service):
                return monitor
    return None


def _looks_at(monitor: Manifest, other: Manifest) -> bool:
    """Whether a monitor looks into the other's namespace: its own one, those it names, or any."""
    wanted = monitor.get("spec", "namespaceSelector")
    if wanted is None or not is_set(wanted):
        return may_share_namespace(monitor, other)
    anywhere = wanted.get("any")
    named = wanted.texts_at("matchNames")
    return bool(anywhere and anywhere.is_true) or not other.namespace or other.namespace in named
