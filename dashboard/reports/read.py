"""Gathers what the weekly reports of many teams, and the organisation's, say: a few queries, however many teams."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages import figures, movers, standing
from dashboard.pages.adoption import tiles as adoption
from dashboard.pages.adoption import words
from dashboard.pages.attention import GRAVE
from dashboard.pages.data import sources
from dashboard.pages.figures import Shown
from dashboard.pages.standard_choices import BUILTIN
from dashboard.pages.standing import Course
from dashboard.pages.team_standards import paths_of
from dashboard.pages.verdicts import CAUSES
from dashboard.reports import weekly
from dashboard.reports.weekly import WEEK, Figure, Line, Report, Section, Verdict, section
from ingest.models import Service, Team
from ingest.models.catalogue import UNASSIGNED
from ingest.window import DAY, Window, midnight
from scorecards.adoption.read import OrganisationDay, Share, TeamDay, last_day, team_day
from scorecards.adoption.read import course as adoption_course
from scorecards.campaigns.progress import State
from scorecards.campaigns.standing import standing as campaign_standing
from scorecards.models import AdoptionDay, BudgetStep, Campaign, ControlVerdict, JudgedIncident
from scorecards.plan import Repair, actions, repairs, wording
from scorecards.rollups.read import ORGANISATION, Computation, Scope
from scorecards.rollups.summary import Summary, value_of
from scorecards.scans import read as scans
from scorecards.scans.changed import changes_of
from scorecards.scans.in_force import in_force
from scorecards.scans.kept import compliances_of
from scorecards.scans.read import Standing
from scorecards.standards import verdict as verdicts
from scorecards.standards.standard import Level, Standard
from scorecards.waivers import expiring

COURSE = 12  # weeks
SOON = timedelta(days=14)
SILENT = 3


@dataclass(frozen=True, slots=True)
class Past:
    """Figures of a scope by week, the newest last, and its standings and days of adoption beside them."""

    summaries: Sequence[Summary]
    standings: Sequence[Standing | None]
    adopted: Sequence[TeamDay | OrganisationDay]


@dataclass(slots=True)
class Events:
    """What happened or waits, by service, and what is asked, by team."""

    verdicts: dict[int, list[Verdict]]
    budgets: dict[int, list[Line]]
    incidents: dict[int, list[Line]]
    waivers: dict[int, list[Line]]
    campaigns: dict[int, list[Line]]
    repairs: dict[int, list[Repair]]
    sources: list[str]


def filters_for(monday: date) -> Filters:
    """What a page is to be asked for to show the week."""
    return Filters("", Window(monday, monday + WEEK, settings.ORGANISATION_ZONE))


def reports(monday: date, now: datetime, teams: Collection[int] | None = None) -> tuple[Report, dict[int, Report]]:
    """The organisation's report of the week, and those of ``teams`` (none told: of all in use) by id.

    Figures and changes are the week's; what waits (incidents, waivers, campaigns, the next action) is so ``now``.
    """
    today = now.astimezone(settings.ORGANISATION_ZONE).date()
    known = list(Team.objects.filter(retired_on=None).exclude(slug=UNASSIGNED).order_by("name", "pk"))
    wanted = [team for team in known if teams is None or team.pk in teams]
    owned = Service.objects.filter(retired_on=None).annotate(owner_team=access.owner()).order_by("name", "slug")
    services = {one.pk: one for one in owned}
    by_team: dict[int, list[int]] = defaultdict(list)
    for pk, service in services.items():
        by_team[getattr(service, "owner_team", 0)].append(pk)
    filters, pasts = filters_for(monday), _pasts(monday, today, [team.pk for team in known], services)
    events = _events(services, monday, now, today)
    told = {team.pk: _team_report(team, filters, monday, pasts, by_team[team.pk], services, events) for team in wanted}
    return _organisation_report(filters, monday, pasts, known, services, events), told


# ---------------------------------------------------------------- reports


def _team_report(
    team: Team,
    filters: Filters,
    monday: date,
    pasts: Mapping[Scope, Past],
    ids: Sequence[int],
    services: Mapping[int, Service],
    events: Events,
) -> Report:
    scope, past = f"team:{team.slug}", pasts[Scope("team", team.pk)]
    href = absolute(f"{reverse('team', args=[team.slug])}{filters.query()}")
    compared = [_compared(team.name, href, past)]
    compared += [
        _compared(services[pk].name, absolute(f"{reverse('service', args=[services[pk].slug])}{filters.query()}"), own)
        for pk in ids
        if (own := pasts.get(Scope("service", pk)))
    ]
    found = [one for one in past.adopted if isinstance(one, TeamDay)]
    shown = _figures(scope, past, filters)
    shown.append(_standards(scope, past, filters))
    shown.append(_team_adoption(scope, found, filters))
    return Report(
        scope=scope,
        name=team.name,
        monday=monday,
        href=href,
        figures=shown,
        changes=_changes(compared, ids, events, absolute(reverse("team-standards", args=[team.slug]))),
        waiting=_waiting(ids, events, events.campaigns.get(team.pk, [])),
        next=_next(ids, services, events, absolute(reverse("team-standards", args=[team.slug]))),
        caveats=[f"{one.label}: {one.caveat}." for one in shown if one.caveat],
        sources=events.sources,
    )


def _organisation_report(
    filters: Filters,
    monday: date,
    pasts: Mapping[Scope, Past],
    teams: Sequence[Team],
    services: Mapping[int, Service],
    events: Events,
) -> Report:
    past, ids = pasts[ORGANISATION], list(services)
    href = absolute(f"{reverse('overview')}{filters.query()}")
    compared = [
        _compared(
            team.name,
            absolute(f"{reverse('team', args=[team.slug])}{filters.query()}"),
            pasts[Scope("team", team.pk)],
        )
        for team in teams
    ]
    found = [one for one in past.adopted if isinstance(one, OrganisationDay)]
    shown = _figures("org", past, filters)
    shown.append(_standards("org", past, filters))
    shown.append(_organisation_adoption(found, filters))
    asked = {line.name: line for lines in events.campaigns.values() for line in lines if line.href}
    standards = absolute(reverse("standards"))
    return Report(
        scope="org",
        name=settings.ORGANISATION_NAME,
        monday=monday,
        href=href,
        figures=shown,
        changes=_changes(compared, ids, events, standards),
        waiting=_waiting(ids, events, events.campaigns.get(0, list(asked.values()))),
        next=_next(ids, services, events, standards),
        caveats=[f"{one.label}: {one.caveat}." for one in shown if one.caveat],
        sources=events.sources,
    )


def _compared(name: str, href: str, past: Past) -> movers.Compared:
    return movers.Compared(name, href, past.summaries[-1], past.summaries[-2])


def _changes(compared: Iterable[movers.Compared], ids: Iterable[int], events: Events, href: str) -> tuple[Section, ...]:
    judged = [one for pk in ids for one in events.verdicts.get(pk, ())]
    moved = [Line(move.name, move.text, move.href) for move in movers.movers(compared, weekly.LINES)]
    stepped = [line for pk in ids for line in events.budgets.get(pk, ())]
    return (
        *section("Moved", moved, "figure moved", "figures moved", public=True),
        *weekly.failing(judged, CAUSES),
        *weekly.fixed(judged, CAUSES, href),
        *section("Steps of error budgets", stepped, "step of an error budget", "steps of error budgets", public=True),
    )


def _waiting(ids: Iterable[int], events: Events, asked: Sequence[Line]) -> tuple[Section, ...]:
    own = list(ids)
    return (
        *section(
            "Open grave incidents",
            [line for pk in own for line in events.incidents.get(pk, ())],
            "grave incident open",
            "grave incidents open",
        ),
        *section(
            "Waivers that end",
            [line for pk in own for line in events.waivers.get(pk, ())],
            "waiver ends",
            "waivers end",
        ),
        *section("Campaigns due", asked, "campaign due", "campaigns due"),
    )


def _next(ids: Sequence[int], services: Mapping[int, Service], events: Events, href: str) -> Line | None:
    """The first action of the plan that the pages show; to connect a source is seldom the reader's to do."""
    found = [one for pk in ids for one in events.repairs.get(pk, ())]
    told = {(one.service, one.control.id): one for one in found}
    for action in actions(found):
        own = [
            told[key] for service in action.services for one in action.control_ids if (key := (service, one)) in told
        ]
        if all(one.verdict is verdicts.Verdict.NOT_CONNECTED for one in own):
            continue
        what = "; ".join(dict.fromkeys(wording(one) for one in own))
        more = len(action.services) - 3
        where = ", ".join(action.services[:3]) + (f" and {more} more" if more > 0 else "")
        path = f", {action.path}" if action.path else ""
        if len(action.services) == 1:
            slug = next(services[pk].slug for pk in ids if services[pk].name == action.services[0])
            href = absolute(f"{reverse('service-standards', args=[slug])}#{quote(action.control_ids[0])}")
        return Line(what, f"{where}{path}: +{action.gain:.1f} points", href)
    return None


