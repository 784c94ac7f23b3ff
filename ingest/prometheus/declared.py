"""What PROMETHEUS_URL and the file of PROMETHEUS_CONFIG tell, brought to rows before each reading.

What left is paused, and what it told stays; what came back goes on. Where the file can't be read, or an entry of it
can't be taken, what it told before holds.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from ingest.errors import IngestError
from ingest.models import PrometheusServer, Signal
from ingest.models.signals import Origin
from ingest.prometheus import servers
from ingest.prometheus.config import Declared, ServerSaid, SignalEntry, read_config
from ingest.prometheus.signal_settings import change_signal, make_signal
from ingest.prometheus.told import MAX_PEM, Refused

BY = "its configuration"
DEFAULT = "Prometheus"  # the name of the server of PROMETHEUS_URL
PEM = "-----BEGIN"


class _Told(NamedTuple):
    """A server, what is secret of it, and who told it."""

    said: ServerSaid
    credentials: dict[str, str]
    ca: str
    origin: str


def declare() -> list[str]:
    """Make rows of what is told, and end what is no more; what is wrong in it, each with what to do."""
    found, errors = _file()
    told = _servers(found, errors)
    rows = {}
    for one in told:
        with _told_as(errors, one.said.line, one.origin):
            rows[one.said.name.casefold()] = _server(one)
    _end_servers(found, told)
    held = set()
    for entry in found.signals:
        found.kept["signals"].add(entry.said.name.casefold())
        with _told_as(errors, entry.line):
            held.add(_signal(entry, rows))
            found.kept["signals"].discard(entry.said.name.casefold())
    _end_signals(found, held)
    return errors


def problems() -> list[str]:
    """What is wrong in what is told, looked at alone: nothing is changed."""
    found, errors = _file()
    _servers(found, errors)
    return errors


# ---------------------------------------------------------------- reading


def _file() -> tuple[Declared, list[str]]:
    path = str(settings.PROMETHEUS_CONFIG or "")
    if not path:
        return Declared(), []
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Declared(readable=False), [f"PROMETHEUS_CONFIG={path} can't be read: {reason}."]
    found = read_config(text)
    return found, [_line(problem.line, problem.message) for problem in found.problems]


def _line(line: int, message: str) -> str:
    return f"{Path(str(settings.PROMETHEUS_CONFIG)).name}, line {line}: {message}"


@contextmanager
def _told_as(errors: list[str], line: int, origin: str = Origin.FILE) -> Iterator[None]:
    try:
        yield
    except IngestError as error:
        errors.append(_line(line, str(error)) if origin == Origin.FILE else f"PROMETHEUS_URL: {error}")


def _servers(found: Declared, errors: list[str]) -> list[_Told]:
    """The environment's server and the file's, those with their secrets at hand."""
    told = []
    if settings.PROMETHEUS_URL:
        with _told_as(errors, 0, Origin.ENVIRONMENT):
            told.append(_of_environment())
    for said in found.servers:
        with _told_as(errors, said.line):
            if settings.PROMETHEUS_URL and said.name.casefold() == DEFAULT.casefold():
                raise Refused(f"The server of PROMETHEUS_URL is called {DEFAULT}. Choose another name.")
            told.append(_Told(said, _secrets(said), _read(said.ca_file, "ca_file"), Origin.FILE))
    return told


def _of_environment() -> _Told:
    pairs = {
        "token": settings.PROMETHEUS_TOKEN,
        "username": settings.PROMETHEUS_USERNAME,
        "password": settings.PROMETHEUS_PASSWORD,
    }
    ca = settings.PROMETHEUS_CA
    said = ServerSaid(DEFAULT, settings.PROMETHEUS_URL, 0, plain_http=settings.PROMETHEUS_PLAIN_HTTP)
    held = {name: value for name, value in pairs.items() if value}
    return _Told(said, held, ca if ca.startswith(PEM) else _read(ca, "PROMETHEUS_CA"), Origin.ENVIRONMENT)


def _secrets(said: ServerSaid) -> dict[str, str]:
    """Raises ``Refused`` for a variable that is not set or a file that can't be read."""
    found = {"username": said.username} if said.username else {}
    for name, variable in said.variables.items():
        value = os.environ.get(variable, "").strip()
        if not value:
            raise Refused(f"The variable {variable} ({name}_env) is not set where this runs.")
        found[name] = value
    for name, path in said.files.items():
        found[name] = _read(path, f"{name}_file")
    return found


