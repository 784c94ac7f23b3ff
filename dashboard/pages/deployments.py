"""Deployments: the list, newest first, and one of them: what it brought, and why it is judged as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages import cursor, downloads, drill, earlier
from dashboard.pages.corrections import shown as corrected
from dashboard.pages.cursor import Cursor
from dashboard.pages.figures import Status
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.links import outward
from ingest.correct import in_force
from ingest.models import Deployment
from scorecards.models import DeliveredChange, JudgedDeployment, JudgedIncident

SHOWN = {"": "All outcomes", "failed": "Failed", "succeeded": "Not failed"}
LACKS = {"": "Complete or not", "changes": "Without known content", "mapped": "With unknown changes"}
CHANGES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One more choice of a page's filter form."""

    name: str
    label: str
    options: dict[str, str]
    chosen: str


@dataclass(frozen=True, slots=True)
class Row:
    """A finished deployment in a list."""

    judged: JudgedDeployment
    status: Status
    why: str


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Finished deployments of the period, newest first."""
    filters = filters_of(request)
    scope, outcome, lacks = _asked(request)
    subject = drill.subject(request, scope, filters)
    shown = newest(_found(request, subject, filters), request.GET.get("before", ""))
    kept = {"scope": "" if scope == "org" else scope, "outcome": outcome, "lacks": lacks if lacks in LACKS else ""}
    narrowed = outcome or lacks or "before" in request.GET
    context = {
        "subject": subject,
        "rows": rows(shown.rows),
        "earlier": None if shown.rows or narrowed else earlier.latest_before(subject, filters, scope=kept["scope"]),
        "choices": [Choice("outcome", "Outcome", SHOWN, outcome), Choice("lacks", "Completeness", LACKS, lacks)],
        "kept": {"scope": kept["scope"]} if kept["scope"] else {},
        "downloads": [downloads.of_page("deployments", "deployments-file", filters.query(**kept))]
        if shown.rows
        else [],
        **pager(request.path, filters, kept, shown.older, at_start=not request.GET.get("before")),
    }
    return render(request, "pages/deployments.html", context)


@require_GET
def file(request: HttpRequest, form: str) -> HttpResponseBase:
    """All that the page's choices leave, as a file."""
    filters = filters_of(request)
    found = _found(request, drill.subject(request, _asked(request)[0], filters), filters)
    return downloads.file(request, "deployments", found.order_by().values("deployment_id"), form)


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    """The scope, the outcome and the completeness that are asked for."""
    return request.GET.get("scope") or "org", request.GET.get("outcome", ""), request.GET.get("lacks", "")


def _found(request: HttpRequest, subject: drill.Subject, filters: Filters) -> QuerySet[JudgedDeployment]:
    _, outcome, lacks = _asked(request)
    return lacking(with_outcome(drill.deployments(subject, filters), outcome), lacks)


def with_outcome(found: QuerySet[JudgedDeployment], outcome: str) -> QuerySet[JudgedDeployment]:
    """Only failed ones, only the others, or all."""
    return found.filter(failed=outcome == "failed") if outcome in ("failed", "succeeded") else found


def lacking(found: QuerySet[JudgedDeployment], lacks: str) -> QuerySet[JudgedDeployment]:
    """Only those of which nobody knows what they brought, or that list changes which are not known here."""
    if lacks == "changes":
        return found.filter(content="unknown", status="succeeded", redeploy=False, rollback=False)
    return found.filter(unmapped_count__gt=0) if lacks == "mapped" else found


def newest(found: QuerySet[JudgedDeployment], before: str, size: int = cursor.PAGE) -> cursor.Page[JudgedDeployment]:
    ordered = cursor.older_than(found, Cursor.parse(before), "finished_at", "deployment_id")
    return cursor.page(ordered[: size + 1], lambda one: Cursor(one.finished_at, one.pk), size)


def pager(path: str, filters: Filters, kept: dict[str, str], older: str, *, at_start: bool) -> dict[str, str]:
    """Links to the newest and to the older rows, where there are any."""
    return {
        "newest": "" if at_start else f"{path}{filters.query(**kept)}",
        "older": f"{path}{filters.query(**kept, before=older)}" if older else "",
    }


def rows(found: Sequence[JudgedDeployment]) -> list[Row]:
    return [Row(one, outcome_of(one), why_failed(one)) for one in found]


def outcome_of(judged: JudgedDeployment) -> Status:
    """What a finished deployment came to, in one word."""
    if judged.failed:
        return Status("bad", "failed")
    if judged.redeploy:
        return Status("none", "redeployed")
    if not judged.counted:
        return Status("none", "not counted")
    return Status("good", "rolled back" if judged.rollback else "succeeded")


def why_failed(judged: JudgedDeployment) -> str:
    """Every rule that holds, as one phrase; empty for one that is not failed."""
    return "; ".join(formats.rule_text(rule) for rule in judged.failed_by.split(",") if rule)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One deployment."""
    visible = Deployment.objects.filter(service__in=access.visible_services(request.user))
    related = visible.select_related(
        "service", "environment", "repository", "source", "judged__restored_by", "duplicate_of__source"
    )
    deployment = get_object_or_404(related, pk=pk)
    filters = filters_of(request)
    judged: JudgedDeployment | None = getattr(deployment, "judged", None)
    brought = brought_by(deployment)
    context = {
        "deployment": deployment,
        "judged": judged,
        "trail": trail(deployment, filters),
        "status": outcome_of(judged) if judged else Status("none", deployment.status),
        "reasons": [formats.rule_text(rule) for rule in judged.failed_by.split(",") if rule] if judged else [],
        "content": formats.CONTENTS.get(judged.content, judged.content) if judged else "",
        "changes": brought[:CHANGES],
        "more_changes": max(0, (judged.change_count if judged else 0) - CHANGES),
        "incidents": linked_to(deployment),
        "restored_after": restored_after(judged),
        "starts_late": starts_late(deployment),
        "url": outward(deployment.url),
        **corrected.context(request, deployment),
        "by_hand": in_force(Deployment, [deployment.pk]).get(deployment.pk, {}),
    }
    return render(request, "pages/deployment.html", context)


def trail(deployment: Deployment, filters: Filters) -> list[Step]:
    service = deployment.service
    return [
        Step("Deployments", f"{reverse('deployments')}{filters.query()}"),
        Step(service.name, f"{reverse('service', args=[service.slug])}{filters.query()}"),
    ]


def brought_by(deployment: Deployment) -> QuerySet[DeliveredChange]:
    """Changes that it was the first to bring, the slowest first."""
    found = DeliveredChange.objects.filter(deployment=deployment)
    return found.select_related("change__repository").order_by("-seconds", "-id")


def linked_to(deployment: Deployment) -> QuerySet[JudgedIncident]:
    found = JudgedIncident.objects.filter(deployment=deployment)
    return found.select_related("incident").order_by("opened_at", "incident_id")


def starts_late(deployment: Deployment) -> bool:
    """Whether one event told a start after the finish that another told: kept, and said so."""
    started, finished = deployment.started_at, deployment.finished_at
    return started is not None and finished is not None and started > finished


def restored_after(judged: JudgedDeployment | None) -> float | None:
    """Seconds from the finish of a failed deployment until it was restored; ``None`` while it is not."""
    if judged is None or judged.restored_at is None:
        return None
    return (judged.restored_at - judged.finished_at).total_seconds()
