"""``manage.py up``: migrate, load the demo into an empty database, serve, work."""

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from dashboard.demo.load import load_demo
from dashboard.embedded import serve
from ingest.models import Delivery, Team

USERNAME = "admin"
DEFAULT_SEED = 1


class Command(BaseCommand):
    help = "Runs the whole site: migrations, the demo organisation in an empty database, web server and worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("Bringing the database up to date")
        call_command("migrate", verbosity=0)
        if not options["no_demo"] and not Delivery.objects.exists() and not Team.objects.exists():
            load_demo(DEFAULT_SEED, timezone.now(), self.stdout.write)
        credentials = self._first_user()
        port: int = options["port"]

        def ready() -> None:
            url = settings.BASE_URL if port == 8000 else f"http://localhost:{port}"
            self.stdout.write(f"Plumbline is ready at {url}")
            if credentials:
                self.stdout.write(f"Sign in: {credentials}")
            self.stdout.flush()

        sys.exit(serve(port, ready))

    def _first_user(self) -> str:
        """On the embedded database an administrator with a random password is made once; production makes none."""
        if settings.DATABASES["default"]["ENGINE"].endswith("postgresql") or User.objects.exists():
            return ""
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(USERNAME, "", password)
        return f"{USERNAME} {password}"
