"""Signals as people set them up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.models import Signal
from ingest.prometheus.servers import connect, draft
from ingest.prometheus.signal_settings import (
    change_signal,
    draft_signal,
    make_signal,
    map_services,
    said_of,
    set_enabled,
)
from ingest.prometheus.signals import OVERLAP
from ingest.prometheus.told import Refused, SignalSaid
from tests.factories import NOON

pytestmark = pytest.mark.django_db
SAID = SignalSaid("deployments", "deployments", " deployments_total ", succeeded=("ok",), services={"a": "pay"})


@pytest.fixture
def server():
    return connect(draft("main", "https://prometheus.example.com"), by="olga")


@pytest.fixture
def signal(server):
    return make_signal(server, SAID, by="olga")


def test_it_stores_what_is_told(signal):
    held = Signal.objects.get()
    assert said_of(held) == replace(SAID, query="deployments_total")
    assert (held.enabled, held.origin) == (True, "site")


def test_it_stores_nothing_of_a_draft(server):
    draft_signal(server, SAID)
    assert not Signal.objects.exists()


def test_it_refuses_a_second_signal_of_one_name(server, signal):
    with pytest.raises(Refused, match="already"):
        make_signal(server, SAID, by="olga")
    other = make_signal(server, replace(SAID, name="other"), by="olga")
    with pytest.raises(Refused, match="already"):
        change_signal(other, SAID, by="olga")


def test_it_changes_only_what_differs(signal):
    assert not change_signal(signal, SAID, by="olga")
    assert change_signal(signal, replace(SAID, service_label="app", failed=("broken",)), by="olga")
    held = Signal.objects.get()
    assert (held.service_label, held.failed, held.succeeded) == ("app", ["broken"], ["ok"])


def test_it_reads_another_query_from_where_the_last_one_came_to(signal):
    Signal.objects.update(read_to=NOON, state={"series": {"k": [1.0, 2.0]}}, error="bad", failing_since=NOON)
    change_signal(Signal.objects.get(), replace(SAID, query='deployments_total{env="p"}'), by="olga")
    held = Signal.objects.get()
    # A reading begins OVERLAP before: so it begins at what was read, and looks at nothing twice.
    assert held.read_to - OVERLAP == NOON
    assert held.state == {"series": {"k": [1.0, 2.0]}}
    assert (held.error, held.failing_since) == ("", None)


def test_it_leaves_the_reading_alone_where_labels_change(signal):
    Signal.objects.update(read_to=NOON)
    change_signal(Signal.objects.get(), replace(SAID, service_label="app"), by="olga")
    assert Signal.objects.get().read_to == NOON


def test_it_refuses_another_kind(signal):
    with pytest.raises(Refused, match="add another"):
        change_signal(signal, replace(SAID, kind="error_rate"), by="olga")


def test_it_maps_values_to_services_beside_those_that_are(signal):
    Signal.objects.update(unmatched=["b", "c"])
    map_services(Signal.objects.get(), {"b": "checkout"}, by="olga")
    held = Signal.objects.get()
    assert (held.services, held.unmatched) == ({"a": "pay", "b": "checkout"}, ["c"])


def test_it_pauses_and_goes_on(signal):
    set_enabled(signal, False, by="olga")
    assert not Signal.objects.get().enabled
    set_enabled(signal, True, by="olga")
    assert Signal.objects.get().enabled


def test_it_counts_no_increase_twice_where_the_query_changed(signal):
    """What lies before the end of the last reading is not asked of the other query."""
    Signal.objects.update(read_to=NOON)
    change_signal(Signal.objects.get(), replace(SAID, query="sum by (service, status) (deployments_total)"), by="olga")
    assert Signal.objects.get().read_to - NOON == timedelta(minutes=5)
