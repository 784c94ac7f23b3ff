"""(pure) Every Secret that a workload reads is produced, from an encrypted source. Definition: DOP-7.1-05."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.kubernetes import Workload
from scorecards.reading.pod_sources import Source, sources
from scorecards.reading.running import workloads
from scorecards.reading.secret_producers import Producer, producers


class Resolution(NamedTuple):
    """What became of one reference."""

    state: Literal["found", "plain", "missing", "hidden", "broken"]
    message: str
    places: tuple[Place, ...]


@check("referenced-secrets-resolve")
def referenced_secrets_resolve(subject: Subject) -> Iterator[Finding]:
    """Each reference of a workload to a Secret finds what produces it, in its namespace and with its key."""
    for workload in workloads(subject.tree):
        named = [source for source in sources(subject.tree, workload) if source.kind == "Secret"]
        if wanted := [source for source in named if not source.optional]:
            yield _judged(workload, [_resolved(subject.tree, workload, source) for source in wanted], subject)


def _judged(workload: Workload, found: list[Resolution], subject: Subject) -> Finding:
    value = f"{sum(one.state == 'found' for one in found)} of {len(found)}"
    for state in ("broken", "missing", "plain", "hidden"):
        here = [one for one in found if one.state == state]
        if not here:
            continue
        where = dict.fromkeys(place for one in here for place in one.places)
        if state == "broken":
            return failed(workload.unit, here[0].message, *where, value=value)
        if state == "hidden" or (state == "missing" and subject.options.secrets_elsewhere):
            return unknown(workload.unit, here[0].message, *where, value=value)
        return partial(workload.unit, here[0].message, *where, value=value)
    where = dict.fromkeys(place for one in found for place in one.places)
    return passed(workload.unit, "Every Secret that it reads is produced here.", *where, value=value)


def _resolved(tree: RepositoryTree, workload: Workload, source: Source) -> Resolution:
    own = workload.manifest
    made = producers(tree, own.rendered, source.name)
    near = [one for one in made if one.anywhere or not one.namespace or not own.namespace
            or one.namespace == own.namespace]  # fmt: skip
    if not made:
        return _unseen(workload, source)
    if not near:
        message = (
            f"The Secret {source.name[:80]} is produced in the namespace {made[0].namespace[:60]}, not in its own."
        )
        return Resolution("broken", message, (source.place, made[0].place))
    holding = [one for one in near if _has_keys(one, source)]
    if not holding:
        message = f"What produces the Secret {source.name[:80]} lacks the key {', '.join(source.keys)[:60]}."
        return Resolution("broken", message, (source.place, near[0].place))
    if not any(one.encrypted for one in holding):
        message = f"The Secret {source.name[:80]} comes from plain text, not from an encrypted source."
        return Resolution("plain", message, (source.place, holding[0].place))
    return Resolution("found", "", (source.place, holding[0].place))


def _has_keys(made: Producer, source: Source) -> bool:
    return made.keys is None or set(source.keys) <= made.keys


def _unseen(workload: Workload, source: Source) -> Resolution:
    if source.opaque or not workload.manifest.set_complete:
        return Resolution("hidden", "A Secret that it reads is only known when rendered.", (source.place,))
    message = f"Nothing here produces the Secret {source.name[:80]}: add a sealed or an external secret."
    return Resolution("missing", message, (source.place,))
