"""How much of each metric is known: what is missing, how often, where, and what to do about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages import drill
from dashboard.pages.drill import Subject
from dashboard.pages.figures import LABELS, explain_href
from dashboard.pages.frame import Step, filters_of
from ingest.models import Team
from scorecards.models import DayRollup, DeliveredChange
from scorecards.rollups import read
from scorecards.rollups.bucket import Bucket

Count = Callable[[Bucket], int]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a metric lacks: ``missing`` of ``whole``. ``lists`` and ``query``: the page that lists them."""

    metric: str
    what: str
    missing: Count
    whole: Count
    advice: str
    lists: str = ""
    query: str = ""


def _changes(bucket: Bucket) -> int:
    return bucket.lead_times.count + bucket.bot_lead_times.count


GAPS: tuple[Gap, ...] = (
    Gap("lead_time", "deployments of which nobody knows what they brought", lambda b: b.unknown_content,
        lambda b: b.mappable, "Have the pipeline send the commit or the list of changes, and connect the repository.",
        "deployments", "lacks=changes"),
    Gap("lead_time", "listed changes that are not known here", lambda b: b.unmapped,
        lambda b: b.unmapped + _changes(b), "Connect the repository that they are in.", "deployments", "lacks=mapped"),
    Gap("lead_time", "changes of which only one time is told", lambda b: b.one_time_changes, _changes,
        "Read the repository by clone or API: both tell when it was authored and when committed."),
    Gap("lead_time", "pull requests without all stages, such as the time of the review", lambda b: b.incomplete_stages,
        lambda b: b.staged + b.incomplete_stages, "Have the host send reviews as well as pull requests."),
    Gap("change_failure_rate", "incidents that are linked to no deployment", lambda b: b.unlinked,
        lambda b: b.incidents, "Name the deployment as the cause at the source, or link it by hand on its page.",
        "incidents", "linked=no"),
    Gap("mttr", "incidents that are still open", lambda b: b.open_incidents, lambda b: b.incidents,
        "Have the source tell when they end.", "incidents", "state=open"),
    Gap("response", "incidents that nobody acknowledged", lambda b: b.incidents - b.acknowledged,
        lambda b: b.incidents, "Have the source tell when somebody took them up."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One gap in figures: of the organisation, and the teams that lack most."""

    label: str
    what: str
    missing: int
    whole: int
    share: str
    advice: str
    href: str
    teams: Sequence[tuple[str, int, str]]


WORST = 5
NEWEST = 20_000  # delivered changes that are looked through for their pull request


def rows(filters: Filters, *, teams: bool = False) -> Sequence[Row]:
    """Every gap that there can be in the window; from rollups."""
    buckets = _buckets(filters, teams=teams)
    names = _names(buckets) if teams else {}
    return [_row(gap, buckets, names, filters) for gap in GAPS]


def without_pull_request(subject: Subject, filters: Filters) -> Row:
    """Changes that came by no pull request, of the newest ``NEWEST`` of the window: rollups do not tell them apart."""
    newest = drill.changes(subject, filters).order_by("-delivered_at", "-id").values("pk")[:NEWEST]
    counts = DeliveredChange.objects.filter(pk__in=newest).aggregate(
        missing=models.Count("pk", filter=models.Q(change__pull_request=None)), whole=models.Count("pk")
    )
    missing, whole = counts["missing"], counts["whole"]
    return Row(
        label=LABELS["lead_time"],
        what="changes that came by no pull request" + (f", of the newest {NEWEST:,}" if whole == NEWEST else ""),
        missing=missing,
        whole=whole,
        share=str(formats.percent(missing / whole)) if whole else "",
        advice="Nothing, where people push to the default branch; else connect the host's pull requests.",
        href=explain_href("lead_time", "org", filters),
        teams=(),
    )


def _row(gap: Gap, buckets: dict[str, Bucket], names: dict[str, tuple[str, str]], filters: Filters) -> Row:
    org = buckets.get("org", Bucket())
    missing, whole = gap.missing(org), gap.whole(org)
    lacking = [(key, gap.missing(buckets[key])) for key in names]
    worst = sorted((row for row in lacking if row[1]), key=lambda row: (-row[1], names[row[0]][1]))[:WORST]
    return Row(
        label=LABELS[gap.metric],
        what=gap.what,
        missing=missing,
        whole=whole,
        share=str(formats.percent(missing / whole)) if whole else "",
        advice=gap.advice,
        href=_href(gap, filters),
        teams=[(names[key][1], count, _href(gap, filters, f"team:{names[key][0]}")) for key, count in worst],
    )


def _href(gap: Gap, filters: Filters, scope: str = "") -> str:
    if not gap.lists:
        return ""
    name, _, value = gap.query.partition("=")
    return (
        f"{reverse(gap.lists)}?{urlencode(filters.dated_pairs | ({'scope': scope} if scope else {}) | {name: value})}"
    )


def _buckets(filters: Filters, *, teams: bool) -> dict[str, Bucket]:
    found: dict[str, Bucket] = {}
    days = DayRollup.objects.filter(
        tier=filters.tier,
        environment_class=filters.environment_class,
        day__gte=filters.window.start,
        day__lt=filters.window.end,
    )
    days = days.exclude(scope__startswith="service:") if teams else days.filter(scope="org")
    for scope, data in days.values_list("scope", "bucket").iterator():
        found.setdefault(scope, Bucket()).merge_packed(bytes(data))
    return found


def _names(buckets: dict[str, Bucket]) -> dict[str, tuple[str, str]]:
    """Slug and name of each team, by its scope."""
    rows = {f"team:{pk}": (slug, name) for pk, slug, name in Team.objects.values_list("pk", "slug", "name")}
    return {key: row for key, row in rows.items() if key in buckets}


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """What each metric lacks, and which teams lack it."""
    filters = filters_of(request)
    sees = access.may_see_organisation(request.user)
    told: list[Row] = []
    if sees:
        told = [*rows(filters, teams=True), without_pull_request(drill.subject(request, "org", filters), filters)]
    context = {
        "trail": [Step("Data", f"{reverse('data')}{filters.query()}")],
        "rows": told,
        "connected": read.incidents_connected(),
    }
    return render(request, "pages/data_coverage.html", context)
