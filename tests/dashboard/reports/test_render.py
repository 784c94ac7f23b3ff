"""A weekly report as an e-mail: its parts, their size, and what they say."""

import re
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from dashboard.reports import weekly
from dashboard.reports.render import message, rendered
from dashboard.reports.weekly import Figure, Line, Report

MONDAY = date(2026, 11, 16)
LARGEST = 80_000
METRICS = ("deployment_frequency", "lead_time", "change_failure_rate", "mttr", "standards", "adoption")
HOSTILE = "<script>alert(1)</script>\r\nBcc: x@example.com \"'&" + "\u202e\u0000" + "y" * 300
KINDS = ("Open grave incidents", "Waivers that end", "Campaigns due", "Moved", "Newly failing", "Fixed", "Budgets")


def figure(metric: str, **fields) -> Figure:
    said = {"now": "41 min", "before": "53 min", "change": "−12 min", "target": "under 30 min", "mark": "bad",
            "verdict": "missed", "href": f"http://localhost:8000/explain/{metric}/?from=2026-11-16&to=2026-11-23",
            "course": [float(number % 5) for number in range(12)]}  # fmt: skip
    return Figure(metric, metric.replace("_", " "), **said | fields)


def full(name: str = "Payments", **fields) -> Report:
    line = Line("pay-api", "error budget is spent", "http://localhost:8000/services/pay-api/reliability/", "bad")
    said = {
        "scope": "team:pay", "name": name, "monday": MONDAY, "href": "http://localhost:8000/teams/pay/?from=2026-11-16",
        "figures": [figure(metric) for metric in METRICS],
        "waiting": weekly.section("Budgets", [line], "step", "steps"),
        "next": Line("Pin images", "pay-api: +4.0 points", "http://localhost:8000/services/pay-api/standards/"),
        "caveats": ["Lead time: 17 % of deployments have known changes."],
    }  # fmt: skip
    return Report(**said | fields)


def terrible() -> Report:
    line = Line(HOSTILE, HOSTILE * 2, "http://localhost:8000/services/" + "z" * 200 + "/", "bad")
    sections = [one for kind in KINDS for one in weekly.section(kind, [line] * 500, "one", "many")]
    return full(
        HOSTILE,
        figures=[figure(metric, caveat=HOSTILE, reason=HOSTILE) for metric in METRICS],
        waiting=sections[:3],
        changes=sections[3:],
        next=line,
        caveats=[HOSTILE] * 9,
    )


def sent(report: Report) -> EmailMessage:
    mail = message(
        rendered(report, unsubscribe_href="http://localhost:8000/u"), "a@example.com", {"Message-ID": "<a@b>"}
    )
    return message_from_bytes(mail.message().as_bytes(linesep="\r\n"), policy=policy.default)


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    return next(one for one in mail.walk() if one.get_content_type() == kind)


def test_it_has_plain_text_first_then_html_and_its_pictures_beside():
    mail = sent(full())
    kinds = [one.get_content_type() for one in mail.walk()]
    assert kinds == ["multipart/related", "multipart/alternative", "text/plain", "text/html"] + ["image/png"] * 6


def test_it_needs_nothing_from_afar_and_every_picture_is_there_with_its_words():
    mail = sent(full())
    html = part(mail, "text/html").get_content()
    called = re.findall(r'<img src="cid:(\w+)"[^>]*alt="([^"]+)"', html)
    there = [one["Content-ID"].strip("<>") for one in mail.walk() if one.get_content_type() == "image/png"]
    assert [name for name, _ in called] == there == list(METRICS)
    assert html.count("<img") == 6
    assert all("41 min now, 53 min the week before" in alt for _, alt in called)
    assert not re.search(r"<(link|script|iframe|video|audio)|url\(|src=\"(?!cid:)|@import", html)


def test_its_pictures_are_png():
    pictures = rendered(full()).pictures
    assert all(data.startswith(b"\x89PNG") and len(data) < 2_000 for data in pictures.values())


def test_its_text_tells_the_same_figures_and_links():
    text = part(sent(full()), "text/plain").get_content().replace("\r\n", "\n")
    assert "mttr: 41 min (missed; target under 30 min)\n  week before: 53 min, −12 min" in text
    assert "- pay-api: error budget is spent\n  http://localhost:8000/services/pay-api/reliability/" in text
    assert "Next best action\n- Pin images\n" in text
    assert "\n\n\n" not in text and "&" not in text.replace("&to=", "").replace("&from=", "")


@pytest.mark.parametrize("report", [full(), terrible()])
def test_it_stays_so_small_that_no_program_clips_it(report):
    for one in sent(report).walk():
        if one.get_content_type() == "text/html":
            assert len(one.as_bytes()) < LARGEST


def test_what_others_wrote_is_escaped_and_begins_no_header():
    mail = sent(terrible())
    html = part(mail, "text/html").get_content()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "Bcc" not in mail and "\n" not in mail["Subject"]
    assert mail["Subject"].strip().startswith("Weekly report: <script>alert(1)</script> Bcc:")


def test_its_styles_are_inlined_and_those_of_dark_mode_kept():
    html = part(sent(full()), "text/html").get_content()
    assert "@media (prefers-color-scheme: dark)" in html
    assert '<meta name="color-scheme" content="light dark"' in html
    assert re.search(r'<h1 style="[^"]*font-size: ?24px', html)


def test_its_first_hidden_words_are_the_summary():
    html = part(sent(full()), "text/html").get_content()
    body = html[html.index("<body") :]
    assert re.match(r"<body[^>]*>\s*<div class=\"pre\"[^>]*>16 to 22 Nov 2026: 6 of 6 targets missed, 1 step\.", body)


def test_a_calm_week_is_one_line_beside_the_figures():
    calm = full(
        figures=[figure(metric, verdict="met", mark="good") for metric in METRICS], waiting=(), next=None, caveats=()
    )
    html = part(sent(calm), "text/html").get_content()
    assert weekly.CALM in html and "<h2" not in html


def test_a_week_without_data_says_why_and_shows_no_number():
    nothing = [Figure(metric, metric, reason="No source connected yet") for metric in METRICS]
    mail = sent(full(figures=nothing, waiting=(), next=None, caveats=()))
    html, text = (part(mail, kind).get_content() for kind in ("text/html", "text/plain"))
    assert html.count("No data. No source connected yet.") == 6
    assert text.count("no data. No source connected yet.") == 6
    assert "<img" not in html and weekly.EMPTY in html
