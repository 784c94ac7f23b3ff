"""Adoption of 2,000 services over a year: every day anew, a day, and what pages ask."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

SERVICES = 2_000
TEAMS = 200
DAYS = 365


def measure(engines: list[str]) -> Table:
    table = Table(
        f"Adoption: {SERVICES:,} services of {TEAMS} teams over {DAYS} days, seconds",
        ["database", "every day", "again", "a week", "today", "matrix", "who is next", "rows"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            found = json.loads(places.run(["-m", "tests.benchmarks.adoption"], environment))
        names = ("every day", "again", "a week", "today", "matrix", "who is next")
        table.add(engine, *(f"{found[name]:.2f}" for name in names), f"{found['rows']:,}")
    return table


def _costs() -> dict[str, float]:
    from django.utils import timezone

    from ingest.models import Team
    from scorecards.adoption import build, evidence
    from scorecards.adoption.teams import matrix, next_teams
    from scorecards.models import AdoptionDay

    now = timezone.now()
    _fill(now)
    today = evidence.day_of(now)

    def cost(act: Callable[[], Any]) -> float:
        began = time.perf_counter()
        act()
        return time.perf_counter() - began

    def built(since: Any) -> float:
        evidence.due(since)
        return cost(lambda: build.build(now))

    return {
        "every day": built(None),
        "again": built(None),
        "a week": built(today - timedelta(days=7)),
        "today": built(today),
        "matrix": cost(lambda: matrix(Team.objects.all())),
        "who is next": cost(lambda: next_teams(Team.objects.all())),
        "rows": AdoptionDay.objects.count(),
    }


def _fill(now: Any) -> None:
    """Spells of every signal, owners of whom a fifth changed, and deployments at every pace."""
    from ingest.facts import bulk
    from ingest.models import Ownership, Service, Team
    from scorecards.adoption import evidence, store
    from scorecards.adoption.capabilities import Origin
    from scorecards.adoption.settings import capabilities
    from scorecards.models import CapabilitySpell, DayRollup, LookSpell

    chance, today = Random(1), evidence.day_of(now)
    days = [today - timedelta(days=number) for number in range(DAYS - 1, -1, -1)]
    teams = Team.objects.bulk_create(Team(slug=f"team-{number:03}", name=f"Team {number}") for number in range(TEAMS))
    services = Service.objects.bulk_create(
        Service(slug=f"service-{number:04}", name=f"Service {number}") for number in range(SERVICES)
    )
    owned = [(service, number % TEAMS, DAYS) for number, service in enumerate(services)]
    owned += [(service, (team + 1) % TEAMS, chance.randrange(DAYS)) for service, team, _ in owned[::5]]
    Ownership.objects.bulk_create(
        Ownership(service=service, team=teams[team], basis="event", at=now - timedelta(days=ago), key=str(number))
        for number, (service, team, ago) in enumerate(owned)
    )
    rollups, seen, looked = [], [], []
    scanned = [signal.id for signal in capabilities().of(Origin.SCAN)]
    for service in services:
        pace = chance.choice([0.02, 0.1, 0.3, 0.5, 0.8])
        head = (f"service:{service.pk}", "", "production")
        rollups += [(*head, day, chance.randint(1, 3), b"") for day in days if chance.random() < pace]
        for name in scanned:
            first = chance.randrange(200)
            looked.append((service.pk, name, days[first], today))
            if chance.random() < 0.4:
                began = chance.randrange(first, 300)
                ended = chance.choice([DAYS - 1, chance.randrange(began, DAYS)])
                seen.append((service.pk, name, days[began], days[ended], "{}", now))
        seen.append((service.pk, "deployment", days[chance.randrange(100)], today, "{}", now))
    bulk.insert(DayRollup, ("scope", "tier", "environment_class", "day", "deployments", "bucket"), rollups)
    names = ("service", "signal", "first_day", "last_day")
    bulk.insert(CapabilitySpell, (*names, "detail", "updated_at"), seen)
    bulk.insert(LookSpell, names, looked)
    store.replace(evidence.of_catalogue(None, today))
    store.replace(evidence.of_activity([service.pk for service in services]))


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(_costs()))
