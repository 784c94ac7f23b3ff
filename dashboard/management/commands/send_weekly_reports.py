"""``manage.py send_weekly_reports``: sends the weekly reports that are due, or those of one week."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.reports import send
from dashboard.reports.weekly import BadWeek, parse_week, week_text


class Command(BaseCommand):
    help = (
        "Send the weekly reports that are due. With --week those of that week, to everybody subscribed who has not got"
        " them; nobody gets a mail twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--week", metavar="2026-W47", help="of this week, whatever the hour")
        parser.add_argument("--dry-run", action="store_true", help="say who would get a mail, and send none")

    def handle(self, *args: Any, week: str | None, dry_run: bool, **options: Any) -> None:
        try:
            monday = parse_week(week) if week else None
        except BadWeek as error:
            raise CommandError(str(error)) from error
        if dry_run:
            for one, of in send.waiting(timezone.now(), monday):
                self.stdout.write(f"{one.to} {one.team.slug if one.team else 'organisation'} {week_text(of)}")
            return
        sent = failed = 0
        while True:
            turn = send.turn(timezone.now(), monday)
            sent, failed = sent + turn.sent, failed + turn.failed
            if not turn.sent:
                break
        self.stdout.write(f"sent {sent} failed {failed}")
        if failed:
            raise SystemExit(1)
