"""Reading PromQL."""

import pytest

from scorecards.reading.promql import VARIABLE_RANGE, Matcher, Query, Selector, parse


def read(text: str) -> Query:
    query = parse(text)
    assert query is not None
    return query


def test_it_tells_what_an_expression_selects_and_calls() -> None:
    query = read('sum by (le) (rate(http_requests_total{job="a",code=~"5.."}[5m])) / up')
    assert query.selectors == (
        Selector("http_requests_total", (Matcher("job", "=", "a"), Matcher("code", "=~", "5..")), 300.0),
        Selector("up", (), None),
    )
    assert query.functions == ("sum", "rate")
    assert not query.error
    assert not query.undecided


def test_it_takes_a_metric_named_by_a_matcher() -> None:
    assert read('{__name__="a", b!="c"}').selectors == (Selector("a", (Matcher("b", "!=", "c"),), None),)


def test_it_keeps_the_grouping_of_an_aggregation() -> None:
    root = read("sum without (pod) (up)").root
    assert root is not None
    assert (root.grouping, root.labels) == ("without", ("pod",))


@pytest.mark.parametrize(
    "text",
    [
        "rate(a[{{.window}}])",
        "rate(a[{{ .window }}])",
        "rate(a[{{`{{.window}}`}}])",
        "rate(a[$__rate_interval])",
        "rate(a[${window}])",
        "rate(a[[[window]]])",
        "rate(a[${__range_s}s])",
        "max_over_time(a[$__range:$__interval])",
    ],
)
def test_it_reads_a_range_that_is_a_variable(text: str) -> None:
    query = read(text)
    assert not query.error
    assert VARIABLE_RANGE in {selector.range for selector in query.selectors} | {
        part.range for part in query.root.walk() if query.root
    }


@pytest.mark.parametrize(
    "text",
    [
        'up{job=~"$job|${other:regex}"}',
        'up{job=~"{{ .Values.job }}"}',
        "topk($limit, up)",
        "histogram_quantile(0.$q, sum by (le) (rate(a_bucket[5m])))",
        "sum by ($group) (up)",
        "sum(rate(${metric}_total[5m])) by (a, $b)",
        "up > $threshold",
        "clamp_max(up, $max)",
        'up{job=~"a.*$"}',
        "holt_winters(a[5m], 0.5, 0.5)",
        "up # a comment (",
    ],
)
def test_it_reads_variables_in_other_places(text: str) -> None:
    query = read(text)
    assert (query.error, query.undecided) == ("", "")


@pytest.mark.parametrize("text", ["sum(", "rate(up)", "rte(a[5m])", "a{b=~'('}", "a b", "sum(a[5m])"])
def test_it_tells_what_is_wrong(text: str) -> None:
    query = read(text)
    assert query.error
    assert query.root is None


@pytest.mark.parametrize(
    "text",
    [
        "label_values(up, job)",
        '{app="x"} |= "error" | json',
        "range_median(a)",
        "rate(a[5m]) keep_metric_names",
        "a default 0",
        "$func(rate(a[5m]))",
        "(" * 5000 + "a" + ")" * 5000,
        "+".join(["a"] * 5000),
        "-" * 3000 + "a",
        "a" + "^-a" * 2000,
        "a " + "unless a " * 1500,
        "a" * 30_000,
    ],
)
def test_it_says_nothing_of_another_language_or_beyond_the_limits(text: str) -> None:
    query = read(text)
    assert query.undecided
    assert not query.error


@pytest.mark.parametrize("text", ["", "  \n"])
def test_there_is_no_query_in_nothing(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    ['a{b="' + '\\"' * 9000, "a{b='" * 3000, "{{" * 9000, "[" * 19_000, "\ud800", 'a{b="\ud800"}', "a\0b", "$" * 9000],
)
def test_it_survives_odd_text(text: str) -> None:
    query = read(text)
    assert query.error or query.undecided


@pytest.mark.parametrize("shape", ["{}", "abs({})", "-({})", "sum by (a) ({})"])
def test_it_reads_what_is_just_within_the_limits(shape: str) -> None:
    text = "+".join(["a"] * 25)
    for _ in range(40):
        text = shape.format(text) if shape != "{}" else f"({text})"
    assert len(read(text).selectors) == 25
