"""``/data/``: is everything arriving, what was refused, what belongs to nobody."""

import pytest

from dashboard import access
from ingest.models import ChangedService, Delivery, Ownership, Service
from tests.dashboard.pages.conftest import WEEK
from tests.factories import make_delivery, make_service, make_team, native

pytestmark = pytest.mark.django_db


@pytest.fixture
def operate(client, olga):
    client.force_login(olga)
    return client


def test_it_counts_what_each_source_sent(operate, example):
    make_delivery(status="processed", event_count=2000)
    make_delivery(status="ignored", event_count=3)
    make_delivery(status="quarantined")
    make_delivery(status="pending")
    source = native()
    source.duplicate_count = 7
    source.save()
    health = next(one for one in operate.get("/data/").context["sources"] if one.source == source)
    assert health.received == 2006
    assert (health.events["processed"], health.events["ignored"], health.events["quarantined"]) == (2001, 3, 1)
    assert health.received == sum(health.events.values())


def test_it_shows_a_source_that_never_sent_anything(operate, example):
    source = native()
    source.pk, source.public_id, source.name = None, "other", "GitHub"
    source.save()
    assert "silent" in operate.get("/data/").content.decode()


def test_it_shows_a_refused_payload_escaped_and_without_its_secrets(operate, example):
    make_delivery(
        status="quarantined",
        error="“status” is missing.",
        body=b'{"token": "hunter2hunter2", "note": "<script>alert(1)</script>"}',
    )
    page = operate.get("/data/").content.decode()
    assert "“status” is missing." in page
    assert "hunter2" not in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_it_shows_payloads_to_nobody_but_those_who_operate(see, example):
    make_delivery(status="quarantined", error="bad", body=b'{"note": "private"}')
    page = see("/data/")
    assert "private" not in page
    assert "Only staff" in page


def test_it_replays_one_delivery(operate, example):
    one, other = make_delivery(status="quarantined"), make_delivery(status="quarantined")
    answer = operate.post("/data/replay/", {"delivery": one.pk}, follow=True)
    assert "Put 1 delivery back into the queue." in answer.content.decode()
    assert Delivery.objects.get(pk=one.pk).status == "pending"
    assert Delivery.objects.get(pk=other.pk).status == "quarantined"


def test_it_replays_all(operate, example):
    make_delivery(status="quarantined"), make_delivery(status="quarantined")
    operate.post("/data/replay/", {"delivery": "all"})
    assert not Delivery.objects.filter(status="quarantined").exists()


@pytest.mark.parametrize("number", ["", "x", "9" * 40, "-1", "²"])
def test_it_replays_nothing_for_a_number_that_is_none(operate, example, number):
    make_delivery(status="quarantined")
    operate.post("/data/replay/", {"delivery": number})
    assert Delivery.objects.filter(status="quarantined").count() == 1


def test_it_lets_nobody_else_replay(client, alice, example):
    make_delivery(status="quarantined")
    client.force_login(alice)
    assert client.post("/data/replay/", {"delivery": "all"}).status_code == 403
    assert Delivery.objects.filter(status="quarantined").count() == 1


def test_it_takes_no_replay_by_get(operate, example):
    assert operate.get("/data/replay/").status_code == 405


def test_it_gives_a_service_to_a_team(operate, example):
    service, team = make_service("nobodys"), make_team("search", name="Search")
    assert "nobodys" in operate.get("/data/").content.decode()
    operate.post("/data/assign/", {"service": "nobodys", "team": "search"})
    assert service in access.owned_by(team.pk)
    assert Ownership.objects.get(service=service).by == "olga"
    assert ChangedService.objects.filter(service=service, regroup=True).exists()
    assert "Every service has a team." in operate.get("/data/").content.decode()


def test_it_lets_only_those_assign_who_may_edit_the_catalogue(client, alice, example):
    make_service("nobodys"), make_team("search")
    client.force_login(alice)
    assert client.post("/data/assign/", {"service": "nobodys", "team": "search"}).status_code == 403
    assert not Ownership.objects.filter(service__slug="nobodys").exists()


def test_it_answers_not_found_for_a_service_or_team_that_is_not_there(operate, example):
    make_service("nobodys")
    assert operate.post("/data/assign/", {"service": "nope", "team": "payments"}).status_code == 404
    assert operate.post("/data/assign/", {"service": "nobodys", "team": "nope"}).status_code == 404


def test_it_counts_how_incidents_were_linked(operate, example):
    assert operate.get(f"/data/?{WEEK}").context["links"] == {"the incident names it": 1}


def test_it_leaves_retired_services_alone(operate, example):
    make_service("old", retired_on="2026-01-01")
    assert Service.objects.filter(slug="old").exists()
    assert "Every service has a team." in operate.get("/data/").content.decode()
