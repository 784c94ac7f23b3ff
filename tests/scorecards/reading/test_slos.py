"""Objectives of every tool, told alike."""

import pytest

from ingest.repository.memory import tree_of
from scorecards.checks.subject import Subject
from scorecards.reading.burn_rates import burn_rates
from scorecards.reading.services import services
from scorecards.reading.slos import DEFAULT_WINDOW, Slo, documents, slos, slos_of
from tests.scorecards.checks.judging import AS_OF
from tests.scorecards.checks.test_objectives import ALL, BAD, BOTH, OPENSLO, PYRRA, RULES, SOURCE, slo, sloth


def only(text: str) -> Slo:
    found = slos(tree_of({"slo.yaml": text}))
    assert len(found) == 1
    return found[0]


def test_it_reads_sloth() -> None:
    first, second = slos(tree_of({"slo.yaml": BOTH}))
    assert (first.name, first.aim, first.objective, first.window, first.owner) == (
        "availability", "availability", 99.9, DEFAULT_WINDOW, "a",
    )  # fmt: skip
    assert second.aim == "latency"
    assert BOTH.splitlines()[first.objective_place.line - 1].strip() == "objective: 99.9"


def test_it_reads_pyrra() -> None:
    found = only(PYRRA % "{latency: {success: {metric: 'x_bucket{le=\"1\"}'}, total: {metric: x_count}}}")
    assert (found.objective, found.window, found.aim, found.owner) == (99, 4 * 7 * 86_400, "latency", "a")


def test_it_reads_openslo_with_targets_as_shares() -> None:
    found = only(OPENSLO % ("good", SOURCE % "", SOURCE % "", ""))
    assert (found.objective, found.window, found.document.service) == (99, 30 * 86_400, "shop")


def test_it_follows_an_indicator_by_its_name() -> None:
    sli = "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: fast}\nspec: {ratioMetric: {good: %s, total: %s}}\n"
    text = OPENSLO.partition("  indicator")[0] + "  indicatorRef: fast\n---\n" + sli % (SOURCE % "", SOURCE % "")
    assert only(text).indicator.kind == "events"
    assert only(text.partition("---")[0]).indicator.kind == "plugin"


def test_queries_of_other_systems_are_left_alone() -> None:
    text = (OPENSLO % ("good", SOURCE % "", SOURCE % "", "")).replace("type: Prometheus", "type: Datadog")
    assert only(text).indicator.expressions == []


def test_it_reads_burn_rates_with_their_objective() -> None:
    found = burn_rates(tree_of({"rules.yaml": RULES}))
    assert [each.objective for each in found] == [99.9]
    assert len(found[0].pages) == len(found[0].tickets) == 1
    assert burn_rates(tree_of({"r.yaml": "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n"})) == []


@pytest.mark.parametrize(
    ("told", "aim"),
    [
        ("uptime", "availability"),
        ("p99 latency", "latency"),
        ("answers within 200ms", "latency"),
        ("freshness", "other"),
    ],
)
def test_the_aim_is_told_by_words_where_queries_do_not(told: str, aim: str) -> None:
    assert only(sloth(slo("x", BAD, ALL, told=told))).aim == aim


def test_objectives_belong_to_the_service_that_they_name_else_to_their_folder() -> None:
    component = (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: %s}\nspec: {lifecycle: production}\n"
    )
    other = BOTH.replace("service: shop", "service: elsewhere")
    files = {
        "a/catalog-info.yaml": component % "a",
        "b/catalog-info.yaml": component % "shop",
        "a/slo.yaml": BOTH,
        "b/slo.yaml": other,
    }
    subject = Subject(tree_of(files), AS_OF)
    first, second = services(subject)
    assert slos_of(subject, first) == []
    assert {slo.document.path for slo in slos_of(subject, second)} == {"a/slo.yaml", "b/slo.yaml"}


@pytest.mark.parametrize(
    "odd",
    [
        "version: prometheus/v1\nslos: 3\n",
        "version: prometheus/v1\nslos: [1, [2], {sli: 3}, {sli: {events: [a]}}, {sli: {raw: x}, objective: [1]}]\n",
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: x\nspec: [1]\n",
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {labels: [a]}\nspec: {objectives: [1, {}], timeWindow: x}\n",
    ],
)
def test_odd_documents_are_no_error(odd: str) -> None:
    tree = tree_of({"slo.yaml": odd})
    assert len(documents(tree)) == 1
    assert all(each.objective is None for each in slos(tree))
