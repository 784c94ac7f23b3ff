"""What cannot wait: noticed once a channel, whatever comes twice, late or anew."""

from datetime import timedelta

import pytest
from django.db import transaction

from dashboard.models import ChatAlert
from ingest.models import Incident, Service
from ingest.parsers.observation import IncidentSeen
from ingest.record import record
from scorecards.rollups.build import build_rollups
from tests.dashboard.chat.made import BEFORE, NOW, make_channel, notice
from tests.dashboard.pages.conftest import judge
from tests.factories import (
    make_budget_step,
    make_delivery,
    make_environment,
    make_incident,
    make_service,
    make_slo,
    make_source,
    make_team,
    own,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def service(pay) -> Service:
    return make_service("checkout", pay, name="Checkout")


def sev1(service, opened_at=NOW - MINUTE, **fields) -> Incident:
    found = make_incident(service, opened_at, **{"severity": "sev1", "title": "Refunds fail"} | fields)
    judge(service)
    return found


def resolve(incident: Incident, at) -> None:
    Incident.objects.filter(pk=incident.pk).update(resolved_at=at)
    judge(incident.service)


# ---------------------------------------------------------------- steps of error budgets


def test_a_step_is_told_once(service, pay):
    make_channel(pay)
    make_budget_step(make_slo(service), "75", "50", at=NOW - MINUTE)
    assert notice() == [
        ("budget", "Checkout: error budget of availability came down to 50 %, Mon 9 Mar 2026, 11:59 UTC")
    ]
    assert notice() == notice(NOW + DAY) == []


def test_each_reach_of_a_step_is_told(service, pay):
    make_channel(pay)
    slo = make_slo(service)
    for minutes, before, after in ((9, "", "50"), (6, "50", ""), (3, "", "50")):
        make_budget_step(slo, before, after, at=NOW - minutes * MINUTE)
    assert len(notice()) == 3


def test_steps_of_long_ago_or_of_before_the_channel_are_not_told(service, pay):
    slo = make_slo(service)
    make_budget_step(slo, "", "75", at=NOW - timedelta(days=3))
    make_budget_step(slo, "75", "50", at=NOW - HOUR)
    make_channel(pay, since=NOW - MINUTE)
    assert notice() == []


# ---------------------------------------------------------------- incidents


def test_a_sev1_is_told_when_it_opens_and_when_it_is_resolved(service, pay):
    make_channel(pay)
    incident = sev1(service)
    opened = ("incident", "Checkout: sev1 open: Refunds fail, since Mon 9 Mar 2026, 11:59 UTC")
    assert notice() == [opened] and notice() == []
    resolve(incident, NOW + HOUR)
    assert notice(NOW + HOUR) == [("incident", "Checkout: resolved: Refunds fail, Mon 9 Mar 2026, 13:00 UTC")]
    assert notice(NOW + 2 * HOUR) == []


def test_one_that_opens_again_is_told_again(service, pay):
    make_channel(pay)
    incident = sev1(service)
    notice()
    for hours in (1, 3):
        resolve(incident, NOW + hours * HOUR)
        assert len(notice(NOW + hours * HOUR)) == 1
        resolve(incident, None)
        assert len(notice(NOW + (hours + 1) * HOUR)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"opened_at": NOW - 2 * HOUR},  # imported, replayed, or late
        {"opened_at": NOW - timedelta(days=300)},
        {"opened_at": NOW + MINUTE},
        {"severity": "sev2"},
        {"severity": ""},
        {"resolved_at": NOW - MINUTE / 2},
    ],
)
def test_old_or_lesser_or_resolved_ones_are_not_told(service, pay, fields):
    make_channel(pay)
    sev1(service, **fields)
    assert notice() == []


def test_one_outside_production_is_not_told(service, pay):
    make_channel(pay)
    sev1(service, environment=make_environment("staging", "staging"))
    assert notice() == []


def test_one_of_before_the_channel_is_not_told_nor_its_end(service, pay):
    make_channel(pay, since=NOW)
    incident = sev1(service)
    resolve(incident, NOW + MINUTE)
    assert notice() == notice(NOW + HOUR) == []


def test_a_replay_that_changes_nothing_tells_nothing(service, pay):
    make_channel(pay)
    incident = sev1(service)
    notice()
    Incident.objects.filter(pk=incident.pk).update(updated_at=NOW, title="Refunds fail!", severity="sev1")
    judge(service)
    assert notice() == []


