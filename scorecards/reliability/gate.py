"""(pure) Whether a service may deploy now, why, and what would change that.

Each thing that is known is a reason of its own, so that one more reason never makes the answer milder.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from scorecards.reliability.policy import Policy, Step

PRODUCTION = "production"
DRY_RUN, ENFORCE = "dry-run", "enforce"
STALE_AFTER = timedelta(minutes=15)
LISTED = 10
LONGEST_NAME = 120


class Decision(StrEnum):
    """From the mildest to the strictest."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"

    @property
    def strictness(self) -> int:
        return list(Decision).index(self)


@dataclass(frozen=True, slots=True)
class Budget:
    """A service's error budget. ``left``: 0 to 1, below 0 where overspent; ``None``: not known.

    ``step``: the policy's, reached at that. ``unmeasured``: objectives that are not measured beside it.
    ``data_until``: the end of its newest data. ``computed_at``: when the figures were last looked at.
    """

    left: float | None
    step: Step | None = None
    objective: str = ""
    unmeasured: int = 0
    data_until: datetime | None = None
    computed_at: datetime | None = None

    def stale(self, now: datetime) -> bool:
        moments = (self.data_until, self.computed_at)
        return any(at is not None and now - at > STALE_AFTER for at in moments)


class Control(NamedTuple):
    """A REQUIRED control that fails and is not waived."""

    id: str
    title: str = ""


class OpenIncident(NamedTuple):
    """Of severity sev1, in production, not resolved."""

    name: str
    opened_at: datetime | None = None


class Freeze(NamedTuple):
    """A freeze window that is in force, of the environment class that is asked for."""

    name: str
    ends_at: datetime
    reason: str = ""


class Trigger(NamedTuple):
    """A trigger of the rollback policy that has fired and still holds."""

    name: str
    since: datetime
    action: str = ""


