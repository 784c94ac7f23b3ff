"""CSV that comes with a weekly report where the subscription asks for it."""

import csv
import io
from datetime import UTC, date, datetime
from email import message_from_bytes, policy

import pytest

from dashboard.env import email_settings
from dashboard.models import Subscription
from dashboard.reports import attached, send
from tests.dashboard.mails.sink import sink
from tests.dashboard.pages.conftest import march
from tests.dashboard.reports.test_render import full
from tests.factories import make_deployment, make_service, make_team

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 3, 9, 8, tzinfo=UTC)
WEEK = "2026-W10"


@pytest.fixture
def mailed(settings, example, alice):
    """Have the team's week mailed to a subscription; the mail as the server had it."""

    def go(**fields):
        team = make_team("payments")
        said = {"team": team, "zone": "UTC", "confirmed_at": march(1, 0), "with_csv": True} | fields
        Subscription.objects.create(**said)
        with sink() as server:
            for name, value in email_settings(f"smtp://127.0.0.1:{server.port}").items():
                setattr(settings, name, value)
            assert send.send(DUE) == 1
        return message_from_bytes(server.messages[0][1], policy=policy.default)

    return go


def tables(mail) -> dict[str, list[dict[str, str]]]:
    found = {}
    for part in mail.iter_attachments():
        if part.get_content_type() == "text/csv":
            found[part.get_filename()] = table(part.get_content().encode())
    return found


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_it_has_the_figures_and_the_rows_behind_them_beside_the_mail(mailed, alice, example):
    mail = mailed(user=alice)
    assert mail.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["multipart/alternative"] + ["text/csv"] * 3
    assert mail.get_body(("plain",)).get_content().startswith("Payments: week 2026-W10")
    found = tables(mail)
    assert list(found) == [f"{name}-{WEEK}.csv" for name in ("figures", "deployments", "incidents")]
    figures = {row["metric"]: row for row in found[f"figures-{WEEK}.csv"]}
    assert len(figures) == 6
    assert (figures["change_failure_rate"]["value"], figures["change_failure_rate"]["verdict"]) == ("0.4", "missed")
    assert (figures["lead_time"]["value"], figures["lead_time"]["unit"]) == ("4200.0", "s")
    assert figures["adoption"]["value"] == "" and figures["adoption"]["reason"]
    assert [row["external_id"] for row in found[f"deployments-{WEEK}.csv"]] == ["d1", "d2", "d3", "d4", "d5"]
    assert [row["title"] for row in found[f"incidents-{WEEK}.csv"]] == ["Checkout answers 502"]


def test_an_address_outside_gets_the_figures_alone(mailed):
    assert list(tables(mailed(address="ada@example.org"))) == [f"figures-{WEEK}.csv"]


def test_who_does_not_ask_for_it_gets_none(mailed, alice):
    mail = mailed(user=alice, with_csv=False)
    assert mail.get_content_type() == "multipart/alternative" and tables(mail) == {}


def test_it_has_the_rows_of_the_week_and_the_team_alone(example, monkeypatch):
    make_deployment(make_service("web", make_team("web")), march(4, 9), external_id="web")
    make_deployment(example["service"], march(9, 0), external_id="later")
    report = full(monday=date(2026, 3, 2))

    def rows(team):
        return [row["external_id"] for row in table(attached.behind(report, team)[f"deployments-{WEEK}.csv"])]

    assert rows(make_team("payments").pk) == ["d1", "d2", "d3", "d4", "d5"]
    assert rows(None) == ["d1", "d2", "d3", "web", "d4", "d5"]
    monkeypatch.setattr(attached, "MOST_ROWS", 2)
    assert f"deployments-{WEEK}-first-2.csv" in attached.behind(report, None)


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x", "\tx"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(example, name):
    make_deployment(example["service"], march(4, 9), external_id=name)
    [data] = [data for file, data in attached.behind(full(monday=date(2026, 3, 2)), None).items() if "depl" in file]
    assert f"'{name}" in [row["external_id"] for row in table(data)]
    [data] = attached.figures(full(scope=f"team:{name}")).values()
    assert {row["scope"] for row in table(data)} == {f"team:{name}"}
    [data] = attached.figures(full(scope=name)).values()
    assert {row["scope"] for row in table(data)} == {f"'{name}"}
