"""Objectives of the file in ``PROMETHEUS_CONFIG`` (``slos:``) become rows; a bad entry spoils no other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

from ingest.catalogue.documents import BadEntry, Entry, documents
from ingest.models import PrometheusServer, Slo
from ingest.models.signals import Origin
from ingest.prometheus.named import known_services
from scorecards.reading.durations import seconds_of
from scorecards.reading.slos.model import Indicator, aim_of
from scorecards.reliability.indicator import HOUR, LONGEST, MAX_QUERY, Queries, measure_of
from scorecards.reliability.told import ToldSlo, keep

QUERIES = ("bad_query", "good_query", "total_query", "error_ratio_query", "success_ratio_query")
KNOWN = ("service", "name", "description", "objective", "window", "server", *QUERIES)
MAX_ENTRIES = 5_000
DEFAULT_WINDOW = "30d"


@dataclass(frozen=True, slots=True)
class Said:
    """One entry as told. ``objective`` is 0 to 1, ``window`` seconds, ``server`` a name, empty for the first."""

    line: int
    service: str
    name: str
    objective: float
    window: int
    queries: Queries
    description: str = ""
    server: str = ""

    @property
    def key(self) -> str:
        return f"file/{self.service.casefold()}/{self.name.casefold()}"


@dataclass(slots=True)
class File:
    """What the file tells. ``kept``: keys of entries that can't be taken: what they told before stays.

    ``readable``: whether one can tell what is not in it.
    """

    said: list[Said] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    readable: bool = True


def declare(now: datetime) -> list[str]:
    """Bring the rows of the file to what it tells; what is wrong in it, each with where and what to do."""
    file = _file()
    rows = list(_told(file))
    kept = Slo.objects.filter(origin=Origin.FILE).exclude(key__in=file.kept)
    if rows or kept.exists():
        keep(rows, kept, now, complete=file.readable)
    return file.problems


def problems() -> list[str]:
    """What is wrong in the file, looked at alone: nothing is changed."""
    file = _file()
    list(_told(file))
    return file.problems


def _told(file: File) -> Iterator[ToldSlo]:
    if not file.said:
        return
    servers = {row.source.name.casefold(): row.pk for row in PrometheusServer.objects.select_related("source")}
    ids = known_services(one.service for one in file.said)
    for one in file.said:
        if one.server and one.server.casefold() not in servers:
            file.problems.append(_line(one.line, f"There is no server called {one.server}."))
            file.kept.add(one.key)
            continue
        yield ToldSlo(
            key=one.key,
            service_id=ids.get(one.service),
            service_name=one.service,
            name=one.name,
            objective=one.objective,
            window_seconds=one.window,
            measure=measure_of(one.queries, one.window),
            origin=Origin.FILE,
            description=one.description,
            aim=aim_of(f"{one.name} {one.description}", Indicator("none")),
            server_id=servers[one.server.casefold()] if one.server else None,
            path=Path(str(settings.PROMETHEUS_CONFIG)).name,
            line=one.line,
        )


# ---------------------------------------------------------------- reading


def _file() -> File:
    path = str(getattr(settings, "PROMETHEUS_CONFIG", "") or "")
    if not path:
        return File()
    try:
        return read_slos(Path(path).read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return File(problems=[f"PROMETHEUS_CONFIG={path} can't be read: {reason}."], readable=False)


def _line(line: int, message: str) -> str:
    return f"{Path(str(settings.PROMETHEUS_CONFIG)).name}, line {line}: {message}"


def read_slos(text: bytes) -> File:
    """The entries of ``slos:``. Never raises for content; what else the file holds is read elsewhere."""
    file = File()
    try:
        for node in documents(text):
            for item in Entry(node).items("slos", MAX_ENTRIES):
                _take(file, item)
    except BadEntry as bad:
        file.problems.append(_line(bad.problem.line, bad.problem.message))
        file.readable = False
    return file


def _take(file: File, node: object) -> None:
    entry = None
    try:
        entry = Entry(node)  # type: ignore[arg-type]
        said = _said(entry)
        if any(one.key == said.key for one in file.said):
            raise entry.refuse("name", f"is that of another objective of {said.service} already, which stands.")
        file.said.append(said)
    except BadEntry as bad:
        file.problems.append(_line(bad.problem.line, bad.problem.message))
        key = _key(entry)
        file.readable = file.readable and key is not None
        if key is not None and not any(one.key == key for one in file.said):
            file.kept.add(key)


def _key(entry: Entry | None) -> str | None:
    """Of which entry a problem is; ``None`` where that can't be told."""
    try:
        names = (entry.required("service"), entry.required("name")) if entry is not None else None
    except BadEntry:
        return None
    return f"file/{names[0].casefold()}/{names[1].casefold()}" if names else None


def _said(entry: Entry) -> Said:
    for name in sorted(entry.names() - set(KNOWN)):
        raise entry.refuse(name, f"is not known here. Known are: {', '.join(KNOWN)}.")
    return Said(
        line=entry.line,
        service=entry.required("service"),
        name=entry.required("name"),
        objective=_objective(entry),
        window=_window(entry),
        queries=_queries(entry),
        description=entry.block("description", 2_000) or "",
        server=entry.text("server") or "",
    )


def _objective(entry: Entry) -> float:
    text = entry.required("objective").removesuffix("%").strip()
    try:
        percent = float(text)
    except ValueError as error:
        raise entry.refuse("objective", "is a percentage, such as 99.9.") from error
    if not 0 < percent <= 100:
        raise entry.refuse("objective", "is a percentage above 0 and up to 100, such as 99.9.")
    return round(percent / 100, 12)


def _window(entry: Entry) -> int:
    seconds = seconds_of(entry.text("window") or DEFAULT_WINDOW)
    if seconds is None or not HOUR <= seconds <= LONGEST:
        raise entry.refuse("window", "is a time from 1h to 366d, such as 30d.")
    return int(seconds)


def _queries(entry: Entry) -> Queries:
    told = {name: entry.block(name, MAX_QUERY) or "" for name in QUERIES}
    ways = [name for name in QUERIES if name != "total_query" and told[name]]
    if len(ways) != 1:
        raise BadEntry(
            entry.line,
            "One of bad_query, good_query, error_ratio_query and success_ratio_query is wanted, and only one.",
        )
    if ways[0] in ("error_ratio_query", "success_ratio_query"):
        if told["total_query"]:
            raise entry.refuse("total_query", "does not go with a ratio. Leave it out.")
        return Queries("ratio", told["error_ratio_query"], told["success_ratio_query"])
    if not told["total_query"]:
        raise entry.refuse("total_query", "is required beside it: the query that counts all events.")
    return Queries("events", told["bad_query"], told["good_query"], told["total_query"])
