"""What beat asks for, worked off by Celery workers that are killed: over RabbitMQ, which delivers again."""

import os
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection

from dashboard.celery import app
from tests.dashboard.mails.sink import sink
from tests.dashboard.reports.batch import Database, environment, subscribe
from tests.production import Site, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service, pytest.mark.slow]
BROKER = "amqp://guest:guest@127.0.0.1:5672//"
TASK = app.conf.beat_schedule["send weekly reports"]["task"]
SIZE = 120
CHILDREN = 3  # that run tasks: see Site.workers


def child_of(name: str) -> int:
    """A process that the worker of this queue forked for its tasks."""
    parents = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and name in (folder / "cmdline").read_text():
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return next(pid for pid, parent in parents.items() if parent in parents)


@pytest.fixture
def queue():
    """A queue of its own, and what puts a tick of beat into it."""
    name = f"reports-{uuid4().hex[:8]}"
    with Celery(broker=BROKER) as broker, broker.connection_for_write() as line:
        yield name, lambda: broker.send_task(TASK, queue=name, connection=line, ignore_result=True)
        line.default_channel.queue_delete(name)
        line.default_channel.exchange_delete(name)


def test_a_tick_that_is_delivered_twice_and_again_after_a_kill_sends_each_mail_once(queue, tmp_path, require_service):
    if connection.vendor == "sqlite":
        pytest.skip("Celery's workers are for PostgreSQL")
    require_service("rabbitmq")
    name, tick = queue
    addresses, database = subscribe(SIZE), Database(tmp_path)
    log = tmp_path / "workers.log"
    with sink() as found:
        site = Site(database.url, BROKER)
        site.environment |= environment(database.url, found.port)
        for _ in range(2):
            tick()
        with site.workers(log, "-Q", name) as kill:
            wait_until(lambda: len(found.messages) >= SIZE // 6, "the workers send")
            os.kill(child_of(name), signal.SIGKILL)  # its task is delivered again at once
            wait_until(lambda: len(found.messages) >= SIZE // 2, "the others go on")
            kill()
        begun = len(found.messages)
        assert begun < SIZE, "they were too fast to be killed on the way"
        database.hours_later()
        with site.workers(log, "-Q", name):  # what was not acknowledged comes again by itself
            wait_until(lambda: len(database.states()) == SIZE and not open_ones(database), "all is sent")
        kept, states = found.kept(), database.states()
    assert set(kept.values()) == {1}
    assert {state for state, _ in states.values()} <= {"sent", "unsure"}
    assert all(kept[one] == 1 for one in addresses if states[one][0] == "sent")
    assert Counter(state for state, _ in states.values())["unsure"] <= 1 + CHILDREN


def open_ones(database: Database) -> int:
    return sum(state in ("claimed", "handing") for state, _ in database.states().values())
