"""Requests that are known, and the counters that a Prometheus would hold of them."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.models import Slo
from ingest.prometheus.series import Series
from tests.prometheus import series

NOW = datetime(2026, 3, 31, 12, 4, 30, tzinfo=UTC)
UNTIL = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)  # the last border two minutes before now
DAYS = 30
SINCE = UNTIL - timedelta(days=DAYS)
STEP = 60
PHASE = 17  # samples come this long after each minute, so that borders of slots lie between them


@dataclass
class Truth:
    """``seen``: by instant of the sample that showed them, requests and failed ones."""

    series: list[Series] = field(default_factory=list)
    seen: list[tuple[float, int, int]] = field(default_factory=list)

    def over(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Failed requests and all, seen after ``start`` up to ``end``."""
        within = [one for one in self.seen if start.timestamp() < one[0] <= end.timestamp()]
        return sum(bad for _, _, bad in within), sum(total for _, total, _ in within)


def instants(days: float = DAYS + 1) -> range:
    start = int((UNTIL - timedelta(days=days)).timestamp()) + PHASE
    return range(start, int(NOW.timestamp()) + 1, STEP)


def eventful(service: str, failing: float, *, seed: int = 1, metric: str = "http_requests_total") -> Truth:
    """A service whose counters begin anew about daily, which isn't seen for hours now and then, and which has bursts
    of failures that lie across the borders of slots."""
    chance, truth = random.Random(seed), Truth()
    values = {"200": 0, "404": 0, "500": 0}
    points: dict[str, list[tuple[float, float]]] = {status: [] for status in values}
    owed_total = owed_bad = gap = 0
    for number, at in enumerate(instants()):
        burst = 400 if number % 1_500 in (4, 5) else 0
        new = {"200": chance.randint(80, 300), "404": chance.randint(0, 9), "500": burst}
        new["500"] += sum(chance.random() < failing for _ in range(250))
        if number and chance.random() < 1 / 1_400 and not gap:
            values = dict.fromkeys(values, 0)
        values = {status: value + new[status] for status, value in values.items()}
        if number:  # the first sample is where counting begins
            owed_total, owed_bad = owed_total + sum(new.values()), owed_bad + new["500"]
        gap = max(0, gap - 1)
        if not gap and chance.random() < 1 / 5_000:
            gap = chance.randint(2, 200)
        if gap and number:
            continue
        truth.seen.append((float(at), owed_total, owed_bad))
        owed_total = owed_bad = 0
        for status, value in values.items():
            points[status].append((float(at), float(value)))
    truth.series = [series(metric, points[status], service=service, status=status) for status in values]
    return truth


def steady(service: str, total: int, bad: int, *, metric: str = "http_requests_total") -> Truth:
    """A service with the same requests each minute."""
    good = [(float(at), float((total - bad) * number)) for number, at in enumerate(instants())]
    failed = [(float(at), float(bad * number)) for number, at in enumerate(instants())]
    return Truth(
        [series(metric, good, service=service, status="200"), series(metric, failed, service=service, status="500")],
        [(float(at), total, bad) for at in instants()],
    )


def availability(service: str, server: Any = None, /, **values: Any) -> Slo:
    """An objective over requests whose status is no 5xx; its counters told, as they are found when it is declared."""
    total = f'http_requests_total{{service="{service}"}}'
    bad = f'http_requests_total{{service="{service}",status=~"5.."}}'
    told = {
        "key": f"test/{service}/{values.get('name', 'availability')}",
        "name": "availability",
        "service_name": service,
        "server": server,
        "objective": 0.999,
        "indicator": "events",
        "origin": "site",
        "bad_query": f"sum(rate({bad}[{{{{.window}}}}]))",
        "total_query": f"sum(rate({total}[{{{{.window}}}}]))",
        "bad_selector": bad,
        "total_selector": total,
    }
    slo = Slo.objects.create(**told | values)
    Slo.objects.filter(pk=slo.pk).update(updated_at=SINCE)
    slo.refresh_from_db()
    return slo
