"""The gate's answer to a pipeline, with 2,000 services, beside a bare view of the same framework and token."""

import json
import statistics
import sys
import time
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

SERVICES = 2_000
TEAMS = 200
CONTROLS = 100
ASKED = 200
WARM = 20


def measure(engines: list[str]) -> Table:
    table = Table(
        f"Gate: {SERVICES:,} services with budgets, {CONTROLS} verdicts each; {ASKED} requests of as many services",
        ["database", "median ms", "p95 ms", "bare median ms", "ratio", "queries"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            found = json.loads(places.run(["-m", "tests.benchmarks.gate"], environment))
        gate, bare = found["gate"], statistics.median(found["bare"])
        median = statistics.median(gate)
        table.add(
            engine,
            f"{median:.1f}",
            f"{statistics.quantiles(gate, n=20)[-1]:.1f}",
            f"{bare:.1f}",
            f"{median / bare:.1f}",
            str(found["queries"]),
        )
    return table


def _costs() -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import include, path
    from rest_framework.response import Response
    from rest_framework.views import APIView

    from dashboard.api.auth import issue_token
    from dashboard.models import ApiToken

    class Bare(APIView):
        def get(self, request: Any) -> Response:
            return Response({"decision": "allow"})

    urls = [path("bare/", Bare.as_view()), path("", include("dashboard.urls"))]
    settings.ROOT_URLCONF = tuple(urls)
    settings.STATIC_ROOT = None
    _fill()
    _, token = issue_token("a benchmark", ApiToken.Scope.READ)
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}"})

    def cost(address: str) -> float:
        began = time.perf_counter()
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")
        return (time.perf_counter() - began) * 1_000

    addresses = [
        f"/api/v1/services/service-{number * (SERVICES // ASKED):04}/gate/?environment=production&sha={number:040x}"
        for number in range(ASKED)
    ]
    for address in addresses[:WARM]:
        cost(address)
        cost("/bare/")
    gate, bare = [], []
    for address in addresses:  # by turns: what else the machine does then meets both
        gate.append(cost(address))
        bare.append(cost("/bare/"))
    with CaptureQueriesContext(connection) as captured:
        for address in addresses:
            cost(address)
    return {"gate": gate, "bare": bare, "queries": round(len(captured) / ASKED, 1)}


def _fill() -> None:
    """Services of teams with objectives, budgets at all steps, verdicts, incidents and freeze windows."""
    from datetime import timedelta

    from django.contrib.auth.models import User
    from django.utils import timezone

    from ingest.models import Ownership, Service, Slo, Source, Team
    from ingest.models.facts import Incident
    from scorecards.models import (
        ControlVerdict,
        FreezeWindow,
        JudgedIncident,
        ServiceBudget,
        SloStanding,
    )
    from scorecards.standards import pack

    now = timezone.now()
    teams = Team.objects.bulk_create(Team(slug=f"team-{number:03}", name=f"Team {number}") for number in range(TEAMS))
    services = Service.objects.bulk_create(
        Service(slug=f"service-{number:04}", name=f"Service {number}") for number in range(SERVICES)
    )
    Ownership.objects.bulk_create(
        Ownership(service=service, team=teams[number % TEAMS], basis="catalogue", at=now - timedelta(days=300))
        for number, service in enumerate(services)
    )
    slos = Slo.objects.bulk_create(
        Slo(key=f"{service.slug}/availability", service=service, name="availability", objective=0.999,
            indicator="events", origin="scan")
        for service in services
    )  # fmt: skip
    lefts = [(number * 37 % 140 - 30) / 100 for number in range(SERVICES)]
    SloStanding.objects.bulk_create(
        SloStanding(slo=slo, service=slo.service, state="measured", budget_left=left, data_until=now, computed_at=now)
        for slo, left in zip(slos, lefts, strict=True)
    )
    ServiceBudget.objects.bulk_create(
        ServiceBudget(service=slo.service, slo=slo, left=left, step=_step(left), since=now, computed_at=now)
        for slo, left in zip(slos, lefts, strict=True)
    )
    controls = pack.builtin().controls[:CONTROLS]
    ControlVerdict.objects.bulk_create(
        (
            ControlVerdict(service=service, standard=pack.builtin().code, control=control.id, section=control.section,
                           level=control.level, phase=control.phase, since=now,
                           verdict="fail" if (number * 7 + place * 13) % 29 == 0 else "pass")
            for number, service in enumerate(services)
            for place, control in enumerate(controls)
        ),
        batch_size=2_000,
    )  # fmt: skip
    source = Source.objects.create(kind="native", name="A benchmark")
    incidents = Incident.objects.bulk_create(
        Incident(source=source, external_id=f"i{number}", service=service, severity="sev1", title="It is down",
                 opened_at=now, updated_at=now)
        for number, service in enumerate(services)
    )  # fmt: skip
    JudgedIncident.objects.bulk_create(
        JudgedIncident(incident=incident, service=incident.service, environment_class="production", severity="sev1",
                       opened_at=now, resolved_at=None if number % 50 == 0 else now)
        for number, incident in enumerate(incidents)
    )  # fmt: skip
    by = User.objects.create_user("ada")
    FreezeWindow.objects.bulk_create(
        FreezeWindow(name=f"Freeze {number}", team=teams[number] if number else None, by=by, made_at=now,
                     starts_at=now if number % 2 else now - timedelta(days=9),
                     ends_at=now + timedelta(days=1) if number % 2 else now - timedelta(days=8))
        for number in range(20)
    )  # fmt: skip


def _step(left: float) -> str:
    reached = [step for step in (75, 50, 25, 0) if left * 100 <= step]
    return str(min(reached)) if reached else ""


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(_costs()))
