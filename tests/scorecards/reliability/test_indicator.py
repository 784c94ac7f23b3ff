"""What an objective measures, and what is wrong with it."""

import pytest

from scorecards.reliability.indicator import Measure, Queries, measure_of

MONTH = 30 * 86_400
BAD = 'http_requests_total{service="pay",status=~"5.."}'
ALL = 'http_requests_total{service="pay"}'


def rate(selector, window="5m"):
    return f"sum(rate({selector}[{window}]))"


def measure(kind="events", window=MONTH, **texts):
    return measure_of(Queries(kind, **texts), window)


def test_the_standards_availability_is_measured():
    found = measure(bad=rate(BAD), total=rate(ALL))
    assert found == Measure("events", rate(BAD), "", rate(ALL), BAD, "", ALL)


def test_the_standards_latency_is_told_as_wrong():
    """Its error query selects the requests that took at most half a second: the good ones (DOP 5.1)."""
    bucket = 'http_request_duration_seconds_bucket{\n service="payment-service",\n le="0.5"\n}'
    count = 'http_request_duration_seconds_count{service="payment-service"}'
    found = measure(bad=rate(bucket), total=rate(count))
    assert found.problem_code == "wrong_measure"
    assert found.problem == (
        "The error query counts the events within its bound (0.5), which are the good ones. Subtract them from all: "
        'sum(rate(http_request_duration_seconds_count{service="payment-service"}[5m])) - '
        'sum(rate(http_request_duration_seconds_bucket{ service="payment-service", le="0.5" }[5m]))'
    )


def test_that_bucket_as_the_good_query_is_measured():
    found = measure(good=rate('a_bucket{le="0.5"}'), total=rate("a_count"))
    assert (found.problem_code, found.good_selector, found.total_selector) == ("", 'a_bucket{le="0.5"}', "a_count")


def test_all_less_the_bucket_is_measured_and_not_counted():
    found = measure(
        bad=f"{rate('a_count')} - {rate('a_bucket{le=' + chr(34) + '0.5' + chr(34) + '}')}", total=rate("a_count")
    )
    assert (found.problem_code, found.bad_selector, found.total_selector) == ("", "", "a_count")


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"bad": rate(ALL), "total": rate(ALL)}, "Both queries are the same"),
        ({"bad": rate(ALL, "1h"), "total": rate(ALL)}, "The error query counts all events."),
        ({"good": rate(BAD), "total": rate(ALL)}, "The good query counts the events that fail."),
        (
            {"bad": rate('a_total{code=~"2.."}'), "total": rate("a_total")},
            "The error query counts the events that are good.",
        ),
    ],
)
def test_what_counts_the_wrong_events_is_told_and_how_to_mend_it(texts, sentence):
    found = measure(**texts)
    assert found.problem_code == "wrong_measure"
    assert found.problem.startswith(sentence)


def test_an_error_ratio_of_good_events_is_told():
    found = measure("ratio", bad=f"{rate('a_total{code=~' + chr(34) + '2..' + chr(34) + '}')} / {rate('a_total')}")
    assert found.problem_code == "wrong_measure"
    assert "1 - (" in found.problem


def test_ratios_are_asked_as_they_are():
    assert measure("ratio", bad=f"{rate(BAD)} / {rate(ALL)}").problem_code == ""
    assert measure("ratio", good=f"1 - {rate(BAD)} / {rate(ALL)}").problem_code == ""
    assert measure("ratio", bad="slo:sli_error:ratio_rate5m").indicator == "ratio"


@pytest.mark.parametrize("kind", ["plugin", "native", "threshold", "gauge"])
def test_what_holds_no_queries_of_events_is_told_by_its_kind(kind):
    found = measure(kind)
    assert (found.indicator, found.problem_code) == ("none", kind)


def test_burn_rate_rules_have_no_indicator():
    assert measure("none").problem_code == "no_indicator"
    assert measure().problem_code == "no_indicator"
    assert measure(bad=rate(BAD)).problem_code == "no_indicator"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("sum(rate(", "unreadable"),
        ('sum(rate({app="x"} |= "error" [5m]))', "unreadable"),
        (rate('a{service="$service"}'), "template"),
        ("sum(a_gauge)", "no_range"),
        ("x" * 10_001, "unreadable"),
    ],
)
def test_what_can_not_be_asked_is_told(text, code):
    assert measure(bad=text, total=rate(ALL)).problem_code == code


def test_other_dialects_are_asked_all_the_same():
    assert measure(bad="sum(increase_pure(a_total[5m]))", total=rate("b_total")).problem_code == ""


def test_recordings_are_rates():
    assert measure(bad="job:errors:rate5m", total="job:requests:rate5m").problem_code == ""


def test_bare_counters_are_counted():
    found = measure(bad=BAD, total=ALL, bare=True)
    assert (found.bad_selector, found.total_selector, found.problem_code) == (BAD, ALL, "")
    assert measure(bad=f"sum({BAD})", total=f"sum({ALL})").bad_selector == BAD


def test_a_gauge_of_pyrra_is_the_share_of_time_in_which_all_was_well():
    found = measure("gauge", good='up{job="pay"}', bare=True)
    assert found.indicator == "ratio"
    assert found.good_query == (
        'sum(sum_over_time(up{job="pay"}[{{.window}}])) / sum(count_over_time(up{job="pay"}[{{.window}}]))'
    )


@pytest.mark.parametrize("window", [None, 60, 400 * 86_400])
def test_it_needs_a_window(window):
    assert measure(window=window, bad=rate(BAD), total=rate(ALL)).problem_code == "no_window"