def test_another_report_of_the_same_is_not_told_whichever_stands_for_the_other(service, pay):
    make_channel(pay)
    pager, alerts = make_source("pagerduty"), make_source("alertmanager")

    def tell(source, name, at, **said) -> None:
        seen = IncidentSeen(at, f"{name} {at}", name, "checkout", None, None, None, said)
        with transaction.atomic():
            record(source, [seen])
        build_rollups()

    grave = {"severity": "sev1", "same_as": ["group/x"]}
    tell(pager, "pager/1", NOW - MINUTE, opened_at=NOW - MINUTE, **grave)
    assert [text for _, text in notice()] == ["Checkout: sev1 open: incident pager/1, since Mon 9 Mar 2026, 11:59 UTC"]
    tell(alerts, "alert/1", NOW, opened_at=NOW - 2 * MINUTE, **grave)
    assert Incident.objects.get(external_id="pager/1").duplicate_of == Incident.objects.get(external_id="alert/1")
    assert notice() == []
    for source, name in ((pager, "pager/1"), (alerts, "alert/1")):
        tell(source, name, NOW + MINUTE, resolved_at=NOW + MINUTE)
    assert [text.split(": ")[1] for _, text in notice(NOW + MINUTE)] == ["resolved"]
    assert notice(NOW + HOUR) == []


# ---------------------------------------------------------------- silent sources


@pytest.fixture
def source():
    """Heard every ten minutes up to 11:00."""
    found = make_source("github", name="GitHub")
    for number in range(20):
        make_delivery(source=found, received_at=NOW - HOUR - number * timedelta(minutes=10), status="processed")
    return found


def hear(source, at):
    make_delivery(source=source, received_at=at, status="processed")


def test_a_silent_source_is_told_once_and_when_it_is_heard_again(source):
    make_channel()
    assert notice(NOW - 45 * MINUTE) == []
    assert notice(NOW + HOUR) == []  # as long as it ever was, to the hour
    [(kind, text)] = notice(NOW + HOUR + MINUTE)
    assert (kind, text) == (
        "source",
        "GitHub: silent since Mon 9 Mar 2026, 11:00 UTC, usually heard every 10\u00a0min; look at the sender",
    )
    assert notice(NOW + 2 * HOUR) == []
    hear(source, NOW + 3 * HOUR)
    assert notice(NOW + 3 * HOUR) == [("source", "GitHub: heard again, Mon 9 Mar 2026, 15:00 UTC")]
    assert notice(NOW + 3 * HOUR + MINUTE) == []


def test_one_that_was_silent_before_the_channel_or_is_paused_is_not_told(source):
    make_channel(since=NOW + 2 * HOUR)
    assert notice(NOW + 2 * HOUR) == []
    source.paused_at = NOW
    source.save()
    make_channel()
    assert notice(NOW + 2 * HOUR) == []


def test_one_that_has_been_silent_for_days_is_not_told_anew(source):
    make_channel()
    assert notice(NOW + 3 * DAY) == []


def test_one_that_was_loaded_once_is_not_told():
    found = make_source("native", name="A load")
    for number in range(20):
        make_delivery(source=found, received_at=NOW - HOUR + timedelta(milliseconds=number), status="processed")
    make_channel()
    assert notice(NOW + 2 * HOUR) == []


# ---------------------------------------------------------------- who is told


def test_a_team_is_told_of_its_services_alone_and_the_organisation_of_all(service, pay):
    other = make_service("search", make_team("search"))
    of_pay, of_all = make_channel(pay), make_channel()
    for each in (service, other):
        make_budget_step(make_slo(each), "", "50", at=NOW - MINUTE)
        sev1(each)
    notice()
    assert {one.name for one in of_pay.alerts_told.all()} == {"Checkout"}
    assert sorted(one.name for one in of_all.alerts_told.all()) == ["Checkout", "Checkout", "Search", "Search"]


def test_a_service_that_changed_hands_is_told_to_who_owns_it_today(service, pay):
    search = make_team("search")
    of_pay, of_search = make_channel(pay), make_channel(search)
    own(search, service, at=NOW)
    sev1(service)
    notice()
    assert (of_pay.alerts_told.count(), of_search.alerts_told.count()) == (0, 1)


def test_a_kind_that_was_not_chosen_is_not_told(service, pay, source):
    make_channel(pay, alerts={"budget": 60})
    make_channel(alerts={})
    sev1(service)
    assert notice(NOW + 2 * HOUR) == notice() == []


def test_what_was_said_of_two_workers_at_once_is_kept_once(service, pay):
    channel = make_channel(pay)
    sev1(service)
    notice()
    [kept] = channel.alerts_told.all()
    kept.pk = None
    ChatAlert.objects.bulk_create([kept], ignore_conflicts=True)
    assert channel.alerts_told.count() == 1


def test_a_hostile_name_is_kept_on_a_line(pay):
    channel = make_channel(pay)
    service = make_service("evil", pay, name="<!channel>\n@here" + "x" * 150)
    sev1(service, title="a\r\nb\x1b[31m" + "y" * 5_000)
    notice()
    [kept] = channel.alerts_told.all()
    assert "\n" not in kept.name + kept.text and len(kept.name) <= 100 and len(kept.text) <= 300


def test_nothing_is_told_of_services_that_are_retired(service, pay):
    make_channel(pay)
    service.retired_on = BEFORE.date()
    service.save()
    make_budget_step(make_slo(service), "", "50", at=NOW - MINUTE)
    assert notice() == []
