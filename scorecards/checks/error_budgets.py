"""(pure) Checks of error budget policies (DOP-5.1-06 and DOP-5.1-07)."""

from collections.abc import Iterator
from itertools import pairwise

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, Outcome, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.budget_policies import BudgetPolicy, budget_policies
from scorecards.reading.services import folded
from scorecards.reading.slos import Slo, service_name, slos

LEAST_THRESHOLDS = 3
HALT_AT = 25.0  # percent of the budget; at or below it something must stop


@check("error-budget-policy-written")
def error_budget_policy_written(subject: Subject) -> Iterator[Finding]:
    """Each service with objectives has a policy with thresholds, a freeze and exemptions (DOP-5.1-06)."""
    for service, held in _by_service(subject).items():
        yield _of_service(subject, service, held)


def _by_service(subject: Subject) -> dict[str, list[Slo]]:
    """Objectives by the name of their service; names that fold to the same are one."""
    found: dict[str, tuple[str, list[Slo]]] = {}
    for slo in slos(subject.tree):
        name = service_name(subject, slo)
        found.setdefault(folded(name), (name, []))[1].append(slo)
    return dict(found.values())


def _of_service(subject: Subject, service: str, held: list[Slo]) -> Finding:
    found = [_judge(service, policy) for policy in budget_policies(subject.tree) if policy.is_of(service)]
    if not found:
        message = "No error budget policy names this service; write one with thresholds, a freeze and approvers."
        return failed(service, message, *(slo.place for slo in held))
    return max(found, key=lambda finding: list(Outcome).index(finding.outcome))


def _judge(service: str, policy: BudgetPolicy) -> Finding:
    places = (policy.place, *(threshold.place for threshold in policy.thresholds))
    halting = [each for each in policy.thresholds if each.halts and _is_low(each.remaining)]
    value = " ".join(f"{each.remaining:g}" for each in policy.thresholds if each.remaining is not None)
    if not halting:
        message = f"The policy stops nothing at or below {HALT_AT:g} % of the budget; add a freeze."
        return failed(service, message, *places, value=value)
    if lacking := next(iter(_lacking(policy)), ""):
        return partial(service, lacking, *places, value=value)
    return passed(service, "The policy has falling thresholds, a freeze and approved exemptions.", *places, value=value)


def _is_low(remaining: float | None) -> bool:
    return remaining is not None and remaining <= HALT_AT


def _lacking(policy: BudgetPolicy) -> Iterator[str]:
    levels = [each.remaining for each in policy.thresholds if each.remaining is not None]
    if len(levels) < LEAST_THRESHOLDS:
        yield f"The policy has {len(levels)} thresholds; give it at least {LEAST_THRESHOLDS}."
    if len(levels) < len(policy.thresholds):
        yield "A threshold has no share of the budget that could be read; write it in percent."
    if any(later >= earlier for earlier, later in pairwise(levels)):
        yield "The thresholds do not fall strictly; order them from much budget left to none."
    if 0 not in levels:
        yield "No threshold says what happens when nothing is left; add one at 0 %."
    if not all(each.actions for each in policy.thresholds):
        yield "A threshold has no action; say what is done then."
    if not policy.exemptions:
        yield "The policy has no exemptions; name them and who approves them."
    elif not all(policy.exemptions):
        yield "An exemption has no approver; name one."


# ---------------------------------------------------------------- consistency


@check("error-budget-policy-consistent")
def error_budget_policy_consistent(subject: Subject) -> Iterator[Finding]:
    """Targets and windows of a policy are those of its objectives, and all are covered (DOP-5.1-07)."""
    by_service = {folded(name): (name, held) for name, held in _by_service(subject).items()}
    for policy in budget_policies(subject.tree) if by_service else ():
        name, held = by_service.get(folded(policy.service), (policy.service, []))
        if policy.written:
            yield unknown(
                policy.unit, "The policy is prose; its numbers can't be matched with objectives.", policy.place
            )
        elif not held:
            message = "No objective of this service stands in the repository, so that nothing can be compared."
            yield unknown(policy.unit, message, policy.place)
        elif _judge(name, policy).outcome is not Outcome.FAIL:
            yield _compare(policy, held)


def _compare(policy: BudgetPolicy, held: list[Slo]) -> Finding:
    if differs := next(_differences(policy, held), None):
        return failed(policy.unit, differs[0], *differs[1:])
    if hidden := next((slo for slo in held if slo.templated), None):
        return unknown(policy.unit, "An objective is only known when the template is rendered.", hidden.objective_place)
    if uncovered := [slo for slo in held if not _is_covered(policy, slo)]:
        name = uncovered[0].name or uncovered[0].unit
        message = f"The policy does not cover the objective {name}; cover it or exclude it by name."
        return partial(policy.unit, message, policy.place, *(slo.place for slo in uncovered), value=name)
    if not policy.targets and not policy.covers:
        return partial(policy.unit, "The policy tells no target; write the objective's.", policy.place)
    places = (place for _, _, place in policy.targets)
    return passed(
        policy.unit, "Target and window are those of the objectives.", *places, *(s.objective_place for s in held)
    )


def _differences(policy: BudgetPolicy, held: list[Slo]) -> Iterator[tuple[str, Place, Place]]:
    for name, target, place in policy.targets:
        of = [slo for slo in held if slo.objective is not None and _is_meant(name, slo)]
        if of and all(abs(target - (slo.objective or 0)) > 1e-6 for slo in of):
            told = f"{of[0].objective:g}"
            yield (
                f"The policy's target is {target:g}, the objective {told}; make them equal.",
                place,
                of[0].objective_place,
            )
    for slo in held:
        if policy.window is not None and slo.window is not None and policy.window != slo.window:
            days = f"{policy.window / 86_400:g} days, the objective's {slo.window / 86_400:g}"
            yield f"The policy's window is {days}; make them equal.", policy.window_place or policy.place, slo.place


def _is_meant(name: str, slo: Slo) -> bool:
    """Whether a target is this objective's: by name, else the one target is availability's."""
    return folded(name) == folded(slo.name) if name else slo.aim == "availability"


def _is_covered(policy: BudgetPolicy, slo: Slo) -> bool:
    named = {folded(name) for name in (*policy.covers, *policy.excludes, *(name for name, _, _ in policy.targets))}
    own = {folded(slo.name), folded(slo.node.text_at("name")), folded(slo.document.root.text_at("metadata", "name"))}
    if not own.isdisjoint(named - {""}):
        return True
    return slo.aim == "availability" and any(not name for name, _, _ in policy.targets)
