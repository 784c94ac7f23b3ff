"""Names that nobody registered, and "is really": many become one service, after a look at what moves."""

import pytest

from ingest.models import CatalogueName, Deployment, Service
from tests.factories import make_deployment, make_incident, make_service, make_source

pytestmark = pytest.mark.django_db
URL = "/data/merge/"


@pytest.fixture
def operate(client, olga):
    client.force_login(olga)
    return client


@pytest.fixture
def names(pay):
    kept, one, two = (
        make_service("checkout", pay),
        make_service("checkout-svc"),
        make_service("checkout-two", name="Two"),
    )
    make_deployment(one), make_deployment(one), make_deployment(two)
    make_incident(two)
    return kept, one, two


def test_it_tells_what_moves_before_anything_does(operate, names):
    answer = operate.post(URL, {"service": ["checkout-svc", "checkout-two"], "into": "checkout"})
    moves = {move.service.slug: (move.deployments, move.incidents) for move in answer.context["moves"]}
    assert moves == {"checkout-svc": (2, 0), "checkout-two": (1, 1)}
    assert "Make them Checkout" in answer.content.decode()
    assert Service.objects.count() == 3


def test_it_makes_them_one_when_confirmed(operate, names):
    said = {"service": ["checkout-svc", "checkout-two"], "into": "checkout", "confirm": "1"}
    page = operate.post(URL, said, follow=True).content.decode()
    assert "2 services are Checkout now" in page
    assert Deployment.objects.filter(service__slug="checkout").count() == 3
    assert set(CatalogueName.objects.filter(kind="service").values_list("name", flat=True)) == {
        "checkout-svc",
        "checkout-two",
    }


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"into": "checkout"}, "Tick the services"),
        ({"service": ["checkout-svc"]}, "Name the service"),
        ({"service": ["checkout-svc"], "into": "nope\0"}, "There is no service"),
        ({"service": ["checkout"], "into": "checkout"}, "into itself"),
    ],
)
def test_it_says_why_it_refuses(operate, names, said, why):
    answer = operate.post(URL, {**said, "confirm": "1"})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert Service.objects.count() == 3


def test_it_lets_nobody_but_staff(client, alice, names):
    client.force_login(alice)
    said = {"service": ["checkout-svc"], "into": "checkout", "confirm": "1"}
    assert client.post(URL, said).status_code == 403
    assert client.get(URL).status_code == 405
    assert Service.objects.count() == 3


def test_it_lists_who_saw_a_name_how_often_the_most_first(operate, names, settings, monkeypatch):
    from tests.factories import NOON

    monkeypatch.setattr("dashboard.pages.naming.timezone.now", lambda: NOON)
    make_deployment(names[2], source=make_source("argocd", name="Argo"))
    make_deployment(names[2], source=make_source("argocd", name="Argo B"))
    shown = operate.get("/data/").context["unassigned"]
    assert [(one.service.slug, one.seen) for one in shown] == [
        ("checkout-two", {"Argo": 1, "Argo B": 1, "Native events": 1}),
        ("checkout-svc", {"Native events": 2}),
    ]
