"""What people say of facts: exclude, relabel, link, unlink, join; and take it back. Over whatever the sources say."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ingest.catalogue.resolve import environment_ids
from ingest.errors import IngestError
from ingest.facts.across import services_across, with_reports
from ingest.facts.same import Fact, lock_all_names, settle_reports
from ingest.models import ChangedService, Correction, Corrects, Deployment, Incident
from ingest.models.facts import DeploymentKind, Severity
from ingest.parsers.fields import clean

MAX_REASON = 2_000
MAX_NAME = 200
BY_HAND: dict[type[Fact], frozenset[str]] = {
    Deployment: frozenset({Corrects.EXCLUDED, Corrects.KIND, Corrects.FAILED, Corrects.ENVIRONMENT,
                           Corrects.DUPLICATE_OF}),
    Incident: frozenset({Corrects.EXCLUDED, Corrects.SEVERITY, Corrects.CAUSE, Corrects.ENVIRONMENT,
                         Corrects.DUPLICATE_OF}),
}  # fmt: skip


class CorrectionRefused(IngestError):
    """The correction makes no sense; the message says why and what to do instead."""


@transaction.atomic
def correct(fact: Fact, what: str, value: Any, *, reason: str, by: str, at: datetime) -> Correction:
    """State something of a fact, over what its sources say, from now on and for all its past.

    ``value`` by ``what``: ``excluded`` true; ``kind`` release, rollback or hotfix; ``failed`` true or false;
    ``environment`` a name; ``severity`` sev1 to sev4; ``cause`` the primary key of a deployment, ``None`` for none;
    ``duplicate_of`` the primary key of another report of the same, ``None`` for "it is no duplicate".

    Raises:
        CorrectionRefused: it makes no sense, or has no reason.
    """
    reason = clean(reason.strip())[:MAX_REASON]
    if not reason:
        raise CorrectionRefused("Say why: others will ask.")
    model = type(fact)
    if what not in BY_HAND[model]:
        raise CorrectionRefused(f"The {what} of {_article(model)} can't be corrected.")
    if what == Corrects.DUPLICATE_OF:
        lock_all_names()  # who is joined by hand needs no name: two that speak at once would not see each other
        fact.refresh_from_db()
    CHECKS[what](fact, value)
    if what == Corrects.ENVIRONMENT:
        environment_ids([value])
    made = Correction.objects.create(what=what, value=value, reason=reason, by=by, at=at, **{_field(model): fact})
    _follow(made)
    return made


@transaction.atomic
def undo(correction: Correction, *, reason: str, by: str, at: datetime) -> None:
    """Take a correction back: what was said before it holds again.

    Raises:
        CorrectionRefused: it was taken back before.
    """
    if correction.what == Corrects.DUPLICATE_OF:
        lock_all_names()
    held = Correction.objects.select_for_update().get(pk=correction.pk)
    if held.undone_at is not None:
        raise CorrectionRefused(f"{held.undone_by} has already undone it.")
    held.undone_by, held.undone_at, held.undone_reason = by, at, clean(reason.strip())[:MAX_REASON]
    held.save(update_fields=["undone_by", "undone_at", "undone_reason"])
    correction.undone_by, correction.undone_at = by, at
    _follow(held)


def in_force(model: type[Fact], ids: Iterable[int]) -> dict[int, dict[str, Correction]]:
    """What holds of each of these facts, by what it is about: of several corrections the latest.

    What was said of a report holds for the one that stands for it; only that it is one, or none, is its own.
    """
    field, wanted = _field(model), set(ids)
    own, others = Q(**{f"{field}__in": wanted}), Q(**{f"{field}__duplicate_of__in": wanted})
    rows = Correction.objects.filter(own | others & ~Q(what=Corrects.DUPLICATE_OF), undone_at=None)
    found: dict[int, dict[str, Correction]] = defaultdict(dict)
    for row in rows.annotate(first=F(f"{field}__duplicate_of")).order_by("at", "pk"):
        for pk in (getattr(row, f"{field}_id"), *(() if row.what == Corrects.DUPLICATE_OF else (row.first,))):
            if pk in wanted:
                found[pk][row.what] = row
    return dict(found)


def _follow(correction: Correction) -> None:
    """Have all that the correction touches judged anew."""
    fact: Fact = correction.deployment or correction.incident  # type: ignore[assignment]
    model = type(fact)
    reports, services = with_reports(model, fact.pk), set()
    if correction.what == Corrects.DUPLICATE_OF:
        partner = set() if correction.value is None else {int(correction.value)}
        settled = settle_reports(model, {fact.pk} | partner)
        reports |= partner | settled.reports
        services |= settled.services
    services |= set(model._default_manager.filter(pk__in=reports).values_list("service_id", flat=True))
    services |= services_across(*((reports, set()) if model is Deployment else (set(), reports)))
    model._default_manager.filter(pk=fact.pk).update(updated_at=timezone.now())
    ChangedService.objects.bulk_create([ChangedService(service_id=pk) for pk in sorted(services)])


# ---------------------------------------------------------------- what makes sense


def _excluded(fact: Fact, value: Any) -> None:
    if value is not True:
        raise CorrectionRefused("To count it again, undo its exclusion.")


def _one_of(choices: Iterable[str], what: str) -> Callable[[Fact, Any], None]:
    allowed = tuple(choices)

    def check(fact: Fact, value: Any) -> None:
        if value not in allowed:
            raise CorrectionRefused(f"Choose {what}: {', '.join(allowed)}.")

    return check


def _failed(fact: Fact, value: Any) -> None:
    if not isinstance(value, bool):
        raise CorrectionRefused("Say whether it failed: true or false.")
    if value and isinstance(fact, Deployment) and fact.finished_at is None:
        raise CorrectionRefused("It has not finished yet. Wait until it has.")


def _environment(fact: Fact, value: Any) -> None:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_NAME or value != clean(value):
        raise CorrectionRefused(f"Name the environment, in at most {MAX_NAME} characters.")


def _cause(fact: Fact, value: Any) -> None:
    if value is not None and not Deployment.objects.filter(pk=value, duplicate_of=None).exists():
        raise CorrectionRefused("There is no such deployment. Choose one from the list.")


def _duplicate_of(fact: Fact, value: Any) -> None:
    if value is None:
        return
    other = type(fact)._default_manager.filter(pk=value).first()
    if other is None or other.pk == fact.pk:
        raise CorrectionRefused("There is no such report. Choose one from the list.")
    if other.duplicate_of_id == fact.pk or (other.duplicate_of_id or other.pk) == fact.duplicate_of_id:
        raise CorrectionRefused("They are taken as one already.")


CHECKS: dict[str, Callable[[Fact, Any], None]] = {
    Corrects.EXCLUDED: _excluded,
    Corrects.KIND: _one_of(DeploymentKind.values, "a kind"),
    Corrects.FAILED: _failed,
    Corrects.ENVIRONMENT: _environment,
    Corrects.SEVERITY: _one_of(Severity.values, "a severity"),
    Corrects.CAUSE: _cause,
    Corrects.DUPLICATE_OF: _duplicate_of,
}


def _field(model: type[Fact]) -> str:
    return "deployment" if model is Deployment else "incident"


def _article(model: type[Fact]) -> str:
    return "a deployment" if model is Deployment else "an incident"
