"""Objectives of scanned repositories become rows, with the service that they are about."""

from base64 import b64encode
from datetime import timedelta

import pytest

from ingest.models import CatalogueName, Slo, SloDay
from scorecards.reliability.found import keep_found, link
from scorecards.rules.facts.kept import keep, packed
from scorecards.scanning.result import Scanned
from scorecards.scans.scope import services_of
from scorecards.scans.store import store
from tests.factories import make_repository, make_service
from tests.scorecards.checks.test_objectives import OPENSLO, PYRRA, RULES, SOURCE
from tests.scorecards.rules.judging import subject
from tests.scorecards.scans.scanning import NOON, conditions

pytestmark = pytest.mark.django_db

# The standard's own (DOP 5.1), word for word.
STANDARDS_OWN = """
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata:
  name: payment-service
  labels:
    team: payments
    tier: critical
spec:
  service: payment-service
  labels:
    team: payments
  slos:
    - name: availability
      objective: 99.9
      description: "99.9% of requests should be successful"
      sli:
        events:
          error_query: |
            sum(rate(http_requests_total{
              service="payment-service",
              status=~"5.."
            }[5m]))
          total_query: |
            sum(rate(http_requests_total{
              service="payment-service"
            }[5m]))
      alerting:
        name: PaymentServiceAvailability
        page_alert:
          labels:
            severity: critical
            team: payments
        ticket_alert:
          labels:
            severity: warning
            team: payments

    - name: latency
      objective: 99
      description: "99% of requests should complete within 500ms"
      sli:
        events:
          error_query: |
            sum(rate(http_request_duration_seconds_bucket{
              service="payment-service",
              le="0.5"
            }[5m]))
          total_query: |
            sum(rate(http_request_duration_seconds_count{
              service="payment-service"
            }[5m]))
      alerting:
        name: PaymentServiceLatency
        page_alert:
          labels:
            severity: critical
"""
PATH = "sre/slos/payment-service.yaml"
LATER = NOON + timedelta(hours=1)
FILE = """
version: prometheus/v1
service: %s
slos:
  - name: availability
    objective: %s
    sli: {events: {error_query: 'sum(rate(errors_total[{{.window}}]))', total_query: 'sum(rate(%s[{{.window}}]))'}}
"""


@pytest.fixture
def service():
    return make_service("payment-service")


@pytest.fixture
def repository(service):
    return make_repository("acme/payment-service", service)


def found(repository, files, at=NOON):
    facts = packed(keep(subject(files)))
    return keep_found(repository, facts, services_of(repository), at)


def rows():
    return {slo.name: slo for slo in Slo.objects.all()}


def test_the_standards_availability_is_measured_and_its_latency_told_as_wrong(repository, service):
    assert found(repository, {PATH: STANDARDS_OWN}) == 2
    availability, latency = rows()["availability"], rows()["latency"]
    assert (availability.service, availability.objective, availability.window_seconds) == (service, 0.999, 30 * 86_400)
    assert availability.indicator == "events"
    assert availability.problem_code == ""
    assert " ".join(availability.total_selector.split()) == 'http_requests_total{ service="payment-service" }'
    assert availability.bad_selector
    assert (availability.path, STANDARDS_OWN.splitlines()[availability.line - 1].strip()) == (
        PATH,
        "- name: availability",
    )
    assert latency.problem_code == "wrong_measure"
    assert latency.problem.startswith(
        "The error query counts the events within its bound (0.5), which are the good ones. Subtract them from all: "
        "sum(rate(http_request_duration_seconds_count{"
    )


def test_a_scan_that_is_stored_brings_them(repository, service):
    facts = b64encode(packed(keep(subject({PATH: STANDARDS_OWN})))).decode()
    store(repository, Scanned(commit="a" * 40, facts=facts), conditions(), trigger="command", at=NOON)
    assert set(rows()) == {"availability", "latency"}
    store(repository, Scanned(refused="gone"), conditions(), trigger="command", at=LATER)
    assert all(slo.ended_at is None for slo in Slo.objects.all())


def test_a_second_scan_with_nothing_new_changes_nothing(repository):
    found(repository, {PATH: STANDARDS_OWN})
    before = list(Slo.objects.order_by("pk").values())
    assert found(repository, {PATH: STANDARDS_OWN}, LATER) == 0
    assert list(Slo.objects.order_by("pk").values()) == before


def test_what_left_the_repository_ends_and_comes_back_as_the_same(repository):
    found(repository, {PATH: STANDARDS_OWN})
    pk = rows()["availability"].pk
    assert found(repository, {}, LATER) == 2
    assert rows()["availability"].ended_at == LATER
    found(repository, {PATH: STANDARDS_OWN}, LATER)
    assert (rows()["availability"].pk, rows()["availability"].ended_at) == (pk, None)


def test_another_query_is_read_anew_and_another_objective_is_not(repository):
    found(repository, {"slo.yaml": FILE % ("payment-service", 99, "requests_total")})
    slo = Slo.objects.get()
    Slo.objects.update(read_to=NOON, state={"total": {}})
    SloDay.objects.create(slo=slo, day=NOON.date(), slots=b"", bad=0, total=0, measured=0)
    assert found(repository, {"slo.yaml": FILE % ("payment-service", 99.5, "requests_total")}) == 1
    slo.refresh_from_db()
    assert (slo.objective, slo.read_to, slo.days.count()) == (0.995, NOON, 1)
    assert found(repository, {"slo.yaml": FILE % ("payment-service", 99.5, "others_total")}) == 1
    slo.refresh_from_db()
    assert (slo.read_to, slo.state, slo.days.count()) == (None, {}, 0)


