"""A team's services side by side against the standard, what to do next, and its waivers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dashboard import access, formats
from dashboard.filters import Filters
from dashboard.pages import drill, standing, waivers
from dashboard.pages.compared import today
from dashboard.pages.figures import Shown, Status
from dashboard.pages.frame import Step, filters_of
from dashboard.pages.standard_choices import Choices, choices_of
from dashboard.pages.standards import headline, marks_of
from dashboard.pages.verdicts import Mark
from ingest.models import Service
from scorecards.compliance import Meets
from scorecards.models import Finding, Waiver
from scorecards.plan import Action, Repair, actions, repairs, wording
from scorecards.scans import read
from scorecards.scans.daily import active_on
from scorecards.scans.kept import compliances_of
from scorecards.scans.read import Standing
from scorecards.standards.verdict import Verdict

ACTIONS = 20
PLANNED = 60
ENDED = 20
MEETS = {
    Meets.MET: Status("good", "all met"),
    Meets.NOT_MET: Status("bad", "not all met"),
    Meets.UNKNOWN: Status("none", "not known"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A service of the team. Without ``score`` it was not scanned."""

    service: Service
    href: str
    score: Shown
    meets: Status | None
    phase: str
    counts: Sequence[tuple[Mark, int]]


@dataclass(frozen=True, slots=True)
class Todo:
    """A piece of work: what it comes to, where, and what it gains."""

    text: str
    clears: str
    gain: str
    urgent: bool
    links: Sequence[tuple[str, str]]
    path: str


@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One team against the standard."""
    filters, choices, day = filters_of(request), choices_of(request), today()
    team = drill.named(access.visible_teams(request.user), slug)
    owned = access.visible_services(request.user).filter(pk__in=active_on(day).values("pk"))
    services = owned.alias(owner_team=access.owner()).filter(owner_team=team.pk)
    found = list(services.order_by("name", "slug"))
    ids = [service.pk for service in found]
    standings = read.standings(choices.standard.code, services, day)
    counts = read.by_service(choices.standard.code, ids)
    now = read.standing(choices.standard.code, day, team=team)
    held = waivers.waivers_of(services)
    context = {
        "team": team,
        "choices": choices,
        "standing": now,
        "trail": [
            Step("Standards", f"{reverse('standards')}{choices.of_standard}"),
            _home(team.slug, team.name, filters),
        ],
        "matrix_href": f"{reverse('standards')}?team={team.slug}",
        "maturity_href": f"{reverse('maturity')}{replace(choices, team=team).of_team}",
        **headline(now, f"team:{team.slug}", choices.standard.code),
        "lines": [_line(one, standings.get(one.pk), counts.get(one.pk, {}), filters, choices) for one in found],
        **_plan(found, standings, choices),
        **_waivers(held),
    }
    return render(request, "pages/team_standards.html", context)


def _home(slug: str, name: str, filters: Filters) -> Step:
    return Step(name, f"{reverse('team', args=[slug])}{filters.query()}")


def _line(
    service: Service, found: Standing | None, counts: Mapping[Verdict, int], filters: Filters, choices: Choices
) -> Line:
    scanned = found is not None and found.services > 0
    return Line(
        service=service,
        href=f"{reverse('service-standards', args=[service.slug])}{choices.of_standard}",
        score=standing.service_score(found, f"service:{service.slug}", filters),
        meets=_meets(found) if found and found.judged else None,
        phase=(found.phase or "none yet") if found and scanned else "",
        counts=marks_of(counts) if scanned else [],
    )


def _meets(found: Standing) -> Status:
    return MEETS[Meets.MET if found.met else Meets.UNKNOWN if found.open else Meets.NOT_MET]


def _plan(services: Sequence[Service], standings: Mapping[int, Standing], choices: Choices) -> dict[str, Any]:
    """The next best actions over the team's services, those of many services together; of a very large team, over the
    services that are furthest from a full score."""
    scanned = [one for one in services if one.pk in standings and standings[one.pk].services]
    furthest = sorted(scanned, key=lambda one: standings[one.pk].score.proven or 0.0)[:PLANNED]
    ids = [service.pk for service in furthest]
    compliances = compliances_of(ids, choices.standard)
    label_by_id = _labels(services)
    paths = paths_of(ids, choices.standard.code)
    found = [
        repair
        for pk, compliance in compliances.items()
        for repair in repairs(label_by_id[pk], compliance, paths.get(pk))
    ]
    slug_by_label = {label_by_id[service.pk]: service.slug for service in services}
    told = {(one.service, one.control.id): one for one in found}
    planned = actions(found)
    # To connect a source is seldom the team's to do, so what waits for one stands apart.
    waiting = [action for action in planned if _is_to_connect(action, told)]
    own = [action for action in planned if action not in waiting]
    return {
        "todos": [_todo(action, told, choices, slug_by_label) for action in own[:ACTIONS]],
        "more_todos": max(0, len(own) - ACTIONS),
        "planned": len(furthest) if len(furthest) < len(scanned) else 0,
        "waiting": [choices.standard.control_by_id[one] for action in waiting for one in action.control_ids],
    }


def _labels(services: Iterable[Service]) -> dict[int, str]:
    """Services by name; by slug too where two bear the same name."""
    found = list(services)
    names = Counter(service.name for service in found)
    return {one.pk: one.name if names[one.name] == 1 else f"{one.name} [{one.slug}]" for one in found}


def paths_of(service_ids: Sequence[int], standard: str) -> dict[int, dict[str, str]]:
    """The file that the first finding of each failing control points to, by service. One query."""
    wrong = Finding.objects.filter(service__in=service_ids, standard=standard, waiver=None).exclude(path="")
    rows = wrong.filter(outcome__in=(Verdict.FAIL, Verdict.PARTIAL)).order_by("outcome", "pk")
    found: dict[int, dict[str, str]] = {}
    for service_id, control, path in rows.values_list("service", "control", "path"):
        found.setdefault(service_id, {}).setdefault(control, path)
    return found


def _repairs(action: Action, told: Mapping[tuple[str, str], Repair]) -> list[Repair]:
    places = product(action.services, action.control_ids)
    return [told[place] for place in places if place in told]


def _is_to_connect(action: Action, told: Mapping[tuple[str, str], Repair]) -> bool:
    return all(one.verdict is Verdict.NOT_CONNECTED for one in _repairs(action, told))


def _todo(
    action: Action, told: Mapping[tuple[str, str], Repair], choices: Choices, slug_by_label: Mapping[str, str]
) -> Todo:
    """What is to be done, and in which services."""
    where = [(label, _at(slug_by_label[label], action, choices)) for label in action.services]
    many = len(action.control_ids), len(action.services)
    clears = f"clears {formats.plural(many[0], 'control')} in {formats.plural(many[1], 'service')}"
    return Todo(
        text="; ".join(dict.fromkeys(wording(one) for one in _repairs(action, told))),
        clears=clears if max(many) > 1 else "",
        gain=f"+{action.gain:.1f} points",
        urgent=action.urgent,
        links=where,
        path=action.path or "",
    )


def _at(slug: str, action: Action, choices: Choices) -> str:
    return f"{reverse('service-standards', args=[slug])}{choices.of_standard}#{action.control_ids[0]}"


def _waivers(held: Any) -> dict[str, Any]:
    """The team's waivers that wait, and that hold."""
    day = today()
    asked = held.filter(state=Waiver.State.REQUESTED).order_by("requested_at", "pk")
    return {
        "waivers": [*waivers.rows(asked[:ENDED], day), *waivers.rows(waivers.in_force_rows(held, day)[:ENDED], day)]
    }
