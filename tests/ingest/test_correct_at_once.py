"""Several people join reports at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from ingest.correct import correct
from ingest.models import Incident
from tests.factories import NOON, make_incident, make_service


@pytest.mark.django_db(transaction=True)
def test_no_report_is_left_under_one_that_is_a_duplicate_itself():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    service = make_service()
    reports = [make_incident(service, NOON + timedelta(minutes=number)) for number in range(4)]
    together = Barrier(3)

    def join(number: int) -> None:
        try:
            together.wait(10)
            correct(reports[number], "duplicate_of", reports[number - 1].pk, reason="So.", by="alice", at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as people:
        list(people.map(join, (1, 2, 3)))
    standing = set(Incident.objects.exclude(pk=reports[0].pk).values_list("duplicate_of", flat=True))
    assert standing == {reports[0].pk}
