"""Windows of expressions, and matchers of selectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.prometheus.windows import has_window, matchers, narrowed_by, scale, with_window

ERRORS = 'http_requests_total{service="pay",status=~"5.."}'


@pytest.mark.parametrize("window", ["5m", "{{.window}}", "{{ .window }}", "$window", "${window}", "$__rate_interval"])
def test_it_replaces_the_window_as_each_tool_writes_it(window):
    assert with_window(f"sum(rate({ERRORS}[{window}]))", "1h") == f"sum(rate({ERRORS}[1h]))"


def test_it_replaces_the_window_of_both_sides_of_a_division():
    assert with_window("sum(rate(a[5m])) / sum(rate(b[5m]))", "1h") == "sum(rate(a[1h])) / sum(rate(b[1h]))"


def test_it_replaces_a_variable_and_leaves_what_is_fixed_beside_it():
    text = "avg_over_time((rate(a[1m]) > bool 0.5)[{{.window}}:1m])"
    assert with_window(text) == "avg_over_time((rate(a[1m]) > bool 0.5)[5m:1m])"


def test_it_replaces_the_window_of_a_subquery_and_not_the_rate_in_it():
    assert with_window("max_over_time(rate(a[1m])[30d:5m])") == "max_over_time(rate(a[1m])[5m:5m])"


def test_it_leaves_strings_and_comments_alone():
    text = 'sum(rate(a{path="/x[5m]"}[30d])) # of [30d]'
    assert with_window(text) == 'sum(rate(a{path="/x[5m]"}[5m])) # of [30d]'


def test_it_tells_whether_there_is_a_window():
    assert has_window("rate(a[5m])")
    assert not has_window('a{b="[5m]"}')


def test_a_rate_is_per_second_and_an_increase_is_not():
    assert scale("sum(rate(a[5m]))") == 300
    assert scale("job:errors:rate5m") == 300
    assert scale("sum(increase(a[5m]))") == 1


def test_a_chart_escapes_what_the_next_tool_replaces():
    assert with_window("rate(a[{{`{{.window}}`}}])", "1h") == "rate(a[1h])"


def test_it_reads_the_matchers_of_a_selector():
    metric, found = matchers('a:b_total { x = "1", y=~"(a|b),\\"c", z!=\'}\' , }')
    assert metric == "a:b_total"
    assert found == {("x", "=", "1"), ("y", "=~", '(a|b),\\"c'), ("z", "!=", "}")}


@pytest.mark.parametrize("text", ["", "a{", "a[5m]", "rate(a[5m])", "a{b}", 'a{b="c" d="e"}', 'a + b{c="d"}'])
def test_what_is_no_selector_has_none(text):
    assert matchers(text) is None


def test_it_tells_by_which_labels_a_selector_is_narrower():
    assert narrowed_by(ERRORS, 'http_requests_total{service="pay"}') == {"status"}
    assert narrowed_by('a_total{b="c"}', "a_total") == {"b"}
    assert narrowed_by("a_total", "a_total") == frozenset()


@pytest.mark.parametrize(
    "whole", ["other_total", 'http_requests_total{service="ship"}', 'http_requests_total{zone="x"}']
)
def test_a_selector_of_something_else_is_no_part(whole):
    assert narrowed_by(ERRORS, whole) is None


@given(st.text())
def test_it_takes_any_text(text):
    assert has_window(with_window(text)) == has_window(text)
    matchers(text)
