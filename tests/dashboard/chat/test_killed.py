"""The worker is killed at random moments of sending: each message arrives once, or is shown as unsure."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings
from django.db import connection

from dashboard.chat import send
from dashboard.models import ChatPost
from tests.dashboard.chat.hook import SECRET, Hook, hook
from tests.dashboard.chat.made import NOW, make_channel
from tests.factories import make_budget_step, make_service, make_slo

ROOT = Path(__file__).parents[3]
KILLS, CHANNELS = 20, 60
# Forks a worker for each moment that it is told, so that not each of them has to start anew.
WORKERS = """
import os, sys
from datetime import datetime
import django
django.setup()
import dashboard.urls
from dashboard.chat import send
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        send.send(datetime.fromisoformat(line.strip()))
        os._exit(0)
    print(pid, flush=True)
    os.waitpid(pid, 0)
    print("over", flush=True)
"""


class Workers:
    """One turn after the other, each by a worker of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None and process.stdout is not None
        self._to, self._from = process.stdin, process.stdout

    def start(self, now: datetime) -> int:
        self._to.write(f"{now.isoformat()}\n")
        self._to.flush()
        return int(self._from.readline())

    def wait(self) -> None:
        assert self._from.readline() == "over\n"


@contextmanager
def workers(server: Hook) -> Iterator[Workers]:
    told = connection.settings_dict
    place = f"{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"postgres://{place}",
        "SECRET_KEY": settings.SECRET_KEY,
        "CHAT_HOSTS": server.host,
    }
    process = subprocess.Popen(
        [sys.executable, "-c", WORKERS], cwd=ROOT, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Workers(process)
    finally:
        process.communicate(timeout=60)


def kill_after(pid: int, server: Hook, messages: int, seconds: float) -> bool:
    """Once so many more messages came, and a moment later; false where it had nothing more to do."""
    wanted = len(server.paths) + messages
    while len(server.paths) < wanted and Path(f"/proc/{pid}").exists():
        time.sleep(0.001)
    time.sleep(seconds)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.django_db(transaction=True)
def test_each_arrives_once_or_is_shown_as_unsure_whenever_the_worker_is_killed(pay):
    if connection.vendor == "sqlite":
        pytest.skip("the tests' database lives in this process alone")
    luck, now, killed = Random(7), NOW, 0
    with hook() as server:
        for number in range(CHANNELS):
            said = {"digest": True, "alerts": {}, "hour": 12} if number % 12 == 0 else {"digest": False}
            make_channel(pay, address=f"{server.address}/{number}", since=NOW - timedelta(days=1), **said)
        make_budget_step(make_slo(make_service("checkout", pay)), "", "50", at=NOW)
        with workers(server) as turns:
            for number in range(KILLS + 50):
                pid = turns.start(now)
                if number < KILLS:
                    messages = luck.randrange(4)
                    killed += kill_after(pid, server, messages, luck.uniform(0, 0.02 if messages else 0.3))
                turns.wait()
                now += send.LEASE  # what the dead one held is free
                if number >= KILLS and not ChatPost.objects.filter(state__in=["waiting", "handing"]).exists():
                    break
        arrived = Counter(server.paths)
    posts = {f"{SECRET}/{number}": post for number, post in enumerate(ChatPost.objects.order_by("channel"))}
    assert len(posts) == CHANNELS and set(arrived.values()) == {1}
    for path, post in posts.items():
        assert (post.state, arrived[path]) in {("sent", 1), ("unsure", 1), ("unsure", 0)}
        assert post.state == "sent" or post.error == send.DIED
    assert killed >= KILLS // 2
