"""Rows with valid, boring defaults: a test states only what matters to it."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import User

from dashboard.api.auth import issue_token
from dashboard.models import ApiToken, Membership
from ingest.models import (
    Change,
    Delivery,
    Deployment,
    Environment,
    Incident,
    Ownership,
    PullRequest,
    Repository,
    Service,
    ServiceRepository,
    Slo,
    Source,
    Team,
)
from scorecards.models import BudgetStep, ServiceBudget, SloStanding
from scorecards.reliability.policy import standard

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
_numbers = count(1)


def make_team(slug: str = "pay", **fields: Any) -> Team:
    """The team of that slug, made on first use."""
    return Team.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()} | fields)[0]


def make_service(slug: str = "checkout", team: Team | None = None, **fields: Any) -> Service:
    """A service, owned by ``team`` (from the beginning of time) if one is given, else by nobody."""
    service = Service.objects.create(slug=slug, **({"name": slug.capitalize()} | fields))
    if team is not None:
        own(team, service)
    return service


def own(team: Team, service: Service, at: datetime = NOON, **fields: Any) -> Ownership:
    """The catalogue says that ``team`` owns ``service`` from ``at`` on."""
    said = {"basis": Ownership.Basis.CATALOGUE, "key": ""} | fields
    return Ownership.objects.create(team=team, service=service, at=at, **said)


def make_repository(name: str = "", service: Service | None = None, **fields: Any) -> Repository:
    """A repository, and ``service`` deployed from it if one is given."""
    repository = Repository.objects.create(name=name or f"acme/repository-{next(_numbers)}", **fields)
    if service is not None:
        ServiceRepository.objects.create(service=service, repository=repository)
        service.repository = repository
        service.save(update_fields=["repository"])
    return repository


def make_source(kind: str = "native", **fields: Any) -> Source:
    return Source.objects.create(kind=kind, **({"name": f"{kind} {next(_numbers)}"} | fields))


def native() -> Source:
    """The one source of native events, made on first use."""
    return Source.objects.get_or_create(kind="native", defaults={"name": "Native events"})[0]


def make_environment(name: str = "production", environment_class: str = "production") -> Environment:
    """The environment of that name, made on first use."""
    return Environment.objects.get_or_create(name=name, defaults={"environment_class": environment_class})[0]


def make_delivery(**fields: Any) -> Delivery:
    """A pending delivery of native events."""
    number = next(_numbers)
    said = {"key": f"delivery-{number}", "body": b"{}", "digest": f"{number:064x}", "received_at": NOON} | fields
    return Delivery.objects.create(source=said.pop("source", None) or native(), **said)


def make_deployment(service: Service, finished_at: datetime | None = NOON, **fields: Any) -> Deployment:
    """A deployment to production that succeeded at ``finished_at``, five minutes after it started."""
    number = next(_numbers)
    said = {
        "external_id": f"d{number}",
        "status": "succeeded",
        "version": str(number),
        "started_at": finished_at - timedelta(minutes=5) if finished_at else NOON,
        "updated_at": finished_at or NOON,
    } | fields
    return Deployment.objects.create(
        source=said.pop("source", None) or native(),
        environment=said.pop("environment", None) or make_environment(),
        service=service,
        finished_at=finished_at,
        **said,
    )


def make_change(repository: Repository, authored_at: datetime = NOON, **fields: Any) -> Change:
    """A commit without known parents."""
    said = {"sha": f"{next(_numbers):040x}", "committed_at": authored_at, "updated_at": authored_at} | fields
    return Change.objects.create(repository=repository, authored_at=authored_at, **said)


def make_pull_request(repository: Repository, merged_at: datetime | None = NOON, **fields: Any) -> PullRequest:
    """A pull request that was opened an hour before it was merged."""
    opened_at = (merged_at or NOON) - timedelta(hours=1)
    said = {"number": next(_numbers), "opened_at": opened_at, "updated_at": merged_at or NOON} | fields
    return PullRequest.objects.create(repository=repository, merged_at=merged_at, **said)


def make_incident(service: Service, opened_at: datetime = NOON, **fields: Any) -> Incident:
    """An open production incident of no told severity that says nothing of its cause."""
    said = {"external_id": f"i{next(_numbers)}", "updated_at": opened_at} | fields
    return Incident.objects.create(
        source=said.pop("source", None) or native(), service=service, opened_at=opened_at, **said
    )


def make_slo(service: Service | None = None, **fields: Any) -> Slo:
    """99.9 % of requests over 30 days, found by a scan; nothing was read of it yet."""
    number = next(_numbers)
    said = {
        "key": f"slo-{number}",
        "service_name": service.slug if service else "a-stranger",
        "name": "availability",
        "aim": "availability",
        "objective": 0.999,
        "indicator": Slo.Indicator.EVENTS,
        "bad_query": 'sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))',
        "total_query": "sum(rate(http_requests_total[{{.window}}]))",
        "origin": "scan",
        "path": "slo/pay.yaml",
        "line": 6,
    } | fields
    return Slo.objects.create(service=service, **said)


def make_standing(slo: Slo, left: float | None = 0.8, at: datetime = NOON, **fields: Any) -> SloStanding:
    """How the objective stands at ``at``, of a million requests; and its service's budget, where it is the worst."""
    allowed = 1_000_000 * (1 - slo.objective)
    bad = None if left is None else allowed * (1 - left)
    step = standard().step(left)
    said = {
        "state": "measured" if left is not None else "no_data",
        "attainment": None if bad is None else 1 - bad / 1_000_000,
        "bad": bad,
        "total": None if bad is None else 1_000_000.0,
        "coverage": None if bad is None else 1.0,
        "burn_rates": {} if left is None else {"1h": 0.5, "6h": 0.5, "1d": 0.5, "3d": 1.5, "30d": 1 - left},
        "step": step.label if step else "",
        "data_until": None if bad is None else at,
    } | fields
    standing = SloStanding.objects.create(slo=slo, service=slo.service, budget_left=left, computed_at=at, **said)
    if slo.service is not None:
        _keep_worst(slo, standing, at)
    return standing


