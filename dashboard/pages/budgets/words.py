"""Objectives, steps of a policy and alerts in plain words."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard import formats
from dashboard.pages.figures import Status
from ingest.models import Slo
from scorecards.models import SloStanding
from scorecards.reliability.policy import Action, Policy, Step

NB = formats.NO_BREAK
ABOVE = "above every step"
LONGEST = 120
WHAT = {
    "availability": "requests are to be answered without an error",
    "latency": "requests are to be answered in time",
}
ASKED = {
    "notification": "notify",
    "notify": "notify",
    "review": "review of recent deployments",
    "freeze": "feature freeze",
    "incident_review": "incident review",
    "halt_deployments": "deployments halted",
    "freeze_deployments": "deployments halted",
    "dedicated_response": "a dedicated team",
}
STATES: Mapping[str, Status] = {
    SloStanding.State.MEASURED: Status("good", "measured"),
    SloStanding.State.STALE: Status("warn", "no new data"),
    SloStanding.State.NO_DATA: Status("none", "no data"),
    SloStanding.State.INVALID: Status("bad", "not measurable"),
}
ALERTS = {"firing": "firing", "quiet": "quiet", "no_data": "no data"}
TRIGGERS = {
    "high_error_rate": "High error rate",
    "latency_degradation": "Latency degradation",
    "memory_leak": "Memory leak",
    "crash_loop": "Crash loop",
}


def sentence(slo: Slo) -> str:
    """What the objective says: ``99.9 % of requests are to be answered without an error, over 30 d``."""
    what = WHAT.get(slo.aim, "events are to be good")
    return f"{formats.objective(slo.objective)} of {what}, over {formats.whole_span(slo.window_seconds)}."


def asked(action: Action) -> str:
    """What an action asks for, in a few words."""
    if action.type == "slow_rollout":
        limit = 1 if action.per_day is None else action.per_day
        return f"at most {formats.plural(limit, 'deployment')} a day"
    return ASKED.get(action.type, action.type.replace("_", " "))


def asks(step: Step | None) -> str:
    """All that a step asks for."""
    return ", ".join(asked(action) for action in step.actions) if step is not None else ""


def in_a_word(step: Step) -> str:
    """The gravest that a step asks for."""
    if step.halts or step.freezes:
        return "halt" if step.halts else "freeze"
    if step.slows is not None:
        return "slow"
    return asks(step).partition(",")[0][:10]


def asked_then(actions: Iterable[Any]) -> str:
    """The same of a step as it was kept: types, or actions as mappings."""
    told = [str(one.get("type", "")) if isinstance(one, Mapping) else str(one) for one in actions]
    return ", ".join(ASKED.get(kind, kind.replace("_", " ")) for kind in told if kind)


def step_name(step: Step | None) -> str:
    """``25 %``."""
    return f"{step.label}{NB}%" if step is not None else ABOVE


def label_name(label: str) -> str:
    """The same of a step as rows keep it."""
    return f"{label}{NB}%" if label else ABOVE


def group(policy: Policy, label: str, left: float | None) -> str:
    """What a budget's step comes to, one of ``overview.GROUPS``: the gravest of what has been asked on the way down."""
    if left is None:
        return "unknown"
    step = policy.labelled(label) or policy.step(left)
    if step is None:
        return "above"
    reached = [one for one in policy.steps if one.remaining >= step.remaining]
    if any(one.halts for one in reached):
        return "halted"
    if any(one.freezes for one in reached):
        return "frozen"
    return "slowed" if any(one.slows is not None for one in reached) else "told"


def alert_name(alert: Mapping[str, Any]) -> str:
    """``page, 1 h and 5 min``."""
    return f"{alert['severity']}, {span(alert['long'])} and {span(alert['short'])}"


def span(window: str) -> str:
    """``1h`` as ``1 h``."""
    number = window.rstrip("smhd")
    unit = {"m": "min"}.get(window[len(number) :], window[len(number) :])
    return f"{number}{NB}{unit}"


def rate(value: float | None) -> str:
    return str(formats.burn_rate(value)) if value is not None else "no data"


def trigger(name: str) -> str:
    return TRIGGERS.get(name, name.replace("_", " ").capitalize())


def plain(text: str) -> str:
    """For the labels of Plotly, which reads a little HTML: a name must not become any."""
    return text.replace("<", "‹").replace(">", "›")[:LONGEST]
