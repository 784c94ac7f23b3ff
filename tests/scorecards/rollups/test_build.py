"""Rollups follow the facts: what is taken back, moved or only falls due."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from ingest.models import ChangedService, Service, Team
from ingest.window import Window
from scorecards.models import DayRollup, JudgedDeployment, ScopeVersion, StoredSummary
from scorecards.rollups import build
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all, mark_overdue
from scorecards.rollups.read import ORGANISATION, Scope, summary
from tests.ingest.facts.snapshot import everything
from tests.native_events import event, ingest, load_lines, worked_example

pytestmark = pytest.mark.django_db

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
TODAY = date(2026, 3, 20)
NOON = "2026-03-03T12:00:00Z"


def deployed(name: str, at: str = NOON, **said: object) -> bytes:
    told = {"service": "pay", "environment": "production", "status": "success", "version": name} | said
    return event(f"{name} at {at} {said}", "deployment.finished", at, deployment=name, **told)


def declared(at: str, **said: object) -> bytes:
    return event(f"pay at {at} {said}", "service.declared", at, service="pay", **said)


def team(slug: str) -> Scope:
    return Scope("team", Team.objects.get(slug=slug).pk)


def read(scope: Scope):
    return summary(scope, "production", WEEK, TODAY)


def test_a_failed_attempt_is_a_deployment_so_that_none_succeeded_is_known():
    ingest([deployed("d1")])
    assert read(ORGANISATION).deployments == 1
    ingest([deployed("d1", "2026-03-03T12:05:00Z", status="failure")])
    found = read(ORGANISATION)
    assert (found.deployments, found.finished_deployments, found.failed_deployments) == (0, 1, 1)
    assert found.reasons["deployment_frequency"] == "no_active_service"
    ingest([deployed("d1", "2026-03-03T12:06:00Z", status="cancelled")])
    assert read(ORGANISATION).deployments is None
    assert not ScopeVersion.objects.exclude(first_deployed_on=None).exists()


def test_the_first_day_moves_on_where_the_first_deployment_is_taken_back():
    ingest([deployed("d1"), deployed("d2", "2026-03-05T12:00:00Z")])
    ingest([deployed("d1", "2026-03-03T12:05:00Z", status="cancelled")])
    assert set(ScopeVersion.objects.values_list("first_deployed_on", flat=True)) == {date(2026, 3, 5)}


def test_a_service_that_moves_brings_its_later_days_to_its_new_team():
    ingest([declared("2026-03-01T00:00:00Z", team="red"), deployed("d1"), deployed("d2", "2026-03-05T12:00:00Z")])
    assert read(team("red")).deployments == 2
    ingest([declared("2026-03-04T00:00:00Z", team="blue")])
    assert (read(team("red")).deployments, read(team("blue")).deployments) == (1, 1)
    assert read(ORGANISATION).deployments == 2


def test_a_new_owner_sees_its_service_at_once_though_it_has_not_deployed_since():
    ingest(
        [declared("2026-03-01T00:00:00Z", team="red"), deployed("d1"), event("t", "team.declared", NOON, team="blue")]
    )
    assert read(team("blue")).active_services == 0
    ingest([declared("2026-03-05T00:00:00Z", team="blue")])
    assert read(team("blue")).active_services == 1


def test_a_service_that_deploys_daily_does_so_for_each_team_that_owned_it_for_a_part_of_the_period():
    ingest([declared("2026-03-01T00:00:00Z", team="red"), declared("2026-03-05T00:00:00Z", team="blue")])
    ingest(deployed(f"d{day}", f"2026-03-0{day}T12:00:00Z") for day in range(2, 7))
    assert (read(team("red")).deployments, read(team("blue")).deployments) == (3, 2)
    scopes = [ORGANISATION, team("red"), team("blue"), Scope("service", Service.objects.get().pk)]
    assert {read(scope).targets["deployment_frequency"] for scope in scopes} == {"met"}


def test_a_team_sees_at_once_what_its_service_did_while_another_team_owned_it():
    ingest([declared("2026-02-01T00:00:00Z", team="red"), declared("2026-03-01T00:00:00Z", team="blue")])
    ingest([deployed("other", service="web", team="blue")])
    assert read(team("blue")).active_services == 1
    ingest([deployed("late", "2026-02-20T12:00:00Z")])
    assert read(team("blue")).active_services == 2


def test_a_holiday_that_is_told_later_counts_at_once(settings):
    ingest(deployed(f"d{day}", f"2026-03-0{day}T12:00:00Z") for day in range(2, 6))
    assert read(ORGANISATION).targets["deployment_frequency"] == "missed"
    settings.HOLIDAYS = frozenset({date(2026, 3, 6)})
    assert read(ORGANISATION).targets["deployment_frequency"] == "met"


def test_a_service_that_becomes_critical_is_judged_as_one_at_once():
    ingest(line for line in worked_example() if b"service.declared" not in line)
    ingest([declared("2026-03-01T00:00:00Z", team="payments")])
    scopes = [ORGANISATION, team("payments"), Scope("service", Service.objects.get().pk)]
    assert [read(scope).targets["mttr"] for scope in scopes] == [None, None, None]
    ingest([declared("2026-03-02T00:00:00Z", tier="critical")])
    assert [read(scope).targets["mttr"] for scope in scopes] == ["met", "met", "met"]


def test_a_repository_that_is_declared_late_brings_its_changes():
    ingest([
        event("c", "commit.pushed", "2026-03-03T11:00:00Z", repository="acme/pay", sha="abcdef1"),
        deployed("d1", shas=["abcdef1"]),
    ])  # fmt: skip
    assert read(ORGANISATION).lead_time is None
    ingest([declared("2026-03-10T00:00:00Z", repository="acme/pay")])
    assert read(ORGANISATION).lead_time.median == 3600


def test_a_repository_that_another_event_names_brings_its_changes():
    ingest([
        event("c", "commit.pushed", "2026-03-03T11:00:00Z", repository="acme/pay", sha="abcdef1"),
        deployed("d1", shas=["abcdef1"]),
    ])  # fmt: skip
    # It says nothing that is new of the commit, but whose it is.
    ingest([event("b", "commit.pushed", "2026-03-03T11:00:00Z", repository="ACME/pay", service="pay", sha="abcdef1")])
    assert read(ORGANISATION).lead_time.median == 3600


def test_an_incident_falls_due_without_an_event(monkeypatch):
    now = datetime(2026, 3, 3, 12, 1, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    opened = event("i", "incident.opened", NOON, service="pay", incident="i", severity="sev1")
    ingest([opened], now)
    assert read(ORGANISATION).response.within_limit is None
    assert mark_overdue(now) == 0
    now = datetime(2026, 3, 3, 12, 6, tzinfo=UTC)
    assert mark_overdue(now) == 1
    build_rollups()
    assert read(ORGANISATION).response.within_limit == 0
    assert mark_overdue(now) == 0


def test_a_rebuild_from_a_day_on_leaves_the_rest_and_comes_to_the_same():
    ingest(worked_example())
    before = everything()
    drop_rollups(date(2026, 3, 4))
    assert DayRollup.objects.filter(day__lt=date(2026, 3, 4)).exists()
    assert not DayRollup.objects.filter(day__gte=date(2026, 3, 4)).exists()
    mark_all()
    build_rollups()
    assert everything() == before


def test_what_did_not_change_is_not_written_again():
    ingest(worked_example())
    versions = sorted(ScopeVersion.objects.values_list("scope", "tier", "version"))
    rows = sorted(JudgedDeployment.objects.values_list("pk", flat=True))
    ChangedService.objects.create(service=Service.objects.get())
    assert build_rollups() == 1
    assert sorted(ScopeVersion.objects.values_list("scope", "tier", "version")) == versions
    assert sorted(JudgedDeployment.objects.values_list("pk", flat=True)) == rows


def test_a_builder_that_dies_leaves_the_marks_for_the_next(monkeypatch):
    load_lines(worked_example())

    def dies(*arguments):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(build, "_write_rollups", dies)
        with pytest.raises(RuntimeError):
            build_rollups()
    assert ChangedService.objects.exists()
    assert not DayRollup.objects.exists()
    build_rollups()
    assert read(ORGANISATION).deployments == 4


def test_a_summary_is_kept_until_its_scope_changes():
    ingest(worked_example())
    first = read(ORGANISATION)
    assert StoredSummary.objects.count() == 1
    assert read(ORGANISATION) == first
    ingest([deployed("d6", "2026-03-06T12:00:00Z")])
    assert read(ORGANISATION).deployments == 5


def test_it_tells_that_a_source_is_connected_as_soon_as_one_is():
    assert set(read(ORGANISATION).reasons.values()) >= {"no_source_connected"}
    load_lines([event("t", "team.declared", NOON, team="blue")])
    assert "no_source_connected" not in read(ORGANISATION).reasons.values()
