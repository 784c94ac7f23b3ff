"""``$filter``: random conditions hold for the rows for which Python says so, and nothing but columns is reached."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dashboard.datasets.every import DATASETS
from dashboard.odata import conditions
from dashboard.odata.filters import BadOption, parse
from tests.dashboard.exports.rows import organisation
from tests.factories import NOON, make_deployment, make_team

DEPLOYMENTS = DATASETS["deployments"]
TEXTS = ["checkout", "", "it's", "Åsa", "a%b_c", "pay", "PAY", "v1", "= or 1 eq 1", "\\"]
TIMES = [NOON, NOON + timedelta(hours=2), NOON + timedelta(microseconds=123_400)]
VALUES: dict[str, list[Any]] = {
    "version": TEXTS,
    "by": TEXTS,
    "change_count": [0, 1, 2, -1, 1.5],
    "duration_seconds": [0, 300, 300.5, -1.0],
    "failed": [True, False],
    "bot": [True, False],
    "finished_at": TIMES,
}
ORDERED = ("gt", "ge", "lt", "le")


def written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


@st.composite
def atoms(draw: Any) -> tuple[Any, ...]:
    column = draw(st.sampled_from(sorted(VALUES)))
    value = draw(st.sampled_from([*VALUES[column], None]))
    kinds = ["compare", "in"] + (["text"] if column in ("version", "by") else [])
    kinds += ["flag"] if column in ("failed", "bot") else []
    kind = draw(st.sampled_from(kinds))
    if kind == "in":
        return "in", column, tuple(draw(st.lists(st.sampled_from([*VALUES[column], None]), min_size=1, max_size=3)))
    if kind == "flag":
        return "flag", column
    if kind == "text":
        return (
            draw(st.sampled_from(["contains", "startswith", "endswith"])),
            column,
            draw(st.sampled_from([*TEXTS, "s", "1"])),
        )
    ops = ("eq", "ne") if column in ("failed", "bot") else ("eq", "ne", *ORDERED)
    return draw(st.sampled_from(ops)), column, value


TREES = st.recursive(
    atoms(),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=6,
)


def text_of(tree: tuple[Any, ...]) -> str:
    match tree:
        case ("not", inner):
            return f"not ({text_of(inner)})"
        case ("and" | "or" as word, left, right):
            return f"({text_of(left)}) {word} ({text_of(right)})"
        case ("flag", column):
            return str(column)
        case ("in", column, values):
            return f"{column} in ({','.join(map(written, values))})"
        case ("contains" | "startswith" | "endswith" as function, column, value):
            return f"{function}({column},{written(value)})"
        case (op, column, value):
            return f"{column} {op} {written(value)}"
    raise AssertionError(tree)


def holds(tree: tuple[Any, ...], row: dict[str, Any]) -> bool | None:
    """OData 4.0, part 2, 5.1.1: comparisons with null are two-valued, logic is three-valued."""
    match tree:
        case ("not", inner):
            said = holds(inner, row)
            return None if said is None else not said
        case ("and", left, right):
            said_both = {holds(left, row), holds(right, row)}
            return False if False in said_both else None if None in said_both else True
        case ("or", left, right):
            said_both = {holds(left, row), holds(right, row)}
            return True if True in said_both else None if None in said_both else False
        case ("flag", column):
            return row[column]
        case ("in", column, values):
            return any(row[column] == value for value in values)
        case ("contains" | "startswith" | "endswith" as function, column, value):
            if row[column] is None:
                return None
            return {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}[function](
                row[column], value
            )
        case ("eq", column, value):
            return row[column] == value
        case ("ne", column, value):
            return row[column] != value
        case (op, column, value):
            mine = row[column]
            if mine is None or value is None:
                return False
            return {"gt": mine > value, "ge": mine >= value, "lt": mine < value, "le": mine <= value}[op]
    raise AssertionError(tree)


class TestAnyFilter(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        service = organisation(make_team("pay"))
        for number, text in enumerate(TEXTS):
            at = TIMES[number % 3] if number % 4 else None
            make_deployment(service, at, version=text, by=TEXTS[-number], status="succeeded" if at else "running")

    @settings(max_examples=300)
    @given(TREES)
    def test_it_holds_for_the_rows_for_which_python_says_so(self, tree: Any) -> None:
        rows = DEPLOYMENTS.rows()
        every = [dict(zip(DEPLOYMENTS.names, row, strict=True)) for row in DEPLOYMENTS.values(rows)]
        expected = {row["id"] for row in every if holds(tree, row) is True}
        node = parse(text_of(tree), DEPLOYMENTS.column_by_name)
        found = DEPLOYMENTS.values(conditions.narrowed(DEPLOYMENTS, rows, node), ["id"])
        assert {key for (key,) in found} == expected


@pytest.mark.parametrize(
    "text",
    [
        "source__secret eq 'x'",
        "source/secret eq 'x'",
        "password eq 'x'",
        "odata_team eq 'x'",
        "startswith(service__owner__slug,'p')",
        "team eq",
        "team eq 'pay",
        "team eq pay",
        "team = 'pay'",
        "team eq 'pay' and",
        "(team eq 'pay'",
        "team eq 'pay')",
        "team",
        "team eq 5",
        "failed gt true",
        "id eq '5'",
        "failed_by eq 'x'",
        "finished_at gt 2026-13-01T00:00:00Z",
        "finished_at gt 2026-03-02T00:00:00",
        "id in ()",
        "tolower(team) eq 'pay'",
        "team eq 'a' or or team eq 'b'",
        "1 eq 1",
        "contains(id,'5')",
        "team eq 'a\0b'",
        "(" * 40 + "failed" + ")" * 40,
        "not " * 40 + "failed",
        " or ".join(["failed"] * 600),
        "x" * 9_000,
        "duration_seconds gt 1e999",
    ],
)
def test_what_makes_no_sense_is_told(text: str) -> None:
    with pytest.raises(BadOption):
        parse(text, DEPLOYMENTS.column_by_name)


@pytest.mark.parametrize(
    "text",
    [
        "finished_at ge 2026-03-02T12:00:00Z and finished_at lt 2026-03-02T14:00:00+01:00",
        "finished_at ge 2026-03-02T12:00:00.0000000Z",
        "finished_at ge 2026-03-02",
        "5 lt id",
        "contains(team,'a') eq true",
        "(failed eq true) eq false",
        "not failed or not contains(team,'it''s')",
        "id gt 99999999999999999999",
        "change_count eq 1.0",
    ],
)
@pytest.mark.django_db
def test_what_bi_tools_write_is_understood(text: str) -> None:
    node = parse(text, DEPLOYMENTS.column_by_name)
    assert list(conditions.narrowed(DEPLOYMENTS, DEPLOYMENTS.rows(), node)) == []


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    node: Any = parse("finished_at eq 2026-03-02T13:00:00.1234567+01:00", DEPLOYMENTS.column_by_name)
    assert node.value == datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=UTC)
