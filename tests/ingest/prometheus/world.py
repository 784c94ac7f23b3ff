"""Deployments that are known, and the counters and gauges that a Prometheus would hold of them."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ingest.models import PrometheusServer, Signal, Source
from ingest.prometheus.series import Series
from tests.prometheus import series

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 35
NOW = START + timedelta(days=DAYS)


class Truth(NamedTuple):
    """``counts``: by service, status and day, how many; by the sample that showed them first."""

    series: list[Series]
    counts: Counter[tuple[str, str, str]]


def counters(step: int = 300, *, seed: int = 1, services: tuple[str, ...] = ("pay", "search")) -> Truth:
    """Two services that deploy some times a day, whose counters begin anew now and then and have gaps."""
    chance, found, counts = random.Random(seed), [], Counter()
    for service in services:
        for status, often in (("success", 6.0), ("failed", 1.0)):
            points, value, gap = [(START.timestamp(), 0.0)], 0, 0
            for at in range(int(START.timestamp()) + step, int(NOW.timestamp()), step):
                if value and chance.random() < 1 / 2_000 and not gap:
                    value = 0
                gap = max(0, gap - 1)
                if not gap and chance.random() < 1 / 3_000:
                    gap = chance.randint(2, 20 * 3_600 // step)
                if gap:
                    continue
                new = sum(chance.random() < often * step / 86_400 for _ in range(2))
                if new:
                    value += new
                    counts[service, status, f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"] += new
                points.append((float(at), float(value)))
            found.append(series("deployments_total", points, service=service, status=status))
    return Truth(found, counts)


def gauge(name: str, values: list[tuple[timedelta, float]], step: int = 300, **labels: str) -> Series:
    """A gauge that takes each value at a time after ``START`` and keeps it."""
    changes = sorted(((START + after).timestamp(), value) for after, value in values)
    points = []
    for at in range(int(START.timestamp()), int(NOW.timestamp()), step):
        held = [value for since, value in changes if since <= at]
        if held:
            points.append((float(at), held[-1]))
    return series(name, points, **labels)


def server_at(url: str, name: str = "main", **values: object) -> PrometheusServer:
    source = Source.objects.create(kind="prometheus", name=name, public_id=f"prometheus-{name}")
    return PrometheusServer.objects.create(source=source, url=url, **values)


def deployments_signal(server: PrometheusServer, **values: object) -> Signal:
    told = {"name": "deployments", "kind": "deployments", "query": "deployments_total", "since": START.date()}
    return Signal.objects.create(server=server, **told | values)
