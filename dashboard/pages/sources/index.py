"""``/sources/``: what is connected and how it is doing, and what can be connected."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard.how_to import GROUPS, HowTo, how_to
from dashboard.pages.sources import health
from dashboard.pages.sources.around import operator, trail
from ingest.models.inbox import SourceKind
from ingest.parsers.senders import SENDERS


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that can be connected, in one sentence."""

    label: str
    href: str
    says: str


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Every source, and every kind of source by group."""
    operator(request)
    context = {"rows": health.rows(timezone.now()), "groups": groups(), "trail": trail()[:1]}
    return render(request, "pages/sources.html", context)


def groups() -> dict[str, list[Kind]]:
    """What can be connected, by group, in the order of their names."""
    told = [how_to(kind) for kind in SENDERS]
    return {group: sorted(map(_kind, (one for one in told if one.group == group)), key=_label) for group in GROUPS}


def _kind(told: HowTo) -> Kind:
    return Kind(SourceKind(told.kind).label, reverse("new-source", args=[told.kind]), told.says)


def _label(kind: Kind) -> str:
    return kind.label.casefold()
