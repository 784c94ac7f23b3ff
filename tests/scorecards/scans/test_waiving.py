"""Waivers from request to end: who may do what, and what it does to verdicts."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ingest.models import Service
from scorecards.models import ControlVerdict, Finding, VerdictChange, Waiver
from scorecards.scans.verdicts import compliance_of, judge_services
from scorecards.scans.waiving import approve_waiver, deny_waiver, renew_waiver, request_waiver, revoke_waiver
from scorecards.waivers import WaiverRefused, expired, expiring
from tests.factories import make_repository, make_service, make_team
from tests.scorecards.scans.scanning import DAY, NOON, finding, scan_of, standard

STANDARDS = [standard()]
NEXT_MONTH = DAY + timedelta(days=30)
WHY = "The load balancer in front does the same."


@pytest.fixture
def service(db: None) -> Service:
    service = make_service("checkout", make_team("pay"))
    scan_of(make_repository("acme/checkout", service), [finding("fail", "a/x.yml"), finding("fail", "b/x.yml")])
    return service


def ask(service: Service, by: User, **said: Any) -> Waiver:
    about = {"control": "T-1", "reason": "compensated", "text": WHY, "expires_on": NEXT_MONTH} | said
    return request_waiver(service=service, by=by, at=NOON, standards=STANDARDS, **about)


def verdict(service: Service, control: str = "T-1") -> str:
    return ControlVerdict.objects.get(service=service, control=control).verdict


def test_a_request_alone_does_nothing(service: Service, bob: User) -> None:
    ask(service, bob)
    assert verdict(service) == "fail"


def test_an_approved_waiver_leaves_the_score_and_is_told_as_waived(service: Service, bob: User, olga: User) -> None:
    approve_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS)
    row = ControlVerdict.objects.get(service=service, control="T-1")
    assert (row.verdict, row.proven, row.counts) == ("waived", None, {"waived": 2})
    assert set(Finding.objects.filter(control="T-1").values_list("outcome", flat=True)) == {"fail"}
    assert VerdictChange.objects.order_by("-pk").first().cause == "waiver"  # type: ignore[union-attr]


def test_a_path_keeps_the_waiver_to_its_part(service: Service, bob: User, olga: User) -> None:
    approve_waiver(ask(service, bob, path="a/**"), by=olga, at=NOON, standards=STANDARDS)
    assert ControlVerdict.objects.get(service=service, control="T-1").counts == {"fail": 1, "waived": 1}
    assert verdict(service) == "fail"


def test_whoever_asks_can_not_decide(service: Service, bob: User) -> None:
    waiver = ask(service, bob)
    for step in (approve_waiver, deny_waiver):
        with pytest.raises(WaiverRefused, match="another person"):
            step(waiver, by=bob, at=NOON, standards=STANDARDS, decision="Fine.")
    assert verdict(service) == "fail"


def test_a_decision_is_made_once(service: Service, bob: User, olga: User) -> None:
    waiver = deny_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS, decision="Fix it instead.")
    with pytest.raises(WaiverRefused, match="denied already"):
        approve_waiver(waiver, by=olga, at=NOON, standards=STANDARDS)
    assert verdict(service) == "fail"


def test_a_denial_says_why(service: Service, bob: User, olga: User) -> None:
    with pytest.raises(WaiverRefused, match="why"):
        deny_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS, decision=" ")


def test_a_revoked_waiver_brings_the_fail_back(service: Service, bob: User, olga: User) -> None:
    waiver = approve_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS)
    revoke_waiver(waiver, by=bob, at=NOON, standards=STANDARDS)
    assert verdict(service) == "fail"


def test_a_waiver_holds_on_its_last_day_and_no_longer(service: Service, bob: User, olga: User) -> None:
    approve_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS)
    judge_services([service], STANDARDS, cause="waiver", at=NOON + timedelta(days=30))
    assert verdict(service) == "waived"
    judge_services([service], STANDARDS, cause="waiver", at=NOON + timedelta(days=31))
    assert verdict(service) == "fail"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"control": "T-9"}, "control"),
        ({"reason": "because"}, "reason"),
        ({"text": "Too short."}, "text"),
        ({"text": "x" * 2_001}, "text"),
        ({"expires_on": DAY}, "expires_on"),
        ({"expires_on": DAY + timedelta(days=400)}, "expires_on"),
        ({"path": "/etc/**"}, "path"),
        ({"path": "a\n"}, "path"),
    ],
)
def test_a_request_says_what_to_mend(service: Service, bob: User, said: dict[str, Any], field: str) -> None:
    with pytest.raises(WaiverRefused) as refused:
        ask(service, bob, **said)
    assert refused.value.field == field
    assert not Waiver.objects.exists()


def test_the_same_is_not_asked_for_twice(service: Service, bob: User) -> None:
    ask(service, bob)
    with pytest.raises(WaiverRefused, match="already"):
        ask(service, bob)


def test_renewals_are_counted(service: Service, bob: User, olga: User) -> None:
    waiver = approve_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS)
    later = renew_waiver(
        waiver, expires_on=NEXT_MONTH + timedelta(days=30), text=WHY, by=bob, at=NOON, standards=STANDARDS
    )
    assert (later.renewals, later.renews) == (1, waiver)
    with pytest.raises(WaiverRefused, match="approved"):
        renew_waiver(later, expires_on=NEXT_MONTH, text=WHY, by=bob, at=NOON, standards=STANDARDS)


def test_what_ends_speaks_up(service: Service, bob: User, olga: User) -> None:
    waiver = approve_waiver(ask(service, bob), by=olga, at=NOON, standards=STANDARDS)
    all_services = Service.objects.all()
    assert not expiring(all_services, DAY)
    assert list(expiring(all_services, NEXT_MONTH - timedelta(days=7))) == [waiver]
    assert list(expired(all_services, NEXT_MONTH + timedelta(days=1), NEXT_MONTH)) == [waiver]


class NoStepMakesAPass(TestCase):
    """Whatever is asked, approved, denied and revoked, no fail becomes a pass, and findings keep their outcome."""

    @given(st.lists(st.sampled_from(["ask", "approve", "deny", "revoke", "wait"]), max_size=12))
    def test_a_fail_never_becomes_a_pass(self, steps: list[str]) -> None:
        asker, decider = User.objects.create(username="asker"), User.objects.create(username="decider")
        service = make_service("checkout")
        scan_of(make_repository("acme/checkout", service), "fail")
        at = NOON
        for step in steps:
            waiver = Waiver.objects.order_by("-pk").first()
            try:
                match step:
                    case "ask":
                        request_waiver(
                            service=service, control="T-1", reason="planned", text=WHY, by=asker, at=at,
                            expires_on=at.date() + timedelta(days=5), standards=STANDARDS,
                        )  # fmt: skip
                    case "wait":
                        at += timedelta(days=4)
                        judge_services([service], STANDARDS, cause="waiver", at=at)
                    case _ if waiver is not None:
                        act = {"approve": approve_waiver, "deny": deny_waiver, "revoke": revoke_waiver}[step]
                        act(waiver, by=decider, at=at, standards=STANDARDS, decision="So be it.")
            except WaiverRefused:
                continue
            in_force = Waiver.objects.filter(state="approved", expires_on__gte=at.date()).exists()
            assert verdict(service) == ("waived" if in_force else "fail")
            assert Finding.objects.get(control="T-1").outcome == "fail"
            assert str(compliance_of(service, STANDARDS[0]).meets_required) == ("met" if in_force else "not_met")
