"""(pure) One CDEvent, opened: what every subject's reader needs."""

from datetime import datetime
from typing import NamedTuple

from ingest.parsers.cdevents.options import CDEventsOptions
from ingest.parsers.fields import Fields
from ingest.parsers.named import Told, external_id, told_in
from ingest.parsers.observation import Ignored, Observation

Said = list[Observation] | Ignored
MAX_ID = 1_000


class Delivered(NamedTuple):
    """``name`` and ``predicate``: ``service`` and ``deployed`` of ``dev.cdevents.service.deployed.0.3.0``."""

    body: Fields
    context: Fields
    subject: Fields
    content: Fields
    name: str
    predicate: str
    options: CDEventsOptions
    key: str

    @property
    def at(self) -> datetime:
        return self.context.time("timestamp")

    @property
    def subject_id(self) -> str:
        return self.subject.text("id", MAX_ID)

    @property
    def custom(self) -> Told:
        """The sender's own data, where it is an object."""
        return told_in(self.body.raw("customData"))

    def id_of(self, *parts: str) -> str:
        """The subject's id is unique by its source, which is the event's where it tells none of its own."""
        source = self.subject.maybe_text("source", MAX_ID) or self.context.text("source", MAX_ID)
        return external_id("cdevents", source, self.subject_id, *parts)

    def reference(self, name: str) -> str | None:
        """The id of another thing that the content names; it may be written as the id alone."""
        value = self.content.raw(name)
        if isinstance(value, str):
            return self.content.text(name, MAX_ID)
        found = self.content.maybe_child(name)
        return found.text("id", MAX_ID) if found else None


def last_name(text: str | None) -> str | None:
    """``pay`` of ``service/pay``."""
    return (text.rstrip("/").rpartition("/")[2].strip()[:300] or None) if text else None
