"""A real Prometheus scrapes /metrics through a week, and is asked the four queries of the standard's dashboard.

The week is a simulated one. Each scrape moves the clock on by a quarter of an hour: what was deployed in it comes in,
the page is made at that time for the request that Prometheus sent, and each sample bears that time. What the queries
must answer is computed here from the samples that were scraped, by the rules that Prometheus documents for ``rate``.
"""

import json
import math
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from queue import Empty, Full, Queue
from random import Random
from threading import Thread
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from scorecards.reliability.readings import FAILURE_RATE, FREQUENCY, RECOVERY, SUCCESS_RATE
from tests.factories import make_token
from tests.native_events import event, ingest
from tests.prometheus import Server, prometheus
from tests.shared import SHARED

# One worker scrapes the week for all of these tests.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.xdist_group("scraped week")]

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
SCRAPES = 672
LOOKBACK = 300.0  # seconds: an instant query takes the newest sample of the last five minutes
CONFIG = """
global: {{scrape_interval: 40ms, scrape_timeout: 40ms}}
storage: {{tsdb: {{out_of_order_time_window: 30d}}}}
scrape_configs:
  - job_name: plumbline
    honor_timestamps: true
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""

Labels = tuple[tuple[str, str], ...]
Samples = dict[Labels, dict[float, float]]  # of one metric: by labels, value by seconds since 1970


# ---------------------------------------------------------------- what is deployed


class Deployed(NamedTuple):
    """Finished at ``at`` and told at ``told_at``, by these lines; ``counts``: unless it is told of a second time."""

    told_at: datetime
    service: str
    status: str
    at: datetime
    lines: Sequence[bytes]
    counts: bool = True


def deployment(
    name: str, service: str, at: datetime, status: str, told_at: datetime | None = None, **said: Any
) -> Deployed:
    text = at.isoformat().replace("+00:00", "Z")
    told = {"deployment": name, "service": service, "environment": "production", "status": status, "version": name}
    line = event(f"{name} {status}", "deployment.finished", text, **told | said)
    return Deployed(told_at or at, service, status, at, [line])


def week_of(start: datetime) -> list[Deployed]:
    """Deployments of a month before ``start`` and of the week after it: some fail, some are rolled back, some become
    known late, one is taken back, one is told of twice; a service comes on the fourth day."""
    random, found = Random(8_3), []
    for service, a_day in (("pay", 9), ("search", 3), ("billing", 1), ("late", 6)):
        at = start + 3 * DAY if service == "late" else start - 30 * DAY
        while (at := at + timedelta(seconds=round(random.expovariate(a_day / 86_400)) + 60)) < start + 7 * DAY:
            name = f"{service} {len(found)}"
            status = "failure" if random.random() < 0.2 else "success"
            late = random.choice([3, 40, 90]) * QUARTER if random.random() < 0.1 and at > start else None
            found.append(deployment(name, service, at, status, at + late if late else None))
            if status == "success" and random.random() < 0.15:
                back = at + timedelta(minutes=random.randint(4, 90), seconds=random.randint(0, 59))
                found.append(deployment(f"{name} back", service, back, "success", kind="rollback", rollback_of=name))
    taken_back = deployment("never", "pay", start + DAY, "success")
    found += [taken_back, deployment("never", "pay", start + DAY + HOUR, "cancelled")._replace(counts=False)]
    twice = {"same_as": ["run/1"], "sha": "a" * 40}
    found.append(deployment("once", "search", start + 2 * DAY, "success", **twice))
    found.append(deployment("once more", "search", start + 2 * DAY, "success", **twice)._replace(counts=False))
    return sorted(found)


# ---------------------------------------------------------------- the relay between the two


class Page(NamedTuple):
    at: datetime
    body: bytes
    content_type: str


@dataclass
class Relay:
    """Answers scrapes by pages that are made beside it, each to one scrape; 503 while none is ready. The requests'
    headers are kept, so that a page is made for the request that Prometheus sends."""

    pages: "Queue[Page]" = field(default_factory=lambda: Queue(1))
    asked: "Queue[Mapping[str, str]]" = field(default_factory=lambda: Queue(1))
    port: int = 0

    @contextmanager
    def running(self) -> Iterator["Relay"]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                relay.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        class Silent(ThreadingHTTPServer):
            def handle_error(self, *args: object) -> None:
                """A scrape that did not wait any longer."""

        with Silent(("127.0.0.1", 0), Handler) as http:
            self.port = http.server_address[1]
            thread = Thread(target=http.serve_forever, daemon=True)
            thread.start()
            yield self
            http.shutdown()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        with suppress(Full):
            self.asked.put_nowait({name: request.headers[name] for name in ("Accept", "Authorization")})
        try:
            page = self.pages.get_nowait()
        except Empty:
            request.send_error(503)
            return
        request.send_response(200)
        request.send_header("Content-Type", page.content_type)
        request.send_header("Content-Length", str(len(page.body)))
        request.end_headers()
        request.wfile.write(page.body)


def stamped(text: str, at: datetime) -> str:
    """The page in OpenMetrics with a time behind each sample."""
    lines = (line if line.startswith("#") else f"{line} {at.timestamp():.3f}" for line in text.splitlines())
    return "\n".join([*lines, ""])


# ---------------------------------------------------------------- what Prometheus documents


def increase_per_second(samples: Mapping[float, float], at: float, window: float) -> float | None:
    """``rate(x[window])`` at a time, of one series.

    The increase over the samples in the window (after a reset the whole value counts), extrapolated to the window's
    ends where those are no further off than 1.1 mean distances of samples, else by half a distance, and never back
    beyond where the counter was zero.
    """
    taken = sorted((when, value) for when, value in samples.items() if at - window <= when <= at)
    if len(taken) < 2:
        return None
    (first_at, first), (last_at, last) = taken[0], taken[-1]
    increase = last - first + sum(before for (_, before), (_, after) in pairwise(taken) if after < before)
    sampled = last_at - first_at
    mean = sampled / (len(taken) - 1)
    to_start, to_end = first_at - (at - window), at - last_at
    if increase > 0 and first >= 0:
        to_start = min(to_start, sampled * first / increase)
    extended = sampled + sum(edge if edge < mean * 1.1 else mean / 2 for edge in (to_start, to_end))
    return increase * (extended / sampled) / window


def rates(samples: Samples, at: float, window: float, **labels: str) -> dict[str, list[float]]:
    """``rate`` of the series that bear these labels, by service."""
    found = defaultdict(list)
    for own, values in samples.items():
        per_second = increase_per_second(values, at, window)
        if labels.items() <= dict(own).items() and per_second is not None:
            found[dict(own)["service"]].append(per_second)
    return found


def share(samples: Samples, at: float, window: float, status: str) -> dict[str, float]:
    """``sum(rate(x{status}[window])) / sum(rate(x[window])) * 100``: nothing without samples, NaN without increase."""
    part = [value for values in rates(samples, at, window, status=status).values() for value in values]
    whole = [value for values in rates(samples, at, window).values() for value in values]
    if not part:
        return {}
    return {"": sum(part) / sum(whole) * 100 if sum(whole) else math.nan}


def newest(samples: Samples, at: float) -> dict[str, float]:
    """The value of each service's series at a time, where it had one lately."""
    found = {}
    for own, values in samples.items():
        lately = [when for when in values if at - LOOKBACK < when <= at]
        if lately:
            found[dict(own)["service"]] = values[max(lately)]
    return found


