"""The last deliveries of a source, each with what it gave: read again, purely, and linked to the facts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Model
from django.db.models.functions import Length
from django.urls import reverse

from dashboard import formats
from dashboard.pages.figures import Status
from dashboard.pages.sources.said import counted, sentence, together
from ingest.bodies import body_of
from ingest.errors import MalformedPayload
from ingest.inbox.process import Outcome, parse_webhook
from ingest.models import Delivery, Deployment, Incident, Source
from ingest.models.inbox import DeliveryStatus, SourceKind
from ingest.parsers.native import parse_line
from ingest.parsers.observation import DeploymentSeen, IncidentSeen, Observation
from ingest.parsers.senders import SENDERS

SHOWN = 20  # deliveries
TOLD = 3  # observations of one in full
READ_UP_TO = 200_000  # bytes as stored; what is larger is not read for a list
STATUS = {
    DeliveryStatus.PENDING: Status("none", "waits"),
    DeliveryStatus.PROCESSED: Status("good", "recorded"),
    DeliveryStatus.IGNORED: Status("none", "ignored"),
    DeliveryStatus.QUARANTINED: Status("bad", "quarantined"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """What a delivery gave; ``href`` leads to the fact, empty where there is no page of it."""

    text: str
    href: str = ""


@dataclass(slots=True)
class Given:
    """A delivery: what it gave, or why nothing."""

    delivery: Delivery
    status: Status
    told: Sequence[Observation] = ()
    lines: list[Line] = field(default_factory=list)


def deliveries(source: Source) -> list[Given]:
    """The newest deliveries. Five queries, however many."""
    rows = source.deliveries.order_by("-received_at", "-pk").defer("body")[:SHOWN]
    found = [Given(one, STATUS[DeliveryStatus(one.status)]) for one in rows]
    recorded = [one.delivery.pk for one in found if one.delivery.status == DeliveryStatus.PROCESSED]
    small = Delivery.objects.alias(size=Length("body")).filter(pk__in=recorded, size__lte=READ_UP_TO)
    bodies = small.in_bulk()
    for one in found:
        held = bodies.get(one.delivery.pk)
        if held is not None:
            held.source = source
            _read(one, held)
        elif one.delivery.status == DeliveryStatus.PROCESSED:
            one.lines = [Line(formats.plural(one.delivery.event_count, "event"))]
        else:
            one.lines = [Line(_why(one.delivery, source)), *_set_aside(one.delivery, source)]
    _link(source, found)
    return found


def _why(delivery: Delivery, source: Source) -> str:
    if delivery.status == DeliveryStatus.PENDING:
        return "It waits: the source is paused." if source.paused_at else "It is read in a moment."
    return delivery.note or delivery.error


def _set_aside(delivery: Delivery, source: Source) -> Iterator[Line]:
    """The way to its payload, to what can be done, and to a replay."""
    if delivery.status == DeliveryStatus.QUARANTINED:
        query = urlencode({"status": delivery.status, "source": source.public_id})
        yield Line("Payload, what to do, replay", f"{reverse('deliveries')}?{query}")


def _read(one: Given, delivery: Delivery) -> None:
    try:
        outcome = _outcome(delivery)
    except MalformedPayload as error:
        one.lines = [Line(f"Recorded; by the options of today it would be refused: {error}")]
        return
    if outcome.ignored:
        one.lines = [Line(f"Recorded; by the options of today it would be ignored: {outcome.ignored}")]
    one.told = outcome.observations


def _outcome(delivery: Delivery) -> Outcome:
    """What it says, without claiming any key: looking changes nothing."""
    source = delivery.source
    if source.kind == SourceKind.NATIVE:
        lines = body_of(delivery).split(b"\n", TOLD + 1)[: TOLD + 1]
        return Outcome([parse_line(line, delivery.received_at).observation for line in lines])
    if source.kind not in SENDERS:
        return Outcome([])
    return parse_webhook(source, delivery.headers, body_of(delivery), delivery.received_at, delivery.key)


def _link(source: Source, found: Iterable[Given]) -> None:
    """Write the lines of what was read, with links to the facts that there are."""
    known = hrefs(source, [seen for one in found for seen in together(one.told)[:TOLD]])
    for one in found:
        if one.told:
            one.lines = list(lines_of(one.told, known, one.delivery.event_count))


def hrefs(source: Source, told: Iterable[Observation]) -> dict[tuple[type, str], str]:
    """Pages of the facts of these observations, by kind of observation and external id."""
    by_kind: dict[type, set[str]] = {DeploymentSeen: set(), IncidentSeen: set()}
    for seen in told:
        if isinstance(seen, DeploymentSeen | IncidentSeen):
            by_kind[type(seen)].add(seen.external_id)
    found: dict[tuple[type, str], str] = {}
    models: list[tuple[type, type[Model], str]] = [
        (DeploymentSeen, Deployment, "deployment"),
        (IncidentSeen, Incident, "incident"),
    ]
    for kind, model, page in models:
        if by_kind[kind]:
            rows = model._default_manager.filter(source=source, external_id__in=by_kind[kind])
            found |= {(kind, name): reverse(page, args=[pk]) for name, pk in rows.values_list("external_id", "pk")}
    return found


def lines_of(told: Sequence[Observation], known: dict[tuple[type, str], str], events: int = 0) -> Iterator[Line]:
    """The first few facts in full, the others counted. ``events``: how many there are, where not all were read."""
    facts, unread = together(told), max(events - len(told), 0)
    for seen in facts[:TOLD]:
        yield Line(sentence(seen), known.get((type(seen), getattr(seen, "external_id", "")), ""))
    if unread:
        yield Line(f"and {formats.plural(unread + len(facts[TOLD:]), 'more event', 'more events')}")
    elif len(facts) > TOLD:
        yield Line(f"and {counted(facts[TOLD:])} more")
