"""The views stand whenever all is migrated, and in no migration's way."""

import pytest
from django.core.management import call_command
from django.db import connection

from dashboard.sql import keeping
from dashboard.sql.star import VIEWS

NAMES = {view.name for view in VIEWS}


def standing() -> set[str]:
    with connection.cursor() as cursor:
        return set(keeping._views(cursor))


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_they_stand_where_all_was_migrated_from_nothing():
    assert standing() == NAMES


@pytest.mark.django_db(transaction=True)
def test_they_are_away_while_something_is_to_be_migrated_and_come_back():
    try:
        call_command("migrate", "scorecards", "0016", verbosity=0)  # takes columns away that views tell
        assert standing() == set()
        call_command("migrate", "dashboard", "0004", verbosity=0)
        assert standing() == set()
    finally:
        call_command("migrate", verbosity=0)
    assert standing() == NAMES


@pytest.mark.django_db
def test_they_are_left_alone_where_nothing_changed(django_assert_max_num_queries):
    with django_assert_max_num_queries(6) as asked:
        keeping.keep()
    assert not [one for one in asked.captured_queries if one["sql"].startswith(("CREATE", "DROP"))]


@pytest.mark.django_db
def test_one_that_went_or_is_of_a_former_program_is_made_anew():
    execute("DROP VIEW bi_v1_waivers")
    execute("CREATE VIEW bi_v1_former AS SELECT 1 AS one")
    keeping.keep()
    assert standing() == NAMES


@pytest.mark.django_db
def test_they_follow_the_time_zone(settings):
    from zoneinfo import ZoneInfo

    settings.ORGANISATION_ZONE = ZoneInfo("Europe/Berlin")
    keeping.keep()
    with connection.cursor() as cursor:
        cursor.execute("SELECT time_zone FROM bi_v1_as_of")
        assert cursor.fetchall() == [("Europe/Berlin",)]
    keeping.keep()
    assert standing() == NAMES
