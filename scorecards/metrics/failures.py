"""Which deployment failed and by which rule; incidents -> the deployments that caused them."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from scorecards.metrics.delivered import History, brought, finish, series
from scorecards.metrics.records import (
    Brought,
    Definitions,
    Deployment,
    FailureRule,
    Incident,
    JudgedService,
    Judgement,
    Link,
    Rollback,
)

RULES: tuple[FailureRule, ...] = ("status_failed", "rolled_back", "fixed", "incident", "hotfix", "patch", "revert")

_SEMANTIC = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?", re.IGNORECASE)
_DATED = re.compile(r"v?(\d{4})([.-])(\d{2})\2(\d{2})(?:-(\d+))?", re.IGNORECASE)


class Found(NamedTuple):
    """A rule holds for ``failed`` because of ``restorer``, a later succeeded deployment of the series."""

    failed: Judgement
    rule: FailureRule
    restorer: Judgement


@dataclass(frozen=True, slots=True)
class _Environment:
    """The series of one environment. ``live``: its succeeded deployments less the redeploys (unless they count)."""

    judged: Sequence[Judgement]
    live: Sequence[Judgement]
    brought: Mapping[int, Brought]
    history: History
    definitions: Definitions


NOWHERE: Mapping[str, int] = {}


def judge(
    deployments: Iterable[Deployment],
    incidents: Iterable[Incident],
    history: History,
    definitions: Definitions,
    *,
    blaming: Iterable[Incident] = (),
    elsewhere: Mapping[str, int] = NOWHERE,
    rollbacks: Sequence[Rollback] = (),
) -> JudgedService:
    """Judges ONE service over all its environments of ONE class.

    ``deployments``: all of the service and class, in any order; those that have not finished get no judgement.
    ``incidents``: those of the same service and class; one without an environment belongs to production.
    ``blaming``: incidents of other services that name a deployment of this one: they fail it, and count where they are.
    ``elsewhere``: deployments of other services, by external id, that incidents of this one may name.
    ``rollbacks``: what gauges tell, where counters count.
    Definition: metrics.md, "Change failure rate" and "Recovery".
    """
    deployments, incidents = list(deployments), list(incidents)
    environments = [_environment(own, history, definitions) for own in _by_environment(deployments)]
    judgements = {j.deployment.id: j for environment in environments for j in environment.judged}
    # Of several of one external id, as sources number alike, it is that of the first source.
    named = {**elsewhere, **{d.external_id: d.id for d in sorted(deployments, key=lambda d: (d.source, d.id))[::-1]}}
    links = {link.incident_id: link for link in _links(incidents, named, environments, definitions)}
    foreign = {incident.id: incident for incident in blaming}
    linked = [(link.incident_id, link.deployment_id) for link in links.values()]
    linked += [(incident.id, _named_by(incident, named)) for incident in foreign.values()]
    for incident_id, deployment_id in sorted(linked, key=lambda pair: pair[0]):
        if deployment_id in judgements:
            judgements[deployment_id].incidents.append(incident_id)
    incident_by_id = {incident.id: incident for incident in incidents} | foreign
    for environment in environments:
        _judge_environment(environment, incident_by_id, definitions)
    brought_by_id = {key: value for environment in environments for key, value in environment.brought.items()}
    return JudgedService(judgements, brought_by_id, links, rollbacks)


def counts(judgement: Judgement, definitions: Definitions) -> bool:
    """Whether a deployment enters the counts: definitions tell of redeploys, rollbacks and hotfixes."""
    return (
        (definitions.count_redeploys or not judgement.redeploy)
        and (definitions.count_rollbacks or not judgement.rollback)
        and (definitions.count_hotfixes or judgement.deployment.kind != "hotfix")
    )


def is_next_patch(version: str | None, following: str | None) -> bool:
    """Whether ``following`` is the patch version of ``version``: X.Y.Z+1, or a later one of the same day.

    A leading v is ignored, a missing Z is 0; ``2026.03.02`` is followed by ``2026.03.02-2``, or any larger number.
    """
    before, after = _dated(version), _dated(following)
    if before and after:
        return before[0] == after[0] and before[1] < after[1]
    if before or after:
        return False
    before, after = _semantic(version), _semantic(following)
    return bool(before and after and before[0] == after[0] and before[1] + 1 == after[1])


def _dated(version: str | None) -> tuple[tuple[int, ...], int] | None:
    match = _DATED.fullmatch(version or "")
    return match and ((int(match[1]), int(match[3]), int(match[4])), int(match[5] or 0))


def _semantic(version: str | None) -> tuple[tuple[int, ...], int] | None:
    match = _SEMANTIC.fullmatch(version or "")
    return match and ((int(match[1]), int(match[2])), int(match[3] or 0))


# The series of an environment and its tags


def _by_environment(deployments: Iterable[Deployment]) -> Iterable[list[Deployment]]:
    groups: dict[str, list[Deployment]] = defaultdict(list)
    for deployment in deployments:
        groups[deployment.environment].append(deployment)
    return groups.values()


def _environment(deployments: Sequence[Deployment], history: History, definitions: Definitions) -> _Environment:
    judged = [Judgement(deployment) for deployment in series(deployments)]
    _tag(judged)
    again = definitions.count_redeploys
    live = [j for j in judged if j.deployment.status == "succeeded" and (again or not j.redeploy)]
    found = brought(deployments, history, definitions.lead_time_from)
    return _Environment(judged, live, found, history, definitions)


def _tag(judged: Iterable[Judgement]) -> None:
    """Marks redeploys and rollbacks. A version is as old as its first succeeded deployment in the series."""
    first_place: dict[str, int] = {}
    before: str | None = None
    for place, judgement in enumerate(judged):
        deployment = judgement.deployment
        judgement.rollback = deployment.kind == "rollback" or bool(deployment.rollback_of)
        if deployment.status != "succeeded":
            continue
        version = deployment.version or deployment.sha
        if version and before:
            judgement.redeploy = version == before
            judgement.rollback |= first_place.get(version, place) < first_place[before]
        if version:
            first_place.setdefault(version, place)
        before = version


# Incidents


def _links(
    incidents: Iterable[Incident],
    named: Mapping[str, int],
    environments: Iterable[_Environment],
    definitions: Definitions,
) -> Iterator[Link]:
    linkable = sorted(
        (finish(j.deployment), j.deployment.external_id, j.deployment.environment, j.deployment.id)
        for environment in environments
        for j in environment.live
        if not j.rollback
    )
    times = [entry[0] for entry in linkable]
    for incident in incidents:
        if incident.names_cause or incident.linked_by_hand:
            yield _link_by_name(incident, named)
        elif not definitions.link_incidents:
            yield Link(incident.id, None, None)
        else:
            yield _link_by_rule(incident, times, linkable, definitions.linked_within)


def _link_by_name(incident: Incident, named: Mapping[str, int]) -> Link:
    if not incident.caused_by:
        return Link(incident.id, None, None, "known_to_come_from_none")
    deployment_id = _named_by(incident, named)
    if deployment_id is None:
        return Link(incident.id, None, None, "names_unknown_deployment")
    return Link(incident.id, deployment_id, "hand" if incident.linked_by_hand else "name")


def _named_by(incident: Incident, named: Mapping[str, int]) -> int | None:
    return incident.cause_id or named.get(incident.caused_by or "")


def _link_by_rule(
    incident: Incident, times: Sequence[datetime], linkable: Sequence[tuple[datetime, str, str, int]], within: timedelta
) -> Link:
    """The latest in its own environment; else, as sources spell environments differently, the latest of the class."""
    latest: int | None = None
    if incident.opened_at is not None:
        for place in range(bisect_right(times, incident.opened_at) - 1, -1, -1):
            finished_at, _, environment, deployment_id = linkable[place]
            if finished_at < incident.opened_at - within:
                break
            if incident.environment in (None, environment):
                return Link(incident.id, deployment_id, "rule")
            latest = latest or deployment_id
    if latest is not None:
        return Link(incident.id, latest, "rule")
    return Link(incident.id, None, None, "no_deployment_in_24_h")


# The rules


def _judge_environment(
    environment: _Environment, incident_by_id: Mapping[int, Incident], definitions: Definitions
) -> None:
    restorers = _restorers(environment, definitions)
    following: Judgement | None = None
    for judgement in reversed(environment.judged):
        found = restorers.get(judgement.deployment.id, {})
        judgement.failed_by = _failed_by(judgement, found, definitions)
        if judgement.failed_by:
            _restore(judgement, found, following, incident_by_id)
        if judgement.deployment.status == "succeeded":
            following = judgement  # a redeploy too: it is left out of counts, but it did bring the service back


def _restorers(environment: _Environment, definitions: Definitions) -> dict[int, dict[FailureRule, list[Judgement]]]:
    """For each deployment the rules that hold, with those that restored it, in order of the series.

    Rollbacks and fixes restore also where their rule is off and another one failed the deployment.
    """
    found: dict[int, dict[FailureRule, list[Judgement]]] = defaultdict(lambda: defaultdict(list))
    for failed, rule, restorer in _found(environment, definitions):
        found[failed.deployment.id][rule].append(restorer)
    return found


def _found(environment: _Environment, definitions: Definitions) -> Iterator[Found]:
    yield from _remedies(environment)
    if "hotfix" in definitions.rules:
        yield from _hotfixes(environment)
    if "patch" in definitions.rules:
        yield from _patches(environment)
    if "revert" in definitions.rules:
        yield from _reverts(environment)


def _remedies(environment: _Environment) -> Iterator[Found]:
    """Rollbacks and fixes. What they name must stand earlier in the series; else the name is unresolved."""
    earlier: dict[str, Judgement] = {}
    before: Judgement | None = None
    live = {j.deployment.id for j in environment.live}
    for judgement in environment.judged:
        deployment = judgement.deployment
        succeeded = deployment.status == "succeeded"
        names: list[tuple[FailureRule, str]] = [("fixed", name) for name in dict.fromkeys(deployment.fixes)]
        if deployment.rollback_of:
            names.insert(0, ("rolled_back", deployment.rollback_of))
        for rule, name in names:
            if name not in earlier:
                judgement.unresolved.append(name)
            elif succeeded:
                yield Found(earlier[name], rule, judgement)
        if deployment.id in live:
            if judgement.rollback and not deployment.rollback_of and before is not None:
                yield Found(before, "rolled_back", judgement)
            before = judgement
        earlier[deployment.external_id] = judgement


def _hotfixes(environment: _Environment) -> Iterator[Found]:
    within = environment.definitions.hotfixed_within
    for judgement, following in pairwise(environment.live):
        if _span(judgement, following) <= within and _is_marked_hotfix(following, environment):
            yield Found(judgement, "hotfix", following)


def _is_marked_hotfix(judgement: Judgement, environment: _Environment) -> bool:
    own, history = environment.brought[judgement.deployment.id], environment.history
    return (
        judgement.deployment.kind == "hotfix"
        or not own.shas.isdisjoint(history.hotfix_shas)
        or any(p.pull_request_id in history.hotfix_pull_request_ids for p in own.pull_requests)
    )


def _patches(environment: _Environment) -> Iterator[Found]:
    within = environment.definitions.patched_within
    for judgement, following in pairwise(environment.live):
        if _span(judgement, following) <= within and is_next_patch(
            judgement.deployment.version, following.deployment.version
        ):
            yield Found(judgement, "patch", following)


def _reverts(environment: _Environment) -> Iterator[Found]:
    """Of each deployment the later ones, within the definition's days, that brought a revert of what it brought.

    The baseline cannot fail by it: its content was not new.
    """
    history = environment.history
    brought_by: dict[str, Judgement] = {}
    for judgement in environment.judged:
        own = environment.brought.get(judgement.deployment.id)
        if own is None:
            continue
        reverted = {name for sha in own.shas & history.reverts.keys() for name in history.reverts[sha]}
        failed = {j.deployment.id: j for name in reverted if (j := brought_by.get(name)) is not None}
        for earlier in failed.values():
            if _span(earlier, judgement) <= environment.definitions.reverted_within:
                yield Found(earlier, "revert", judgement)
        if not own.baseline:
            brought_by.update(dict.fromkeys(own.shas & history.reverted, judgement))


def _span(earlier: Judgement, later: Judgement) -> timedelta:
    return finish(later.deployment) - finish(earlier.deployment)


# What follows from the rules


def _failed_by(
    judgement: Judgement, found: Mapping[FailureRule, Sequence[Judgement]], definitions: Definitions
) -> dict[FailureRule, tuple[int, ...]]:
    holding: dict[FailureRule, tuple[int, ...]] = {
        rule: tuple(restorer.deployment.id for restorer in restorers) for rule, restorers in found.items()
    }
    by_hand = judgement.deployment.failed_by_hand
    if by_hand is False:
        return {}
    if judgement.deployment.status == "failed":
        holding["status_failed"] = ()
    if judgement.incidents:
        holding["incident"] = ()
    holds = {rule: holding[rule] for rule in RULES if rule in holding and rule in definitions.rules}
    return holds if by_hand is None else {**holds, "by_hand": ()}


def _restore(
    judgement: Judgement,
    found: Mapping[FailureRule, Sequence[Judgement]],
    following: Judgement | None,
    incident_by_id: Mapping[int, Incident],
) -> None:
    """Who restored a failed deployment, and when; nothing while it is open.

    Definition: metrics.md, "Recovery".
    """
    restorers = [restorer for restorers in found.values() for restorer in restorers]
    if not restorers and judgement.incidents:
        resolved = [incident_by_id[incident_id].resolved_at for incident_id in judgement.incidents]
        ended = [at for at in resolved if at is not None]
        judgement.restored_at = max(ended) if len(ended) == len(resolved) else None
        return
    without_trace = judgement.deployment.status == "failed" or judgement.deployment.failed_by_hand
    if not restorers and following is not None and without_trace:
        restorers = [following]
    if restorers:
        first = min(restorers, key=lambda j: (finish(j.deployment), j.deployment.external_id, j.deployment.id))
        judgement.restored_by, judgement.restored_at = first.deployment.id, first.deployment.finished_at
