"""``GET /metrics`` with 2,000 services, as the history grows: the first scrape, one after which nothing moved, and one
after which some services did."""

import json
import sys
import time
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

TIMES = 12  # the least counts: what else the machine does only adds
MOVED = 20  # services with a new deployment since the last scrape
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def measure(sizes: list[int], engines: list[str]) -> Table:
    sizes = sizes[-2:]
    table = Table(
        f"Scrape of /metrics: 2,000 services with an objective; wall ms by deployments; moved: {MOVED} services",
        ["database", *(f"{kind}, {size:,}" for kind in ("first", "nothing moved", "moved") for size in sizes),
         "ratio", "ratio moved", "KiB", "queries", "writes"],
    )  # fmt: skip
    for engine in engines:
        found = []
        for size in sizes:
            with places.database(engine) as environment:
                found.append(json.loads(places.run(["-m", "tests.benchmarks.scrape", str(size)], environment)))
        table.add(
            engine,
            *(f"{costs[kind]:.0f}" for kind in ("first", "still", "moved") for costs in found),
            *(f"{found[-1][kind] / found[0][kind]:.2f}" for kind in ("still", "moved")),
            f"{found[-1]['bytes'] / 1024:.0f}",
            str(found[-1]["queries"]),
            str(found[-1]["writes"]),
        )
    return table


def _costs(size: int) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from dashboard.api.auth import issue_token
    from dashboard.models import ApiToken
    from tests.benchmarks.history import fill

    settings.STATIC_ROOT = None
    fill(size, timezone.now())
    _objectives()
    _, token = issue_token("a benchmark", ApiToken.Scope.READ)
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}", "Accept": ACCEPT})

    def scrape() -> float:
        began = time.perf_counter()
        answer = client.get("/metrics")
        if answer.status_code != 200:
            raise RuntimeError(f"/metrics answers {answer.status_code}")
        return (time.perf_counter() - began) * 1_000

    first = scrape()
    still = min(scrape() for _ in range(TIMES))
    with CaptureQueriesContext(connection) as captured:
        answer = client.get("/metrics")
    asked = [one["sql"] for one in captured]  # now: a later request forgets them
    moved = []
    for number in range(TIMES):
        _deploy(number, size)
        moved.append(scrape())
    return {
        "first": first,
        "still": still,
        "moved": min(moved),
        "bytes": len(answer.content),
        "queries": len(asked),
        "writes": sum(not sql.upper().startswith("SELECT") for sql in asked),
    }


def _objectives() -> None:
    from django.utils import timezone

    from ingest.models import Service, Slo
    from scorecards.models import SloStanding

    now = timezone.now()
    slos = Slo.objects.bulk_create(
        Slo(key=slug, service_id=pk, service_name=slug, name="availability", objective=0.999, indicator="events",
            origin="scan")
        for pk, slug in Service.objects.values_list("pk", "slug")
    )  # fmt: skip
    SloStanding.objects.bulk_create(
        SloStanding(slo=slo, service_id=slo.service_id, state="measured", attainment=0.9995, budget_left=0.5,
                    burn_rates={"1h": 0.1, "6h": 0.4, "3d": 0.5, "30d": 0.5}, data_until=now, computed_at=now)
        for slo in slos
    )  # fmt: skip


def _deploy(number: int, size: int) -> None:
    """Put a deployment just now into some services, as judging them would leave it."""
    from django.db.models import F
    from django.utils import timezone

    from ingest.models import Deployment
    from scorecards.models import JudgedDeployment, ScopeVersion

    now, model, judged = timezone.now(), Deployment.objects.get(pk=1), JudgedDeployment.objects.get(pk=1)
    services = range(number * MOVED + 1, (number + 1) * MOVED + 1)
    for service in services:
        model.pk, model.external_id = size + service, f"new {service}"
        model.service_id, model.finished_at = service, now
        model.save(force_insert=True)
        judged.pk, judged.service_id, judged.finished_at = model.pk, service, now
        judged.save(force_insert=True)
    ScopeVersion.objects.filter(scope__in=[f"service:{pk}" for pk in services]).update(version=F("version") + 1)


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(_costs(int(sys.argv[1]))))
