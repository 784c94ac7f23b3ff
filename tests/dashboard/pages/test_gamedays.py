"""``/gamedays/``: runs by scenario, critical services that were never tried, how long rollbacks took."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import PrometheusServer, Signal, SignalSample
from tests.factories import bearer, make_service, make_source, make_team, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(db):
    """``told(kind, value, days_ago, ...)``: a value that a gauge took."""
    server = PrometheusServer.objects.create(source=make_source("prometheus"), url="https://prometheus.example")
    signals = {}

    def tell(kind, value, days_ago, service=None, label=""):
        if kind not in signals:
            signals[kind] = Signal.objects.create(server=server, name=kind, kind=kind, query=kind)
        at = timezone.now() - timedelta(days=days_ago)
        series = f"{label}-{service and service.pk}"
        return SignalSample.objects.create(
            signal=signals[kind], value=value, at=at, service=service, label=label, series=series
        )

    return tell


@pytest.fixture
def page_words(words):
    return lambda path="/gamedays/": words(path).replace("\u00a0", " ")


def test_it_tells_the_last_run_of_each_scenario_with_its_score_and_recovery(page_words, see, told, pay_service):
    for days_ago, score, seconds in ((40, 70, 600), (3, 92, 150)):
        told("gameday_score", score, days_ago, pay_service, "kill-pod")
        told("gameday_mttr", seconds, days_ago, pay_service, "kill-pod")
    page = page_words()
    assert "kill-pod Pay API 3 d ago within 90 days 92 Score, run by run 2 min Recovery time, run by run 2" in page
    assert see("/gamedays/").count('class="sparkline"') == 2


def test_it_says_that_the_last_run_is_older_than_90_days(page_words, told):
    told("gameday_score", 55, 91, label="zone-outage")
    assert "zone-outage none told 91 d ago older than 90 days 55 not told 1" in page_words()


def test_it_tells_critical_services_that_were_never_tried_first(page_words, told):
    tried = make_service("tried", tier="critical", name="Tried")
    make_service("untried", tier="critical", name="Untried")
    make_service("minor", tier="low", name="Minor")
    told("gameday_score", 80, 10, tried, "kill-pod")
    page = page_words().partition("Critical services")[2]
    assert page.index("Untried never") < page.index("Tried 10 d ago within 90 days")
    assert "Minor" not in page


def test_it_tells_how_long_rollbacks_took(page_words, told, pay_service):
    for days_ago, seconds in ((9, 600), (5, 120), (1, 240)):
        told("rollback_duration", seconds, days_ago, pay_service)
    assert "Pay API 4 min 1 d ago 4 min" in page_words()
    assert "10 min 3" in page_words()


def test_it_says_what_to_do_where_none_is_known(page_words, db):
    page = page_words()
    assert "No gameday is known." in page
    assert "No duration of a rollback is known" in page
    assert "No service is of tier critical." in page


def test_it_is_summed_up_on_the_overview_of_reliability(page_words, told):
    tried = make_service("tried", tier="critical")
    make_service("untried", tier="critical")
    told("gameday_score", 80, 10, tried, "kill-pod")
    told("gameday_score", 40, 200, None, "zone-outage")
    page = page_words("/reliability/")
    assert "1 of 2 scenarios run within 90 days; 1 of 2 critical services tried. The last: kill-pod, 10 d ago" in page


def test_it_shows_names_from_outside_as_text(see, told):
    told("gameday_score", 80, 10, None, "<script>alert(1)</script>")
    assert "<script>alert" not in see("/gamedays/")


def test_it_is_for_people_who_signed_in(client, told):
    assert client.get("/gamedays/")["Location"].startswith("/sign-in/")
    _, text = make_token(team=make_team("pay"))
    assert client.get("/gamedays/", headers=bearer(text)).status_code == 302
