"""The production shape on the real services: PostgreSQL, Redis, RabbitMQ, and workers that die on the way."""

import gzip
import json
from pathlib import Path

import psycopg
import pytest

from tests.production import Site, postgresql_database, sqlite_database, wait_until

pytestmark = [pytest.mark.service, pytest.mark.slow]

FACTS = Path(__file__).parent / "data" / "org" / "facts.ndjson.gz"
BROKERS = {"redis": "redis://127.0.0.1:6379/5", "rabbitmq": "amqp://guest:guest@127.0.0.1:5672//"}
LINES_A_DELIVERY = 12
PENDING = "SELECT count(*) FROM ingest_delivery WHERE status = 'pending'"
PROCESSED = "SELECT count(*) FROM ingest_delivery WHERE status = 'processed'"
QUARANTINED = "SELECT count(*) FROM ingest_delivery WHERE status = 'quarantined'"
MARKS = "SELECT (SELECT count(*) FROM ingest_changedservice) + (SELECT count(*) FROM scorecards_changedday)"

RECEIVE = """
import gzip, random
from datetime import UTC, datetime
from ingest.inbox.receive import Line, receive_lines
from ingest.inbox.sources import native
from ingest.models import Delivery
from ingest.signals import delivered
lines = [Line(n, line) for n, line in enumerate(gzip.open({path!r}).read().splitlines(), 1)]
if {shuffled}:
    random.Random(1).shuffle(lines)
for start in range(0, len(lines), {size}):
    receipt = receive_lines(native(), lines[start:start + {size}], datetime(2026, 3, 20, tzinfo=UTC), "a test")
    delivered.send_robust(sender=Delivery, delivery_id=receipt.delivery.pk)
"""
SNAPSHOT = "from tests.ingest.facts.snapshot import as_text; print(as_text())"
SWEEP = "from ingest.tasks import sweep_inbox; sweep_inbox.delay()"
BUILD = "from scorecards.tasks import build_rollups; build_rollups.delay()"


def receive(site: Site, size: int = LINES_A_DELIVERY, *, shuffled: bool = False) -> int:
    """The small organisation as pending deliveries; how many."""
    site.run(RECEIVE.format(path=str(FACTS), size=size, shuffled=shuffled))
    return -(-len(gzip.decompress(FACTS.read_bytes()).splitlines()) // size)


def told(site: Site) -> dict[str, object]:
    return json.loads(site.run(SNAPSHOT))


def differing(one: dict[str, object], other: dict[str, object]) -> list[str]:
    return [name for name in one if one[name] != other[name]]


@pytest.fixture(scope="module")
def calm(tmp_path_factory) -> dict[str, object]:
    """What the embedded worker makes of the same events, in peace."""
    site = Site(sqlite_database(tmp_path_factory.mktemp("calm") / "db.sqlite3"))
    receive(site, size=1_000)
    site.manage("work", "--once")
    snapshot = told(site)
    assert len(snapshot["deployments"]) > 100
    assert len(snapshot["rollups"]) > 100
    return snapshot


@pytest.fixture
def database(require_service):
    require_service("postgresql")
    with postgresql_database() as url:
        yield url


def test_postgresql_comes_to_the_same_figures(database, calm):
    site = Site(database)
    line = site.manage("ingest_events", str(FACTS)).splitlines()[-1]
    assert line.endswith("ignored 0 quarantined 0 duplicates 0")
    again = site.manage("ingest_events", str(FACTS)).splitlines()[-1]
    assert "processed 0 ignored 0 quarantined 0" in again
    assert differing(told(site), calm) == []


def test_postgresql_keeps_rollups_equal_to_a_rebuild(database, calm):
    site = Site(database)
    receive(site, size=200)
    site.manage("work", "--once")
    assert differing(told(site), calm) == []
    site.manage("rebuild_rollups")
    assert differing(told(site), calm) == []


@pytest.mark.parametrize("broker", BROKERS)
def test_workers_that_are_killed_lose_nothing(broker, database, calm, require_service, tmp_path):
    require_service(broker)
    site = Site(database, BROKERS[broker])
    deliveries = receive(site)
    log = tmp_path / "workers.log"
    with site.workers(log) as kill:
        wait_until(lambda: site.count(PROCESSED) >= deliveries // 8, "the workers take up what is pending")
        kill()
    done = site.count(PROCESSED)
    assert done < deliveries, "they were too fast to be killed on the way"
    with psycopg.connect(database) as connection:  # five minutes later
        connection.execute("UPDATE ingest_delivery SET lease_until = now() - interval '1 s' WHERE lease_until > now()")
    with site.workers(log):
        site.run(SWEEP)
        wait_until(lambda: site.count(PENDING) == 0, "what is pending is worked off")
        site.run(BUILD)
        wait_until(lambda: site.count(MARKS) == 0, "the rollups are built")
    assert site.count(PROCESSED) == deliveries, site.count("SELECT count(*) FROM ingest_delivery")
    assert differing(told(site), calm) == []
    assert "deadlock" not in log.read_text()


def test_workers_that_meet_new_names_at_once_keep_out_of_each_others_way(database, calm):
    site = Site(database)
    receive(site, size=1, shuffled=True)
    errors = site.at_once(4, "work", "--once")
    assert [error for error in errors if "Traceback" in error] == []
    assert site.count(QUARANTINED) == 0
    assert site.count(PENDING) == 0
    assert differing(told(site), calm) == []


def test_a_broker_that_is_away_holds_nothing_up(database, calm):
    site = Site(database, "redis://127.0.0.1:1/0")
    receive(site, size=1_000)
    site.manage("work", "--once")
    assert differing(told(site), calm) == []
