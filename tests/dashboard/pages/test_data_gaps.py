"""What stopped, what a sender says it sent, what may be counted twice, what figures lack."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages.data import coverage, doubles, gaps
from dashboard.pages.data.doubles import Report, pairs
from ingest.models import Change, Incident, SourceGap
from tests.dashboard.pages.conftest import WEEK
from tests.factories import NOON, make_deployment, make_incident, make_repository, make_service, make_source

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def asked_by(user):
    request = RequestFactory().get("/data/")
    request.user = user
    return request


def rebuild():
    call_command("rebuild_rollups", stdout=StringIO(), stderr=StringIO())


# ---------------------------------------------------------------- services that stopped


def deployed(slug, team, days_ago, now, **fields):
    service = make_service(slug, team, **fields)
    for days in days_ago:
        make_deployment(service, now - DAY * days)
    return service


def test_it_lists_services_that_deployed_regularly_and_stopped(alice, pay):
    now = timezone.now()
    deployed("quiet", pay, range(20, 40), now)
    deployed("busy", pay, range(1, 30), now)
    deployed("seldom", pay, [100, 160, 220], now)
    deployed("retired", pay, range(20, 40), now, retired_on=date(2026, 1, 1))
    rebuild()
    found = gaps.stopped_services(asked_by(alice), timezone.localdate())
    assert [(one.service.slug, one.silent_days, one.before, one.edits) for one in found] == [("quiet", 20, 20, True)]


def test_it_leaves_a_service_that_always_took_its_time(alice, pay):
    deployed("monthly", pay, [40, 62, 84, 106, 128], timezone.now())
    rebuild()
    assert not gaps.stopped_services(asked_by(alice), timezone.localdate())


def test_the_page_tells_what_to_do_about_one_that_stopped(client, alice, charlie, pay):
    deployed("quiet", pay, range(20, 40), timezone.now())
    rebuild()
    client.force_login(alice)
    assert "Retire it" in client.get("/data/").content.decode()
    client.force_login(charlie)
    page = client.get("/data/").content.decode()
    assert "Look whether its pipeline still tells" in page
    assert "Retire it" not in page


# ---------------------------------------------------------------- gaps of a sender


def test_the_page_tells_a_gap_and_how_it_was_closed(see):
    source = make_source("github", name="GitHub")
    said = {"source": source, "from_at": NOON, "to_at": NOON + 30 * MINUTE, "found_at": NOON}
    SourceGap.objects.create(**said, count=14, closed_by="redelivery", closed_at=NOON + DAY)
    SourceGap.objects.create(**said | {"from_at": NOON + DAY, "to_at": NOON + DAY}, count=1)
    page = " ".join(see("/data/").split())
    assert "14 deliveries, closed by redelivery" in page
    assert "1 delivery; they are asked for again" in page


# ---------------------------------------------------------------- what may be counted twice


def report(pk, minutes, source=1, same=("pay", "1")):
    at = NOON + MINUTE * minutes
    return Report(pk, source, "Pay", same, at, at, str(pk))


def test_it_pairs_reports_of_two_sources_that_are_near():
    assert [(a.id, b.id) for a, b in pairs([report(2, 20, 2), report(1, 0)], 30 * MINUTE)] == [(1, 2)]


@pytest.mark.parametrize("other", [report(2, 31, 2), report(2, 20, 1), report(2, 20, 2, ("pay", "2"))])
def test_it_pairs_no_others(other):
    assert not pairs([report(1, 0), other], 30 * MINUTE)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 3), st.sampled_from("ab")), max_size=30), st.randoms())
def test_pairs_are_near_agree_and_do_not_depend_on_order(told, chance):
    reports = [report(pk, minutes, source, (name,)) for pk, (minutes, source, name) in enumerate(told)]
    found = pairs(reports, 30 * MINUTE)
    for one, other in found:
        assert one.same == other.same
        assert one.source_id != other.source_id
        assert timedelta(0) <= other.starts_at - one.starts_at <= 30 * MINUTE
    chance.shuffle(reports)
    assert pairs(reports, 30 * MINUTE) == found


def test_it_finds_deployments_that_two_sources_told(alice, pay):
    now, service = timezone.now(), make_service("checkout", pay)
    other = make_source("argocd", name="Argo CD")
    first = make_deployment(service, now - DAY, version="7")
    second = make_deployment(service, now - DAY + 5 * MINUTE, version="7", source=other)
    make_deployment(service, now - DAY + 6 * MINUTE, version="8", source=other)
    (
        make_deployment(service, now - 40 * DAY, version="9"),
        make_deployment(service, now - 40 * DAY, version="9", source=other),
    )
    [found] = doubles.possible(asked_by(alice), now)
    assert (found.count, found.first.id, found.second.id) == (1, first.pk, second.pk)
    assert found.sources == "Argo CD and Native events"


def test_it_leaves_what_is_known_to_be_one(alice, pay):
    now, service = timezone.now(), make_service("checkout", pay)
    first = make_deployment(service, now - DAY, version="7", has_duplicates=True)
    make_deployment(service, now - DAY, version="7", source=make_source("argocd"), duplicate_of=first)
    assert not doubles.possible(asked_by(alice), now)


def test_it_finds_incidents_at_one_time(see, pay):
    now, service = timezone.now(), make_service("checkout", pay)
    make_incident(service, now - DAY, resolved_at=now - DAY + 50 * MINUTE, title="Checkout is down")
    make_incident(service, now - DAY + 40 * MINUTE, source=make_source("pagerduty"), title="HTTP 502")
    page = see("/data/same/")
    assert "Checkout is down" in page
    assert "HTTP 502" in page


def test_it_says_so_where_nothing_is_double(see):
    assert "None: no two sources" in see("/data/same/")


# ---------------------------------------------------------------- what figures lack


def test_it_tells_what_is_missing_who_lacks_it_and_lists_just_that(client, alice, pay, example):
    service = make_service("blind", pay)
    make_repository("acme/blind", service)
    for minutes in (0, 60, 120):
        make_deployment(service, NOON + MINUTE * minutes)  # neither a list nor a commit
    rebuild()
    client.force_login(alice)
    rows = {row.what: row for row in client.get(f"/data/coverage/?{WEEK}").context["rows"]}
    row = rows["deployments of which nobody knows what they brought"]
    assert row.missing == 3
    assert [(name, count) for name, count, _ in row.teams] == [("Payments", 3)]
    listed = client.get(row.href).context["rows"]
    assert {one.judged.service.slug for one in listed} == {"blind"}
    assert len(listed) == row.missing
    assert len(client.get(row.teams[0][2]).context["rows"]) == row.missing


def test_it_lists_just_the_incidents_that_are_not_linked(client, alice, pay, example):
    lonely = make_incident(make_service("lonely", pay), NOON)
    rebuild()
    client.force_login(alice)
    rows = {row.what: row for row in client.get(f"/data/coverage/?{WEEK}").context["rows"]}
    row = rows["incidents that are linked to no deployment"]
    assert (row.missing, row.whole) == (1, 2)
    assert [one.incident.pk for one in client.get(row.href).context["rows"]] == [lonely.pk]


def test_it_tells_changes_that_came_by_no_pull_request(see, client, example):
    Change.objects.filter(sha="c").update(pull_request=7)
    see(f"/data/coverage/?{WEEK}")
    row = client.get(f"/data/coverage/?{WEEK}").context["rows"][-1]
    assert (row.missing, row.whole) == (3, 4)


def test_it_says_that_no_source_of_incidents_is_connected(see, example):
    assert "No source ever told of an incident" not in see("/data/coverage/")
    Incident.objects.all().delete()
    assert "No source ever told of an incident" in see("/data/coverage/")


def test_every_gap_names_a_metric_and_says_what_to_do():
    for gap in coverage.GAPS:
        assert gap.metric in coverage.LABELS
        assert gap.advice.endswith(".")


def test_the_page_of_an_empty_site_says_so(see):
    assert "none in this period" in see("/data/coverage/")
    assert "No source yet." in see("/data/")
