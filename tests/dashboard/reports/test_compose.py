"""Figures as mailed are kept, and what late events make of them is said in the next mail."""

from base64 import b64decode
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from dashboard.models import SentReport
from dashboard.reports import compose
from dashboard.reports.render import rendered
from ingest.models import Team
from tests.dashboard.pages.conftest import judge, march
from tests.factories import make_incident

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
WEEK = timedelta(days=7)


def mail(example, week: int):
    """The team's report of a week after the worked example's, mailed."""
    team = Team.objects.get(slug="payments").pk
    report = compose.composed(MONDAY + WEEK * week, NOW + WEEK * week, {team})[team]
    compose.keep([report])
    return report


def test_it_keeps_the_figures_and_the_pictures_as_they_were_mailed(example):
    report = mail(example, 0)
    kept = SentReport.objects.get()
    assert kept.figures["change_failure_rate"] == 0.4 and kept.figures["mttr"] == 1500
    assert all(b64decode(data).startswith(b"\x89PNG") for data in kept.pictures.values())
    assert kept.restated == []
    example["i1"].delete()
    judge(example["service"])
    mail(example, 0)
    kept.refresh_from_db()
    assert kept.figures == {one.metric: one.value for one in report.figures}


def test_what_is_compared_later_is_what_was_mailed(example):
    """Nothing came meanwhile, so nothing is restated: not of the organisation either."""
    for week in range(3):
        found = compose.composed(MONDAY + WEEK * week, NOW + WEEK * week, {None})[None]
        compose.keep([found])
        assert mail(example, week).restated == found.restated == []


def test_the_next_mail_says_what_a_late_event_changed_and_only_the_next(example):
    mail(example, 0)
    make_incident(example["service"], march(4, 9), resolved_at=march(4, 12), severity="sev1", title="Told late")
    judge(example["service"])
    report = mail(example, 1)
    [line] = [one.line for one in report.restated if one.metric == "mttr"]
    assert line.name == "Mean time to recovery, 2026-W10"
    assert line.text.startswith("was mailed as 25\u00a0min, is ")
    assert line.href.endswith("/explain/mttr/?scope=team%3Apayments&from=2026-03-02&to=2026-03-09")
    parts = rendered(report)
    assert line.text in parts.text and line.text in unescape(parts.html)
    assert "restated" in report.summary
    kept = SentReport.objects.get(week=MONDAY + WEEK)
    assert line.text in kept.text and line.text in unescape(kept.html)
    assert mail(example, 1).restated == report.restated  # who gets it later in the week reads the same
    assert mail(example, 2).restated == []


def test_figures_that_appear_are_restated(example):
    empty = mail(example, -1)
    assert not empty.figures[0].now or empty.figures[0].value == 0
    make_incident(example["service"], march(1, 9), resolved_at=march(1, 10), severity="sev2")
    judge(example["service"])
    found = {one.metric: one.line.text for one in mail(example, 0).restated}
    assert found["mttr"] == "was mailed as no data, is 1.0\u00a0h"
