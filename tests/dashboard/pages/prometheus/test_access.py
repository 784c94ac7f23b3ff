"""Staff alone see and change servers, signals and objectives."""

import pytest

from ingest.models import PrometheusServer, Signal, Slo, Source
from tests.factories import bearer, make_service, make_token

pytestmark = pytest.mark.django_db
ADDRESSES = (
    "/data/prometheus/",
    "/data/prometheus/new/",
    "/data/prometheus/{server}/",
    "/data/prometheus/{server}/change/",
    "/data/prometheus/{server}/signals/new/",
    "/data/prometheus/{server}/objectives/new/",
    "/data/prometheus/signals/{signal}/",
    "/data/prometheus/objectives/{objective}/",
)
CHANGES = ("try", "pause", "resume", "remove", "save", "map", "end", "nothing")


@pytest.fixture
def places(server, signal) -> dict[str, int]:
    objective = Slo.objects.create(
        key="site/a", name="a", server=server, service=make_service(), objective=0.9, indicator="events", origin="site"
    )
    return {"server": server.pk, "signal": signal.pk, "objective": objective.pk}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["alice", "bob", "charlie"])
def test_it_shows_no_address_to_leads_and_members(client, request, places, who, address):
    client.force_login(request.getfixturevalue(who))
    assert client.get(address.format(**places)).status_code == 403
    for action in CHANGES:
        told = {"action": action, "confirm": "1", "name": "x", "url": "http://127.0.0.1:1", "anyway": "1"}
        assert client.post(address.format(**places), told).status_code in (403, 405)
    assert (PrometheusServer.objects.count(), Signal.objects.count(), Slo.objects.count()) == (1, 1, 1)
    assert (Source.objects.get().paused_at, Slo.objects.get().ended_at) == (None, None)


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_sends_nobody_and_tokens_to_the_sign_in_page(client, places, address):
    _, text = make_token("admin")
    for headers in ({}, bearer(text)):
        for method in (client.get, client.post):
            answer = method(address.format(**places), headers=headers)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("address", ADDRESSES[2:])
def test_it_knows_nothing_that_is_not_there(staff, address):
    assert staff.get(address.format(server=9, signal=9, objective=9)).status_code == 404


def test_it_leads_from_the_list_of_sources_to_the_server(staff, server):
    address = f"/sources/{server.source.public_id}/"
    for answer in (staff.get(address), staff.post(address, {"action": "rename", "name": "x"})):
        assert answer.status_code == 302
        assert answer["Location"] == f"/data/prometheus/{server.pk}/"
    assert Source.objects.get().name == "main"


def test_it_is_reached_from_the_data_page_and_from_sources(staff, server):
    assert b'href="/data/prometheus/"' in staff.get("/data/").content
    assert b'href="/data/prometheus/"' in staff.get("/sources/").content
