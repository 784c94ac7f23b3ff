"""Native events for tests: lines as a sender writes them, and the whole way from lines to figures."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ingest.inbox.load import Totals, load
from ingest.inbox.sources import native
from scorecards.rollups.build import build_rollups

RECEIVED_AT = datetime(2026, 3, 20, 12, tzinfo=UTC)


def event(key: str, type: str, at: str, **said: Any) -> bytes:
    """One line."""
    return orjson.dumps({"event": key, "type": type, "at": at, **said})


def load_lines(lines: Iterable[bytes], received_at: datetime = RECEIVED_AT) -> Totals:
    """Receive and record lines, without rollups."""
    return load(native(), io.BytesIO(b"\n".join(lines)), received_at, "a test", lambda totals, known: None)


def ingest(lines: Iterable[bytes], received_at: datetime = RECEIVED_AT) -> Totals:
    """From lines to rollups."""
    totals = load_lines(lines, received_at)
    build_rollups()
    return totals


def ingest_file(path: Path, received_at: datetime) -> Totals:
    """From a file, maybe compressed, to rollups."""
    with path.open("rb") as stream:
        totals = load(native(), stream, received_at, path.name, lambda totals, known: None)
    build_rollups()
    return totals


def worked_example() -> Sequence[bytes]:
    """The worked example of metrics.md as a sender tells it."""

    def commit(sha: str, authored_at: str) -> bytes:
        return event(f"commit {sha}", "commit.pushed", authored_at, service="pay", sha=sha * 7, authored_at=authored_at)

    def deploy(name: str, at: str, status: str, version: str, shas: str, **said: Any) -> bytes:
        said = {"deployment": name, "environment": "production", "status": status, "version": version} | said
        shas_told = [sha * 7 for sha in shas]
        return event(f"deployed {name}", "deployment.finished", at, service="pay", shas=shas_told, **said)

    incident = {"service": "pay", "incident": "i1"}
    return [
        event("pay", "service.declared", "2026-02-01T00:00:00Z", service="pay", team="payments", tier=1),
        commit("b", "2026-03-01T10:00:00Z"),
        commit("a", "2026-03-02T09:30:00Z"),
        deploy("d1", "2026-03-02T10:00:00Z", "success", "1", "ab"),
        commit("c", "2026-03-03T11:00:00Z"),
        deploy("d2", "2026-03-03T12:00:00Z", "success", "2", "c"),
        event("i1 opened", "incident.opened", "2026-03-03T12:10:00Z", caused_by="d2", severity="sev2", **incident),
        deploy("d3", "2026-03-03T12:38:00Z", "success", "1", "", kind="rollback", rollback_of="d2"),
        event("i1 resolved", "incident.resolved", "2026-03-03T12:40:00Z", **incident),
        commit("e", "2026-03-05T08:00:00Z"),
        deploy("d4", "2026-03-05T09:00:00Z", "failure", "3", "e"),
        deploy("d5", "2026-03-05T09:20:00Z", "success", "3", "e"),
    ]
