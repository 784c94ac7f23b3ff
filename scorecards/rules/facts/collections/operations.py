"""(pure) Facts on what is watched: objectives, alerts, dashboards."""

from collections import Counter
from collections.abc import Iterator

from ingest.prometheus.windows import QUOTED
from ingest.repository.node import Place
from ingest.repository.tree import RepositoryTree
from scorecards.reading.dashboards import dashboards
from scorecards.reading.rules import rule_files
from scorecards.reading.slos import SERVICE_LABELS, Expression, slos
from scorecards.rules.facts.model import ABSENT, Collection, Field, Kind, Told

DAY = 86_400.0


def _slos(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for one in slos(tree):
        facts = {
            "path": one.place.path,
            "name": one.name,
            "service": one.document.service,
            "tool": one.document.tool,
            "aim": one.aim,
            "objective": one.objective if one.objective is not None else None if one.templated else ABSENT,
            "window": one.window / DAY if one.window is not None else ABSENT,
            "owner": one.owner,
            "description": one.description,
            "labelled": next((one.labels[label] for label in SERVICE_LABELS if one.labels.get(label)), ""),
            "indicator": one.indicator.kind,
            "bad_query": _query(one.indicator.bad),
            "good_query": _query(one.indicator.good),
            "total_query": _query(one.indicator.total),
        }
        yield one.unit, one.place, facts


def _query(expression: Expression | None) -> str | None:
    """A query without its comments; unknown where only rendering tells it."""
    if expression is None:
        return ""
    if expression.query is None and expression.node.tag:
        return None
    return QUOTED.sub(lambda found: "" if found[0].startswith("#") else found[0], expression.node.text).strip()


def _alerts(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for file in rule_files(tree):
        turns: Counter[str] = Counter()
        for rule in file.alerts:
            turns[rule.name] += 1
            turn = f" {turns[rule.name]}" if turns[rule.name] > 1 else ""
            told = not rule.templated
            facts = {
                "path": rule.place.path,
                "name": rule.name,
                "group": rule.group,
                "severity": rule.severity if told else None,
                "labels": [f"{name}={value}" for name, value in rule.labels.items()] if told else None,
                "annotations": list(rule.annotations) if told else None,
                "has_runbook": any("runbook" in name.lower() for name in rule.annotations) if told else None,
                "waits": rule.node.text_at("for"),
            }
            yield f"alert {rule.name}{turn} of {file.unit}", rule.place, facts


def _dashboards(tree: RepositoryTree, repository: str) -> Iterator[Told]:
    for board in dashboards(tree):
        facts = {
            "path": board.root.path,
            "title": board.title,
            "uid": board.root.text_at("uid"),
            "tags": board.root.texts_at("tags"),
            "panel_count": len(board.panels),
            "importable": board.importable,
        }
        yield board.unit, Place(board.root.path, board.root.line), facts


_PATH = Field("path", Kind.TEXT, "the file")

COLLECTIONS = (
    Collection(
        "slos",
        "objective",
        "Service level objectives of Sloth, OpenSLO, Pyrra and of rules written by hand.",
        (
            _PATH,
            Field("name", Kind.TEXT, "its name"),
            Field("service", Kind.TEXT, "the service that it names; empty where it names none"),
            Field("tool", Kind.TEXT, "sloth-kind, sloth-file, openslo, pyrra or rules"),
            Field("aim", Kind.TEXT, "availability, latency or other"),
            Field("objective", Kind.NUMBER, "percent"),
            Field("window", Kind.NUMBER, "days"),
            Field("owner", Kind.TEXT, "the team that a label names; empty where none does"),
            Field("description", Kind.TEXT, "as written, secrets masked; empty without one", free=True),
            Field("labelled", Kind.TEXT, "the service that a label names; empty where none does"),
            Field("indicator", Kind.TEXT, "events, ratio, plugin, native, gauge, threshold or none"),
            Field("bad_query", Kind.TEXT, "of bad events, or an error ratio; empty without one", long=True),
            Field("good_query", Kind.TEXT, "of good events, or a success ratio; empty without one", long=True),
            Field("total_query", Kind.TEXT, "of all events; empty without one", long=True),
        ),
        _slos,
    ),
    Collection(
        "alerts",
        "alert",
        "Alerts of Prometheus.",
        (
            _PATH,
            Field("name", Kind.TEXT, "its name"),
            Field("group", Kind.TEXT, "its group"),
            Field("severity", Kind.TEXT, "in lower case; empty where none is set"),
            Field("labels", Kind.LIST, "its labels, each as key=value"),
            Field("annotations", Kind.LIST, "names of its annotations"),
            Field("has_runbook", Kind.TRUTH, "whether an annotation names a runbook"),
            Field("waits", Kind.TEXT, "how long it must hold, as written; empty where it fires at once"),
        ),
        _alerts,
    ),
    Collection(
        "dashboards",
        "dashboard",
        "Grafana dashboards that stand as documents.",
        (
            _PATH,
            Field("title", Kind.TEXT, "its title"),
            Field("uid", Kind.TEXT, "its identity; empty without one"),
            Field("tags", Kind.LIST, "its tags"),
            Field("panel_count", Kind.NUMBER, "how many panels it has, rows left out"),
            Field("importable", Kind.TRUTH, "whether a strict reader takes the file"),
        ),
        _dashboards,
    ),
)
