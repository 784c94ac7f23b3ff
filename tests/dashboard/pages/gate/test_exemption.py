"""``/services/<slug>/exemption/``, and what the gate says now."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.pages.gate import shown
from scorecards.models import BudgetExemption, GateAnswer, ServiceBudget
from tests.factories import make_service, make_team, make_token

pytestmark = pytest.mark.django_db
PAGE = "/services/pay-api/exemption/"
WHY = "A hole in the parser of card numbers, used in the wild."
SHA = "4f2a9c1e" * 5


@pytest.fixture
def service(pay_service):
    """Its budget is spent."""
    ServiceBudget.objects.create(service=pay_service, left=-0.2, step="0", computed_at=timezone.now())
    return pay_service


def form(**said) -> dict:
    until = timezone.localtime() + timedelta(hours=20)
    return {"kind": "security_patch", "sha": "", "until": f"{until:%Y-%m-%dT%H:%M}", "text": WHY} | said


def asked(service, by, **fields) -> BudgetExemption:
    now = timezone.now()
    said = {"kind": "security_patch", "text": WHY, "requested_at": now, "until": now + timedelta(hours=3)} | fields
    return BudgetExemption.objects.create(service=service, requested_by=by, **said)


def step(client, user, exemption, action: str):
    client.force_login(user)
    answer = client.post(PAGE, {"exemption": exemption.pk, "action": action})
    exemption.refresh_from_db()
    return answer


def test_a_member_of_the_team_asks_and_another_person_approves(client, service, bob, olga):
    client.force_login(bob)
    assert client.post(PAGE, form(sha=SHA.upper()))["Location"] == PAGE
    exemption = BudgetExemption.objects.get()
    assert (exemption.kind, exemption.sha, exemption.state, exemption.requested_by) == (
        "security_patch", SHA, "requested", bob,
    )  # fmt: skip
    step(client, olga, exemption, "approve")
    assert (exemption.state, exemption.decided_by) == ("approved", olga)
    assert "in force" in client.get(PAGE).content.decode()


def test_it_offers_each_person_the_steps_that_they_may_take(client, service, bob, olga, alice):
    asked(service, bob)
    offers = {}
    for user in (olga, bob, alice):
        client.force_login(user)
        page = client.get(PAGE).content.decode()
        offers[user.username] = re.findall(r'name="action" value="(\w+)" class="[^"]*">([^<]+)<', page)
    approve, deny = ("approve", "Approve"), ("deny", "Deny")
    assert offers == {"olga": [approve, deny], "bob": [("withdraw", "Take it back")], "alice": []}


def test_who_asked_takes_the_request_back(client, service, bob):
    exemption = asked(service, bob)
    step(client, bob, exemption, "withdraw")
    assert (exemption.state, exemption.decided_by, exemption.ended_by) == ("revoked", None, bob)


def test_it_can_be_denied_and_ended(client, service, bob, olga):
    denied, ended = asked(service, bob), asked(service, bob)
    step(client, olga, denied, "deny")
    assert denied.state == "denied"
    step(client, olga, ended, "approve")
    step(client, bob, ended, "revoke")
    assert (ended.state, ended.decided_by, ended.ended_by) == ("revoked", olga, bob)
    assert "by bob, approved by olga" in client.get(PAGE).content.decode()


def test_who_asked_never_decides_not_even_staff(client, service, olga, bob):
    own = asked(service, olga)
    assert step(client, olga, own, "approve").status_code == 403
    others = asked(service, bob)
    assert step(client, bob, others, "approve").status_code == 403
    assert {own.state, others.state} == {"requested"}


def test_nobody_else_asks_decides_or_ends(client, service, bob, charlie):
    exemption = asked(service, bob)
    for action in ("approve", "deny", "revoke", "withdraw"):
        assert step(client, charlie, exemption, action).status_code == 403
    assert client.post(PAGE, form()).status_code == 403
    page = client.get(PAGE).content.decode()
    assert "Ask for an exemption" not in page and "Approve" not in page
    assert BudgetExemption.objects.get().state == "requested"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"kind": "holiday"}, "is not one of the available choices"),
        ({"text": "short"}, "Say why, in 20 to 2,000 characters."),
        ({"until": "2020-01-01T00:00"}, "An exemption ends within 7 days."),
        ({"until": "2999-01-01T00:00"}, "An exemption ends within 7 days."),
        ({"until": ""}, "This field is required."),
        ({"sha": SHA[:12]}, "Give the whole commit"),
        ({"sha": "z" * 40}, "Give the whole commit"),
    ],
    ids=lambda said: str(said)[:40],
)
def test_it_says_what_to_mend_and_keeps_what_was_typed(client, service, bob, said, text):
    client.force_login(bob)
    answer = client.post(PAGE, form(**said))
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert said.get("text", WHY) in answer.content.decode()
    assert not BudgetExemption.objects.exists()


def test_it_does_not_decide_twice_or_too_late(client, service, bob, olga):
    over, denied = asked(service, bob, until=timezone.now()), asked(service, bob)
    assert step(client, olga, over, "approve").status_code == 403
    step(client, olga, denied, "deny")
    assert step(client, olga, denied, "approve").status_code == 403
    assert denied.state == "denied"


@pytest.mark.parametrize("number", ["", "x", "0", "9" * 30, "²"])
def test_it_knows_no_other_exemption(client, service, olga, number):
    client.force_login(olga)
    assert client.post(PAGE, {"exemption": number, "action": "approve"}).status_code == 404


def test_it_keeps_the_exemptions_of_services_apart(client, service, bob, olga):
    exemption = asked(make_service("other"), bob)
    assert step(client, olga, exemption, "approve").status_code == 404


def test_it_is_not_there_for_a_service_that_is_not(client, olga):
    client.force_login(olga)
    assert client.get("/services/nope/exemption/").status_code == 404


def test_it_shows_what_the_gate_says_now_and_what_the_policy_exempts(words, service):
    page = words(PAGE)
    assert "would deny It may not be deployed to production. The gate is in dry-run" in page
    assert "-20 % of the error budget is left: all but emergency deployments are stopped." in page
    assert "security patch, approved by security team" in page
    assert not GateAnswer.objects.exists()


def test_the_gates_page_shows_what_waits(words, service, bob):
    asked(service, bob, sha=SHA)
    page = words("/gate/")
    assert "Pay API security patch 4f2a9c1e4f" in page and "asked for" in page


def test_now_offers_to_ask_only_who_may_and_only_where_the_budget_denies(service, alice, charlie):
    assert shown.now(service, alice).exemption == PAGE
    assert shown.now(service, charlie).exemption == ""
    other = make_service("other", make_team("pay"))
    assert shown.now(other, alice).exemption == ""


def test_now_says_nothing_to_who_may_not_see_the_service(service):
    assert shown.now(service, make_token(team=make_team("search"))[0]) is None
    assert shown.now(service, None) is None
