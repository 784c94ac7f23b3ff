"""Figures under definitions that change: by the day, by the team, and always as a rebuild from scratch has them."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.models import ChangedService, Service, Team
from ingest.window import Window
from scorecards.definitions.change import concerned, state_definitions, withdraw_definitions
from scorecards.errors import DefinitionRefused
from scorecards.facts import service_facts
from scorecards.metrics.chosen import choose
from scorecards.metrics.records import Definitions
from scorecards.models import DefinitionChange, DeliveredChange, JudgedDeployment, JudgedIncident
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all
from scorecards.rollups.read import ORGANISATION, Scope, series, summary
from tests.factories import (
    make_change,
    make_deployment,
    make_environment,
    make_incident,
    make_pull_request,
    make_repository,
    make_service,
    make_source,
    make_team,
    make_user,
    own,
)
from tests.ingest.facts.snapshot import judged, rollups
from tests.native_events import ingest, worked_example

pytestmark = pytest.mark.django_db

WEEK = Window(date(2026, 3, 2), date(2026, 3, 9))
TODAY = date(2026, 3, 20)
AT = datetime(2026, 3, 20, 9, tzinfo=UTC)


def olga() -> User:
    return User.objects.filter(username="olga").first() or make_user("olga", is_staff=True)


def say(team: Team | None = None, since: date = WEEK.start, **values: object) -> DefinitionChange:
    said = state_definitions(team, values, since=since, reason="To try it", by=olga(), at=AT)
    build_rollups()
    return said


def read(scope: Scope = ORGANISATION, environment_class: str = "production"):
    return summary(scope, environment_class, WEEK, TODAY)


def payments() -> Team:
    return Team.objects.get(slug="payments")


@pytest.fixture
def example(db):
    ingest(worked_example())


def test_dora_s_reading_gives_a_quarter(example):
    assert read().change_failure_rate == pytest.approx(2 / 5)
    say(exclude_status_failed=True)
    assert read().change_failure_rate == pytest.approx(1 / 4)


def test_a_change_moves_only_the_days_from_its_own_on(example):
    say(since=date(2026, 3, 5), rule_status_failed=False)
    days = series(ORGANISATION, "production", WEEK, TODAY, "day")
    assert [day.failed_deployments for day in days] == [0, 1, 0, 0, 0, 0, 0]
    assert read().change_failure_rate == pytest.approx(1 / 5)


def test_a_restoration_follows_the_definition_of_the_failed_deployment_s_day(example):
    say(since=date(2026, 3, 6), rule_status_failed=False)
    assert read().mttr == pytest.approx(1500)  # d4 failed on the 5th, whatever holds later
    say(since=date(2026, 3, 5), rule_status_failed=False)
    assert read().mttr == pytest.approx(1800)


def test_rollbacks_may_count_nowhere_and_still_fail_what_they_roll_back(example):
    say(count_rollbacks=False)
    found = read()
    assert (found.deployments, found.failed_deployments, found.rework_rate) == (3, 2, 0)
    assert ("uncounted_repair", 1) in [(left.reason, left.count) for left in found.left_out["rework_rate"]]
    assert JudgedDeployment.objects.filter(counted=False).count() == 1


def test_an_incident_may_be_linked_over_a_longer_time(db):
    service = make_service("web", make_team("red"))
    make_deployment(service, datetime(2026, 3, 2, 12, tzinfo=UTC))
    make_incident(service, datetime(2026, 3, 4, 12, tzinfo=UTC))
    mark_all()
    build_rollups()
    assert read().failed_deployments == 0
    say(linked_within_hours=72)
    assert read().failed_deployments == 1


def test_a_team_s_definition_leaves_other_teams_alone(db):
    for slug in ("red", "blue"):
        service = make_service(f"{slug}-web", make_team(slug))
        make_deployment(service, datetime(2026, 3, 2, 12, tzinfo=UTC), status="failed")
    mark_all()
    build_rollups()
    say(Team.objects.get(slug="red"), rule_status_failed=False)
    by_team = {
        team.slug: read(Scope("team", team.pk)).failed_deployments
        for team in Team.objects.filter(name__in=["Red", "Blue"])
    }
    assert by_team == {"red": 0, "blue": 1}
    assert read().failed_deployments == 1


def test_a_day_follows_the_team_that_owned_the_service_then(db):
    red, blue = make_team("red"), make_team("blue")
    service = make_service("web", red)
    own(blue, service, datetime(2026, 3, 4, tzinfo=UTC))
    for day in (3, 5):
        make_deployment(service, datetime(2026, 3, day, 12, tzinfo=UTC), status="failed")
    say(red, rule_status_failed=False)
    assert (read(Scope("team", red.pk)).failed_deployments, read(Scope("team", blue.pk)).failed_deployments) == (0, 1)


def test_production_may_be_told_by_name(db):
    service = make_service("web", make_team("red"))
    make_deployment(service, datetime(2026, 3, 3, 12, tzinfo=UTC), environment=make_environment("eu-1", "development"))
    make_deployment(service, datetime(2026, 3, 5, 12, tzinfo=UTC), environment=make_environment("eu-1"))
    mark_all()
    build_rollups()
    assert (read().deployments, read(environment_class="development").deployments) == (None, 2)
    say(since=date(2026, 3, 4), environments=[["EU-*", "production"]])
    assert (read().deployments, read(environment_class="development").deployments) == (1, 1)


def test_one_source_of_two_may_count_and_bots_may_not(db):
    service, argo = make_service("web", make_team("red")), make_source("argocd")
    make_deployment(service, datetime(2026, 3, 3, 12, tzinfo=UTC), source=argo)
    make_deployment(service, datetime(2026, 3, 3, 13, tzinfo=UTC))
    make_deployment(service, datetime(2026, 3, 3, 14, tzinfo=UTC), source=argo, bot=True)
    mark_all()
    build_rollups()
    say(sources=[argo.pk])
    assert read().deployments == 2
    say(count_bot_deployments=False)
    found = read()
    assert found.deployments == 1
    left = {left.reason: left.count for left in found.left_out["deployment_frequency"]}
    assert left == {"other_source": 1, "deployed_by_bot": 1}


def test_a_report_counts_that_a_counted_source_repeats(db):
    service, argo = make_service("web", make_team("red")), make_source("argocd")
    first = make_deployment(service, datetime(2026, 3, 3, 12, tzinfo=UTC), has_duplicates=True)
    make_deployment(service, datetime(2026, 3, 3, 12, tzinfo=UTC), source=argo, duplicate_of=first)
    [facts] = service_facts([service])
    [one] = facts.deployments["production"]
    assert (one.source, one.also_from) == (first.source_id, (argo.pk,))
    chosen = choose(facts.deployments, {}, Definitions(sources=frozenset({argo.pk})))
    assert chosen.deployments == {"production": [one]}
    assert choose(facts.deployments, {}, Definitions(sources=frozenset({0}))).deployments == {}


@pytest.mark.parametrize(
    ("start", "hours"),
    [("authored", 10), ("committed", 8), ("first_commit", 12), ("pull_request_opened", 6), ("pull_request_merged", 2)],
)
def test_a_lead_time_may_begin_elsewhere(start, hours):
    finished = datetime(2026, 3, 3, 20, tzinfo=UTC)
    service = make_service("web", make_team("red"))
    repository = make_repository("acme/web", service)
    make_change(repository, finished - timedelta(hours=10), committed_at=finished - timedelta(hours=8), sha="a" * 40)
    make_change(repository, finished - timedelta(hours=12), merge=True, sha="b" * 40)
    make_pull_request(
        repository,
        finished - timedelta(hours=2),
        opened_at=finished - timedelta(hours=6),
        commits=["b" * 40, "a" * 40],
        how="merge",
    )
    make_deployment(service, finished, repository=repository, shas=["a" * 40])
    mark_all()
    if start == "authored":
        build_rollups()
    else:
        say(lead_time_from=start)
    assert read().lead_time.median == hours * 3600
    assert DeliveredChange.objects.get().seconds == hours * 3600


def test_changes_by_bots_may_have_no_lead_time(db):
    service = make_service("web", make_team("red"))
    repository = make_repository("acme/web", service)
    for sha, bot in (("a" * 40, True), ("b" * 40, False)):
        make_change(repository, datetime(2026, 3, 3, 11, tzinfo=UTC), sha=sha, bot=bot)
    finished_at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    make_deployment(service, finished_at, repository=repository, shas=["a" * 40, "b" * 40])
    mark_all()
    build_rollups()
    assert read().lead_time.count == 2
    say(lead_time_bots=False)
    assert (read().lead_time.count, read().left_out["lead_time"][0].reason) == (1, "bot")


def test_a_limit_may_be_another_or_none(db):
    service = make_service("web", make_team("red"))
    opened_at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    make_incident(service, opened_at, severity="sev1", acknowledged_at=opened_at + timedelta(minutes=20))
    mark_all()
    build_rollups()
    assert read().response.within_limit == 0
    say(limit_sev1=30)
    assert read().response.within_limit == 1
    say(limit_sev1="none")
    assert read().response.within_limit is None


def test_holidays_of_a_team_are_no_working_days_of_its_services(db):
    red, blue = make_team("red"), make_team("blue")
    for team in (red, blue):
        service = make_service(f"{team.slug}-web", team)
        for day in range(2, 6):
            make_deployment(service, datetime(2026, 3, day, 12, tzinfo=UTC))
    mark_all()
    build_rollups()
    assert (read().frequency_met, read().working_days) == (0, 5)
    say(red, holidays=["2026-03-06"])
    assert (read().frequency_met, read().working_days) == (1, 5)
    found = read(Scope("team", red.pk))
    assert (found.working_days, found.targets["deployment_frequency"]) == (4, "met")
    assert read(Scope("service", Service.objects.get(slug="blue-web").pk)).targets["deployment_frequency"] == "missed"
    say(holidays=["2026-03-06"])
    assert (read().frequency_met, read().targets["deployment_frequency"]) == (2, "met")


def test_withdrawing_takes_it_back_for_all_its_days(example):
    before = (judged(), rollups())
    said = say(rule_status_failed=False)
    assert (judged(), rollups()) != before
    withdraw_definitions(said, by=olga(), at=AT)
    build_rollups()
    assert (judged(), rollups()) == before
    withdraw_definitions(said, by=olga(), at=AT)
    assert not ChangedService.objects.exists()


def test_it_refuses_what_changes_nothing_has_no_reason_or_names_no_source(example):
    for values, reason, said in (
        ({"rule_hotfix": None}, "why", "Nothing would change"),
        ({"rule_hotfix": True}, "  ", "Say why"),
        ({"sources": [10**6]}, "why", "no source"),
    ):
        with pytest.raises(DefinitionRefused, match=said):
            state_definitions(None, values, since=WEEK.start, reason=reason, by=olga(), at=AT)
    say(since=date(2026, 3, 5), rule_hotfix=True)
    with pytest.raises(DefinitionRefused, match="Nothing"):
        say(since=date(2026, 3, 6), rule_hotfix=True)
    say(since=date(2026, 3, 3), rule_hotfix=True)


def test_it_concerns_services_that_a_team_owned_before(db):
    red, blue = make_team("red"), make_team("blue")
    service = make_service("web", red)
    own(blue, service, datetime(2026, 3, 4, tzinfo=UTC))
    nobody_s = make_service("stray")
    assert concerned(red) == concerned(blue) == [service.pk]
    assert concerned(make_team("unassigned")) == [nobody_s.pk]


# ---------------------------------------------------------------- any changes, any days

VALUES = st.fixed_dictionaries(
    {},
    optional={
        "rule_status_failed": st.booleans(),
        "rule_incident": st.booleans(),
        "rule_hotfix": st.booleans(),
        "rule_revert": st.sampled_from([True, None]),
        "link_incidents": st.booleans(),
        "linked_within_hours": st.sampled_from([1, 48]),
        "count_redeploys": st.booleans(),
        "count_rollbacks": st.booleans(),
        "exclude_status_failed": st.booleans(),
        "count_bot_deployments": st.booleans(),
        "lead_time_bots": st.booleans(),
        "lead_time_from": st.sampled_from(["committed", "first_commit", "pull_request_opened"]),
        "environments": st.sampled_from([[["eu-*", "production"]], [["production", "staging"]]]),
        "limit_sev3": st.sampled_from([1, "none"]),
        "holidays": st.sampled_from([["2026-03-03"], []]),
    },
)
CHANGES = st.lists(
    st.tuples(st.sampled_from([None, "red", "blue"]), st.integers(1, 12), VALUES, st.booleans()), min_size=1, max_size=4
)


def busy_week() -> None:
    red, blue = make_team("red"), make_team("blue")
    service, other = make_service("web", red), make_service("shop", blue)
    own(blue, service, datetime(2026, 3, 6, tzinfo=UTC))
    repository, eu, argo = (
        make_repository("acme/web", service),
        make_environment("eu-1", "staging"),
        make_source("argocd"),
    )
    for day in range(2, 10):
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        sha = f"{day:040x}"
        make_change(
            repository, at - timedelta(hours=5), sha=sha, bot=day % 3 == 0, committed_at=at - timedelta(hours=3)
        )
        make_deployment(
            service,
            at,
            repository=repository,
            shas=[sha],
            version=str(day - (day % 4 == 0) - 2 * (day == 7)),
            status="failed" if day % 5 == 0 else "succeeded",
            kind="hotfix" if day == 6 else "release",
            environment=eu if day % 2 else None,
            bot=day == 9,
            source=argo if day > 5 else None,
        )
        make_deployment(other, at + timedelta(hours=1), status="failed" if day % 4 == 0 else "succeeded")
    make_incident(service, datetime(2026, 3, 5, 14, tzinfo=UTC), resolved_at=datetime(2026, 3, 7, 9, tzinfo=UTC))
    make_incident(service, datetime(2026, 3, 8, 23, tzinfo=UTC), environment=eu)
    mark_all()
    build_rollups()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_rollups_after_any_changes_are_as_rebuilt_from_scratch(transactional, changes):
    with transactional(), mock.patch.object(timezone, "now", return_value=AT):
        busy_week()
        teams = {None: None, **{team.slug: team for team in Team.objects.all()}}
        for number, (slug, since, values, taken_back) in enumerate(changes):
            at = AT + timedelta(minutes=number)
            try:
                said = state_definitions(
                    teams[slug], values, since=date(2026, 3, since), reason="why", by=olga(), at=at
                )
            except DefinitionRefused:
                continue
            build_rollups()
            if taken_back and number % 2:
                withdraw_definitions(said, by=olga(), at=at)
                build_rollups()
        followed = (judged(), rollups())
        for model in (JudgedDeployment, JudgedIncident, DeliveredChange):
            model.objects.all().delete()
        drop_rollups(None)
        mark_all()
        build_rollups()
        assert (judged(), rollups()) == followed


@pytest.fixture
def transactional(db):
    """A way to do something and undo all of it."""

    @contextmanager
    def undone():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    return undone
