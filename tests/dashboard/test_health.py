"""What a load balancer is told."""

import socket

import pytest
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder

from dashboard import health


def broken(self):
    raise DatabaseError("could not connect to db.internal as plumbline")


@pytest.fixture
def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_it_lives_without_a_database(client):
    for method in (client.get, client.head):
        assert method("/health/live").status_code == 200
    assert client.get("/health/live").json() == {"status": "ok", "checks": {}}


@pytest.mark.django_db
def test_it_is_ready_when_the_database_answers_and_is_migrated(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok"}}
    assert "no-store" in answer["Cache-Control"]
    head = client.head("/health/ready")
    assert (head.status_code, head.content) == (200, b"")


def test_it_is_not_ready_while_the_database_is_away_and_tells_no_secrets(client, monkeypatch):
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", broken)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {"database": "unavailable", "migrations": "unknown"},
    }


@pytest.mark.django_db
def test_it_is_not_ready_before_the_last_migration(client, monkeypatch):
    known = health._known_migrations() | {("dashboard", "9999_of_tomorrow")}
    monkeypatch.setattr(health, "_known_migrations", lambda: known)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "pending")


@pytest.mark.django_db
def test_it_stays_ready_without_the_broker_and_says_so(client, settings, free_port):
    settings.BROKER_URL = f"redis://:hunter2@127.0.0.1:{free_port}/0"
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"]["broker"] == "unavailable"
    assert b"hunter2" not in answer.content


@pytest.mark.django_db
def test_it_finds_the_broker(client, settings, free_port):
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.BROKER_URL = f"amqp://127.0.0.1:{server.getsockname()[1]}//;amqp://elsewhere"
        assert client.get("/health/ready").json()["checks"]["broker"] == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["memory://", "redis://127.0.0.1:notaport/0"])
def test_it_says_that_it_does_not_know_of_a_broker_that_it_cannot_ask(client, settings, url):
    settings.BROKER_URL = url
    assert client.get("/health/ready").json()["checks"]["broker"] in ("unknown", "unavailable")


def test_it_takes_no_post(client):
    assert client.post("/health/live").status_code == 405
