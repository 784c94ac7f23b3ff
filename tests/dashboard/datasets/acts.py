"""Everything that can happen to an organisation's data, each as a function of two small numbers."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from ingest.catalogue import manage
from ingest.catalogue.environments import classify_environment
from ingest.correct import CorrectionRefused, correct, undo
from ingest.errors import IngestError
from ingest.models import Correction, Deployment, Environment, Incident, Repository, Service, Slo, Team
from scorecards.adoption import build as adoption
from scorecards.models import Finding, Waiver
from scorecards.reliability import told
from scorecards.rollups.build import build_rollups, drop_rollups, mark_all
from tests.factories import NOON, make_slo, make_standing, make_user
from tests.native_events import event, load_lines
from tests.scorecards.scans.scanning import finding, scan_of

SERVICES = ("checkout", "web", "api")
TEAMS = ("pay", "shop")


def _some(model: Any, number: int) -> Any:
    """One of the first two."""
    return model.objects.order_by("pk")[number % 2 : number % 2 + 1].first()


def _at(number: int) -> str:
    return (NOON + timedelta(hours=number)).isoformat()


def deploy(a: int, b: int) -> None:
    _load(
        "deployment.finished", _at(a), a, b, deployment=f"d{a % 5}", service=SERVICES[b % 3], version=str(b % 2),
        environment=("production", "staging")[a % 2], status=("success", "failure", "cancelled")[b % 3],
        shas=[f"{b % 4}" * 7],
    )  # fmt: skip


def start(a: int, b: int) -> None:
    _load("deployment.started", _at(a), a, b, deployment=f"s{a % 3}", service=SERVICES[b % 3], environment="production")


def commit(a: int, b: int) -> None:
    _load("commit.pushed", _at(a), a, b, service=SERVICES[b % 3], sha=f"{a % 4}" * 7, authored_at=_at(b))


def merge_request(a: int, b: int) -> None:
    _load(
        "pull_request.merged", _at(a + 1), a, b, service=SERVICES[b % 3], number=a % 3 + 1, merged_at=_at(a),
        opened_at=_at(a - 1), merge_sha="0" * 7,
    )  # fmt: skip


def break_down(a: int, b: int) -> None:
    kind = ("incident.opened", "incident.resolved")[b % 2]
    _load(kind, _at(a), a, b, incident=f"i{a % 3}", service=SERVICES[b % 3], severity=f"sev{b % 4 + 1}")


def declare(a: int, b: int) -> None:
    _load("service.declared", _at(a), a, b, service=SERVICES[a % 3], team=TEAMS[b % 2], tier=("critical", "low")[a % 2])


def _load(kind: str, at: str, a: int, b: int, **said: Any) -> None:
    load_lines([event(f"{kind} {a} {b}", kind, at, **said)])


def replay(a: int, b: int) -> None:
    """An event that came already, and one of before it."""
    deploy(a, b)
    deploy(a - 1, b)


def rename_service(a: int, b: int) -> None:
    with suppress(IngestError):
        manage.rename_service(SERVICES[a % 3], f"renamed-{b % 2}", at=timezone.now())


def rename_team(a: int, b: int) -> None:
    with suppress(IngestError):
        manage.rename_team(TEAMS[a % 2], f"team-{b % 2}", at=timezone.now())


def merge_services(a: int, b: int) -> None:
    with suppress(IngestError):
        manage.merge_services(SERVICES[a % 3], SERVICES[b % 3])


def merge_teams(a: int, b: int) -> None:
    with suppress(IngestError):
        manage.merge_teams(TEAMS[a % 2], TEAMS[b % 2])


def assign(a: int, b: int) -> None:
    service, team = _some(Service, a), _some(Team, b)
    if service and team:
        with suppress(IngestError, IntegrityError), transaction.atomic():
            manage.assign_service(service, team, at=NOON + timedelta(days=a), by="olga")


def rename_repository(a: int, b: int) -> None:
    row = _some(Repository, a)
    if row:
        row.name = f"acme/{row.pk}-{b % 2}"
        row.save(update_fields=["name", "updated_at"])


def retire(a: int, b: int) -> None:
    with suppress(IngestError):
        manage.retire_service(SERVICES[a % 3], None if b % 2 else NOON.date())


def correct_deployment(a: int, b: int) -> None:
    _correct(Deployment, a, [("excluded", True), ("kind", "rollback"), ("failed", True), ("environment", "staging")], b)


def correct_incident(a: int, b: int) -> None:
    first = Deployment.objects.order_by("pk").values_list("pk", flat=True).first()
    _correct(Incident, a, [("excluded", True), ("severity", "sev1"), ("cause", first)], b)


def take_as_one(a: int, b: int) -> None:
    other = Deployment.objects.order_by("-pk").values_list("pk", flat=True).first()
    _correct(Deployment, a, [("duplicate_of", other), ("duplicate_of", None)], b)


def _correct(model: Any, a: int, said: list[tuple[str, Any]], b: int) -> None:
    fact = model.objects.order_by("pk")[a % 3 : a % 3 + 1].first()
    what, value = said[b % len(said)]
    if fact:
        with suppress(CorrectionRefused):
            correct(fact, what, value, reason="So.", by="alice", at=timezone.now())


def take_back(a: int, b: int) -> None:
    row = Correction.objects.filter(undone_at=None).first()
    if row:
        with suppress(CorrectionRefused):
            undo(row, reason="No.", by="alice", at=timezone.now())


def classify(a: int, b: int) -> None:
    row = _some(Environment, a)
    if row:
        classify_environment(row, ("staging", "production", "")[b % 3])


def scan(a: int, b: int) -> None:
    service = _some(Service, a)
    if service is None:
        return
    if service.repository is None or service.repository.placeholder:
        service.repository = Repository.objects.get_or_create(name=f"acme/scanned-{service.pk}")[0]
        service.save(update_fields=["repository", "updated_at"])
    found = [finding(("fail", "pass", "unknown")[(a + n) % 3], f"{n}.yml") for n in range(b % 3)]
    scan_of(service.repository, found, commit=f"{a:040x}", at=timezone.now())


def forget_finding(a: int, b: int) -> None:
    Finding.objects.filter(pk=Finding.objects.order_by("pk").values_list("pk", flat=True).first()).delete()


def waive(a: int, b: int) -> None:
    service = _some(Service, a)
    if service is None:
        return
    user = make_user(f"user{User.objects.count()}")
    Waiver.objects.create(
        service=service, control="T-1", reason="planned", text="Soon.", requested_by=user, requested_at=NOON,
        expires_on=NOON.date(),
    )  # fmt: skip


def aim(a: int, b: int) -> None:
    service = _some(Service, a)
    if service is not None:
        make_standing(make_slo(service), 0.5 if a % 2 else None)


def end_objective(a: int, b: int) -> None:
    told.end(Slo.objects.order_by("pk").values_list("pk", flat=True)[:1], timezone.now())


def build(a: int, b: int) -> None:
    build_rollups()


def rebuild(a: int, b: int) -> None:
    drop_rollups(None)
    mark_all()
    build_rollups()


def adopt(a: int, b: int) -> None:
    build_rollups()
    adoption.keep(NOON + timedelta(days=a % 3))


def begin() -> None:
    """Two teams with a service each, a history, and a scan."""
    declare(3, 0)
    declare(1, 1)
    for number in range(6):
        deploy(number, number)
        commit(number, number)
    deploy(6, 0)
    break_down(2, 0)
    merge_request(1, 1)
    for number in range(2):
        scan(number, 2)
        waive(number, 0)
        aim(number, 0)
    build_rollups()


Act = Callable[[int, int], None]
DELIVERED: tuple[Act, ...] = (deploy, deploy, start, commit, merge_request, break_down, declare, replay)
BY_HAND: tuple[Act, ...] = (
    rename_service, rename_team, merge_services, merge_teams, assign, rename_repository, retire, correct_deployment,
    correct_incident, take_as_one, take_back, classify,
)  # fmt: skip
JUDGED: tuple[Act, ...] = (scan, forget_finding, waive, aim, end_objective, build, build, rebuild, adopt)
EVERY = (*DELIVERED, *BY_HAND, *JUDGED)