def _keep_worst(slo: Slo, standing: SloStanding, at: datetime) -> None:
    """The service's budget is that of the objective with the least left."""
    left = standing.budget_left
    budget = ServiceBudget.objects.filter(service=slo.service).first() or ServiceBudget(service=slo.service)
    budget.computed_at = at
    if left is None:
        budget.unknown += 1
    elif budget.left is None or left < budget.left:
        budget.slo, budget.left, budget.step, budget.since = slo, left, standing.step, at
    budget.save()


def make_budget_step(slo: Slo, before: str, after: str, at: datetime = NOON, **fields: Any) -> BudgetStep:
    """The service's budget came from one step to another at ``at``."""
    said = {"left": float(after or 80) / 100, "slo_name": slo.name, "actions": []} | fields
    return BudgetStep.objects.create(service=slo.service, slo=slo, before=before, after=after, at=at, **said)


def make_user(name: str, password: str | None = None, **fields: Any) -> User:
    """A user; without a password one who can't sign in by the form."""
    return User.objects.create_user(name, f"{name}@example.com", password, **fields)


def join_team(user: User, team: Team, role: str = "member") -> Membership:
    return Membership.objects.create(user=user, team=team, role=role)


def make_token(scope: str = "read", team: Team | None = None, **fields: Any) -> tuple[ApiToken, str]:
    """A token and its text."""
    return issue_token("a test", ApiToken.Scope(scope), team=team, **fields)


def bearer(text: str) -> dict[str, str]:
    """The headers of a request with this token: ``client.get(path, headers=bearer(text))``."""
    return {"Authorization": f"Bearer {text}"}
