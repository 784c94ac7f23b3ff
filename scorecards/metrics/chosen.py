"""Which facts of a service a definition looks at, and in which environment class: by names, sources and bots. What
counters tell counts until another source tells of a deployment."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import translate
from functools import lru_cache

from scorecards.metrics.records import Definitions, Deployment, Incident, Rollback

PRODUCTION = "production"

Moments = dict[str, list[datetime]]
_NO_ROLLBACKS: Mapping[str, Sequence[Rollback]] = {}


def _moments() -> Moments:
    return defaultdict(list)


@dataclass(slots=True)
class Chosen:
    """Deployments and incidents by class, and when those finished that do not count: of other sources, by bots, told by
    counters when events already were. ``rollbacks``: of classes in which counters count."""

    deployments: Mapping[str, Sequence[Deployment]]
    incidents: Mapping[str, Sequence[Incident]]
    other_sources: Moments = field(default_factory=_moments)
    by_bots: Moments = field(default_factory=_moments)
    counters: Moments = field(default_factory=_moments)
    rollbacks: dict[str, list[Rollback]] = field(default_factory=dict)

    @property
    def classes(self) -> set[str]:
        return {*self.deployments, *self.incidents, *self.other_sources, *self.by_bots}


def choose(
    deployments: Mapping[str, Sequence[Deployment]],
    incidents: Mapping[str, Sequence[Incident]],
    definitions: Definitions,
    rollbacks: Mapping[str, Sequence[Rollback]] = _NO_ROLLBACKS,
) -> Chosen:
    """The facts, given by the class that their environment has for everyone, as the definition sees them."""
    if not definitions.environments and definitions.sources is None and definitions.count_bot_deployments:
        found, told = Chosen(deployments, incidents), deployments
    else:
        found, told = _by_definition(deployments, incidents, definitions)
    if with_counters := [name for name, rows in told.items() if any(one.by_counter for one in rows)]:
        durations = _by_class(rollbacks, definitions)
        for name in with_counters:
            _add_counters(found, name, first_told(told[name]), durations.get(name, ()))
    return found


def first_told(deployments: Iterable[Deployment]) -> datetime | None:
    """When the first of them finished that something else than a counter tells of: counters end there."""
    finished = (one.finished_at for one in deployments if not one.by_counter and one.status in ("succeeded", "failed"))
    return min((at for at in finished if at is not None), default=None)


def _add_counters(found: Chosen, name: str, border: datetime | None, rollbacks: Iterable[Rollback]) -> None:
    kept: list[Deployment] = []
    counting = False
    for one in found.deployments[name]:
        if one.by_counter and one.finished_at is not None:
            if border is not None and one.finished_at >= border:
                found.counters[name].append(one.finished_at)
                continue
            counting = True
        kept.append(one)
    found.deployments = {**found.deployments, name: kept}
    if counting:
        found.rollbacks[name] = [one for one in rollbacks if border is None or one.at < border]


def _by_definition(
    deployments: Mapping[str, Sequence[Deployment]],
    incidents: Mapping[str, Sequence[Incident]],
    definitions: Definitions,
) -> tuple[Chosen, Mapping[str, Sequence[Deployment]]]:
    """What the definition looks at; and the deployments that a source of it told of, bots' among them."""
    kept: dict[str, list[Deployment]] = defaultdict(list)
    told: dict[str, list[Deployment]] = defaultdict(list)
    troubles: dict[str, list[Incident]] = defaultdict(list)
    found = Chosen(kept, troubles)
    for usual, rows in deployments.items():
        for one in rows:
            environment_class = class_of(one.environment, definitions.environments) or usual
            left_out = _left_out(one, definitions, found)
            if left_out is None:
                kept[environment_class].append(one)
            elif one.finished_at is not None:
                left_out[environment_class].append(one.finished_at)
            if left_out is not found.other_sources:
                told[environment_class].append(one)
    for usual, incident_rows in incidents.items():
        for incident in incident_rows:
            where = class_of(incident.environment, definitions.environments) if incident.environment else PRODUCTION
            troubles[where or usual].append(incident)
    return found, told


def _by_class(rollbacks: Mapping[str, Sequence[Rollback]], definitions: Definitions) -> dict[str, list[Rollback]]:
    found: dict[str, list[Rollback]] = defaultdict(list)
    for usual, rows in rollbacks.items():
        for one in rows:
            found[class_of(one.environment, definitions.environments) or usual].append(one)
    return found


def _left_out(one: Deployment, definitions: Definitions, found: Chosen) -> Moments | None:
    """Where a deployment that does not count is noted; ``None`` for one that does."""
    if definitions.sources is not None and definitions.sources.isdisjoint((one.source, *one.also_from)):
        return found.other_sources
    return found.by_bots if one.bot and not definitions.count_bot_deployments else None


@lru_cache(maxsize=4096)
def class_of(name: str, environments: tuple[tuple[str, str], ...]) -> str | None:
    """The class of the first glob that fits the name, in whatever case; ``None`` where none does."""
    return next((found for glob, found in environments if _pattern(glob).match(name.lower())), None)


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.lower()))
