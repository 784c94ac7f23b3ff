"""(pure) What the mail says that tells of a service's error budget at another step of its policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from scorecards.reliability.policy import Policy, Step

NAMES = {
    "halt_deployments": "deployments stopped",
    "freeze_deployments": "deployments stopped",
    "freeze": "feature freeze",
    "slow_rollout": "slow rollout",
    "review": "review of recent deployments",
    "incident_review": "incident analysis",
    "dedicated_response": "dedicated team",
    "notification": "notice",
}  # the gravest first
LONGEST_NAME = 100
NOTHING_ASKED = "The policy asks for nothing at this step."
ENFORCED = "The deployment gate is enforced: pipelines that ask it are held to this."
DRY_RUN = "The deployment gate is in dry-run: it tells pipelines what it would do, and stops none."


@dataclass(frozen=True, slots=True)
class Told:
    """The parts of the mail. ``asks``: what the policy asks for at the step that is reached, a line each."""

    subject: str
    says: str
    asks: Sequence[str]
    next: str


def told(
    service: str, objective: str, before: str, after: str, left: float, actions: Sequence[Mapping[str, str]],
    policy: Policy,
) -> Told:  # fmt: skip
    """``before`` and ``after``: steps as percentages, empty for none. ``actions``: of the step that is reached."""
    name, up = _line(service), _height(after) > _height(before)
    of = f" of its objective {_line(objective)}" if objective else ""
    says = f"{_percent(left)} of the error budget of {name} is left{of}."
    asks = [_asked(action) for action in actions]
    if up:
        subject = f"{name}: error budget recovered above {before} %"
        says = f"{says} It is above {before} % again."
    else:
        state = "error budget spent" if after == "0" else f"error budget at {after} %"
        subject = f"{name}: {state}{_gravest(actions)}"
    return Told(subject, says, asks, _next(policy.next_step(left)))


def plain(said: Told, *, enforced: bool, since: str, href: str) -> str:
    """The mail as plain text. ``enforced``: whether the deployment gate holds pipelines to it."""
    asks = ["What the policy asks for now:", *(f"- {text}" for text in said.asks)] if said.asks else [NOTHING_ASKED]
    paragraphs = [
        said.says,
        "\n".join(asks),
        f"What happens next: {said.next}\n{ENFORCED if enforced else DRY_RUN}",
        href,
        f"Since {since}. You get this because your team owns the service.",
    ]
    return "\n\n".join(paragraphs) + "\n"


def _height(step: str) -> float:
    return float(step) if step else inf


def _gravest(actions: Sequence[Mapping[str, str]]) -> str:
    types = [action.get("type", "") for action in actions]
    known = sorted((one for one in types if one in NAMES), key=list(NAMES).index)
    first = NAMES[known[0]] if known else next((_line(one.replace("_", " ")) for one in types if one), "")
    return f", {first}" if first else ""


def _asked(action: Mapping[str, str]) -> str:
    kind = action.get("type", "")
    name = NAMES.get(kind) or _line(kind.replace("_", " "))
    text = " ".join(action.get("text", "").split())
    return f"{name[:1].upper()}{name[1:]}: {text}" if text else f"{name[:1].upper()}{name[1:]}"


def _next(step: Step | None) -> str:
    if step is None:
        return "The policy has no further step."
    plain = [{"type": action.type, "text": action.text} for action in step.actions]
    asked = "; ".join(_asked(action) for action in plain)
    return f"At {step.label} % comes the next step{f'. {asked}' if asked else ''}."


def _percent(left: float) -> str:
    tenths = int(left * 1000 // 1)
    return f"{tenths / 10:g} %"


def _line(text: str) -> str:
    """One line: a line break would begin another header."""
    return " ".join(text.split())[:LONGEST_NAME]
