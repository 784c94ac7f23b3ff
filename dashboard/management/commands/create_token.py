"""Makes an API token and prints it, alone, on stdout."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.api.auth import issue_token
from dashboard.models import ApiToken
from ingest.models import Team


class Command(BaseCommand):
    help = "Make an API token and print it, alone, on stdout. It can't be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what the token is for")
        parser.add_argument("--scope", required=True, choices=ApiToken.Scope.values)
        parser.add_argument("--team", metavar="T", help="slug of the only team whose services it sees")

    def handle(self, *args: Any, name: str, scope: str, team: str | None, **options: Any) -> str:
        if not name.strip() or len(name) > 200:
            raise CommandError("Give the token a name of 1 to 200 characters.")
        _, text = issue_token(name.strip(), ApiToken.Scope(scope), team=_team(team))
        return text


def _team(slug: str | None) -> Team | None:
    if slug is None:
        return None
    try:
        return Team.objects.get(slug=slug)
    except Team.DoesNotExist as error:
        raise CommandError(f"There is no team {slug!r}. Teams come with deliveries or load_catalogue.") from error
