"""The counter that a query adds up, and whether a query can be asked."""

import pytest

from scorecards.reliability.queries import counter_selector, is_askable

ERRORS = 'http_requests_total{service="pay",status=~"5.."}'


@pytest.mark.parametrize(
    "text",
    [
        f"sum(rate({ERRORS}[5m]))",
        f"sum(increase({ERRORS}[{{{{.window}}}}]))",
        f"(sum(rate({ERRORS}[5m])))",
        f"sum by (service) (rate({ERRORS}[5m]))",
        f"sum without (pod, zone)(rate({ERRORS}[5m]))",
        f"sum(rate({ERRORS}[5m])) by (service)",
        f"sum(sum by (pod) (rate({ERRORS}[5m])))",
        f"rate({ERRORS}[5m])",
        f"sum((rate(({ERRORS}[5m]))))",
        f"sum(\n  rate({ERRORS}[5m]) # failed ones\n)",
    ],
)
def test_it_finds_the_counter_that_is_added_up(text):
    assert counter_selector(text) == ERRORS


def test_it_finds_a_counter_whose_labels_hold_brackets():
    selector = r'a_total{path=~"/(x|y)\\[1\\]",q="say \"hi\" {}"}'
    assert counter_selector(f"sum(rate({selector}[5m]))") == selector


def test_it_finds_the_counter_of_the_standards_own_example():
    text = 'sum(rate(http_requests_total{\n  service="payment-service",\n  status=~"5.."\n}[5m]))\n'
    assert " ".join(counter_selector(text).split()) == 'http_requests_total{ service="payment-service", status=~"5.." }'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sum(rate(a[5m])) - sum(rate(b[5m]))",
        "sum(rate(a[5m])) / sum(rate(b[5m]))",
        "avg(rate(a[5m]))",
        "sum(rate(a[5m] offset 1h))",
        "sum(rate(a[5m] @ 1700000000))",
        "sum(rate(a[5m:1m]))",
        "sum(irate(a[5m]))",
        "sum(rate(a[5m])) > 5",
        "2 * sum(rate(a[5m]))",
        "sum(a)",
        "a_total",
        'sum(rate(a{service="{{ .service }}"}[5m]))',
        "sum(rate(a[5m])) or vector(0)",
        "sum(rate(",
        "count(rate(a[5m]))",
    ],
)
def test_it_finds_none_where_a_query_does_more_than_add_up(text):
    assert counter_selector(text) == ""


@pytest.mark.parametrize("text", [ERRORS, f"sum({ERRORS})", f"sum by (a) ({ERRORS})", f"sum({ERRORS}) by (a)"])
def test_a_bare_selector_is_a_counter_where_its_document_says_so(text):
    assert counter_selector(text, is_counter=True) == ERRORS
    assert counter_selector(text) == ""


def test_a_bare_selector_with_an_offset_is_none():
    assert counter_selector("a_total offset 5m", is_counter=True) == ""


def test_only_the_window_may_be_open():
    assert is_askable("rate(a[{{.window}}])")
    assert not is_askable('rate(a{service="$service"}[5m])')
    assert not is_askable("rate($metric[5m])")
