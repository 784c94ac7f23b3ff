"""Which verdicts count as changed."""

from datetime import timedelta

import pytest

from ingest.models import Service
from scorecards.models import VerdictChange
from scorecards.scans.changed import changes_of
from tests.factories import NOON, make_service

pytestmark = pytest.mark.django_db


def became(service: Service, before: str, after: str) -> VerdictChange:
    return VerdictChange.objects.create(
        service=service, standard="DOP", control="DOP-8.2-03", before=before, after=after, cause="data", at=NOON
    )


@pytest.mark.parametrize("before", ["", "not_connected"])
def test_a_first_verdict_is_no_change(before):
    service = make_service()
    became(service, before, "fail")
    assert not changes_of("DOP", [service.pk], NOON).exists()


def test_another_verdict_is_one_from_its_moment_on():
    service = make_service()
    change = became(service, "pass", "fail")
    assert list(changes_of("DOP", [service.pk], NOON)) == [change]
    assert not changes_of("DOP", [service.pk], NOON + timedelta(seconds=1)).exists()


def test_a_source_that_went_away_changed_the_verdict():
    service = make_service()
    change = became(service, "fail", "not_connected")
    assert list(changes_of("DOP", [service.pk], NOON)) == [change]
