"""How each fact lies in its table: which column holds which field, and how it is written and read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from ingest.facts.bulk import from_json, from_time, to_json
from ingest.facts.join import Joined, pack, unpack
from ingest.models import Change, Deployment, Incident, PullRequest

Code = Callable[[Any], Any]
MAX_VERSION = 300


def _plain(value: Any) -> Any:
    return value


def _write_text(value: Any) -> Any:
    return "" if value is None else value


def _read_text(value: Any) -> Any:
    return value or None


def _write_list(value: Any) -> Any:
    return to_json(value or [])


def _flag(value: Any) -> bool:
    return bool(value)


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a fact and its column."""

    field: str
    name: str
    write: Code
    read: Code


def _text(*names: str) -> list[Column]:
    return [Column(name, name, _write_text, _read_text) for name in names]


def _flags(*names: str) -> list[Column]:
    return [Column(name, name, _flag, _flag) for name in names]


def _times(*names: str) -> list[Column]:
    return [Column(name, name, _plain, from_time) for name in names]


def _ids(*names: str) -> list[Column]:
    return [Column(name, name, _plain, _plain) for name in names]


def _lists(*names: str) -> list[Column]:
    """Lists that are empty where nothing was said."""
    return [Column(name, name, _write_list, from_json) for name in names]


def _told_lists(*names: str) -> list[Column]:
    """Lists that are null where nothing was said."""
    return [Column(name, name, to_json, from_json) for name in names]


@dataclass(frozen=True, slots=True)
class FactTable:
    """A fact's table. ``key``: the columns of its identity, with their PostgreSQL types; ``derived``: columns computed
    from the joined fact."""

    model: type[models.Model]
    key: tuple[str, ...]
    key_types: tuple[str, ...]
    columns: tuple[Column, ...]
    derived: tuple[tuple[str, Callable[[Joined], Any]], ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """The columns of a write, after the key."""
        derived = tuple(name for name, _ in self.derived)
        return (*(column.name for column in self.columns), *derived, "stamps", "updated_at")

    def row(self, joined: Joined, now: Any) -> list[Any]:
        get = joined.values.get
        cells = [column.write(get(column.field)) for column in self.columns]
        cells += [compute(joined) for _, compute in self.derived]
        cells += [pack(joined.stamps), now]
        return cells

    @property
    def selected(self) -> tuple[str, ...]:
        derived = tuple(name for name, _ in self.derived)
        return ("id", *self.key, "stamps", *(column.name for column in self.columns), *derived)

    def read(self, cells: Any) -> tuple[int, tuple[Any, ...], Joined]:
        """A selected row: its id, its identity, and the fact as joined so far."""
        width = 1 + len(self.key)
        stamps = unpack(cells[width])
        values = {
            column.field: column.read(cell)
            for column, cell in zip(self.columns, cells[width + 1 :], strict=False)
            if column.field in stamps
        }
        if self.model is Deployment:
            status = cells[width + 1 + len(self.columns)]
            values["terminal" if "terminal" in stamps else "progress"] = status
        return cells[0], tuple(cells[1:width]), Joined(values, stamps)


DEPLOYMENTS = FactTable(
    Deployment,
    ("source", "external_id"),
    ("bigint", "text"),
    (
        *_ids("service", "environment", "repository"),
        Column("kind", "kind", lambda kind: kind or "release", _plain),
        # An index can't hold a longer one; no source sends it but by mistake.
        Column("version", "version", lambda version: (version or "")[:MAX_VERSION], _read_text),
        *_text("sha", "rollback_of", "url", "by"),
        *_lists("fixes", "same_as"),
        *_told_lists("pull_requests", "shas"),
        *_flags("bot"),
        *_times("started_at"),
    ),
    (("status", lambda joined: joined.status), ("finished_at", lambda joined: joined.finished_at)),
)

CHANGES = FactTable(
    Change,
    ("repository", "sha"),
    ("bigint", "text"),
    (
        *_ids("pull_request"),
        *_text("title", "author"),
        *_flags("bot", "merge", "revert", "reapply", "hotfix"),
        *_lists("reverts"),
        *_told_lists("parents", "paths"),
        *_times("authored_at", "committed_at"),
    ),
)

PULL_REQUESTS = FactTable(
    PullRequest,
    ("repository", "number"),
    ("bigint", "integer"),
    (
        *_text("title", "author", "base_branch", "how", "merge_sha", "url"),
        *_flags("bot", "hotfix", "revert"),
        *_told_lists("commits"),
        *_times("first_commit_at", "opened_at", "ready_at", "first_review_at", "approved_at", "merged_at", "closed_at"),
    ),
)

INCIDENTS = FactTable(
    Incident,
    ("source", "external_id"),
    ("bigint", "text"),
    (
        *_ids("service", "environment"),
        *_text("title", "severity", "caused_by", "url"),
        *_lists("same_as"),
        *_times("opened_at", "acknowledged_at", "resolved_at"),
    ),
    (("names_cause", lambda joined: "caused_by" in joined.stamps),),
)
