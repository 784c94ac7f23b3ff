"""One truth: of the demo organisation, every way of reading tells the same rows, and the API the figures of the pages.

A part of it that holds every kind of thing: a service that moved to another team, one that nobody owns, a retired one.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from dashboard import formats
from dashboard.datasets.every import DATASETS
from dashboard.demo import load as demo
from dashboard.demo.organisation import events
from dashboard.pages.figures import HEADLINES
from ingest.models import Service, Team
from tests.dashboard.demo.conftest import NOW
from tests.dashboard.exports import told
from tests.dashboard.sql.plain import Plain
from tests.factories import bearer, make_token, make_user

SERVICES = (
    "gift-cards", "image-resizer", "ledger", "loyalty-points", "mobile-gateway", "notifications", "returns", "sitemap",
    "sms-gateway",
)  # fmt: skip
FIRST, END = "2026-03-01", "2026-05-30"
WINDOW = f"from={FIRST}&to={END}"
QUERIES = re.findall(r"```sql\n(.+?)```", (Path(__file__).parents[2] / "docs" / "sql.md").read_text(), re.DOTALL)
FIGURE = re.compile(r'<a class="figure" href="([^"]+)"[^>]*>([^<]*)<span class="unit">([^<]*)</span>')
WITHOUT = re.compile(r'<a class="figure without" href="([^"]+)"[^>]*>([^<]*)</a>')

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.xdist_group("agreement")]


@pytest.fixture(scope="module")
def organisation(django_db_setup: None, django_db_blocker: Any) -> Iterator[Client]:
    """The site with the demo organisation in it, for all tests here; a client that carries a token that reads."""
    kept = [event for event in events(1, NOW) if event.get("service") in (None, *SERVICES)]
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(demo, "events", lambda seed, now: kept)
        patch.setattr(timezone, "now", lambda: NOW)
        demo.load_demo(1, NOW, lambda text: None)
        yield Client(headers=bearer(make_token()[1]))
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def plain(organisation: Client) -> Plain:
    return Plain()


def asked(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.content)
    return answer


# ---------------------------------------------------------------- rows


@pytest.mark.parametrize("name", DATASETS)
def test_every_way_of_reading_tells_the_same_rows(organisation: Client, name: str) -> None:
    dataset = DATASETS[name]

    def get(path: str) -> Any:
        return asked(organisation, path)

    listed = told.by_list(get, dataset, page_size=500)
    assert listed, "nothing to compare"
    for read in (told.by_odata, told.by_ndjson, told.by_parquet, told.by_view):
        found = read(get, dataset)
        assert told.differences(dataset, listed, found) == [], read.__name__
    assert told.differences(dataset, listed, told.by_csv(get, dataset), empty=None) == []


# ---------------------------------------------------------------- figures


def metrics(client: Client, scope: str) -> dict[str, Any]:
    return dict(asked(client, f"/api/v1/metrics/?scope={scope}&{WINDOW}").json()["results"][0])


def figure(found: dict[str, Any], metric: str) -> float | None:
    value = found[metric]
    if metric == "lead_time":
        return value and value["median"]
    return value["mean_time_to_acknowledge"] if metric == "response" else value


def shown(page: str) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """The figures of a page, by scope and metric: number and unit, or the reason why there is none."""
    found: dict[tuple[str, str], set[tuple[str, str]]] = {}
    without = [(href, text, None) for href, text in WITHOUT.findall(page)]
    for href, number, unit in (*FIGURE.findall(page), *without):
        parts = urlsplit(unescape(href))
        metric, scope = parts.path.strip("/").split("/")[-1], parse_qs(parts.query).get("scope", [""])[0]
        found.setdefault((scope, metric), set()).add((unescape(number), unescape(unit) if unit is not None else "-"))
    return found


def expected(found: dict[str, Any], metric: str) -> set[tuple[str, str]]:
    value = figure(found, metric)
    if value is None:
        return {(formats.reason_text(found["reasons"][metric]), "-")}
    number, unit = formats.amount(metric, value)
    return {(number, unit), (number, "")} if metric == "deployment_frequency" else {(number, unit)}


def test_the_api_tells_the_figures_of_the_pages(organisation: Client) -> None:
    reader = Client()
    reader.force_login(make_user("reader"))
    teams = Team.objects.filter(retired_on=None).values_list("slug", flat=True)
    services = Service.objects.filter(retired_on=None).values_list("slug", flat=True)
    scopes = {"org": "/", **{f"team:{slug}": f"/teams/{slug}/" for slug in teams}}
    scopes |= {f"service:{slug}": f"/services/{slug}/" for slug in services}
    compared = 0
    for scope, path in scopes.items():
        page = shown(asked(reader, f"{path}?{WINDOW}").content.decode())
        assert {metric for one, metric in page if one == scope} >= set(HEADLINES)
        for (one, metric), figures in page.items():
            if metric in (*HEADLINES, "failed_deployment_recovery_time", "rework_rate", "response"):
                assert figures <= expected(metrics(organisation, one), metric), (path, one, metric)
                compared += 1
    assert compared > 150


@pytest.mark.parametrize("scope", ["org", "team:mobile", "team:payments", "service:ledger", "service:notifications"])
def test_the_days_add_up_to_the_figures(organisation: Client, scope: str) -> None:
    rows: list[dict[str, Any]] = []
    path = f"/api/v1/metrics-daily/?scope={scope}&environment_class=production&day_after={FIRST}&day_before={END}"
    while path:
        answer = asked(organisation, f"{path}").json()
        rows += answer["results"]
        path = answer["next"]
    found = metrics(organisation, scope)

    def total(name: str) -> float:
        return sum(row[name] for row in rows)

    for name in ("deployments", "finished_deployments", "failed_deployments"):
        assert total(name) == found[name]
    assert total("failed_deployments") / total("finished_deployments") == found["change_failure_rate"]
    assert total("rework_deployments") / total("deployments") == found["rework_rate"]
    assert total("lead_time_count") == found["lead_time"]["count"]
    if found["mttr"] is not None:
        assert total("restoration_seconds") / total("restored_count") == pytest.approx(found["mttr"])
    sums = sum(row["lead_time_mean_seconds"] * row["lead_time_count"] for row in rows if row["lead_time_count"])
    assert sums / total("lead_time_count") == pytest.approx(found["lead_time"]["mean"])


# ---------------------------------------------------------------- the queries of docs/sql.md


def answered(plain: Plain, *words: str) -> list[dict[str, Any]]:
    [query] = [one for one in QUERIES if all(word in one for word in words)]
    return plain.rows(query)


def close(value: Any, expected: float | None) -> bool:
    """Equal but for how a database adds up; none is equal to none alone."""
    if value is None or expected is None:
        return value is expected
    return bool(float(value) == pytest.approx(expected))


def test_deployments_failures_and_recovery_by_team(organisation: Client, plain: Plain) -> None:
    rows = answered(plain, "SUM(restoration_seconds)")
    assert len(rows) > 3
    for row in rows:
        found = metrics(organisation, f"team:{row['team']}")
        assert row["deployments"] == found["deployments"]
        assert close(row["change_failure_rate"], found["change_failure_rate"])
        assert close(row["mttr"], found["mttr"])


def test_deployment_frequency(organisation: Client, plain: Plain) -> None:
    [row] = answered(plain, "AS deployment_frequency")
    assert close(row["deployment_frequency"], metrics(organisation, "org")["deployment_frequency"])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no percentile_cont")
@pytest.mark.parametrize("of", ["service", "team"])
def test_lead_time(organisation: Client, plain: Plain, of: str) -> None:
    rows = answered(plain, "percentile_cont", "GROUP BY service" if of == "service" else "GROUP BY o.team")
    assert len(rows) > 3
    for row in rows:
        found = metrics(organisation, f"{of}:{row[of]}")["lead_time"]
        assert close(row["lead_time"], found["median"])


def test_adoption(organisation: Client, plain: Plain) -> None:
    [row] = answered(plain, "FROM bi_v1_adoption")
    days = asked(organisation, "/api/v1/adoption/?scope=org").json()["results"]
    [found] = [one for one in days if one["day"] == str(row["day"])]
    for name in ("teams_using", "teams_active", "share", "possible_share"):
        assert row[name] == found[name]


def test_standards(organisation: Client, plain: Plain) -> None:
    rows = answered(plain, "FROM bi_v1_scorecards")
    assert len(rows) > 3
    for row in rows:
        [found] = asked(organisation, f"/api/v1/scorecards/?scope=team:{row['team']}").json()["results"]
        assert close(row["proven"], found["proven"]) and close(row["possible"], found["possible"])
        assert (row["required_met"], row["required_services"]) == (
            found["required"]["met"],
            found["required"]["services"],
        )


def test_every_query_of_the_document_is_held_against_the_api() -> None:
    assert len(QUERIES) == 6
