"""Every figure of the demo's adoption, on each of its last 180 days, equals the one by hand."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from django.test import Client

from dashboard.demo.load import load_demo
from dashboard.demo.repositories.care import DAYS_AGO
from dashboard.demo.repositories.states import states
from ingest.models import Service
from scorecards.adoption.capabilities import Origin, load
from tests.dashboard.demo.conftest import NOW
from tests.scorecards.adoption.equal import compare_api, compare_days
from tests.scorecards.adoption.raw import Seen, sheet

TODAY = NOW.date()
LAST_180 = [TODAY - timedelta(days=number) for number in range(179, -1, -1)]
SCANNERS = re.compile(r"trivy|gitleaks|semgrep|govulncheck|codeql|snyk|dependency-check|audit|checkov")
DEPLOYS = re.compile(r"kubectl|helm upgrade|helmfile|kustomize|apply|argocd|deploy")


def signals_in(files: Mapping[str, str]) -> Iterator[str]:
    """The signals of a repository, as one sees them at a glance over its files."""
    pipelines = [text for path, text in files.items() if path.startswith((".github/workflows/", "Jenkinsfile"))]
    terraform = [text for path, text in files.items() if path.endswith(".tf")]
    if "catalog-info.yaml" in files:
        yield "catalogue-entity"
    if any(SCANNERS.search(text) for text in pipelines):
        yield "scanner-step"
    if any(DEPLOYS.search(text) for text in pipelines):
        yield "deploying-job"
    if any(re.search(r"- alert: ", text) for path, text in files.items() if path.endswith(".yaml")):
        yield "alert-file"
    if any(re.search(r'^resource "', text, re.M) for text in terraform):
        yield "terraform"
    if any(re.search(r'^module "', text, re.M) for text in terraform):
        yield "terraform-module"
    if any(path.endswith("/Chart.yaml") for path in files):
        yield "helm-chart"
    if any("slos:" in text for path, text in files.items() if path.endswith(".yaml")):
        yield "objective-file"
    if ".copier-answers.yml" in files:
        yield "template-answers"
    if any(re.search(r"^kind: \w+Claim$", text, re.M) for text in files.values()):
        yield "resource-claim"


@pytest.mark.slow
@pytest.mark.django_db
def test_every_figure_of_180_days_equals_the_one_by_hand(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    load_demo(1, NOW, lambda text: None)
    services = {service.slug: service.pk for service in Service.objects.all()}
    scanned: Seen = set()
    scans: Seen = set()
    there: dict[str, set[str]] = {}
    for days_ago, told in zip(DAYS_AGO, states(1, NOW), strict=True):
        day = TODAY - timedelta(days=days_ago)
        there |= {state.service.slug: set(signals_in(state.files)) for state in told}
        scanned |= {(services[slug], name, day) for slug, names in there.items() for name in names}
        scans |= {(services[slug], signal.id, day) for slug in there for signal in load().of(Origin.SCAN)}
    found = compare_days(sheet(TODAY, scanned, scans), LAST_180)
    compare_api(client, found)
    assert 0 < found[TODAY].organisation["teams_using"] < found[TODAY].organisation["teams"]
    assert found[TODAY].organisation["capabilities"]["platform_api"]["unknown"] == found[TODAY].organisation["services"]
