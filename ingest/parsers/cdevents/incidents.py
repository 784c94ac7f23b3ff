"""(pure) incident.* -> incidents; ticket.* too, where they bear an incident's label or type."""

from ingest.parsers.cdevents.delivered import Delivered, Said, last_name
from ingest.parsers.fields import EPOCH
from ingest.parsers.named import Told, first_told, place_of
from ingest.parsers.observation import Ignored, IncidentSeen
from ingest.parsers.observation import Said as Facts

MAX_TITLE = 500


def incident(delivered: Delivered) -> Said:
    """Detected opens it. Reported does so where nothing detected it; resolved ends it."""
    if delivered.predicate not in ("detected", "reported", "resolved"):
        return Ignored(f"Nothing is kept of an incident that was {delivered.predicate}.")
    service = last_name(delivered.reference("service"))
    if service is None and _named(delivered) is None:
        return Ignored("The incident names no service.")
    seen = _seen(delivered, service or _named(delivered) or "", _environment(delivered))
    title = delivered.content.prose("description")[:MAX_TITLE]
    if delivered.predicate == "resolved":
        return [seen._replace(said={"resolved_at": delivered.at})]
    said: Facts = {"title": title} if title else {}
    ticket_url = delivered.content.url("ticketURI")
    if ticket_url:
        said["url"] = ticket_url
    severity = _severity(delivered, delivered.custom)
    if severity is not None:
        said["severity"] = severity
    if delivered.predicate == "detected":
        return [seen._replace(said=said | {"opened_at": delivered.at})]
    # As told at the beginning of time, so that every detection outranks it.
    return [seen._replace(said=said), seen._replace(at=EPOCH, said={"opened_at": delivered.at})]


def ticket(delivered: Delivered) -> Said:
    """A ticket that stands for an incident, from its creation to its closing."""
    wanted = {label.lower() for label in delivered.options.incident_labels}
    labels = [label.lower() for label in delivered.content.texts("labels")]
    kind = delivered.content.prose("ticketType").lower()
    if not wanted & {*labels, kind}:
        return Ignored(f"The ticket bears no label of an incident ({', '.join(sorted(wanted))}).")
    told: Told = {name.strip(): value.strip() for name, _, value in (label.partition(":") for label in labels) if value}
    place = place_of(delivered.options, told | delivered.custom, delivered.subject_id[:300])
    if place.service is None:
        return Ignored("The ticket names no service: give it a label such as “service: pay”.")
    seen = _seen(delivered, place.service, place.environment if place.told else None)
    said: Facts = {"title": delivered.content.prose("summary")[:MAX_TITLE], "url": delivered.content.url("uri")}
    priority = delivered.content.prose("priority").lower()
    if priority in delivered.options.severities:
        said["severity"] = delivered.options.severities[priority]
    if delivered.predicate == "created":
        said["opened_at"] = delivered.at
    elif delivered.predicate == "closed":
        said["resolved_at"] = delivered.at
    elif delivered.predicate != "updated":
        return Ignored(f"Nothing is kept of a ticket that was {delivered.predicate}.")
    return [seen._replace(said=said)]


def _seen(delivered: Delivered, service: str, environment: str | None) -> IncidentSeen:
    """Where no environment is told, it stays open: another event may tell it, and none at all is production."""
    return IncidentSeen(delivered.at, delivered.key, delivered.id_of(), service, None, environment, None, {})


def _named(delivered: Delivered) -> str | None:
    return place_of(delivered.options, delivered.custom).service


def _environment(delivered: Delivered) -> str | None:
    told = last_name(delivered.reference("environment"))
    return told or first_told(delivered.custom, delivered.options.environment_keys)


def _severity(delivered: Delivered, told: Told) -> str | None:
    words = (told.get(name, "").lower() for name in ("severity", "priority"))
    return next((delivered.options.severities[word] for word in words if word in delivered.options.severities), None)
