"""``manage.py add_user NAME``: a person who may sign in, and what they are in which team."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.models import Membership
from ingest.models import Team


class Command(BaseCommand):
    help = "Makes a user with a random password, or changes the roles of one; prints the password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--email", default="")
        parser.add_argument("--team", action="append", default=[], metavar="SLUG", help="member of this team")
        parser.add_argument("--lead", action="append", default=[], metavar="SLUG", help="lead of this team")
        parser.add_argument("--staff", action="store_true", help="may replay deliveries and change the catalogue")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user, made = User.objects.get_or_create(username=options["name"], defaults={"email": options["email"]})
        if options["staff"] and not user.is_staff:
            user.is_staff = True
        password = secrets.token_urlsafe(12)
        if made:
            user.set_password(password)
        user.save()
        for role, slugs in ((Membership.Role.MEMBER, options["team"]), (Membership.Role.LEAD, options["lead"])):
            for slug in slugs:
                team = Team.objects.filter(slug=slug).first()
                if team is None:
                    raise CommandError(f"There is no team {slug!r}.")
                Membership.objects.update_or_create(user=user, team=team, defaults={"role": role})
        self.stdout.write(f"{user.username} {password}" if made else f"{user.username} was there; roles are set")
