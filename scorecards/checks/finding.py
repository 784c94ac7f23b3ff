"""(pure) What a check says of one unit."""

from dataclasses import dataclass
from enum import StrEnum

from ingest.repository.node import Place

MAX_PLACES = 20


class Outcome(StrEnum):
    """The answers of a check, the worst first. Definition: metrics.md, "Standards"."""

    FAIL = "fail"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - an answer, no password
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer for one unit: a container, a workflow, a folder, or the repository as a whole.

    ``unit`` names it without line numbers, so that a finding is the same one after the file moved around it. ``value``
    is what decided (a normalised text, never a secret), ``notes`` are remarks that change no verdict. ``places`` lead
    to the evidence, the most telling first.
    """

    outcome: Outcome
    unit: str
    message: str
    places: tuple[Place, ...] = ()
    value: str = ""
    notes: tuple[str, ...] = ()
    count: int = 1


def passed(
    unit: str, message: str, *places: Place, value: str = "", notes: tuple[str, ...] = (), count: int = 1
) -> Finding:
    """``count``: how many units this speaks for, where there would be nothing to tell of each."""
    return Finding(Outcome.PASS, unit, message, places[:MAX_PLACES], value, notes, count)


def partial(unit: str, message: str, *places: Place, value: str = "", notes: tuple[str, ...] = ()) -> Finding:
    return Finding(Outcome.PARTIAL, unit, message, places[:MAX_PLACES], value, notes)


def failed(unit: str, message: str, *places: Place, value: str = "", notes: tuple[str, ...] = ()) -> Finding:
    return Finding(Outcome.FAIL, unit, message, places[:MAX_PLACES], value, notes)


def unknown(unit: str, message: str, *places: Place, value: str = "", notes: tuple[str, ...] = ()) -> Finding:
    """The unit could not be looked at; ``message`` says why. Never a pass."""
    return Finding(Outcome.UNKNOWN, unit, message, places[:MAX_PLACES], value, notes)


def not_applicable(unit: str, message: str, *places: Place) -> Finding:
    """The control does not ask anything of this unit. A check that yields nothing applies to nothing at all."""
    return Finding(Outcome.NOT_APPLICABLE, unit, message, places[:MAX_PLACES])
