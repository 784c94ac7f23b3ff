"""What a query counts."""

import pytest

from scorecards.reading.polarity import polarity
from scorecards.reading.promql import Part, parse


def part(text: str) -> Part:
    query = parse(text)
    assert query is not None
    assert query.root is not None, query
    return query.root


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ('sum(rate(a_total{code=~"5.."}[5m]))', "bad"),
        ('sum(rate(a_total{status!~"5.."}[5m]))', "good"),
        ('sum(rate(a_total{status="200"}[5m]))', "good"),
        ('sum(rate(a_total{code=~"2..|5.."}[5m]))', "?"),
        ("sum(rate(a_total[5m]))", "all"),
        ("sum(rate(a_errors_total[5m]))", "bad"),
        ('sum(rate(a_bucket{le="0.5"}[5m]))', "good"),
        ('sum(rate(a_bucket{le="+Inf"}[5m]))', "all"),
        ('sum(rate(a_count[5m])) - sum(rate(a_bucket{le="0.5"}[5m]))', "bad"),
        ('sum(rate(a_total[5m])) - sum(rate(a_total{code=~"5.."}[5m]))', "good"),
        ('1 - (sum(rate(a_bucket{le="0.5"}[5m])) / sum(rate(a_count[5m])))', "bad"),
        ('1 - (sum(rate(a_total{code=~"5.."}[5m])) / sum(rate(a_total[5m])))', "good"),
        ('sum(rate(a_total{code=~"5.."}[5m])) + sum(rate(a_total{code="429"}[5m]))', "bad"),
        ('sum(rate(a_total{code=~"5.."}[5m])) or vector(0)', "bad"),
        ("sum(up == 0)", "bad"),
        ("sum(up == bool 1)", "good"),
        ("histogram_fraction(0, 0.5, rate(a[5m]))", "good"),
        ("1 - histogram_fraction(0, 0.5, rate(a[5m]))", "bad"),
        ("histogram_fraction(0.5, +Inf, rate(a[5m]))", "bad"),
        ('sum(rate(grpc_total{grpc_code!="OK"}[5m]))', "bad"),
        ('sum(rate(a_total{zone="b"}[5m]))', "?"),
        ("1 - sum(sum_over_time(a_total[5m])) / sum(count_over_time(a_total[5m]))", "?"),
    ],
)
def test_it_proves_what_it_can(text: str, counted: str) -> None:
    assert polarity(part(text), part("sum(rate(a_total[5m]))")) == counted
