"""Saying what counts: choose, see what it would do, say it; who may; where it shows."""

import re
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from dashboard import access
from dashboard.pages.defining.words import CHOICES, moves
from ingest.models import Team
from scorecards.definitions.change import state_definitions
from scorecards.definitions.values import READERS
from scorecards.models import DefinitionChange, WhatIf
from scorecards.rollups.build import build_rollups
from scorecards.rollups.summary import METRICS
from scorecards.what_if import jobs
from tests.dashboard.pages.conftest import WEEK
from tests.factories import join_team, make_token, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
CHANGE = "/definitions/change/"


@pytest.fixture(autouse=True)
def march(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def staff(client, olga):
    client.force_login(olga)
    return client


def words_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def try_it(client, status=302, **typed):
    answer = client.post(CHANGE, typed)
    assert answer.status_code == status
    return client.get(answer["Location"]) if status == 302 else answer


def said(olga, team=None, since=date(2026, 3, 4), reason="We follow DORA", **values) -> DefinitionChange:
    change = state_definitions(team, values, since=since, reason=reason, by=olga, at=NOW)
    build_rollups()
    return change


def test_every_choice_has_words():
    assert CHOICES.keys() == READERS.keys()
    assert all(any(moves(metric, key) for metric in METRICS) for key in CHOICES)


def test_staff_choose_see_and_say(staff, example):
    assert "as the standard: no" in words_of(staff.get(CHANGE))
    page = words_of(try_it(staff, exclude_status_failed="yes"))
    assert "1 deployment no longer counts." in page
    row = re.search(r"Change failure rate.*?</tr>", page)
    assert row is not None
    assert re.findall(r"[−+]?[\d.]+(?=\s*(?:%|pt))", row[0].replace("\xa0", " ")) == ["40.0", "25.0", "−15.0"]
    assert not DefinitionChange.objects.exists()
    trial = WhatIf.objects.get()
    answer = staff.post(f"/definitions/what-if/{trial.pk}/", {"since": "2026-03-02", "reason": "We follow DORA"})
    assert answer["Location"] == "/definitions/"
    change = DefinitionChange.objects.get()
    assert (change.values, change.since, change.reason) == (
        {"exclude_status_failed": True},
        date(2026, 3, 2),
        "We follow DORA",
    )
    page = words_of(staff.get("/definitions/"))
    assert "Leave out attempts that never went live" in page
    assert "We follow DORA" in page
    assert "olga" in page


def test_it_takes_every_kind_of_value(staff, example):
    typed = {
        "rule_hotfix": "yes",
        "linked_within_hours": "48",
        "limit_sev1": " None ",
        "limit_sev4": "90",
        "environments": "eu-* = production\n\nprod* = staging",
        "holidays": "2026-03-06, 2026-12-25",
        "sources": ["all"],
        "lead_time_from": "committed",
    }
    try_it(staff, **typed)
    assert WhatIf.objects.get().values == {
        "rule_hotfix": True,
        "linked_within_hours": 48,
        "limit_sev1": "none",
        "limit_sev4": 90,
        "environments": [["eu-*", "production"], ["prod*", "staging"]],
        "holidays": ["2026-03-06", "2026-12-25"],
        "sources": "all",
        "lead_time_from": "committed",
    }


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Nothing would change"),
        ({"linked_within_hours": "many"}, "whole number of hours"),
        ({"linked_within_hours": "²"}, "whole number of hours"),
        ({"environments": "live"}, "is no name of an environment"),
        ({"environments": "live = prod"}, "is no class"),
        ({"holidays": "Christmas"}, "Write days like 2026-12-25"),
        ({"sources": "0"}, "not one of the available choices"),
        ({"rule_hotfix": "perhaps"}, "not one of the available choices"),
    ],
)
def test_it_says_what_to_mend(staff, example, typed, sentence):
    assert sentence in words_of(try_it(staff, 422, **typed))
    assert not WhatIf.objects.exists()


