"""``/explain/<metric>/``: the same for every figure."""

import re

import pytest

from ingest.models import ChangedService, Signal, SignalSample
from scorecards.rollups.build import build_rollups
from scorecards.rollups.summary import METRICS
from tests.dashboard.pages.conftest import WEEK, march
from tests.factories import make_deployment, make_incident, make_service, make_team, own
from tests.ingest.prometheus.world import server_at

pytestmark = pytest.mark.django_db


def formula(page: str) -> str:
    return re.search(r'class="formula">(.*?)<', page)[1].replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        ("deployment_frequency", "4 deployments / 7 days / 1 active service = 0.57 / day / service"),
        ("lead_time", "median of 4 delivered changes = 1.2 h"),
        ("change_failure_rate", "2 failed / 5 finished = 40.0 %"),
        ("mttr", "mean of 2 restorations = 25 min"),
        ("failed_deployment_recovery_time", "median of 2 restored failed deployments = 29 min"),
        ("rework_rate", "1 rollbacks and hotfixes / 4 succeeded = 25.0 %"),
    ],
)
@pytest.mark.parametrize("scope", ["org", "team:payments", "service:pay"])
def test_it_writes_the_formula_with_the_numbers_of_the_scope(see, example, metric, text, scope):
    assert formula(see(f"/explain/{metric}/?scope={scope}&{WEEK}")) == text


@pytest.mark.parametrize(
    ("metric", "facts"),
    [
        ("deployment_frequency", 4),
        ("lead_time", 4),
        ("change_failure_rate", 5),
        ("mttr", 2),
        ("failed_deployment_recovery_time", 2),
        ("rework_rate", 1),
        ("response", 1),
    ],
)
def test_it_lists_as_many_facts_as_the_figure_counts(see, example, metric, facts):
    page = see(f"/explain/{metric}/?scope=service:pay&{WEEK}")
    assert page.count("<tr><td><time") == facts


def test_it_lists_restorations_of_both_kinds_in_order(see, example):
    page = see(f"/explain/mttr/?scope=service:pay&{WEEK}")
    assert page.index("restored after 20\u00a0min") < page.index("resolved after 30\u00a0min")


@pytest.mark.parametrize("metric", METRICS)
def test_it_says_why_there_is_no_figure_and_shows_no_formula(see, example, metric):
    page = see(f"/explain/{metric}/?scope=service:pay&from=2026-09-07&to=2026-09-14")
    assert "value-none" in page
    assert "formula" not in page
    assert "None in this period." in page


def test_it_answers_not_found_for_what_it_does_not_know(see, example):
    see("/explain/velocity/", 404)
    see("/explain/mttr/?scope=team:nope", 404)
    see("/explain/mttr/?scope=moon", 404)


def test_it_offers_the_part_that_the_panel_shows(see, example):
    assert '<div id="explanation">' in see(f"/explain/mttr/?{WEEK}")


def test_it_counts_a_fact_for_the_team_that_owned_the_service_on_its_day(see, example):
    own(make_team("search"), example["service"], at=march(4, 9), key="moved")
    ChangedService.objects.create(service=example["service"], regroup=True)
    build_rollups()
    for team, count in {"payments": 3, "search": 1}.items():
        page = see(f"/explain/deployment_frequency/?scope=team:{team}&{WEEK}")
        assert page.count("<tr><td><time") == count
        assert formula(page).startswith(f"{count} deployment")
    assert "d4" not in see(f"/deployments/?scope=team:payments&{WEEK}")


def test_it_lists_what_nobody_owns_under_the_unassigned_team(see, example):
    service = make_service("nobodys", tier="low")
    make_deployment(service, march(4, 9))
    make_team("unassigned")
    ChangedService.objects.create(service=service, regroup=True)
    build_rollups()
    page = see(f"/explain/deployment_frequency/?scope=team:unassigned&{WEEK}")
    assert page.count("<tr><td><time") == 1


