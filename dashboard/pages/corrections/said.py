"""What a correction says, in words; and those of one fact or of all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from ingest.correct import in_force
from ingest.models import Correction, Corrects, Deployment, Incident

Fact = Deployment | Incident


@dataclass(frozen=True, slots=True)
class Told:
    """A correction as a line. ``about``: the fact it is of, with ``href``. ``named``: a fact that it names."""

    correction: Correction
    text: str
    about: str
    href: str
    named: Fact | None
    holds: bool

    @property
    def named_href(self) -> str:
        return "" if self.named is None else href_of(self.named)

    @property
    def named_text(self) -> str:
        return "" if self.named is None else name_of(self.named)


def of(fact: Fact) -> list[Told]:
    """Every correction of one fact and of the reports that it stands for, newest first, also those that were undone."""
    field = "deployment" if isinstance(fact, Deployment) else "incident"
    rows = Correction.objects.filter(Q(**{field: fact}) | Q(**{f"{field}__duplicate_of": fact}))
    return told(rows.select_related(field))


def told(corrections: Iterable[Correction]) -> list[Told]:
    """Lines for corrections, in their order; two queries whatever their number."""
    rows = list(corrections)
    named = _named(rows)
    latest = _latest(rows)
    return [_line(row, named, row.pk in latest) for row in rows]


def _line(row: Correction, named: Mapping[tuple[type[Fact], int], Fact], holds: bool) -> Told:
    fact = _fact(row)
    other = named.get(_names(row)) if row.value is not None else None  # type: ignore[arg-type]
    return Told(row, text_of(row), name_of(fact), href_of(fact), other, holds)


def _latest(rows: Sequence[Correction]) -> set[int]:
    """Those that hold: not undone, and the latest of their fact, whatever report of it they are of, about the same."""
    found = set()
    models: tuple[type[Fact], ...] = (Deployment, Incident)
    for model in models:
        facts = {fact.pk: fact for row in rows if isinstance(fact := _fact(row), model)}
        ids = facts.keys() | {fact.duplicate_of_id for fact in facts.values() if fact.duplicate_of_id is not None}
        for pk, own in in_force(model, ids).items():
            stands = pk not in facts or facts[pk].duplicate_of_id is None
            found |= {held.pk for what, held in own.items() if stands or what == Corrects.DUPLICATE_OF}
    return found


def text_of(row: Correction) -> str:
    """What was said, as a phrase. A fact that it names follows it."""
    value = row.value
    match row.what:
        case Corrects.EXCLUDED:
            return "excluded: it counts nowhere"
        case Corrects.KIND:
            return f"it is a {value}"
        case Corrects.FAILED:
            return "it failed" if value else "no failure"
        case Corrects.ENVIRONMENT:
            return f"its environment is {value}"
        case Corrects.SEVERITY:
            return f"its severity is {value}"
        case Corrects.CAUSE:
            return "no deployment caused it" if value is None else "caused by"
        case _:
            return "no duplicate" if value is None else "the same as"


def _names(row: Correction) -> tuple[type[Fact], Any] | None:
    """The fact that a correction names."""
    if row.what == Corrects.CAUSE:
        return Deployment, row.value
    if row.what == Corrects.DUPLICATE_OF:
        return type(_fact(row)), row.value
    return None


def _named(rows: Iterable[Correction]) -> dict[tuple[type[Fact], int], Fact]:
    wanted = [named for row in rows if (named := _names(row)) is not None and named[1] is not None]
    found: dict[tuple[type[Fact], int], Fact] = {}
    models: tuple[type[Fact], ...] = (Deployment, Incident)
    for model in models:
        facts: QuerySet[Any] = model._default_manager.filter(pk__in={pk for kind, pk in wanted if kind is model})
        found |= {(model, fact.pk): fact for fact in facts}
    return found


def _fact(row: Correction) -> Fact:
    return row.deployment or row.incident  # type: ignore[return-value]


def name_of(fact: Fact) -> str:
    """How a person calls it."""
    if isinstance(fact, Deployment):
        return fact.version or fact.external_id
    return fact.title or fact.external_id


def href_of(fact: Fact) -> str:
    return reverse("deployment" if isinstance(fact, Deployment) else "incident", args=[fact.pk])
