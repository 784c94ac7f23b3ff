"""``manage.py up``: migrate, load the demo into an empty database, serve, work."""

import os
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.demo.load import DEFAULT_SEED, load_demo
from dashboard.demo.people import real_people
from dashboard.embedded import serve, why_not
from dashboard.env import env_str
from ingest.models import Delivery, Team

USERNAME = "admin"


class Command(BaseCommand):
    help = "Runs the whole site: migrations, the demo organisation in an empty database, web server and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        if why := why_not(port):
            raise CommandError(
                f"Port {port} of {settings.HOST} can't be used: {why}."
                ' Choose another: make run ARGS="--port 8001", or python manage.py up --port 8001.'
            )
        url = _base_url(port)
        os.umask(0o077)  # the embedded database holds sessions and password digests
        self.stdout.write("Bringing the database up to date")
        call_command("migrate", verbosity=0)
        if not options["no_demo"] and not Delivery.objects.exists() and not Team.objects.exists():
            load_demo(DEFAULT_SEED, timezone.now(), self.stdout.write)

        def ready() -> None:
            self.stdout.write(f"Plumbline is ready at {url}")
            # Made no sooner: a password that was never printed would lock everybody out.
            if credentials := self._first_user():
                self.stdout.write(f"Sign in: {credentials}")
            self.stdout.flush()

        sys.exit(serve(port, ready))

    def _first_user(self) -> str:
        """On the embedded database an administrator with a random password is made once; production makes none."""
        if settings.DATABASES["default"]["ENGINE"].endswith("postgresql") or real_people().exists():
            return ""
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(USERNAME, "", password)
        return f"{USERNAME} {password}"


def _base_url(port: int) -> str:
    """Where people reach the site; the processes that are started inherit it, so that pages print the right port."""
    if not env_str("BASE_URL"):
        os.environ["BASE_URL"] = f"http://localhost:{port}"
    return env_str("BASE_URL").rstrip("/")
