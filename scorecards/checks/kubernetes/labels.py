"""(pure) Recommended labels and namespaces of objects. Definition: DOP-3.1-07."""

from collections.abc import Iterator

from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Manifest, Workload, manifests
from scorecards.reading.running import workloads
from scorecards.reading.selectors import Labels, own_labels, pod_labels, selector

PREFIX = "app.kubernetes.io/"
NAME = f"{PREFIX}name"
PLACING = (f"{PREFIX}component", f"{PREFIX}part-of", f"{PREFIX}instance")
RECOMMENDED = (NAME, *PLACING, f"{PREFIX}version", f"{PREFIX}managed-by")


@check("kubernetes-objects-labelled")
def kubernetes_objects_labelled(subject: Subject) -> Iterator[Finding]:
    """Workloads and Services carry the recommended labels and stand in a namespace of their own."""
    owners = subject.options.owner_labels
    for workload in workloads(subject.tree):
        yield _mismatch(workload) or _judged(workload.manifest, owners)
    for service in manifests(subject.tree, "Service"):
        if not service.group:
            yield _judged(service, owners)


def _mismatch(workload: Workload) -> Finding | None:
    """A selector that does not select the workload's own pods."""
    asked = workload.manifest.get("spec", "selector")
    if asked is None or not asked.has("matchLabels") or workload.kind in ("Job", "CronJob"):
        return None
    if selector(asked).matches(pod_labels(workload)) is not False:
        return None
    message = "The selector does not match the labels of its own pod template."
    return failed(workload.unit, message, workload.manifest.place_of("spec", "selector", "matchLabels"))


def _judged(manifest: Manifest, owners: tuple[str, ...]) -> Finding:
    labels, where = own_labels(manifest), manifest.place_of("metadata", "labels")
    value = " ".join(sorted(key for key in labels.texts if key in RECOMMENDED or key in owners))
    if manifest.namespace == "default":
        message = "It is placed in the namespace default: give it one of its own."
        return failed(manifest.unit, message, manifest.place_of("metadata", "namespace"), value=value)
    if not value and not labels.open:
        message = f"None of the recommended labels ({PREFIX}name and others)."
        return failed(manifest.unit, message, where, value=value)
    if lack := _lack(manifest, labels, owners):
        return partial(manifest.unit, f"{lack}.", where, value=value)
    if labels.open and not _complete(labels, owners):
        return unknown(manifest.unit, "Labels are only known when the template is rendered.", where, value=value)
    return passed(manifest.unit, "The recommended labels are set, and the namespace is known.", where, value=value)


def _lack(manifest: Manifest, labels: Labels, owners: tuple[str, ...]) -> str:
    """What is certainly missing; empty where nothing is."""
    lacks = [] if labels.open else list(_missing(labels, owners))
    if not manifest.namespace and manifest.namespace_known:
        lacks.append("a namespace, from itself, an overlay or a deployer")
    return f"It lacks {' and '.join(lacks)}" if lacks else ""


def _missing(labels: Labels, owners: tuple[str, ...]) -> Iterator[str]:
    if NAME not in labels.texts:
        yield f"the label {NAME}"
    if not any(key in labels.texts for key in PLACING):
        yield "a label that says component, part-of or instance"
    if owners and not any(key in labels.texts for key in owners):
        yield f"an owner label ({', '.join(owners)[:60]})"


def _complete(labels: Labels, owners: tuple[str, ...]) -> bool:
    return not list(_missing(labels, owners))
