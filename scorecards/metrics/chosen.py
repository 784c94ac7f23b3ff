"""Which facts of a service a definition looks at, and in which environment class: by names, sources and bots."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import translate
from functools import lru_cache

from scorecards.metrics.records import Definitions, Deployment, Incident

PRODUCTION = "production"


@dataclass(slots=True)
class Chosen:
    """Deployments and incidents by class, and when those finished that do not count: of other sources, by bots."""

    deployments: Mapping[str, Sequence[Deployment]]
    incidents: Mapping[str, Sequence[Incident]]
    other_sources: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    by_bots: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    @property
    def classes(self) -> set[str]:
        return {*self.deployments, *self.incidents, *self.other_sources, *self.by_bots}


def choose(
    deployments: Mapping[str, Sequence[Deployment]],
    incidents: Mapping[str, Sequence[Incident]],
    definitions: Definitions,
) -> Chosen:
    """The facts, given by the class that their environment has for everyone, as the definition sees them."""
    if not definitions.environments and definitions.sources is None and definitions.count_bot_deployments:
        return Chosen(deployments, incidents)
    kept: dict[str, list[Deployment]] = defaultdict(list)
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
    for usual, incident_rows in incidents.items():
        for incident in incident_rows:
            told = class_of(incident.environment, definitions.environments) if incident.environment else PRODUCTION
            troubles[told or usual].append(incident)
    return found


def _left_out(one: Deployment, definitions: Definitions, found: Chosen) -> dict[str, list[datetime]] | None:
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
