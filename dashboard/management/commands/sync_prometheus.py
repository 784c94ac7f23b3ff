"""``manage.py sync_prometheus``: reads signals and objectives of the Prometheus servers that are set up."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ingest.inbox.process import process_pending
from ingest.models import PrometheusServer, Signal, Slo
from ingest.prometheus.declared import declare
from ingest.prometheus.sync import synchronise
from scorecards import reliability
from scorecards.adoption import build as adoption
from scorecards.rollups.build import build_rollups


class Command(BaseCommand):
    help = (
        "Read what is new of signals and objectives of all Prometheus servers, record it and bring figures up to date."
        " It can be stopped at any time and goes on where it stood."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server", metavar="NAME", help="this server alone")

    def handle(self, *args: Any, server: str | None, **options: Any) -> None:
        problems = declare()
        for problem in problems:
            self.stderr.write(problem)
        servers = self._servers(server)
        whole = [self._read(one) for one in servers]
        while process_pending():
            pass
        build_rollups()
        adoption.keep(timezone.now())
        reliability.keep(timezone.now())
        if problems or not all(whole):
            raise SystemExit(1)

    def _servers(self, name: str | None) -> list[PrometheusServer]:
        rows = PrometheusServer.objects.select_related("source")
        if name is not None:
            rows = rows.filter(source__name=name)
        found = list(rows)
        if not found:
            text = f"There is no server called {name}." if name else "No server is set up."
            raise CommandError(f"{text} Enter it on the site, in the file of PROMETHEUS_CONFIG, or as PROMETHEUS_URL.")
        return found

    def _read(self, server: PrometheusServer) -> bool:
        """Say what was read; whether all of it could be."""
        name = server.source.name
        if server.source.paused_at is not None:
            self.stdout.write(f"{name}: paused.")
            return True
        if not synchronise(server, timezone.now(), lambda text: self.stdout.write(f"{name}: {text}")):
            raise CommandError(f"Somebody else is reading {name} right now.")
        failing = Signal.objects.filter(server=server, enabled=True).exclude(error="").exists()
        failing |= Slo.objects.filter(server=server, ended_at=None).exclude(error="").exists()
        return not server.error and not failing
