"""Objectives that people set up on the site: add one, change what it asks for, end it; and try what it measures."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.utils import timezone

from ingest.errors import IngestError, SourceUnavailable
from ingest.models import PrometheusServer, Service, Slo
from ingest.models.signals import Origin
from ingest.prometheus.trying import SECONDS, said, try_number
from ingest.prometheus.windows import with_window
from scorecards.errors import ScorecardError
from scorecards.reliability.indicator import MAX_QUERY, Queries, measure_of
from scorecards.reliability.told import read_back

DAY = 86_400
MAX_NAME = 200
LONGEST = 90  # days
HOUR = "1h"
NO_DATA = "The server answers, and has no data of the last hour for it."


class ObjectiveRefused(ScorecardError):
    """What was said makes no sense; the message says what to say instead. ``field``: of what."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(slots=True)
class TriedObjective:
    """What an objective measures over the last hour. ``bad_share`` is ``None`` without data; ``error``: why."""

    bad_share: float | None = None
    error: str = ""
    notes: list[str] = field(default_factory=list)


def draft_objective(
    server: PrometheusServer,
    service: Service,
    *,
    name: str,
    percent: float,
    days: int,
    queries: Queries,
    description: str = "",
) -> Slo:
    """An objective as it would be, not stored. Of one that measures the wrong thing, ``problem`` says so.

    ``percent``: of what is to be good, above 0 and up to 100. ``days``: its window.

    Raises:
        ObjectiveRefused: with the field that is to mend.
    """
    objective, window = checked_target(percent), checked_days(days) * DAY
    for told in ("bad", "good", "total"):
        if len(getattr(queries, told)) > MAX_QUERY:
            raise ObjectiveRefused(f"A query has at most {MAX_QUERY:,} characters.", told)
    measure = measure_of(queries, window)
    return Slo(
        key=f"site/{uuid4().hex}",
        service=service,
        service_name=service.slug,
        server=server,
        name=checked_name(name),
        description=description.strip(),
        objective=objective,
        window_seconds=window,
        origin=Origin.SITE,
        **measure._asdict(),
    )


def checked_name(name: str) -> str:
    """Raises ``ObjectiveRefused``."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise ObjectiveRefused(f"The name of an objective has 1 to {MAX_NAME} characters on one line.", "name")
    return name


def checked_target(percent: float) -> float:
    """Percent as a share. Raises ``ObjectiveRefused``."""
    if not math.isfinite(percent) or not 0 < percent <= 100:
        raise ObjectiveRefused("An objective lies above 0 and up to 100 %.", "percent")
    return float(f"{percent / 100:.12g}")


def checked_days(days: int) -> int:
    """Raises ``ObjectiveRefused``."""
    if not 1 <= days <= LONGEST:
        raise ObjectiveRefused(f"A window has 1 to {LONGEST} days.", "days")
    return days


def change_target(slo: Slo, *, name: str, percent: float, days: int) -> None:
    """What an objective asks for; a longer window is read back to its start. What it measures stays: for another
    measure, end it and add another.

    Raises:
        ObjectiveRefused: with the field that is to mend.
    """
    slo.name, slo.objective, window = checked_name(name), checked_target(percent), checked_days(days) * DAY
    fields = ["name", "objective", "window_seconds", "updated_at"]
    if window > slo.window_seconds:
        read_back(slo)
        fields += ["state", "read_to", "answered_at"]
    slo.window_seconds = window
    slo.save(update_fields=fields)


def end_objective(slo: Slo, now: datetime) -> None:
    """It is measured no more, and asks for nothing; what it measured stays."""
    Slo.objects.filter(pk=slo.pk, ended_at=None).update(ended_at=now, updated_at=timezone.now())


def try_objective(slo: Slo, now: datetime) -> TriedObjective:
    """What an objective measures over the last hour, asked within ``SECONDS``; it need not be stored."""
    found = TriedObjective()
    if slo.problem:
        found.error = slo.problem
        return found
    try:
        _try(slo, now, found)
    except IngestError as error:
        found.error = said(error)
    return found


def _try(slo: Slo, now: datetime, found: TriedObjective) -> None:
    part, of_good = (slo.bad_query, False) if slo.bad_query else (slo.good_query, True)
    if slo.indicator == Slo.Indicator.RATIO:
        share = _number(slo, part, now)
        if share is None:
            found.error = NO_DATA
        elif not 0 <= share <= 1:
            found.error = f"It gives {share:g}, and a ratio lies between 0 and 1."
        else:
            found.bad_share = 1 - share if of_good else share
        return
    total, count = _number(slo, slo.total_query, now), _number(slo, part, now)
    if total is None or total == 0:
        found.error = NO_DATA
        return
    if count is None:
        what = "good" if of_good else "bad"
        found.notes.append(
            f"The query of {what} events gives no series: that means none of them, if its labels are right."
        )
    share = (count or 0.0) / total
    found.bad_share = 1 - share if of_good else share
    if not 0 <= found.bad_share <= 1:
        found.notes.append("More events of one kind than all together: the queries do not fit each other.")


def _number(slo: Slo, query: str, now: datetime) -> float | None:
    """The sum of what a query says over the last hour. Raises ``IngestError``."""
    if slo.server is None:
        raise SourceUnavailable("There is no server that could be asked.")
    return try_number(slo.server, with_window(query, HOUR), now, SECONDS / 2)
