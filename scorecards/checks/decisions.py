"""(pure) The choice of each platform tool is recorded. Definition: DOP-9.2-01."""

from collections.abc import Iterator, Sequence

from ingest.repository.node import Place
from scorecards.checks.finding import Finding, failed, partial, passed
from scorecards.checks.registry import check
from scorecards.checks.subject import Subject
from scorecards.reading.decisions import Record, records
from scorecards.reading.platform import describes_platform, descriptions

UNIT = "platform"
ENOUGH_CRITERIA = 4


@check("tool-choices-recorded")
def tool_choices_recorded(subject: Subject) -> Iterator[Finding]:
    """An accepted record weighs four of the five criteria for every tool of the platform."""
    if not describes_platform(subject):
        return
    found = records(subject.tree)
    tools = list(dict.fromkeys(tool.name for one in descriptions(subject.tree) for tool in one.tools))
    if not found:
        text = "No decision record says why the platform's tools were chosen: write one for each in docs/adr."
        yield failed(UNIT, text, Place(""), value="none")
        return
    yield _recorded(found, tools)


def _recorded(found: Sequence[Record], tools: Sequence[str]) -> Finding:
    places = [record.place for record in found]
    notes = tuple(
        f"{record.path[:100]} is superseded and speaks of a tool that is still named."
        for record in found
        if record.status in ("superseded", "deprecated") and any(record.names(tool) for tool in tools)
    )
    if not tools:
        return partial(UNIT, "There are records, but no description names the tools.", *places, notes=notes)
    lacking = [tool for tool in tools if not _is_weighed(found, tool, 0)]
    if lacking:
        text = f"No accepted record names {', '.join(lacking[:5])}: write down why it was chosen."
        return partial(UNIT, text, *places, value=" ".join(sorted(lacking)), notes=notes)
    short = [tool for tool in tools if not _is_weighed(found, tool, ENOUGH_CRITERIA)]
    if short:
        text = f"The record of {short[0]} weighs fewer than {ENOUGH_CRITERIA} of the five criteria."
        return partial(UNIT, text, *places, value=" ".join(sorted(short)), notes=notes)
    return passed(UNIT, "Every named tool has a record that weighs at least four criteria.", *places, notes=notes)


def _is_weighed(found: Sequence[Record], tool: str, criteria: int) -> bool:
    return any(record.holds and record.names(tool) and len(record.criteria) >= criteria for record in found)
