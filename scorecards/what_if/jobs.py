"""Trials as rows: small ones are computed at once, large ones by a worker; a result is kept for a day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from ingest.models import Team
from ingest.window import Window
from scorecards.definitions.change import proposed
from scorecards.definitions.values import Values
from scorecards.models import WhatIf
from scorecards.rollups.plain import to_plain
from scorecards.what_if.trial import Trial

IN_REQUEST = 50
DAYS = 90
KEPT_FOR = timedelta(days=1)
LOST_AFTER = timedelta(minutes=5)
State = WhatIf.State


def ask(team: Team | None, values: Values, *, by: User, now: datetime) -> WhatIf:
    """A trial of the values; it is done already where few services are concerned.

    Raises:
        DefinitionRefused: a value makes no sense, or nothing would change.
    """
    forget(now)
    window = _window(now)
    new = proposed(team, values, window.start)
    row = WhatIf.objects.create(team=team, values=new, by=by, at=now)
    trial = _trial(row)
    row.total = len(trial.service_ids)
    row.save(update_fields=["total"])
    if row.total <= IN_REQUEST and _claim(row, now):
        run(row)
    return row


def run_next(now: datetime, go_on: Callable[[], bool] = lambda: True) -> bool:
    """Compute the trial that waits longest, or one whose worker was lost; whether there was one.

    ``go_on`` is asked after each few services; where it says no, the trial waits for another worker.
    """
    lost = Q(state=State.RUNNING, seen_at__lt=now - LOST_AFTER)
    row = WhatIf.objects.filter(Q(state=State.WAITING) | lost).order_by("at", "pk").first()
    if row is None or not _claim(row, now):
        return False
    run(row, go_on)
    return True


def run(row: WhatIf, go_on: Callable[[], bool] = lambda: True) -> None:
    """Compute a claimed trial. One that fails is marked so, and the error goes on."""
    try:
        _compute(row, go_on)
    except Exception:
        WhatIf.objects.filter(pk=row.pk).update(state=State.FAILED)
        raise


def forget(now: datetime) -> None:
    """Drop trials of over a day ago."""
    WhatIf.objects.filter(at__lt=now - KEPT_FOR).delete()


def _compute(row: WhatIf, go_on: Callable[[], bool]) -> None:
    trial = _trial(row)
    ids = trial.service_ids

    def report(done: int) -> bool:
        WhatIf.objects.filter(pk=row.pk).update(done=done, total=len(ids), seen_at=timezone.now())
        return done == len(ids) or go_on()

    if not trial.run(ids, report):
        WhatIf.objects.filter(pk=row.pk).update(state=State.WAITING, done=0)
        return
    now, then = trial.now_and_then()
    row.state, row.done, row.total = State.DONE, len(ids), len(ids)
    row.result = {"figures": to_plain([now, then], {}), **trial.differences()}
    row.save(update_fields=["state", "done", "total", "result"])


def _trial(row: WhatIf) -> Trial:
    return Trial(row.team, row.values, _window(row.at), _day(row.at), row.at)


def _window(now: datetime) -> Window:
    return Window.last(DAYS, _day(now), settings.ORGANISATION_ZONE)


def _day(now: datetime) -> date:
    return now.astimezone(settings.ORGANISATION_ZONE).date()


def _claim(row: WhatIf, now: datetime) -> bool:
    """Whether the trial is ours: of several workers one gets it."""
    same = WhatIf.objects.filter(pk=row.pk, state=row.state, seen_at=row.seen_at)
    return bool(same.update(state=State.RUNNING, seen_at=now, done=0))
