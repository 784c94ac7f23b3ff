"""What each page costs the server, warm, as the history grows: wall and CPU of the whole request, median of five."""

import html
import json
import re
import statistics
import sys
import time
from typing import NamedTuple

from django.test import Client

from tests.benchmarks import places
from tests.benchmarks.table import Table

TIMES = 5
PAGES = {
    "overview": "/",
    "overview, one tier": "/?tier=critical",
    "overview, 365 days": "/?period=365",
    "teams": "/teams/",
    "team": "/teams/team-001/",
    "service": "/services/service-0008/",
    "deployments": "/deployments/",
    "deployments, page 2": "older:/deployments/",
    "deployments of a team": "/deployments/?scope=team:team-001&outcome=failed",
    "deployment": "/deployments/1/",
    "incidents": "/incidents/",
    "incident": "/incidents/100/",
    "data health": "/data/",
    "adoption": "/adoption/",
    "adoption of a capability": "/adoption/security/",
    "maturity": "/maturity/",
    "maturity of a team": "/maturity/?team=team-001",
    "outcomes of a capability": "/outcomes/?of=capability:security",
    "outcomes of a control": "/outcomes/?of=control:DOP-1.1-01",
    "campaigns": "/campaigns/",
    "campaign of a control": "/campaigns/control/",
    "campaign of a capability": "/campaigns/capability/",
    "explain lead time": "/explain/lead_time/",
    "explain adoption": "/explain/adoption/",
    "explain failures of a team": "/explain/change_failure_rate/?scope=team:team-001",
    "API metrics, by week": "/api/v1/metrics/?scope=org&interval=week",
}


class Cost(NamedTuple):
    """Of one request, in milliseconds; CPU is that of this process, without a database server's."""

    wall: float
    cpu: float


def measure(sizes: list[int], engine: str) -> Table:
    heads = ["page", *(f"{size:,} wall ms" for size in sizes), *(f"{size:,} CPU ms" for size in sizes)]
    table = Table(
        f"Pages: 200 teams, 2,000 services, {engine}; by deployments in the history",
        [*heads, "wall ratio", "CPU ratio"],
    )
    found = []
    for size in sizes:
        with places.database(engine) as environment:
            said = places.run(["-m", "tests.benchmarks.page_work", str(size)], environment)
        found.append({name: Cost(*cost) for name, cost in json.loads(said).items()})
    for name in PAGES:
        costs = [costs_by_name[name] for costs_by_name in found]
        walls, cpus = [cost.wall for cost in costs], [cost.cpu for cost in costs]
        table.add(
            name,
            *(f"{value:.0f}" for value in (*walls, *cpus)),
            f"{walls[-1] / walls[0]:.2f}",
            f"{cpus[-1] / cpus[0]:.2f}",
        )
    return table


def _costs(size: int) -> dict[str, Cost]:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.utils import timezone

    from dashboard.api.auth import issue_token
    from dashboard.models import ApiToken
    from tests.benchmarks.history import fill

    settings.STATIC_ROOT = None
    fill(size, timezone.now())
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("ada", "", None))
    _, token = issue_token("a benchmark", ApiToken.Scope.READ)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"  # for the API; pages don't look at it
    return {name: _cost(client, _address(client, address)) for name, address in PAGES.items()}


def _address(client: Client, address: str) -> str:
    """The address; after ``older:`` the page that its link to older rows leads to."""
    kind, _, path = address.rpartition(":/")
    if kind != "older":
        return address
    found = re.search(r'href="([^"]*[?&;]before=[^"]*)"', client.get(f"/{path}").content.decode())
    if found is None:
        raise RuntimeError(f"/{path} has no link to older rows")
    return html.unescape(found[1])


def _cost(client: Client, address: str) -> Cost:
    walls, cpus = [], []
    for _ in range(TIMES + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = client.get(address)
        walls.append((time.perf_counter() - wall) * 1_000)
        cpus.append((time.process_time() - cpu) * 1_000)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")
    return Cost(statistics.median(walls[1:]), statistics.median(cpus[1:]))


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(_costs(int(sys.argv[1]))))
