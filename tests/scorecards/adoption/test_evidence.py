"""Scans, deployments, statements of owners, Prometheus and other scanners become spells of evidence."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingest.catalogue.manage import retire_service
from ingest.models import ChangedService, Ownership, Repository, Service, SloDay, Team
from ingest.models.signals import Origin, PrometheusServer, Signal, SignalKind, SignalSample, Slo
from scorecards.adoption import evidence
from scorecards.models import AdoptionDue, CapabilitySpell, ImportedRun, LookSpell, TriggerState
from scorecards.rollups.build import build_rollups, mark_all
from tests.factories import (
    make_deployment,
    make_environment,
    make_repository,
    make_service,
    make_source,
    make_team,
    own,
)
from tests.scorecards.adoption.facts import CATALOGUE, CHART, SCANNER, days_later, look_again, scan_files
from tests.scorecards.scans.scanning import NOON

pytestmark = pytest.mark.django_db
DAY = NOON.date()


def day(number: int) -> date:
    return DAY + timedelta(days=number)


@pytest.fixture
def service(pay: Team) -> Service:
    return make_service("checkout", pay)


@pytest.fixture
def repository(service: Service) -> Repository:
    return make_repository("acme/checkout", service)


def spells(service: Service, *names: str) -> list[tuple[str, date, date]]:
    rows = CapabilitySpell.objects.filter(service=service).order_by("signal", "first_day")
    return [(row.signal, row.first_day, row.last_day) for row in (rows.filter(signal__in=names) if names else rows)]


def looked(service: Service | None, name: str) -> list[tuple[date, date]]:
    rows = LookSpell.objects.filter(service=service, signal=name).order_by("first_day")
    return [(row.first_day, row.last_day) for row in rows]


# ---------------------------------------------------------------- scans


def test_a_scan_shows_signals_and_where(service: Service, repository: Repository) -> None:
    scan = scan_files(repository, {"catalog-info.yaml": CATALOGUE, "charts/pay/Chart.yaml": CHART})
    assert spells(service) == [("catalogue-entity", DAY, DAY), ("helm-chart", DAY, DAY)]
    chart = CapabilitySpell.objects.get(signal="helm-chart")
    assert chart.detail == {
        "path": "charts/pay/Chart.yaml", "line": 1, "commit": scan.commit, "repository": repository.pk,
    }  # fmt: skip
    assert looked(service, "terraform") == [(DAY, DAY)]
    assert looked(service, "deployment") == []
    assert AdoptionDue.objects.filter(since=DAY).exists()


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("catalogue-entity", {"catalog-info.yaml": CATALOGUE}),
        ("deploying-job", {".github/workflows/a.yml": "on: push\njobs: {a: {steps: [{run: kubectl apply -f k}]}}\n"}),
        ("terraform", {"main.tf": 'resource "aws_s3_bucket" "a" {}\n'}),
        ("terraform-module", {"main.tf": 'module "a" { source = "./b" }\n'}),
        ("crossplane", {"a.yaml": "apiVersion: s3.aws.upbound.io/v1\nkind: Bucket\nmetadata: {name: a}\n"}),
        ("pulumi", {"infra/Pulumi.yaml": "name: a\nruntime: go\n"}),
        ("ansible", {"play.yml": "- hosts: all\n  tasks: [{name: A, ansible.builtin.command: ls}]\n"}),
        ("helm-chart", {"Chart.yaml": CHART}),
        ("objective-file", {"slo.yaml": "version: prometheus/v1\nservice: a\nslos: [{name: b, objective: 99}]\n"}),
        ("alert-file", {"rules.yaml": "groups: [{name: a, rules: [{alert: B, expr: up == 0}]}]\n"}),
        ("dashboard-file", {"board.json": '{"title": "a", "panels": [{"type": "graph", "title": "b"}]}'}),
        ("scanner-step", {".github/workflows/a.yml": SCANNER}),
        (
            "source-template",
            {
                "catalog-info.yaml": CATALOGUE.replace(
                    "{name: pay}", "{name: pay, annotations: {backstage.io/source-template: 'template:default/go'}}"
                )
            },
        ),
        ("template-answers", {".copier-answers.yml": "_commit: v1\n"}),
        ("template-answers", {".cruft.json": "{}"}),
        ("resource-claim", {"db.yaml": "apiVersion: acme.example/v1\nkind: DatabaseClaim\nmetadata: {name: a}\n"}),
        ("resource-claim", {"db.yaml": "apiVersion: platform.io/v1\nkind: Database\nmetadata: {name: a}\n"}),
        (
            "resource-claim",
            {"db.yaml": "apiVersion: a.example/v1\nkind: Db\nmetadata: {name: a}\nspec: {compositionRef: b}\n"},
        ),
    ],
)
def test_each_signal_of_a_repository_is_seen(
    service: Service, repository: Repository, name: str, files: dict[str, str]
) -> None:
    scan_files(repository, files)
    assert spells(service, name) == [(name, DAY, DAY)]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("resource-claim", {"t.yaml": "apiVersion: platform.io/v1\nkind: ResourceTemplate\nmetadata: {name: a}\n"}),
        ("resource-claim", {"c.yaml": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\n"}),
        ("resource-claim", {"c.yaml": "apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: a}\n"}),
        ("helm-chart", {"Chart.yaml": CHART + "type: library\n"}),
        ("terraform", {"main.tf": 'data "aws_ami" "a" {}\n'}),
        ("catalogue-entity", {"catalog-info.yaml": CATALOGUE.replace("Component", "Group")}),
        ("scanner-step", {".github/workflows/a.yml": "on: push\njobs: {build: {steps: [{run: make}]}}\n"}),
    ],
)
def test_what_only_looks_alike_is_no_signal(
    service: Service, repository: Repository, name: str, files: dict[str, str]
) -> None:
    scan_files(repository, files)
    assert spells(service, name) == []
    assert looked(service, name) == [(DAY, DAY)]


def test_a_part_of_a_repository_is_evidence_of_the_service_that_claims_it(pay: Team) -> None:
    repository = make_repository("acme/mono")
    one, two = (make_service(slug, pay, repository=repository, path_globs=[f"{slug}/"]) for slug in ("alpha", "beta"))
    scan_files(repository, {"alpha/Chart.yaml": CHART, ".github/workflows/a.yml": SCANNER})
    assert [name for name, *_ in spells(one)] == ["helm-chart", "scanner-step"]
    assert [name for name, *_ in spells(two)] == ["scanner-step"]
    assert looked(two, "helm-chart") == [(DAY, DAY)]


def test_a_scan_that_left_something_out_proves_no_absence(service: Service, repository: Repository) -> None:
    scan_files(repository, {"Chart.yaml": CHART}, left_out=True)
    assert spells(service) == [("helm-chart", DAY, DAY)]
    assert looked(service, "terraform") == []


def test_evidence_goes_on_as_long_as_the_commit_is_the_newest(service: Service, repository: Repository) -> None:
    scan_files(repository, {"Chart.yaml": CHART})
    for number in (10, 20, 48):
        look_again(repository, days_later(number))
        evidence.look_again()
    assert spells(service) == [("helm-chart", DAY, day(48))]
    assert looked(service, "terraform") == [(DAY, day(48))]
    look_again(repository, days_later(80))
    evidence.look_again()
    evidence.look_again()
    assert spells(service) == [("helm-chart", DAY, day(48)), ("helm-chart", day(80), day(80))]


def test_a_signal_that_the_next_commit_lacks_stops(service: Service, repository: Repository) -> None:
    scan_files(repository, {"Chart.yaml": CHART})
    scan_files(repository, {"README.md": "x"}, days_later(5))
    look_again(repository, days_later(20))
    evidence.look_again()
    assert spells(service) == [("helm-chart", DAY, DAY)]
    assert looked(service, "helm-chart") == [(DAY, day(20))]


def test_a_scan_read_again_changes_nothing(service: Service, repository: Repository) -> None:
    scan = scan_files(repository, {"Chart.yaml": CHART})
    AdoptionDue.objects.all().delete()
    evidence.read_scan(scan)
    assert spells(service) == [("helm-chart", DAY, DAY)]
    assert not AdoptionDue.objects.exists()
    assert evidence.read_unread() == 0
    assert evidence.read_unread(every=True) == 1


def test_a_service_that_joins_a_repository_is_read_from_the_scan_that_is_kept(
    service: Service, repository: Repository, pay: Team
) -> None:
    scan = scan_files(repository, {"Chart.yaml": CHART})
    other = make_service("cart", pay, repository=repository)
    scan.claims[str(other.pk)] = []
    scan.save(update_fields=["claims"])
    assert evidence.read_unread() == 1
    assert spells(other) == [("helm-chart", DAY, DAY)]


def test_what_the_organisation_declares_itself_is_looked_for(
    service: Service, repository: Repository, settings: Any, tmp_path: Any
) -> None:
    scan_files(repository, {"go.mod": "module a\n\nrequire acme.example/platform v1.0.0\n"})
    path = tmp_path / "own.yaml"
    rule = "{for-each: dependencies, pass-if: {fact: name, contains: platform}}"
    path.write_text(f"signals:\n- id: sdk\n  title: SDK\n  rule: {rule}\n")
    settings.ADOPTION_CONFIG = str(path)
    evidence.keep(days_later(0), anew=True)
    assert spells(service, "sdk") == [("sdk", DAY, DAY)]
    assert looked(service, "sdk") == [(DAY, DAY)]


# ---------------------------------------------------------------- deployments


def build() -> None:
    mark_all()
    build_rollups()


def test_deployments_told_by_a_pipeline_count_and_those_of_clones_do_not(service: Service) -> None:
    make_deployment(service, NOON, source=make_source("github"))
    make_deployment(service, days_later(20), status="failed", environment=make_environment("staging", "staging"))
    make_deployment(service, days_later(40), source=make_source("git"))
    make_deployment(service, None, started_at=days_later(60), status="running", source=make_source("gitlab"))
    build()
    assert spells(service, "deployment") == [("deployment", DAY, day(20)), ("deployment", day(60), day(60))]
    assert spells(service, "activity") == [("activity", DAY, day(40))]


def test_activity_is_bridged_over_90_days(service: Service) -> None:
    for number in (0, 91, 183):
        make_deployment(service, days_later(number))
    build()
    assert spells(service, "activity") == [("activity", DAY, day(91)), ("activity", day(183), day(183))]


def test_a_day_of_the_organisation_decides(service: Service, settings: Any) -> None:
    settings.ORGANISATION_ZONE = ZoneInfo("Asia/Tokyo")
    make_deployment(service, NOON.replace(hour=20))
    build()
    assert spells(service, "deployment") == [("deployment", day(1), day(1))]


def test_figures_that_change_mark_the_days_from_the_first_of_them_on(service: Service) -> None:
    make_deployment(service, NOON)
    build()
    AdoptionDue.objects.all().delete()
    make_deployment(service, days_later(3))
    ChangedService.objects.create(service=service)
    build_rollups()
    assert list(AdoptionDue.objects.values_list("since", flat=True)) == [day(1)]  # the spell of one day goes on
    ChangedService.objects.create(service=service, regroup=True)
    build_rollups()
    assert None in AdoptionDue.objects.values_list("since", flat=True)


# ---------------------------------------------------------------- the catalogue


@pytest.mark.parametrize(("basis", "counts"), [("catalogue", 1), ("event", 1), ("source", 1), ("site", 0), ("hint", 0)])
def test_what_somebody_wrote_down_counts_and_what_was_set_on_the_site_does_not(
    pay: Team, basis: str, counts: int
) -> None:
    service = make_service("cart")
    own(pay, service, basis=Ownership.Basis(basis), at=NOON)
    evidence.keep(days_later(100))
    assert spells(service, "declared") == [("declared", DAY, day(100))] * counts


def test_the_first_statement_counts_until_the_service_retires(pay: Team, service: Service) -> None:
    Ownership.objects.all().delete()
    own(pay, service, at=days_later(30))
    own(make_team("shop"), service, at=NOON, key="x")
    evidence.keep(days_later(40))
    assert spells(service, "declared") == [("declared", DAY, day(40))]
    retire_service("checkout", day(35))
    evidence.keep(days_later(41))
    assert spells(service, "declared") == [("declared", DAY, day(34))]
    retire_service("checkout", None)
    build_rollups()
    evidence.keep(days_later(41))
    assert spells(service, "declared") == [("declared", DAY, day(41))]


# ---------------------------------------------------------------- Prometheus and scanners


@pytest.fixture
def server(db: None) -> PrometheusServer:
    return PrometheusServer.objects.create(source=make_source("prometheus"), url="http://localhost:9090")


def test_objectives_with_data_are_evidence(service: Service, server: PrometheusServer) -> None:
    slo = Slo.objects.create(
        key="a", service=service, name="a", objective=0.99, indicator="events", origin=Origin.FILE, server=server
    )
    for number, measured in ((0, 288), (10, 3), (50, 0)):
        SloDay.objects.create(slo=slo, day=day(number), slots=b"", bad=0, total=1, measured=measured)
    evidence.keep(days_later(60))
    assert spells(service, "objective") == [("objective", DAY, day(10))]
    assert looked(None, evidence.PROMETHEUS) == [(DAY, day(10))]
    SloDay.objects.all().delete()  # what is pruned stays known
    evidence.keep(days_later(60))
    assert spells(service, "objective") == [("objective", DAY, day(10))]


def test_a_prometheus_that_answers_is_a_look_at_every_service(server: PrometheusServer) -> None:
    for number in (0, 1, 40):
        server.answered_at = days_later(number)
        server.save()
        evidence.keep(days_later(number))
    assert looked(None, evidence.PROMETHEUS) == [(DAY, day(1)), (day(40), day(40))]


def test_signals_with_data_are_evidence(service: Service, server: PrometheusServer) -> None:
    signal = Signal.objects.create(server=server, name="a", kind=SignalKind.ERROR_RATE, query="up")
    SignalSample.objects.create(signal=signal, service=service, series="a", value=1, at=NOON)
    state = TriggerState.objects.create(
        signal=signal, service=service, trigger="error_rate", value=0.1, at=days_later(9)
    )
    evidence.keep(days_later(9))
    state.at = days_later(20)
    state.save()
    evidence.keep(days_later(20))
    assert spells(service, "metric") == [("metric", DAY, day(20))]


def test_results_of_scanners_are_evidence_of_every_service_in_the_repository(
    service: Service, repository: Repository
) -> None:
    for number, state in ((0, "read"), (20, "read"), (30, "quarantined")):
        ImportedRun.objects.create(
            repository=repository,
            tool="trivy",
            digest=str(number),
            body=b"",
            state=state,
            received_at=days_later(number),
        )
    evidence.keep(days_later(40))
    assert spells(service, "scanner-result") == [("scanner-result", DAY, day(20))]


def test_evidence_kept_again_changes_nothing(
    service: Service, repository: Repository, server: PrometheusServer
) -> None:
    scan_files(repository, {"Chart.yaml": CHART})
    make_deployment(service, NOON)
    build()
    evidence.keep(NOON)
    AdoptionDue.objects.all().delete()
    before = spells(service)
    evidence.keep(NOON)
    assert spells(service) == before
    assert not AdoptionDue.objects.exists()


def test_a_service_that_is_deleted_leaves_the_sums(service: Service) -> None:
    AdoptionDue.objects.all().delete()
    service.delete()
    assert list(AdoptionDue.objects.values_list("since", flat=True)) == [None]
    assert not CapabilitySpell.objects.exists()
