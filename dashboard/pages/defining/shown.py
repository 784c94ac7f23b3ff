"""What holds and since when, by whom and why; what held before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from dashboard import access
from dashboard.charts.trend import Changed
from dashboard.filters import Filters
from dashboard.pages.compared import today
from dashboard.pages.defining.words import CHOICES, day_text, moves, sentence, worded
from ingest.catalogue.owners import periods_by_service
from ingest.catalogue.ownership import owner_on
from ingest.models import Source, Team
from ingest.models.catalogue import UNASSIGNED
from scorecards.definitions.course import Stated, in_force
from scorecards.definitions.held import Held
from scorecards.definitions.values import keys, standard
from scorecards.metrics.records import Definitions
from scorecards.models import DefinitionChange
from scorecards.rollups.read import Scope
from scorecards.rollups.summary import Metric

HISTORY = 100
SHORT = 60


@dataclass(frozen=True, slots=True)
class Value:
    """One choice that differs from what stands beneath, and the change that said so."""

    title: str
    text: str
    change: DefinitionChange
    future: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the organisation (``team`` is ``None``) or a team says, and where to change it; no address: not by you."""

    team: Team | None
    values: Sequence[Value]
    href: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in the history. ``withdraw``: where to take it back; empty for who may not."""

    change: DefinitionChange
    text: str
    state: str
    withdraw: str


def all_changes() -> list[DefinitionChange]:
    """Every change that was ever made, the newest first."""
    return list(DefinitionChange.objects.select_related("team", "by", "withdrawn_by"))


def source_names() -> dict[int, str]:
    return dict(Source.objects.values_list("pk", "name"))


def organisation(actor: access.Actor, changes: Sequence[DefinitionChange]) -> Said:
    """What the organisation says."""
    href = reverse("change-definitions") if access.may_define(actor, None) else ""
    return Said(None, _values(None, changes), href)


def teams(actor: access.Actor, changes: Sequence[DefinitionChange]) -> list[Said]:
    """The teams that say anything, and those that the reader may say something for."""
    found = []
    for team in access.visible_teams(actor).filter(retired_on=None):
        own = [change for change in changes if change.team_id == team.pk]
        may = not access.may_define(actor, None) and access.may_define(actor, team)
        values = _values(team, own)
        if values or may:
            href = f"{reverse('change-definitions')}?team={team.slug}" if access.may_define(actor, team) else ""
            found.append(Said(team, values, href))
    return found


def history(actor: access.Actor, changes: Sequence[DefinitionChange]) -> list[Entry]:
    """The newest changes."""
    names = source_names()
    return [
        Entry(
            change=one,
            text=sentence(one.values, names),
            state="withdrawn" if one.withdrawn_at else "",
            withdraw=reverse("withdraw-definition", args=[one.pk])
            if one.withdrawn_at is None and access.may_define(actor, one.team)
            else "",
        )
        for one in changes[:HISTORY]
    ]


def _values(team: Team | None, changes: Iterable[DefinitionChange]) -> list[Value]:
    """What holds last, one for each choice that is said; what begins later says so."""
    names, day = source_names(), today()
    own = [one for one in changes if one.withdrawn_at is None and one.team_id == (team.pk if team else None)]
    latest = {key: one for one in sorted(own, key=lambda one: (one.at, one.pk)) for key in one.values}
    return [
        Value(CHOICES[key].title, worded(key, latest[key].values[key], names), latest[key], latest[key].since > day)
        for key in keys(latest)
        if latest[key].values[key] is not None
    ]


def beneath(team: Team | None) -> dict[str, Any]:
    """What holds where the organisation or team says nothing."""
    if team is None:
        days = sorted(day.isoformat() for day in settings.HOLIDAYS)
        return standard() | {"holidays": days}
    return beneath(None) | in_force(Held.load().stated, None, date.max)


def own(team: Team | None) -> dict[str, Any]:
    """What the organisation or team says itself, as it holds last."""
    team_id = team.pk if team else None
    return in_force([one for one in Held.load().stated if one.team_id == team_id], team_id, date.max)


# ---------------------------------------------------------------- of a scope


@dataclass(frozen=True, slots=True)
class InForce:
    """The definitions of a scope on a day, and in a sentence whose they are, since when and why."""

    definitions: Definitions
    whose: str


def of_scope(scope: Scope, day: date, metric: Metric | None = None) -> InForce:
    """What holds on ``day`` for a scope; for a service, as for who owned it then. Told is the last change, with a
    ``metric`` the last that can move it."""
    changes = _concerning(scope, day)
    held = [one for one in changes if one.since <= day]
    team_id = team_of(scope, day)
    stated = [Stated(one.at, one.pk, one.team_id, one.since, one.values) for one in held]
    course = Held(stated).course(team_id)
    moving = [one for one in held if metric is None or any(moves(metric, key) for key in one.values)]
    if not moving:
        return InForce(course[-1].definitions, "The standard’s own, since the first event.")
    latest = max(moving, key=lambda one: (one.since, one.at, one.pk))
    who = "The organisation’s" if latest.team is None else f"{latest.team.name}’s"
    since = f"since {day_text(latest.since)}, changed by {name_of(latest)}: {latest.reason}"
    return InForce(course[-1].definitions, f"{who}, {since}")


def team_of(scope: Scope, day: date) -> int | None:
    """The team whose definitions a scope's day has; ``None`` for the organisation."""
    if scope.kind == "org":
        return None
    if scope.kind == "team":
        return scope.id
    owner = owner_on(periods_by_service([scope.id]).get(scope.id, ()), day)
    return owner or Team.objects.filter(slug=UNASSIGNED).values_list("pk", flat=True).first()


def changed(
    metric: Metric | None, scope: Scope, filters: Filters, changes: Sequence[DefinitionChange]
) -> list[Changed]:
    """The days of the window on which a definition changed that can move the metric (``None``: any), for its chart."""
    names = source_names() if changes else {}
    return [
        Changed(one.since, f"{_who(one)} changed definitions. {_cut(sentence(one.values, names))} ({_cut(one.reason)})")
        for one in sorted(changes, key=lambda one: (one.since, one.at))
        if filters.window.start <= one.since < filters.window.end
        if metric is None or any(moves(metric, key) for key in one.values)
        if scope.kind != "service" or one.team_id is None or one.team_id == team_of(scope, one.since)
    ]


def changes_of(scope: Scope, filters: Filters) -> list[DefinitionChange]:
    """What was said of a scope, as far as it can show on a chart of the window."""
    return [one for one in _concerning(scope, None) if one.since < filters.window.end]


def name_of(change: DefinitionChange) -> str:
    return change.by.get_full_name() or change.by.get_username()


def _concerning(scope: Scope, day: date | None) -> list[DefinitionChange]:
    """The changes in force of the organisation and of the team; of a service without a day: of any team."""
    changes = [one for one in all_changes() if one.withdrawn_at is None]
    if not changes or (scope.kind == "service" and day is None):
        return changes
    wanted = {None, team_of(scope, day or today())}
    return [one for one in changes if one.team_id in wanted]


def _who(change: DefinitionChange) -> str:
    return name_of(change) if change.team is None else f"{name_of(change)} ({change.team.name})"


def _cut(text: str) -> str:
    # Plotly reads a little HTML in its labels; what people write must not become any.
    plain = text.replace("<", "‹").replace(">", "›")
    return plain if len(plain) <= SHORT else f"{plain[: SHORT - 1]}…"
