"""What a catalogue file states of ownership, in the database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.catalogue.owners import periods_by_service
from ingest.models import ChangedService, Ownership, Service, Team
from ingest.parsers.observation import ServiceSeen
from ingest.record import record
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 10, 9, tzinfo=UTC)


def load(team: str, at: datetime = AT, **said: object) -> None:
    told = {"team": team, "basis": "catalogue", "by": "teams.yaml"} | said
    record(factories.native(), [ServiceSeen(at, "catalogue", "checkout", told)])


def statements() -> list[tuple[str, datetime, str]]:
    return list(Ownership.objects.order_by("at").values_list("basis", "at", "team__slug"))


def owners() -> list[tuple[str, date | None]]:
    slugs = dict(Team.objects.values_list("pk", "slug"))
    [periods] = periods_by_service().values()
    return [(slugs[period.team_id], period.start) for period in periods]


def test_it_states_the_owner_from_the_day_that_the_file_tells():
    load("pay", since=date(2026, 1, 5))
    assert statements() == [("catalogue", datetime(2026, 1, 5, tzinfo=UTC), "pay")]
    assert Ownership.objects.get().by == "teams.yaml"


def test_it_states_the_owner_from_the_midnight_before_the_loading_by_the_organisations_clock(settings):
    settings.ORGANISATION_ZONE = ZoneInfo("Europe/Berlin")
    load("pay", datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    assert statements() == [("catalogue", datetime(2026, 3, 10, 23, tzinfo=UTC), "pay")]


def test_it_adds_no_statement_when_the_same_is_loaded_each_night():
    for days in range(3):
        load("pay", AT + timedelta(days=days))
    assert len(statements()) == 1
    assert ChangedService.objects.count() == 1


def test_it_mends_what_was_loaded_wrongly_on_the_same_day():
    load("search")
    load("pay", AT + timedelta(hours=1))
    assert [team for _, _, team in statements()] == ["pay"]


def test_it_moves_a_service_and_keeps_the_past():
    load("pay")
    load("search", AT + timedelta(days=7))
    assert owners() == [("pay", None), ("search", date(2026, 3, 17))]


def test_it_outweighs_a_hint_of_the_same_team():
    service = factories.make_service("checkout")
    factories.own(factories.make_team("pay"), service, basis="hint", key="d1")
    load("pay")
    assert [basis for basis, _, _ in statements()] == ["hint", "catalogue"]


def test_it_does_not_let_an_old_file_date_win_over_a_fields_later_events():
    load("pay", tier="low", since=date(2020, 1, 1))
    record(factories.native(), [ServiceSeen(AT - timedelta(days=1), "e1", "checkout", {"tier": "critical"})])
    assert Service.objects.get().tier == "low"
