"""Composes the reports that are mailed, keeps each as it was said first, and says what changed of those before it."""

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from django.urls import reverse

from dashboard.filters import Filters
from dashboard.models import SentReport, Subscription
from dashboard.pages import figures, standing
from dashboard.pages.adoption import tiles as adoption
from dashboard.reports import attached, restated
from dashboard.reports.outside import outside
from dashboard.reports.read import COURSE, absolute, filters_for, reports
from dashboard.reports.render import Rendered, rendered
from dashboard.reports.restated import Mailed
from dashboard.reports.weekly import WEEK, Report, Restated


def composed(monday: date, now: datetime, teams: Collection[int | None]) -> Mapping[int | None, Report]:
    """The reports of the week by team (``None``: the organisation's), with what is to be said of figures that were
    mailed before."""
    organisation, told = reports(monday, now, [pk for pk in teams if pk is not None])
    wanted = {pk: told[pk] if pk is not None else organisation for pk in teams if pk is None or pk in told}
    found = _restated(monday, wanted.values())
    return {pk: _told(report, found[report.scope]) for pk, report in wanted.items()}


def keep(found: Collection[Report]) -> None:
    """Each report as it was said first: what is kept already stays as it is."""
    weeks = {report.monday for report in found}
    known = set(SentReport.objects.filter(week__in=weeks).values_list("scope", "week"))
    fresh = [_archived(report) for report in found if (report.scope, report.monday) not in known]
    SentReport.objects.bulk_create(fresh, ignore_conflicts=True)


def parts_for(subscription: Subscription, report: Report, unsubscribe_href: str) -> Rendered:
    """The mail that a subscription's reader gets: an address outside is told less, and rows go to accounts alone."""
    if subscription.user_id is None:
        said, settings_href = outside(report), ""
    else:
        said, settings_href = report, absolute(reverse("reports"))
    parts = rendered(said, settings_href=settings_href, unsubscribe_href=unsubscribe_href)
    if not subscription.with_csv:
        return parts
    rows = attached.behind(report, subscription.team_id) if subscription.user_id else {}
    return replace(parts, files=attached.figures(report) | rows)


def _restated(monday: date, wanted: Collection[Report]) -> Mapping[str, list[Restated]]:
    """By scope. A week that was mailed already says to the next reader what it said to the first."""
    rows = SentReport.objects.filter(
        scope__in=[report.scope for report in wanted], week__gt=monday - WEEK * COURSE, week__lte=monday
    )
    by_scope: dict[str, list[Mailed]] = {report.scope: [] for report in wanted}
    for scope, week, values, said in rows.values_list("scope", "week", "figures", "restated"):
        by_scope[scope].append(Mailed(week, values, restated.read(said)))
    found = {}
    for report in wanted:
        same = next((one for one in by_scope[report.scope] if one.monday == monday), None)
        found[report.scope] = list(same.restated) if same else restated.restated(report, by_scope[report.scope])
    return found


def _told(report: Report, found: Iterable[Restated]) -> Report:
    return restated.told(report, found, lambda one: explain_href(one.metric, report.scope, filters_for(one.monday)))


def explain_href(metric: str, scope: str, filters: Filters) -> str:
    """Where a figure of a week is explained."""
    if metric == "standards":
        return absolute(standing.explain_href(scope, filters))
    if metric == "adoption":
        return absolute(adoption.explain_href(scope, filters))
    return absolute(figures.explain_href(metric, scope, filters))


def _archived(report: Report) -> SentReport:
    parts = rendered(report)
    return SentReport(
        scope=report.scope,
        week=report.monday,
        name=report.name[: SentReport._meta.get_field("name").max_length],
        summary=report.summary,
        html=parts.html,
        text=parts.text,
        pictures={name: b64encode(data).decode() for name, data in parts.pictures.items()},
        figures={one.metric: one.value for one in report.figures},
        restated=restated.kept(report.restated),
    )
