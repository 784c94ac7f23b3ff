"""The controls of the standards in force as rows, so that lists and SQL can read them like anything else."""

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from scorecards.models import ControlInForce
from scorecards.scans.in_force import in_force
from scorecards.standards.standard import Control, Standard

_TOLD = (
    "version", "title", "section", "subsection", "level", "phase", "weight", "check_name", "signal", "why",
    "remediation", "alternative_to", "digest",
)  # fmt: skip


def keep(today: date) -> None:
    """Have the rows be those of the standards in force; one query where they are."""
    write(in_force(today).standards)


def write(standards: Iterable[Standard]) -> None:
    """Bring the rows to what these standards tell, writing what differs."""
    wanted = {standard.code: (digest(standard), standard) for standard in standards}
    held = dict(ControlInForce.objects.order_by().values_list("standard", "digest").distinct())
    if held == {code: told for code, (told, standard) in wanted.items() if standard.controls}:
        return
    rows = {
        (standard.code, control.id): _values(standard, control, told)
        for told, standard in wanted.values()
        for control in standard.controls
    }
    with transaction.atomic():
        _write(rows)


def digest(standard: Standard) -> str:
    """Of all that rows hold of it."""
    told = repr([(standard.code, standard.version), *(_values(standard, control, "") for control in standard.controls)])
    return sha256(told.encode()).hexdigest()[:32]


def _write(wanted: dict[tuple[str, str], dict[str, Any]]) -> None:
    now = timezone.now()
    changed = []
    for row in ControlInForce.objects.select_for_update().order_by("pk"):
        told = wanted.pop((row.standard, row.control), None)
        if told is None:
            row.delete()
        elif any(getattr(row, name) != value for name, value in told.items()):
            for name, value in told.items():
                setattr(row, name, value)
            row.updated_at = now
            changed.append(row)
    ControlInForce.objects.bulk_update(changed, [*_TOLD, "updated_at"], batch_size=200)
    fresh = [ControlInForce(standard=code, control=pk, **told) for (code, pk), told in wanted.items()]
    ControlInForce.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)


def _values(standard: Standard, control: Control, told: str) -> dict[str, Any]:
    return {
        "version": standard.version,
        "title": control.title,
        "section": control.section,
        "subsection": control.subsection,
        "level": str(control.level),
        "phase": str(control.phase),
        "weight": control.weight,
        "check_name": control.check,
        "signal": control.signal,
        "why": control.why,
        "remediation": control.remediation,
        "alternative_to": control.alternative_to,
        "digest": told,
    }
