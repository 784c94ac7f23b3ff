"""Adoption by hand: day by day and service by service from rows of facts, straight from the definitions, as one would
do it in a spreadsheet. It shares nothing with the product but the list of capabilities."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from scorecards.adoption.capabilities import Capabilities, Origin


def days_up_to(day: date, count: int) -> list[date]:
    return [day - timedelta(days=number) for number in range(count)]


@dataclass
class Sheet:
    """The rows. ``seen``: (service, signal, day). ``looked``: the same of looks; service ``None``: at all services.
    ``deployed``: (service, day) -> succeeded production deployments. ``owner``: the team of a service on a day."""

    capabilities: Capabilities
    seen: Collection[tuple[int, str, date]]
    looked: Collection[tuple[int | None, str, date]]
    deployed: Mapping[tuple[int, date], int]
    owner: Callable[[int, date], int | None]
    services: Collection[int]
    retired_on: Mapping[int, date] = field(default_factory=dict)
    at_least: int = 3
    half: float = 0.5
    worked_out: dict[tuple[int, str, date], bool] = field(default_factory=dict)  # uses, not to work them out again

    # ------------------------------------------------------------ one service

    def is_active(self, service: int, day: date) -> bool:
        if service in self.retired_on and self.retired_on[service] <= day:
            return False
        return any((service, one) in self.deployed for one in days_up_to(day, 91))

    def was_seen(self, service: int, signal: str, day: date) -> bool:
        return any((service, signal, one) in self.seen for one in days_up_to(day, 28))

    def was_looked_at(self, service: int, signal: str, day: date) -> bool:
        if self.capabilities.signals[signal].origin is Origin.CATALOGUE:
            return True
        own, every = (service, signal), (None, signal)
        return any((*own, one) in self.looked or (*every, one) in self.looked for one in days_up_to(day, 28))

    def uses(self, service: int, capability: Any, day: date) -> bool:
        key = service, capability.id, day
        if key not in self.worked_out:
            self.worked_out[key] = any(
                all(self.was_seen(service, one, day) for one in way) for way in capability.used_by
            )
        return self.worked_out[key]

    def is_configured(self, service: int, capability: Any, day: date) -> bool:
        ways = [*capability.configured_by, *capability.used_by]
        return any(all(self.was_seen(service, one, day) for one in way) for way in ways)

    def is_unknown(self, service: int, capability: Any, day: date) -> bool:
        if self.uses(service, capability, day):
            return False
        if not capability.used_by:
            return True
        return any(
            all(self.was_seen(service, one, day) or not self.was_looked_at(service, one, day) for one in way)
            for way in capability.used_by
        )

    def is_retained(self, service: int, capability: Any, day: date) -> bool:
        before = [self.uses(service, capability, day - timedelta(days=number)) for number in (28, 56, 84)]
        return self.uses(service, capability, day) and 1 + before.count(True) >= 3

    def service(self, service: int, day: date) -> dict[str, Any]:
        if not self.is_active(service, day):
            return {"state": "inactive"}
        used = [one.id for one in self.capabilities if self.uses(service, one, day)]
        unknown = [one.id for one in self.capabilities if self.is_unknown(service, one, day)]
        state = "not"
        if len(used) + len(unknown) >= self.at_least:
            state = "possibly"
        if len(used) >= self.at_least:
            state = "uses"
        return {
            "state": state,
            "states": {
                name: "used" if name in used else "unknown" if name in unknown else "not"
                for name in self.capabilities.ids
            },
            "configured": [one.id for one in self.capabilities if self.is_configured(service, one, day)],
            "retained": [one.id for one in self.capabilities if self.is_retained(service, one, day)],
        }

    # ------------------------------------------------------------ a day

    def day(self, day: date) -> "Day":
        told = {service: self.service(service, day) for service in self.services}
        active = [service for service in self.services if told[service]["state"] != "inactive"]
        teams = {self.owner(service, day) for service in active} - {None}
        by_team = {
            team: self._sum([one for one in active if self.owner(one, day) == team], told, day) for team in teams
        }
        for figures in by_team.values():
            figures["possible"] = figures["services_possible"] >= self.half * figures["services"]
            figures["state"] = "not"
            if figures["services_using"] > 0:
                figures["state"] = "partly"
            if figures["services_using"] >= self.half * figures["services"]:
                figures["state"] = "uses"
        organisation = self._sum(active, told, day)
        organisation["teams"] = len(teams)
        organisation["teams_using"] = sum(one["state"] == "uses" for one in by_team.values())
        organisation["teams_partly"] = sum(one["state"] == "partly" for one in by_team.values())
        organisation["teams_possible"] = sum(one["possible"] for one in by_team.values())
        return Day(organisation, {team: by_team[team] for team in teams if team is not None}, told)

    def _sum(self, services: list[int], told: Mapping[int, dict[str, Any]], day: date) -> dict[str, Any]:
        using = [one for one in services if told[one]["state"] == "uses"]
        possible = [one for one in services if told[one]["state"] in ("uses", "possibly")]
        return {
            "services": len(services),
            "services_using": len(using),
            "services_possible": len(possible),
            "deployments": sum(self._deployments(one, day) for one in services),
            "deployments_using": sum(self._deployments(one, day) for one in using),
            "deployments_possible": sum(self._deployments(one, day) for one in possible),
            "capabilities": {
                name: {
                    "configured": sum(name in told[one]["configured"] for one in services),
                    "used": sum(told[one]["states"][name] == "used" for one in services),
                    "retained": sum(name in told[one]["retained"] for one in services),
                    "unknown": sum(told[one]["states"][name] == "unknown" for one in services),
                }
                for name in self.capabilities.ids
            },
        }

    def _deployments(self, service: int, day: date) -> int:
        return sum(self.deployed.get((service, one), 0) for one in days_up_to(day, 28))


@dataclass
class Day:
    """Figures of the organisation, of each team with an active service, and of every service."""

    organisation: dict[str, Any]
    teams: dict[int, dict[str, Any]]
    services: dict[int, dict[str, Any]]
