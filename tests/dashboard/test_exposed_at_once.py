"""Several scrapes at once, on the database that has several writers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from dashboard.exposed import Exposed, exposed
from dashboard.models import ExposedCounter
from tests.dashboard.test_exposed import HOUR, MINUTE, START, deployed, ingest

AT_ONCE = 4


@pytest.fixture
def at_once() -> Callable[[timedelta], list[dict[int, Exposed]]]:
    def scrape(after: timedelta) -> list[dict[int, Exposed]]:
        together = Barrier(AT_ONCE)

        def one(_: int) -> Any:
            try:
                together.wait(10)
                return exposed(START + after)
            finally:
                connection.close()

        with ThreadPoolExecutor(AT_ONCE) as scrapers:
            return list(scrapers.map(one, range(AT_ONCE)))

    return scrape


@pytest.mark.django_db(transaction=True)
def test_each_deployment_counts_once_however_many_scrapes_there_are_at_once(at_once):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    services = [f"s{number}" for number in range(20)]
    ingest([deployed(f"old {slug}", START - HOUR, service=slug) for slug in services])
    at_once(timedelta(0))
    assert ExposedCounter.objects.count() == len(services)
    for round_ in range(1, 4):
        ingest([deployed(f"{round_} {slug}", START + round_ * HOUR - MINUTE, service=slug) for slug in services])
        told = at_once(round_ * HOUR)
        assert {own.succeeded for found in told for own in found.values()} == {round_}
        assert set(ExposedCounter.objects.values_list("succeeded", flat=True)) == {round_}
