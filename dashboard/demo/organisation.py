"""(pure) The demo organisation: a believable year of eight teams, as native events."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dashboard.demo.company import SERVICES, TEAMS, Service
from dashboard.demo.incidents import from_outside
from dashboard.demo.lines import Event, Lines, service_declared, team_declared
from dashboard.demo.refused import bad_lines
from dashboard.demo.releases import Releases
from dashboard.demo.scenes import stage

__all__ = ["bad_lines", "events"]

FOUNDED = timedelta(days=480)  # before anything else that is told


def events(seed: int, now: datetime) -> Iterator[Event]:
    """Native events (docs/events.md) of the year up to ``now``, in order of time, none later than ``now``.

    ``now`` is aware and in UTC. The same arguments give the same events.
    """
    now = now.replace(microsecond=0)
    found = list(_declarations(now))
    for service in SERVICES:
        found += _of_service(service, seed, now)
    found.sort(key=lambda event: (event["at"], event["event"]))
    yield from found


def _declarations(now: datetime) -> Iterator[Event]:
    founded = now - FOUNDED
    for team in TEAMS:
        yield team_declared(team, founded)
    declared_at = founded + timedelta(hours=1)
    for service in SERVICES:
        if service.declared:
            yield service_declared(service, service.owner(declared_at, now), declared_at)
        if service.moved_from is not None:
            moved_at = now - timedelta(days=service.moved)
            yield service_declared(service, service.team, moved_at, key="moved")


def _of_service(service: Service, seed: int, now: datetime) -> Iterator[Event]:
    releases = Releases(service, seed, now)
    releases.run()
    releases.story.incidents += from_outside(service, seed, now, releases.incidents)
    stage(releases)
    yield from Lines(service, now).of(releases.story)