def ask(server: Server, query: str, at: float) -> list[dict[str, Any]]:
    asked = urllib.parse.urlencode({"query": query, "time": f"{at:.3f}"})
    with urllib.request.urlopen(f"{server.url}/api/v1/query?{asked}", timeout=20) as answer:
        return json.load(answer)["data"]["result"]


def read(server: Server, query: str, at: float) -> dict[str, float]:
    """An instant query's values by service, empty for all together."""
    return {one["metric"].get("service", ""): float(one["value"][1]) for one in ask(server, query, at)}


def held(server: Server, metric: str, at: float) -> Samples:
    """Every sample of a metric that Prometheus holds."""
    return {
        labels_of(one["metric"]): {float(when): float(value) for when, value in one["values"]}
        for one in ask(server, f"{metric}[8d]", at)
    }


def labels_of(metric: Mapping[str, str]) -> Labels:
    return tuple(sorted((name, metric[name]) for name in ("service", "status") if name in metric))


# ---------------------------------------------------------------- the week


@dataclass
class Week:
    start: datetime
    deployed: list[Deployed]
    server: Server
    served: dict[str, Samples]

    def seconds(self, scrape: int, after: float = 0.0) -> float:
        """A time: so many seconds after a scrape."""
        return (self.start + scrape * QUARTER).timestamp() + after


