"""Every dataset: what its columns say, that its values are of their types, and who sees which rows."""

import re
from datetime import date, datetime

import pytest

from dashboard.datasets.columns import Type
from dashboard.datasets.dataset import Dataset
from dashboard.datasets.every import DATASETS
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups
from scorecards.scans import controls
from scorecards.scans.daily import sum_up
from tests.dashboard.datasets import acts
from tests.dashboard.datasets.reader import full
from tests.factories import NOON, make_team, make_token
from tests.scorecards.scans.scanning import conditions, standard

EVERY = pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
PYTHON = {
    Type.TEXT: str,
    Type.INTEGER: int,
    Type.NUMBER: float,
    Type.BOOLEAN: bool,
    Type.TIME: datetime,
    Type.DAY: date,
    Type.LIST: list,
    Type.JSON: (dict, list),
}


@pytest.fixture
def organisation(db, monkeypatch):
    """Two teams with a service each, a history of all kinds, judged."""
    monkeypatch.setattr(controls, "in_force", lambda today: conditions())
    acts.begin()
    for number in range(3):
        acts.deploy(number, number + 3)
    acts.deploy(8, 1)
    acts.break_down(8, 1)
    build_rollups()
    adoption.keep(NOON)
    sum_up([standard()], NOON.date())


def test_they_are_those_of_the_contract():
    assert {
        "teams", "services", "repositories", "deployments", "changes", "pull-requests", "incidents", "failures",
        "controls", "findings", "waivers", "slos", "metrics-daily", "adoption", "scorecards",
    } <= set(DATASETS)  # fmt: skip


@EVERY
def test_each_column_says_what_it_is(dataset: Dataset):
    assert len(set(dataset.names)) == len(dataset.columns)
    assert dataset.key in dataset.names and "updated_at" in dataset.names
    assert not dataset.column_by_name[dataset.key].nullable
    for column in dataset.columns:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert column.text.endswith(".") and column.text[0].isupper()


@EVERY
def test_its_names_tell_their_units(dataset: Dataset):
    for column in dataset.columns:
        if column.type is Type.TIME:
            assert column.name.endswith("_at") or column.name in ("since", "data_until")
        if column.name.endswith("_seconds"):
            assert column.unit == "s"
        if column.name.endswith("_count"):
            assert column.type is Type.INTEGER


@EVERY
def test_values_are_of_the_types_that_are_told(organisation, dataset: Dataset):
    rows = full(dataset, make_token()[0]).values()
    assert rows, "nothing to look at"
    for row in rows:
        for column in dataset.columns:
            value = row[column.name]
            if value is None:
                assert column.nullable, column.name
                continue
            wanted = PYTHON[column.type]
            assert isinstance(value, int | float if column.type is Type.NUMBER else wanted), column.name
            assert isinstance(value, bool) == (column.type is Type.BOOLEAN), column.name
            if column.type is Type.TIME:
                assert value.utcoffset().total_seconds() == 0
            if column.type is Type.LIST:
                assert all(isinstance(one, str) for one in value)
            if column.values:
                assert value in column.values, column.name


@EVERY
def test_a_key_tells_rows_apart(organisation, dataset: Dataset):
    rows = list(dataset.values(dataset.queryset(make_token()[0]), [dataset.key]))
    assert len(rows) == len(set(rows)) > 0


@EVERY
def test_a_team_token_sees_its_own_alone(organisation, dataset: Dataset):
    own = full(dataset, make_token(team=make_team("pay"))[0])
    every = full(dataset, make_token()[0])
    if dataset.name == "controls":
        assert own.keys() == every.keys()
        return
    assert own.keys() < every.keys()
    for row in own.values():
        assert row.get("service") in (None, "checkout")
        if dataset.name != "repositories":
            assert row.get("team") in (None, "pay")


@EVERY
def test_who_may_not_read_sees_nothing(organisation, dataset: Dataset):
    for actor in (make_token("ingest")[0], None):
        assert not dataset.queryset(actor).exists()
        assert not dataset.removed(actor).exists()


@EVERY
def test_a_person_who_is_signed_in_sees_what_pages_show(organisation, dataset: Dataset, charlie):
    assert len(dataset.queryset(charlie)) == len(dataset.queryset(make_token()[0]))


@EVERY
def test_every_filter_is_a_column(dataset: Dataset):
    assert set(dataset.filters) <= set(dataset.names)


def test_what_several_sources_told_of_one_is_shown_and_flagged(organisation):
    acts.take_as_one(0, 0)
    build_rollups()
    rows = full(DATASETS["deployments"], make_token()[0])
    [double] = [row for row in rows.values() if row["duplicate_of"] is not None]
    assert double["duplicate_of"] in rows
    assert (double["counted"], double["failed"]) == (False, None)
