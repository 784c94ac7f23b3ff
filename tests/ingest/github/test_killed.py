"""The command is killed at random points and started again: the same facts as from a run that nobody disturbed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.github_server.organisation import make
from tests.github_server.server import Server

ROOT = Path(__file__).parents[3]
TIMES = 10
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


@pytest.mark.parametrize("seed", [1])
def test_it_ends_with_the_same_facts(tmp_path, seed):
    databases = [f"sqlite:///{tmp_path}/{name}.sqlite3" for name in ("whole", "killed")]
    with Server(make(50, seed, commits=8, pulls=4, deployments=5)) as server:
        for database in databases:
            finish(manage(database, server, "migrate", "-v", "0"))
        finish(manage(databases[0], server, "sync_github", "acme"))
        needed = len(server.requests)
        points = sorted(random.Random(seed).sample(range(1, needed - 5), TIMES))
        begun, killed = len(server.requests), 0
        for point in points:
            process = manage(databases[1], server, "sync_github", "acme")
            killed += kill_after(process, server, begun + point)
        finish(manage(databases[1], server, "sync_github", "acme"))
        assert killed >= TIMES - 2
        assert facts_of(databases[1], server) == facts_of(databases[0], server)
        finish(manage(databases[1], server, "sync_github", "acme"))
        asked = len(server.requests)
        finish(manage(databases[1], server, "sync_github", "acme"))
        assert len(server.requests) - asked <= 50
