"""What publishing a pack would change, as it is shown."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dashboard import formats
from dashboard.pages.compared import today
from scorecards.scans.packs import preview
from scorecards.scans.packs.effects import Preview, ServiceEffect, TeamEffect
from scorecards.standards.standard import Control, Standard
from scorecards.standards.verdict import Verdict

SHOWN = 100
CHANGES = 6  # verdicts told of one service
NO_PHASE = "none"
MET = {"": "", "met": "meets all REQUIRED", "not_met": "does not meet all REQUIRED", "unknown": "may meet all REQUIRED"}


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control with the services by the verdict that it would have, the worst first."""

    control: Control
    counts: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """``changes``: (control, verdict before, verdict after); the worst first. ``more``: how many are not told."""

    effect: ServiceEffect
    href: str
    before: str
    after: str
    meets: str
    changes: list[tuple[str, str, str]]
    more: int


@dataclass(frozen=True, slots=True)
class TeamRow:
    effect: TeamEffect
    name: str
    href: str
    before: str
    after: str


def effects_of(standard: Standard) -> dict[str, Any]:
    """The context of the page."""
    found = preview(standard, today())
    changed = sorted(found.changed, key=_weight)
    return {
        "standard": standard,
        "found": found,
        "sentence": _sentence(found),
        "controls": [_control(control, found) for control in standard.controls],
        "teams": [_team(effect) for effect in found.teams],
        "services": [_service(effect) for effect in changed[:SHOWN]],
        "changed_count": len(changed),
        "shown": SHOWN,
    }


def _weight(effect: ServiceEffect) -> tuple[int, str]:
    return (-effect.failing, effect.service.slug)


def _sentence(found: Preview) -> str:
    services = formats.plural(len(found.services), "service")
    if not found.changed:
        return f"Nothing would change for the {services} whose repositories were scanned."
    failing = sum(bool(effect.failing) for effect in found.services)
    phases = sum(effect.changes_phase for effect in found.services)
    parts = [f"{len(found.changed)} of {services} would get other verdicts", f"{failing} a fail"]
    return ", ".join([*parts, f"and {phases} another phase"]) + "."


def _control(control: Control, found: Preview) -> ControlRow:
    counts = found.by_control.get(control.id) or Counter()
    return ControlRow(control, [(str(verdict), counts[verdict]) for verdict in map(str, Verdict) if verdict in counts])


def _service(effect: ServiceEffect) -> ServiceRow:
    ranks = {"": len(Verdict)} | {str(verdict): rank for rank, verdict in enumerate(Verdict)}
    changes = sorted(effect.changes, key=lambda change: (ranks[change.after], change.control))
    told = [(change.control, change.before, change.after) for change in changes[:CHANGES]]
    return ServiceRow(
        effect,
        reverse("service-standards", args=[effect.service.slug]),
        effect.before or NO_PHASE,
        effect.after or NO_PHASE,
        MET[effect.met_after] if effect.changes_standing else "",
        told,
        len(changes) - len(told),
    )


def _team(effect: TeamEffect) -> TeamRow:
    team = effect.team
    href = reverse("team", args=[team.slug]) if team else ""
    return TeamRow(effect, team.name if team else "Nobody’s", href, effect.before or NO_PHASE, effect.after or NO_PHASE)
