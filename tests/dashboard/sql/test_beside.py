"""Who owned what when, what was removed, up to when all is told: as the API tells it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.datasets import incremental
from dashboard.datasets.every import DATASETS
from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import ChangedService, Deployment, Ownership, Service, Team
from tests.dashboard.sql.plain import Plain
from tests.factories import NOON, make_deployment, make_service, make_team, make_token

BASES = st.sampled_from(Ownership.Basis.values)
HOURS = st.integers(0, 100)
SAID = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 2), BASES, HOURS), max_size=8, unique_by=lambda one: one[2:]
)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SAID)
def test_ownership_is_what_figures_go_by(said):
    with transaction.atomic():
        unassigned, _ = Team.objects.get_or_create(slug="unassigned", defaults={"name": "Unassigned"})
        services = [make_service(f"s{number}", team=None) for number in range(2)]
        teams = [make_team(f"t{number}") for number in range(3)]
        for number, (service, team, basis, hour) in enumerate(said):
            at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
            Ownership.objects.create(service=services[service], team=teams[team], basis=basis, key=str(number), at=at)
        periods = periods_by_service()
        with connection.cursor() as cursor:
            cursor.execute("SELECT service_key, team_key, from_day, until_day FROM bi_v1_ownership")
            told = [(service, team, _day(first), _day(end)) for service, team, first, end in cursor.fetchall()]
        for service in services:
            for day in (date(2026, 2, 27) + timedelta(days=number) for number in range(12)):
                found = [
                    team for pk, team, first, end in told
                    if pk == service.pk and (first is None or first <= day) and (end is None or day < end)
                ]  # fmt: skip
                assert found == [owner_on(periods.get(service.pk, ()), day) or unassigned.pk]
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_removed_rows_are_those_that_an_incremental_reader_is_told():
    service = make_service("pay-api", make_team("pay"))
    kept, gone = make_deployment(service).pk, make_deployment(service).pk
    Deployment.objects.filter(pk=gone).delete()
    Service.objects.filter(pk=service.pk).update(owner=make_team("web"))  # kept left team pay, not the dataset
    token, _ = make_token()
    told = {(row["dataset"], row["key"]) for row in Plain().rows("SELECT * FROM bi_v1_removed_rows")}
    assert ("deployments", str(gone)) in told and ("deployments", str(kept)) not in told
    assert told == {
        (name, row.key)
        for name, dataset in DATASETS.items()
        for row in incremental.removed_since(dataset, token, NOON - timedelta(days=4000))
    }


@pytest.mark.django_db
def test_as_of_is_no_later_than_the_oldest_fact_that_is_still_to_be_judged():
    [row] = Plain().rows("SELECT * FROM bi_v1_as_of")
    at, now = _instant(row["as_of"]), timezone.now()
    patience = incremental.CLOCKS_APART + (incremental.LONGEST if connection.vendor == "sqlite" else timedelta())
    assert now - patience - timedelta(minutes=2) < at <= now - patience + timedelta(seconds=1)
    assert row["time_zone"] == str(django_settings.ORGANISATION_ZONE)
    mark = ChangedService.objects.create(service=make_service("pay-api"))
    ChangedService.objects.update(at=NOON)
    [row] = Plain().rows("SELECT * FROM bi_v1_as_of")
    assert mark.pk and _instant(row["as_of"]) == NOON


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _instant(value: object) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
