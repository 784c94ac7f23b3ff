"""What people tell the gate: freeze windows, exemptions from the budget policy, and whether it is enforced."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from ingest.models import Service, Team
from ingest.models.catalogue import EnvironmentClass
from scorecards.errors import ScorecardError
from scorecards.models import BudgetExemption, FreezeWindow, GateSetting
from scorecards.reliability import policies

SHORTEST_TEXT, LONGEST_TEXT = 20, 2_000
LONGEST_FREEZE = timedelta(days=366)
LONGEST_EXEMPTION = timedelta(days=7)
SHA_LENGTHS = (40, 64)
State = BudgetExemption.State


class GateRefused(ScorecardError):
    """What was told makes no sense; the message says what to do. ``field``: which entry to mend, if one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


# ---------------------------------------------------------------- freeze windows


def set_freeze(
    *,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    at: datetime,
    environment_class: str = EnvironmentClass.PRODUCTION,
    reason: str = "",
    service: Service | None = None,
    team: Team | None = None,
) -> FreezeWindow:
    """Nothing of the service, the team, or (neither told) of all is to be deployed in ``[starts_at, ends_at)``.

    Raises:
        GateRefused: with what to mend.
    """
    if not name.strip():
        raise GateRefused("Give the freeze window a name: it is told to whom it stops.", "name")
    if service is not None and team is not None:
        raise GateRefused("Choose a team or a service, or neither for all.", "service")
    if ends_at <= starts_at:
        raise GateRefused("It has to end after it starts.", "ends_at")
    if ends_at <= at:
        raise GateRefused("It is over already. Choose an end that is to come.", "ends_at")
    if ends_at - starts_at > LONGEST_FREEZE:
        raise GateRefused("It may last a year at most.", "ends_at")
    if environment_class not in EnvironmentClass.values:
        raise GateRefused(f"Choose one of {', '.join(EnvironmentClass.values)}.", "environment_class")
    return FreezeWindow.objects.create(
        name=name.strip(),
        service=service,
        team=team,
        environment_class=environment_class,
        reason=reason.strip(),
        by=by,
        made_at=at,
        starts_at=starts_at,
        ends_at=ends_at,
    )


@transaction.atomic
def cancel_freeze(window: FreezeWindow, *, by: User, at: datetime) -> FreezeWindow:
    """End a freeze window early, or call off one that is to come. Raises ``GateRefused``: it is over or cancelled."""
    row = FreezeWindow.objects.select_for_update(of=("self",)).get(pk=window.pk)
    if row.cancelled_at is not None:
        raise GateRefused("It is cancelled already.")
    if row.ends_at <= at:
        raise GateRefused("It is over already.")
    row.cancelled_by, row.cancelled_at = by, at
    row.save(update_fields=["cancelled_by", "cancelled_at"])
    return row


# ---------------------------------------------------------------- exemptions


def request_exemption(
    *, service: Service, kind: str, text: str, until: datetime, by: User, at: datetime, sha: str = ""
) -> BudgetExemption:
    """Ask that the service may be deployed although its error budget says no. It does nothing until it is approved.

    Raises:
        GateRefused: with what to mend.
    """
    kinds = [one.type for one in policies.of(service).exemptions]
    if kind not in kinds:
        raise GateRefused(f"The policy of this service knows: {', '.join(kinds) or 'no exemption'}.", "kind")
    if not SHORTEST_TEXT <= len(text.strip()) <= LONGEST_TEXT:
        raise GateRefused(f"Say why, in {SHORTEST_TEXT} to {LONGEST_TEXT:,} characters.", "text")
    if not at < until <= at + LONGEST_EXEMPTION:
        raise GateRefused("An exemption ends within 7 days.", "until")
    sha = sha.strip().lower()
    if sha and (len(sha) not in SHA_LENGTHS or not set(sha) <= set("0123456789abcdef")):
        raise GateRefused("Give the whole commit: 40 or 64 hexadecimal digits. Empty: any commit.", "sha")
    return BudgetExemption.objects.create(
        service=service, kind=kind, sha=sha, text=text.strip(), requested_by=by, requested_at=at, until=until
    )


def approve_exemption(exemption: BudgetExemption, *, by: User, at: datetime) -> BudgetExemption:
    """Bring it into force. Raises ``GateRefused``: it is decided already, over, or ``by`` asked for it."""
    return _decide(exemption, State.APPROVED, by=by, at=at)


def deny_exemption(exemption: BudgetExemption, *, by: User, at: datetime) -> BudgetExemption:
    """Refuse it. Raises ``GateRefused`` as ``approve_exemption`` does."""
    return _decide(exemption, State.DENIED, by=by, at=at)


@transaction.atomic
def _decide(exemption: BudgetExemption, state: str, *, by: User, at: datetime) -> BudgetExemption:
    row = _locked(exemption)
    if row.state != State.REQUESTED:
        raise GateRefused(f"It is {row.get_state_display().lower()} already.")
    if row.requested_by_id == by.pk:
        raise GateRefused("Whoever asks for an exemption can't decide on it. Ask another person.")
    if state == State.APPROVED and row.until <= at:
        raise GateRefused("Its time is over. Ask for a new one.")
    row.state, row.decided_by_id, row.decided_at = state, by.pk, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    return row


@transaction.atomic
def revoke_exemption(exemption: BudgetExemption, *, by: User, at: datetime) -> BudgetExemption:
    """End it early, or take the request back. Raises ``GateRefused``: it is not asked for or in force."""
    row = _locked(exemption)
    if row.state not in (State.REQUESTED, State.APPROVED):
        raise GateRefused(f"It is {row.get_state_display().lower()} already.")
    row.state, row.ended_by_id, row.ended_at = State.REVOKED, by.pk, at
    row.save(update_fields=["state", "ended_by", "ended_at"])
    return row


def _locked(exemption: BudgetExemption) -> BudgetExemption:
    return BudgetExemption.objects.select_for_update(of=("self",)).get(pk=exemption.pk)


# ---------------------------------------------------------------- the mode


def set_mode(
    *,
    mode: str,
    reason: str,
    by: User,
    at: datetime,
    service: Service | None = None,
    deny_unknown: bool = False,
    inherits: bool = False,
) -> GateSetting:
    """Say how the gate answers from now on, for a service or for all that have no setting of their own.

    ``inherits``: of a service: what holds for all holds for it again.

    Raises:
        GateRefused: with what to mend.
    """
    if mode not in GateSetting.Mode.values:
        raise GateRefused(f"Choose one of {', '.join(GateSetting.Mode.values)}.", "mode")
    if not SHORTEST_TEXT <= len(reason.strip()) <= LONGEST_TEXT:
        raise GateRefused(f"Say why, in {SHORTEST_TEXT} to {LONGEST_TEXT:,} characters.", "reason")
    if inherits and service is None:
        raise GateRefused("Only a service can follow what holds for all.", "mode")
    return GateSetting.objects.create(
        service=service, mode=mode, deny_unknown=deny_unknown, inherits=inherits, reason=reason.strip(), by=by, at=at
    )
