"""Reads deployments, changes and lead times straight from a local clone: no token, no server."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ingest.catalogue.names import slug_of
from ingest.git.clone import Deploys, Wanted, observations
from ingest.git.program import Clone, Unreadable
from ingest.inbox.sources import local_git
from ingest.models import Service
from ingest.parsers.observation import ChangeSeen, DeploymentSeen, Observation, PullRequestSeen
from ingest.record import record
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups

BATCH = 5_000
MAX_NAME = 200
COUNTED = {ChangeSeen: "commits", PullRequestSeen: "pull_requests", DeploymentSeen: "deployments"}


class Command(BaseCommand):
    help = "Read deployments, changes and lead times from a local clone. Running it again adds what is new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="PATH", help="the folder of a git clone, bare or not")
        parser.add_argument("--service", required=True, metavar="S", help="the service that the clone deploys")
        parser.add_argument("--team", metavar="T", help="its team, where nobody owns it yet")
        parser.add_argument(
            "--deploys",
            default="tags:*",
            metavar="tags:GLOB|merges:BRANCH",
            help="what counts as a deployment to production (default: every tag)",
        )

    def handle(
        self, *args: Any, path: str, service: str, team: str | None, deploys: str, verbosity: int, **options: Any
    ) -> str:
        wanted = _wanted(service, team, deploys)
        try:
            clone = Clone(Path(path))
            counts = self._record(observations(clone, wanted, timezone.now(), self._say))
        except Unreadable as error:
            raise CommandError(str(error)) from error
        build_rollups(self._say if verbosity > 1 else None)
        adoption.build(timezone.now())
        if not counts["deployments"]:
            self._say("No deployment was found. Choose with --deploys what counts as one.")
        return " ".join(f"{name} {count}" for name, count in counts.items())

    def _record(self, seen: Iterable[Observation]) -> dict[str, int]:
        """Record in batches, each in a transaction of its own; how many of each kind were read."""
        source, counts = local_git(), dict.fromkeys(COUNTED.values(), 0)
        for batch in _batches(seen):
            record(source, batch)
            for one in batch:
                counts[COUNTED[type(one)]] += 1
            self._say(f"{sum(counts.values()):,} observations recorded")
        return counts

    def _say(self, text: str) -> None:
        self.stderr.write(text, self.style.NOTICE)


def _wanted(service: str, team: str | None, deploys: str) -> Wanted:
    for name, value in (("service", service), ("team", team)):
        if value is not None and not 0 < len(value.strip()) <= MAX_NAME:
            raise CommandError(f"Give the {name} a name of 1 to {MAX_NAME} characters.")
    try:
        found = Deploys.from_text(deploys)
    except ValueError as error:
        raise CommandError(f"--deploys {error}") from error
    known = Service.objects.filter(slug=slug_of(service)).first()
    return Wanted(service.strip(), team.strip() if team else None, found, bool(known and known.path_globs))


def _batches(seen: Iterable[Observation]) -> Iterator[list[Observation]]:
    stream = iter(seen)
    while batch := list(islice(stream, BATCH)):
        yield batch
