"""(pure) Alertmanager's webhook, version 4: each alert that pages is an incident (docs/sources/alertmanager.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Any, NamedTuple

from ingest.errors import MalformedPayload
from ingest.parsers import named
from ingest.parsers.fields import EPOCH, Fields, clean, tolerated
from ingest.parsers.named import Naming, Told, external_id, first_told, object_or_none, place_of, told_in
from ingest.parsers.observation import Ignored, IncidentSeen, Outcome, Said
from ingest.parsers.options import InvalidOptions, Reader, one_of, read, severities, texts
from ingest.parsers.sender import Sender
from ingest.parsers.severity import severity_of_word

VERSION = "4"
ALWAYS_FIRING = ("Watchdog", "DeadMansSwitch", "InfoInhibitor")  # they fire to show that alerting works
PAGES = ("sev1", "sev2")
MAX_REASONS = 3
MAX_TITLE = 500


class Matcher(NamedTuple):
    """``label`` of an alert fits ``glob``."""

    label: str
    glob: str

    @classmethod
    def of(cls, text: str) -> "Matcher":
        label, found, glob = text.partition("=")
        if found and not (label.strip() and glob.strip()):
            raise InvalidOptions(f"alerts holds {text!r}; write label=glob, or a glob of the alert's name.")
        return cls(label.strip().lower(), glob.strip()) if found else cls("alertname", text)


@dataclass(frozen=True, slots=True)
class AlertmanagerOptions(Naming):
    """``alerts``: which alerts are incidents; empty: those whose severity is sev1 or sev2. ``one_incident_per``:
    group or alert."""

    environment_keys: tuple[str, ...] = ("environment", "env", "stage")
    service_keys: tuple[str, ...] = ("service", "app", "app_kubernetes_io_name", "application", "job")
    severity_keys: tuple[str, ...] = ("severity", "priority")
    severities: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Matcher, ...] = ()
    one_incident_per: str = "group"

    @classmethod
    def from_dict(cls, told: object) -> "AlertmanagerOptions":
        return read(cls(), told, READERS)


def _matchers(value: object, name: str) -> tuple[Matcher, ...]:
    return tuple(Matcher.of(text) for text in texts(value, name))


READERS: dict[str, Reader] = {name: reader for name, reader in named.READERS.items() if name != "version_keys"} | {
    "severity_keys": texts,
    "severities": severities,
    "alerts": _matchers,
    "one_incident_per": one_of("group", "alert"),
}


class Group(NamedTuple):
    """What the alerts of one notification share. ``name``: under which pagers know the group, too."""

    name: str
    options: AlertmanagerOptions
    key: str


def parse(
    headers: Mapping[str, str], payload: Any, options: AlertmanagerOptions, received_at: datetime, key: str
) -> Outcome:
    """What a notification says of each of its alerts. Raises ``MalformedPayload``."""
    if not isinstance(payload, dict):
        raise MalformedPayload("The payload is no object.", "bad_json")
    body = Fields(payload, tolerated(received_at))
    version = body.text("version")
    if version != VERSION:
        raise MalformedPayload(f"The payload is of version {version}; version {VERSION} is read.", "bad_version")
    group = Group(group_name(_group_key(body)), options, key)
    said = [_incident(group, alert) for alert in body.children("alerts")]
    seen = [one for one in said if isinstance(one, IncidentSeen)]
    if seen:
        return list(seen)
    reasons = sorted({one.reason for one in said if isinstance(one, Ignored)})
    return Ignored(" ".join(reasons[:MAX_REASONS]) or "The notification holds no alert.")


def group_name(group_key: str) -> str:
    """The name that Alertmanager's PagerDuty and Opsgenie receivers give a group: the hash of its key."""
    return f"alertgroup/{sha256(group_key.encode()).hexdigest()}"


def _group_key(body: Fields) -> str:
    value = body.raw("groupKey")
    if not isinstance(value, str) or not value:
        body.refuse("groupKey", "a text")
    return clean(value)


def _incident(group: Group, alert: Fields) -> IncidentSeen | Ignored:
    labels = told_in(object_or_none(alert, "labels"))
    name = labels.get("alertname", "")
    fingerprint, starts_at = alert.text("fingerprint", 64), alert.time("startsAt")
    status = alert.text("status").lower()
    if status not in ("firing", "resolved"):
        alert.refuse("status", "firing or resolved")
    severity = severity_of_word(first_told(labels, group.options.severity_keys), group.options.severities)
    why_not = _why_not(group.options, labels, severity)
    if why_not:
        return Ignored(why_not)
    place = place_of(group.options, labels, name)
    if place.service is None:
        return Ignored(f"The alert {name} names no service: none of its labels is one of "
                       f"{', '.join(group.options.service_keys)} (options service_keys, services).")  # fmt: skip
    # While it fires, endsAt is no end: it is the year 1, or when Alertmanager will take it for over.
    ends_at = max(alert.time("endsAt"), starts_at) if status == "resolved" else None
    said = _said(group, alert, fingerprint, starts_at, name) | ({"severity": severity} if severity else {})
    if ends_at is not None:
        said["resolved_at"] = ends_at
    identity = external_id("alertmanager", fingerprint, (starts_at - EPOCH) // timedelta(microseconds=1))
    return IncidentSeen(
        ends_at or starts_at, group.key, identity, place.service, None, place.environment, None, said
    )  # fmt: skip


def _said(group: Group, alert: Fields, fingerprint: str, starts_at: datetime, name: str) -> Said:
    shared = [f"alert/{fingerprint}"] + ([group.name] if group.options.one_incident_per == "group" else [])
    said: Said = {"opened_at": starts_at, "same_as": shared}
    annotations = alert.maybe_child("annotations")
    titles = (annotations.prose("summary"), annotations.prose("title")) if annotations else ()
    said["title"] = next((title.strip()[:MAX_TITLE] for title in titles if title.strip()), name)
    url = alert.url("generatorURL")
    return said | ({"url": url} if url else {})


def _why_not(options: AlertmanagerOptions, labels: Told, severity: str | None) -> str:
    """Why the alert is no incident; empty where it is one."""
    name = labels.get("alertname", "")
    if name in ALWAYS_FIRING and not any(name == matcher.glob for matcher in options.alerts):
        return f"{name} always fires, to show that alerting works: it is no incident."
    if not options.alerts:
        if severity in PAGES:
            return ""
        return f"{name} pages nobody: its severity is not sev1 or sev2 (options alerts, severities)."
    if any(fnmatchcase(labels.get(matcher.label, ""), matcher.glob) for matcher in options.alerts):
        return ""
    return f"{name} fits none of the option alerts."


SENDER = Sender(kind="alertmanager", parse=parse, options=AlertmanagerOptions.from_dict, tells=("incidents",))
