"""Views that are not a dataset's: days, who owned what when, what was removed, and up to when all of it is told."""

from django.conf import settings
from django.db.models import F

from dashboard.datasets import incremental
from dashboard.datasets.columns import day, flag, integer, text, time
from dashboard.datasets.every import DATASETS
from dashboard.sql import compiled
from dashboard.sql.days import day_of
from dashboard.sql.view import PREFIX, Written, key
from ingest.models import ChangedService, Ownership, RemovedRow, Service, Team
from ingest.models.catalogue import UNASSIGNED

_LAST_DAY = {
    "postgresql": "(date_trunc('year', CURRENT_DATE) + INTERVAL '2 years')::date - 1",
    "sqlite": "date('now', 'start of year', '+2 years', '-1 day')",
}


def _dates(vendor: str) -> str:
    if vendor == "postgresql":
        return (
            "SELECT d::date, EXTRACT(year FROM d)::bigint, EXTRACT(quarter FROM d)::bigint,"
            " EXTRACT(month FROM d)::bigint, EXTRACT(isoyear FROM d)::bigint, EXTRACT(week FROM d)::bigint,"
            " EXTRACT(isodow FROM d)::bigint, EXTRACT(isodow FROM d) > 5, date_trunc('week', d)::date,"
            " date_trunc('month', d)::date, date_trunc('quarter', d)::date"
            f" FROM generate_series(timestamp '1970-01-01', {_LAST_DAY[vendor]}, '1 day') AS all_days(d)"
        )
    year, month, thursday = "strftime('%Y', d)", "strftime('%m', d)", "date(d, '-3 days', 'weekday 4')"
    quarter = f"(({month} + 2) / 3)"
    return (
        "WITH RECURSIVE all_days(d) AS (SELECT '1970-01-01' UNION ALL SELECT date(d, '+1 day') FROM all_days"
        f" WHERE d < {_LAST_DAY[vendor]})"
        f" SELECT d, CAST({year} AS INTEGER), {quarter}, CAST({month} AS INTEGER),"
        f" CAST(strftime('%Y', {thursday}) AS INTEGER), (strftime('%j', {thursday}) + 6) / 7,"
        " (strftime('%w', d) + 6) % 7 + 1, strftime('%w', d) IN ('0', '6'), date(d, 'weekday 0', '-6 days'),"
        f" date(d, 'start of month'), printf('%s-%02d-01', {year}, {quarter} * 3 - 2) FROM all_days"
    )


DATES = Written(
    "dates",
    "The days from 1970 to the end of next year. Days of facts are those of the organisation's time zone.",
    (
        day("day", "The day, which joins it to facts.", nullable=False),
        integer("year", "Its year."),
        integer("quarter", "Its quarter, 1 to 4."),
        integer("month", "Its month, 1 to 12."),
        integer("iso_year", "The year of its week."),
        integer("iso_week", "Its week by ISO 8601, 1 to 53."),
        integer("weekday", "Its day of the week, 1 for Monday to 7."),
        flag("weekend", "It is a Saturday or Sunday."),
        day("week_starts_on", "The Monday of its week.", nullable=False),
        day("month_starts_on", "The first day of its month.", nullable=False),
        day("quarter_starts_on", "The first day of its quarter.", nullable=False),
    ),
    _dates,
)


