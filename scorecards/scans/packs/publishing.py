"""A pack comes into force, or ends: what follows is judged at once from kept facts, and by new scans after."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from scorecards.errors import ScorecardError
from scorecards.models import ControlVerdict, Finding, OwnPack
from scorecards.scanning.result import Scanned
from scorecards.scans import due
from scorecards.scans.daily import sum_up
from scorecards.scans.fleet import newest_scans
from scorecards.scans.in_force import in_force
from scorecards.scans.packs.checking import validate
from scorecards.scans.packs.judging import judged, kept_scans
from scorecards.scans.store import store_judged
from scorecards.standards import pack
from scorecards.standards.standard import Standard

State = OwnPack.State
AT_ONCE = 30  # repositories that a request may judge


class PackRefused(ScorecardError):
    """A step that can't be taken; the message says what to do."""


def save_draft(text: str, by: AbstractBaseUser) -> OwnPack:
    """Keep a pack as the draft of its code; there is one draft of each.

    Raises:
        PackRefused: it can't be read, so that nobody knows its code.
    """
    checked = validate(text)
    if checked.standard is None:
        raise PackRefused(f"Mend it first: {checked.problems[0]}" if checked.problems else "It can't be read.")
    told = {"version": checked.standard.version, "text": text, "saved_by_id": by.pk}
    row = OwnPack.objects.filter(code=checked.standard.code, state=State.DRAFT).order_by("-saved_at").first()
    if row is None:
        return OwnPack.objects.create(code=checked.standard.code, state=State.DRAFT, **told)
    for name, value in told.items():
        setattr(row, name, value)
    row.save(update_fields=[*told, "updated_at"])
    return row


def publish(draft: OwnPack, by: AbstractBaseUser, at: datetime) -> OwnPack:
    """Bring a draft into force in place of what was published of its code, and ask for scans of all repositories.

    Few repositories are judged at once from what their scans kept; many are by the next ``judge_waiting``.

    Raises:
        PackRefused: it is no draft any more, or has something to mend.
    """
    with transaction.atomic():
        row = OwnPack.objects.select_for_update().get(pk=draft.pk)
        if row.state != State.DRAFT:
            raise PackRefused(f"It is {row.get_state_display().lower()} already.")
        checked = validate(row.text)
        if checked.standard is None or checked.problems:
            raise PackRefused(f"Mend it first: {checked.problems[0]}" if checked.problems else "It can't be read.")
        OwnPack.objects.filter(code=row.code, state=State.PUBLISHED).update(state=State.WITHDRAWN, updated_at=at)
        row.state, row.published_at, row.saved_by_id = State.PUBLISHED, at, by.pk
        row.save(update_fields=["state", "published_at", "saved_by", "updated_at"])
        due.ask(due.scannable().values_list("pk", flat=True), due.Reason.CONDITIONS, at)
    if newest_scans().count() <= AT_ONCE:
        judge_waiting(at)
    return row


def judge_waiting(at: datetime) -> int:
    """Judge every repository by the packs that were published and not yet judged. How many packs there were.

    One worker takes each; where it fails, the pack waits again.
    """
    count = 0
    waiting = OwnPack.objects.filter(state=State.PUBLISHED, judged_at__isnull=True)
    for row in waiting.order_by("published_at"):
        if not waiting.filter(pk=row.pk).update(judged_at=at):
            continue
        try:
            judge_kept(pack.load(row.text, row.code), at)
        except BaseException:
            OwnPack.objects.filter(pk=row.pk).update(judged_at=None)
            raise
        count += 1
    return count


def judge_kept(standard: Standard, at: datetime) -> int:
    """Judge every repository whose scan kept facts. How many there were; it is safe to run twice."""
    count = 0
    for looked in kept_scans():
        if looked.facts is not None:
            store_judged(looked.scan, Scanned(findings=judged(standard, looked)), standard, at)
            count += 1
    sum_up((standard,), at.astimezone(settings.ORGANISATION_ZONE).date())
    return count


@transaction.atomic
def withdraw(published: OwnPack, by: AbstractBaseUser, at: datetime) -> OwnPack:
    """End a published pack. Its findings and verdicts go; what was on past days stays told.

    Raises:
        PackRefused: it is not in force.
    """
    row = OwnPack.objects.select_for_update().get(pk=published.pk)
    if row.state != State.PUBLISHED:
        raise PackRefused("Only a published pack can be withdrawn.")
    row.state, row.saved_by_id = State.WITHDRAWN, by.pk
    row.save(update_fields=["state", "saved_by", "updated_at"])
    Finding.objects.filter(standard=row.code).delete()
    ControlVerdict.objects.filter(standard=row.code).delete()
    today = at.astimezone(settings.ORGANISATION_ZONE).date()
    due.ask_outdated(in_force(today).key, at)
    return row
