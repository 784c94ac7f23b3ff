"""The steps of a waiver: asked for, approved, denied, revoked, renewed. Each judges its service anew."""

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from ingest.models import Service
from scorecards.models import VerdictChange, Waiver
from scorecards.scans.verdicts import judge_services
from scorecards.standards.standard import Standard
from scorecards.waivers import LONGEST_TEXT, WaiverRefused, check_request

State = Waiver.State


@transaction.atomic
def request_waiver(
    *,
    service: Service,
    control: str,
    reason: str,
    text: str,
    expires_on: date,
    by: User,
    at: datetime,
    standards: Iterable[Standard],
    path: str = "",
    renews: Waiver | None = None,
) -> Waiver:
    """Ask for a waiver. It does nothing until another person approves it.

    Raises:
        WaiverRefused: with what to mend.
    """
    today = at.astimezone(settings.ORGANISATION_ZONE).date()
    check_request(control, reason, text, expires_on, path, today, standards)
    if Waiver.objects.filter(service=service, control=control, path=path, state=State.REQUESTED).exists():
        raise WaiverRefused("The same waiver is asked for already. Wait until it is decided.", "control")
    return Waiver.objects.create(
        service=service,
        control=control,
        path=path,
        reason=reason,
        text=text.strip(),
        requested_by=by,
        requested_at=at,
        expires_on=expires_on,
        renews=renews,
        renewals=renews.renewals + 1 if renews else 0,
    )


def approve_waiver(
    waiver: Waiver, *, by: User, at: datetime, standards: Iterable[Standard], decision: str = ""
) -> Waiver:
    """Bring a waiver into force. Raises ``WaiverRefused``: it is decided already, or ``by`` asked for it."""
    return _decide(waiver, State.APPROVED, by=by, at=at, standards=standards, decision=decision)


def deny_waiver(waiver: Waiver, *, by: User, at: datetime, standards: Iterable[Standard], decision: str) -> Waiver:
    """Refuse a waiver, with a reason. Raises ``WaiverRefused`` as ``approve_waiver`` does."""
    if not decision.strip():
        raise WaiverRefused("Say why it is denied.", "decision")
    return _decide(waiver, State.DENIED, by=by, at=at, standards=standards, decision=decision)


@transaction.atomic
def _decide(
    waiver: Waiver, state: str, *, by: User, at: datetime, standards: Iterable[Standard], decision: str
) -> Waiver:
    row = _locked(waiver)
    if row.state != State.REQUESTED:
        raise WaiverRefused(f"It is {row.get_state_display().lower()} already.")
    if row.requested_by_id == by.pk:
        raise WaiverRefused("Whoever asks for a waiver can't decide on it. Ask another person.")
    if state == State.APPROVED and row.expires_on < at.astimezone(settings.ORGANISATION_ZONE).date():
        raise WaiverRefused("Its last day is over. Ask for a new one.")
    return _step(row, state, by=by, at=at, standards=standards, decision=decision)


@transaction.atomic
def revoke_waiver(
    waiver: Waiver, *, by: User, at: datetime, standards: Iterable[Standard], decision: str = ""
) -> Waiver:
    """End a waiver before its day; whoever asked for it may take it back too.

    Raises:
        WaiverRefused: it is not asked for or in force.
    """
    row = _locked(waiver)
    if row.state not in (State.REQUESTED, State.APPROVED):
        raise WaiverRefused(f"It is {row.get_state_display().lower()} already.")
    return _step(row, State.REVOKED, by=by, at=at, standards=standards, decision=decision)


def renew_waiver(
    waiver: Waiver,
    *,
    expires_on: date,
    text: str,
    by: User,
    at: datetime,
    standards: Iterable[Standard],
) -> Waiver:
    """Ask for the same waiver again, with a later end; how often that was done is counted.

    Raises:
        WaiverRefused: it was never approved, or the request has something to mend.
    """
    if waiver.state != State.APPROVED:
        raise WaiverRefused("Only an approved waiver can be renewed. Ask for a new one.")
    return request_waiver(
        service=waiver.service,
        control=waiver.control,
        path=waiver.path,
        reason=waiver.reason,
        text=text,
        expires_on=expires_on,
        by=by,
        at=at,
        standards=standards,
        renews=waiver,
    )


def _locked(waiver: Waiver) -> Waiver:
    return Waiver.objects.select_for_update(of=("self",)).select_related("service").get(pk=waiver.pk)


def _step(row: Waiver, state: str, *, by: User, at: datetime, standards: Iterable[Standard], decision: str) -> Waiver:
    was_in_force = row.state == State.APPROVED
    row.state, row.decided_by_id, row.decided_at, row.decision = state, by.pk, at, decision.strip()[:LONGEST_TEXT]
    row.save(update_fields=["state", "decided_by", "decided_at", "decision", "updated_at"])
    if was_in_force or state == State.APPROVED:
        judge_services([row.service], list(standards), cause=VerdictChange.Cause.WAIVER, at=at)
    return row
