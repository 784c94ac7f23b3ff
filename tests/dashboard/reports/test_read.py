"""The weekly reports of the worked example and of what happens around it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.reports.read import reports
from scorecards.models import Campaign, ControlVerdict, VerdictChange, Waiver
from tests.dashboard.pages.conftest import judge, march
from tests.factories import bearer, make_budget_step, make_incident, make_service, make_slo, make_team, make_token

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 9, 7, tzinfo=UTC)


def told(found, slug):
    return next(one for one in found[1].values() if one.scope == f"team:{slug}")


def titles(sections):
    return [one.title for one in sections]


def test_its_figures_are_those_of_the_worked_example(example):
    figures = {one.metric: one for one in told(reports(MONDAY, NOW), "payments").figures}
    assert figures["deployment_frequency"].value == pytest.approx(0.571, abs=0.001)
    assert figures["lead_time"].value == 4200
    assert figures["change_failure_rate"].value == 0.4
    assert figures["mttr"].value == 1500
    assert (figures["change_failure_rate"].now, figures["change_failure_rate"].verdict) == ("40.0\u00a0%", "missed")
    assert figures["mttr"].now == "25\u00a0min"
    assert figures["mttr"].before == "no data"


def test_its_figures_equal_the_apis(client, example):
    organisation, teams = reports(MONDAY, NOW)
    _, secret = make_token()
    for report in (organisation, *teams.values()):
        address = f"/api/v1/metrics/?scope={report.scope}&from=2026-03-02&to=2026-03-09"
        [answer] = client.get(address, headers=bearer(secret)).json()["results"]
        for figure in report.figures:
            if figure.metric in answer:
                said = answer[figure.metric]
                assert figure.value == (said["median"] if isinstance(said, dict) else said)


def test_it_has_all_six_and_says_why_there_is_none(example):
    report = told(reports(date(2026, 9, 7), datetime(2026, 9, 14, 7, tzinfo=UTC)), "payments")
    assert [one.metric for one in report.figures] == [
        "deployment_frequency", "lead_time", "change_failure_rate", "mttr", "standards", "adoption",
    ]  # fmt: skip
    assert all(one.reason and not one.now for one in report.figures)
    assert not any("No data" in one.reason for one in report.figures)  # the mail says so before it
    assert report.figures[4].reason == "Not scanned"
    assert report.is_empty


def test_it_links_to_the_very_week(example):
    report = told(reports(MONDAY, NOW), "payments")
    assert report.href == "http://localhost:8000/teams/payments/?from=2026-03-02&to=2026-03-09"
    assert "from=2026-03-02&to=2026-03-09" in report.figures[0].href


def test_it_tells_grave_open_incidents_of_the_team_alone(example):
    make_incident(example["service"], march(8, 9), severity="sev1", title="Refunds fail")
    make_incident(example["service"], march(8, 9), severity="sev3", title="A typo")
    judge(example["service"])
    make_service("web", make_team("web"))
    found = reports(MONDAY, NOW)
    [section] = told(found, "payments").waiting
    [line] = section.lines
    assert (line.name, line.text) == ("Pay", "sev1, Refunds fail, opened 22\u00a0h ago")
    assert told(found, "web").waiting == ()
    assert titles(found[0].waiting) == ["Open grave incidents"]


def test_it_tells_steps_of_budgets_of_the_week_alone(example):
    slo = make_slo(example["service"])
    make_budget_step(slo, "", "75", at=march(3, 9))
    make_budget_step(slo, "75", "50", at=march(9, 0))
    [section] = told(reports(MONDAY, NOW), "payments").changes
    assert [line.text.endswith("came down to 75 %") for line in section.lines] == [True]


def change(service, control, before, after, at):
    VerdictChange.objects.create(
        service=service, standard="DOP", control=control, before=before, after=after, cause="repository", at=at
    )


def keep(service, control, verdict):
    ControlVerdict.objects.create(
        service=service, standard="DOP", control=control, section="3", level="REQUIRED", phase="Foundation",
        verdict=verdict, since=march(3, 9), counts={verdict: 1},
    )  # fmt: skip


def required():
    from scorecards.standards import pack
    from scorecards.standards.standard import Level

    return [one for one in pack.builtin().controls if one.level is Level.REQUIRED]


def test_it_tells_required_controls_by_the_ends_of_the_week(example):
    service, (failing, again, fixed) = example["service"], required()[:3]
    for control, verdict in ((failing, "fail"), (again, "pass"), (fixed, "pass")):
        keep(service, control.id, verdict)
    change(service, failing.id, "pass", "fail", march(3, 9))
    change(service, again.id, "pass", "fail", march(3, 9))
    change(service, again.id, "fail", "pass", march(4, 9))
    change(service, fixed.id, "fail", "pass", march(8, 23))
    change(service, fixed.id, "pass", "fail", march(9, 0))
    sections = {one.title: [line.text for line in one.lines] for one in told(reports(MONDAY, NOW), "payments").changes}
    assert sections == {
        "REQUIRED controls newly failing": [f"{failing.title} ({failing.id}) came to fail: a new commit"],
        "REQUIRED controls fixed": [f"{fixed.title} ({fixed.id}) passes again: a new commit"],
    }


def test_its_next_action_leads_to_where_it_is_to_be_done(example):
    keep(example["service"], required()[0].id, "fail")
    report = told(reports(MONDAY, NOW), "payments")
    assert report.next is not None
    assert report.next.text.startswith("Pay: +")
    assert re.fullmatch(r"http://localhost:8000/services/pay/standards/#DOP-[\d.]+-\d+", report.next.href)


def test_it_tells_waivers_that_end_within_14_days(example, olga, alice):
    def waive(control, ends):
        Waiver.objects.create(
            service=example["service"], control=control, reason="planned", text="x", state="approved",
            requested_by=alice, requested_at=march(1, 9), decided_by=olga, decided_at=march(1, 9), expires_on=ends,
        )  # fmt: skip

    waive("A", date(2026, 3, 23))
    waive("B", date(2026, 3, 24))
    waive("C", date(2026, 3, 8))
    [section] = told(reports(MONDAY, NOW), "payments").waiting
    assert [line.text[:16] for line in section.lines] == ["the waiver of A "]


def test_it_tells_campaigns_that_still_ask_something(example):
    control = required()[0].id
    keep(example["service"], control, "fail")
    Campaign.objects.create(
        name="Pin images",
        slug="pin",
        controls=[control],
        starts_on=date(2026, 3, 1),
        deadline=date(2026, 3, 18),
        made_at=NOW,
    )
    found = reports(MONDAY, NOW)
    assert [(line.name, line.text) for line in told(found, "payments").waiting[-1].lines] == [
        ("Pin images", "1 service to do, 9 days left")
    ]
    assert [line.text for line in found[0].waiting[-1].lines] == ["1 service to do, 9 days left"]


def test_it_asks_no_more_often_for_more_teams(example, django_assert_max_num_queries):
    for number in range(10):
        make_service(f"s{number}", make_team(f"t{number}"))
    with django_assert_max_num_queries(70):
        assert len(reports(MONDAY, NOW)[1]) >= 11


def test_it_leaves_out_teams_that_were_not_asked_for(example):
    team = example["service"].pk
    assert reports(MONDAY, NOW + timedelta(days=1), teams=[])[1] == {}
    assert team