def test_facts_of_an_older_scan_or_none_leave_all_as_it_was(repository, service):
    found(repository, {PATH: STANDARDS_OWN})
    told = keep(subject({PATH: STANDARDS_OWN}))["slos"]
    older = {
        "slos": told | {"fields": told["fields"][:9], "rows": [row[:12] for row in told["rows"]]}
    }  # as before queries were kept
    for facts in (None, packed({}), packed(older)):
        assert keep_found(repository, facts, [service], LATER) == 0
    assert Slo.objects.filter(ended_at=None).count() == 2


# ---------------------------------------------------------------- whose they are


def test_a_name_is_resolved_as_in_the_catalogue(repository):
    other = make_service("checkout")
    CatalogueName.objects.create(kind="service", name="The Shop", object_id=other.pk)
    found(repository, {"slo.yaml": FILE % ("The Shop", 99, "a_total")})
    assert Slo.objects.get().service == other


def test_a_name_that_nobody_registered_is_kept_without_a_service_until_it_is(repository):
    found(repository, {"slo.yaml": FILE % ("unheard", 99, "a_total")})
    assert (Slo.objects.get().service, Slo.objects.get().service_name) == (None, "unheard")
    assert link() == 0
    other = make_service("unheard")
    assert link() == 1
    assert Slo.objects.get().service == other


def test_without_a_name_a_label_tells_it(repository):
    other = make_service("shop-api")
    text = (PYRRA % "{ratio: {errors: {metric: e_total}, total: {metric: a_total}}}").replace(
        "annotations: {", "annotations: {pyrra.dev/service: shop-api, "
    )
    found(repository, {"slo.yaml": text})
    assert Slo.objects.get().service == other


def test_without_any_name_it_is_of_the_service_in_whose_part_it_lies(repository, service):
    text = PYRRA % "{ratio: {errors: {metric: e_total}, total: {metric: a_total}}}"
    found(repository, {"slo.yaml": text})
    assert Slo.objects.get().service == service
    other = make_service("other", repository=repository, path_globs=["other/"])
    found(repository, {"other/slo.yaml": text})
    assert Slo.objects.get(ended_at=None).service == other


def test_of_several_services_none_is_guessed(repository):
    make_service("other", repository=repository)
    found(repository, {"slo.yaml": PYRRA % "{ratio: {errors: {metric: e_total}, total: {metric: a_total}}}"})
    assert Slo.objects.get().service is None


# ---------------------------------------------------------------- other tools


def test_pyrras_metrics_are_counters(repository):
    found(
        repository,
        {"slo.yaml": PYRRA % "{ratio: {errors: {metric: 'e_total{c=\"5\"}'}, total: {metric: e_total}}}"},
    )
    slo = Slo.objects.get()
    assert (slo.bad_selector, slo.total_selector, slo.problem_code) == ('e_total{c="5"}', "e_total", "")
    assert slo.window_seconds == 4 * 7 * 86_400


@pytest.mark.parametrize(("kind", "status"), [("good", "2.."), ("bad", "5..")])
def test_openslo_counts_good_events_or_bad_ones(repository, kind, status):
    found(repository, {"slo.yaml": OPENSLO % (kind, SOURCE % f'code=~"{status}"', SOURCE % "", "")})
    slo = Slo.objects.get()
    told = {"good": slo.good_selector, "bad": slo.bad_selector}
    assert told == {"good": "", "bad": ""} | {kind: f'x_total{{code=~"{status}"}}'}
    assert (slo.total_selector, slo.problem_code, slo.service_name) == ("x_total{}", "", "shop")


def test_rules_written_by_hand_have_no_queries_to_ask(repository):
    found(repository, {"rules.yaml": RULES})
    slo = Slo.objects.get()
    assert (slo.indicator, slo.problem_code, slo.objective) == ("none", "no_indicator", 0.999)


def test_comments_in_queries_do_not_swallow_the_rest(repository):
    text = "version: prometheus/v1\nservice: a\nslos:\n  - name: b\n    objective: 99\n    sli:\n      events:\n"
    text += '        error_query: |\n          sum( # of failed ones\n            rate(e_total{c=~"5.."}[5m]))\n'
    text += "        total_query: sum(rate(e_total[5m]))\n"
    found(repository, {"slo.yaml": text})
    assert (Slo.objects.get().bad_selector, Slo.objects.get().problem_code) == ('e_total{c=~"5.."}', "")


def test_what_only_rendering_tells_is_told(repository):
    text = FILE % ("payment-service", 99, "a_total{x='{{ .Values.x }}'}")
    found(repository, {"slo.yaml": text})
    assert {slo.problem_code for slo in Slo.objects.all()} <= {"template"}


def test_without_a_number_there_is_nothing_to_hold_to(repository):
    assert found(repository, {"slo.yaml": FILE % ("payment-service", "high", "a_total")}) == 0
