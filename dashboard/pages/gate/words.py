"""The gate's answers in words and shapes."""

from dashboard import formats
from dashboard.pages.figures import Status
from scorecards.models import GateSetting
from scorecards.reliability.gate import Decision
from scorecards.reliability.gating import Mode

CODES = {
    "budget_halt": "Error budget spent: deployments are stopped",
    "budget_freeze": "Error budget low: features are frozen",
    "budget_slow_rollout": "Error budget low: few deployments a day",
    "budget_slow_rollout_used": "Error budget low: the day’s deployments are used up",
    "budget_step": "Error budget at a step of the policy",
    "required_controls": "A REQUIRED control fails",
    "open_sev1": "A sev1 incident is open",
    "freeze_window": "A freeze window is in force",
    "rollback_trigger": "A rollback trigger has fired",
    "unknown_no_objective": "No service level objective",
    "unknown_budget": "No objective is measured",
    "unknown_stale_budget": "The error budget is out of date",
    "unknown_objectives": "Some objectives are not measured",
    "unknown_no_scan": "No scan of its repository",
}
STATUSES = {
    Decision.ALLOW: Status("good", "allow"),
    Decision.WARN: Status("warn", "warn"),
    Decision.DENY: Status("bad", "deny"),
}


def code_text(code: str) -> str:
    """A reason's code as a phrase; an unknown one is spelled out."""
    return CODES.get(code) or formats.reason_text(code)


def status_of(decision: str, would_be: str) -> Status:
    """The answer; of a dry-run that would have denied, that."""
    if would_be == Decision.DENY and decision != Decision.DENY:
        return Status("bad", "would deny")
    return STATUSES[Decision(decision)]


def mode_text(mode: Mode) -> str:
    """How the gate answers, in a sentence."""
    if mode.mode != GateSetting.Mode.ENFORCE:
        return "Dry-run: it tells what it would do and never denies."
    unknown = "what is not known denies too" if mode.deny_unknown else "what is not known alone never denies"
    return f"Enforced: it denies where there is a reason to; {unknown}."
