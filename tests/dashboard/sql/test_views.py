"""The views: what ``bi_v1_`` promises, that they say what they are, tell nothing more, and let indexes be used."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from dashboard.datasets.columns import Type
from dashboard.datasets.every import DATASETS
from dashboard.sql import readers
from dashboard.sql.keeping import comment
from dashboard.sql.star import VIEWS
from ingest.models import Deployment, Service
from scorecards.models import DayRollup
from tests.dashboard.sql.plain import Plain
from tests.factories import NOON, make_deployment

pytestmark = pytest.mark.django_db
PROMISED = Path(__file__).with_name("bi_v1.txt")
POSTGRESQL = {
    Type.TEXT: "text",
    Type.INTEGER: "bigint",
    Type.NUMBER: "double precision",
    Type.BOOLEAN: "boolean",
    Type.TIME: "timestamp with time zone",
    Type.DAY: "date",
    Type.LIST: "jsonb",
    Type.JSON: "jsonb",
}
EVERY = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite knows neither")


def test_they_are_those_that_were_promised():
    """Questions in other tools go by these names and types.

    Where this fails: a new view or column is added to ``bi_v1.txt``. One that is to go, or to mean something else,
    stays as it is in ``bi_v1_``, and the other comes beside it in ``bi_v2_``.
    """
    told = [f"{view.name}.{column.name} {column.type}" for view in VIEWS for column in view.columns]
    assert told == PROMISED.read_text().splitlines()


def test_every_dataset_is_one():
    assert {view.name for view in VIEWS} >= {f"bi_v1_{name.replace('-', '_')}" for name in DATASETS}


@EVERY
def test_the_database_has_it_for_whoever_knows_nothing_of_us(view):
    plain = Plain()
    for row in plain.rows(f"SELECT * FROM {view.name} LIMIT 1"):
        assert list(row) == [column.name for column in view.columns]


@EVERY
@on_postgresql
def test_its_columns_are_of_real_types(view):
    query = "SELECT column_name AS name, data_type AS kind FROM information_schema.columns WHERE table_name = %s"
    told = {row["name"]: row["kind"] for row in Plain().rows(query, [view.name])}
    assert told == {column.name: POSTGRESQL[column.type] for column in view.columns}


@EVERY
@on_postgresql
def test_it_and_its_columns_say_what_they_are(view):
    query = "SELECT objsubid AS number, description AS says FROM pg_description WHERE objoid = %s::regclass"
    told = {row["number"]: row["says"] for row in Plain().rows(query, [view.name])}
    assert told == {0: view.text} | {place: comment(column) for place, column in enumerate(view.columns, 1)}


@on_postgresql
def test_they_read_nothing_that_is_secret():
    query = (
        "SELECT DISTINCT table_name || '.' || column_name AS read FROM information_schema.view_column_usage"
        " WHERE view_name LIKE 'bi\\_%%'"
    )
    read = {row["read"] for row in Plain().rows(query, [])}
    assert {one for one in read if one.startswith("auth_user.")} == {"auth_user.id", "auth_user.username"}
    tables = {one.split(".")[0] for one in read}
    assert {"ingest_team", "ingest_deployment"} <= tables
    assert not tables & {"dashboard_apitoken", "ingest_delivery", "django_session", "dashboard_membership"}
    assert {one for one in read if one.startswith("ingest_source.")} == {"ingest_source.id", "ingest_source.kind"}


# ---------------------------------------------------------------- plans

PLANS = {
    "SELECT * FROM bi_v1_deployments WHERE id = 7": "deployment",
    "SELECT * FROM bi_v1_deployments WHERE service_key = 7": "deployment_by_service",
    "SELECT * FROM bi_v1_deployments WHERE updated_at >= '2026-03-02 11:59:59'": "deployment_updated",
    "SELECT * FROM bi_v1_deployments WHERE service_key = 7 AND finished_on = '2026-03-02'": "deployment_by_service",
    "SELECT f.id FROM bi_v1_services s JOIN bi_v1_deployments f ON f.service_key = s.service_key"
    " WHERE s.slug = 's7'": "deployment_by_service",
    "SELECT * FROM bi_v1_deployments WHERE service = 's7'": "deployment_by_service",
    "SELECT * FROM bi_v1_metrics_daily WHERE environment_class = 'production' AND day >= '2026-03-01'": "rollup_by_day",
}


@pytest.fixture
def many():
    """A hundred services with two hundred deployments and days each, of which the database knows how many there are."""
    Service.objects.bulk_create([Service(slug=f"s{number}", name="") for number in range(100)])
    first = make_deployment(Service.objects.first())
    pks = list(Service.objects.values_list("pk", flat=True))
    dates = {"finished_at": NOON - timedelta(days=200), "updated_at": NOON - timedelta(days=200)}
    shared = {"source_id": first.source_id, "environment_id": first.environment_id, "status": "succeeded", **dates}
    Deployment.objects.bulk_create(
        Deployment(service_id=pk, external_id=f"{pk} {number}", **shared) for pk in pks for number in range(200)
    )
    shared = {"environment_class": "production", "deployments": 1, "bucket": b""}
    DayRollup.objects.bulk_create(
        DayRollup(scope=f"service:{pk}", service_id=pk, day=NOON.date() - timedelta(days=day), **shared)
        for pk in pks
        for day in range(200)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_filters_and_joins_go_by_indexes(many):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in ("join_collapse_limit", "from_collapse_limit"):
                cursor.execute(f"SET LOCAL {name} = {readers.settings(60)[name]}")
    searched = {"postgresql": r"(on|using) \w*{}\w*( .*)?\nIndex Cond:", "sqlite": r"^SEARCH .*{}.* \("}
    for query, index in PLANS.items():
        with connection.cursor() as cursor:
            cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + query)
            plan = "\n".join(str(row[-1]).strip() for row in cursor.fetchall())
        assert re.search(searched[connection.vendor].format(index), plan, re.MULTILINE), f"{query}\n{plan}"
