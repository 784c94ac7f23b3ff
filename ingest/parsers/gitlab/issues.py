"""(pure) Issue Hook -> incidents: issues of GitLab's type incident, and those that bear the label."""

from datetime import datetime

from ingest.parsers.fields import Fields
from ingest.parsers.github.labels import severity_of, value_of
from ingest.parsers.hosts.opened import Opened, cause_in
from ingest.parsers.observation import Ignored, Outcome, Said

SEVERITIES = {"critical": "sev1", "high": "sev2", "medium": "sev3", "low": "sev4"}
CLOSED = "closed"


def issue(opened: Opened) -> Outcome:
    """An incident as the issue tells it at this moment. Taking the label away ends it."""
    fields = opened.body.child("object_attributes")
    at = fields.maybe_time("updated_at") or fields.time("created_at")
    labels = _titles(opened.body.children("labels") or fields.children("labels"))
    wanted = {label.lower() for label in opened.options.incident_labels}
    said = _said(opened, fields, labels, at)
    if not (fields.prose("type").lower() == "incident" or labels & wanted):
        if not _before(opened.body) & wanted:
            return Ignored(f"The issue is no incident: neither by type nor by a label ({', '.join(sorted(wanted))}).")
        said["resolved_at"] = said["resolved_at"] or at
    environment = value_of(labels, "environment", "env")
    number = fields.number("iid")
    return [opened.incident(at, number, said, value_of(labels, "service"), environment)]


def _said(opened: Opened, fields: Fields, labels: set[str], at: datetime) -> Said:
    closed = fields.raw("state") == CLOSED
    said: Said = {
        "opened_at": fields.time("created_at"),
        "resolved_at": (fields.maybe_time("closed_at") or at) if closed else None,
        "title": fields.prose("title"),
        "url": fields.url("url"),
    }
    word = fields.prose("severity").lower()
    severity = severity_of(labels) or opened.options.severities.get(word) or SEVERITIES.get(word)
    if severity is not None:
        said["severity"] = severity
    return said | cause_in(opened, fields.prose("description"))


def _titles(labels: list[Fields]) -> set[str]:
    """Labels in lower case; a scoped one, ``service::pay``, as one with a single colon."""
    return {label.text("title").lower().replace("::", ":") for label in labels}


def _before(body: Fields) -> set[str]:
    """The labels that this event changed, as they were before."""
    changes = body.maybe_child("changes")
    labels = changes.maybe_child("labels") if changes else None
    return _titles(labels.children("previous")) if labels else set()
