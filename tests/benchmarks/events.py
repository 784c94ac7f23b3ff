"""A made-up organisation as native events, as many as asked for: what the ingestion benchmark loads."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import orjson

SERVICES = 200
TEAMS = 20
START = datetime(2025, 1, 6, 8, tzinfo=UTC)
FAILED, CAUSES_INCIDENT = 0.04, 0.03  # of releases


def lines(wanted: int, seed: int = 1) -> Iterator[bytes]:
    """``wanted`` lines in order of time: the catalogue, then day after day a fifth of the services release."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    numbers = count(1)
    yield from map(orjson.dumps, islice(_events(chance, numbers), wanted))


def _events(chance: random.Random, numbers: Iterator[int]) -> Iterator[dict[str, object]]:
    for team in range(TEAMS):
        yield {"event": f"team-{team}", "type": "team.declared", "at": _text(START), "team": f"team-{team:02}"}
    for service in range(SERVICES):
        yield {
            "event": f"service-{service}", "type": "service.declared", "at": _text(START), **_place(service),
            "tier": 1 + service % 3,
        }  # fmt: skip
    for day in count():
        at = START + timedelta(days=day)
        for service in chance.sample(range(SERVICES), SERVICES // 5):
            yield from _release(
                chance, next(numbers), _place(service), at + timedelta(seconds=chance.randrange(30_000))
            )


def _place(service: int) -> dict[str, object]:
    name = f"service-{service:03}"
    return {"team": f"team-{service % TEAMS:02}", "service": name, "repository": f"example/{name}"}


def _release(chance: random.Random, number: int, place: dict[str, object], at: datetime) -> Iterator[dict[str, object]]:
    """A pull request of two commits, reviewed, merged and deployed; some fail, a few cause an incident."""

    def event(type_: str, hours: float, **said: object) -> dict[str, object]:
        return {"event": f"{type_}-{next(keys)}-{number}", "type": type_, "at": _text(at + timedelta(hours=hours)),
                **place, **said}  # fmt: skip

    keys = count()
    shas = [f"{chance.getrandbits(160):040x}" for _ in range(2)]
    opened = chance.uniform(-60, -20)
    for sha in shas:
        yield event("commit.pushed", opened, sha=sha, pull_request=number, authored_at=_text(at + timedelta(hours=-70)))
    yield event("pull_request.opened", opened, number=number)
    yield event("pull_request.reviewed", opened / 2, number=number, state="approved")
    yield event("pull_request.merged", -1, number=number, commits=shas, merge_sha=shas[-1])
    deployment = {"deployment": f"deployment-{number}", "environment": "production", "changes": [number]}
    yield event("deployment.started", 0, version=f"v{number}", sha=shas[-1], **deployment)
    status = "failure" if chance.random() < FAILED else "success"
    yield event("deployment.finished", 0.1, version=f"v{number}", sha=shas[-1], status=status, **deployment)
    if chance.random() < CAUSES_INCIDENT:
        incident = {"incident": f"incident-{number}", "severity": "sev2"}
        yield event("incident.opened", 0.5, caused_by=f"deployment-{number}", environment="production", **incident)
        yield event("incident.acknowledged", 0.6, **incident)
        yield event("incident.resolved", 1.5, **incident)


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
