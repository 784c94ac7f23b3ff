"""Digests and alerts as the chats take them: within their limits, and no name mentions anybody."""

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.chat import mattermost, slack, teams
from dashboard.chat.message import BUDGET, INCIDENT, SOURCE, Alert, Message, alerts, digest, trial
from dashboard.reports.weekly import Figure, Line, Report, Restated, Section

HREF = "http://localhost:8000/teams/pay/?from=2026-03-02&to=2026-03-09"
HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<@U024BE7LH>",
    "<!subteam^S0>",
    "<https://evil.example|Pay>",
    "@here",
    "@channel",
    "@all",
    "[Pay](https://evil.example)",
    "](https://evil.example) [",
    "<at>Everyone</at>",
    "*bold* ~gone~ `code`",
    "![x](https://evil.example/pixel.png)",
    "line\nbreak\r\n# heading",
    "\u202eyap",
    "a|b",
    "&lt;!channel&gt;",
    "`" * 50,
)
SIGNS = st.text("<>&|@*_~`[]()\\\u202e\n", min_size=1, max_size=6)
NAMES = st.one_of(st.sampled_from(HOSTILE), SIGNS.map(lambda text: text * 60), st.text(max_size=9))
LINES = st.builds(Line, NAMES, NAMES, st.sampled_from(["", HREF]), st.sampled_from(["good", "warn", "bad", "none"]))
SECTIONS = st.builds(Section, NAMES, st.lists(LINES, max_size=4).map(lambda found: found * 5), st.integers(0, 99))
FIGURES = st.builds(
    Figure,
    st.just("mttr"),
    NAMES,
    now=NAMES,
    reason=NAMES,
    before=NAMES,
    change=NAMES,
    target=NAMES,
    href=st.just(HREF),
)
REPORTS = st.builds(
    Report,
    st.just("team:pay"),
    NAMES,
    st.just(date(2026, 3, 2)),
    st.just(HREF),
    FIGURES.map(lambda found: [found] * 6),
    st.lists(SECTIONS, max_size=2).map(lambda found: found * 3),
    st.lists(SECTIONS, max_size=2),
    st.none() | LINES,
    st.lists(NAMES, max_size=3),
)
ALERTS = st.lists(st.builds(Alert, st.sampled_from([BUDGET, INCIDENT, SOURCE]), LINES), min_size=1, max_size=4).map(
    lambda found: found * 20
)
MESSAGES = st.one_of(st.builds(digest, REPORTS), st.builds(alerts, ALERTS, st.just("http://localhost:8000")))


def one(name: str) -> Message:
    return alerts([Alert(INCIDENT, Line(name, f"sev1 open: {name}", HREF, "bad"))], "http://localhost:8000")


def runs(body) -> list[dict]:
    [attachment] = body["attachments"]
    return [run for block in attachment["content"]["body"] for run in block["inlines"]]


# ---------------------------------------------------------------- what is documented


@settings(max_examples=60)
@given(MESSAGES)
def test_each_chat_takes_it_and_is_told_of_no_mention_and_no_link_but_ours(message):
    slack_takes(message)
    slack_mentions_nobody(message)
    teams_takes(message)
    mattermost_takes(message)


def slack_takes(message):
    body = slack.body(message)
    assert 0 < len(body["text"]) <= 3000
    assert 0 < len(body["blocks"]) <= 50
    header, *rest = body["blocks"]
    assert header["type"] == "header" and header["text"]["type"] == "plain_text"
    assert 0 < len(header["text"]["text"]) <= 150
    for block in rest:
        assert (block["type"], block["text"]["type"], block["text"]["verbatim"]) == ("section", "mrkdwn", True)
        assert 0 < len(block["text"]["text"]) <= 3000
    assert (body["link_names"], body["unfurl_links"]) == (False, False)


def slack_mentions_nobody(message):
    body = slack.body(message)
    for text in [body["text"], *(block["text"]["text"] for block in body["blocks"][1:])]:
        for inner in re.findall(r"<([^>]*)", text):
            assert inner.startswith("http://localhost:8000"), inner
        assert text.count("<") == text.count(">")
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)


def teams_takes(message):
    body = teams.body(message)
    assert body["type"] == "message" and len(json.dumps(body).encode()) <= 28 * 1024
    [attachment] = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    for run in runs(body):
        assert run["type"] == "TextRun" and isinstance(run["text"], str)
        assert run.get("selectAction", {"url": HREF})["url"] == HREF
    assert all(action["url"].startswith("http://localhost:8000") for action in card["actions"])


