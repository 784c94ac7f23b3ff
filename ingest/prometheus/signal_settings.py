"""Signals as people set them up: make one, change it, map a label's value to a service, pause it."""

from dataclasses import fields
from typing import Any

from django.db import IntegrityError, transaction

from ingest.inbox.manage import log_change
from ingest.models import PrometheusServer, Signal
from ingest.models.signals import Origin
from ingest.prometheus.signals import OVERLAP
from ingest.prometheus.told import Refused, SignalSaid, check_signal

FIELDS = tuple(field.name for field in fields(SignalSaid) if field.name != "server")
LISTS = ("succeeded", "failed")


def said_of(signal: Signal) -> SignalSaid:
    """A signal's row as it was told."""
    told: dict[str, Any] = {name: getattr(signal, name) for name in FIELDS}
    return SignalSaid(**told | {name: tuple(told[name]) for name in LISTS})


def draft_signal(server: PrometheusServer, said: SignalSaid) -> Signal:
    """A signal as it would be, checked and not stored, so that it can be tried. Raises ``Refused``."""
    check_signal(said)
    return Signal(server=server, **_values(said))


def make_signal(server: PrometheusServer, said: SignalSaid, *, by: str, origin: str = Origin.SITE) -> Signal:
    """Store a signal, which is read from its ``since`` on. Raises ``Refused``."""
    check_signal(said)
    try:
        with transaction.atomic():
            made = Signal.objects.create(server=server, origin=origin, **_values(said))
    except IntegrityError as error:
        raise Refused(f"The server has a signal called {said.name} already. Choose another name.", "name") from error
    log_change(server.source, by, f"given the signal {said.name}")
    return made


def change_signal(signal: Signal, said: SignalSaid, *, by: str) -> bool:
    """Store a change. Whether anything differed.

    Of another query, reading goes on where the last one came to: a series that both give counts on, all others begin
    anew, so that no increase counts twice.

    Raises:
        Refused: it makes no sense, or is of another kind.
    """
    check_signal(said)
    if said.kind != signal.kind:
        raise Refused("A signal stays of its kind: what it told rests on it. Pause it, and add another.", "kind")
    values = _values(said)
    differs = {name: value for name, value in values.items() if getattr(signal, name) != value}
    if not differs:
        return False
    if "query" in differs:
        differs |= {"error": "", "failing_since": None, "unmatched": []}
        if signal.read_to is not None:
            # A reading looks again at a little of what was read: of another query that would count twice.
            differs["read_to"] = signal.read_to + OVERLAP
    for name, value in differs.items():
        setattr(signal, name, value)
    try:
        with transaction.atomic():
            signal.save(update_fields=sorted(differs))
    except IntegrityError as error:
        raise Refused(f"The server has a signal called {said.name} already. Choose another name.", "name") from error
    log_change(signal.server.source, by, f"given another signal {said.name} ({', '.join(sorted(differs))})")
    return True


def map_services(signal: Signal, services: dict[str, str], *, by: str) -> None:
    """Let values of the label stand for services of other names, besides those that do. Raises ``Refused``."""
    said = said_of(signal)
    joined = {**said.services, **services}
    told = {name: getattr(said, name) for name in FIELDS} | {"services": joined}
    change_signal(signal, SignalSaid(**told), by=by)
    left = [value for value in signal.unmatched if value not in joined]
    Signal.objects.filter(pk=signal.pk).update(unmatched=left)


def set_enabled(signal: Signal, enabled: bool, *, by: str) -> None:
    """Pause a signal, or let it go on where it was."""
    if Signal.objects.filter(pk=signal.pk, enabled=not enabled).update(enabled=enabled):
        log_change(signal.server.source, by, f"told to {'read' if enabled else 'pause'} the signal {signal.name}")


def _values(said: SignalSaid) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(said, name) for name in FIELDS}
    told |= {name: list(told[name]) for name in LISTS}
    return told | {"services": dict(said.services), "name": said.name.strip(), "query": said.query.strip()}