def test_it_leaves_out_what_is_not_of_the_tier(see, example):
    page = see(f"/explain/deployment_frequency/?scope=org&tier=low&{WEEK}")
    assert page.count("<tr><td><time") == 0


def test_it_lists_no_restoration_that_the_figure_leaves_out(see, example):
    service = example["service"]
    make_deployment(service, march(5, 10), external_id="d6", version="3")
    named = {"names_cause": True, "caused_by": "d6", "resolved_at": march(5, 11)}
    make_incident(service, march(5, 10, 30), **named)
    make_incident(service, march(5, 11, 30), title="Ends before it starts", **named)
    ChangedService.objects.create(service=service)
    build_rollups()
    page = see(f"/explain/failed_deployment_recovery_time/?scope=service:pay&{WEEK}")
    assert "median of 2 restored" in formula(page)
    assert page.count("<tr><td><time") == 2
    page = see(f"/explain/mttr/?scope=service:pay&{WEEK}")
    assert formula(page).startswith("mean of 3 restorations")
    assert page.count("<tr><td><time") == 3
    assert "Ends before it starts" not in page


def test_it_says_which_severity_stands_in_where_none_was_told(see, example):
    make_incident(example["service"], march(6, 10), title="Slow")
    ChangedService.objects.create(service=example["service"])
    build_rollups()
    assert "sev3 (not told) Slow" in see(f"/explain/response/?scope=service:pay&{WEEK}")


def test_it_tells_how_incidents_were_linked(see, example):
    service = example["service"]
    make_incident(service, march(5, 9, 30))
    make_incident(service, march(6, 9, 30), names_cause=True)
    make_incident(service, march(6, 9, 30), names_cause=True, caused_by="unknown")
    ChangedService.objects.create(service=service)
    build_rollups()
    page = " ".join(re.sub(r"<[^>]+>", " ", see(f"/explain/change_failure_rate/?scope=service:pay&{WEEK}")).split())
    for told in (
        "incidents linked by name 1",
        "incidents linked by rule 1",
        "incidents linked by hand 0",
        "incidents not linked at all 1",
        "incidents that no deployment caused 1",
    ):
        assert told in page


@pytest.fixture
def counted(example):
    """Of `cart` counters alone tell: one failed, the next succeeded after an hour; a rollback took 12 minutes."""
    service, server = make_service("cart"), server_at("http://127.0.0.1:9", "Main cluster")
    signal = Signal.objects.create(server=server, kind="rollback_duration", name="<rollbacks>", query="x")
    told = {"service": service, "signal": signal, "environment": "production", "value": 720.0}
    SignalSample.objects.create(series="x", at=march(3, 12, 12), **told)
    make_deployment(service, march(3, 12), source=server.source, version="", status="failed")
    make_deployment(service, march(3, 13), source=server.source, version="")
    ChangedService.objects.create(service=service)
    build_rollups()
    return service


def test_it_lists_rollbacks_that_stand_for_what_counters_told_had_failed(see, counted):
    page = see(f"/explain/mttr/?scope=service:cart&{WEEK}")
    assert formula(page) == "mean of 1 restoration = 12 min"
    assert page.count("<tr><td><time") == 1
    assert "rollback, told by &lt;rollbacks&gt;" in page
    assert "took 12\u00a0min" in page
    assert "restored after" not in page
    assert "restored after 1.0\u00a0h" in see(f"/explain/failed_deployment_recovery_time/?scope=service:cart&{WEEK}")


def test_it_tells_what_counters_can_not_know_and_what_events_replaced(see, counted):
    page = see(f"/explain/lead_time/?scope=service:cart&{WEEK}")
    assert "1 deployment that only a counter tells of, which names no change" in page
    make_deployment(counted, march(3, 12, 30))
    ChangedService.objects.create(service=counted)
    build_rollups()
    page = see(f"/explain/change_failure_rate/?scope=service:cart&{WEEK}")
    assert "1 deployment of a counter, as events tell of deployments by then" in page
    assert formula(page) == "1 failed / 2 finished = 50.0 %"
