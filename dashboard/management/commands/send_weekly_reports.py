"""``manage.py send_weekly_reports``: sends the weekly reports that are due, or those of one week."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.models import Sending, Subscription
from dashboard.reports import queue, send
from dashboard.reports.weekly import BadWeek, parse_week, week_text


class Command(BaseCommand):
    help = (
        "Send the weekly reports that are due. With --week those of that week, to everybody subscribed who has not got"
        " them; nobody gets a mail twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--week", metavar="2026-W47", help="of this week, whatever the hour")
        parser.add_argument(
            "--again", action="store_true", help="of --week, also those that failed or may not have arrived"
        )
        parser.add_argument("--dry-run", action="store_true", help="say who would get a mail, and send none")

    def handle(self, *args: Any, week: str | None, again: bool, dry_run: bool, **options: Any) -> None:
        try:
            monday = parse_week(week) if week else None
        except BadWeek as error:
            raise CommandError(str(error)) from error
        now = timezone.now()
        if dry_run:
            for one in queue.wanted(now, monday).waiting:
                found = Subscription.objects.select_related("user", "team").get(pk=one.subscription)
                self.stdout.write(
                    f"{found.to} {found.team.slug if found.team else 'organisation'} {week_text(one.monday)}"
                )
            return
        if again:
            if monday is None:
                raise CommandError("--again needs --week.")
            queue.again(Sending.objects.filter(week=monday), now)
        turn = send.turn(now, monday, at_once=True)
        self.stdout.write(f"sent {turn.sent} failed {turn.failed}")
        if turn.stopped:
            raise CommandError(f"{turn.stopped} The others wait.")
        if turn.failed:
            raise SystemExit(1)
