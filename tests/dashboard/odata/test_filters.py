"""``$filter``: random conditions hold for the rows for which Python says so, and nothing but columns is reached."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from dashboard.datasets.every import DATASETS
from dashboard.odata import conditions
from dashboard.odata.filters import parse
from dashboard.odata.nodes import BadOption
from tests.dashboard.exports.rows import organisation
from tests.factories import NOON, bearer, make_deployment, make_team, make_token

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
# Functions of OData as Python has them, of a value that is not null; what they are compared with.
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {
    "tolower(version)": (lambda row: row["version"].lower(), [text.lower() for text in TEXTS if text.isascii()]),
    "toupper(version)": (lambda row: row["version"].upper(), [text.upper() for text in TEXTS if text.isascii()]),
    "trim(concat(' ',version))": (lambda row: row["version"], TEXTS),
    "concat(version,concat('-',by))": (lambda row: f"{row['version']}-{row['by']}", ["pay-", "checkout-checkout"]),
    "substring(version,1)": (lambda row: row["version"][1:], [text[1:] for text in TEXTS]),
    "substring(version,1,2)": (lambda row: row["version"][1:3], [text[1:3] for text in TEXTS]),
    "length(version)": (lambda row: len(row["version"]), [0, 3, 4, 8]),
    "indexof(version,'a')": (lambda row: row["version"].find("a"), [-1, 0, 1]),
    "indexof(version,by)": (lambda row: row["version"].find(row["by"]), [-1, 0, 1]),
    "year(finished_at)": (lambda row: row["finished_at"].year, [2025, 2026]),
    "month(finished_at)": (lambda row: row["finished_at"].month, [2, 3]),
    "day(finished_at)": (lambda row: row["finished_at"].day, [1, 2]),
    "hour(finished_at)": (lambda row: row["finished_at"].hour, [12, 14]),
    "minute(finished_at)": (lambda row: row["finished_at"].minute, [0, 1]),
    "second(finished_at)": (lambda row: row["finished_at"].second, [0, 1]),
    "date(finished_at)": (lambda row: row["finished_at"].date(), [NOON.date(), NOON.date() + timedelta(days=1)]),
    "floor(duration_seconds)": (lambda row: math.floor(row["duration_seconds"]), [0, 300, 301]),
    "ceiling(duration_seconds)": (lambda row: math.ceil(row["duration_seconds"]), [0, 300, 301]),
    "round(duration_seconds)": (lambda row: math.floor(row["duration_seconds"] + 0.5), [0, 300, 301]),
}
NULLABLE = {"finished_at", "duration_seconds", "version", "by"}
TWO_COLUMNS = [("version", "by"), ("team", "service"), ("finished_at", "started_at"), ("failed", "bot")]
ASCII = ("tolower", "toupper")  # further letters as the database has them


def written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else str(value)


@st.composite
def atoms(draw: Any) -> tuple[Any, ...]:
    column = draw(st.sampled_from(sorted(VALUES)))
    value = draw(st.sampled_from([*VALUES[column], None]))
    kinds = ["compare", "in"] + (["text"] if column in ("version", "by") else [])
    kinds += ["flag"] if column in ("failed", "bot") else []
    kinds += ["function", "columns"]
    kind = draw(st.sampled_from(kinds))
    if kind == "in":
        return "in", column, tuple(draw(st.lists(st.sampled_from([*VALUES[column], None]), min_size=1, max_size=3)))
    if kind == "flag":
        return "flag", column
    if kind == "function":
        function = draw(st.sampled_from(sorted(FUNCTIONS)))
        constant = draw(st.sampled_from([*FUNCTIONS[function][1], None]))
        textual = isinstance(constant, str) or constant is None
        return (
            "function",
            function,
            draw(st.sampled_from(("eq", "ne") if textual else ("eq", "ne", *ORDERED))),
            constant,
        )
    if kind == "columns":
        left, right = draw(st.sampled_from(TWO_COLUMNS))
        return "columns", left, draw(st.sampled_from(("eq", "ne", *(ORDERED if left == "finished_at" else ())))), right
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
        case ("function", function, op, constant):
            return f"{function} {op} {written(constant)}"
        case ("columns", left, op, right):
            return f"{left} {op} {right}"
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
        case ("function", function, op, constant):
            null = any(row[name] is None for name in NULLABLE & set(re.findall(r"\w+", function)))
            return compared(op, None if null else FUNCTIONS[function][0](row), constant)
        case ("columns", left, op, right):
            return compared(op, row[left], row[right])
        case ("in", column, values):
            return any(row[column] == value for value in values)
        case ("contains" | "startswith" | "endswith" as function, column, value):
            if row[column] is None:
                return None
            return {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}[function](
                row[column], value
            )
        case (op, column, value):
            return compared(op, row[column], value)
    raise AssertionError(tree)


def compared(op: str, mine: Any, value: Any) -> bool:
    if op in ("eq", "ne"):
        return (mine == value) is (op == "eq")
    if mine is None or value is None:
        return False
    return {"gt": mine > value, "ge": mine >= value, "lt": mine < value, "le": mine <= value}[op]


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
        if any(name in text_of(tree) for name in ASCII):
            every = [row for row in every if (row["version"] or "").isascii()]
        expected = {row["id"] for row in every if holds(tree, row) is True}
        node = parse(text_of(tree), DEPLOYMENTS.column_by_name)
        found = DEPLOYMENTS.values(conditions.narrowed(DEPLOYMENTS, rows, node), ["id"])
        assert {key for (key,) in found} & {row["id"] for row in every} == expected


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
        "team eq 'a' or or team eq 'b'",
        "1 eq 1",
        "contains(id,'5')",
        "contains(team)",
        "contains()",
        "contains('a','b')",
        "contains(team,service)",
        "tolower(id) eq '5'",
        "tolower(team,service) eq '5'",
        "tolower() eq 'x'",
        "tolower(null) eq 'x'",
        "tolower(team) eq 5",
        "length(team) eq 'x'",
        "substring(team,-1) eq 'x'",
        "substring(team,id) eq 'x'",
        "substring(team,999999999) eq 'x'",
        "year(team) eq 2026",
        "hour(day) eq 1",
        "pg_sleep(10) eq 1",
        "finished_at eq team",
        "finished_at sub started_at gt 5",
        "duration_seconds add 1 gt 5",
        "services/any(s:s/slug eq 'x')",
        "team has 'x'",
        "cast(id,'Edm.String') eq '5'",
        "failed in (1)",
        "team in (service)",
        "(team) eq 'pay'",
        "tolower(" * 40 + "team" + ")" * 40 + " eq 'x'",
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
        "contains(tolower(team),'nobody')",
        "year(finished_at) eq 1999 and date(finished_at) eq 1999-03-02",
        "tolower(concat(team,service)) in ('a','b')",
        "team eq service and 'x' eq team",
        "started_at gt finished_at",
        "tolower('X') eq 'y'",
    ],
)
@pytest.mark.django_db
def test_what_bi_tools_write_is_understood(text: str) -> None:
    node = parse(text, DEPLOYMENTS.column_by_name)
    assert list(conditions.narrowed(DEPLOYMENTS, DEPLOYMENTS.rows(), node)) == []


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    node: Any = parse("finished_at eq 2026-03-02T13:00:00.1234567+01:00", DEPLOYMENTS.column_by_name)
    assert node.right.value == datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=UTC)


WORDS = [
    *("team", "failed", "id", "finished_at", "'pay'", "5", "-1.5", "2026-03-02", "2026-03-02T12:00:00Z", "null"),
    *("true", "eq", "ne", "gt", "in", "and", "or", "not", "(", ")", ",", "contains", "tolower", "substring", "length"),
    *("year", "date", "concat", "indexof", "round", "1e308", "9223372036854775807", "''", "\\", "%", "\x00"),
]


@st.composite
def cut(draw: Any) -> str:
    """Conditions of which a character is lost."""
    text = text_of(draw(TREES))
    at = draw(st.integers(0, len(text)))
    return text[:at] + text[at + 1 :]


class TestAnyText(TestCase):
    """Whatever stands in ``$filter``, the answer is rows, or 400 with the reason."""

    @classmethod
    def setUpTestData(cls) -> None:
        organisation(make_team("pay"))
        cls.headers = bearer(make_token()[1])

    @settings(max_examples=150)
    @given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join), cut()))
    def test_it_is_understood_or_refused(self, text: str) -> None:
        with transaction.atomic():
            answer = self.client.get("/odata/v4/deployments", {"$filter": text}, headers=self.headers)
            transaction.set_rollback(True)
        assert answer.status_code in (200, 400), (text, answer.content)
        assert ("value" in answer.json()) == (answer.status_code == 200)
        assert answer.status_code == 200 or answer.json()["error"]["message"]