def mattermost_takes(message):
    text = mattermost.body(message)["text"]
    assert 0 < len(text) <= 4000
    assert "<" not in text and not re.search(r"@[\w.-]", text)
    for address in re.findall(r"(?<!\\)\]\(([^)]*)\)", text):
        assert address.startswith("http://localhost:8000"), address


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_markup_stays_a_name(name):
    body = slack.body(one(name))
    shown = json.dumps(body, ensure_ascii=False)
    assert not re.search(r"<[!@#]", shown) and "<https://evil" not in shown
    assert "evil.example" not in "".join(re.findall(r"<([^|>]*)", shown))
    text = mattermost.body(one(name))["text"]
    assert "](https://evil" not in text and "<!" not in text


def test_slack_shows_a_name_as_it_is_written():
    section = slack.body(one("<!channel> & co"))["blocks"][1]["text"]["text"]
    assert "|&lt;!channel&gt; &amp; co>: sev1 open: &lt;!channel&gt; &amp; co" in section


def test_teams_shows_a_name_as_it_is_written():
    texts = [run["text"] for run in runs(teams.body(one("[Pay](x) <at>all</at>")))]
    assert "[Pay](x) <at>all</at>" in texts


def test_mattermost_shows_a_name_as_it_is_written_but_for_mentions():
    assert mattermost.escaped("pay_api (v2)") == r"pay\_api \(v2\)"
    assert mattermost.escaped("@all <!channel>") == "@\u200ball \u2039\\!channel\u203a"


# ---------------------------------------------------------------- what they say


def report(**fields) -> Report:
    figures = [
        Figure(
            "mttr", "MTTR", "25\u00a0min", "", "31\u00a0min", "-6\u00a0min", "under 30 min", "good", "met", href=HREF
        ),
        Figure("lead_time", "Lead time", "", "No change was delivered", "2.0\u00a0h", href=HREF),
    ]
    said = {"waiting": [Section("Open grave incidents", [Line("Pay", "sev1, Refunds fail", HREF, "bad")], 0, "1 open")]}
    return Report("team:pay", "Payments", date(2026, 3, 2), HREF, figures, **said | fields)


def test_a_digest_says_figures_what_waits_and_what_is_next():
    message = digest(report(next=Line("Pin the base image", "Pay: +2.1 points", HREF), caveats=["a", "b", "c"]))
    assert message.title == "Payments: week 2026-W10, 2 to 8 Mar 2026"
    figures, waiting, action, caveats = message.sections
    assert figures.lines[0].text == "25\u00a0min (-6\u00a0min, 31\u00a0min the week before), target under 30 min: met"
    assert figures.lines[1].text == "No change was delivered"
    assert (waiting.title, waiting.lines[0].text) == ("Open grave incidents", "sev1, Refunds fail")
    assert (action.lines[0].name, len(caveats.lines), caveats.more) == ("Pin the base image", 2, 1)
    assert message.href == HREF


def test_a_digest_says_what_changed_of_figures_that_were_told():
    line = Line("MTTR, 2026-W09", "was mailed as 20\u00a0min, is 40\u00a0min", HREF)
    section = digest(report(restated=[Restated("mttr", date(2026, 2, 23), 1200.0, 2400.0, line)])).sections[-1]
    assert (section.title, section.lines) == ("Restated since they were told", [line])


def test_a_digest_without_data_says_so_and_no_figure():
    empty = Report("org", "Acme", date(2026, 3, 2), HREF, [Figure("mttr", "MTTR", reason="No incident")])
    message = digest(empty)
    assert message.sections == [] and message.says == "No data of this week yet, so there is nothing to compare."


def test_a_digest_is_short():
    lines = [Line(f"s{number}", "moved", HREF) for number in range(5)]
    message = digest(report(changes=[Section("Moved", lines, 7)]))
    moved = message.sections[-1]
    assert (len(moved.lines), moved.more) == (3, 9)
    assert "and 9 more" in slack.body(message)["blocks"][-2]["text"]["text"]


def test_one_alert_is_told_in_the_notification():
    message = alerts([Alert(BUDGET, Line("Pay", "error budget is spent", HREF, "bad"))], "http://localhost:8000")
    assert (message.title, message.brief) == ("Error budgets", "Error budgets: Pay: error budget is spent")


def test_several_alerts_are_one_message_by_kind_the_gravest_first():
    found = [Alert(SOURCE, Line("GitHub", "silent", HREF)), Alert(INCIDENT, Line("Pay", "sev1 open", HREF))]
    message = alerts([*found, *(Alert(BUDGET, Line(f"s{n}", "spent", HREF)) for n in range(40))], "")
    assert message.title == "42 alerts"
    assert [(one.title, len(one.lines), one.more) for one in message.sections] == [
        ("sev1 incidents", 1, 0), ("Error budgets", 15, 25), ("Sources", 1, 0),
    ]  # fmt: skip


def test_a_test_message_says_who_sent_it():
    assert "alice tried the channel #pay of Plumbline" in trial("#pay", "alice", HREF).says
