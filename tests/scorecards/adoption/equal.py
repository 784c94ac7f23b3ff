"""Figures by hand against those that are kept and those that the API tells."""

from datetime import date
from typing import Any

from django.test import Client

from ingest.models import Service, Team
from scorecards.models import AdoptionDay
from tests.factories import bearer, make_token
from tests.scorecards.adoption.by_hand import Day, Sheet

Figures = dict[str, Any]


class Kept:
    """The rows of all days."""

    def __init__(self) -> None:
        rows = list(AdoptionDay.objects.order_by("day"))
        self.organisation = {row.day: row.figures for row in rows if row.service_id is None and row.team_id is None}
        self.teams = {(row.team_id, row.day): row.figures for row in rows if row.team_id is not None}
        self.services: dict[int, list[AdoptionDay]] = {}
        for row in rows:
            if row.service_id is not None:
                self.services.setdefault(row.service_id, []).append(row)

    def service(self, pk: int, day: date) -> Figures:
        held: Figures = {"state": "inactive"}
        for row in self.services.get(pk, []):
            if row.day <= day:
                held = row.figures
        return held


def compare_days(sheet: Sheet, days: list[date]) -> dict[date, Day]:
    """Every figure of every scope on each of the days; the days by hand."""
    kept, found = Kept(), {}
    for day in days:
        by_hand = found[day] = sheet.day(day)
        organisation = {name: value for name, value in kept.organisation[day].items() if name != "rules"}
        assert organisation == by_hand.organisation, day
        assert {pk: figures for (pk, on), figures in kept.teams.items() if on == day} == by_hand.teams, day
        for pk, figures in by_hand.services.items():
            assert kept.service(pk, day) == figures, (day, Service.objects.get(pk=pk).slug)
    return found


def compare_api(client: Client, found: dict[date, Day]) -> None:
    """What the API tells of the organisation, of each team and of each service."""
    days = sorted(found)
    headers = bearer(make_token()[1])

    def ask(scope: str) -> dict[date, Any]:
        query = {"scope": scope, "from": days[0].isoformat(), "to": days[-1].isoformat()}
        rows = client.get("/api/v1/adoption/", query, headers=headers).json()["results"]
        assert len(rows) == len(days) - 1  # the last one is not in it
        return {date.fromisoformat(row["day"]): row for row in rows}

    organisation = ask("org")
    for day in days[:-1]:
        row, figures = organisation[day], found[day].organisation
        assert (row["teams_using"], row["teams_active"]) == (figures["teams_using"], figures["teams"])
        assert row["share"] == share(figures["teams_using"], figures["teams"])
        assert row["possible_share"] == share(figures["teams_possible"], figures["teams"])
        compare_weightings(row, figures)
    for team in Team.objects.all():
        for day, row in ask(f"team:{team.slug}").items():
            figures = found[day].teams.get(team.pk)
            assert row["state"] == (figures["state"] if figures else None)
            assert row["possible"] == (figures["possible"] if figures else None)
            if figures:
                compare_weightings(row, figures)
    for service in Service.objects.all():
        for day, row in ask(f"service:{service.slug}").items():
            figures = found[day].services[service.pk]
            assert row["state"] == figures["state"]
            told = row["capabilities"] or {}
            assert {name: one["state"] for name, one in told.items()} == figures.get("states", {})
            assert [name for name, one in told.items() if one["configured"]] == figures.get("configured", [])
            assert [name for name, one in told.items() if one["retained"]] == figures.get("retained", [])


def compare_weightings(row: Figures, figures: Figures) -> None:
    assert row["services_active"] == figures["services"]
    assert row["services_share"] == share(figures["services_using"], figures["services"])
    assert row["services_possible_share"] == share(figures["services_possible"], figures["services"])
    assert row["deployments_share"] == share(figures["deployments_using"], figures["deployments"])
    assert row["deployments_possible_share"] == share(figures["deployments_possible"], figures["deployments"])
    assert row["capabilities"] == {
        name: {"eligible": figures["services"], **counts} for name, counts in figures["capabilities"].items()
    }


def share(some: int, of: int) -> float | None:
    return some / of if of else None