# ---------------------------------------------------------------- figures


def _figures(scope: str, past: Past, filters: Filters) -> list[Figure]:
    """The four of delivery."""
    now, before = past.summaries[-1], past.summaries[-2]
    found = []
    for metric in figures.HEADLINES:
        shown = figures.figure(metric, now, scope=scope, filters=filters)
        then, value = value_of(before, metric), value_of(now, metric)
        text = str(formats.amount(metric, then)) if then is not None else ""
        change = formats.difference(metric, value, then) if value is not None and then is not None else ""
        course = [value_of(one, metric) for one in past.summaries]
        found.append(_figure(shown, before=text, change=change, course=course))
    return found


def _standards(scope: str, past: Past, filters: Filters) -> Figure:
    now, before = past.standings[-1], past.standings[-2]
    shown = standing.tile(Course(now, before), scope, filters)
    course = [one.proven if one else None for one in past.standings]
    return _figure(shown, before=_share_text(before), change=_points(course), course=course)


def _share_text(found: Standing | None) -> str:
    if found is None or found.proven is None or found.possible is None:
        return ""
    return formats.interval(found.proven, found.possible)


def _points(course: Sequence[float | None]) -> str:
    now, before = course[-1], course[-2]
    return formats.difference("change_failure_rate", now, before) if now is not None and before is not None else ""


