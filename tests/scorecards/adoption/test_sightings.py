"""What the facts of a scan show, and of which services."""

import pytest

from ingest.repository.node import Place
from scorecards.adoption.capabilities import Origin, Signal, Speaks, load
from scorecards.adoption.sightings import sightings
from scorecards.rules.facts import KeptFacts, keep
from scorecards.scans.claims import Claim
from tests.scorecards.adoption.facts import CHART
from tests.scorecards.rules.judging import subject

CLAIMS = [Claim(1, ("alpha/",)), Claim(2, ("beta/",))]
CHARTS = next(signal for signal in load().of(Origin.SCAN) if signal.id == "helm-chart")


def kept(files: dict[str, str]) -> KeptFacts:
    return KeptFacts(keep(subject(files)))


def test_the_first_place_that_shows_it_is_told():
    found = sightings(kept({"alpha/a/Chart.yaml": CHART, "alpha/b/Chart.yaml": CHART}), [CHARTS], CLAIMS, whole=True)
    assert found.seen == {(1, "helm-chart"): Place("alpha/a/Chart.yaml", 1)}
    assert found.looked == {(1, "helm-chart"), (2, "helm-chart")}


def test_what_speaks_of_the_repository_speaks_of_every_service():
    signal = Signal("helm-chart", "A chart", Origin.SCAN, CHARTS.rule, Speaks.REPOSITORY)
    found = sightings(kept({"alpha/Chart.yaml": CHART}), [signal], CLAIMS, whole=True)
    assert {pk for pk, _ in found.seen} == {1, 2}


def test_a_rule_about_the_repository_as_a_whole_is_asked_once():
    rule = {"pass-if": {"fact": "has_readme", "is": True}}
    found = sightings(kept({"README.md": "x"}), [Signal("a", "A", Origin.SCAN, rule)], CLAIMS, whole=True)
    assert {pk for pk, _ in found.seen} == {1, 2}


@pytest.mark.parametrize(("whole", "looked"), [(True, {1, 2}), (False, {1})])
def test_what_was_left_out_proves_no_absence(whole, looked):
    found = sightings(kept({"alpha/Chart.yaml": CHART}), [CHARTS], CLAIMS, whole=whole)
    assert {pk for pk, _ in found.looked} == looked


def test_facts_that_were_not_kept_are_no_look():
    told = keep(subject({"alpha/Chart.yaml": CHART}))
    del told["charts"]
    found = sightings(KeptFacts(told), [CHARTS], CLAIMS, whole=True)
    assert (found.seen, found.looked) == ({}, set())


def test_a_fact_that_nobody_can_tell_is_no_look_at_the_service_that_it_is_of():
    rule = {"for-each": "custom_resources", "pass-if": {"fact": "namespace", "is": "pay"}}
    signal = Signal("a", "A", Origin.SCAN, rule)
    found = sightings(kept({"alpha/a.yaml": "x: 1\n"}), [signal], CLAIMS, whole=True)
    assert {pk for pk, _ in found.looked} == {1, 2}
    told = keep(subject({"beta/a.yaml": "apiVersion: a.example/v1\nkind: Db\nmetadata: {name: a}\n"}))
    for row in told["custom_resources"]["rows"]:
        row[3:] = [None] * (len(row) - 3)
    found = sightings(KeptFacts(told), [signal], CLAIMS, whole=True)
    assert {pk for pk, _ in found.looked} == {1}


def test_without_services_nothing_is_seen():
    assert sightings(kept({"Chart.yaml": CHART}), [CHARTS], [], whole=True) == ({}, set())
