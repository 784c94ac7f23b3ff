"""``/services/<slug>/change/``: each change by one who may and one who may not, and what is refused says why."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from ingest.models import CatalogueName, ChangedService, Deployment, Ownership, Service
from ingest.parsers.observation import RepositoryRef, ServiceSeen
from ingest.record import record
from scorecards.models import StoredSummary
from tests.factories import join_team, make_deployment, make_repository, make_service, make_team, make_user, native, own

pytestmark = pytest.mark.django_db
PATH = "/services/checkout/change/"
SENT = {
    "rename": {"name": "The checkout", "to": "shop"},
    "describe": {"tier": "critical", "repository": "acme/shop", "path_globs": "pay/**\n\n web/** \npay/**"},
    "assign": {"team": "search", "since": "2026-03-03"},
    "retire": {"on": "2026-03-02"},
    "merge": {"into": "other", "confirm": "1"},
}


@pytest.fixture
def service(pay):
    make_team("search", name="Search"), make_service("other")
    found = make_service("checkout", pay)
    make_deployment(found), make_deployment(found)
    return found


@pytest.fixture
def send(client, service):
    """Sign in, send one change, see what came of it."""

    def post(user, action, path=PATH, **fields):
        client.force_login(user)
        return client.post(path, {"action": action} | SENT.get(action, {}) | fields, follow=True)

    return post


def stored():
    """What a change could change."""
    rows = Service.objects.values_list("slug", "name", "tier", "path_globs", "repository", "retired_on")
    return list(rows), Ownership.objects.count(), ChangedService.objects.count()


def text(answer):
    return answer.content.decode()


def test_it_offers_the_change_to_those_who_may_alone(client, service, alice, charlie, bob, olga):
    for user, status in ((alice, 200), (olga, 200), (bob, 403), (charlie, 403)):
        client.force_login(user)
        assert (PATH in text(client.get("/services/checkout/"))) is (status == 200)
        assert client.get(PATH).status_code == status


def test_it_offers_a_merge_to_those_alone_who_may_change_the_whole_catalogue(client, service, alice, olga):
    client.force_login(alice)
    assert "Merge into another" not in text(client.get(PATH))
    client.force_login(olga)
    assert "Merge into another" in text(client.get(PATH))


def test_it_finds_no_service_that_is_not_there(client, olga):
    client.force_login(olga)
    assert client.get("/services/nope/change/").status_code == 404
    assert client.post("/services/nope/change/", {"action": "rename"}).status_code == 404


@pytest.mark.parametrize("action", SENT)
def test_it_changes_nothing_for_one_who_leads_another_team(send, charlie, service, action):
    before = stored()
    assert send(charlie, action).status_code == 403
    assert stored() == before


@pytest.mark.parametrize("action", SENT)
def test_it_changes_nothing_by_get(client, olga, service, action):
    before = stored()
    client.force_login(olga)
    assert client.get(PATH, {"action": action} | SENT[action]).status_code == 200
    assert stored() == before


def test_it_merges_nothing_for_a_lead(send, alice, service):
    assert send(alice, "merge").status_code == 403
    assert Service.objects.filter(slug="checkout").exists()


def test_it_knows_no_other_change(send, olga):
    assert send(olga, "delete").status_code == 403


def test_it_renames_and_goes_to_the_new_address(send, alice, service):
    answer = send(alice, "rename")
    assert answer.request["PATH_INFO"] == "/services/shop/"
    assert "Checkout is The checkout, at shop. Figures follow in a moment." in text(answer)
    assert CatalogueName.objects.get(name="checkout").object_id == service.pk


def test_it_says_beside_the_form_why_a_name_is_refused_and_keeps_what_was_typed(send, alice, service):
    answer = send(alice, "rename", to="other", name="My <b>name</b>")
    assert answer.status_code == 422
    assert "Another service is or was called other." in text(answer)
    assert 'value="My &lt;b&gt;name&lt;/b&gt;"' in text(answer)
    assert Service.objects.get(pk=service.pk).slug == "checkout"


@pytest.mark.parametrize("name", ["", "   ", "a\0b", "x" * 300])
def test_it_refuses_a_name_that_is_none(send, alice, service, name):
    assert send(alice, "rename", to=name).status_code == 422
    assert Service.objects.get(pk=service.pk).slug == "checkout"


def test_it_changes_tier_repository_and_paths(send, alice, service):
    answer = send(alice, "describe")
    assert "Checkout is changed." in text(answer)
    found = Service.objects.get(pk=service.pk)
    assert (found.tier, found.repository.name, found.path_globs) == ("critical", "acme/shop", ["pay/**", "web/**"])
    assert ChangedService.objects.filter(service=service, regroup=True).exists()


def test_it_is_not_undone_by_an_event_of_before_but_by_one_of_after(send, alice, service):
    send(alice, "describe")
    for shift, tier in ((-1, "critical"), (1, "low")):
        at = timezone.now() + timedelta(minutes=shift)
        said = {"tier": "low", "repository": RepositoryRef("acme/old"), "path_globs": []}
        record(native(), [ServiceSeen(at, f"event {shift}", "checkout", said)])
        assert Service.objects.get(pk=service.pk).tier == tier


def test_it_states_only_what_differs(send, alice, service):
    make_repository("acme/shop", service)
    send(alice, "describe", repository="ACME/shop", path_globs="", tier="low")
    assert set(Service.objects.get(pk=service.pk).stamps) == {"tier"}
    assert Service.objects.get(pk=service.pk).stamps["tier"][1] == "by-hand-alice"


@pytest.mark.parametrize(
    ("repository", "why"), [("", "keeps one"), ("a b", "without spaces"), ("~x", "without spaces")]
)
def test_it_refuses_a_repository_that_is_none(send, alice, service, repository, why):
    make_repository("acme/shop", service)
    answer = send(alice, "describe", repository=repository)
    assert answer.status_code == 422
    assert why in text(answer)
    assert Service.objects.get(pk=service.pk).tier == "standard"


def test_it_refuses_a_tier_that_is_none(send, alice, service):
    assert send(alice, "describe", tier="huge").status_code == 422


def test_it_gives_the_service_to_another_team_from_a_day_on(send, alice, service):
    answer = send(alice, "assign", since=f"{timezone.now():%Y-%m-%d}")
    assert "Checkout belongs to Search from" in text(answer)
    stated = Ownership.objects.get(basis="site")
    assert (stated.team.slug, stated.by) == ("search", "alice")


def test_it_takes_two_assignments_for_one_day_and_the_later_holds(send, olga, service):
    send(olga, "assign"), send(olga, "assign", team="pay")
    assert [one.team.slug for one in Ownership.objects.filter(basis="site").order_by("at")] == ["search", "pay"]


def test_it_says_until_when_an_assignment_of_the_past_holds(send, olga, service):
    own(make_team("later", name="Later"), service, at=timezone.now())
    assert ", until " in text(send(olga, "assign"))


@pytest.mark.parametrize(
    "fields", [{"team": "nope"}, {"team": ""}, {"team": "a\0"}, {"since": "1.2.26"}, {"since": "1999-01-01"}]
)
def test_it_refuses_an_assignment_to_nobody_or_from_never(send, olga, service, fields):
    assert send(olga, "assign", **fields).status_code == 422
    assert not Ownership.objects.filter(basis="site").exists()


def test_it_retires_and_takes_back_and_forgets_what_was_summed_up(send, alice, service, client):
    client.force_login(alice)
    client.get("/services/checkout/")
    assert StoredSummary.objects.exists()
    assert "retired from 2 Mar 2026 on" in text(send(alice, "retire"))
    assert Service.objects.get(pk=service.pk).retired_on == date(2026, 3, 2)
    assert "Take back into use" in text(client.get(PATH))
    assert "is in use again" in text(send(alice, "restore"))
    assert Service.objects.get(pk=service.pk).retired_on is None


@pytest.mark.parametrize("day", ["", "yesterday", "2999-01-01", "1999-12-31"])
def test_it_retires_from_no_day_that_has_not_come(send, alice, service, day):
    tomorrow = f"{timezone.now() + timedelta(days=2):%Y-%m-%d}"
    assert send(alice, "retire", on=day).status_code == send(alice, "retire", on=tomorrow).status_code == 422
    assert Service.objects.get(pk=service.pk).retired_on is None


def test_it_asks_before_it_merges_and_tells_how_much_moves(send, olga, service):
    answer = send(olga, "merge", confirm="")
    assert "2 deployments and 0 incidents of Checkout move to Other." in text(answer)
    assert Service.objects.filter(slug="checkout").exists()
    answer = send(olga, "merge")
    assert answer.request["PATH_INFO"] == "/services/other/"
    assert "Checkout is part of Other." in text(answer)
    assert set(Deployment.objects.values_list("service__slug", flat=True)) == {"other"}


def test_it_merges_into_no_service_that_is_not_there_or_is_the_same(send, olga, service):
    assert send(olga, "merge", into="nope").status_code == 422
    assert send(olga, "merge", into="checkout").status_code == 422


def test_it_loses_the_right_with_the_service(send, client, service):
    dora = make_user("dora")
    join_team(dora, make_team("pay"), "lead")
    send(dora, "assign")
    assert client.get(PATH).status_code == 403
