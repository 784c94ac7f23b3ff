"""A page of 1,000 rows of a REST list at the begin, in the middle and at the end of a million."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import places
from tests.benchmarks.table import Table

PAGE = 1_000
ROUNDS = 15
DEPTHS = {"first": 0.0, "middle": 0.5, "last": 1.0}


def measure(engines: list[str], sizes: list[int]) -> Table:
    size = sizes[-1]
    table = Table(
        f"Lists: a page of {PAGE:,} of {size:,} deployments; the least of {ROUNDS} in ms, and as a ratio to the first",
        ["database, page", "wall", "CPU of Python", "ratio of wall", "KB"],
    )
    for engine in engines:
        with places.database(engine) as environment:
            places.run(["-m", "tests.benchmarks.exports", "fill", str(size)], environment)
            found = json.loads(places.run(["-m", "tests.benchmarks.lists"], environment))
            for depth, one in found.items():
                ratio = one["wall"] / found["first"]["wall"]
                table.add(
                    f"{engine} {depth}", f"{one['wall']:.0f}", f"{one['cpu']:.0f}", f"{ratio:.2f}", f"{one['kb']:,.0f}"
                )
    return table


def _pages() -> dict[str, dict[str, float]]:
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from dashboard.api.auth import issue_token
    from dashboard.models import ApiToken

    settings.ALLOWED_HOSTS = ["*"]
    settings.API_RATE = 0
    _, text = issue_token("a benchmark", ApiToken.Scope.READ)
    client, headers = Client(), {"Authorization": f"Bearer {text}"}
    cursors = {name: _cursor(share, timezone.now()) for name, share in DEPTHS.items()}

    def ask(cursor: str) -> Any:
        query = {"page_size": PAGE} | ({"cursor": cursor} if cursor else {})
        return client.get("/api/v1/deployments/", query, headers=headers)

    return {name: _least(lambda cursor=cursor: ask(cursor)) for name, cursor in cursors.items()}


def _cursor(share: float, now: Any) -> str:
    """The place of the page that begins behind so much of the rows."""
    from dashboard.datasets import paging
    from dashboard.datasets.every import DATASETS

    rows = DATASETS["deployments"].rows()
    behind = int((rows.count() - PAGE - 1) * share)
    if not behind:
        return ""
    at, pk = DATASETS["deployments"].ordered(rows).values_list("updated_at", "pk")[behind]
    return paging.Place(at, paging.ROW, pk, now).text()


def _least(ask: Callable[[], Any]) -> dict[str, float]:
    walls, cpus, size = [], [], 0
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = ask()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        if answer.status_code != 200 or len(answer.json()["results"]) != PAGE:
            raise RuntimeError(f"no page: {answer.status_code} {answer.content[:200]!r}")
        size = len(answer.content)
    return {"wall": min(walls) * 1_000, "cpu": min(cpus) * 1_000, "kb": size / 1_000}


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(json.dumps(_pages()))
