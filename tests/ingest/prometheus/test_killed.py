"""The command is killed at random moments and started again: nothing is lost, and nothing counts twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.ingest.prometheus.world import counters
from tests.production import postgresql_database, sqlite_database
from tests.prometheus import prometheus

ROOT = Path(__file__).parents[3]
TRUTH = counters(seed=5)
KILLS = 5
SET_UP = """
from tests.ingest.prometheus.world import deployments_signal, server_at
deployments_signal(server_at({url!r}))
"""
# Who was killed while it recorded holds deliveries for some minutes: what a sweep finds once these are over.
LET_GO = """
from ingest.models import Delivery
Delivery.objects.update(lease_until=None)
"""
COUNTED = """
import json
from collections import Counter
from ingest.models import Delivery, Deployment
rows = Deployment.objects.select_related("service")
found = Counter(f"{row.service.slug} {row.status} {row.finished_at:%Y-%m-%d}" for row in rows)
print(json.dumps([found, Delivery.objects.filter(status="pending").count()]))
"""


def manage(database: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *args], cwd=ROOT, env={**os.environ, "DATABASE_URL": database}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out[-2_000:] + err[-2_000:]
    return out


def was_killed(process: subprocess.Popen[str], seconds: float) -> bool:
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def killed_and_resumed(database: str, url: str) -> None:
    finish(manage(database, "shell", "-v", "0", "-c", SET_UP.format(url=url)))
    began = time.monotonic()
    finish(manage(database, "help", "sync_prometheus"))  # as long as the start takes, nothing is read
    start, luck = time.monotonic() - began, Random(3)
    killed = sum(was_killed(manage(database, "sync_prometheus"), start + luck.uniform(0, 1.5)) for _ in range(KILLS))
    finish(manage(database, "shell", "-v", "0", "-c", LET_GO))
    finish(manage(database, "sync_prometheus"))
    assert killed >= 1
    found, pending = json.loads(finish(manage(database, "shell", "-v", "0", "-c", COUNTED)).splitlines()[-1])
    words = {"success": "succeeded", "failed": "failed"}
    assert found == {f"{service} {words[status]} {day}": n for (service, status, day), n in TRUTH.counts.items()}
    assert pending == 0


@pytest.mark.slow
def test_killed_at_any_moment_it_counts_each_deployment_once(tmp_path):
    with prometheus(TRUTH.series) as real:
        killed_and_resumed(sqlite_database(tmp_path / "db.sqlite3"), real.url)


@pytest.mark.service
@pytest.mark.slow
def test_killed_at_any_moment_on_postgresql(require_service):
    require_service("postgresql")
    with postgresql_database() as database, prometheus(TRUTH.series) as real:
        killed_and_resumed(database, real.url)
