"""The funnel of each capability: of the services that could use it, configured, used, and used for months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboard import formats
from dashboard.charts.adoption import Bar, bar
from scorecards.adoption.capabilities import Capability
from scorecards.adoption.read import Funnel
from scorecards.adoption.settings import capabilities

DROPS = (
    ("has not set it up", "have not set it up"),
    ("has set it up but does not use it", "have set it up but do not use it"),
    ("uses it, but not for months yet", "use it, but not for months yet"),
)


@dataclass(frozen=True, slots=True)
class Drop:
    """Where most are lost: so many services, known for sure, at a step of the funnel."""

    count: int
    step: int

    @property
    def text(self) -> str:
        one, many = DROPS[self.step]
        return f"{formats.plural(self.count, 'service')} {one if self.count == 1 else many}" if self.count else ""


@dataclass(frozen=True, slots=True)
class Line:
    """A capability's funnel."""

    capability: Capability
    href: str
    funnel: Funnel
    bar: Bar | None
    drop: Drop


def lines(told: Mapping[str, Funnel], eligible: int) -> list[Line]:
    """One a capability, in their order."""
    return [
        _line(one, told.get(one.id, Funnel(eligible)), reverse("adoption-capability", args=[one.id]))
        for one in capabilities()
    ]


def _line(one: Capability, funnel: Funnel, href: str) -> Line:
    drawn = bar(funnel.eligible, funnel.configured, funnel.used, funnel.retained, funnel.unknown)
    return Line(one, href, funnel, drawn, largest_drop(funnel))


def largest_drop(funnel: Funnel) -> Drop:
    """The step at which most services are lost; the earlier one where two are equal.

    Of the first two steps only what is certain counts: services that are unknown may stand behind either.
    """
    lost = (
        funnel.eligible - funnel.configured - funnel.unknown,
        funnel.configured - funnel.used - funnel.unknown,
        funnel.used - funnel.retained,
    )
    counts = [max(0, count) for count in lost]
    step = counts.index(max(counts))
    return Drop(counts[step], step)


def worst(found: Sequence[Line]) -> Line | None:
    """The capability with the largest drop of all; ``None`` where nothing is lost for sure."""
    line = max(found, key=lambda one: one.drop.count, default=None)
    return line if line is not None and line.drop.count else None
