"""(pure) Which definitions hold, in words: whose they are, since when, which rules are on."""

from dashboard import formats
from scorecards.metrics.records import Definitions
from scorecards.rollups.summary import Metric

BY_RULES: frozenset[Metric] = frozenset({"change_failure_rate", "mttr", "failed_deployment_recovery_time"})
LINKING = (
    "An incident that says nothing of its cause is linked to the latest deployment of its service that finished "
    "in the 24 hours before."
)


def whose(definitions: Definitions) -> str:
    """Whose definitions are in force, and since when; they hold for all that was ever recorded."""
    own = definitions == Definitions()
    return f"{'The standard’s own' if own else 'The organisation’s own'}, since the first event."


def rules(metric: Metric, definitions: Definitions) -> list[str]:
    """The rules that are on and that the metric depends on, a sentence each."""
    if metric == "deployment_frequency":
        verb = "counts" if definitions.count_redeploys else "does not count"
        return [f"Deploying the same version again {verb}."]
    if metric not in BY_RULES:
        return []
    on = [
        f"A deployment is failed when {formats.rule_text(rule)}." for rule in formats.RULES if rule in _on(definitions)
    ]
    return [*on, LINKING] if definitions.link_incidents else on


def off(definitions: Definitions) -> list[str]:
    """The rules that could be on."""
    return [f"{formats.rule_text(rule)}" for rule in formats.RULES if rule not in _on(definitions)]


def _on(definitions: Definitions) -> set[str]:
    left_out = {"status_failed"} if definitions.exclude_status_failed else set()
    return {rule for rule in definitions.rules if rule not in left_out}
