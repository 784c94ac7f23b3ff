"""What stands around every page: navigation, the filters in force, how fresh the data is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from dashboard.filters import BOTS, ENVIRONMENTS, PERIODS, TIERS, Filters
from ingest.models import Delivery
from ingest.models.inbox import DeliveryStatus

STALE_AFTER = timedelta(days=2)  # a weekend without deployments is nothing to warn of
NAVIGATION = {
    "overview": ("Overview", {"overview"}),
    "teams": ("Teams", {"teams", "team", "service", "change-team", "change-service"}),
    "deployments": ("Deployments", {"deployments", "deployment"}),
    "incidents": ("Incidents", {"incidents", "incident"}),
    "reliability": (
        "Reliability",
        {
            "reliability",
            "service-reliability",
            "gamedays",
            "gate",
            "gate-freeze",
            "gate-mode",
            "gate-pipelines",
            "exemption",
        },
    ),
    "standards": (
        "Standards",
        {
            "standards",
            "standard-section",
            "control",
            "service-standards",
            "team-standards",
            "maturity",
            "waivers",
            "waiver",
            "request-waiver",
        },
    ),
    "adoption": (
        "Adoption",
        {"adoption", "adoption-capability", "outcomes", "campaigns", "campaign", "new-campaign", "change-campaign"},
    ),
    "data": (
        "Data",
        {
            "data",
            "use-the-data",
            "api-docs",
            "tokens",
            "sources",
            "new-source",
            "source",
            "source-trial",
            "prometheus",
            "new-prometheus",
            "prometheus-server",
            "change-prometheus",
            "prometheus-signal",
            "new-signal",
            "prometheus-objective",
            "new-objective",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the newest processed delivery came in, and whether that is so long ago that figures may lag."""

    at: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to a page."""

    label: str
    href: str


def filters_of(request: HttpRequest) -> Filters:
    """The page's choices, read from its query string, as of today in the organisation's zone."""
    today = timezone.localdate(timezone=settings.ORGANISATION_ZONE)
    return Filters.from_query(request.GET.dict(), today, settings.ORGANISATION_ZONE)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context that every template has (a context processor)."""
    filters = filters_of(request)
    return {
        "filters": filters,
        "nav": navigation(request, filters),
        "periods": PERIODS,
        "environments": ENVIRONMENTS,
        "tiers": TIERS,
        "bots": BOTS,
        "freshness": _freshness(),
        "organisation": settings.ORGANISATION_NAME,
    }


def navigation(request: HttpRequest, filters: Filters) -> list[NavItem]:
    """The pages that one can go to, each keeping the filters; the one that is open is marked."""
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        NavItem(label, f"{reverse(name)}{filters.query()}", here in inside)
        for name, (label, inside) in NAVIGATION.items()
    ]


def _freshness() -> Callable[[], Freshness | None]:
    """When the newest processed delivery came in; asked only by the templates that show it, and once."""

    @cache
    def newest() -> Freshness | None:
        processed = Delivery.objects.filter(status=DeliveryStatus.PROCESSED)
        at = processed.order_by("-received_at").values_list("received_at", flat=True).first()
        return Freshness(at, timezone.now() - at > STALE_AFTER) if at else None

    return newest
