"""The command is killed at random points and started again: the same facts as from a run that nobody disturbed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from tests.github_server.organisation import make
from tests.github_server.server import Server
from tests.production import postgresql_database, sqlite_database

ROOT = Path(__file__).parents[3]
SNAPSHOT = (
    "from tests.ingest.facts.snapshot import facts, _plain\nimport json\nprint(json.dumps(facts(), default=_plain))"
)


def manage(database: str, server: Server, *args: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": database, "GITHUB_API_URL": server.url, "GITHUB_TOKEN": "a-token"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *args], cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-2_000:]
    return out


def facts_of(database: str, server: Server) -> str:
    return finish(manage(database, server, "shell", "-v", "0", "-c", SNAPSHOT)).strip().splitlines()[-1]


def kill_after(process: subprocess.Popen[str], server: Server, requests: int) -> bool:
    """Kill it once the server has answered so many; whether it was still at work."""
    while process.poll() is None and len(server.requests) < requests:
        time.sleep(0.002)
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return True


def kill_in(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill it after a time, wherever it is; whether it was still at work."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def killed_and_resumed(databases: Sequence[str], server: Server, seed: int, times: int) -> None:
    """Read it whole into the first database, and with so many kills into the second; they hold the same facts."""
    began = time.monotonic()
    finish(manage(databases[0], server, "sync_github", "acme"))
    needed, took = len(server.requests), time.monotonic() - began
    luck = Random(seed)
    begun, killed = needed, 0
    for place, point in enumerate(sorted(luck.sample(range(1, needed - 5), times))):
        process = manage(databases[1], server, "sync_github", "acme")
        by_time = place % 3 == 2  # also while nothing is asked, but recorded and judged
        killed += kill_in(process, took * luck.random()) if by_time else kill_after(process, server, begun + point)
    finish(manage(databases[1], server, "sync_github", "acme"))
    assert killed >= times // 2
    assert facts_of(databases[1], server) == facts_of(databases[0], server)


@pytest.mark.slow
def test_fifty_repositories_and_ten_kills_end_with_the_same_facts(tmp_path):
    databases = [sqlite_database(tmp_path / f"{name}.sqlite3") for name in ("whole", "killed")]
    with Server(make(50, 1, commits=8, pulls=4, deployments=5)) as server:
        killed_and_resumed(databases, server, seed=1, times=10)
        finish(manage(databases[1], server, "sync_github", "acme"))
        asked = len(server.requests)
        finish(manage(databases[1], server, "sync_github", "acme"))
        assert len(server.requests) - asked <= 50


@pytest.mark.slow
@pytest.mark.service
def test_postgresql_ends_with_the_same_facts(require_service):
    require_service("postgresql")
    organisation = make(12, 3, commits=8, pulls=4, deployments=5)
    with postgresql_database() as one, postgresql_database() as other, Server(organisation) as server:
        killed_and_resumed([one, other], server, seed=3, times=5)
