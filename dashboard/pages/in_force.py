"""(pure) Which definitions hold, in words: which rules are on, what counts, where a lead time begins."""

from datetime import timedelta

from dashboard import formats
from dashboard.formats import plural
from dashboard.pages.defining.words import STARTS
from scorecards.metrics.records import Definitions
from scorecards.rollups.summary import Metric

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STANDARD = Definitions()
BY_RULES: frozenset[Metric] = frozenset({"change_failure_rate", "mttr", "failed_deployment_recovery_time"})
UNCOUNTED = {
    "count_rollbacks": "Rollbacks do not count.",
    "count_hotfixes": "Hotfixes do not count.",
    "count_bot_deployments": "Deployments by bots do not count.",
}


def linking(definitions: Definitions) -> str:
    """Which deployment an incident is linked to that names none."""
    hours = definitions.linked_within // HOUR
    return (
        "An incident that says nothing of its cause is linked to the latest deployment of its service that finished "
        f"in the {plural(hours, 'hour')} before."
    )


def rules(metric: Metric, definitions: Definitions) -> list[str]:
    """The rules that are on and that the metric depends on, a sentence each."""
    if metric == "deployment_frequency":
        verb = "counts" if definitions.count_redeploys else "does not count"
        return [f"Deploying the same version again {verb}.", *_counting(definitions)]
    if metric == "lead_time":
        return [*_lead_time(definitions), *_counting(definitions)]
    if metric == "response":
        return _limits(definitions)
    if metric not in BY_RULES:
        return _counting(definitions)
    on = [
        f"A deployment is failed when {formats.rule_text(rule)}." for rule in formats.RULES if rule in _on(definitions)
    ]
    linked = [linking(definitions)] if definitions.link_incidents else []
    return [*on, *linked, *_spans(definitions), *_counting(definitions)]


def off(definitions: Definitions) -> list[str]:
    """The rules that could be on."""
    return [f"{formats.rule_text(rule)}" for rule in formats.RULES if rule not in _on(definitions)]


def _counting(definitions: Definitions) -> list[str]:
    """What the standard counts and these do not; and other classes by name."""
    said = [text for name, text in UNCOUNTED.items() if not getattr(definitions, name)]
    if definitions.sources is not None:
        said.append(f"Deployments of {plural(len(definitions.sources), 'chosen source')} count.")
    if definitions.environments:
        named = "; ".join(f"{glob} is {found}" for glob, found in definitions.environments)
        said.append(f"Environments by name: {named}.")
    return said


def _lead_time(definitions: Definitions) -> list[str]:
    said = []
    if definitions.lead_time_from != STANDARD.lead_time_from:
        said.append(f"A lead time begins {STARTS[definitions.lead_time_from]}.")
    if not definitions.lead_time_bots:
        said.append("Changes by bots are left out.")
    return said


def _limits(definitions: Definitions) -> list[str]:
    if definitions.limits == STANDARD.limits:
        return []
    limits = definitions.limits._asdict().items()
    told = [f"{name} {'none' if limit is None else plural(limit // MINUTE, 'minute')}" for name, limit in limits]
    return [f"Limits: {', '.join(told)}."]


def _spans(definitions: Definitions) -> list[str]:
    """How soon something has to follow, of rules that are on and where it is not as the rule says."""
    spans = {"hotfix": "hotfixed_within", "patch": "patched_within", "revert": "reverted_within"}
    return [
        f"A {rule} follows soon, that is within {plural(getattr(definitions, name) // HOUR, 'hour')}."
        for rule, name in spans.items()
        if rule in definitions.rules and getattr(definitions, name) != getattr(STANDARD, name)
    ]


def _on(definitions: Definitions) -> set[str]:
    left_out = {"status_failed"} if definitions.exclude_status_failed else set()
    return {rule for rule in definitions.rules if rule not in left_out}
