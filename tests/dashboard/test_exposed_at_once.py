"""Two scrapes at once while deployments come in, on the database that has several writers."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillAtWork
from contextlib import suppress
from threading import Event

import pytest
from django.db import connection

import dashboard.exposed
from dashboard.exposed import exposed
from dashboard.models import ExposedCounter
from scorecards.reliability.readings import rollbacks
from tests.dashboard.test_exposed import HOUR, START, deployed, ingest


@pytest.mark.django_db(transaction=True)
def test_a_scrape_that_counted_before_does_not_take_back_what_a_later_one_counted(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    ingest([deployed("old", START - HOUR)])
    exposed(START)
    ingest([deployed("d1", START + HOUR)])
    counted, may_write = Event(), Event()

    def pausing(*asked):
        if not counted.is_set():
            counted.set()
            may_write.wait(10)
        return rollbacks(*asked)

    monkeypatch.setattr(dashboard.exposed, "rollbacks", pausing)

    def scrape() -> int:
        try:
            return next(iter(exposed(START + 3 * HOUR).values())).succeeded
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as scrapers:
        earlier = scrapers.submit(scrape)
        assert counted.wait(10)
        ingest([deployed("d2", START + 2 * HOUR)])
        later = scrapers.submit(scrape)
        with suppress(StillAtWork):
            later.result(0.3)  # it waits for the earlier one, or else has written before it
        may_write.set()
        assert (earlier.result(10), later.result(10)) == (1, 2)
    assert ExposedCounter.objects.get().succeeded == 2
