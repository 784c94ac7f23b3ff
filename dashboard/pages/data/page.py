"""The data page: sources, what was set aside, what stopped, what belongs to nobody, how much the figures rest on."""

from collections import defaultdict
from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.mails import trouble
from dashboard.pages import compared, drill, figures
from dashboard.pages.assigning import AssignForm
from dashboard.pages.change import FOLLOWS, UNREADABLE
from dashboard.pages.data import counters, coverage, gaps, prometheus, set_aside, sources
from dashboard.pages.environments import environments
from dashboard.pages.figures import Shown
from dashboard.pages.frame import filters_of
from dashboard.pages.naming import unnamed
from ingest.models.catalogue import EnvironmentClass
from scorecards.rollups import read

GROUPS = 5


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What came in, what was refused, what nobody owns, and how much the figures rest on."""
    return show(request, AssignForm(request))


def show(request: HttpRequest, assigning: AssignForm, status: int = 200) -> HttpResponse:
    """The page with the form as it stands."""
    filters = filters_of(request)
    context = {
        "sources": sources.rows(timezone.now()),
        "prometheus": prometheus.state(timezone.now()),
        "counters": counters.state(request, compared.today()),
        "operates": access.may_operate(request.user),
        "mail_trouble": trouble.current(),
        "groups": set_aside.groups("quarantined", GROUPS),
        "stopped": gaps.stopped_services(request, compared.today()),
        "gaps": gaps.source_gaps(),
        "unassigned": unnamed(request),
        "assigning": assigning,
        "ticked": assigning.data.getlist("service") if isinstance(assigning.data, QueryDict) else [],
        "edits": access.may_edit_catalogue(request.user, None),
        "classed": environments(),
        "classes": EnvironmentClass.values,
        "coverage": covered(filters),
        "lacks": coverage.rows(filters),
        "links": link_counts(request, filters),
    }
    return render(request, "pages/data.html", context, status=status)


def covered(filters: Filters) -> Sequence[Shown]:
    """The organisation's figures, each with what it rests on, whatever that is."""
    summary = read.summary(compared.org_scope(filters), filters.environment_class, filters.window, compared.today())
    return [
        Shown(
            metric=metric,
            label=figures.LABELS[metric],
            number=str(formats.percent(ratio)) if ratio is not None else "",
            reason="" if ratio is not None else formats.reason_text(summary.reasons.get(metric, "")),
            href=figures.explain_href(metric, "org", filters),
            note=figures.COVERS.get(metric, "of the data is known"),
        )
        for metric, ratio in summary.coverage.items()
    ]


def link_counts(request: HttpRequest, filters: Filters) -> dict[str, int]:
    """How incidents of the window were linked: by name, by rule, by hand, or not at all."""
    subject = drill.subject(request, "org", filters)
    found: dict[str, int] = defaultdict(int)
    counted = drill.incidents(subject, filters).order_by().values("linked_by", "reason")
    for group in counted.annotate(count=Count("pk")):
        how = group["linked_by"] or group["reason"]
        words = formats.LINKS.get(how) or formats.UNLINKED.get(how, how or "not linked")
        found[words.rstrip(".")] += group["count"]
    return dict(found)


@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give services to a team from today on; what was refused stands beside the form."""
    form = AssignForm(request, request.POST)
    done = form.act()
    if done is None:
        return show(request, form, UNREADABLE)
    messages.success(request, f"{done} {FOLLOWS}", "good")
    return redirect("data")
