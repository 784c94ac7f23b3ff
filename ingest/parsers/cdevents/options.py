"""(pure) What a source of CDEvents is told. The table of options stands in docs/sources/cdevents.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.parsers import named
from ingest.parsers.named import Naming
from ingest.parsers.options import Reader, read, severities, texts

SEVERITIES = {"critical": "sev1", "high": "sev2", "medium": "sev3", "low": "sev4"}


@dataclass(frozen=True, slots=True)
class CDEventsOptions(Naming):
    """``pipelines`` and ``tasks``: globs of those whose runs are deployments. ``severities``: words of the sender."""

    pipelines: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    incident_labels: tuple[str, ...] = ("incident",)
    severities: Mapping[str, str] = field(default_factory=lambda: SEVERITIES)

    @classmethod
    def from_dict(cls, told: object) -> "CDEventsOptions":
        return read(cls(), told, READERS)


READERS: dict[str, Reader] = {
    **named.READERS,
    "pipelines": texts,
    "tasks": texts,
    "incident_labels": texts,
    "severities": severities,
}
