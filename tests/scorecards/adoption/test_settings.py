"""Settings of adoption that make no sense stop the start with a sentence; the work is in the schedule."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import embedded
from dashboard.celery import app
from scorecards import tasks
from scorecards.models import AdoptionDay, ChangedDay
from scorecards.rollups.build import build_rollups, mark_all
from tests.factories import make_deployment, make_service

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADOPTION_CAPABILITIES", "0"),
        ("ADOPTION_CAPABILITIES", "many"),
        ("ADOPTION_SHARE", "0"),
        ("ADOPTION_SHARE", "1.1"),
        ("ADOPTION_SHARE", "half"),
        ("ADOPTION_SHARE", "1/0"),
        ("ADOPTION_CONFIG", "none.yaml"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"{name}" in done.stderr.splitlines()[-1] and "makes no sense" in done.stderr.splitlines()[-1]


@pytest.mark.django_db
def test_the_tasks_gather_and_build() -> None:
    make_deployment(make_service())
    mark_all()
    build_rollups()
    assert tasks.build_adoption() > 0
    assert tasks.keep_adoption() == 0
    assert AdoptionDay.objects.exists()
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"scorecards.tasks.build_adoption", "scorecards.tasks.keep_adoption"} <= names


@pytest.mark.django_db
def test_the_embedded_worker_builds_it() -> None:
    make_deployment(make_service())
    mark_all()
    embedded.work(embedded.Stop(), once=True)
    assert not ChangedDay.objects.exists()
    assert AdoptionDay.objects.exists()