def _read(path: str, name: str) -> str:
    """A small file's text, empty where none is named. Raises ``Refused``."""
    if not path:
        return ""
    try:
        with Path(path).open("rb") as file:
            text = file.read(MAX_PEM + 1).decode().strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Refused(f"The file {path} ({name}) can't be read: {reason}.") from error
    if not text or len(text) > MAX_PEM:
        raise Refused(f"The file {path} ({name}) is empty or larger than {MAX_PEM:,} bytes.")
    return text


# ---------------------------------------------------------------- rows


def _server(told: _Told) -> PrometheusServer:
    """The row of a server, made or changed where it differs. Raises ``IngestError``."""
    said = told.said
    row = _named(said.name)
    if row is not None and row.origin != told.origin:
        raise Refused(f"A server called {said.name} was set up {_whose(row)}. Choose another name.")
    options: dict[str, object] = {
        "tenant": said.tenant,
        "ca": told.ca,
        "timeout": said.timeout or servers.SECONDS,
        "plain_http": said.plain_http,
    }
    if row is None:
        made = servers.draft(said.name, said.url, credentials=told.credentials, origin=told.origin, **options)  # type: ignore[arg-type]
        row = servers.connect(made, by=BY)
    else:
        made = servers.changed(row, url=said.url, credentials=told.credentials, **options)  # type: ignore[arg-type]
        servers.change(row, made, by=BY)
    servers.set_paused(row, said.paused, timezone.now(), by=BY)
    return row


def _named(name: str) -> PrometheusServer | None:
    rows = PrometheusServer.objects.select_related("source")
    return next((row for row in rows if row.source.name.casefold() == name.casefold()), None)


def _whose(row: PrometheusServer) -> str:
    return {Origin.SITE: "on the site", Origin.FILE: "in the file"}.get(Origin(row.origin), "by PROMETHEUS_URL")


def _signal(entry: SignalEntry, rows: Mapping[str, PrometheusServer]) -> int:
    """The id of a signal's row, made or changed where it differs. Raises ``IngestError``."""
    said = entry.said
    server = _server_of(said.server, rows)
    row = Signal.objects.filter(server=server, name__iexact=said.name).select_related("server__source").first()
    if row is not None and row.origin != Origin.FILE:
        raise Refused(f"The server has a signal called {said.name} that was set up on the site. Choose another name.")
    if row is None:
        row = make_signal(server, said, by=BY, origin=Origin.FILE)
    else:
        change_signal(row, said, by=BY)
    if row.enabled == entry.paused:
        Signal.objects.filter(pk=row.pk).update(enabled=not entry.paused)
    return row.pk


def _server_of(name: str, rows: Mapping[str, PrometheusServer]) -> PrometheusServer:
    """The server of that name; the only one where none is named. Raises ``Refused``."""
    if name:
        found = rows.get(name.casefold()) or _named(name)
        if found is None:
            raise Refused(f"There is no server called {name}. Add it under servers, or on the site.")
        return found
    every = list(rows.values()) or list(PrometheusServer.objects.select_related("source")[:2])
    if len(every) != 1:
        raise Refused(f"There {'are several servers' if every else 'is no server'}. Say which one: “server: NAME”.")
    return every[0]


def _end_servers(found: Declared, told: list[_Told]) -> None:
    """Pause what is told no more."""
    kept = {one.said.name.casefold() for one in told} | {said.name.casefold() for said in found.servers}
    kept |= found.kept["servers"]
    for row in PrometheusServer.objects.exclude(origin=Origin.SITE).select_related("source"):
        gone = row.source.name.casefold() not in kept if row.origin == Origin.FILE else not settings.PROMETHEUS_URL
        if gone and (found.readable or row.origin == Origin.ENVIRONMENT):
            servers.set_paused(row, True, timezone.now(), by=BY)


def _end_signals(found: Declared, held: set[int]) -> None:
    """Switch off what is told no more; not what has the name of an entry that could not be taken."""
    if not found.readable:
        return
    for row in Signal.objects.filter(origin=Origin.FILE, enabled=True).exclude(pk__in=held):
        if row.name.casefold() not in found.kept["signals"]:
            Signal.objects.filter(pk=row.pk).update(enabled=False)
