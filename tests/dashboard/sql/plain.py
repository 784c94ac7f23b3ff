"""Reading as tools do that know nothing of this program."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from django.db import connection


class Plain:
    """The connected database without anything that Django adds to it."""

    def __init__(self) -> None:
        self.copy: sqlite3.Connection | None = None
        if connection.vendor == "sqlite":
            self.copy = sqlite3.connect(":memory:")
            self.copy.executescript("\n".join(connection.connection.iterdump()))

    def rows(self, query: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        if self.copy is not None:
            cursor: Any = self.copy.execute(query.replace("%s", "?"), params)
            return self._told(cursor)
        with connection.cursor() as cursor:
            cursor.execute(query, params or None)
            return self._told(cursor)

    @staticmethod
    def _told(cursor: Any) -> list[dict[str, Any]]:
        names = [one[0] for one in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
