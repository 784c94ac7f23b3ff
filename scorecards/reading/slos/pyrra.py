"""(pure) Objectives of Pyrra."""

from collections.abc import Iterator

from ingest.repository.node import Node
from scorecards.reading.durations import seconds_of
from scorecards.reading.slos.model import Indicator, Slo, SloDocument, expression_of, slo_of


def pyrra_slos(document: SloDocument) -> Iterator[Slo]:
    body = document.body
    window = seconds_of(body.text_at("window"))
    yield slo_of(document, "", body, _pyrra_indicator(body.get("indicator")), body.get("target"), window=window)


def _pyrra_indicator(node: Node | None) -> Indicator:
    if node is None:
        return Indicator("none")
    if (ratio := node.get("ratio")) is not None:
        bad, total = ratio.get("errors", "metric"), ratio.get("total", "metric")
        return Indicator("events", bad=expression_of(bad), total=expression_of(total))
    if (latency := node.get("latency")) is not None:
        good, total = latency.get("success", "metric"), latency.get("total", "metric")
        return Indicator("events", good=expression_of(good), total=expression_of(total))
    if (native := node.get("latencyNative")) is not None:
        return Indicator("native", total=expression_of(native.get("total", "metric")))
    if (gauge := node.get("bool_gauge")) is not None:
        return Indicator("gauge", good=expression_of(gauge.get("metric")))
    return Indicator("none")
