"""``/teams/<slug>/change/``: staff rename, retire and merge teams; nobody else does."""

from datetime import date

import pytest

from ingest.models import CatalogueName, Team
from tests.factories import make_deployment, make_service, make_team

pytestmark = pytest.mark.django_db
PATH = "/teams/pay/change/"
SENT = {
    "rename": {"name": "Money", "to": "money"},
    "retire": {"on": "2026-03-02"},
    "merge": {"into": "search", "confirm": "1"},
}


@pytest.fixture
def send(client, pay):
    make_team("search", name="Search")

    def post(user, action, path=PATH, **fields):
        client.force_login(user)
        return client.post(path, {"action": action} | SENT.get(action, {}) | fields, follow=True)

    return post


def text(answer):
    return answer.content.decode()


def stored():
    return list(Team.objects.values_list("slug", "name", "retired_on"))


@pytest.mark.parametrize("action", SENT)
def test_it_changes_nothing_for_a_lead(send, alice, action):
    before = stored()
    assert send(alice, action).status_code == 403
    assert stored() == before


@pytest.mark.parametrize("action", SENT)
def test_it_changes_nothing_by_get(client, olga, pay, action):
    before = stored()
    client.force_login(olga)
    client.get(PATH, {"action": action} | SENT[action])
    assert stored() == before


def test_it_offers_the_change_to_staff_alone(client, pay, alice, olga):
    client.force_login(alice)
    assert PATH not in text(client.get("/teams/pay/"))
    assert client.get(PATH).status_code == 403
    client.force_login(olga)
    assert PATH in text(client.get("/teams/pay/"))
    assert client.get(PATH).status_code == 200


def test_it_changes_no_team_that_is_none(client, olga, pay):
    make_team("unassigned")
    client.force_login(olga)
    assert client.get("/teams/unassigned/change/").status_code == 404
    assert client.get("/teams/nope/change/").status_code == 404
    assert "/change/" not in text(client.get("/teams/unassigned/"))


def test_it_renames_and_goes_to_the_new_address(send, olga, pay):
    answer = send(olga, "rename")
    assert answer.request["PATH_INFO"] == "/teams/money/"
    assert "Payments is Money, at money." in text(answer)
    assert CatalogueName.objects.get(name="pay").object_id == pay.pk


def test_it_retires_no_team_that_owns_a_service(send, olga, pay):
    make_service("checkout", pay)
    answer = send(olga, "retire")
    assert answer.status_code == 422
    assert "Payments still owns Checkout." in text(answer)


def test_it_retires_and_opens_again(send, olga, pay):
    assert "Payments is retired from 2 Mar 2026 on." in text(send(olga, "retire"))
    assert Team.objects.get(pk=pay.pk).retired_on == date(2026, 3, 2)
    assert "Payments is in use again." in text(send(olga, "restore"))


def test_it_asks_before_it_merges_and_tells_how_much_moves(send, olga, alice, pay):
    make_deployment(make_service("checkout", pay))
    answer = send(olga, "merge", confirm="")
    assert "1 service that Payments owns or owned, with 1 deployment, and 1 member move to Search." in text(answer)
    assert Team.objects.filter(slug="pay").exists()
    answer = send(olga, "merge")
    assert answer.request["PATH_INFO"] == "/teams/search/"
    assert not Team.objects.filter(slug="pay").exists()