def _team_adoption(scope: str, days: Sequence[TeamDay], filters: Filters) -> Figure:
    half = words.half(settings.ADOPTION_SHARE)
    target = f"at least {half} of its services on the platform"
    course = [one.services.share for one in days]
    if not days:
        return _figure(adoption.share(Share(), scope, filters), target=target)
    shown = adoption.share(days[-1].services, scope, filters)
    status = words.team_status(days[-1]) if shown.number else None
    before = words.interval(days[-2].services)
    return _figure(shown, before=before, change=_points(course), course=course, target=target, status=status)


def _organisation_adoption(days: Sequence[OrganisationDay], filters: Filters) -> Figure:
    course = [one.teams.share for one in days]
    if not days:
        return _figure(adoption.share(Share(), "org", filters), target=words.TARGET_TEXT)
    shown = adoption.share(days[-1].teams, "org", filters)
    status = words.organisation_status(days[-1]) if shown.number else None
    before = words.interval(days[-2].teams)
    return _figure(shown, before=before, change=_points(course), course=course, target=words.TARGET_TEXT, status=status)


def _figure(
    shown: Shown,
    *,
    before: str = "",
    change: str = "",
    course: Sequence[float | None] = (),
    target: str = "",
    status: figures.Status | None = None,
) -> Figure:
    said = status or shown.status
    space = formats.NO_BREAK if shown.unit else ""
    return Figure(
        metric=shown.metric,
        label=shown.label,
        now=f"{shown.number}{space}{shown.unit}" if shown.number else "",
        reason=_sentence(shown.reason.removeprefix("No data: ")),
        before=before or weekly.NO_DATA,
        change=change,
        target=target or shown.target,
        mark=said.kind if said and shown.number else "none",
        verdict=said.word if said and shown.number else "",
        caveat=shown.coverage,
        href=absolute(shown.href),
        course=course,
        value=shown.value,
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


# ---------------------------------------------------------------- what is read


def _pasts(monday: date, today: date, teams: Sequence[int], services: Iterable[int]) -> dict[Scope, Past]:
    """The course of the organisation and the teams over weeks; of services, the two that are compared."""
    zone = settings.ORGANISATION_ZONE
    mondays = [monday - WEEK * number for number in range(COURSE - 1, -1, -1)]
    weeks = [Window(one, one + WEEK, zone) for one in mondays]
    days = [min(one + WEEK - DAY, today) for one in mondays]
    scopes = [ORGANISATION, *(Scope("team", pk) for pk in teams)]
    whole = Computation(scopes, "production", Window(mondays[0], monday + WEEK, zone), today)
    held = scans.course(BUILTIN, days)
    by_day = [scans.team_standings(BUILTIN, Team.objects.filter(pk__in=teams), day) for day in days]
    adopted = _adopted(teams, days)
    found = {ORGANISATION: Past(whole.split(ORGANISATION, weeks), held, _organisation_days(days))}
    for pk in teams:
        scope = Scope("team", pk)
        found[scope] = Past(whole.split(scope, weeks), [one.get(pk) for one in by_day], adopted[pk])
    own = [Scope("service", pk) for pk in services]
    if own:
        near = Computation(own, "production", Window(mondays[-2], monday + WEEK, zone), today)
        found |= {
            scope: Past(near.split(scope, weeks[-2:]), (), ()) for scope in own if near.buckets.get((scope.key, ""))
        }
    return found


def _adoption_days(days: Sequence[date]) -> list[date]:
    newest = last_day()
    return [min(day, newest) if newest else day for day in days]


def _organisation_days(days: Sequence[date]) -> list[OrganisationDay]:
    return adoption_course(_adoption_days(days))


def _adopted(teams: Sequence[int], days: Sequence[date]) -> dict[int, list[TeamDay]]:
    wanted = _adoption_days(days)
    rows = AdoptionDay.objects.filter(team__in=teams, day__in=set(wanted)).values_list("team_id", "day", "figures")
    told = {(team, day): team_day(day, figures) for team, day, figures in rows}
    return {pk: [told.get((pk, day), TeamDay(day)) for day in wanted] for pk in teams}


def _events(services: Mapping[int, Service], monday: date, now: datetime, today: date) -> Events:
    standard = next((one for one in in_force(today).standards if one.code == BUILTIN), None)
    every = Service.objects.filter(retired_on=None)
    return Events(
        verdicts=_verdicts(services, every, standard, monday),
        budgets=_budgets(services, every, monday),
        incidents=_incidents(services, every, now),
        waivers=_waivers(services, every, today),
        campaigns=_campaigns(today),
        repairs=_repairs(services, standard),
        sources=_silent(now),
    )


def _verdicts(
    services: Mapping[int, Service], every: QuerySet[Service], standard: Standard | None, monday: date
) -> dict[int, list[Verdict]]:
    """Verdicts on REQUIRED controls that are others at the end of the week than before it."""
    if standard is None:
        return {}
    required = [one.id for one in standard.controls if one.level is Level.REQUIRED]
    zone = settings.ORGANISATION_ZONE
    rows = changes_of(BUILTIN, every, midnight(monday, zone), required).filter(at__lt=midnight(monday + WEEK, zone))
    first: dict[tuple[int, str], str] = {}
    last, cause = dict(first), dict(first)
    for pk, control, was, after, why in rows.order_by("at", "pk").values_list(
        "service_id", "control", "before", "after", "cause"
    ):
        first.setdefault((pk, control), was)
        last[pk, control], cause[pk, control] = after, why
    applied = set(
        ControlVerdict.objects.filter(standard=BUILTIN, level=Level.REQUIRED, service__in={pk for pk, _ in first})
        .values_list("service_id", "control")
        .distinct()
    )
    found: dict[int, list[Verdict]] = defaultdict(list)
    for (pk, control), before in first.items():
        if (pk, control) not in applied or pk not in services:
            continue
        href = f"{reverse('service-standards', args=[services[pk].slug])}#{quote(control)}"
        title = standard.control_by_id[control].title
        ends = before, last[pk, control]
        found[pk].append(Verdict(services[pk].name, control, title, *ends, cause[pk, control], absolute(href)))
    return found


def _budgets(services: Mapping[int, Service], every: QuerySet[Service], monday: date) -> dict[int, list[Line]]:
    """The steps that budgets came to within the week, each from where it was before; the newest first."""
    zone = settings.ORGANISATION_ZONE
    within = {"at__gte": midnight(monday, zone), "at__lt": midnight(monday + WEEK, zone)}
    rows = BudgetStep.objects.filter(service__in=every, **within).order_by("at", "pk")
    ends: dict[tuple[int, str], tuple[str, str]] = {}
    for step in rows:
        before, _ = ends.pop((step.service_id, step.slo_name), (step.before, ""))
        ends[step.service_id, step.slo_name] = before, step.after
    found: dict[int, list[Line]] = defaultdict(list)
    for (pk, objective), (before, after) in reversed(ends.items()):
        if before != after:
            href = absolute(reverse("service-reliability", args=[services[pk].slug]))
            found[pk].append(weekly.budget_step(services[pk].name, objective, before, after, href))
    return found


def _incidents(services: Mapping[int, Service], every: QuerySet[Service], now: datetime) -> dict[int, list[Line]]:
    rows = JudgedIncident.objects.filter(
        service__in=every, severity__in=GRAVE, resolved_at=None, opened_at__isnull=False
    )
    found: dict[int, list[Line]] = defaultdict(list)
    for judged in rows.select_related("incident").order_by("severity", "opened_at"):
        incident, service = judged.incident, services[judged.service_id]
        since = formats.relative(judged.opened_at, now) if judged.opened_at else ""
        title = incident.title or f"incident {incident.external_id}"
        href = absolute(reverse("incident", args=[incident.pk]))
        found[service.pk].append(Line(service.name, f"{judged.severity}, {title}, opened {since}", href, "bad"))
    return found


def _waivers(services: Mapping[int, Service], every: QuerySet[Service], today: date) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for one in expiring(every, today, SOON):
        service, href = services[one.service_id], absolute(reverse("waiver", args=[one.pk]))
        found[service.pk].append(weekly.waiver(service.name, one.control, one.expires_on, today, href))
    return found


def _campaigns(today: date) -> dict[int, list[Line]]:
    """What campaigns still ask, by team; under 0 of all teams together."""
    found: dict[int, list[Line]] = defaultdict(list)
    for campaign in Campaign.objects.filter(ended_on=None, starts_on__lte=today, deadline__gte=today):
        counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for asked in campaign_standing(campaign, today).of(State.LEFT, State.UNKNOWN):
            for team in {0, asked.team_id or 0}:
                counts[team][asked.stand.state is State.UNKNOWN] += 1
        days = (campaign.deadline - today).days
        href = absolute(reverse("campaign", args=[campaign.slug]))
        for team, (left, unknown) in counts.items():
            found[team].append(weekly.campaign(campaign.name, left, unknown, days, href))
    return found


def _repairs(services: Mapping[int, Service], standard: Standard | None) -> dict[int, list[Repair]]:
    if standard is None:
        return {}
    judged = compliances_of(list(services), standard)
    paths = paths_of(list(judged), standard.code)
    return {pk: repairs(services[pk].name, compliance, paths.get(pk)) for pk, compliance in judged.items()}


def _silent(now: datetime) -> list[str]:
    silent = [row for row in sources.rows(now) if row.status.kind == "bad"]
    told = [f"{weekly.one_line(row.health.source.name)}: {row.says}" for row in silent[:SILENT]]
    return [*told, f"{len(silent) - SILENT} more sources are silent."] if len(silent) > SILENT else told


def absolute(href: str) -> str:
    """An address that holds outside the site."""
    return f"{settings.BASE_URL}{href}" if href.startswith("/") else href
