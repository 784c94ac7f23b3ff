"""Since when a state holds: of a service's capabilities, and of a team."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from ingest.models import Service, Team
from scorecards.models import AdoptionDay


def states_since(services: Collection[Service | int], day: date) -> dict[int, dict[str, date]]:
    """By service and capability, the day since which its state is what it is on ``day``; configured alone is a state of
    its own. One query.

    A service that was not active in between begins anew. Those that are not active on the day have none.
    """
    rows = AdoptionDay.objects.filter(service__in=services, day__lte=day).order_by("service", "day")
    held: dict[int, dict[str, tuple[str, date]]] = defaultdict(dict)
    for pk, on, figures in rows.values_list("service_id", "day", "figures"):
        if pk is not None:
            before = held[pk]
            configured = figures.get("configured", ())
            states = {
                name: "configured" if state == "not" and name in configured else state
                for name, state in figures.get("states", {}).items()
            }
            held[pk] = {
                name: (state, before[name][1] if name in before and before[name][0] == state else on)
                for name, state in states.items()
            }
    return {pk: {name: since for name, (_, since) in states.items()} for pk, states in held.items()}


def team_since(team: Team, day: date) -> date | None:
    """The day since which the team's state is what it is on ``day``; ``None`` where it has none. One query."""
    rows = AdoptionDay.objects.filter(team=team, day__lte=day).order_by("-day")
    since: date | None = None
    now = ""
    for on, state in rows.values_list("day", "figures__state").iterator():
        if since is None:
            if on != day:
                return None
            now = state
        elif state != now or (since - on).days > 1:
            break
        since = on
    return since
