"""What pages and the API ask of adoption."""

from datetime import date, timedelta
from typing import Any

import pytest

from ingest.models import ChangedService, Repository, Service, Team
from scorecards.adoption import build, read
from scorecards.adoption.standing import capabilities_of
from scorecards.adoption.teams import matrix, next_teams
from scorecards.rollups.build import build_rollups
from tests.factories import make_deployment, make_repository, make_service, make_team
from tests.scorecards.adoption.facts import CATALOGUE, CHART, SCANNER, days_later, look_again, scan_files
from tests.scorecards.scans.scanning import NOON

pytestmark = pytest.mark.django_db
DAY = NOON.date()
PIPELINE = {".github/workflows/a.yml": "on: push\njobs: {a: {steps: [{run: helm upgrade a .}]}}\n"}


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def deploys(slug: str, team: Team, files: dict[str, str] | None = None, **fields: Any) -> Service:
    """A service that the team declared and that deployed on the first day, with its repository scanned then."""
    service = make_service(slug, team, **fields)
    make_deployment(service, NOON)
    repository = make_repository(f"acme/{slug}", service)
    if files is not None:
        scan_files(repository, files)
    ChangedService.objects.create(service=service)
    return service


def compute(until: int = 0) -> None:
    build_rollups()
    build.keep(days_later(until))


@pytest.fixture
def shop(db: None) -> Team:
    return make_team("shop")


def test_shares_are_intervals(pay: Team, shop: Team) -> None:
    deploys("checkout", pay, {"Chart.yaml": CHART, "catalog-info.yaml": CATALOGUE})
    deploys("cart", shop)
    deploys("basket", shop, {"README.md": "x"})
    compute()
    [before, on] = read.course([day(-1), DAY])
    assert (before.teams.share, before.reason, before.meets) == (None, "no_active_service", None)
    assert (on.teams.using, on.teams.all, on.teams.share, on.teams.possible_share) == (1, 2, 0.5, 1.0)
    assert (on.services.using, on.services.possible, on.services.all) == (1, 3, 3)
    assert (on.deployments.using, on.deployments.all) == (1, 3)
    assert on.meets is None
    funnel = on.capabilities["infrastructure"]
    assert (funnel.eligible, funnel.used, funnel.unknown) == (3, 1, 1)
    assert (funnel.share, funnel.possible_share) == (1 / 3, 2 / 3)


def test_the_target_is_over_90_percent_of_teams() -> None:
    def told(using: int, possible: int, teams: int) -> bool | None:
        return read.OrganisationDay(DAY, services=read.Share(0, 0, 9), teams=read.Share(using, possible, teams)).meets

    assert told(10, 10, 10) is True
    assert told(9, 9, 10) is False  # 90 % is not over 90 %
    assert told(9, 10, 10) is None
    assert told(0, 0, 0) is None


def test_a_team_and_a_service_have_a_course(pay: Team) -> None:
    service = deploys("checkout", pay, {"Chart.yaml": CHART})
    compute(120)
    days = [day(-1), DAY, day(27), day(28), day(91), day(120)]
    assert [one.state for one in read.team_course(pay, days)] == ["", "uses", "uses", "not", "", ""]
    found = read.service_course(service, days)
    assert [one.state for one in found] == ["inactive", "uses", "uses", "possibly", "inactive", "inactive"]
    assert (found[1].used, found[1].unknown, found[1].states["infrastructure"]) == (3, 3, "used")
    assert found[1].configured == {"catalogue", "ci_cd", "infrastructure"}
    assert read.service_course(service, [day(27), DAY]) == [found[2], found[1]]
    assert read.service_course(service, []) == []


def test_nothing_is_told_of_days_that_were_not_computed(pay: Team) -> None:
    assert read.told([DAY, day(1)]) == [DAY, day(1)]
    deploys("checkout", pay)
    compute()
    assert read.told([DAY, day(1)]) == [DAY]
    assert read.last_day() == read.first_day() == DAY


def test_the_matrix_has_a_row_for_each_team_with_an_active_service(pay: Team, shop: Team) -> None:
    assert matrix(Team.objects.all()) is None
    deploys("checkout", pay, {"Chart.yaml": CHART})
    compute()
    found = matrix(Team.objects.all())
    assert found is not None
    assert [row.team.slug for row in found.rows] == ["pay"]
    assert [one.id for one in found.capabilities][:2] == ["catalogue", "ci_cd"]
    assert found.rows[0].day.capabilities["ci_cd"].used == 1
    seen = matrix(Team.objects.filter(slug="shop"))
    assert seen is not None and seen.rows == ()


