"""What pages ask beside the days: since when, what could not be looked at, chosen services, the newest evidence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingest.models import Team
from scorecards.adoption import read
from scorecards.adoption.capabilities import Origin
from scorecards.adoption.chosen import of_services
from scorecards.adoption.newest import newest_evidence, telling_signals
from scorecards.adoption.settings import capabilities
from scorecards.adoption.since import states_since, team_since
from scorecards.adoption.teams import matrix
from scorecards.adoption.unseen import active_on, dark_origins, unseen
from tests.dashboard.pages.adopted import deploy, keep, look, show, three_teams
from tests.factories import make_service, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def adopted(db):
    return three_teams()


def ago(days):
    return timezone.now().date() - timedelta(days=days)


def capability(name):
    return next(one for one in capabilities() if one.id == name)


def test_a_state_holds_since_the_day_on_which_it_began(adopted):
    since = states_since([adopted["ledger"].pk], ago(0))[adopted["ledger"].pk]
    assert since["infrastructure"] == ago(20)
    assert since["catalogue"] == ago(100)
    # Not looked at before the first scan, 40 days ago.
    assert since["templates"] == ago(40)


def test_configured_alone_is_a_state_of_its_own(adopted):
    assert states_since([adopted["vault"].pk], ago(0))[adopted["vault"].pk]["observability"] == ago(10)


def test_a_service_that_is_not_active_has_no_state(adopted):
    assert states_since([adopted["stale"].pk], ago(0)) == {}


def test_a_team_is_in_its_state_since_the_day_on_which_that_began(adopted):
    assert team_since(make_team("pay"), ago(0)) == ago(20)
    assert team_since(make_team("pay"), ago(21)) == ago(100)
    assert team_since(make_team("idle"), ago(0)) is None


def test_chosen_services_sum_up_as_all_do_where_all_are_chosen(adopted):
    deploy(make_service("nobodys"))
    keep()
    organisation, teams = of_services([*(one.pk for one in active_on(ago(0)))], ago(0))
    told = read.course([ago(0)])[0]
    assert (organisation.services, organisation.teams) == (told.services, told.teams)
    assert organisation.capabilities == told.capabilities
    assert organisation.teams_partly == told.teams_partly
    kept = {row.team.pk: row.day for row in matrix(Team.objects.all()).rows}
    assert {pk: (day.state, day.possible, day.services, day.capabilities) for pk, day in teams.items()} == {
        pk: (day.state, day.possible, day.services, day.capabilities) for pk, day in kept.items()
    }


def test_active_are_those_that_the_day_counts(adopted):
    assert {one.slug for one in active_on(ago(0))} == {"ledger", "vault", "finder"}
    assert active_on(ago(0)).count() == read.course([ago(0)])[0].services.all
    assert active_on(ago(101)).count() == 0


def test_an_origin_is_dark_where_it_told_nothing_within_28_days(adopted):
    assert dark_origins(ago(0)) == {Origin.SARIF}
    show(adopted["finder"], "scanner-result", since=27, until=27)
    assert dark_origins(ago(0)) == frozenset()
    assert Origin.METRICS in dark_origins(ago(41))


def test_it_counts_what_was_not_scanned_in_whole(adopted):
    services = active_on(ago(0))
    [found] = unseen([capability("infrastructure")], services, ago(0))
    assert (found.unscanned, found.origins, found.nothing) == (0, (), False)
    look(deploy(make_service("partly", make_team("pay"))), "terraform")
    [found] = unseen([capability("infrastructure")], services, ago(0))
    assert found.unscanned == 1
    [nothing] = unseen([capability("platform_api")], services, ago(0))
    assert nothing.nothing


def test_the_newest_evidence_is_the_one_seen_last(adopted):
    show(adopted["ledger"], "helm-chart", since=30, until=29)
    show(adopted["ledger"], "pulumi", since=5, until=2, path="Pulumi.yaml")
    found = newest_evidence(capability("infrastructure"), [adopted["ledger"].pk], ago(0))
    assert found[adopted["ledger"].pk].signal.id == "terraform"
    found = newest_evidence(capability("infrastructure"), [adopted["ledger"].pk], ago(25))
    assert found[adopted["ledger"].pk].signal.id == "helm-chart"


def test_what_counts_only_together_shows_nothing_alone(adopted):
    security = capability("security")
    assert telling_signals(security, {"deployment"}) == set()
    assert telling_signals(security, {"deployment", "scanner-step"}) == {"deployment", "scanner-step"}
    assert telling_signals(security, {"scanner-step"}) == {"scanner-step"}
    assert newest_evidence(security, [adopted["vault"].pk], ago(0)) == {}
