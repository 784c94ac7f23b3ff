"""Evidence of capabilities as pages see it: real deployments, and spells of what scans and Prometheus would show."""

from datetime import timedelta

from django.utils import timezone

from ingest.models import ChangedService, Service
from scorecards.adoption.build import build
from scorecards.adoption.capabilities import Origin
from scorecards.adoption.evidence import due
from scorecards.adoption.settings import capabilities
from scorecards.models import CapabilitySpell, LookSpell
from scorecards.rollups.build import build_rollups
from tests.factories import make_deployment, make_service, make_team

SCANNED = [signal.id for signal in capabilities().of(Origin.SCAN)]
METERED = "prometheus"


def deploy(service: Service, *days_ago: int) -> Service:
    """Succeeded production deployments, told by events; with the catalogue's word that is two capabilities."""
    for days in days_ago or (1,):
        make_deployment(service, timezone.now() - timedelta(days=days))
    ChangedService.objects.create(service=service)
    build_rollups()
    return service


def show(service: Service, *signals: str, since: int = 0, until: int = 0, **detail) -> Service:
    """The signals were seen again and again, from so many days ago to so many days ago."""
    today = timezone.now().date()
    CapabilitySpell.objects.bulk_create(
        CapabilitySpell(
            service=service,
            signal=signal,
            first_day=today - timedelta(days=since),
            last_day=today - timedelta(days=until),
            detail=detail,
        )
        for signal in signals
    )
    return service


def look(service: Service | None, *signals: str, since: int = 0) -> Service | None:
    """One could have seen the signals, by default all of scans; without a service: Prometheus answered."""
    today = timezone.now().date()
    LookSpell.objects.bulk_create(
        LookSpell(service=service, signal=signal, first_day=today - timedelta(days=since), last_day=today)
        for signal in signals or ((METERED,) if service is None else SCANNED)
    )
    return service


def keep() -> None:
    """Compute every day anew."""
    due(None)
    build(timezone.now())


def three_teams() -> dict[str, Service]:
    """Pay uses the platform with one of its two services, search possibly with its only one, idle has none that is
    active. No scanner's results were received, so security is unknown where no pipeline runs one."""
    pay, search = make_team("pay", name="Payments"), make_team("search", name="Search")
    make_team("idle", name="Idle")
    found = {
        "ledger": make_service("ledger", pay, name="Ledger"),
        "vault": make_service("vault", pay, name="Vault", tier="critical"),
        "finder": make_service("finder", search, name="Finder"),
        "stale": make_service("stale", search, name="Stale"),
    }
    for name in ("ledger", "vault", "finder"):
        look(deploy(found[name], 1, 40, 60, 100), since=40)
    look(None, since=40)
    show(found["ledger"], "terraform", "objective", since=20, path="infra/main.tf", line=3, commit="a" * 40)
    show(found["ledger"], "objective-file", since=20)
    show(found["vault"], "alert-file", since=10, path="alerts.yaml", line=7)
    keep()
    return found
