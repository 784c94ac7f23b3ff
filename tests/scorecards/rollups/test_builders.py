"""Several builders of rollups at once, and facts that change hands between what they work on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from ingest.models import ChangedService, Service
from scorecards.models import DayRollup, JudgedDeployment
from scorecards.rollups import build
from scorecards.rollups.build import build_rollups
from tests.native_events import load_lines

SERVICES = ("login", "mail", "pay", "search", "shop")


def deployed(service: str, key: str, minute: int) -> bytes:
    return (
        f'{{"event":"{service}-{key}","type":"deployment.finished","at":"2026-03-02T09:{minute:02}:00Z",'
        f'"status":"success","deployment":"{key}","service":"{service}","environment":"production"}}'
    ).encode()


def deployments_of(service: str) -> int:
    rows = DayRollup.objects.filter(scope=f"service:{Service.objects.get(slug=service).pk}")
    return sum(rows.values_list("deployments", flat=True))


def in_thread(function: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        try:
            return function()
        finally:
            connections.close_all()

    return run


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "then"), [("pay", "shop"), ("shop", "pay")])
def test_it_follows_a_deployment_to_another_service(monkeypatch, first, then):
    monkeypatch.setattr(build, "SERVICES_A_TIME", 1)
    load_lines([deployed("pay", "other", 0), deployed("shop", "another", 0), deployed(first, "d1", 1)])
    build_rollups()
    load_lines([deployed(then, "d1", 2)])
    build_rollups()
    assert (deployments_of(first), deployments_of(then)) == (1, 2)
    assert JudgedDeployment.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_it_shares_the_services_and_leaves_no_mark(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    monkeypatch.setattr(build, "SERVICES_A_TIME", 1)
    load_lines([deployed(service, f"{service}-1", 1) for service in SERVICES])
    with ThreadPoolExecutor(3) as pool:
        counts = [pool.submit(in_thread(build_rollups)) for _ in range(3)]
        assert sum(count.result(30) for count in counts) == len(SERVICES)
    assert not ChangedService.objects.exists()
    assert [deployments_of(service) for service in SERVICES] == [1] * len(SERVICES)
    assert DayRollup.objects.get(scope="org", tier="").deployments == len(SERVICES)


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_a_service_that_another_builder_is_at():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    load_lines([deployed("pay", "d1", 1)])
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert build._claim(build._marked())
            other = pool.submit(in_thread(build_rollups))
            with pytest.raises(TimeoutError):
                other.result(0.3)
        assert other.result(30) == 1
    assert not ChangedService.objects.exists()