def test_it_asks_for_a_day_and_a_reason(staff, example):
    try_it(staff, exclude_status_failed="yes")
    where = f"/definitions/what-if/{WhatIf.objects.get().pk}/"
    for typed in ({}, {"since": "soon", "reason": "x"}, {"since": "2026-03-02", "reason": " "}):
        assert staff.post(where, typed).status_code == 422
    assert not DefinitionChange.objects.exists()


def test_a_form_shows_what_is_said_already(staff, olga, example):
    said(olga, environments=[["eu-*", "production"]], count_redeploys=True, sources="all", limit_sev1="none")
    page = words_of(staff.get(CHANGE))
    assert "eu-* = production" in page
    assert '<option value="yes" selected>' in page
    team = words_of(staff.get(f"{CHANGE}?team=payments"))
    assert "as the organisation: yes" in team
    assert "Empty: as the organisation: no limit" in team


def test_a_lead_speaks_for_the_own_team_alone(client, alice, pay, example):
    client.force_login(alice)
    assert client.get(CHANGE).status_code == 403
    assert client.post(CHANGE, {"rule_hotfix": "yes"}).status_code == 403
    assert client.get(f"{CHANGE}?team=payments").status_code == 403
    assert client.get(f"{CHANGE}?team=no-such").status_code == 404
    answer = client.post(f"{CHANGE}?team=pay", {"rule_hotfix": "yes"})
    assert answer.status_code == 302
    answer = client.post(answer["Location"], {"since": "2026-03-02", "reason": "Ours"})
    assert DefinitionChange.objects.get().team == pay


def test_who_may_not_see_a_trial_or_take_a_change_back(client, alice, bob, olga, example):
    change = said(olga, exclude_status_failed=True)
    trial = jobs.ask(None, {"rule_hotfix": True}, by=olga, now=NOW)
    for person in (alice, bob):
        client.force_login(person)
        for path in (f"/definitions/what-if/{trial.pk}/", f"/definitions/{change.pk}/withdraw/"):
            assert client.get(path).status_code == 403
            assert client.post(path, {"since": "2026-03-02", "reason": "x"}).status_code == 403
    change.refresh_from_db()
    assert change.withdrawn_at is None


def test_may_define_denies_all_others(alice, bob, charlie, olga, pay):
    other = Team.objects.create(slug="other", name="Other")
    admin, _ = make_token("admin")
    gone = make_user("gone", is_staff=True, is_active=False)
    former = make_user("former", is_active=False)
    join_team(former, pay, "lead")
    assert [access.may_define(who, pay) for who in (olga, alice, bob, charlie, admin, gone, former, None)] == [
        True, True, False, False, False, False, False, False,
    ]  # fmt: skip
    assert [access.may_define(who, None) for who in (olga, alice, admin, gone)] == [True, False, False, False]
    assert not access.may_define(alice, other)


def test_it_takes_a_change_back(staff, olga, example):
    change = said(olga, exclude_status_failed=True)
    where = f"/definitions/{change.pk}/withdraw/"
    assert "Take it back" in words_of(staff.get(where))
    assert staff.post(where)["Location"] == "/definitions/"
    assert staff.get(where).status_code == 404
    assert "taken back by olga" in words_of(staff.get("/definitions/"))


def test_a_large_trial_shows_how_far_it_is_and_looks_again(staff, example, monkeypatch):
    monkeypatch.setattr(jobs, "IN_REQUEST", 0)
    page = words_of(try_it(staff, exclude_status_failed="yes"))
    assert 'http-equiv="refresh"' in page
    assert "0 of 1 services are computed" in page
    jobs.run_next(NOW)
    page = words_of(staff.get(f"/definitions/what-if/{WhatIf.objects.get().pk}/"))
    assert "refresh" not in page
    assert "1 deployment no longer counts." in page


