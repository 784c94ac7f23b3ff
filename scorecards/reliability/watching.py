"""Asks Prometheus what the triggers of the rollback policy look at, and keeps which have fired, and when.

A server that does not answer changes nothing: what was known stays, as of when it was. What a server that answers has
no values for is not known, and then what had fired does so no longer.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from ingest.catalogue.names import environment_class
from ingest.errors import AccessDenied, IngestError, SourceUnavailable
from ingest.models import Environment, PrometheusServer, Signal
from ingest.models.catalogue import EnvironmentClass
from ingest.prometheus.client import Prometheus, open_server
from ingest.prometheus.gauges import environment_of, moment
from ingest.prometheus.named import known_services, name_in
from ingest.prometheus.series import Sample, Series
from scorecards.models import TriggerFiring, TriggerState
from scorecards.reliability import rollback_policy
from scorecards.reliability.triggers import (
    STEP,
    Decision,
    Trigger,
    baseline,
    decide,
    worst,
)

logger = logging.getLogger(__name__)

KINDS = ("error_rate", "p99_latency", "memory_growth", "restarts")
USUAL = timedelta(hours=24)  # whose median is the baseline
USUAL_STEP = 300
USUAL_EVERY = 3_600.0  # seconds

ByService = dict[int, list[Sample]]
Peaks = dict[tuple[int, str], float]  # by service and trigger, the worst value since its condition holds


# ---------------------------------------------------------------- a pass


def keep(now: datetime) -> None:
    """Ask the servers that answer, once for each signal that a trigger looks at, and keep what has fired."""
    told = rollback_policy.held()
    by_kind: dict[str, list[Trigger]] = defaultdict(list)
    for trigger in told.triggers:
        by_kind[trigger.kind].append(trigger)
    signals = Signal.objects.filter(enabled=True, kind__in=list(by_kind)).select_related("server__source")
    by_server: dict[PrometheusServer, list[Signal]] = defaultdict(list)
    for signal in signals.order_by("server", "pk"):
        by_server[signal.server].append(signal)
    _forget(by_kind, [signal for own in by_server.values() for signal in own])
    peaks: Peaks = {}
    for server, own in by_server.items():
        if server.source.paused_at is None and server.failing_since is None:
            _ask_server(server, own, by_kind, peaks, now)
    _fire({trigger.name: trigger.action for trigger in told.triggers}, peaks, now)


def _ask_server(
    server: PrometheusServer,
    signals: Sequence[Signal],
    by_kind: Mapping[str, Sequence[Trigger]],
    peaks: Peaks,
    now: datetime,
) -> None:
    try:
        with open_server(server) as prometheus:
            for signal in signals:
                try:
                    _ask(prometheus, signal, by_kind[signal.kind], peaks, now)
                except IngestError as error:
                    logger.warning("Triggers of the signal %s can't be judged: %s", signal.pk, error)
                    if isinstance(error, SourceUnavailable | AccessDenied):
                        prometheus.ready()  # raises where it is the server's fault
    except (SourceUnavailable, AccessDenied) as error:
        logger.warning("The server %s does not tell of triggers: %s", server.pk, error)


def _ask(prometheus: Prometheus, signal: Signal, triggers: Sequence[Trigger], peaks: Peaks, now: datetime) -> None:
    end = datetime.fromtimestamp(now.timestamp() // STEP * STEP, UTC)
    longest = max(trigger.seconds for trigger in triggers)
    found = prometheus.between(signal.query, end - timedelta(seconds=longest + 2 * STEP), end, STEP)
    values = _by_service(signal, found)
    usual = _baselines(prometheus, signal, end) if signal.kind == "p99_latency" else {}
    for trigger in triggers:
        _keep_states(signal, trigger, values, usual, end, peaks)


def _by_service(signal: Signal, found: Iterable[Series]) -> ByService:
    """The worst of what the series of production say, by the service that they name."""
    series = [(name_in(signal, one.labels), environment_of(signal, one.labels), one.samples) for one in found]
    known = known_services({name for name, _, _ in series})
    classes = dict(Environment.objects.values_list("name", "environment_class"))
    own: dict[int, list[Sequence[Sample]]] = defaultdict(list)
    for name, where, samples in series:
        place = classes.get(where) or environment_class(where, settings.ENVIRONMENT_CLASSES)
        if name in known and place == EnvironmentClass.PRODUCTION:
            own[known[name]].append(samples)
    return {pk: worst(parts) for pk, parts in own.items()}


def _baselines(prometheus: Prometheus, signal: Signal, end: datetime) -> dict[int, float]:
    """What is usual, by service. Asked once an hour and kept with the signal, for the query that it was asked by."""
    held = signal.state.get("usual", {})
    if held.get("query") == signal.query and 0 <= end.timestamp() - held["at"] < USUAL_EVERY:
        return {int(pk): value for pk, value in held["values"].items()}
    found = _by_service(signal, prometheus.between(signal.query, end - USUAL, end, USUAL_STEP))
    medians = {pk: baseline([sample.value for sample in samples]) for pk, samples in found.items()}
    values = {pk: value for pk, value in medians.items() if value is not None}
    told = {"query": signal.query, "at": end.timestamp(), "values": {str(pk): value for pk, value in values.items()}}
    signal.state = signal.state | {"usual": told}
    Signal.objects.filter(pk=signal.pk, kind=signal.kind, query=signal.query).update(state=signal.state)
    return values


def _keep_states(
    signal: Signal, trigger: Trigger, values: ByService, usual: Mapping[int, float], end: datetime, peaks: Peaks
) -> None:
    """Decide for each service that the signal tells of now, or told of before."""
    held = {row.service_id: row for row in TriggerState.objects.filter(signal=signal, trigger=trigger.name)}
    states = []
    for pk in sorted(values.keys() | held.keys()):
        limit, samples = trigger.limit(usual.get(pk)), values.get(pk, ())
        decision = decide(samples, limit, trigger.seconds, end.timestamp())
        if decision.peak is not None:
            peaks[pk, trigger.name] = max(decision.peak, peaks.get((pk, trigger.name), decision.peak))
        states.append(
            TriggerState(
                signal=signal,
                service_id=pk,
                trigger=trigger.name,
                value=decision.value,
                limit=limit,
                fired=decision.fired,
                since=_since(held.get(pk), decision, samples),
                at=end,
            )
        )
    TriggerState.objects.bulk_create(
        states,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["service", "trigger", "signal"],
        update_fields=["value", "limit", "fired", "since", "at"],
    )


def _since(held: TriggerState | None, decision: Decision, samples: Sequence[Sample]) -> datetime | None:
    """Since when it holds: longer than what is looked at now, where it held all along before."""
    if decision.since is None:
        return None
    since = moment(decision.since)
    if held is None or held.since is None or held.at < since - timedelta(seconds=STEP):
        return since
    reaches_back = decision.since <= samples[0].at + STEP
    return min(held.since, since) if reaches_back else since


def _forget(by_kind: Mapping[str, Sequence[Trigger]], signals: Sequence[Signal]) -> None:
    """Take away what no signal or trigger tells of any more."""
    kinds = {signal.pk: signal.kind for signal in signals}
    names = {kind: {trigger.name for trigger in own} for kind, own in by_kind.items()}
    rows = TriggerState.objects.values_list("pk", "signal", "trigger")
    gone = [pk for pk, signal, trigger in rows if trigger not in names.get(kinds.get(signal, ""), ())]
    TriggerState.objects.filter(pk__in=gone).delete()


# ---------------------------------------------------------------- what has fired


class _Fired(NamedTuple):
    """A trigger that has fired for a service, as the state of a signal tells."""

    peak: float
    limit: float
    since: datetime
    at: datetime


@transaction.atomic
def _fire(actions: Mapping[str, str], peaks: Peaks, now: datetime) -> None:
    """Begin and end firings as the states tell; of several signals of a trigger the one that held longest."""
    fired: dict[tuple[int, str], _Fired] = {}
    for state in TriggerState.objects.filter(fired=True).order_by("-since", "pk"):
        if state.value is not None and state.limit is not None and state.since is not None:
            key = (state.service_id, state.trigger)
            fired[key] = _Fired(max(state.value, peaks.get(key, state.value)), state.limit, state.since, state.at)
    lasting = {(row.service_id, row.trigger): row for row in TriggerFiring.objects.filter(until=None)}
    for key, row in lasting.items():
        if key not in fired:
            row.until = now
            row.save(update_fields=["until"])
    for key, one in fired.items():
        lasts = lasting.get(key)
        if lasts is None:
            _begin(*key, actions.get(key[1], ""), one)
        elif one.peak > lasts.peak:
            lasts.peak = one.peak
            lasts.save(update_fields=["peak"])


def _begin(service_id: int, name: str, action: str, one: _Fired) -> None:
    """A firing; one that had ended and of which the values say by now that it went on goes on."""
    said = {"action": action, "peak": one.peak, "limit": one.limit, "fired_at": one.at}
    row, made = TriggerFiring.objects.get_or_create(service_id=service_id, trigger=name, since=one.since, defaults=said)
    if not made:
        row.until, row.peak = None, max(row.peak, one.peak)
        row.save(update_fields=["until", "peak"])
