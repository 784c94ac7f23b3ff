"""(pure) Objectives of Sloth, as files and as objects."""

from collections.abc import Iterator

from ingest.repository.node import Node
from scorecards.reading.kubernetes.manifest import texts
from scorecards.reading.slos.model import MAX_SLOS, Indicator, Slo, SloDocument, expression_of, slo_of

DEFAULT_WINDOW = 30 * 86_400.0  # seconds


def sloth_slos(document: SloDocument) -> Iterator[Slo]:
    for node in document.body.items_at("slos")[:MAX_SLOS]:
        if not node.is_mapping:
            continue
        indicator = _sloth_indicator(node.get("sli"))
        yield slo_of(
            document, node.text_at("name"), node, indicator, node.get("objective"), labels=texts(node.get("labels")),
            window=DEFAULT_WINDOW,
        )  # fmt: skip


def _sloth_indicator(sli: Node | None) -> Indicator:
    if sli is None:
        return Indicator("none")
    if (events := sli.get("events")) is not None:
        bad = expression_of(events.get("errorQuery") or events.get("error_query"))
        return Indicator("events", bad=bad, total=expression_of(events.get("totalQuery") or events.get("total_query")))
    if (raw := sli.get("raw")) is not None:
        return Indicator("ratio", bad=expression_of(raw.get("errorRatioQuery") or raw.get("error_ratio_query")))
    return Indicator("plugin" if sli.has("plugin") else "none")
