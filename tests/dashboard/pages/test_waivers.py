"""``/waivers/``, ``/waivers/request/``, ``/waivers/<id>/``."""

from datetime import timedelta

import pytest
from django.utils import timezone

from scorecards.models import ControlVerdict, Waiver
from scorecards.scans.in_force import in_force
from scorecards.scans.waiving import approve_waiver, request_waiver
from tests.dashboard.pages.scanned import LOCKED, found, scan_service
from tests.factories import bearer, make_service, make_token

pytestmark = pytest.mark.django_db
WHY = "It is fetched from a mirror that pins what it holds."
ASK = f"/waivers/request/?service=pay-api&control={LOCKED}"


def today():
    return timezone.now().date()


def in_days(days: int):
    return today() + timedelta(days=days)


def asked(service, by, **said) -> Waiver:
    about = {"control": LOCKED, "reason": "compensated", "text": WHY, "expires_on": in_days(30)} | said
    standards = in_force(today()).standards
    return request_waiver(service=service, by=by, at=timezone.now(), standards=standards, **about)


def approved(service, by, decider, **said) -> Waiver:
    waiver = asked(service, by, **said)
    return approve_waiver(waiver, by=decider, at=timezone.now(), standards=in_force(today()).standards)


def send(client, user, address: str, /, **said):
    client.force_login(user)
    return client.post(address, said)


def request_of(**said) -> dict:
    return {"reason": "compensated", "text": WHY, "expires_on": in_days(30).isoformat(), "path": ""} | said


@pytest.fixture
def service(pay_service):
    scan_service(pay_service, {LOCKED: [found("fail", "a/x.tf", 1), found("fail", "b/x.tf", 1)]}, rest="pass")
    return pay_service


def verdict(service) -> str:
    return ControlVerdict.objects.get(service=service, control=LOCKED).verdict


def test_it_shows_an_empty_list(words):
    page = words("/waivers/")
    for text in ("No waiver waits for a decision.", "No waiver is in force.", "No waiver has ended."):
        assert text in page


def test_it_shows_what_waits_what_holds_and_what_has_ended(words, service, bob, olga):
    asked(service, bob)
    approved(service, bob, olga, path="a/**", expires_on=in_days(3))
    over = approved(service, bob, olga, path="b/**")
    Waiver.objects.filter(pk=over.pk).update(expires_on=in_days(-1))
    page = words("/waivers/")
    waits, _, rest = page.partition("In force the next")
    holds, _, ended = rest.partition("Ended expired")
    assert "Something else protects as well" in waits and "asked for" in waits and "30 days left" in waits
    assert "a/**" in holds and "ends soon by olga" in holds and "3 days left" in holds
    assert "b/**" in ended and "expired by olga" in ended


def test_it_says_which_is_its_last_day(words, service, bob, olga):
    over = approved(service, bob, olga)
    Waiver.objects.filter(pk=over.pk).update(expires_on=today())
    assert "its last day" in words("/waivers/")


def test_it_tells_how_often_a_waiver_was_renewed(words, service, bob, olga):
    first = approved(service, bob, olga)
    Waiver.objects.filter(pk=first.pk).update(renewals=2)
    assert "renewed 2 times" in words("/waivers/")


def test_it_lets_a_member_of_the_team_ask(client, service, bob):
    answer = send(client, bob, ASK, **request_of(path="a/**"))
    waiver = Waiver.objects.get()
    assert answer["Location"] == f"/waivers/{waiver.pk}/"
    assert (waiver.service, waiver.control, waiver.path, waiver.requested_by) == (service, LOCKED, "a/**", bob)
    assert verdict(service) == "fail"
    assert "Another person decides on it." in client.get(answer["Location"]).content.decode()


def test_it_shows_what_a_waiver_would_cover_and_what_was_asked_before(words, service, alice):
    asked(service, alice, path="old/**")
    page = words(f"{ASK}&path=a/**")
    assert "2 findings" in page
    assert "a/x.tf" in page
    assert "Asked for before" in page and "old/**" in page


def test_it_fills_in_the_path_that_one_came_with(see, service):
    assert 'value="charts/**"' in see(f"{ASK}&path=charts/**")
    see(f"{ASK}&path=%00")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"text": "short"}, "Say why, in 20 to 2,000 characters."),
        ({"text": ""}, "This field is required."),
        ({"reason": "because"}, "is not one of the available choices"),
        ({"expires_on": "soon"}, "Write the day like 2026-03-02."),
        ({"expires_on": "2020-01-01"}, "A waiver ends between tomorrow and one year from today."),
        ({"expires_on": "2999-01-01"}, "Choose a day within a year from today."),
        ({"path": "/etc"}, "A path is a glob from the top of the repository"),
        ({"path": "../../other"}, "A path is a glob from the top of the repository"),
        ({"path": "x" * 301}, "at most 300 characters"),
    ],
)
def test_it_says_what_to_mend_and_keeps_what_was_typed(client, service, bob, said, told):
    answer = send(client, bob, ASK, **request_of(**said))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert said.get("text", WHY) in page
    assert not Waiver.objects.exists()


def test_it_refuses_the_same_request_twice(client, service, bob):
    send(client, bob, ASK, **request_of())
    assert "asked for already" in send(client, bob, ASK, **request_of()).content.decode()
    assert Waiver.objects.count() == 1


