"""What outcomes are told of: a capability or a control, by what stands in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse

from dashboard.pages.compared import today
from scorecards.adoption.settings import capabilities
from scorecards.outcome.groups import Groups
from scorecards.scans.in_force import in_force
from scorecards.standards.standard import Standard

CAPABILITY, CONTROL = "capability", "control"


@dataclass(frozen=True, slots=True)
class Subject:
    """``standard``: of a control. ``does``, ``lacks``, ``came``: to follow "services that"."""

    kind: str
    id: str
    title: str
    href: str
    does: str
    lacks: str
    came: str
    standard: str = ""

    @property
    def value(self) -> str:
        """As it stands in the address."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Options:
    """Subjects under a heading of the list: address and title of each."""

    title: str
    options: Sequence[tuple[str, str]]


def options(standards: Sequence[Standard]) -> list[Options]:
    """Everything that one can choose."""
    found = [Options("Capabilities", [(f"{CAPABILITY}:{one.id}", one.title) for one in capabilities()])]
    for standard in standards:
        for section in standard.sections:
            told = [one for one in standard.controls if one.section == section.id]
            if told:
                listed = [(f"{CONTROL}:{one.id}", f"{one.id} {one.title}") for one in told]
                found.append(Options(f"{standard.code} {section.id} {section.title}", listed))
    return found


def subject_of(value: str, groups: Mapping[str, Groups]) -> tuple[Subject, list[Standard]]:
    """What ``value`` names; empty: the capability that tells most. With the standards in force.

    Raises:
        Http404: nothing of that name is in force.
    """
    standards = list(in_force(today()).standards)
    kind, _, name = (value or f"{CAPABILITY}:{_telling(groups)}").partition(":")
    found = _capability(name) if kind == CAPABILITY else _control(name, standards) if kind == CONTROL else None
    if found is None:
        raise Http404
    return found, standards


def _telling(groups: Mapping[str, Groups]) -> str:
    """The capability whose smaller group is the largest; the first of those that are alike."""
    sizes = {one.id: min(len(held.those), len(held.others)) for one in capabilities() if (held := groups.get(one.id))}
    return max(sizes, key=lambda name: sizes[name], default=capabilities().ids[0])


def _capability(name: str) -> Subject | None:
    found = next((one for one in capabilities() if one.id == name), None)
    if found is None:
        return None
    href = reverse("adoption-capability", args=[found.id])
    return Subject(CAPABILITY, found.id, found.title, href, "use it", "don’t use it", "began to use it")


def _control(name: str, standards: Sequence[Standard]) -> Subject | None:
    for standard in standards:
        found = standard.control_by_id.get(name)
        if found is not None:
            href = reverse("control", args=[found.id])
            return Subject(
                CONTROL, found.id, found.title, href, "meet it", "don’t meet it", "came to meet it", standard.code
            )
    return None
