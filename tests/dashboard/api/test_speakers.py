"""A token of a team speaks of that team's services, of those that nobody owns, and of no other."""

import pytest

from dashboard.api.auth import issue_token
from dashboard.models import ApiToken
from ingest.models import Delivery, Ownership, Service
from tests.factories import bearer, make_service, make_team
from tests.native_events import event

pytestmark = pytest.mark.django_db
AT = "2026-03-02T10:00:00Z"


@pytest.fixture
def post(client, pay):
    make_service("ledger", pay)
    make_service("basket", make_team("checkout"))
    _, text = issue_token("ci", ApiToken.Scope.INGEST, team=pay)

    def send(**said):
        line = event("e", said.pop("type"), AT, **said)
        return client.post("/ingest/events/", line, content_type="application/json", headers=bearer(text)).json()

    return send


def deployed(service, **said):
    finished = {"deployment": "d", "environment": "production", "status": "success"}
    return {"type": "deployment.finished", "service": service, **finished, **said}


@pytest.mark.parametrize("service", ["ledger", "a-new-one"])
def test_it_takes_what_is_its_own_or_nobodys(post, service):
    assert post(**deployed(service, team="pay"))["accepted"] == 1


@pytest.mark.parametrize(
    "said",
    [
        deployed("basket"),
        deployed("Basket"),
        deployed("ledger", team="checkout"),
        {"type": "service.declared", "service": "basket", "team": "pay"},
        {"type": "service.declared", "service": "ledger", "team": "checkout"},
        {"type": "team.declared", "team": "checkout", "name": "Mine"},
        {"type": "incident.opened", "service": "basket", "incident": "i"},
    ],
)
def test_it_refuses_what_is_another_teams_and_keeps_nothing_of_it(post, said):
    answer = post(**said)
    assert (answer["accepted"], len(answer["rejected"])) == (0, 1)
    assert "team pay" in answer["rejected"][0]["error"]
    assert not Delivery.objects.exists()


def test_it_lets_a_token_without_a_team_speak_of_all(client, pay):
    make_service("ledger", pay)
    _, text = issue_token("ci", ApiToken.Scope.INGEST)
    line = event("e", "service.declared", AT, service="ledger", team="checkout")
    answer = client.post("/ingest/events/", line, content_type="application/json", headers=bearer(text)).json()
    assert answer["accepted"] == 1
    assert Service.objects.count() == 1 and Ownership.objects.count() == 1
