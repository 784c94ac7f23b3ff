"""Lists by a cursor: stable while rows are written, ordered by when they changed."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from dashboard.api.errors import BadQuery


class ByChange(CursorPagination):
    """``{"next", "previous", "results"}``; ``page_size`` up to 1000."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering = ("updated_at", "pk")
    offset_cutoff = 10_000_000  # among rows of the same moment: what one scan changes bears the same

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get(self.page_size_query_param)
        if text is not None and not (text.isdecimal() and 1 <= int(text[:6]) <= self.max_page_size):
            raise BadQuery(f"page_size={text[:20]!r} makes no sense. Use 1 to {self.max_page_size}.")
        return int(text) if text else self.page_size

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None and parse_datetime(str(cursor.position)) is None:
                raise ValueError("no time")
        except (NotFound, ValueError, OverflowError) as error:
            raise BadQuery("This cursor can't be read. Follow next and previous as they are.") from error
        return cursor


def changed_since(rows: QuerySet[Any], request: Request, changed_at: str = "updated_at") -> QuerySet[Any]:
    """The rows that changed at or after ``updated_since``, where that is asked for.

    Raises:
        BadQuery: it is no time with a zone.
    """
    text = request.query_params.get("updated_since")
    if not text:
        return rows
    try:
        at = parse_datetime(text.replace(" ", "+"))  # a plus sign in an address that nobody quoted
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not datetime(1970, 1, 1, tzinfo=UTC) <= at:
        raise BadQuery(f"updated_since={text[:40]!r} is no time. Write it like 2026-11-23T12:00:00Z.")
    return rows.filter(**{f"{changed_at}__gte": at})
