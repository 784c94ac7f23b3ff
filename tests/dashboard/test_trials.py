"""Trials of definitions that are too large for a request: the embedded worker and the task compute them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.embedded import Scans, Stop
from scorecards import tasks
from scorecards.models import WhatIf
from scorecards.what_if import jobs
from tests.factories import make_deployment, make_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(olga, monkeypatch):
    monkeypatch.setattr(jobs, "IN_REQUEST", 0)
    make_deployment(make_service("web"), timezone.now() - timedelta(days=2), status="failed")
    return jobs.ask(None, {"rule_status_failed": False}, by=olga, now=timezone.now())


def done(row: WhatIf) -> bool:
    row.refresh_from_db()
    return row.state == "done" and row.result["counted"] == {"no_longer_failed": 1}


def test_the_embedded_worker_computes_it(waiting):
    Scans(Stop(), once=True).run()
    assert done(waiting)


def test_the_task_computes_it_and_forgets_old_ones(waiting, olga):
    old = WhatIf.objects.create(values={}, by=olga, at=timezone.now() - timedelta(days=2), state="done")
    tasks.try_definitions()
    assert done(waiting)
    assert not WhatIf.objects.filter(pk=old.pk).exists()


def test_a_worker_that_is_stopping_leaves_it(waiting):
    Scans(Stop(asked=True), once=True).run()
    waiting.refresh_from_db()
    assert waiting.state == "waiting"