@pytest.fixture(scope="module")
def week(django_db_setup, django_db_blocker) -> Iterator[Week]:
    """Prometheus after 672 scrapes, with all samples that it was served."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - SCRAPES * QUARTER
    deployed = week_of(start)
    with Relay().running() as relay, django_db_blocker.unblock(), ExitStack() as while_scraped:
        while_scraped.enter_context(transaction.atomic())
        patch = while_scraped.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(settings, "STATIC_ROOT", None)
        patch.setattr(settings, "API_RATE", 0)  # a week of scrapes goes by within a minute
        _, token = make_token()
        with prometheus(config=CONFIG.format(token=token, port=relay.port)) as server:
            pages = []
            for page in scraped(relay, start, deployed, patch):
                relay.pages.put(page, timeout=20)
                pages.append(page)
            transaction.set_rollback(True)
            while_scraped.close()
            found = Week(start, deployed, server, told_by(pages))
            settle(relay, found, pages)
            yield found


def scraped(relay: Relay, start: datetime, deployed: Sequence[Deployed], patch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The pages of the week, each made when its time has come."""
    client, known = Client(), 0
    for scrape in range(SCRAPES):
        now = start + scrape * QUARTER
        patch.setattr(timezone, "now", lambda: now)  # noqa: B023 - of this scrape
        lines = []
        while known < len(deployed) and deployed[known].told_at <= now:
            lines += deployed[known].lines
            known += 1
        if lines:
            totals = ingest(lines, now)
            assert totals.quarantined == 0
        answer = client.get("/metrics", headers=relay.asked.get(timeout=20))
        assert answer.status_code == 200
        yield Page(now, stamped(answer.content.decode(), now).encode(), answer["Content-Type"])


def told_by(pages: Sequence[Page]) -> dict[str, Samples]:
    """Every sample of the pages by metric, as the library reads them."""
    found: dict[str, Samples] = defaultdict(lambda: defaultdict(dict))
    for page in pages:
        for family in text_string_to_metric_families(page.body.decode()):
            for sample in family.samples:
                found[sample.name][labels_of(sample.labels)][page.at.timestamp()] = sample.value
    return found


def settle(relay: Relay, week: Week, pages: Sequence[Page]) -> None:
    """Until Prometheus holds every page; one that was lost on a busy machine is served once more."""
    for _ in range(20):
        times = {
            when for values in held(week.server, "deployments_total", week.seconds(SCRAPES)).values() for when in values
        }
        lost = [page for page in pages if page.at.timestamp() not in times]
        if not lost:
            return
        for page in lost:
            relay.pages.put(page, timeout=20)
        time.sleep(0.2)
    raise AssertionError(f"Prometheus lost {len(lost)} pages")


# After which scrapes, and how many seconds after: at first, at the edges of an hour, between, at the end. None meets a
# sample at a window's edge, where versions of Prometheus differ.
MOMENTS = [
    *((scrape, after) for scrape in (0, 1, 2, 3, 4, 5, 40, 96, 97, 150, 289, 290, 333, 400) for after in (1.5, 137.0)),
    *((scrape, after) for scrape in range(410, SCRAPES, 29) for after in (299.0, 301.0, 700.25)),
    (SCRAPES - 1, 1.0), (SCRAPES - 1, 1_000.0), (SCRAPES - 1, 2_500.0),
]  # fmt: skip