def _ownership(vendor: str) -> str:
    """As ``ingest.catalogue.ownership.timeline``: the last statement of a day holds; hints while nothing else does."""
    said, service, team = (model._meta.db_table for model in (Ownership, Service, Team))
    order = "s.at {0}, s.key {0}, s.basis {0}, s.team_id {0}"
    on = day_of("s.at", settings.ORGANISATION_ZONE, vendor)
    return (
        f"WITH said AS (SELECT s.service_id, s.team_id, {on} AS on_day, s.basis = 'hint' AS hinted,"
        f" ROW_NUMBER() OVER (PARTITION BY s.service_id, {on}, s.basis = 'hint' ORDER BY {order.format('DESC')})"
        " AS back, ROW_NUMBER() OVER"
        f" (PARTITION BY s.service_id, s.basis = 'hint' ORDER BY {order.format('ASC')}) AS place"
        f" FROM {said} s),"
        " told AS (SELECT * FROM said t WHERE (NOT t.hinted AND t.back = 1) OR (t.hinted AND t.place = 1 AND NOT EXISTS"
        f" (SELECT 1 FROM {said} f WHERE f.service_id = t.service_id AND f.basis <> 'hint'))),"
        " spans AS (SELECT t.service_id, t.team_id,"
        " CASE WHEN ROW_NUMBER() OVER w > 1 THEN t.on_day END AS from_day, LEAD(t.on_day) OVER w AS until_day"
        " FROM told t WINDOW w AS (PARTITION BY t.service_id ORDER BY t.on_day))"
        " SELECT CAST(o.slug AS text), CAST(COALESCE(t.slug, nobody.slug) AS text), p.from_day, p.until_day, o.id,"
        " COALESCE(t.id, nobody.id)"
        f" FROM {service} o LEFT JOIN spans p ON p.service_id = o.id LEFT JOIN {team} t ON t.id = p.team_id"
        f" LEFT JOIN {team} nobody ON nobody.slug = '{UNASSIGNED}'"
    )


OWNERSHIP = Written(
    "ownership",
    "Which team owned a service when. A fact belongs to the team that owned the service on the day of the fact.",
    (
        text("service", "Slug of the service."),
        text("team", "Slug of the team; unassigned where nobody owned it."),
        day("from_day", "The first day; null: since ever."),
        day("until_day", "The first day on which it no longer did; null: it does."),
        key("service_key", f"The service, in {PREFIX}services."),
        key("team_key", f"The team, in {PREFIX}teams."),
    ),
    _ownership,
)

_REMOVED = (
    text("dataset", "Name of the dataset, as in paths."),
    text("key", "Key of the row: its id or slug."),
    time("removed_at", "When it left.", nullable=False),
)


def _removed_rows(vendor: str) -> str:
    fields = [(column, F(name)) for column, name in zip(_REMOVED, ("dataset", "key", "at"), strict=True)]
    return " UNION ALL ".join(
        compiled.select(
            incremental.absent(RemovedRow.objects.filter(dataset=name).order_by(), dataset, dataset.stored()), fields
        )
        for name, dataset in DATASETS.items()
    )


REMOVED_ROWS = Written("removed_rows", "The rows that left a dataset and are not in it.", _REMOVED, _removed_rows)

MOMENT = f"{PREFIX}moment"
_MARKED = ChangedService._meta.db_table


def moment(schema: str) -> str:
    """A function of PostgreSQL: ``incremental.as_of``, seen as the role of the site sees it. A reader would be told
    nothing of the transactions of others."""
    return (
        f"CREATE FUNCTION {MOMENT}() RETURNS timestamp with time zone LANGUAGE plpgsql SECURITY DEFINER"
        f" SET search_path = pg_catalog, {schema}, pg_temp AS $$"
        " DECLARE begun timestamp with time zone; marked timestamp with time zone;"
        " BEGIN PERFORM pg_stat_clear_snapshot();"
        f" {incremental.OLDEST_TRANSACTION.replace('SELECT', 'SELECT INTO begun', 1)};"
        f" SELECT INTO marked MIN(at) FROM {_MARKED};"
        f" RETURN LEAST(begun - INTERVAL '{incremental.CLOCKS_APART.total_seconds():.0f} seconds', marked); END $$"
    )


def _as_of(vendor: str) -> str:
    zone = compiled.literal(str(settings.ORGANISATION_ZONE))
    if vendor == "postgresql":
        return f"SELECT {MOMENT}(), {zone}::text"
    late = incremental.LONGEST + incremental.CLOCKS_APART  # nobody can tell whether somebody is writing
    begun = f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{late.total_seconds():.0f} seconds') || '000'"
    return f"SELECT MIN({begun}, COALESCE((SELECT MIN(at) FROM {_MARKED}), {begun})), {zone}"


AS_OF = Written(
    "as_of",
    "Up to when these views have everything. One row; to be read before the rows that one comes for.",
    (
        time("as_of", "The instant from which on to ask by updated_at and removed_at the next time.", nullable=False),
        text("time_zone", "The time zone of days."),
    ),
    _as_of,
)
