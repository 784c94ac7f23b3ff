"""(pure) Which of the four delivery metrics a dashboard shows, and whether its queries compute them soundly."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ingest.repository.tree import RepositoryTree
from scorecards.reading.dashboards import Dashboard, Panel, Target, dashboards
from scorecards.reading.expressions import is_guarded
from scorecards.reading.promql import VARIABLE_RANGE, Part, Query

Metric = Literal["deployment frequency", "lead time", "change failure rate", "recovery time", "success rate"]
FOUR: tuple[Metric, ...] = ("deployment frequency", "lead time", "change failure rate", "recovery time")
DAY = 86_400.0  # seconds; deployments are rare, so that a shorter window mostly holds none

_DEPLOY = r"(?:deploy(?:ment)?s?|releases?)"
_TITLES: tuple[tuple[Metric, re.Pattern[str]], ...] = (
    ("change failure rate", re.compile(rf"change[ _-]?fail|\bcfr\b|{_DEPLOY}[ _-]fail\w*[ _-]?(?:rate|ratio|%)", re.I)),
    ("success rate", re.compile(rf"{_DEPLOY}[ _-]success[ _-]?(?:rate|ratio|%)", re.I)),
    ("lead time", re.compile(r"lead[ _-]?time|time to (?:deploy|production)|commit to deploy", re.I)),
    ("recovery time", re.compile(r"\bmttr\b|time to (?:recover|restor|resol|repair)|(?:recovery|restore) time", re.I)),
    ("deployment frequency", re.compile(rf"{_DEPLOY}[ _-]frequency|{_DEPLOY} ?(?:per|/|a) ?(?:day|week|month)", re.I)),
)
_METRICS: tuple[tuple[Metric, re.Pattern[str]], ...] = (
    ("change failure rate", re.compile(r"change_fail\w*rate", re.I)),
    ("lead time", re.compile(r"lead_time", re.I)),
    ("recovery time", re.compile(r"mttr|time_to_(?:recover|restore|resolve)|recovery_time", re.I)),
    ("deployment frequency", re.compile(r"deploy(?:ment)?_frequency", re.I)),
)
_BY_SERVICE = re.compile(
    r"^(?:(?:[a-z]+_)?(?:service|app|application|component|repo|repository|project|team|workload|deployment)(?:_name)?"
    r"|exported_service|namespace|job)$",
    re.I,
)
_SERVICE_VARIABLE = re.compile(
    r"(?:\$\{?|\[\[)[a-z_]{0,30}(?:service|app|component|repo|project|team|workload|namespace)", re.I
)
_ROLLBACK = re.compile(r"roll(?:ed)?[ _-]?back|hot[ _-]?fix", re.I)
_OWN_COUNT = re.compile(r"_frequency|per_day|daily", re.I)


class Shown(NamedTuple):
    """A panel that shows a metric."""

    metric: Metric
    panel: Panel
    board: Dashboard


def shown(tree: RepositoryTree) -> list[Shown]:
    """The panels of all dashboards that show a delivery metric."""
    return tree.derive(_shown)


def _shown(tree: RepositoryTree) -> list[Shown]:
    return [
        Shown(metric, panel, board)
        for board in dashboards(tree)
        for panel in board.panels
        if (metric := metric_of(panel)) is not None
    ]


def metric_of(panel: Panel) -> Metric | None:
    """The delivery metric of a panel, by its title, else by the metrics that it asks for."""
    title = panel.title[:200]
    told = next((metric for metric, pattern in _TITLES if pattern.search(title)), None)
    if told is not None:
        return told
    names = " ".join(selector.metric for query in _queries(panel) for selector in query.selectors)
    return next((metric for metric, pattern in _METRICS if pattern.search(names)), None)


def is_per_service(panel: Panel) -> bool:
    """Whether a panel tells services apart: by a label, a variable, or one panel for each."""
    if _SERVICE_VARIABLE.search(panel.title) or _SERVICE_VARIABLE.search(panel.node.text_at("repeat")):
        return True
    texts = [target.node.text for target in panel.targets]
    return any(_SERVICE_VARIABLE.search(text[:5_000]) for text in texts) or any(
        map(_groups_by_service, _queries(panel))
    )


def _queries(panel: Panel) -> list[Query]:
    return [target.query for target in panel.targets if target.query is not None]


def _groups_by_service(query: Query) -> bool:
    parts = list(query.root.walk()) if query.root else []
    summed = [part for part in parts if part.kind == "aggregation"]
    if not summed:
        return bool(parts)  # nothing is summed away
    return any(part.grouping == "by" and any(map(_BY_SERVICE.match, part.labels)) for part in summed)


# ---------------------------------------------------------------- soundness


def unsound(metric: Metric, panel: Panel, target: Target) -> str:
    """What is wrong with how a metric is computed; empty where nothing is, or nothing can be told."""
    root = target.query.root if target.query else None
    if root is None:
        return ""
    reasons = [*_FAULTS[metric](root, panel), *_of_window(root)]
    return next(iter(reasons), "")


def _of_window(root: Part) -> Iterator[str]:
    ranges = [part.range for part in root.walk() if part.range is not None and part.range != VARIABLE_RANGE]
    if ranges and max(ranges) < DAY:
        yield f"its window of {max(ranges) / 3600:g} h is too short for rare events; look at a day or more"


def _of_frequency(root: Part, panel: Panel) -> Iterator[str]:
    parts = list(root.walk())
    scaled = any(part.kind == "number" and isinstance(part.value, float) and part.value >= 3_600 for part in parts)
    if any(part.name in ("rate", "irate") for part in parts) and not scaled:
        yield "a rate per second is no frequency; count by increase() over a day or more"


def _of_ratio(root: Part, panel: Panel) -> Iterator[str]:
    for part in root.walk():
        if part.kind != "binary" or part.name != "/" or part.parts[1].kind == "number":
            continue
        if _grouping(part.parts[0]) != _grouping(part.parts[1]):
            yield "its two sides are grouped differently; group both by the same labels"
        if not is_guarded(part.parts[1]):
            yield "its denominator may be empty or zero; guard it, as by > 0"


def _grouping(part: Part) -> tuple[str, frozenset[str]]:
    summed = next((each for each in part.walk() if each.kind == "aggregation"), None)
    return (summed.grouping, frozenset(summed.labels)) if summed else ("", frozenset())


def _of_failures(root: Part, panel: Panel) -> Iterator[str]:
    yield from _of_ratio(root, panel)
    told = f"{panel.title} {panel.node.text_at('description')}"[:2_000]
    values = (matcher.value for part in root.walk() for matcher in part.matchers)
    names = (part.name for part in root.walk())
    if not _ROLLBACK.search(told) and not any(_ROLLBACK.search(text) for text in (*values, *names)):
        yield "it leaves out rollbacks and hotfixes; count them, or say in the description that it does not"


def _of_recovery(root: Part, panel: Panel) -> Iterator[str]:
    names = [part.name for part in root.walk() if part.kind == "selector" and part.name]
    if names and all(_ROLLBACK.search(name) for name in names):
        yield "the duration of rollbacks is no recovery time; measure from an incident's start to its end"


_FAULTS = {
    "deployment frequency": _of_frequency,
    "lead time": lambda root, panel: iter(()),
    "change failure rate": _of_failures,
    "success rate": _of_ratio,
    "recovery time": _of_recovery,
}
