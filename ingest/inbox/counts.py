"""Counts of deliveries by source, status and hour, kept by triggers of the database: right whatever writes the inbox.

A sum over the inbox grows with its history, and no code of ours stands in the way of every statement that writes it.
PostgreSQL notes the difference that a statement makes as rows of their own, so that two writers never wait for one
counter; ``fold`` makes one row of them. SQLite has one writer at a time and counts in place.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum

from ingest.models import Delivery, DeliveryHour, DeliveryTotal

KEPT = timedelta(days=60)  # hours older than that are forgotten
FOLD_FROM = 20  # rows of one pair
FOLD_AT_ONCE = 10_000
TOTALS, HOURS, DELIVERIES = (model._meta.db_table for model in (DeliveryTotal, DeliveryHour, Delivery))
TRIGGERS = ("delivery_counted_insert", "delivery_counted_update", "delivery_counted_delete")

_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO {TOTALS} (source_id, status, events)
      SELECT source_id, status, SUM(event_count) FROM came GROUP BY 1, 2;
    INSERT INTO {HOURS} (source_id, hour, events)
      SELECT source_id, date_trunc('hour', received_at, 'UTC'), SUM(event_count) FROM came GROUP BY 1, 2;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO {TOTALS} (source_id, status, events)
      SELECT source_id, status, -SUM(event_count) FROM gone GROUP BY 1, 2;
    INSERT INTO {HOURS} (source_id, hour, events)
      SELECT source_id, date_trunc('hour', received_at, 'UTC'), -SUM(event_count) FROM gone GROUP BY 1, 2;
  ELSE
    INSERT INTO {TOTALS} (source_id, status, events)
      SELECT source_id, status, SUM(n) FROM (
        SELECT source_id, status, event_count AS n FROM came
        UNION ALL SELECT source_id, status, -event_count FROM gone) AS moved
      GROUP BY 1, 2 HAVING SUM(n) <> 0;
    INSERT INTO {HOURS} (source_id, hour, events)
      SELECT source_id, hour, SUM(n) FROM (
        SELECT source_id, date_trunc('hour', received_at, 'UTC') AS hour, event_count AS n FROM came
        UNION ALL SELECT source_id, date_trunc('hour', received_at, 'UTC'), -event_count FROM gone) AS moved
      GROUP BY 1, 2 HAVING SUM(n) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER delivery_counted_insert AFTER INSERT ON {DELIVERIES}
  REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
CREATE TRIGGER delivery_counted_update AFTER UPDATE ON {DELIVERIES}
  REFERENCING OLD TABLE AS gone NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
CREATE TRIGGER delivery_counted_delete AFTER DELETE ON {DELIVERIES}
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries();
"""  # noqa: S608 - our own tables' names, here and below


def _less(row: str) -> str:
    return f"""
  UPDATE {TOTALS} SET events = events - {row}.event_count WHERE source_id = {row}.source_id AND status = {row}.status;
  UPDATE {HOURS} SET events = events - {row}.event_count
    WHERE source_id = {row}.source_id AND hour = substr({row}.received_at, 1, 13) || ':00:00';"""  # noqa: S608


def _more(row: str) -> str:
    return f"""
  UPDATE {TOTALS} SET events = events + {row}.event_count WHERE source_id = {row}.source_id AND status = {row}.status;
  INSERT INTO {TOTALS} (source_id, status, events)
    SELECT {row}.source_id, {row}.status, {row}.event_count WHERE changes() = 0;
  UPDATE {HOURS} SET events = events + {row}.event_count
    WHERE source_id = {row}.source_id AND hour = substr({row}.received_at, 1, 13) || ':00:00';
  INSERT INTO {HOURS} (source_id, hour, events)
    SELECT {row}.source_id, substr({row}.received_at, 1, 13) || ':00:00', {row}.event_count WHERE changes() = 0;"""  # noqa: S608


