"""The worked example of metrics.md as pages see it: service pay of team payments, one week in March."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from ingest.models import ChangedService, Service
from scorecards.rollups.build import build_rollups
from tests.factories import (
    make_change,
    make_delivery,
    make_deployment,
    make_incident,
    make_repository,
    make_service,
    make_team,
)

WEEK = "from=2026-03-02&to=2026-03-09"


def march(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def example(db):
    service = make_service("pay", make_team("payments", name="Payments"), tier="critical")
    repository = make_repository("acme/pay", service)
    for sha, authored_at in {
        "a": march(2, 9, 30),
        "b": march(1, 10),
        "c": march(3, 11),
        "e": march(5, 8),
    }.items():
        make_change(repository, authored_at, sha=sha, title=f"Change {sha}")

    def deploy(name, finished_at, version, shas, **fields):
        return make_deployment(
            service, finished_at, repository=repository, external_id=name, version=version, shas=shas, **fields
        )

    found = {
        "service": service,
        "d1": deploy("d1", march(2, 10), "1", ["a", "b"]),
        "d2": deploy("d2", march(3, 12), "2", ["c"]),
        "d3": deploy("d3", march(3, 12, 38), "1", [], kind="rollback", rollback_of="d2"),
        "d4": deploy("d4", march(5, 9), "3", ["e"], status="failed"),
        "d5": deploy("d5", march(5, 9, 20), "3", ["e"]),
        "i1": make_incident(
            service,
            march(3, 12, 10),
            resolved_at=march(3, 12, 40),
            names_cause=True,
            caused_by="d2",
            severity="sev2",
            title="Checkout answers 502",
        ),
    }
    make_delivery(status="processed")
    judge(service)
    return found


def judge(service: Service) -> None:
    """Have the service judged anew from its facts."""
    ChangedService.objects.create(service=service)
    build_rollups()


@pytest.fixture
def see(client, alice):
    """Ask as alice; the answer's text."""
    client.force_login(alice)

    def get(path: str, status: int = 200) -> str:
        answer = client.get(path)
        assert answer.status_code == status
        return answer.content.decode()

    return get


@pytest.fixture
def pay_service(db):
    """A service of team pay, which alice leads."""
    return make_service("pay-api", make_team("pay", name="Payments"), name="Pay API")


@pytest.fixture
def words(see):
    """Ask as alice; the answer's words without markup, spaces made one."""

    def get(path: str, status: int = 200) -> str:
        text = re.sub(r"<(script|style).*?</\1>", " ", see(path, status), flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())

    return get
