"""Staff alone see and change sources."""

import pytest

from ingest.inbox.secrets import unseal
from ingest.models import Source
from tests.factories import bearer, make_token

pytestmark = pytest.mark.django_db
ADDRESSES = ("/sources/", "/sources/new/github/", "/sources/{}/", "/sources/{}/state/", "/sources/{}/trial/")
CHANGES = ("rename", "pause", "resume", "make-secret", "enter-secret", "retire", "options", "github", "nothing")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["alice", "bob", "charlie"])
def test_it_shows_no_address_to_leads_and_members(client, request, made, who, address):
    client.force_login(request.getfixturevalue(who))
    assert client.get(address.format(made[0].public_id)).status_code == 403
    assert client.post(address.format(made[0].public_id), {"name": "x"}).status_code in (403, 405)
    assert Source.objects.count() == 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_it_sends_nobody_and_tokens_to_the_sign_in_page(client, made, address):
    _, text = make_token("admin")
    for headers in ({}, bearer(text)):
        for method in (client.get, client.post):
            answer = method(address.format(made[0].public_id), headers=headers)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("action", CHANGES)
def test_it_lets_a_lead_change_nothing(client, alice, made, action):
    source, secret = made
    client.force_login(alice)
    answer = client.post(f"/sources/{source.public_id}/", {"action": action, "name": "x", "confirm": "1"})
    assert answer.status_code == 403
    held = Source.objects.get()
    assert (held.name, held.paused_at, held.options, unseal(held.secrets)) == ("Acme", None, {}, [secret])


@pytest.mark.parametrize("address", ADDRESSES[2:])
def test_it_knows_no_source_that_is_not_there(staff, address):
    assert staff.get(address.format("nothing")).status_code == 404
    assert staff.get(address.format("a%00b")).status_code == 404


@pytest.mark.parametrize("kind", ["native", "git", "carrier-pigeon"])
def test_it_connects_no_kind_that_nobody_reads(staff, kind):
    assert staff.get(f"/sources/new/{kind}/").status_code == 404
