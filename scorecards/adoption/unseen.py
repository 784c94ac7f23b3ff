"""Why a capability may be unknown: what could not be looked at within the window that ends with a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from ingest.models import Service
from scorecards.adoption.capabilities import ACTIVITY, Capability, Origin
from scorecards.adoption.evidence import PROMETHEUS
from scorecards.adoption.settings import capabilities
from scorecards.adoption.spells import ACTIVE, WINDOW
from scorecards.models import CapabilitySpell, LookSpell

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Of one capability: ``origins`` that told nothing of any service, and how many active services' repositories were
    not scanned, or not in all that would show it. ``nothing``: no signal shows it at all."""

    capability: Capability
    origins: tuple[Origin, ...]
    unscanned: int
    nothing: bool


def active_on(day: date) -> QuerySet[Service]:
    """The services with a production deployment in the 91 days that end with the day, not retired on it."""
    activity = CapabilitySpell.objects.filter(service=OuterRef("pk"), signal=ACTIVITY)
    within = activity.filter(first_day__lte=day, last_day__gt=day - ACTIVE * _ONE)
    return Service.objects.filter(Q(retired_on=None) | Q(retired_on__gt=day)).filter(Exists(within))


def unseen(of: Iterable[Capability], services: QuerySet[Service], day: date) -> list[Unseen]:
    """What could not be looked at of these capabilities, for these services. A query or two, and one a capability that
    scans show."""
    dark = dark_origins(day)
    return [_unseen(one, services, dark, day) for one in of]


def dark_origins(day: date) -> frozenset[Origin]:
    """The origins that told nothing, of no service, within the window. Two queries; scans aside."""
    known = capabilities()
    within = {"first_day__lte": day, "last_day__gt": day - WINDOW * _ONE}
    seen = set(CapabilitySpell.objects.filter(**within).order_by().values_list("signal", flat=True).distinct())
    answered = LookSpell.objects.filter(service=None, signal=PROMETHEUS, **within).exists()
    told = {
        Origin.DEPLOYMENTS: any(signal.id in seen for signal in known.of(Origin.DEPLOYMENTS)),
        Origin.SARIF: any(signal.id in seen for signal in known.of(Origin.SARIF)),
        Origin.OBJECTIVES: answered,
        Origin.METRICS: answered,
    }
    return frozenset(origin for origin, is_told in told.items() if not is_told)


def _unseen(one: Capability, services: QuerySet[Service], dark: frozenset[Origin], day: date) -> Unseen:
    signals = [capabilities().signals[name] for together in one.used_by for name in together]
    origins = tuple(dict.fromkeys(signal.origin for signal in signals if signal.origin in dark))
    scanned = [signal.id for signal in signals if signal.origin is Origin.SCAN]
    return Unseen(one, origins, _unscanned(scanned, services, day) if scanned else 0, not one.used_by)


def _unscanned(names: list[str], services: QuerySet[Service], day: date) -> int:
    """How many of the services were not looked at for one of the signals at least."""
    within = {"first_day__lte": day, "last_day__gt": day - WINDOW * _ONE}
    looked = Q()
    for name in names:
        looked &= Q(Exists(LookSpell.objects.filter(service=OuterRef("pk"), signal=name, **within)))
    return services.exclude(looked).count()
