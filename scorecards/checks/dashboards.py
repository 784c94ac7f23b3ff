"""(pure) Checks of dashboards of the delivery metrics (DOP-8.3-01 and DOP-8.3-02)."""

from collections.abc import Iterator

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed, unknown
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.dashboards import Dashboard, hidden_dashboards
from scorecards.reading.delivery_metrics import FOUR, Metric, Shown, is_per_service, shown, unsound
from scorecards.reading.deploying import deploys

UNIT = "delivery metrics"
LEAST = 2  # metrics; fewer are no dashboard of delivery


@check("delivery-dashboard-as-code")
def delivery_dashboard_as_code(subject: Subject) -> Iterator[Finding]:
    """A dashboard shows the four delivery metrics by service, and can be imported (DOP-8.3-01)."""
    found = [each for each in shown(subject.tree) if each.metric in FOUR]
    if not found and not deploys(subject):
        return
    if subject.ships_events:
        yield passed(UNIT, "This product shows the four metrics: it receives the deployments of this repository.")
    elif subject.fleet is not None and subject.fleet.metric_dashboard:
        yield passed(UNIT, "A dashboard of the organisation shows the four metrics.")
    else:
        yield _judge(subject, found)


def _judge(subject: Subject, found: list[Shown]) -> Finding:
    metrics = [metric for metric in FOUR if any(each.metric == metric for each in found)]
    places = [each.panel.node.place for each in found]
    value = ", ".join(metrics)
    if not found and subject.fleet is None:
        return unknown(
            UNIT, "No dashboard of the four metrics stands here; whether another repository has one is not known."
        )
    if not found and hidden_dashboards(subject.tree):
        return unknown(UNIT, "Dashboards are made by code here, which is not run; what they show is not known.")
    if len(metrics) < LEAST:
        missing = ", ".join(metric for metric in FOUR if metric not in metrics)
        return failed(UNIT, f"No panel shows {missing}; add a dashboard of the four metrics.", *places, value=value)
    return _of_panels(found, metrics, places, value)


def _of_panels(found: list[Shown], metrics: list[Metric], places: list[Place], value: str) -> Finding:
    faults = [*_missing(metrics), *_faults(found)]
    notes = tuple(fault for fault, _ in faults[1:])
    if faults:
        fault, place = faults[0]
        return partial(UNIT, fault, *([place] if place else []), *places, value=value, notes=notes)
    return passed(UNIT, "A dashboard shows the four metrics by service and can be imported.", *places, value=value)


def _missing(metrics: list[Metric]) -> Iterator[tuple[str, Place | None]]:
    if missing := [metric for metric in FOUR if metric not in metrics]:
        yield f"No panel shows {' or '.join(missing)}; add it.", None


def _faults(found: list[Shown]) -> Iterator[tuple[str, Place | None]]:
    """What keeps the panels from being imported and read by service, each kind of fault once."""
    for board in {id(each.board): each.board for each in found}.values():
        if not board.importable:
            yield "A comment stands in the file, so that it can't be imported; remove it.", Place(board.root.path, 1)
    untyped = next((each.panel for each in found if not each.panel.type), None)
    if untyped is not None:
        yield f"The panel {untyped.title} has no type; give it one.", untyped.node.place
    sourceless = next((each.panel for each in found if not each.panel.has_source), None)
    if sourceless is not None:
        yield f"The panel {sourceless.title} has no data source; name one.", sourceless.node.place
    for metric in FOUR:
        panels = [each.panel for each in found if each.metric == metric]
        if panels and not any(map(is_per_service, panels)):
            yield f"The panel {panels[0].title} does not tell services apart; group by service.", panels[0].node.place


@check("delivery-queries-sound")
def delivery_queries_sound(subject: Subject) -> Iterator[Finding]:
    """Queries of delivery metrics count per day, divide like by like, and measure incidents (DOP-8.3-02)."""
    found = shown(subject.tree)
    if len({each.metric for each in found if each.metric in FOUR}) < LEAST:
        return
    boards: dict[int, list[Shown]] = {}
    for each in found:
        boards.setdefault(id(each.board), []).append(each)
    for panels in boards.values():
        yield _judge_board(panels[0].board, panels)


def _judge_board(board: Dashboard, panels: list[Shown]) -> Finding:
    queries = [(each, target) for each in panels for target in each.panel.targets if target.query is not None]
    unread = [target for _, target in queries if target.query is None or target.query.root is None]
    faults = [
        (f"{each.panel.title or each.metric}: {why}", target)
        for each, target in queries
        if (why := unsound(each.metric, each.panel, target))
    ]
    places = [Place(target.node.path, target.node.line) for _, target in faults]
    value = "; ".join(fault for fault, _ in faults)[:300]
    if len(faults) >= 2:
        return failed(board.unit, f"{len(faults)} queries are unsound. {faults[0][0]}."[:200], *places, value=value)
    if faults:
        return partial(board.unit, f"{faults[0][0]}."[:200], *places, value=value)
    if unread or not queries:
        return unknown(board.unit, "Not every query is PromQL that can be read.", board.root.place)
    return passed(board.unit, "Its queries compute the metrics soundly.", board.root.place)
