"""Incidents: the list, newest first, and one of them: how long it took, and what it is linked to."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.charts.trend import Mark
from dashboard.filters import Filters
from dashboard.pages import cursor, downloads, drill
from dashboard.pages.corrections import shown as corrected
from dashboard.pages.cursor import Cursor
from dashboard.pages.deployments import Choice, pager
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.links import outward
from ingest.models import Incident
from scorecards.models import JudgedIncident

Known = Incident | JudgedIncident  # as its source tells it, until it is judged
SHOWN = {"": "Open and resolved", "open": "Open", "resolved": "Resolved"}
LINKED = {"": "Linked or not", "no": "Not linked"}
MARKS = 200
OPEN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """An incident in a list; ``lasted`` in seconds, so far if it is open. Severity and times are the judged ones."""

    incident: Incident
    judged: JudgedIncident
    status: Status
    lasted: float | None
    linked: str
    deployment_id: int | None


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Incidents opened in the period, newest first."""
    filters = filters_of(request)
    scope, state, linked = _asked(request)
    subject = drill.subject(request, scope, filters)
    shown = newest(_found(request, subject, filters), request.GET.get("before", ""))
    kept = {"scope": "" if scope == "org" else scope, "state": state, "linked": linked if linked in LINKED else ""}
    context = {
        "subject": subject,
        "rows": rows(shown.rows),
        "choices": [Choice("state", "State", SHOWN, state), Choice("linked", "Link", LINKED, linked)],
        "kept": {"scope": kept["scope"]} if kept["scope"] else {},
        "downloads": [downloads.of_page("incidents", "incidents-file", filters.query(**kept))] if shown.rows else [],
        **pager(request.path, filters, kept, shown.older, at_start=not request.GET.get("before")),
    }
    return render(request, "pages/incidents.html", context)


@require_GET
def file(request: HttpRequest, form: str) -> HttpResponseBase:
    """All that the page's choices leave, as a file."""
    filters = filters_of(request)
    found = _found(request, drill.subject(request, _asked(request)[0], filters), filters)
    return downloads.file(request, "incidents", found.order_by().values("incident_id"), form)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    """The scope, the state and the link that are asked for."""
    return request.GET.get("scope") or "org", request.GET.get("state", ""), request.GET.get("linked", "")


def _found(request: HttpRequest, subject: drill.Subject, filters: Filters) -> QuerySet[JudgedIncident]:
    _, state, linked = _asked(request)
    return with_link(with_state(drill.incidents(subject, filters), state), linked)


def with_state(found: QuerySet[JudgedIncident], state: str) -> QuerySet[JudgedIncident]:
    return found.filter(resolved_at__isnull=state == "open") if state in ("open", "resolved") else found


def with_link(found: QuerySet[JudgedIncident], linked: str) -> QuerySet[JudgedIncident]:
    """Only those that no deployment is known to have caused, and that are not known to come from none."""
    unlinked = found.filter(deployment=None).exclude(reason="known_to_come_from_none")
    return unlinked if linked == "no" else found


def newest(found: QuerySet[JudgedIncident], before: str, size: int = cursor.PAGE) -> cursor.Page[JudgedIncident]:
    ordered = cursor.older_than(found, Cursor.parse(before), "opened_at", "incident_id")
    return cursor.page(ordered[: size + 1], place, size)


def place(one: JudgedIncident) -> Cursor:
    """Where it stands in a list by opening; only those with a known opening are listed."""
    if one.opened_at is None:
        raise ValueError(f"incident {one.pk} has no opening")
    return Cursor(one.opened_at, one.pk)


def rows(found: Sequence[JudgedIncident]) -> list[Row]:
    return [Row(one.incident, one, status_of(one), lasted(one), link_text(one), one.deployment_id) for one in found]


def open_ones(service_ids: Sequence[int]) -> list[Row]:
    """Open incidents of some services, the gravest first."""
    found = JudgedIncident.objects.filter(service__in=service_ids, resolved_at=None, opened_at__isnull=False)
    related = found.select_related("incident__service")
    return rows(list(related.order_by("severity", "opened_at")[:OPEN]))


def marks(service_ids: Sequence[int], filters: Filters) -> list[Mark]:
    """Grave incidents of the window, for the axis of a chart; at most the newest ``MARKS``."""
    found = JudgedIncident.objects.filter(
        service__in=service_ids,
        environment_class=filters.environment_class,
        severity__in=("sev1", "sev2"),
        opened_at__gte=filters.window.starts_at,
        opened_at__lt=filters.window.ends_at,
    ).select_related("incident")
    newest_first = found.order_by("-opened_at")[:MARKS]
    return [Mark(one.opened_at, _mark_text(one)) for one in newest_first if one.opened_at]


def _mark_text(one: JudgedIncident) -> str:
    incident = one.incident
    # Plotly reads a little HTML in its labels; a title must not become any.
    title = (incident.title or incident.external_id).replace("<", "‹").replace(">", "›")
    return f"{one.severity}: {title[:80]}"


def status_of(incident: Known) -> Status:
    if incident.resolved_at is None:
        return Status("warn", "open")
    return Status("good", "resolved")


def lasted(incident: Known) -> float | None:
    """Seconds from opening to resolution, or until now; ``None`` without an opening, or where it ends before it."""
    if incident.opened_at is None:
        return None
    seconds = ((incident.resolved_at or timezone.now()) - incident.opened_at).total_seconds()
    return seconds if seconds >= 0 else None


def link_text(judged: JudgedIncident | None) -> str:
    """How it was linked to a deployment, or why to none."""
    if judged is None:
        return ""
    if judged.deployment_id is not None:
        return formats.LINKS.get(judged.linked_by, judged.linked_by)
    return formats.UNLINKED.get(judged.reason, "")


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One incident."""
    visible = Incident.objects.filter(service__in=access.visible_services(request.user))
    related = visible.select_related(
        "service", "environment", "source", "judged__deployment__environment", "duplicate_of__source"
    )
    incident = get_object_or_404(related, pk=pk)
    filters = filters_of(request)
    judged: JudgedIncident | None = getattr(incident, "judged", None)
    service = f"{reverse('service', args=[incident.service.slug])}{filters.query()}"
    known: Known = judged or incident
    context = {
        "incident": incident,
        "judged": judged,
        "known": known,
        "trail": [Step("Incidents", f"{reverse('incidents')}{filters.query()}"), Step(incident.service.name, service)],
        "status": status_of(known),
        "lasted": lasted(known),
        "acknowledged_after": acknowledged_after(known),
        "linked": link_text(judged),
        "url": outward(incident.url),
        **corrected.context(request, incident),
    }
    return render(request, "pages/incident.html", context)


def acknowledged_after(incident: Known) -> float | None:
    """Seconds from opening to acknowledgement."""
    if incident.opened_at is None or incident.acknowledged_at is None:
        return None
    return (incident.acknowledged_at - incident.opened_at).total_seconds()