def test_it_lets_nobody_else_ask(client, service, charlie):
    client.force_login(charlie)
    assert client.get(ASK).status_code == 403
    assert client.post(ASK, request_of()).status_code == 403
    assert not Waiver.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["", "?service=pay-api", "?service=nope&control=DOP-1.1-03", "?service=pay-api&control=NOPE", "?service=%00"],
)
def test_it_asks_for_nothing_that_is_not_there(see, service, query):
    see(f"/waivers/request/{query}", 404)


def test_it_lets_another_person_of_the_staff_approve(client, service, bob, olga):
    waiver = asked(service, bob)
    client.force_login(olga)
    assert "open one to decide on it" in client.get("/waivers/").content.decode()
    answer = send(client, olga, f"/waivers/{waiver.pk}/", action="approve", decision="Until the mesh.")
    assert answer["Location"] == f"/waivers/{waiver.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert verdict(service) == "waived"
    assert "It is in force." in page and "Until the mesh." in page and "2 findings" in page


def test_it_denies_with_a_reason_alone(client, service, bob, olga):
    waiver = asked(service, bob)
    assert send(client, olga, f"/waivers/{waiver.pk}/", action="deny", decision=" ").status_code == 422
    assert send(client, olga, f"/waivers/{waiver.pk}/", action="deny", decision="Mend it.").status_code == 302
    waiver.refresh_from_db()
    assert (waiver.state, waiver.decision, verdict(service)) == ("denied", "Mend it.", "fail")


@pytest.mark.parametrize("action", ["approve", "deny", "revoke", "renew", "nonsense", ""])
def test_it_lets_nobody_else_take_a_step(client, service, bob, charlie, action):
    waiver = asked(service, bob)
    page = f"/waivers/{waiver.pk}/"
    answer = send(client, charlie, page, action=action, decision="Because.", text=WHY, expires_on=in_days(9))
    assert answer.status_code == 403
    assert "<button" not in client.get(page).content.decode().partition("<main")[2]
    waiver.refresh_from_db()
    assert waiver.state == "requested"


def test_it_does_not_let_staff_decide_on_what_they_asked_for(client, service, olga):
    waiver = asked(service, olga)
    assert send(client, olga, f"/waivers/{waiver.pk}/", action="approve").status_code == 403
    assert 'value="withdraw"' in client.get(f"/waivers/{waiver.pk}/").content.decode()


def test_it_lets_one_take_a_request_back(client, service, bob):
    waiver = asked(service, bob)
    assert send(client, bob, f"/waivers/{waiver.pk}/", action="withdraw").status_code == 302
    waiver.refresh_from_db()
    assert waiver.state == "revoked"


def test_it_ends_a_waiver_early(client, service, bob, olga):
    waiver = approved(service, bob, olga)
    assert send(client, bob, f"/waivers/{waiver.pk}/", action="revoke", decision="It is mended.").status_code == 302
    assert verdict(service) == "fail"
    assert "ended early" in client.get("/waivers/").content.decode()


def test_it_renews_by_a_request_of_its_own(client, service, bob, olga):
    waiver = approved(service, bob, olga)
    day = in_days(200).isoformat()
    answer = send(client, bob, f"/waivers/{waiver.pk}/", action="renew", expires_on=day, text=WHY)
    later = Waiver.objects.get(renews=waiver)
    assert answer["Location"] == f"/waivers/{later.pk}/"
    assert (later.state, later.renewals) == ("requested", 1)
    assert "an earlier waiver" in client.get(f"/waivers/{later.pk}/").content.decode()
    page = client.get(f"/waivers/{waiver.pk}/").content.decode()
    assert "a later waiver" in page
    assert 'value="renew"' not in page


def test_it_offers_no_step_with_what_has_ended(client, service, bob, olga):
    waiver = approved(service, bob, olga)
    Waiver.objects.filter(pk=waiver.pk).update(expires_on=in_days(-1))
    assert send(client, olga, f"/waivers/{waiver.pk}/", action="revoke").status_code == 403
    assert 'value="renew"' in client.get(f"/waivers/{waiver.pk}/").content.decode()


def test_it_refuses_a_second_decision(client, service, bob, olga):
    waiver = approved(service, bob, olga)
    assert send(client, olga, f"/waivers/{waiver.pk}/", action="deny", decision="No.").status_code == 403


def test_it_finds_no_waiver_that_is_not_there_and_asks_for_a_sign_in(see, client, service):
    see("/waivers/1/", 404)
    see("/waivers/99999999999999999999999999/", 404)
    client.logout()
    _, token = make_token("admin")
    for path in ("/waivers/", "/waivers/1/", ASK):
        assert client.get(path, headers=bearer(token)).status_code == 302


def test_it_escapes_what_people_write(see, service, bob):
    waiver = asked(service, bob, text="<script>alert(1)</script> and more words")
    for path in ("/waivers/", f"/waivers/{waiver.pk}/"):
        assert "<script>alert" not in see(path)


def test_it_shows_a_waiver_of_a_control_that_is_no_more(see, service, bob):
    waiver = asked(service, bob)
    Waiver.objects.filter(pk=waiver.pk).update(control="OLD-1")
    assert "OLD-1" in see("/waivers/")
    assert "OLD-1" in see(f"/waivers/{waiver.pk}/")


def test_it_asks_for_as_many_queries_whatever_there_is(
    client, alice, olga, bob, service, django_assert_max_num_queries
):
    client.force_login(alice)
    for number in range(6):
        other = make_service(f"service-{number}")
        asked(other, bob)
        approved(other, bob, olga, path="a/**")
    with django_assert_max_num_queries(12):
        client.get("/waivers/")