def test_it_counted_each_deployment_once_from_the_first_scrape_on(week):
    put_in: dict[Labels, dict[float, float]] = {}
    for service in {one.service for one in week.deployed}:
        for status, word in (("success", "success"), ("failed", "failure")):
            own = [one for one in week.deployed if (one.service, one.status) == (service, word)]
            counted = [one for one in own if one.at > week.start and one.counts]
            labels = labels_of({"service": service, "status": status})
            put_in[labels] = {
                at.timestamp(): float(sum(one.told_at <= at for one in counted))
                for at in (week.start + scrape * QUARTER for scrape in range(SCRAPES))
            }
    begins = min(one.told_at for one in week.deployed if one.service == "late")
    first = min(week.seconds(scrape) for scrape in range(SCRAPES) if week.seconds(scrape) >= begins.timestamp())
    for labels, values in put_in.items():
        if ("service", "late") in labels:
            put_in[labels] = {at: 0.0 if at == first else value for at, value in values.items() if at >= first}
    scraped = week.served["deployments_total"]
    assert scraped.keys() == put_in.keys()
    for labels, values in put_in.items():
        differing = [(at, value, values.get(at)) for at, value in scraped[labels].items() if value != values.get(at)]
        assert (labels, differing, len(scraped[labels])) == (labels, [], len(values))
    assert sum(values[week.seconds(SCRAPES - 1)] for values in put_in.values()) > 120


def test_prometheus_holds_what_it_scraped(week):
    for metric in ("deployments_total", "deployment_rollback_duration_seconds"):
        assert held(week.server, metric, week.seconds(SCRAPES)) == week.served[metric]
    assert len(week.served["deployment_rollback_duration_seconds"]) == 4
    assert read(week.server, 'up{job="plumbline"}', datetime.now(UTC).timestamp())


def agrees(found: Mapping[str, float], expected: Mapping[str, float]) -> bool:
    return found.keys() == expected.keys() and all(
        math.isclose(found[key], expected[key], rel_tol=1e-9, abs_tol=0.0)
        or (math.isnan(found[key]) and math.isnan(expected[key]))
        for key in found
    )


def disagreeing(week: Week, query: str, expect: Any) -> list[Any]:
    asked = [week.seconds(scrape, after) for scrape, after in MOMENTS]
    answers = [(at, read(week.server, query, at), expect(at)) for at in asked]
    assert any(expected for _, _, expected in answers)
    return [answer for answer in answers if not agrees(*answer[1:])]


def test_deployment_frequency_reads_what_the_samples_imply(week):
    counters = week.served["deployments_total"]

    def expected(at: float) -> dict[str, float]:
        return {service: sum(found) for service, found in rates(counters, at, 3_600).items()}

    assert disagreeing(week, FREQUENCY, expected) == []


def test_the_success_rate_reads_what_the_samples_imply(week):
    counters = week.served["deployments_total"]
    assert disagreeing(week, SUCCESS_RATE, lambda at: share(counters, at, 3_600, "success")) == []


def test_mean_time_to_recovery_reads_what_the_samples_imply(week):
    gauges = week.served["deployment_rollback_duration_seconds"]
    assert disagreeing(week, RECOVERY, lambda at: newest(gauges, at)) == []


def test_the_failure_rate_reads_what_the_samples_imply(week):
    counters = week.served["deployments_total"]
    assert disagreeing(week, FAILURE_RATE, lambda at: share(counters, at, 7 * 86_400, "failed")) == []


@pytest.mark.shared
def test_the_queries_are_those_of_the_standard():
    text = (SHARED / "standards" / "dop-1.0.0.md").read_text(encoding="utf-8")
    dashboard = json.loads(text.split("# monitoring/deployment-dashboard.json\n")[1].split("```")[0])["dashboard"]
    queries = [panel["targets"][0]["expr"] for panel in dashboard["panels"]]
    assert queries == [FREQUENCY, SUCCESS_RATE, RECOVERY, FAILURE_RATE]
