"""``/data/``: is everything arriving, what was refused, what belongs to nobody."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from dashboard import access
from dashboard.pages import environments
from ingest.models import ChangedService, Delivery, Environment, Ownership, Service, Team
from scorecards.models import JudgedDeployment
from tests.dashboard.pages.conftest import WEEK, march
from tests.factories import (
    make_delivery,
    make_deployment,
    make_environment,
    make_service,
    make_source,
    make_team,
    native,
)

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
    rows = operate.get("/data/").context["sources"]
    health = next(row.health for row in rows if row.health.source == source)
    assert health.received == 2006
    assert (health.events["processed"], health.events["ignored"], health.events["quarantined"]) == (2001, 3, 1)
    assert health.received == sum(health.events.values())


def test_it_links_sources_only_for_who_may_open_them(client, olga, alice, example):
    links = f'href="/sources/{native().public_id}/"'
    for person, shown in ((olga, True), (alice, False)):
        client.force_login(person)
        assert (links in client.get("/data/").content.decode()) == shown


def test_it_shows_a_source_that_never_sent_anything(operate, example):
    source = native()
    source.pk, source.public_id, source.name = None, "other", "GitHub"
    source.save()
    assert "silent" in operate.get("/data/").content.decode()


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


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"service": ["nope"], "team": "payments"}, "nope"),
        ({"service": ["a\0b"], "team": "payments"}, "not one of"),
        ({"team": "payments"}, "Tick the services"),
        ({"service": ["nobodys"], "team": "nope"}, "nope"),
        ({"service": ["nobodys"]}, "Choose a team, or name a new one."),
        ({"service": ["nobodys"], "team": "+", "new_team": " "}, "Name the new team."),
        ({"service": ["nobodys"], "team": "payments", "new_team": "Ops"}, "not both"),
        ({"service": ["nobodys"], "team": "+", "new_team": "payments"}, "Payments is or was called payments already."),
        ({"service": ["nobodys"], "team": "+", "new_team": "unassigned"}, "be called “unassigned”"),
    ],
)
def test_it_says_why_an_assignment_is_refused_and_keeps_what_was_typed(operate, example, fields, why):
    make_service("nobodys"), make_service("nobodys-too")
    answer = operate.post("/data/assign/", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert why in page
    assert f'value="{fields.get("new_team", "").strip()}"' in page
    assert not Ownership.objects.filter(basis="site").exists()


def test_it_gives_several_services_to_a_new_team_in_one_step(operate, example):
    one, two, other = (make_service(f"nobodys-{number}") for number in range(3))
    said = {"service": [one.slug, two.slug], "team": "", "new_team": "Site Ops"}
    page = operate.post("/data/assign/", said, follow=True).content.decode()
    assert "2 services belong to Site Ops from today on. Figures follow in a moment." in page
    team = Team.objects.get(slug="site-ops")
    assert set(access.owned_by(team.pk)) == {one, two}
    assert other.slug in page


def test_it_makes_no_team_where_an_assignment_is_not_allowed(client, alice, pay, example):
    service = make_service("checkout", pay)
    client.force_login(alice)
    said = {"service": [service.slug], "team": "+", "new_team": "Mine"}
    assert client.post("/data/assign/", said).status_code == 403
    assert not Team.objects.filter(slug="mine").exists()


# ---------------------------------------------------------------- states of a source


def state_of(operate, source):
    rows = operate.get("/data/").context["sources"]
    row = next(row for row in rows if row.health.source == source)
    return row.status.word, row.says


def test_it_says_how_often_a_source_usually_sends_and_that_it_stopped(operate):
    now, source = timezone.now(), native()
    for number in range(20):
        make_delivery(status="processed", received_at=now - timedelta(hours=6, minutes=20 * number))
    word, says = state_of(operate, source)
    assert word == "silent"
    assert says.replace("\u00a0", " ") == "Usually every 20 min; nothing for 6.0 h. Look at the sender."


def test_it_says_that_deliveries_wait(operate):
    make_delivery(received_at=timezone.now() - timedelta(hours=3))
    assert state_of(operate, native())[0] == "waiting"


def test_it_says_that_a_source_is_paused(operate):
    source = make_source("github", paused_at=timezone.now())
    make_delivery(source=source, received_at=timezone.now() - timedelta(hours=3))
    assert state_of(operate, source)[0] == "paused"


def test_it_costs_as_many_queries_whatever_there_is(operate, example, django_assert_max_num_queries):
    operate.get("/data/")
    for number in range(10):
        source = make_source("github")
        make_delivery(source=source, status="quarantined", error_code=f"code_{number}")
        make_service(f"nobodys-{number}")
    with django_assert_max_num_queries(60) as asked:
        operate.get("/data/")
    assert len(asked.captured_queries) < 60


# ---------------------------------------------------------------- environments


def test_it_tells_the_class_of_each_environment_and_its_last_deployment(operate, example):
    make_environment("qa-1", "testing")
    shown = [(one.environment.name, one.last_at, one.by_name, one.chosen) for one in environments.environments()]
    assert shown == [("production", march(5, 9, 20), "production", ""), ("qa-1", None, "testing", "")]
    page = operate.get("/data/").content.decode()
    assert "qa-1" in page
    assert '<option value="staging">Staging</option>' in page  # the filter's choices are not hidden by the table


def test_it_sets_a_class_for_good_and_judges_anew_who_deployed_there(operate, example):
    blue = make_environment("blue", "development")
    make_deployment(make_service("elsewhere"), environment=blue, finished_at=march(4, 9))
    said = {"environment": blue.pk, "environment_class": "production"}
    page = operate.post("/data/environment/", said, follow=True).content.decode()
    assert "blue is production. Figures follow in a moment." in page
    assert list(ChangedService.objects.values_list("service__slug", "regroup")) == [("elsewhere", True)]
    call_command("rebuild_rollups", stdout=StringIO(), stderr=StringIO())
    assert JudgedDeployment.objects.get(service__slug="elsewhere").environment_class == "production"
    assert Environment.objects.get(pk=blue.pk).set_by_hand


def test_it_goes_back_to_what_the_name_tells(operate, example):
    blue = make_environment("blue", "production")
    operate.post("/data/environment/", {"environment": blue.pk, "environment_class": "staging"})
    page = operate.post("/data/environment/", {"environment": blue.pk, "environment_class": ""}, follow=True)
    assert "blue is development, as its name tells." in page.content.decode()
    assert not Environment.objects.get(pk=blue.pk).set_by_hand


def test_it_lets_nobody_but_staff_set_a_class(client, alice, example):
    environment = make_environment()
    client.force_login(alice)
    assert "by its name" not in client.get("/data/").content.decode()
    said = {"environment": environment.pk, "environment_class": "staging"}
    assert client.post("/data/environment/", said).status_code == 403
    assert client.get("/data/environment/", said).status_code == 405
    assert Environment.objects.get(pk=environment.pk).environment_class == "production"


@pytest.mark.parametrize(("number", "chosen", "status"), [("0", "staging", 404), ("x", "staging", 404), ("", "", 404)])
def test_it_finds_no_environment_that_is_not_there(operate, example, number, chosen, status):
    said = {"environment": number, "environment_class": chosen}
    assert operate.post("/data/environment/", said).status_code == status


def test_it_knows_no_other_class(operate, example):
    said = {"environment": make_environment().pk, "environment_class": "moon"}
    assert operate.post("/data/environment/", said).status_code == 400


# ---------------------------------------------------------------- incidents, retired services


def test_it_counts_how_incidents_were_linked(operate, example):
    assert operate.get(f"/data/?{WEEK}").context["links"] == {"the incident names it": 1}


def test_it_leaves_retired_services_alone(operate, example):
    make_service("old", retired_on="2026-01-01")
    assert Service.objects.filter(slug="old").exists()
    assert "Every service has a team." in operate.get("/data/").content.decode()
