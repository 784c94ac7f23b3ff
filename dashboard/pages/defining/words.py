"""(pure) Every choice that a definition has, in words: its title, a sentence, how a value of it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.formats import plural
from scorecards.definitions.values import ALL_SOURCES, NO_LIMIT, Values, keys
from scorecards.rollups.summary import Metric

STARTS = {
    "authored": "when the commit was authored",
    "committed": "when the commit was committed",
    "first_commit": "with the first commit of its pull request",
    "pull_request_opened": "when its pull request was opened",
    "pull_request_merged": "when its pull request was merged",
}
SHOWN_DAYS = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice. ``unit`` of a number; empty for other kinds."""

    title: str
    says: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    choices: Mapping[str, Choice]


SECTIONS = (
    Section(
        "Deployments",
        {
            "count_redeploys": Choice(
                "Redeploys count", "Deploying the version that is there already is a deployment."
            ),
            "count_rollbacks": Choice(
                "Rollbacks count", "If not, they are in no count, and still fail what they roll back."
            ),
            "count_hotfixes": Choice(
                "Hotfixes count", "If not, they are in no count of deployments, failures or rework."
            ),
            "count_bot_deployments": Choice(
                "Deployments by bots count", "If not, figures are as though bots had deployed nothing."
            ),
            "sources": Choice(
                "Sources whose deployments count",
                "For where two tools report the same deployment: choose those to go by, or all.",
            ),
        },
    ),
    Section(
        "Production",
        {
            "environments": Choice(
                "Classes of environments by name",
                "One a line, like eu-live* = production. The first that fits decides; other names keep the class that "
                "the Data page tells. Classes: production, staging, testing, development.",
            )
        },
    ),
    Section(
        "Failures",
        {
            "rule_status_failed": Choice("Failed by its own status", "A deployment whose own status is failed is one."),
            "rule_rolled_back": Choice("Failed when rolled back", "A later deployment takes it back."),
            "rule_fixed": Choice("Failed when fixed", "A later deployment says that it fixes it."),
            "rule_incident": Choice("Failed by an incident", "An incident is linked to it."),
            "rule_hotfix": Choice("Failed when a hotfix follows", "The next deployment is a hotfix, soon after."),
            "rule_patch": Choice(
                "Failed when a patch follows", "The next deployment is its patch version, soon after."
            ),
            "rule_revert": Choice("Failed when reverted", "A revert of one of its changes is deployed, soon after."),
            "exclude_status_failed": Choice(
                "Leave out attempts that never went live",
                "DORA’s reading: a deployment of status failed is neither failed nor finished.",
            ),
            "link_incidents": Choice(
                "Link incidents that name no cause",
                "To the latest deployment of the service that finished shortly before the incident opened.",
            ),
            "linked_within_hours": Choice(
                "Linked at most", "How long before the incident that deployment finished.", "hours"
            ),
            "hotfixed_within_hours": Choice("A hotfix follows within", "For the rule of hotfixes.", "hours"),
            "patched_within_hours": Choice("A patch follows within", "For the rule of patch versions.", "hours"),
            "reverted_within_days": Choice("A revert follows within", "For the rule of reverts.", "days"),
        },
    ),
    Section(
        "Lead time",
        {
            "lead_time_from": Choice(
                "A lead time begins",
                "A change without a pull request begins with its own commit.",
            ),
            "lead_time_bots": Choice(
                "Changes by bots have a lead time", "If not, they are left out, and counted beside."
            ),
        },
    ),
    Section(
        "Response to incidents",
        {
            f"limit_{severity}": Choice(
                f"Limit of {severity}", "Minutes until somebody acknowledges; none for no limit.", "minutes"
            )
            for severity in ("sev1", "sev2", "sev3", "sev4")
        },
    ),
    Section(
        "Working days",
        {
            "holidays": Choice(
                "Holidays",
                "Days like 2026-12-25, one a line, that are no working days. They stand in place of those beneath.",
            )
        },
    ),
)
CHOICES: Mapping[str, Choice] = {key: choice for section in SECTIONS for key, choice in section.choices.items()}
LEAD_TIME_ONLY = {"lead_time_from", "lead_time_bots"}


def day_text(day: date) -> str:
    return f"{day:%-d %b %Y}"


def worded(key: str, value: Any, sources: Mapping[int, str]) -> str:
    """A value in words; ``None`` is what stands beneath."""
    if value is None:
        return "as before it was changed"
    if isinstance(value, bool):
        return "yes" if value else "no"
    readers: dict[str, Callable[[], str]] = {
        "sources": lambda: _sources(value, sources),
        "environments": lambda: "; ".join(f"{glob} is {found}" for glob, found in value) or "by the settings alone",
        "holidays": lambda: _holidays(value),
        "lead_time_from": lambda: STARTS[value],
    }
    if key in readers:
        return readers[key]()
    return "no limit" if value == NO_LIMIT else plural(value, CHOICES[key].unit.removesuffix("s"))


def sentence(values: Values, sources: Mapping[int, str]) -> str:
    """A change in one phrase: ``Redeploys count: yes; limit of sev1: 10 minutes``."""
    return "; ".join(f"{CHOICES[key].title}: {worded(key, values[key], sources)}" for key in keys(values))


def moves(metric: Metric, key: str) -> bool:
    """Whether a choice can move a metric."""
    if key == "holidays":
        return metric == "deployment_frequency"
    if key in LEAD_TIME_ONLY:
        return metric == "lead_time"
    if key.startswith("limit_"):
        return metric == "response"
    if key.startswith(("rule_", "link", "hotfixed", "patched", "reverted", "exclude")):
        return metric in ("change_failure_rate", "mttr", "failed_deployment_recovery_time")
    return metric != "response" or key == "environments"


def _sources(value: Any, sources: Mapping[int, str]) -> str:
    if value == ALL_SOURCES:
        return "all"
    return ", ".join(sources.get(pk, f"a source that is gone ({pk})") for pk in value)


def _holidays(value: Any) -> str:
    days = [day_text(date.fromisoformat(day)) for day in value]
    more = len(days) - SHOWN_DAYS
    told = ", ".join(days[:SHOWN_DAYS]) + (f" and {more} more" if more > 0 else "")
    return told or "none"
