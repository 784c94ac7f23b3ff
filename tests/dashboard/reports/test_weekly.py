"""What a weekly report says, sentence by sentence."""

from datetime import date

import pytest

from dashboard.reports import weekly
from dashboard.reports.weekly import BadWeek, Figure, Line, Report, Verdict

MONDAY = date(2026, 11, 16)
CAUSES = {"repository": "a new commit", "waiver": "a waiver"}


def report(**fields) -> Report:
    said = {
        "scope": "team:pay",
        "name": "Payments",
        "monday": MONDAY,
        "href": "/",
        "figures": [Figure("mttr", "MTTR", "5 min")],
    }
    return Report(**said | fields)


def verdict(before: str, after: str, service="pay-api", control="DOP-1", cause="repository") -> Verdict:
    return Verdict(service, control, "Pin images", before, after, cause, "/x")


@pytest.mark.parametrize(
    ("text", "monday"),
    [("2026-W47", MONDAY), ("2026-W01", date(2025, 12, 29)), ("2020-W53", date(2020, 12, 28))],
)
def test_it_reads_weeks_by_iso_8601_and_writes_them_back(text, monday):
    assert weekly.parse_week(text) == monday
    assert weekly.week_text(monday) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-47",
        "2026-W54",
        "2026-W00",
        "2025-W53",
        "26-W47",
        "2026-W4",
        "1999-W01",
        "٢٠٢٦-W47",
        "2026-W+1",
    ],
)
def test_it_refuses_what_is_no_week_and_says_how_to_write_one(text):
    with pytest.raises(BadWeek, match="2026-W47"):
        weekly.parse_week(text)


@pytest.mark.parametrize(
    ("today", "monday"),
    [(date(2026, 11, 23), MONDAY), (date(2026, 11, 29), MONDAY), (date(2026, 11, 22), date(2026, 11, 9))],
)
def test_the_last_whole_week_is_over(today, monday):
    assert weekly.last_whole_week(today) == monday


@pytest.mark.parametrize(
    ("monday", "text"),
    [
        (MONDAY, "16 to 22 Nov 2026"),
        (date(2026, 11, 30), "30 Nov to 6 Dec 2026"),
        (date(2025, 12, 29), "29 Dec 2025 to 4 Jan 2026"),
    ],
)
def test_it_names_the_days_of_the_week(monday, text):
    assert weekly.span_text(monday) == text


def test_the_subject_is_one_line_and_the_same_each_week():
    hostile = report(name="Pay\r\nBcc: x@example.com\u2028 ments" + "y" * 500)
    assert hostile.subject.startswith("Weekly report: Pay Bcc: x@example.com ments")
    assert len(hostile.subject) < 130
    assert report().subject == report(monday=date(2026, 11, 9)).subject == "Weekly report: Payments"


def test_a_calm_week_is_one_line():
    assert report().is_calm
    assert report().summary == weekly.CALM


def test_a_week_without_data_is_not_calm():
    empty = report(figures=[Figure("mttr", "MTTR", reason="No source connected yet")])
    assert empty.is_empty and not empty.is_calm
    assert empty.summary == weekly.EMPTY


def test_the_summary_counts_what_is_in_it_with_what_is_left_out():
    lines = weekly.section(
        "Open grave incidents", [Line("a", "b", "/")] * 7, "grave incident open", "grave incidents open"
    )
    told = report(figures=[Figure("mttr", "MTTR", "5 h", verdict="missed")], waiting=lines)
    assert told.summary == "1 of 1 targets missed, 7 grave incidents open."
    assert (len(lines[0].lines), lines[0].more) == (5, 2)


def test_it_tells_what_came_to_fail_and_why():
    found = [
        verdict("pass", "fail"),
        verdict("fail", "fail"),
        verdict("fail", "pass"),
        verdict("waived", "fail", cause="waiver"),
    ]
    assert [(line.name, line.text) for line in weekly.failing(found, CAUSES)[0].lines] == [
        ("pay-api", "Pin images (DOP-1) came to fail: a new commit"),
        ("pay-api", "Pin images (DOP-1) came to fail: a waiver"),
    ]


def test_many_that_came_to_fail_in_a_service_are_one_line_and_all_counted():
    [section] = weekly.failing([verdict("pass", "fail", control=f"DOP-{number}") for number in range(9)], CAUSES)
    assert [line.text for line in section.lines] == [
        "9 REQUIRED controls came to fail, among them “Pin images”: a new commit"
    ]
    assert section.counted == "9 REQUIRED controls newly failing"


def test_it_tells_what_was_fixed_by_cause():
    found = [
        verdict("fail", "pass"),
        verdict("fail", "pass", service="web"),
        verdict("fail", "pass", cause="waiver"),
        verdict("pass", "fail"),
    ]
    assert [(line.name, line.text) for line in weekly.fixed(found, CAUSES, "/standards/")[0].lines] == [
        ("2 controls", "pass again in 2 services: a new commit"),
        ("pay-api", "Pin images (DOP-1) passes again: a waiver"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "text", "mark"),
    [
        ("", "75", "error budget of latency came down to 75 %", "bad"),
        ("25", "0", "error budget of latency is spent", "bad"),
        ("25", "50", "error budget of latency recovered above 25 %", "good"),
        ("75", "", "error budget of latency recovered above 75 %", "good"),
    ],
)
def test_it_tells_each_step_of_an_error_budget(before, after, text, mark):
    line = weekly.budget_step("pay-api", "latency", before, after, "/")
    assert (line.text, line.mark) == (text, mark)


@pytest.mark.parametrize(
    ("ends", "when"),
    [(date(2026, 11, 23), "today"), (date(2026, 11, 24), "tomorrow"), (date(2026, 12, 7), "in 14 days")],
)
def test_it_tells_when_a_waiver_ends(ends, when):
    line = weekly.waiver("pay-api", "DOP-1", ends, date(2026, 11, 23), "/")
    assert line.text == f"the waiver of DOP-1 ends {when}, on {ends.day} {ends:%b}; then it counts again"


@pytest.mark.parametrize(
    ("left", "unknown", "days", "text"),
    [
        (2, 1, 9, "2 services to do, 1 service not known, 9 days left"),
        (1, 0, 1, "1 service to do, 1 day left"),
        (0, 3, 0, "3 services not known, it ends today"),
    ],
)
def test_it_tells_what_a_campaign_still_asks(left, unknown, days, text):
    assert weekly.campaign("Pin images", left, unknown, days, "/").text == text


def test_a_picture_is_told_in_words():
    figure = Figure("mttr", "MTTR", "41 min", before="53 min", course=[None, 3.0, 2.0])
    assert figure.alt == "MTTR, 2 weeks: 41 min now, 53 min the week before"
