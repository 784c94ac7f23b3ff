"""What a change would do, told before it is said: its figures are those of the pages now, and those after saving."""

from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.models import Team
from ingest.window import Window
from scorecards.definitions.change import state_definitions
from scorecards.errors import DefinitionRefused
from scorecards.models import DefinitionChange, WhatIf
from scorecards.rollups.build import build_rollups
from scorecards.rollups.plain import from_plain
from scorecards.rollups.read import ORGANISATION, Scope, summary
from scorecards.rollups.summary import Summary
from scorecards.what_if import jobs
from tests.factories import make_deployment, make_incident, make_service, make_team
from tests.native_events import ingest, worked_example
from tests.scorecards.definitions.test_dated_changes import AT, VALUES, busy_week, olga

pytestmark = pytest.mark.django_db

WINDOW = Window.last(90, AT.date())


def ask(team: Team | None = None, **values: object) -> WhatIf:
    row = jobs.ask(team, values, by=olga(), now=AT)
    row.refresh_from_db()
    return row


def columns(row: WhatIf) -> tuple[Summary, Summary]:
    [now, then], _ = from_plain(row.result["figures"])
    return now, then


def on_pages(team: Team | None = None) -> Summary:
    scope = Scope("team", team.pk) if team else ORGANISATION
    return summary(scope, "production", WINDOW, AT.date())


def alike(found: Summary, wanted: Summary) -> list[str]:
    """The fields that differ by more than the last digits of a sum."""
    told, should = asdict(found), asdict(wanted)
    return [name for name in told if not _near(told[name], should[name])]


def _near(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_near(one[key], other[key]) for key in one)
    return one == pytest.approx(other) if isinstance(one, float) and isinstance(other, float) else one == other


def test_it_tells_dora_s_reading_of_the_worked_example():
    ingest(worked_example())
    row = ask(exclude_status_failed=True)
    now, then = columns(row)
    assert (now.change_failure_rate, then.change_failure_rate) == (pytest.approx(2 / 5), pytest.approx(1 / 4))
    assert row.result["counted"] == {"no_longer_counts": 1}
    assert not DefinitionChange.objects.exists()


def test_it_names_the_newest_that_would_fail():
    service = make_service("web", make_team("red"))
    made = [make_deployment(service, AT - timedelta(days=number)) for number in range(30, 0, -1)]
    for deployment in made[:-2]:
        make_incident(service, deployment.finished_at + timedelta(minutes=5))
    row = ask(rule_incident=False)
    assert row.result["counted"] == {"no_longer_failed": 28}
    newest = [[one.pk, "no_longer_failed"] for one in reversed(made[:-2])]
    assert row.result["newest"] == newest[:20]


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([None, "red"]), st.integers(1, 9), VALUES), max_size=2),
    st.sampled_from([None, "red", "blue"]),
    VALUES,
)
def test_now_is_what_pages_say_and_then_is_what_they_say_once_it_is_saved(db, earlier, slug, values):
    with undone(), mock.patch.object(timezone, "now", return_value=AT):
        busy_week()
        teams = {None: None, **{team.slug: team for team in Team.objects.all()}}
        for number, (name, since, said) in enumerate(earlier):
            at = AT - timedelta(hours=9 - number)
            try:
                state_definitions(teams[name], said, since=date(2026, 3, since), reason="why", by=olga(), at=at)
            except DefinitionRefused:
                continue
        build_rollups()
        team = teams[slug]
        try:
            now, then = columns(ask(team, **values))
        except DefinitionRefused:
            return
        assert alike(now, on_pages(team)) == []
        state_definitions(team, values, since=WINDOW.start, reason="why", by=olga(), at=AT)
        build_rollups()
        assert alike(then, on_pages(team)) == []


def test_it_refuses_what_changes_nothing():
    with pytest.raises(DefinitionRefused, match="Nothing would change"):
        ask()


# ---------------------------------------------------------------- by a worker


@pytest.fixture
def many(db, monkeypatch):
    monkeypatch.setattr(jobs, "IN_REQUEST", 1)
    monkeypatch.setattr("scorecards.what_if.trial.SERVICES_A_TIME", 1)
    for slug in ("web", "shop", "mail"):
        make_deployment(make_service(slug), AT - timedelta(days=2), status="failed")


def test_a_large_one_waits_for_a_worker_which_tells_how_far_it_is(many):
    row = ask(rule_status_failed=False)
    assert (row.state, row.total, row.result) == ("waiting", 3, None)
    seen = []
    assert jobs.run_next(AT, lambda: seen.append(WhatIf.objects.get().done) is None)
    row.refresh_from_db()
    assert seen == [1, 2]
    assert (row.state, row.result["counted"]) == ("done", {"no_longer_failed": 3})
    assert not jobs.run_next(AT)


def test_one_that_is_stopped_waits_for_another_worker(many):
    ask(rule_status_failed=False)
    assert jobs.run_next(AT, lambda: False)
    assert WhatIf.objects.get().state == "waiting"
    assert jobs.run_next(AT)
    assert WhatIf.objects.get().state == "done"


def test_one_whose_worker_was_lost_begins_anew(many):
    ask(rule_status_failed=False)

    def stop():
        raise KeyboardInterrupt

    with mock.patch.object(timezone, "now", return_value=AT), pytest.raises(KeyboardInterrupt):
        jobs.run_next(AT, stop)
    assert not jobs.run_next(AT + timedelta(minutes=4))
    assert jobs.run_next(AT + timedelta(minutes=6))
    assert WhatIf.objects.get().state == "done"


def test_one_that_fails_is_marked_and_the_error_is_not_lost(many, monkeypatch):
    ask(rule_status_failed=False)
    monkeypatch.setattr("scorecards.what_if.trial.service_facts", mock.Mock(side_effect=RuntimeError("broken")))
    with pytest.raises(RuntimeError):
        jobs.run_next(AT)
    assert WhatIf.objects.get().state == "failed"
    assert not jobs.run_next(AT + timedelta(hours=1))


def test_it_is_kept_for_a_day(many):
    first = ask(rule_status_failed=False)
    jobs.forget(AT + timedelta(hours=23))
    assert WhatIf.objects.filter(pk=first.pk).exists()
    jobs.forget(AT + timedelta(hours=25))
    assert not WhatIf.objects.exists()
