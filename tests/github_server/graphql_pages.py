"""Connections: docs.github.com/graphql/guides/using-pagination-in-the-graphql-api. Cursors are opaque to clients.

A list that is ordered by a value goes on behind that value, so that what changed meanwhile moves, as at GitHub; the
history of a commit is fixed by the commit; a short list goes on by its place.
"""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Key = Callable[[Any], tuple[Any, ...]]


class Failed(Exception):
    """An error of a query, with GitHub's word for its kind."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True)
class Edge:
    cursor: str
    node: Any
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(slots=True)
class Connection:
    edges: list[Edge]
    page_info: PageInfo
    total_count: int

    @property
    def nodes(self) -> list[Any]:
        return [edge.node for edge in self.edges]


def encoded(told: Any) -> str:
    return b64encode(f"cursor:v2:{json.dumps(told)}".encode()).decode()


def decoded(cursor: str) -> Any:
    """Raises ``Failed`` for what is no cursor of ours."""
    try:
        text = b64decode(cursor, validate=True).decode()
        if not text.startswith("cursor:v2:"):
            raise ValueError
        return json.loads(text.removeprefix("cursor:v2:"))
    except (Base64Error, ValueError) as error:
        raise Failed("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from error


def by_value(rows: Sequence[Any], key: Key, args: dict[str, Any], *, descending: bool = False) -> Connection:
    """Ordered by ``key``, whose values are texts and numbers that no two rows share."""
    ordered = sorted(rows, key=key, reverse=descending)
    start, end = 0, len(ordered)
    if args.get("after"):
        at = tuple(decoded(args["after"]))
        start = sum((key(row) >= at) if descending else (key(row) <= at) for row in ordered)
    if args.get("before"):
        at = tuple(decoded(args["before"]))
        end = sum((key(row) > at) if descending else (key(row) < at) for row in ordered)
    return _cut(ordered, start, end, args, lambda place: encoded(key(ordered[place])))


def by_place(rows: Sequence[Any], args: dict[str, Any]) -> Connection:
    """In the order they have."""
    start = decoded(args["after"]) if args.get("after") else 0
    end = decoded(args["before"]) - 1 if args.get("before") else len(rows)
    return _cut(rows, min(start, len(rows)), min(end, len(rows)), args, lambda place: encoded(place + 1))


def of_history(sha: str, rows: Sequence[Any], args: dict[str, Any]) -> Connection:
    """Of one commit: cursors are its sha and a place, as GitHub's are."""
    start = 0
    if args.get("after"):
        known, _, place = args["after"].partition(" ")
        if known != sha or not place.isdecimal():
            raise Failed("INVALID_CURSOR_ARGUMENTS", f"`{args['after']}` does not appear to be a valid cursor.")
        start = min(int(place) + 1, len(rows))
    return _cut(rows, start, len(rows), args, lambda place: f"{sha} {place}")


def _cut(rows: Sequence[Any], start: int, end: int, args: dict[str, Any], cursor: Callable[[int], str]) -> Connection:
    begin, stop = start, max(end, start)
    if args.get("first") is not None:
        stop = min(stop, begin + args["first"])
    elif args.get("last") is not None:
        begin = max(begin, stop - args["last"])
    edges = [Edge(cursor(place), rows[place]) for place in range(begin, stop)]
    ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
    return Connection(edges, PageInfo(stop < len(rows), begin > 0, *ends), len(rows))
