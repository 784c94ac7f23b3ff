"""(pure) issues that bear an incident's label -> incidents."""

from ingest.parsers.fields import Fields
from ingest.parsers.github.labels import label_names, severity_of, value_of
from ingest.parsers.hosts.opened import Opened, cause_in
from ingest.parsers.observation import Ignored, Outcome, Said

ACTIONS = ("opened", "closed", "reopened", "edited", "label_updated", "label_cleared")


def issues(opened: Opened) -> Outcome:
    """An incident as the issue tells it at this moment. Which label was taken away is not told: close it first."""
    action = opened.body.maybe_text("action") or ""
    if action not in ACTIONS:
        return Ignored(f"Nothing is kept of an issue that was {action or 'changed'}.")
    issue = opened.body.child("issue")
    labels, wanted = label_names(issue), {label.lower() for label in opened.options.incident_labels}
    if not labels & wanted:
        return Ignored(f"The issue bears no label of an incident ({', '.join(sorted(wanted))}).")
    at = issue.maybe_time("updated_at") or issue.time("created_at")
    environment, service = value_of(labels, "environment", "env"), value_of(labels, "service")
    return [opened.incident(at, issue.number("number"), _said(opened, issue, labels), service, environment)]


def _said(opened: Opened, issue: Fields, labels: set[str]) -> Said:
    closed = issue.raw("state") == "closed"
    ended_at = issue.maybe_time("closed_at") or issue.maybe_time("updated_at") or opened.received_at
    said: Said = {
        "opened_at": issue.time("created_at"),
        "resolved_at": ended_at if closed else None,
        "title": issue.prose("title"),
        "url": issue.url("html_url"),
    }
    severity = severity_of(labels)
    if severity is not None:
        said["severity"] = severity
    return said | cause_in(opened, issue.prose("body"))
