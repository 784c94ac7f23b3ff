"""(pure) issues that bear an incident's label -> incidents."""

import re

from ingest.parsers.fields import Fields
from ingest.parsers.github.delivered import Delivered, Ignored, Said
from ingest.parsers.github.deployments import external_id_of
from ingest.parsers.github.labels import label_names, severity_of, value_of
from ingest.parsers.observation import IncidentSeen
from ingest.parsers.observation import Said as Facts

ACTIONS = ("opened", "closed", "reopened", "edited", "labeled", "unlabeled")
GONE = ("transferred", "deleted")
PRODUCTION = "production"
_CAUSE = re.compile(r"^[ \t>*_-]{0,5}caused[ _-]by[*_]{0,2}:[*_ \t`]{0,5}(\S{1,300})", re.IGNORECASE | re.MULTILINE)
_LOOKS_LIKE_SHA = re.compile(r"(?=[0-9]*[a-f])[0-9a-f]{7,64}")


def issues(delivered: Delivered) -> Said:
    """An incident as the issue tells it at this moment. Taking the label away ends it."""
    if delivered.action in GONE:
        return _gone(delivered)
    if delivered.action not in ACTIONS:
        return Ignored(f"Nothing is kept of an issue that was {delivered.action}.")
    taken = delivered.body.maybe_child("label") if delivered.action == "unlabeled" else None
    seen = incident(delivered, delivered.body.child("issue"), taken.prose("name") if taken else "")
    return seen if isinstance(seen, Ignored) else [seen]


def _gone(delivered: Delivered) -> Said:
    """Nobody will close what is no longer there: it ends, where it was open. What moved is one with what it became.

    The event tells no time of its own: the issue's last change lies before.
    """
    seen = incident(delivered, delivered.body.child("issue"), "")
    if isinstance(seen, Ignored):
        return seen
    said = {"resolved_at": seen.said["resolved_at"] or delivered.received_at}
    changes = delivered.body.maybe_child("changes")
    issue = changes.maybe_child("new_issue") if changes else None
    repository = changes.maybe_child("new_repository") if changes else None
    if issue is not None and repository is not None:
        moved = delivered._replace(number=repository.number("id"))
        said["same_as"] = [moved.id_of("issue", issue.number("number"))]
    return [seen._replace(at=max(seen.at, delivered.received_at), said=seen.said | said)]


def incident(delivered: Delivered, issue: Fields, taken: str) -> IncidentSeen | Ignored:
    """An incident as the issue tells it. ``taken``: the label that was taken away just before, or empty."""
    wanted = {label.lower() for label in delivered.options.incident_labels}
    labels = label_names(issue)
    at = issue.maybe_time("updated_at") or issue.time("created_at")
    said = _said(delivered, issue, labels)
    if not labels & wanted:
        if taken.lower() not in wanted:
            return Ignored(f"The issue bears no label of an incident ({', '.join(sorted(wanted))}).")
        said["resolved_at"] = said["resolved_at"] or at
    environment = value_of(labels, "environment", "env") or PRODUCTION
    external_id = delivered.id_of("issue", issue.number("number"))
    service = value_of(labels, "service")
    return IncidentSeen(at, delivered.key, external_id, service, delivered.repository, environment, None, said)


def _said(delivered: Delivered, issue: Fields, labels: set[str]) -> Facts:
    closed = issue.raw("state") == "closed"
    said: Facts = {
        "opened_at": issue.time("created_at"),
        "resolved_at": issue.maybe_time("closed_at") if closed else None,
        "title": issue.prose("title"),
        "url": issue.url("html_url"),
    }
    severity = severity_of(labels)
    if severity is not None:
        said["severity"] = severity
    cause = _CAUSE.search(issue.prose("body"))
    if cause is not None:
        _say_cause(delivered, said, cause[1].strip("`*_.,;"))
    return said


def _say_cause(delivered: Delivered, said: Facts, name: str) -> None:
    """``caused by: none`` says that no deployment did it; a sha names no deployment, and the linking rule decides."""
    if name.lower() in ("none", "null"):
        said["caused_by"] = None
    elif name and not _LOOKS_LIKE_SHA.fullmatch(name.lower()):
        said["caused_by"] = external_id_of(delivered, name)
