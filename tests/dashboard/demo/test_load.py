"""The demo goes into the database whole, with every figure computed."""

from collections import Counter
from collections.abc import Callable
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from dashboard.demo import load as demo
from dashboard.demo.load import is_loaded, load_demo
from ingest.models import ChangedService, Delivery, Service, Team
from ingest.window import Window
from scorecards.rollups.read import Scope, listing
from tests.dashboard.demo.conftest import NOW, Events

REFUSED = ["bad_json", "future_time", "key_reused", "negative_duration", "unknown_type"]


def few(year: Events) -> Callable[[int, object], Events]:
    """The events of three services: enough to load, in a moment."""
    kept = [event for event in year if event.get("service") in (None, "ledger", "returns", "sms-gateway")]
    return lambda seed, now: kept


@pytest.mark.django_db
def test_it_loads_what_is_good_and_quarantines_the_rest(year: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "events", few(year))
    said: list[str] = []
    load_demo(1, NOW, said.append)
    refused = Delivery.objects.exclude(error_code="").values_list("error_code", flat=True)
    assert sorted(refused) == REFUSED
    assert Service.objects.filter(slug="ledger", tier="critical").exists()
    assert not ChangedService.objects.exists()
    assert is_loaded()
    assert said


@pytest.mark.django_db
def test_it_leaves_nothing_behind_when_it_is_broken_off(year: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "events", few(year))

    def broken(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_demo(1, NOW, broken)
    assert not is_loaded()
    assert not Team.objects.filter(slug="payments").exists()


@pytest.mark.django_db
def test_it_refuses_to_load_a_second_demo(year: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "events", few(year))
    call_command("demo", stdout=StringIO())
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo", "--seed", "2", stdout=StringIO())


@pytest.mark.slow
@pytest.mark.django_db
def test_it_comes_to_figures_that_one_can_believe() -> None:
    load_demo(1, NOW, lambda text: None)
    window = Window.last(90, NOW.date(), settings.ORGANISATION_ZONE)
    scopes = {team.slug: Scope("team", team.pk) for team in Team.objects.all()}
    found = listing(list(scopes.values()), "production", window, NOW.date())
    summaries = {slug: found[scope].summary for slug, scope in scopes.items()}
    targets = Counter(summary.targets["change_failure_rate"] for summary in summaries.values())
    assert targets["met"] and targets["missed"]
    assert summaries["checkout"].targets["lead_time"] == "met"
    assert summaries["fulfilment"].targets["lead_time"] == "missed"
    assert (summaries["mobile"].coverage["lead_time"] or 1) < 0.8
    assert (summaries["data-platform"].coverage["lead_time"] or 0) > 0.9
    assert sum(summary.open_count for summary in summaries.values()) == 2
    for summary in summaries.values():
        assert summary.change_failure_rate is not None and summary.change_failure_rate < 0.25