class Exempted(NamedTuple):
    """An approved exemption that holds for what is to be deployed."""

    kind: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """All that decides. ``budget`` is ``None`` where the service has no objective; ``scanned``: whether its repository
    was ever held against the standard. ``deployed_today`` and ``day_ends_at`` matter to a slow rollout alone."""

    now: datetime
    policy: Policy
    environment_class: str = PRODUCTION
    enforced: bool = False
    deny_unknown: bool = False
    budget: Budget | None = None
    scanned: bool = True
    controls: tuple[Control, ...] = ()
    incidents: tuple[OpenIncident, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    exemptions: tuple[Exempted, ...] = ()
    deployed_today: int = 0
    day_ends_at: datetime | None = None
    zone: tzinfo = UTC

    @property
    def in_production(self) -> bool:
        return self.environment_class == PRODUCTION


class Reason(NamedTuple):
    """``lifts``: what would take it away, in a sentence."""

    code: str
    text: str
    decision: Decision
    lifts: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``would_be``: the answer had the gate been enforced. Reasons: the strictest first."""

    decision: Decision
    would_be: Decision
    mode: str
    reasons: tuple[Reason, ...]

    @property
    def would_change(self) -> list[str]:
        return list(dict.fromkeys(reason.lifts for reason in self.reasons if reason.lifts))


def decide(known: Known) -> Answer:
    """The answer. In dry-run it is never ``deny``; what is unknown alone is ``deny`` only where that was asked for."""
    reasons = sorted(_reasons(known), key=lambda one: (-one.decision.strictness, one.code, one.text))
    would_be = max((one.decision for one in reasons), key=lambda one: one.strictness, default=Decision.ALLOW)
    milder = not known.enforced and would_be is Decision.DENY
    return Answer(
        Decision.WARN if milder else would_be, would_be, ENFORCE if known.enforced else DRY_RUN, tuple(reasons)
    )


def _reasons(known: Known) -> Iterator[Reason]:
    yield from _budget(known)
    yield from _controls(known)
    yield from _incidents(known)
    yield from _freezes(known)
    yield from _triggers(known)
    yield from _unknown(known)


# ---------------------------------------------------------------- the error budget


def _budget(known: Known) -> Iterator[Reason]:
    budget = known.budget
    if budget is None or budget.left is None or budget.step is None or budget.stale(known.now):
        return
    reached = _reached(known.policy, budget.step)
    spent = f"{_percent(budget.left)} of the error budget is left"
    told = f"{spent}{f' ({_plain(budget.objective)})' if budget.objective else ''}"
    stopping = [step for step in reached if step.halts or step.freezes]
    if stopping:
        halts = any(step.halts for step in stopping)
        doing = "all but emergency deployments are stopped" if halts else "features are frozen"
        code = "budget_halt" if halts else "budget_freeze"
        yield _exemptable(known, code, f"{told}: {doing}.", _above(stopping, budget.left, known))
        return
    slowing = [step for step in reached if step.slows is not None]
    if slowing:
        yield _slow(known, told, budget.left, slowing)
        return
    asks = sorted({action.type.replace("_", " ") for step in reached for action in step.actions})
    does = f"the policy asks for {' and '.join(asks)}" if asks else "a step of the policy is reached"
    yield Reason("budget_step", f"{told}: {does}.", Decision.WARN, _above(reached, budget.left, known))


def counts_deployments(policy: Policy, budget: Budget | None) -> bool:
    """Whether the answer depends on how often the service was deployed today."""
    if budget is None or budget.step is None:
        return False
    reached = _reached(policy, budget.step)
    return any(step.slows is not None for step in reached) and not any(step.halts or step.freezes for step in reached)


def _reached(policy: Policy, step: Step) -> list[Step]:
    """The step and those above it: what they asked for still holds."""
    return [one for one in policy.steps if one.remaining >= step.remaining] or [step]


def _slow(known: Known, told: str, left: float, steps: list[Step]) -> Reason:
    limit = min(step.slows for step in steps if step.slows is not None)
    a_day = "1 deployment a day" if limit == 1 else f"{limit} deployments a day"
    used = f"{known.deployed_today} finished today"
    text = f"{told}: no more than {a_day}, and {used}."
    if known.deployed_today < limit:
        return Reason("budget_slow_rollout", text, Decision.WARN, _above(steps, left, known))
    ends = f"On {_moment(known.day_ends_at, known.zone)} the next day begins. " if known.day_ends_at and limit else ""
    return _exemptable(known, "budget_slow_rollout_used", text, f"{ends}{_above(steps, left, known)}")


def _exemptable(known: Known, code: str, text: str, lifts: str) -> Reason:
    """A reason that denies in production, unless an exemption holds."""
    if known.exemptions:
        held = min(known.exemptions, key=lambda one: (-one.until.timestamp(), one.kind))
        until = _moment(held.until, known.zone)
        return Reason(code, f"{text} Exempted until {until}: {_words(held.kind)}.", Decision.WARN, lifts)
    if not known.in_production:
        return Reason(code, text, Decision.WARN, lifts)
    kinds = [f"{_words(one.type)} (approved by {_words(one.approval)})" for one in known.policy.exemptions]
    ask = f" Or ask for an exemption: {', '.join(kinds)}." if kinds else ""
    return Reason(code, text, Decision.DENY, f"{lifts}{ask}")


def _above(steps: Iterable[Step], left: float, known: Known) -> str:
    top = max(step.remaining for step in steps)
    return f"The error budget has to come back above {top:g} %; it is {_percent(left)} now."


# ---------------------------------------------------------------- what else denies, or warns


def _controls(known: Known) -> Iterator[Reason]:
    if not known.controls:
        return
    failing = sorted(set(known.controls))
    count = len(failing)
    fail = "1 REQUIRED control fails" if count == 1 else f"{count} REQUIRED controls fail"
    names = "; ".join(_plain(f"{one.id} {one.title}".strip()) for one in failing[:LISTED])
    more = f"; and {count - LISTED} more" if count > LISTED else ""
    ids = ", ".join(one.id for one in failing[:LISTED]) + (" and the others" if count > LISTED else "")
    lifts = f"Mend what {ids} ask for, or have it waived." if count > 1 else f"Mend what {ids} asks for, or waive it."
    yield Reason("required_controls", f"{fail}: {names}{more}.", _in_production(known), lifts)


def _incidents(known: Known) -> Iterator[Reason]:
    for one in known.incidents:
        since = f", since {_moment(one.opened_at, known.zone)}" if one.opened_at else ""
        name = _plain(one.name) or "an incident"
        text = f"A sev1 incident is open{since}: {name}."
        yield Reason("open_sev1", text, _in_production(known), f"Resolve the incident: {name}.")


def _freezes(known: Known) -> Iterator[Reason]:
    for one in known.freezes:
        until = _moment(one.ends_at, known.zone)
        why = f" ({_plain(one.reason).rstrip('.')})" if one.reason.strip(" .") else ""
        text = f"The freeze window {_plain(one.name)} is in force until {until}{why}."
        yield Reason("freeze_window", text, Decision.DENY, f"The freeze window {_plain(one.name)} ends on {until}.")


def _triggers(known: Known) -> Iterator[Reason]:
    for one in known.triggers:
        since = _moment(one.since, known.zone)
        asks = f", which asks for {_words(one.action)}" if one.action else ""
        text = f"The rollback trigger {_words(one.name)} has held since {since}{asks}."
        yield Reason("rollback_trigger", text, Decision.WARN, f"The trigger {_words(one.name)} no longer holds.")


def _in_production(known: Known) -> Decision:
    return Decision.DENY if known.in_production else Decision.WARN


# ---------------------------------------------------------------- what is not known


def _unknown(known: Known) -> Iterator[Reason]:
    denies = known.deny_unknown and known.in_production
    for code, text, lifts in [*_unknown_budget(known), *_unknown_scan(known)]:
        yield Reason(code, text, Decision.DENY if denies else Decision.WARN, lifts)


def _unknown_budget(known: Known) -> Iterator[tuple[str, str, str]]:
    budget = known.budget
    if budget is None:
        yield (
            "unknown_no_objective",
            "The service has no service level objective, so that nothing is known of its error budget.",
            "Give the service an objective that Prometheus can measure.",
        )
        return
    if budget.left is None:
        yield (
            "unknown_budget",
            "No objective of the service is measured, so that nothing is known of its error budget.",
            "Prometheus has data for one of its objectives.",
        )
        return
    if budget.stale(known.now):
        at = min(at for at in (budget.data_until, budget.computed_at) if at is not None)
        last = f"{_percent(budget.left)} was left then"
        yield (
            "unknown_stale_budget",
            f"The error budget is not known since {_moment(at, known.zone)}; {last}.",
            "Prometheus answers again, with fresh data for the objective.",
        )
    if budget.unmeasured:
        many = budget.unmeasured != 1
        yield (
            "unknown_objectives",
            f"{budget.unmeasured} of its objectives {'are' if many else 'is'} not measured.",
            "Prometheus has data for all its objectives.",
        )


def _unknown_scan(known: Known) -> Iterator[tuple[str, str, str]]:
    if not known.scanned:
        yield (
            "unknown_no_scan",
            "No repository of the service was held against the standard.",
            "Have its repository scanned.",
        )


# ---------------------------------------------------------------- words


def _percent(ratio: float) -> str:
    """Rounded towards less, so that what is at or below a step never reads as above it."""
    tenths = int(ratio * 1000 // 1)
    return f"{tenths / 10:g} %" if tenths % 10 else f"{tenths // 10} %"


def _moment(at: datetime | None, zone: tzinfo) -> str:
    if at is None:
        return "a time that is not told"
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def _words(name: str) -> str:
    return _plain(name.replace("_", " "))


def _plain(text: str) -> str:
    """In one line, without what steers a terminal: answers are printed in logs of pipelines."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 4 * LONGEST_NAME])
    line = " ".join(printable.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"