# Taking away makes no row: a table that is emptied whole, as tests do, may have lost its counts before.
_SQLITE = (
    f"CREATE TRIGGER delivery_counted_insert AFTER INSERT ON {DELIVERIES} BEGIN {_more('NEW')} END",
    f"CREATE TRIGGER delivery_counted_update AFTER UPDATE OF source_id, status, event_count, received_at"
    f" ON {DELIVERIES} BEGIN {_less('OLD')} {_more('NEW')} END",
    f"CREATE TRIGGER delivery_counted_delete AFTER DELETE ON {DELIVERIES} BEGIN {_less('OLD')} END",
)

_RECOUNT = (
    f"DELETE FROM {TOTALS}",  # noqa: S608
    f"DELETE FROM {HOURS}",  # noqa: S608
    f"INSERT INTO {TOTALS} (source_id, status, events)"  # noqa: S608
    f" SELECT source_id, status, SUM(event_count) FROM {DELIVERIES} GROUP BY source_id, status",
)
_HOURS_AGAIN = (
    f"INSERT INTO {HOURS} (source_id, hour, events)"  # noqa: S608
    f" SELECT source_id, {{hour}}, SUM(event_count) FROM {DELIVERIES} GROUP BY 1, 2"
)


def before_migrations(plan: Any = (), **kwargs: Any) -> None:
    """SQLite makes a changed table anew and stumbles over triggers meanwhile; they come back behind the migrations."""
    if plan and connection.vendor == "sqlite":
        _drop()


def keep_counting(**kwargs: Any) -> None:
    """Have the database count from now on, beginning with what is there; nothing where it does already."""
    tables = set(connection.introspection.table_names())
    if not {TOTALS, HOURS, DELIVERIES} <= tables:
        if DELIVERIES in tables:
            _drop()
        return
    with transaction.atomic():
        if _known() == set(TRIGGERS):
            return
        _drop()
        with connection.cursor() as cursor:
            # On PostgreSQL the triggers' lock keeps writers out until this ends: nothing is missed or counted twice.
            for statement in _SQLITE if connection.vendor == "sqlite" else (_POSTGRESQL,):
                cursor.execute(statement)
        recount()


def recount() -> None:
    """Count all that the inbox holds anew."""
    hour = "substr(received_at, 1, 13) || ':00:00'"
    if connection.vendor != "sqlite":
        hour = "date_trunc('hour', received_at, 'UTC')"
    with connection.cursor() as cursor:
        for statement in (*_RECOUNT, _HOURS_AGAIN.format(hour=hour)):
            cursor.execute(statement)


def _known() -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor != "sqlite":
        query = f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{DELIVERIES}'::regclass"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()} & set(TRIGGERS)


def _drop() -> None:
    on = "" if connection.vendor == "sqlite" else f" ON {DELIVERIES}"
    with connection.cursor() as cursor:
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


# ---------------------------------------------------------------- upkeep


def fold(now: datetime) -> int:
    """Make one row of many where many add up, and forget hours of long ago; how many rows went."""
    went, _ = DeliveryHour.objects.filter(hour__lt=now - KEPT).delete()
    return went + _fold(DeliveryTotal, ("source", "status")) + _fold(DeliveryHour, ("source", "hour"))


def _fold(model: type[DeliveryTotal] | type[DeliveryHour], names: tuple[str, str]) -> int:
    """What a statement reads it deletes and puts back as a sum: rows that come meanwhile stay as they are."""
    went = 0
    many = model._default_manager.values(*names).annotate(rows=Count("pk")).filter(rows__gte=FOLD_FROM)
    for pair in [{name: row[name] for name in names} for row in many]:
        with transaction.atomic():
            rows = model._default_manager.select_for_update().filter(**pair)
            held = dict(rows.values_list("pk", "events")[:FOLD_AT_ONCE])
            model._default_manager.filter(pk__in=held).delete()
            model._default_manager.create(
                **{f"{names[0]}_id": pair[names[0]], names[1]: pair[names[1]]}, events=sum(held.values())
            )
        went += len(held) - 1
    return went


def totals() -> dict[int, dict[str, int]]:
    """Events of all time by source and status."""
    found: dict[int, dict[str, int]] = {}
    for row in DeliveryTotal.objects.values("source_id", "status").annotate(events=Sum("events")):
        found.setdefault(row["source_id"], {})[row["status"]] = row["events"]
    return found