def test_the_matrix_asks_few_questions(pay: Team, django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        deploys(f"service-{number}", make_team(f"team-{number}"))
    compute()
    with django_assert_max_num_queries(2):
        matrix(Team.objects.all())
    with django_assert_max_num_queries(6):
        next_teams(Team.objects.all())


def test_who_is_next_has_least_to_do_and_is_told_what_is_lacking(pay: Team, shop: Team) -> None:
    deploys("checkout", pay, {"Chart.yaml": CHART})
    deploys("cart", shop, {".github/workflows/a.yml": "on: push\njobs: {build: {steps: [{run: make}]}}\n"})
    near = make_team("near")
    deploys("desk", near, {"slo.yaml": "version: prometheus/v1\nservice: a\nslos: [{name: b, objective: 99}]\n"})
    far = make_team("far")
    for slug in ("one", "two", "three", "four"):
        deploys(slug, far, {"README.md": "x"})
    compute()
    found = next_teams(Team.objects.all())
    assert [(one.team.slug, one.services_missing, one.steps) for one in found] == [
        ("near", 1, 1), ("shop", 1, 1), ("far", 2, 2),
    ]  # fmt: skip
    [desk] = found[0].services
    assert desk.missing == 1
    lacks = [one.id for one in desk.lacks]
    assert lacks[:2] == ["observability", "security"]  # configured already, then those that nobody could look at
    assert set(lacks) == {"observability", "security", "infrastructure", "templates", "resources"}
    assert [one.team.slug for one in next_teams(Team.objects.filter(pk=far.pk))] == ["far"]
    assert next_teams(Team.objects.all(), limit=1)[0].team == near


def test_a_services_capabilities_have_their_evidence(pay: Team) -> None:
    service = deploys("checkout", pay, PIPELINE | {"Chart.yaml": CHART, ".github/workflows/s.yml": SCANNER})
    look_again(Repository.objects.get(), days_later(3))
    compute(5)
    on, standings = capabilities_of(service, day(400))
    by_id = {one.capability.id: one for one in standings}
    assert on.state == "uses"
    chart = by_id["infrastructure"]
    assert (chart.state, chart.configured, chart.retained) == ("used", True, False)
    [seen] = chart.evidence
    assert (seen.signal.id, seen.first_day, seen.last_day, seen.counts) == ("helm-chart", DAY, day(3), True)
    assert (seen.path, seen.line, seen.repository) == ("Chart.yaml", 1, Repository.objects.get())
    assert seen.commit
    assert {one.signal.id for one in chart.missing} == {
        "terraform",
        "terraform-module",
        "crossplane",
        "pulumi",
        "ansible",
    }
    assert all(one.looked for one in chart.missing)
    assert [(one.signal.id, one.looked) for one in by_id["observability"].missing] == [
        ("objective", False), ("metric", False),
    ]  # fmt: skip
    assert {one.signal.id for one in by_id["security"].evidence} == {"scanner-step", "deployment"}
    assert [(one.signal.id, one.looked) for one in by_id["security"].missing] == [("scanner-result", False)]
    assert (by_id["platform_api"].state, by_id["platform_api"].missing) == ("unknown", ())


def test_old_evidence_is_told_and_does_not_count(pay: Team) -> None:
    service = deploys("checkout", pay, {"Chart.yaml": CHART})
    compute(60)
    _, standings = capabilities_of(service, day(400))
    chart = next(one for one in standings if one.capability.id == "infrastructure")
    assert (chart.state, chart.evidence[0].counts) == ("unknown", False)
    assert ("helm-chart", False) in [(one.signal.id, one.looked) for one in chart.missing]


def test_a_service_that_is_not_active_uses_nothing(pay: Team) -> None:
    service = make_service("idle", pay)
    _, standings = capabilities_of(service, day(400))
    assert {one.state for one in standings} == {"inactive"}


def test_users_of_a_capability_can_be_compared(pay: Team) -> None:
    one, two = deploys("checkout", pay, {"Chart.yaml": CHART}), deploys("cart", pay)
    make_service("idle", pay)
    compute(1)
    assert read.users_of("infrastructure", day(1)) == {one.pk: "used", two.pk: "unknown"}
    assert read.users_of("infrastructure", day(1), [two.pk]) == {two.pk: "unknown"}
    assert read.users_of("infrastructure", day(-1)) == {}
    assert read.states_on(day(1))[one.pk].state == "uses"


def test_who_began_and_who_ceased_is_told(pay: Team) -> None:
    service = deploys("checkout", pay, {"README.md": "x"})
    scan_files(Repository.objects.get(), {"Chart.yaml": CHART}, days_later(10))
    scan_files(Repository.objects.get(), {"README.md": "x"}, days_later(20))
    make_deployment(service, days_later(30))
    ChangedService.objects.create(service=service)
    compute(60)
    assert read.changes_of("infrastructure", DAY, day(60)) == [
        read.Change(service.pk, day(10), "not", "used"),
        read.Change(service.pk, day(38), "used", "not"),
        read.Change(service.pk, day(48), "not", "unknown"),  # nobody looked for 28 days
    ]
    assert read.changes_of("infrastructure", day(11), day(38)) == []
    assert read.changes_of("catalogue", DAY, day(60)) == []  # used since it was there