def test_a_trial_that_failed_says_so(staff, olga, example):
    row = jobs.ask(None, {"rule_hotfix": True}, by=olga, now=NOW)
    WhatIf.objects.update(state="failed")
    assert "could not be computed" in words_of(staff.get(f"/definitions/what-if/{row.pk}/"))


def test_it_is_marked_on_the_trends_and_told_in_their_tables(see, olga, example):
    said(olga, Team.objects.get(slug="payments"), exclude_status_failed=True, reason="<b>Why</b> not")
    for path in (f"/teams/payments/?{WEEK}", f"/services/pay/?{WEEK}"):
        page = see(path)
        assert page.count("redefined") == 2  # failures and recovery
        assert "4 Mar 2026: olga (Payments) changed definitions." in page
        assert "<b>Why" not in page


def test_the_overview_tells_what_the_organisation_changed_and_no_team(see, olga, example):
    assert "changed definitions" not in see(f"/?{WEEK}")
    said(olga, Team.objects.get(slug="payments"), count_redeploys=True)
    said(olga, exclude_status_failed=True)
    page = see(f"/?{WEEK}")
    assert page.count("changed definitions") == 1
    assert "4 Mar 2026: olga changed definitions. Leave out attempts" in page
    assert "changed definitions" not in see("/?from=2026-02-02&to=2026-03-02")


def test_it_is_not_marked_where_it_moves_nothing_or_on_other_days(see, olga, example):
    said(olga, since=date(2026, 2, 1), exclude_status_failed=True)
    said(olga, limit_sev1=10)
    assert "redefined" not in see(f"/teams/payments/?{WEEK}")


def test_an_explanation_tells_whose_definition_holds_and_why(see, olga, example):
    said(olga, exclude_status_failed=True)
    said(olga, Team.objects.get(slug="payments"), since=date(2026, 3, 5), reason="Ours", count_redeploys=True)
    org = see(f"/explain/change_failure_rate/?{WEEK}")
    assert "The organisation’s, since 4 Mar 2026, changed by olga: We follow DORA" in org
    for scope in ("team:payments", "service:pay"):
        page = see(f"/explain/deployment_frequency/?scope={scope}&{WEEK}")
        assert "Payments’s, since 5 Mar 2026, changed by olga: Ours" in page
        assert "Deploying the same version again counts." in page
    lead_time = see(f"/explain/lead_time/?scope=team:payments&{WEEK}")
    assert "The standard’s own, since the first event." not in lead_time  # which redeploys count moves what is covered
    assert "The standard’s own, since the first event." in see(f"/explain/response/?scope=team:payments&{WEEK}")
    listed = re.findall(r'<a href="/deployments/(\d+)/', see(f"/explain/change_failure_rate/?{WEEK}"))
    assert str(example["d4"].pk) not in listed  # it never went live
    assert str(example["d2"].pk) in listed
    assert f"/deployments/{example['d4'].pk}/" in see(f"/explain/mttr/?{WEEK}")
    before = see("/explain/change_failure_rate/?from=2026-03-02&to=2026-03-04")
    assert "The standard’s own, since the first event." in before


def test_the_page_tells_teams_that_differ(see, olga, example):
    said(olga, Team.objects.get(slug="payments"), since=date(2026, 3, 20), holidays=["2026-12-24"])
    page = see("/definitions/")
    assert "24 Dec 2026" in page
    assert "still to come" in page
    assert "Everything is as the standard has it." in page


def test_it_says_so_where_there_is_nothing_to_compare(staff, olga, example, monkeypatch):
    assert "nothing can be compared" not in words_of(try_it(staff, count_rollbacks="no"))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 9, 9, 12, tzinfo=UTC))
    staff.force_login(olga)  # the session of March has ended
    page = words_of(try_it(staff, exclude_status_failed="yes"))
    assert "No deployment finished in these 90 days, so that nothing can be compared." in page
    assert "None: the same" not in page
