"""(pure) The next best actions: the fewest repairs that bring services to their next phase, put together where one
repair clears many."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import fsum

from scorecards.compliance import Compliance
from scorecards.maturity import Blocker, PhaseState, maturity
from scorecards.standards.standard import Control, Phase
from scorecards.standards.verdict import Verdict

_TOLERANCE = 1e-9
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Repair:
    """One control to bring to a pass in one service. ``gain``: the weighted points that it brings.

    ``urgent``: the phase can't be reached without it, whatever else is done. ``path``: the file to change, if one alone
    is known.
    """

    service: str
    control: Control
    verdict: Verdict
    towards: Phase
    gain: float
    urgent: bool
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One piece of work: a control in one or many services, or several controls in one file of a service."""

    control_ids: tuple[str, ...]
    services: tuple[str, ...]
    gain: float
    text: str
    urgent: bool
    path: str | None


def repairs(service: str, compliance: Compliance, path_by_control: Mapping[str, str] | None = None) -> list[Repair]:
    """The fewest controls to bring to a pass so that the service reaches its next phase.

    What the phase can't be reached without comes first, then what weighs most, until the points suffice. Empty where
    every phase is reached, and where there is nothing to judge by. ``path_by_control``: the file that a control's
    findings point to; where an alternative stands for a control, that one's findings do.
    """
    state = maturity(compliance).next
    if state is None:
        return []
    entry_by_id = {entry.control.id: entry for entry in compliance.entries}
    paths = path_by_control or {}
    return [
        Repair(
            service=service,
            control=entry_by_id[blocker.control_id].control,
            verdict=blocker.verdict,
            towards=state.phase,
            gain=blocker.shortfall,
            urgent=blocker.must,
            path=paths.get(entry_by_id[blocker.control_id].taken or blocker.control_id),
        )
        for blocker in _fewest(state)
    ]


def _fewest(state: PhaseState) -> list[Blocker]:
    """Each repair adds its own points to one sum, so taking the largest first takes the fewest."""
    chosen = []
    missing = state.missing
    for blocker in state.blockers:
        if not blocker.must and missing <= _TOLERANCE:
            break
        chosen.append(blocker)
        missing -= blocker.shortfall if blocker.in_share else 0.0
    return chosen


def actions(found: Iterable[Repair]) -> list[Action]:
    """The repairs of one or many services as pieces of work: urgent ones first, then by gain.

    A control that several services lack is one action; of what is left, controls of one file of a service are one.
    """
    ordered = sorted(found, key=lambda repair: (repair.control.id, repair.service))
    shared, single = _split(_groups(ordered, lambda repair: repair.control.id))
    same_file, alone = _split(_groups(single, lambda repair: (repair.service, repair.path or repair.control.id)))
    groups = [*shared, *same_file, *([repair] for repair in alone)]
    return sorted(map(_action, groups), key=lambda action: (not action.urgent, -action.gain, action.control_ids))


def _groups(found: Iterable[Repair], key: Callable[[Repair], Hashable]) -> list[list[Repair]]:
    grouped: dict[Hashable, list[Repair]] = {}
    for repair in found:
        grouped.setdefault(key(repair), []).append(repair)
    return list(grouped.values())


def _split(groups: Iterable[list[Repair]]) -> tuple[list[list[Repair]], list[Repair]]:
    """Groups of several, and the members of groups of one."""
    found = list(groups)
    return [group for group in found if len(group) > 1], [group[0] for group in found if len(group) == 1]


def _action(group: list[Repair]) -> Action:
    control_ids = tuple(dict.fromkeys(repair.control.id for repair in group))
    services = tuple(dict.fromkeys(repair.service for repair in group))
    paths = {repair.path for repair in group}
    path = group[0].path if len(services) == 1 and len(paths) == 1 else None
    return Action(
        control_ids=control_ids,
        services=services,
        gain=fsum(repair.gain for repair in group),
        text=_text(group, services, path),
        urgent=any(repair.urgent for repair in group),
        path=path,
    )


def _text(group: list[Repair], services: tuple[str, ...], path: str | None) -> str:
    """One line for people: what to do, and where."""
    told = {wording(repair): None for repair in group}
    what = "; ".join(told)
    where = _listed(services) if path is None else f"{_listed(services)}, {path}"
    return f"{what} ({where})"


def wording(repair: Repair) -> str:
    """What is to be done, whatever the place."""
    match repair.verdict:
        case Verdict.UNKNOWN:
            return f"Find out: {repair.control.title}"
        case Verdict.NOT_CONNECTED:
            return f"Connect the source for: {repair.control.title}"
    return repair.control.title


def _listed(services: tuple[str, ...]) -> str:
    more = len(services) - _NAMED
    named = ", ".join(services[:_NAMED])
    return f"{named} and {more} more" if more > 0 else named
