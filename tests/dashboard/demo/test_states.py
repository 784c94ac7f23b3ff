"""Every state that a page can show is somewhere in the demo."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from tests.dashboard.demo.conftest import NOW, Events

LONG_NAME = "payment-method-tokenisation-and-network-token-lifecycle-manager"
Incidents = dict[str, Events]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def days_ago(text: str) -> float:
    return (NOW - at(text)) / timedelta(days=1)


def count(events: Events, **wanted: Any) -> int:
    return sum(all(event.get(name) == value for name, value in wanted.items()) for event in events)


def of_team(events: Events, team: str) -> Events:
    return [event for event in events if event.get("team") == team]


def lead_hours(year: Events, team: str, newest: float = 0, oldest: float = 365) -> float:
    """The median over changes that were deployed between so many days ago."""
    authored = defaultdict(list)
    for event in of_team(year, team):
        if event["type"] == "commit.pushed":
            authored[event["service"], event.get("pull_request")].append(event["authored_at"])
    spans = [
        (at(event["at"]) - at(text)) / timedelta(hours=1)
        for event in of_team(year, team)
        if event.get("status") == "success" and event["environment"] == "production"
        if newest <= days_ago(event["at"]) < oldest
        for number in event["changes"]
        for text in authored[event["service"], number]
    ]
    return median(spans)


def failing(deployments: Events, team: str, newest: float, oldest: float) -> float:
    """The share that failed by status, was rolled back or fixed."""
    own = [d for d in of_team(deployments, team) if newest <= days_ago(d["at"]) < oldest]
    named = {d.get("rollback_of") or d.get("fixes") for d in own}
    bad = [d for d in own if d.get("status") == "failure" or d["deployment"] in named]
    return len(bad) / len(own)


# ---------------------------------------------------------------- teams


def test_it_has_eight_teams_and_about_thirty_services(year: Events) -> None:
    assert count(year, type="team.declared") == 8
    assert 26 <= len({event["service"] for event in year if "service" in event}) <= 32


def test_it_has_a_team_that_delivers_within_the_hour(year: Events) -> None:
    assert lead_hours(year, "checkout") < 1


def test_it_has_a_team_that_takes_more_than_a_week_and_releases_by_the_month(year: Events, deployments: Events) -> None:
    assert lead_hours(year, "fulfilment") > 7 * 24
    assert count(deployments, service="returns", kind="release") < 20


def test_it_has_a_team_that_improves_over_the_year(year: Events, deployments: Events) -> None:
    assert lead_hours(year, "search", 0, 90) < lead_hours(year, "search", 275, 365) / 4
    often = Counter(days_ago(d["at"]) < 90 for d in of_team(deployments, "search") if days_ago(d["at"]) < 180)
    assert often[True] > often[False]


def test_it_has_a_team_that_worsened_in_the_last_weeks(year: Events, deployments: Events) -> None:
    assert lead_hours(year, "payments", 0, 45) > 2 * lead_hours(year, "payments", 45, 135)
    assert failing(deployments, "payments", 0, 45) > failing(deployments, "payments", 45, 135)


def test_it_has_a_bad_week_with_critical_incidents(incidents: Incidents) -> None:
    opened = [told[0] for told in incidents.values() if told[0].get("team") == "payments"]
    week = [event for event in opened if 5 <= days_ago(event["at"]) <= 14]
    assert len(week) >= 3
    assert count(week, severity="sev1") >= 1


def test_it_has_a_team_whose_deployments_tell_no_list(year: Events) -> None:
    own = of_team(year, "data-platform")
    deployed = [event for event in own if event["type"].startswith("deployment.")]
    pushed = {event["sha"]: event for event in own if event["type"] == "commit.pushed"}
    assert all("changes" not in event and "shas" not in event for event in deployed)
    assert all(event["parents"] for event in pushed.values())
    assert all(event["sha"] in pushed for event in deployed)
    assert any(event.get("merge") and len(event["parents"]) == 2 for event in pushed.values())


def test_it_has_a_team_most_of_whose_commits_are_unknown(year: Events) -> None:
    own = of_team(year, "mobile")
    known = {event["sha"] for event in own if event["type"] == "commit.pushed"}
    merged = [event for event in own if event["type"] == "pull_request.merged"]
    assert sum(set(event["commits"]) <= known for event in merged) / len(merged) < 0.8


def test_it_moves_a_service_to_another_team(year: Events) -> None:
    owners = [e["team"] for e in year if e["type"] == "service.declared" and e["service"] == "notifications"]
    assert owners == ["platform", "mobile"]


# ---------------------------------------------------------------- services


def test_it_has_a_service_of_which_nothing_but_its_name_is_known(year: Events) -> None:
    assert [event["type"] for event in year if event.get("service") == "loyalty-points"] == ["service.declared"]


def test_it_has_a_service_that_stopped_deploying_four_months_ago(deployments: Events) -> None:
    assert 120 < min(days_ago(d["at"]) for d in deployments if d["service"] == "image-resizer") < 150


def test_it_has_a_service_with_one_deployment(deployments: Events) -> None:
    (only,) = [d for d in deployments if d["service"] == "gift-cards"]
    assert only["status"] == "success"
    assert days_ago(only["at"]) < 5


def test_it_has_a_service_with_a_very_long_name(deployments: Events) -> None:
    assert count(deployments, service=LONG_NAME) > 20


def test_it_has_two_services_that_nobody_owns(year: Events, deployments: Events) -> None:
    for slug in ("sitemap", "sms-gateway"):
        assert not any("team" in event for event in year if event.get("service") == slug)
        assert count(deployments, service=slug) > 3


# ---------------------------------------------------------------- deployments


def test_it_has_every_status_and_kind(deployments: Events) -> None:
    assert count(deployments, status="failure") >= 20
    assert count(deployments, status="cancelled") >= 5
    assert count(deployments, kind="rollback") >= 10
    assert count(deployments, kind="hotfix") >= 5


def test_it_has_one_deployment_that_runs_now(deployments: Events) -> None:
    (running,) = [d for d in deployments if d["type"] == "deployment.started"]
    assert days_ago(running["at"]) < 0.01


def test_it_rolls_back_to_the_version_before(deployments: Events) -> None:
    live: dict[str, list[str]] = defaultdict(list)
    by_id = {d["deployment"]: d for d in deployments}
    for deployment in deployments:
        versions = live[deployment["service"]]
        version = deployment.get("version", deployment["sha"])
        if deployment["kind"] == "rollback":
            bad = by_id[deployment["rollback_of"]]
            assert bad.get("version", bad["sha"]) == versions[-1] != version
            assert version in versions
        if deployment.get("status") == "success":
            versions.append(version)


def test_it_fixes_what_a_hotfix_names(deployments: Events) -> None:
    assert all(d["fixes"] for d in deployments if d["kind"] == "hotfix")


def test_it_deploys_a_version_again(deployments: Events) -> None:
    live: dict[str, list[str]] = defaultdict(list)
    for deployment in deployments:
        if deployment.get("status") == "success":
            live[deployment["service"]].append(deployment.get("version", deployment["sha"]))
    assert sum(before == after for versions in live.values() for before, after in pairwise(versions)) >= 5


def test_it_is_quiet_at_weekends_and_at_the_end_of_the_year(deployments: Events) -> None:
    days = Counter(at(d["started_at"]).date() for d in deployments)
    weekends = sum(times for day, times in days.items() if day.weekday() >= 5)
    assert weekends < 0.06 * len(deployments)
    year_end = sum(times for day, times in days.items() if (day.month, day.day) >= (12, 24))
    assert year_end < 15


# ---------------------------------------------------------------- changes


def test_it_has_pull_requests_in_every_state(year: Events) -> None:
    stages = defaultdict(set)
    for event in year:
        if event["type"].startswith("pull_request."):
            stages[event["service"], event["number"]].add(event["type"].removeprefix("pull_request."))
    found = list(stages.values())
    assert sum("closed" in told for told in found) > 50
    assert sum(told <= {"opened", "reviewed"} for told in found) >= 10
    assert sum("merged" in told and "reviewed" not in told for told in found) > 100


def test_it_has_bots(year: Events) -> None:
    merged = [event for event in year if event["type"] == "pull_request.merged"]
    assert 0.05 < count(merged, bot=True, author="renovate[bot]") / len(merged) < 0.2


def test_it_merges_in_every_way(year: Events) -> None:
    ways = Counter(event["how"] for event in year if event["type"] == "pull_request.merged")
    assert ways["squash"] > ways["merge"] > ways["rebase"] > 0


def test_it_has_a_commit_that_was_authored_after_its_deployment(year: Events) -> None:
    wrong = [e for e in year if e["type"] == "commit.pushed" and e["authored_at"] > e["committed_at"]]
    assert [event["service"] for event in wrong] == ["login"]


# ---------------------------------------------------------------- incidents


def test_it_has_two_open_incidents(incidents: Incidents) -> None:
    unresolved = [told for told in incidents.values() if told[-1]["type"] != "incident.resolved"]
    states = sorted((told[0]["severity"], len(told), told[-1]["type"]) for told in unresolved)
    assert states == [("sev1", 1, "incident.opened"), ("sev2", 2, "incident.acknowledged")]
    overdue = min(unresolved, key=lambda told: told[0]["severity"])
    assert at(overdue[0]["at"]) < NOW - timedelta(minutes=5)


def test_it_has_incidents_of_every_severity_and_cause(incidents: Incidents) -> None:
    opened = [told[0] for told in incidents.values()]
    assert {event["severity"] for event in opened} == {"sev1", "sev2", "sev3", "sev4"}
    assert sum(bool(event.get("caused_by")) for event in opened) > 20
    assert sum("caused_by" in event and event["caused_by"] is None for event in opened) > 10
    assert sum("caused_by" not in event for event in opened) > 10


def test_it_gives_titles_that_a_person_could_have_written(year: Events) -> None:
    titles = {event["title"] for event in year if "title" in event}
    assert len(titles) > 300
    assert not any("{" in title or title != title.strip() for title in titles)
