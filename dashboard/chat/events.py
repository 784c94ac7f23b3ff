"""What happened that cannot wait: steps of error budgets, sev1 incidents, silent sources; each once a channel.

What is known of an incident or a source is compared with what the channel was told last: a delivery that comes twice,
late or anew changes nothing, and only what began lately is told at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from dashboard import access, formats
from dashboard.chat.message import BUDGET, INCIDENT, SOURCE
from dashboard.models import ChatAlert, ChatChannel
from dashboard.reports import weekly
from dashboard.reports.weekly import LONGEST_NAME, LONGEST_TEXT, Line, one_line
from ingest.inbox import health
from ingest.inbox.health import Health
from ingest.models import Incident, Service
from ingest.models.catalogue import EnvironmentClass
from ingest.models.facts import Severity
from scorecards.models import BudgetStep, JudgedIncident

STEP_RECENT = timedelta(days=2)
INCIDENT_RECENT = timedelta(hours=1)
SILENCE_RECENT = timedelta(days=1)
BULK = timedelta(seconds=1)  # a source that usually speaks more often was loaded, which tells nothing of how it does
STEPPED, OPENED, RESOLVED, SILENT, HEARD = "stepped", "opened", "resolved", "silent", "heard"


@dataclass(frozen=True, slots=True)
class Event:
    """``team``: that owns what it is about, ``None`` for what is the organisation's alone. ``at``: since when."""

    kind: str
    subject: str
    about: str
    state: str
    line: Line
    at: datetime
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel was told last of something. ``number``: the greatest that is taken."""

    state: str
    number: int


Known = dict[tuple[int, str, str], Told]


def notice(channels: Sequence[ChatChannel], now: datetime) -> int:
    """Keep what each of the channels is to be told of; how much that is, as far as no other worker has kept it."""
    wanted = {kind for channel in channels for kind in channel.alerts}
    known = _known(channels) if wanted else {}
    found: list[Event] = []
    if BUDGET in wanted:
        found += _steps(now)
    if INCIDENT in wanted:
        found += _incidents(now, {about for _, kind, about in known if kind == INCIDENT})
    if SOURCE in wanted:
        found += _sources(now)
    alerts = [alert for channel in channels for alert in _alerts(channel, found, known, now)]
    ChatAlert.objects.bulk_create(alerts, ignore_conflicts=True)
    return len(alerts)


def _known(channels: Iterable[ChatChannel]) -> Known:
    """An incident that another report of it stands for by now is known under that one."""
    rows = ChatAlert.objects.filter(channel__in=[one.pk for one in channels]).order_by("pk")
    told = list(rows.values_list("channel_id", "kind", "about", "state", "number"))
    ids = {int(about) for _, kind, about, _, _ in told if kind == INCIDENT}
    stands = Incident.objects.filter(pk__in=ids, duplicate_of__isnull=False).values_list("pk", "duplicate_of")
    first = {str(pk): str(other) for pk, other in stands}
    known: Known = {}
    for channel, kind, about, state, number in told:
        key = channel, kind, first.get(about, about) if kind == INCIDENT else about
        known[key] = Told(state, max(number, known[key].number) if key in known else number)
    return known


def _alerts(channel: ChatChannel, found: Iterable[Event], known: Known, now: datetime) -> Iterator[ChatAlert]:
    for event in found:
        told = known.get((channel.pk, event.kind, event.about))
        if event.kind not in channel.alerts or (channel.team_id is not None and channel.team_id != event.team):
            continue
        if _is_news(event, told, channel.since, now):
            yield ChatAlert(
                channel=channel,
                kind=event.kind,
                subject=event.subject,
                about=event.about,
                number=told.number + 1 if told else 0,
                state=event.state,
                name=one_line(event.line.name, LONGEST_NAME),
                text=one_line(event.line.text, LONGEST_TEXT),
                href=event.line.href,
                mark=event.line.mark,
                at=now,
            )


def _is_news(event: Event, told: Told | None, since: datetime, now: datetime) -> bool:
    """Whether a channel is to be told: of what began lately, and of each turn of what it was told."""
    if event.kind == BUDGET:
        return told is None and event.at >= since
    if told is not None and told.state == event.state:
        return False
    if event.kind == INCIDENT and told is not None:
        return True
    recent = SILENCE_RECENT if event.kind == SOURCE else INCIDENT_RECENT
    if event.state in (OPENED, SILENT):
        return event.at >= since and now - event.at <= recent
    return told is not None


# ---------------------------------------------------------------- what there is


def _steps(now: datetime) -> list[Event]:
    rows = BudgetStep.objects.filter(at__gt=now - STEP_RECENT, at__lte=now, service__retired_on=None)
    steps = list(rows.select_related("service").order_by("at", "pk"))
    owners = _owners({step.service_id for step in steps})
    return [_step(step, owners.get(step.service_id)) for step in steps]


def _step(step: BudgetStep, team: int | None) -> Event:
    href = _absolute(reverse("service-reliability", args=[step.service.slug]))
    line = weekly.budget_step(step.service.name, step.slo_name, step.before, step.after, href)
    told = Line(line.name, f"{line.text}, {_at(step.at)}", href, line.mark)
    return Event(BUDGET, str(step.service_id), str(step.pk), STEPPED, told, step.at, team)


def _incidents(now: datetime, told: Iterable[str]) -> list[Event]:
    """Those of production that were opened lately, and how those stand that channels were told of."""
    grave = JudgedIncident.objects.filter(
        severity=Severity.SEV1,
        environment_class=EnvironmentClass.PRODUCTION,
        opened_at__gte=now - INCIDENT_RECENT,
        opened_at__lte=now,
        resolved_at=None,
    )
    followed = JudgedIncident.objects.filter(incident__in=[int(pk) for pk in told], opened_at__isnull=False)
    rows = {one.incident_id: one for found in (grave, followed) for one in found.select_related("incident", "service")}
    owners = _owners({one.service_id for one in rows.values()})
    return [_incident(one, owners.get(one.service_id)) for one in rows.values()]


def _incident(judged: JudgedIncident, team: int | None) -> Event:
    incident, opened_at = judged.incident, judged.opened_at or judged.updated_at
    title = incident.title or f"incident {incident.external_id}"
    title = one_line(title, LONGEST_NAME)
    href = _absolute(reverse("incident", args=[incident.pk]))
    subject, about = str(judged.service_id), str(incident.pk)
    if judged.resolved_at is not None:
        line = Line(judged.service.name, f"resolved: {title}, {_at(judged.resolved_at)}", href, "good")
        return Event(INCIDENT, subject, about, RESOLVED, line, judged.resolved_at, team)
    line = Line(judged.service.name, f"{judged.severity} open: {title}, since {_at(opened_at)}", href, "bad")
    return Event(INCIDENT, subject, about, OPENED, line, opened_at, team)


def _sources(now: datetime) -> list[Event]:
    found = health.sources(now, settings.ORGANISATION_ZONE)
    return [event for one in found if one.source.paused_at is None and (event := _source(one, now)) is not None]


def _source(one: Health, now: datetime) -> Event | None:
    silence, pk = one.silence, str(one.source.pk)
    if silence is None or silence.usual is None or silence.patience is None or silence.usual < BULK:
        return None
    href, heard_at = _absolute(reverse("data")), now - silence.since
    if not silence.overdue:
        line = Line(one.source.name, f"heard again, {_at(heard_at)}", href, "good")
        return Event(SOURCE, pk, pk, HEARD, line, heard_at)
    usual = formats.duration(silence.usual.total_seconds())
    text = f"silent since {_at(heard_at)}, usually heard every {usual}; look at the sender"
    return Event(SOURCE, pk, pk, SILENT, Line(one.source.name, text, href, "bad"), heard_at + silence.patience)


def _owners(services: Iterable[int]) -> dict[int, int]:
    rows = Service.objects.filter(pk__in=list(services)).annotate(owner_team=access.owner())
    return dict(rows.values_list("pk", "owner_team"))


def _at(at: datetime) -> str:
    return formats.absolute(at, settings.ORGANISATION_ZONE)


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"
